"""A network trained narrower and wider, and what is said of its size."""

from __future__ import annotations

from pathlib import Path

import pytest

import wengu
from wengu import project
from wengu.adviser import SizeCurve
from wengu.adviser.attempts import context
from wengu.adviser.data_curve import Point
from wengu.adviser.run_context import RunContext
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import described
from wengu.practice.metrics import ErrorRate
from wengu.vision.convnets import LeNet5


def parameters(width: float) -> int:
    """By hand: c1 = 6w filters of 5 × 5 on one channel, c3 = 16w on these, then c5 = 120w, f6 = 84w, 10 classes."""
    c1, c3, c5, f6 = (round(width * n) for n in (6, 16, 120, 84))
    return 26 * c1 + (25 * c1 + 1) * c3 + (25 * c3 + 1) * c5 + (c5 + 1) * f6 + (f6 + 1) * 10


@pytest.mark.parametrize("width", [0.25, 0.5, 1.0, 2.0])
def test_a_width_multiplies_the_units_of_each_layer(width: float) -> None:
    assert sum(p.numel() for p in LeNet5(width=width).parameters()) == parameters(width)
    assert parameters(1.0) == 61_706  # as the paper's form has it


def test_it_trains_four_widths_and_keeps_them(tmp_path: Path, photos: Path) -> None:
    run = wengu.fit("lenet5", data=str(photos), runs=tmp_path, epochs=1, quiet=True)
    found = project.size_curve_of(run.path, quiet=True)
    assert found is not None
    assert [width for width, *_ in found.points] == [0.25, 0.5, 1.0, 2.0]
    sizes = [size for _, size, _ in found.points]
    assert sizes == sorted(sizes) and sizes[2] == sum(p.numel() for p in LeNet5(3).parameters())
    assert all(point.n == 24 for *_, point in found.points) and "Twice as many parameters as the widest" in str(found)
    assert context(RunFolder.open(run.path)).widths == found  # the advice of the run knows them
    times = [(run.path / "learning-curve" / name / "ledger.json").stat().st_mtime_ns for name in ("width-0.25", "width-2")]
    project.size_curve_of(run.path, quiet=True)  # what has ended is not trained again
    assert times == [(run.path / "learning-curve" / name / "ledger.json").stat().st_mtime_ns for name in ("width-0.25", "width-2")]
    wide = RunContext.of(RunFolder.open(run.path / "learning-curve" / "width-2"))
    assert wide.own["width"] == 2.0 and "--width 2.0" in wide.fit()  # a rule gave it before, and no longer
    assert wengu.load(run.path / "learning-curve" / "width-2").predict(str(photos / "bag")).labels


def test_what_has_no_width_is_refused(tmp_path: Path, iris: Path, photos: Path) -> None:
    run = wengu.fit("softmax", data=str(iris), target="species", runs=tmp_path, epochs=1, quiet=True)
    with pytest.raises(InputError, match="--over width: softmax has no width that can be set; it is for none"):
        project.size_curve_of(run.path, quiet=True)
    for width in (0.0, -1.0, 65.0):
        with pytest.raises(InputError, match="width: expected a number above 0, at most 64"):
            wengu.fit("lenet5", data=str(photos), runs=tmp_path, width=width, quiet=True)


@pytest.mark.parametrize(("errors", "words"), [
    ((0.30, 0.20, 0.14, 0.10), "a larger network helps"),
    ((0.1, 0.1, 0.1, 0.1), "the network is large enough"),
])
def test_what_it_says(errors: tuple[float, ...], words: str) -> None:
    points = tuple((w, parameters(w), Point(3600, 0.05, e, e - 0.01, e + 0.01, 40_000))
                   for w, e in zip((0.25, 0.5, 1.0, 2.0), errors, strict=True))
    assert words in str(SizeCurve(points, described(ErrorRate()), 1.0))
