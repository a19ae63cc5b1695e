"""`wengu fit NAME --from RUN --freeze ...`, from flags to the resumed run."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

import wengu as package
from tests.cli.conftest import Wengu
from wengu.core.run_folder import RunFolder
from wengu.data import load as load_data
from wengu.training import PretrainedWeights, load_checkpoint
from wengu.training.checkpoint import steps_kept

QUICK = ("--epochs", 2, "--patience", 9, "--precision", "fp32")  # with "auto" it measures, and may choose another each time


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Real pictures of the sample, n of each class."""

    def make(*classes: int, n: int) -> Path:
        made, sample = tmp_path_factory.mktemp("pictures") / "some", load_data("sample")
        for c in classes:
            (made / f"class{c}").mkdir(parents=True)
            for i in (sample.labels == c).nonzero()[0][:n]:
                Image.fromarray(sample.pixels[i, 0]).save(made / f"class{c}" / f"{i}.png")
        return made

    return make


@pytest.fixture(scope="session")
def source(folder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of LeNet-5 on four classes."""
    runs = tmp_path_factory.mktemp("runs")
    package.fit("lenet5", data=folder(0, 1, 5, 7, n=50), epochs=3, name="a", runs=runs, quiet=True)
    return runs / "a"


@pytest.fixture(scope="session")
def two(folder: Callable[..., Path]) -> Path:
    """The data of B: 30 pictures each of two other classes, 18 of each to train on."""
    return folder(8, 9, n=30)


def weights(run: Path | str) -> dict[str, torch.Tensor]:
    return dict(PretrainedWeights.read(run).weights)


def newest(run: Path | str) -> dict[str, torch.Tensor]:
    folder = Path(run) / "checkpoints"
    return load_checkpoint(folder, steps_kept(folder)[-1])[0]


def test_what_was_done_is_said_and_kept(wengu: Wengu, source: Path, two: Path) -> None:
    said = wengu("fit", "lenet5", "--data", two, "--from", source, "--freeze", 2, "--name", "b", *QUICK)
    assert said.code == 0, said.err
    for sentence in (f"from {source}: 4 of 5 layers loaded: 1.c1, 1.c3, 1.c5, 1.f6", "reinitialised, because the classes are different: 1.output", "0.mean, 0.std are loaded too",
                     "frozen, as was asked: 2 of 5 layers", "learned from 120 examples, and there are 36 here"):
        assert sentence in said.out
    kept = RunFolder.open("runs/b").facts()["transfer"]
    assert kept == {"from": str(source), "loaded": ["1.c1", "1.c3", "1.c5", "1.f6"], "reinitialised": ["1.output"], "heads": [],
                    "frozen": ["1.c1", "1.c3"], "gradual": False, "ratio": 1.0, "unit": "block", "why": "frozen, as was asked: 2 of 5 layers",
                    "fits": {"input_format": True, "far_more_data": False, "features": kept["fits"]["features"]}}
    assert kept["fits"]["features"]["examples"] == 36
    a, b = weights(source), weights("runs/b")
    same = {name for name in a if torch.equal(a[name], b[name])} if a.keys() == b.keys() else set()
    assert same == {"0.mean", "0.std", *(f"1.{layer}.{own}" for layer in ("c1", "c3") for own in ("weight", "bias"))}
    assert wengu("predict", "runs/b", next((two / "class8").iterdir())).code == 0
    chinese = wengu("fit", "lenet5", "--data", two, "--from", source, "--name", "zh", "--lang", "zh", *QUICK)
    assert "5 层中的 4 层" in chinese.out and "重新初始化" in chinese.out


def test_the_setting_is_from_wherever_it_is_given(
    wengu: Wengu, source: Path, two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def config(run: str) -> tuple[object, object, object, object]:
        table = tomllib.loads((Path("runs") / run / "config.toml").read_text())
        assert "from_" not in {**table["settings"], **table["came_from"]}
        return *(table["settings"][k] for k in ("from", "freeze")), *(table["came_from"][k] for k in ("from", "freeze"))

    common = ("fit", "lenet5", "--data", two, *QUICK)
    assert wengu(*common, "--from", source, "--name", "flag").code == 0
    assert config("flag") == (str(source), "auto", "flag", "default")
    Path("mine.toml").write_text(f'from = "{source}"\nfreeze = 3\n')
    assert wengu(*common, "--config", "mine.toml", "--name", "file").code == 0
    assert config("file")[:2] == (str(source), "3") and config("file")[2].endswith("mine.toml")  # type: ignore[attr-defined]
    assert wengu("fit", "lenet5", "--config", "runs/file/config.toml", "--name", "again").code == 0
    assert config("again")[:2] == (str(source), "3") and newest("runs/again").keys() == newest("runs/file").keys()
    assert all(torch.equal(value, newest("runs/file")[name]) for name, value in newest("runs/again").items())
    monkeypatch.setenv("WENGU_FROM", str(source))
    assert wengu(*common, "--name", "environment").code == 0
    assert config("environment") == (str(source), "auto", "environment", "default")
    monkeypatch.delenv("WENGU_FROM")
    package.fit("lenet5", data=two, from_=source, freeze=3, epochs=2, patience=9, precision="fp32", name="python", quiet=True)
    assert config("python") == (str(source), "3", "call", "call")
    assert all(torch.equal(value, newest("runs/file")[name]) for name, value in newest("runs/python").items())
    assert "from   " in wengu("runs", "flag", "file").out or "freeze" in wengu("runs", "flag", "file").out
    assert f"--from {source}" in wengu("diagnose", "runs/flag").out + wengu("fit", *common[1:], "--from", source, "--name", "x").out
    assert "Begin with trained layers: a run's folder" in wengu("fit", "lenet5", "--help").out


def test_a_run_goes_on_when_its_source_is_gone_and_is_the_one_never_stopped(wengu: Wengu, source: Path, two: Path) -> None:
    shutil.copytree(source, "a")
    common = ("fit", "lenet5", "--data", two, "--from", "a", "--decay", "constant", "--patience", 9, "--precision", "fp32")
    assert wengu(*common, "--epochs", 4, "--name", "whole").code == 0
    assert wengu(*common, "--epochs", 2, "--name", "parts").code == 0
    shutil.rmtree("a")
    said = wengu("fit", "lenet5", "--resume", "--name", "parts", "--epochs", 4)
    assert said.code == 0, said.err
    assert "layers loaded" not in said.out
    whole, parts = newest("runs/whole"), newest("runs/parts")
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    for words, message in ((("--from", "b"), "from: the run has a, and resume continues"), (("--freeze", "2"), "freeze: the run has auto")):
        said = wengu("fit", "lenet5", "--resume", "--name", "parts", "--epochs", 5, *words)
        assert said.code == 2 and message in said.err
    assert wengu("diagnose", "runs/parts", "--open-test").code == 0
    gone = wengu(*common, "--name", "new")
    assert gone.code == 2 and gone.err == "wengu: from: there is no a; give a run folder or a .safetensors file\n"


def test_the_check_is_of_the_transferred_model_and_says_what_was_taken(wengu: Wengu, source: Path, two: Path) -> None:
    said = wengu("fit", "lenet5", "--data", two, "--from", source, "--freeze", "all-but-last", "--check")
    assert said.code == 0 and "4 of 5 layers loaded" in said.out, said.out + said.err
    assert "reach every one of 2 parameter tensors" in said.out
    assert len([line for line in said.out.splitlines() if line.startswith("ok ")]) == 13


def test_a_table_takes_its_layer_where_the_classes_are_the_same(wengu: Wengu, iris: Path) -> None:
    common = ("fit", "softmax", "--data", iris, "--target", "species", *QUICK)
    assert wengu(*common, "--name", "a").code == 0
    said = wengu(*common, "--from", "runs/a", "--name", "b")
    assert said.code == 0 and "1 of 1 layer loaded: 1" in said.out, said.err
    Path("other.csv").write_text(iris.read_text().replace("setosa", "rose"))
    refused = wengu("fit", "softmax", "--data", "other.csv", "--target", "species", "--from", "runs/a")
    assert refused.code == 2 and "the last layer is the only one that fits, and its classes are different" in refused.err


def test_bad_input_is_one_line_and_no_run(wengu: Wengu, source: Path, two: Path, iris: Path) -> None:
    save_file({"w": torch.ones(2)}, "foreign.safetensors")
    Path("damaged.safetensors").write_bytes(b"no safetensors at all")
    for words, message in (
        (("--freeze", "2"), "freeze: there is nothing to freeze without --from"),
        (("--from", source, "--freeze", "some"), "freeze: expected auto, none, all-but-last, all-but-3 for the last three blocks, or how many of the lowest, got some"),
        (("--from", source, "--freeze", "5"), "of the 5 levels stay frozen, from 0 to 4, got 5"),
        (("--from", "foreign.safetensors"), "no layer of foreign.safetensors fits: it has w"),
        (("--from", "damaged.safetensors"), "from: damaged.safetensors cannot be read"),
        (("--from", two), "is not a run folder"),
    ):
        said = wengu("fit", "lenet5", "--data", two, *words)
        assert said.code == 2 and said.err.count("\n") == 1 and message in said.err, said.err
    said = wengu("fit", "softmax", "--data", iris, "--target", "species", "--from", source)
    assert said.code == 2 and "no layer of" in said.err
    assert not Path("runs").exists()
