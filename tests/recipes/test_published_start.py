"""A network that is published trained begins with those weights on photographs: `wengu fit mobilenet_v2 --data photos/`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import wengu
from tests.recipes.test_published_network import kept, theirs
from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.data import PublishedWeights, published
from wengu.recipes import settings_by_rule, settings_of
from wengu.training.checkpoint import load_best, load_checkpoint, steps_kept
from wengu.vision.convnets import MobileNetV2

__all__ = ["kept"]

Keep = Callable[[Any], PublishedWeights]
SETTINGS: dict[str, Any] = {"network": "mobilenet_v2", "size": 32, "epochs": 2, "precision": "fp32", "threads": 1}


def photographs(folder: Path, *, side: int = 64, colour: bool = True, each: int = 10) -> str:
    """Two classes, one brighter at the top and the other at the bottom."""
    rng = np.random.default_rng(0)
    for k, name in enumerate(("sky", "sea")):
        (folder / name).mkdir(parents=True)
        for i in range(each):
            pixels = rng.integers(0, 128, (side, side, 3), dtype=np.uint8)
            pixels[:side // 2 if k == 0 else side, :] += np.uint8(64 * (1 - k) + 20)
            picture = Image.fromarray(pixels)
            (picture if colour else picture.convert("L")).save(folder / name / f"{i}.png")
    return str(folder)


@pytest.fixture
def net() -> MobileNetV2:
    return MobileNetV2(generator=torch.Generator().manual_seed(0)).eval()


def begun(tmp_path: Path, data: str, **settings: Any) -> Any:
    return wengu.fit("pictures", data=data, runs=tmp_path / "runs", quiet=True, **{**SETTINGS, **settings})


def newest(run: Path) -> dict[str, torch.Tensor]:
    steps = steps_kept(run / "checkpoints")
    assert steps
    return load_checkpoint(run / "checkpoints", steps[-1])[0]


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    return load_best(run / "checkpoints", warn=print)[0]


def test_it_begins_with_the_published_weights_and_says_so(kept: Keep, net: MobileNetV2, tmp_path: Path) -> None:
    entry = kept(theirs(net))
    fitted = begun(tmp_path, photographs(tmp_path / "photos"), freeze="all-but-last")
    facts = json.loads((fitted.path / "run.json").read_text())
    assert facts["transfer"]["from"] == "mobilenet_v2" and facts["transfer"]["sha256"] == entry.files[0].sha256
    assert facts["transfer"]["reinitialised"] == ["1.output"]  # two classes, not 1,000
    learned = weights_of(fitted.path)
    for name, value in net.state_dict().items():  # running averages too: a frozen batch norm is in evaluation mode
        if not name.startswith("output.") and not name.endswith("num_batches_tracked"):
            assert torch.equal(learned[f"1.{name}"], value), name
    for name, expected in (("mean", entry.mean), ("std", entry.std)):
        torch.testing.assert_close(learned[f"0.{name}"].flatten(), 255 * torch.tensor(expected))
    settings, came_from = fitted.run_folder.settings()
    assert settings["from"] == "published" and came_from["from"] == "rule" and settings["augment"] == "none"


def test_prediction_reads_pictures_as_training_did(kept: Keep, net: MobileNetV2, tmp_path: Path) -> None:
    entry = kept(theirs(net))
    fitted = begun(tmp_path, photographs(tmp_path / "photos"), freeze="all-but-last")
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    learned = weights_of(fitted.path)
    own = MobileNetV2(2, stem="large").eval()  # though 32 × 32 would be given the small one
    own.load_state_dict({name[2:]: w for name, w in learned.items() if name.startswith("1.")})
    x = torch.from_numpy(pixels / 255.0).float().movedim(-1, 0)[None]
    mean, std = (torch.tensor(values)[:, None, None] for values in (entry.mean, entry.std))
    with torch.no_grad():
        expected = torch.softmax(own((x - mean) / std), 1).numpy()
    np.testing.assert_allclose(wengu.load(fitted.path).predict(pixels).probabilities, expected, atol=1e-5)


def test_resume_needs_the_weights_no_more_and_ends_the_same(
    kept: Keep, net: MobileNetV2, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(theirs(net))
    data = photographs(tmp_path / "photos")
    how: dict[str, Any] = {"decay": "constant", "freeze": 5}
    whole = begun(tmp_path, data, epochs=3, name="whole", **how)
    begun(tmp_path, data, epochs=2, name="part", **how)
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("subprocess.run", lambda *_, **__: (_ for _ in ()).throw(OSError("no pip")))
    again = begun(tmp_path, data, epochs=3, name="part", resume=True, **how)
    a, b = newest(whole.path), newest(again.path)
    assert a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_weights_that_cannot_be_had_name_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENGU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("subprocess.run", lambda *_, **__: (_ for _ in ()).throw(OSError("no pip")))
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(OSError("no network")))
    data = photographs(tmp_path / "photos")
    with pytest.raises(InputError, match=r"from: the published weights of mobilenet_v2 cannot be had: .*no network.*--from none"):
        begun(tmp_path, data)
    assert not (tmp_path / "runs").exists()
    fitted = begun(tmp_path, data, epochs=1, **{"from": "none"})
    assert "transfer" not in json.loads((fitted.path / "run.json").read_text())


def test_grey_pictures_are_given_to_every_channel(kept: Keep, net: MobileNetV2) -> None:
    """A filter over three equal channels is the sum of its three parts over one."""
    from wengu.recipes.published_start import published_start

    entry = kept(theirs(net))
    grey = published_start("mobilenet_v2", {"channels": 1})
    own = MobileNetV2(channels=1).eval()
    own.load_state_dict({name[2:]: w for name, w in grey.weights.items() if name.startswith("1.")})
    x = torch.randn(2, 1, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(own(x), net(x.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(grey.weights["0.mean"], torch.tensor([255 * sum(entry.mean) / 3]))


@pytest.mark.parametrize(("photos", "given", "expected"), [
    ({}, {}, ("published", "160x160")),
    ({}, {"from": "none"}, (None, "64x64")),
    ({}, {"size": 96}, ("published", None)),
    ({}, {"init": "he"}, ("none", "64x64")),
    ({"colour": False}, {}, ("none", "64x64")),
    ({"side": 32}, {}, ("none", "64x64")),
    ({}, {"network": "resnet18"}, (None, "64x64")),
])  # fmt: skip
def test_photographs_in_colour_decide(
    photos: dict[str, Any], given: dict[str, Any], expected: tuple[str | None, str | None], tmp_path: Path
) -> None:
    data = photographs(tmp_path / "photos", **photos)
    ruled = settings_by_rule("pictures", settings_of("pictures", {"network": "mobilenet_v2", "data": data, **given}))
    assert (ruled.get("from_"), ruled.get("size")) == expected


def test_a_freeze_needs_weights() -> None:
    with pytest.raises(InputError, match="nothing to freeze without --from"):
        settings_of("pictures", {"network": "mobilenet_v2", "from": "none", "freeze": "none"})
    assert settings_of("pictures", {"network": "mobilenet_v2", "freeze": "none"}).freeze == "none"


@pytest.mark.registry
def test_the_real_file_is_what_the_entry_says() -> None:
    from wengu.data import get

    entry = published("mobilenet_v2")
    assert sha256(get("mobilenet_v2") / entry.files[0].name) == entry.files[0].sha256
