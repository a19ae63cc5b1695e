"""`--levels`: what becomes black and white of more than 8 bits, the same in training, resuming and prediction."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from tests.cli.conftest import Wengu


def depth_camera(folder: Path) -> Path:
    """30 pictures of each of two classes, of which 16 bits hold the values 1000 to 1300: the ramp goes down or up."""
    rng = np.random.default_rng(0)
    for name, ramp in (("down", np.linspace(1, 0, 28)), ("up", np.linspace(0, 1, 28))):
        (folder / name).mkdir(parents=True)
        for i in range(30):
            values = 1000 + 300 * np.clip(ramp + rng.normal(0, 0.1, (28, 28)), 0, 1)
            Image.fromarray(values.astype(np.uint16)).save(folder / name / f"{i}.png")
    return folder


def test_the_range_is_seen_remembered_and_used_again(wengu: Wengu) -> None:
    camera = depth_camera(Path("camera"))
    said = wengu("fit", "lenet5", "--data", camera, "--epochs", 1, "--name", "full")
    assert said.code == 0 and "--levels seen" in said.out and "keep no more than 2 of 256 levels" in said.out
    said = wengu("fit", "lenet5", "--data", camera, "--epochs", 2, "--name", "seen", "--levels", "seen")
    assert said.code == 0 and "keep no more than" not in said.out
    assert "the range of the training pictures: 1000 is black and 1300 white" in said.out
    facts = json.loads(Path("runs/seen/run.json").read_text())
    assert facts["spec"]["levels"] == [1000, 1300]
    said = wengu("predict", "runs/seen", camera / "up", camera / "down", "--json")
    found = [json.loads(line) for line in said.out.splitlines()]
    assert [row["predicted"] for row in found] == ["up"] * 30 + ["down"] * 30
    judged = {row["id"]: row for row in found}
    for line in Path("runs/seen/predictions/dev.csv").read_text().splitlines()[1:]:  # as it was judged in training
        name, _, predicted, *p = line.split(",")
        assert judged[f"camera/{name}"]["predicted"] == predicted
        assert abs(judged[f"camera/{name}"]["p_down"] - float(p[0])) < 1e-5
    assert wengu("fit", "lenet5", "--resume", "--name", "seen", "--epochs", 3).code == 0


def test_levels_where_there_are_none(wengu: Wengu) -> None:
    said = wengu("fit", "lenet5", "--levels", "seen")
    assert said.code == 2 and "levels: expected a folder of pictures of more than 8 bits, sample has 8; leave it out" in said.err
    said = wengu("fit", "lenet5", "--levels", "4095")
    assert said.code == 2 and "such as 0:4095, got 4095" in said.err
