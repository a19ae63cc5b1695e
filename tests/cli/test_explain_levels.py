"""`wengu explain levels NETWORK [FREEZE [EXAMPLES A CLASS]]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from wengu.cli.main import run


@pytest.mark.parametrize(("words", "lines", "last"), [
    (("mobilenet_v2", "all-but-4"), {"20 output": "from the start α", "17 blocks.15": "from the start α", "16 blocks.14": "never"},
     "frozen, as was asked: 16 of 20 blocks"),
    (("lenet5", "auto", "20"), {"5 output": "from the start α", "4 f6": "from epoch 2 α / 2.6", "1 c1": "from epoch 5 α / 45.7"},
     "the last layer trains first, then one more in each epoch"),
    (("resnet20",), {"1 stem": "from the start α", "11 output": "from the start α"}, "all layers train from the start, as was asked"),
])  # fmt: skip
def test_levels(words: tuple[str, ...], lines: dict[str, str], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "levels", *words]) == 0
    found = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for begin, end in lines.items():
        assert [line for line in found if line.startswith(begin + " ") and line.endswith(end)], (begin, found)
    assert found[-1].startswith(last)


def test_levels_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\ndef Net(classes, channels):\n"
        "    return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Flatten(), nn.Linear(4 * 36, classes))\n"
    )
    assert run(["explain", "levels", f"{tmp_path}/mine.py:Net", "all-but-last"]) == 0
    assert "frozen, as was asked: 1 of 2 layers" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "error"), [
    (("lenet6",), "network: 'lenet6' is unknown; did you mean lenet5"),
    (("lenet5", "all-but-9"), "all-but-N with N up to 5, or how many of the 5 levels stay frozen, from 0 to 4, got all-but-9"),
    (("lenet5", "auto", "few"), "examples: expected how many there are of a class, such as 100, got few"),
])  # fmt: skip
def test_refusals(words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "levels", *words]) == 2
    assert error in capsys.readouterr().err
