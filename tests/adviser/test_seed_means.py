"""With two seeds of each setting a plain gain is told, and what seeds alone do is not, whatever their spread."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, t

from tests.adviser.test_seed_noise import made
from wengu.adviser import compare
from wengu.adviser.compare import dev_difference, since_the_run_before
from wengu.adviser.difference import Difference
from wengu.adviser.seed_noise import SeedNoise, seed_noise, seed_noise_of
from wengu.core.i18n import speaking
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, Records, paired_difference

Family = list[tuple[float, Records]]


def family(rng: np.random.Generator, hard: np.ndarray, seeds: int, error: float, sd: float) -> Family:
    """Seeds of a setting that finds some examples hard by itself; their true errors have this standard deviation."""
    own, truth, found = sqrt(0.85) * hard + sqrt(0.15) * rng.standard_normal(len(hard)), np.zeros(len(hard)), []
    for _ in range(seeds):
        score = (own + 0.7 * rng.standard_normal(len(hard))) / sqrt(1.49)
        wrong = (score > norm.isf(max(0.001, rng.normal(error, sd)))).astype(float)
        found.append((float(wrong.mean()), Records(truth, wrong)))
    return found


def verdicts(seeds: tuple[int, int], others: tuple[int, ...], *, sd: float, errors: tuple[float, float], m: int, times: int) -> list[str]:
    """What is said of two settings, by so many seeds of each and of other settings, in so many worlds."""
    rng, said = np.random.default_rng(0), []
    for _ in range(times):
        hard = rng.standard_normal(m)
        a, b = (family(rng, hard, k, error, sd) for k, error in zip(seeds, errors, strict=True))
        noise = seed_noise_of([a, b], ErrorRate(), others=[family(rng, hard, k, errors[0], sd) for k in others])
        found = paired_difference(ErrorRate(), b[0][1], a[0][1])
        assert noise is not None
        noise = replace(noise, means=tuple((float(np.mean([value for value, _ in one])), len(one)) for one in (a, b)))
        said.append(noise.of_means(Difference(found.value, *(found.interval() or (0, 0)))).verdict)
    return said


@pytest.mark.parametrize(("seeds", "others", "share"), [((2, 2), (), 0.65), ((2, 2), (2, 2), 0.8), ((2, 1), (3, 3), 0.65), ((3, 3), (), 0.9)])
def test_a_gain_of_five_points_is_told(seeds: tuple[int, int], others: tuple[int, ...], share: float) -> None:
    """From 15 to 10 % of 1,000 examples, where one seed alone does half a point; of one run each and t = 12.7 it was not."""
    said = verdicts(seeds, others, sd=0.005, errors=(0.15, 0.10), m=1000, times=150)
    assert said.count("better") / len(said) >= share and "worse" not in said


@pytest.mark.parametrize("sd", [0.0, 0.01, 0.03])
@pytest.mark.parametrize(("seeds", "others"), [((2, 1), ()), ((2, 2), ()), ((2, 1), (2, 2)), ((3, 3), ())])
def test_settings_that_differ_in_nothing_but_the_seed_are_told_better_or_worse_once_in_twenty(
    seeds: tuple[int, int], others: tuple[int, ...], sd: float
) -> None:
    said = verdicts(seeds, others, sd=sd, errors=(0.1, 0.1), m=600, times=200)
    assert len(said) - said.count("cannot tell") <= 0.05 * len(said) + 5  # a standard error and a half


def test_spreads_that_are_of_each_setting_by_itself() -> None:
    """Normal differences, settings' spreads up to 1.6 times apart in one of three: pooled with these, never below one's own."""
    rng, times, told = np.random.default_rng(0), 4000, 0
    truth = Records(np.zeros(4), np.zeros(4))
    for _ in range(times):
        families = [[(0.3 + 0.01 * spread * rng.standard_normal(), truth) for _ in range(2)] for spread in (1.0, *np.exp(0.5 * rng.standard_normal(4)))]
        noise = seed_noise_of(families[:1], ErrorRate(), others=families[1:])
        assert noise is not None and noise.df == 5
        gain = Difference(0.01 * sqrt(2) * rng.standard_normal(), 0, 0)
        told += replace(noise, half=0.0).widened(gain._replace(low=gain.points, high=gain.points)).verdict != "cannot tell"
    assert told / times <= 0.05


def test_the_interval_of_means() -> None:
    noise = SeedNoise(0.02, 4, 6, 0.01, means=((0.2, 2), (0.1, 4)))
    wide = noise.of_means(Difference(-0.08, -0.09, -0.07))
    half = sqrt(0.01**2 + 0.75 * ((t.ppf(0.975, 4) * 0.02) ** 2 - 0.01**2 / 2))
    assert (wide.points, wide.low, wide.high) == pytest.approx((-0.1, -0.1 - half, -0.1 + half))


def test_others_count_by_their_error_and_never_below_ones_own() -> None:
    def of(*values: float) -> Family:
        return [(value, Records(np.zeros(4), np.zeros(4))) for value in values]

    found = seed_noise_of([of(0.18, 0.22)], ErrorRate(), others=[of(0.048, 0.052)])
    assert found is not None and (found.df, found.own, found.others) == (2, True, True)
    assert found.sd == pytest.approx(sqrt(0.0008))  # its own: pooled it were less
    found = seed_noise_of([of(0.20, 0.20)], ErrorRate(), others=[of(0.04, 0.06)])
    assert found is not None and found.sd == pytest.approx(sqrt(0.0002 * (0.2 * 0.8) / (0.05 * 0.95) / 2))
    many = seed_noise_of([of(0.1, 0.11, 0.12, 0.1, 0.1)], ErrorRate(), others=[of(0.0, 0.3)])
    assert many is not None and not many.others and many.df == 4


def test_runs_with_two_seeds_each(tmp_path: Path) -> None:
    for k, (before, after) in enumerate(((150, 100), (157, 95))):
        made(tmp_path / f"a{k}", before, seed=k)
        made(tmp_path / f"b{k}", after, seed=k, lr=0.2, created=f"2099-02-0{k + 1}T00:00:00+00:00")
    found = compare([tmp_path / "a0", tmp_path / "b0"])
    gain = found.runs[1].gain
    assert gain is not None and gain.points == pytest.approx(0.0975 - 0.1535) and gain.verdict == "better"
    said = "over 4 seeds. The difference is of means, over 2 seeds and over 2, and counts it."
    assert said in str(found) and "Two seeds say little" not in str(found)
    assert found.to_dict()["runs"][1]["seed"]["seeds"] == [2, 2]
    run = found.runs[1].brief.path
    assert dev_difference(*(RunFolder.open(tmp_path / name) for name in ("b0", "a0"))) == gain
    change = since_the_run_before(RunFolder.open(run))
    assert change is not None and change.gain.verdict == "better"
    alone = compare([tmp_path / "a0", tmp_path / "a1"]).runs[1]
    assert alone.gain is not None and alone.gain.points == pytest.approx(0.007) and alone.seed is not None and not alone.seed.means
    with speaking("zh"):
        assert "2 个种子与 2 个种子" in str(compare([tmp_path / "a0", tmp_path / "b0"]))


def test_two_seeds_of_one_setting_alone_say_what_to_add(tmp_path: Path) -> None:
    for k, errors in enumerate((150, 157)):
        made(tmp_path / f"a{k}", errors, seed=k)
    b = made(tmp_path / "b", 100, lr=0.2)
    found = compare([tmp_path / "a0", b])
    assert found.runs[1].gain is not None and found.runs[1].gain.verdict == "cannot tell"
    assert "Two seeds say little of it, so the interval is wide; more of them make it narrower: wengu fit" in str(found)
    for k, errors in enumerate((120, 124, 122)):
        made(tmp_path / f"c{k}", errors, seed=k, lr=0.3)
    noise = seed_noise([RunFolder.open(tmp_path / "a0"), b], ErrorRate())
    assert noise is not None and noise.df == 3 and "of these and other settings of this task" in str(compare([tmp_path / "a0", b]))
    assert compare([tmp_path / "a0", b]).runs[1].gain.verdict == "better"  # type: ignore[union-attr]
