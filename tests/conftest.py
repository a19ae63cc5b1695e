"""Small real data for many tests, made once."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from PIL import Image

from tests.judged_runs import judged_run  # noqa: F401  # fixtures
from tests.made_run import made_run, since  # noqa: F401
from wengu.core.i18n import use_language
from wengu.data import load

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_itemcollected(item: pytest.Item) -> None:
    """What a file with processes, threads, signals or clocks tests is of processes; of the browser only what says so."""
    if (isinstance(item, pytest.Function) and not item.get_closest_marker("browser")
            and {"subprocess", "signal", "threading", "time", "until"} & vars(item.module).keys()):
        item.add_marker("processes")


MIRROR = Path(os.environ.get("WENGU_MIRROR", ""))
HAS_MIRROR = "WENGU_MIRROR" in os.environ and MIRROR.is_dir()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes data from a mirror is left out, not skipped, where there is none. What takes longest begins first."""
    left_out = [item for item in items if item.get_closest_marker("mirror") and not HAS_MIRROR]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    tests, large = Counter(item.path for item in items), {item.path for item in items if item.get_closest_marker("large")}
    items.sort(key=lambda item: (item.path not in large, -tests[item.path]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so, where they were asked for."""
    if not HAS_MIRROR and "not mirror" not in config.option.markexpr:
        terminalreporter.write_line("tests marked `mirror` were not run: WENGU_MIRROR names no folder")


@pytest.fixture(autouse=True)
def no_mirror(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in somebody's mirror is no matter of a test that does not ask for it."""
    if not request.node.get_closest_marker("mirror"):
        monkeypatch.delenv("WENGU_MIRROR", raising=False)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What a test draws does not hang on which tests its worker ran before."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A test that speaks Chinese does not leave it to the next."""
    use_language("en")
    yield
    use_language("en")


@pytest.fixture(autouse=True, scope="session")
def ctrl_c() -> None:
    """A shell starts what runs in the background with Ctrl-C ignored, and processes of tests would begin so, too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Two workers on two cores: torch's own threads would stand in each other's way."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests measure is not remembered beyond them, and they do not go by what was measured before."""
    own = tmp_path_factory.mktemp("formats")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wengu.running.remembered_format.folder", lambda: own)
        yield


@pytest.fixture(autouse=True, scope="session")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests answer is no answer of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WENGU_CARDS", str(tmp_path_factory.mktemp("cards") / "cards.jsonl"))
        yield


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of class folders: 3 classes of 40 real pictures, trousers, sandals and bags, as PNG files of 28 × 28."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    sample = load("sample")
    for label, name in ((1, "trouser"), (5, "sandal"), (8, "bag")):
        (folder / name).mkdir(parents=True)
        for i in (sample.labels == label).nonzero()[0][:40]:
            Image.fromarray(sample.pixels[i, 0]).save(folder / name / f"{i}.png")
    return folder


@pytest.fixture(scope="session")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fisher's irises as a CSV file with a text target."""
    from sklearn.datasets import load_iris  # type: ignore[import-untyped]

    data = load_iris(as_frame=True)
    frame = data.frame.drop(columns="target").assign(species=[data.target_names[k] for k in data.target])
    path = tmp_path_factory.mktemp("data") / "iris.csv"
    frame.to_csv(path, index=False)
    return path
