"""`wengu fit NAME --check`, and the pre-flight of every fit."""

import json
import shutil
from importlib import import_module
from pathlib import Path

import pytest
import torch

import wengu as package
from tests.cli.conftest import Wengu
from wengu.core.run_folder import RunFolder
from wengu.running.prepare import Prepared
from wengu.training import Check, Preflight


@pytest.fixture
def leaking(photos: Path, tmp_path: Path) -> Path:
    """A folder with official sets, where five pictures of dev are those of train under other names."""
    folder = tmp_path / "leaking"
    for kind in ("trouser", "sandal", "bag"):
        for k, file in enumerate(sorted((photos / kind).iterdir())):
            part = folder / ("dev" if k < 15 else "test" if k < 20 else "train") / kind
            part.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, part / file.name)
    for file in sorted((folder / "train" / "bag").iterdir())[:5]:
        shutil.copy(file, folder / "dev" / "bag" / f"again-{file.name}")
    for file in sorted((folder / "train" / "bag").iterdir())[5:8]:
        shutil.copy(file, folder / "test" / "bag" / f"again-{file.name}")
    return folder


def test_it_says_what_it_checked_and_makes_no_run(wengu: Wengu, photos: Path) -> None:
    said = wengu("fit", "lenet5", "--data", photos, "--check")
    assert said.code == 0, said.out + said.err
    assert len([line for line in said.out.splitlines() if line.startswith("ok ")]) == 13
    assert "13 checks in " in said.out and "ln 3 = 1.099" in said.out
    assert not Path("runs").exists()


def test_what_fails_is_exit_status_1_and_is_told_what_to_do(wengu: Wengu, leaking: Path) -> None:
    said = wengu("fit", "lenet5", "--data", leaking, "--check")
    assert said.code == 1
    assert "FAILED  duplicates      5 of dev also in train (dev/bag/again-" in said.out and "→ the dev error is too low" in said.out
    chinese = wengu("fit", "lenet5", "--data", leaking, "--check", "--lang", "zh")
    assert chinese.code == 1 and "未通过  重复样本        开发集有 5 个也在训练集中" in chinese.out


def test_every_fit_says_what_is_not_well_keeps_all_and_goes_on(
    wengu: Wengu, leaking: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("wengu.project.fit"), "PREFLIGHT", 60.0)  # so that a slow machine finds all, too
    said = wengu("fit", "lenet5", "--data", leaking, "--epochs", 1)
    assert said.code == 0, said.err
    assert "FAILED  duplicates" in said.out and "\nok " not in said.out and "checks in" not in said.out
    kept = json.loads(Path("runs/lenet5-leaking/preflight.json").read_text())
    assert {one["name"]: one["verdict"] for one in kept["checks"]} == {
        "inputs": "ok", "duplicates": "failed", "contradictions": "ok", "near duplicates": "ok", "balance": "ok", "normalisation": "ok",
        "start": "ok", "gradients": "ok", "signals": "ok", "one batch": "ok", "time": "ok", "memory": "ok",
    }
    assert "preflight.json" in Path("runs/lenet5-leaking/report.html").read_text()
    assert "5 of the 50 examples of dev are copies of what is in train; remove them from dev" in said.out
    assert "3 of the 18 examples of test are copies of what is in train; remove them from test" in said.out
    card = wengu("diagnose", "runs/lenet5-leaking").out
    assert "dev: 5 of its 50 examples are copies of what is in train; remove them from dev." in card and "group" not in card
    again = wengu("fit", "lenet5", "--resume", "--epochs", 2)
    assert again.code == 0 and "FAILED" not in again.out
    well = wengu("fit", "lenet5", "--data", photos, "--epochs", 1)
    assert "→" not in well.out.split("epoch")[0]


def test_the_pre_flight_moves_no_bit_of_the_run(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def weights(name: str) -> dict[str, torch.Tensor]:
        fitted = package.fit("lenet5", data=photos, epochs=2, precision="fp32", name=name, runs=tmp_path, quiet=True)
        return fitted.run.model.state_dict()

    looked = weights("looked")
    monkeypatch.setattr(Prepared, "checked", lambda self, seconds: Preflight((Check("time", "ok", "no"),), 0.0))
    alone = weights("alone")
    assert RunFolder.open(tmp_path / "alone").read_json("preflight.json")["seconds"] == 0.0
    assert all(torch.equal(looked[name], alone[name]) for name in alone)


def test_in_python(iris: Path) -> None:
    found = package.check("softmax", data=iris, target="species", quiet=True)
    assert isinstance(found, Preflight) and not found.failed and found["start"].verdict == "ok"


@pytest.mark.parametrize(("words", "message"), [
    (("--check", "--resume"), "leave --resume out"),
    (("--check", "--lr", "-1"), "lr: expected a number above 0"),
    (("--check", "--data", "photso"), "no such folder"),
    (("--check", "--threads", "0"), "threads: expected"),
])
def test_bad_input_is_exit_status_2(wengu: Wengu, words: tuple[str, ...], message: str) -> None:
    said = wengu("fit", "lenet5", *words)
    assert said.code == 2 and said.err.count("\n") == 1 and message in said.err
