"""`wengu explain shapes NETWORK [SIZE]`."""

from __future__ import annotations

from pathlib import Path

import pytest

from wengu.cli.main import run


@pytest.mark.parametrize(("words", "last"), [
    (("resnet20",), "269,722 parameters; 40,551,040 multiplications for one input of 3 × 32 × 32."),
    (("mobilenet_v2", "1x64x48"), "multiplications for one input of 1 × 64 × 48."),
    (("ResNet18", "64"), "multiplications for one input of 3 × 64 × 64."), (("lenet5",), "one input of 1 × 28 × 28."),
])  # fmt: skip
def test_shapes(words: tuple[str, ...], last: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "shapes", *words]) == 0
    assert last in capsys.readouterr().out


def test_shapes_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\ndef Net(classes, channels):\n"
        "    return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Flatten(), nn.Linear(4 * 36, classes))\n"
    )
    assert run(["explain", "shapes", f"{tmp_path}/mine.py:Net", "8"]) == 0
    assert "(3·3·3+1)·4 = 112" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "error"), [
    (("lenet6",), "network: 'lenet6' is unknown; did you mean lenet5"),
    (("resnet20", "0x3"), "size: expected that of a picture, such as 64, 64x48 or 3x64x48, got 0x3"),
    (("vgg16", "20"), "size: VGG16 reads pictures of 32 × 32 and larger"),
])  # fmt: skip
def test_refusals(words: tuple[str, ...], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "shapes", *words]) == 2
    assert error in capsys.readouterr().err
