"""What another seed alone does, beside every comparison: measured where runs tell it, and else said to be unknown."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2, norm, t

from tests.adviser.test_compare import finished
from wengu.adviser import compare
from wengu.adviser.compare import dev_difference, since_the_run_before
from wengu.adviser.difference import Difference
from wengu.adviser.seed_noise import SeedNoise, seed_noise, seed_noise_of
from wengu.core.i18n import speaking
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate, Records, paired_difference

ERRORS = {"name": "error", "direction": "lower", "scale": "rate", "unit": "example", "worth": 0.01}


def made(path: Path, errors: int, *, seed: int = 0, lr: float = 0.1, epochs: int = 0, **facts: object) -> RunFolder:
    run = finished(path, list(range(errors)), task="t", metric=ERRORS, examples={"train": 1000, "dev": 1000}, **facts)
    run.write_settings({"lr": lr, "seed": seed}, {"lr": "flag", "seed": "flag"})
    for e in range(1, epochs + 1):
        run.append_metric({"epoch": e, "step": e, "cost": 1 / e, "dev_cost": 1 / e, "dev_error": 0.1})
    return run


def test_the_spread_is_the_standard_deviation_with_its_chi_square_interval(tmp_path: Path) -> None:
    runs = [made(tmp_path / f"s{k}", errors, seed=k) for k, errors in enumerate((80, 100, 126))]
    made(tmp_path / "again", 500, seed=2)  # the same seed once more tells nothing
    made(tmp_path / "other", 300, seed=3, lr=0.2)
    made(tmp_path / "else", 700, seed=4, stopped="interrupted")
    found = seed_noise([runs[0]], ErrorRate())
    assert found is not None and (found.df, found.runs, found.own) == (2, 3, True)
    sd = float(np.std([0.080, 0.1, 0.126], ddof=1))
    assert found.sd == pytest.approx(sd)
    assert found.interval == pytest.approx([sd * sqrt(2 / chi2.ppf(p, 2)) for p in (0.975, 0.025)])


def test_of_other_settings_of_the_task_where_there_are_none_of_its_own(tmp_path: Path) -> None:
    for k, errors in enumerate((80, 100)):
        made(tmp_path / f"s{k}", errors, seed=k)
    a, b = made(tmp_path / "a", 100, lr=0.2), made(tmp_path / "b", 60, lr=0.3)
    found = seed_noise([a, b], ErrorRate())
    assert found is not None and not found.own and found.sd == pytest.approx(sqrt(0.0002))
    assert "of other settings of this task" in found.sentence(ERRORS)  # type: ignore[arg-type]
    assert seed_noise([made(tmp_path / "elsewhere" / "x", 1)], ErrorRate()) is None


def test_the_interval_is_wide_enough_for_two_seeds() -> None:
    """Of 12 points that one seed's spread of 2 points can make, from three of them."""
    gain = Difference(-0.05, -0.06, -0.04)
    assert gain.verdict == "better"
    wide = SeedNoise(0.02, 2, 3).widened(gain)
    half = sqrt(0.01**2 + 2 * (t.ppf(0.975, 2) * 0.02) ** 2)
    assert (wide.low, wide.high) == pytest.approx((-0.05 - half, -0.05 + half)) and wide.verdict == "cannot tell"
    assert SeedNoise(0.0, 2, 3, 0.01).widened(gain) == pytest.approx(gain)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(("seeds", "sd"), [(2, 0.02), (3, 0.0), (3, 0.01), (3, 0.03), (5, 0.02)])
def test_of_runs_that_differ_in_the_seed_alone_at_most_one_in_twenty_is_told_better_or_worse(seeds: int, sd: float) -> None:
    """Their true errors differ by `sd`; without its spread known up to half of them were."""
    rng, m, times = np.random.default_rng(0), 600, 300
    truth, told, before = np.zeros(m), 0, 0
    for _ in range(times):
        hard = rng.standard_normal(m)  # examples that all of them find hard

        def run(hard: np.ndarray = hard) -> Records:
            score = (hard + 0.7 * rng.standard_normal(m)) / sqrt(1.49)
            return Records(truth, (score > norm.isf(max(0.001, rng.normal(0.1, sd)))).astype(float))

        family = [(float(one.predicted.mean()), one) for one in (run() for _ in range(seeds))]
        a, b = run(), run()
        found = paired_difference(ErrorRate(), a, b)
        gain = Difference(found.value, *(found.interval() or (0, 0)))
        noise = seed_noise_of([family], ErrorRate())
        assert noise is not None
        before += gain.verdict != "cannot tell"
        told += noise.widened(gain).verdict != "cannot tell"
    assert told / times <= 0.05 and (sd < 0.01 or before / times > 0.14)


def test_a_pair_that_differs_in_the_seed_alone_is_never_better(tmp_path: Path) -> None:
    a, b = made(tmp_path / "a", 115), made(tmp_path / "b", 80, seed=1)
    found = compare([a, b]).runs[1]
    assert found.gain is not None and found.gain.verdict == "cannot tell" and found.seed is not None
    assert dev_difference(b, a).verdict == "cannot tell"


def test_what_differs_is_named_before_what_that_did(tmp_path: Path) -> None:
    a = made(tmp_path / "a", 115, epochs=17)
    b = made(tmp_path / "b", 60, lr=0.2, epochs=40)
    text = str(compare([a, b]))
    said = ("B and A differ in 2 things: lr 0.1 → 0.2, epochs trained 17 → 40. The difference on dev is of all of them "
            "together.")
    assert said in text and text.index(said) < text.index("better")
    assert "Seed noise was not measured: another seed alone may do as much." in text and "--name b" in text
    assert text.rstrip().endswith("--resume --repeat 3")
    since = str(since_the_run_before(b))
    assert since.index("lr 0.1 → 0.2, epochs trained 17 → 40; all together: dev -5.5 points") < since.index("better")
    assert since.endswith("--resume --repeat 3)")
    shorter = made(tmp_path / "d", 60, lr=0.1, epochs=24)
    assert "differ in" not in str(compare([a, shorter]))  # early stopping moves epochs by a few
    alone = made(tmp_path / "c", 60, lr=0.3, epochs=40)
    assert "differ in" not in str(compare([b, alone]))
    with speaking("zh"):
        assert "有 2 处不同" in str(compare([a, b]))


def test_the_seeds_spread_stands_beside_the_comparison(tmp_path: Path) -> None:
    for k, errors in enumerate((112, 118, 115)):
        made(tmp_path / f"s{k}", errors, seed=k)
    b = made(tmp_path / "b", 60, lr=0.2)
    found = compare([tmp_path / "s0", b])
    assert "What another seed alone does to dev error: sd 0.3 [0.2, 1.9] over 3 seeds. The difference is of means, over 1 seed and over 3, and counts it." in str(found)
    assert found.runs[1].gain.points == pytest.approx(0.060 - 0.115)  # type: ignore[union-attr]
    assert found.runs[1].gain is not None and found.runs[1].gain.verdict == "better"
    assert found.to_dict()["runs"][1]["seed"]["runs"] == 3
    assert str(since_the_run_before(b)).endswith("better (sd 0.3 [0.2, 1.9] over 3 seeds)")
