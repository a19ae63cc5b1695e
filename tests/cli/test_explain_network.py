"""`wengu explain levels NETWORK [FREEZE [EXAMPLES A CLASS]]` and `wengu explain shapes NETWORK [SIZE]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from wengu.cli.main import run


@pytest.fixture
def own(tmp_path: Path) -> str:
    """A network of one's own."""
    (tmp_path / "mine.py").write_text(
        "from torch import nn\ndef Net(classes, channels):\n"
        "    return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Flatten(), nn.Linear(4 * 36, classes))\n"
    )
    return f"{tmp_path}/mine.py:Net"


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


@pytest.mark.parametrize(("words", "last"), [
    (("resnet20",), "269,722 parameters; 40,551,040 multiplications for one input of 3 × 32 × 32."),
    (("mobilenet_v2", "1x64x48"), "multiplications for one input of 1 × 64 × 48."),
    (("ResNet18", "64"), "multiplications for one input of 3 × 64 × 64."), (("lenet5",), "one input of 1 × 28 × 28."),
])  # fmt: skip
def test_shapes(words: tuple[str, ...], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "shapes", *words]) == 0
    assert last in capsys.readouterr().out


@pytest.mark.parametrize(("what", "word", "told"), [
    ("levels", "all-but-last", "frozen, as was asked: 1 of 2 layers"), ("shapes", "8", "(3·3·3+1)·4 = 112")])
def test_ones_own(what: str, word: str, told: str, own: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", what, own, word]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(("words", "error"), [
    (("levels", "lenet6"), "network: 'lenet6' is unknown; did you mean lenet5"),
    (("levels", "lenet5", "all-but-9"), "all-but-N with N up to 5, or how many of the 5 levels stay frozen, from 0 to 4, got all-but-9"),
    (("levels", "lenet5", "auto", "few"), "examples: expected how many there are of a class, such as 100, got few"),
    (("shapes", "lenet6"), "network: 'lenet6' is unknown; did you mean lenet5"),
    (("shapes", "resnet20", "0x3"), "size: expected that of a picture, such as 64, 64x48 or 3x64x48, got 0x3"),
    (("shapes", "vgg16", "20"), "size: VGG16 reads pictures of 32 × 32 and larger"),
])  # fmt: skip
def test_refusals(words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", *words]) == 2
    assert error in capsys.readouterr().err
