"""The card of probabilities: the numbers are practice's, the words say what they mean."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from tests.made_run import made_run  # noqa: F401
from tests.pace import slower
from wengu.adviser import diagnose_probabilities
from wengu.cli.main import run as command
from wengu.practice import Probabilities, measure_probabilities


def table(path: Path, y: np.ndarray, p: np.ndarray, name: str = "dev") -> Path:
    rows = (f"{name},{'yes' if one else 'no'},{1 - q:.6f},{q:.6f}" for one, q in zip(y.tolist(), p.tolist(), strict=True))
    path.write_text("\n".join(["set,truth,p_no,p_yes", *rows, ""]))
    return path


def calibrated(m: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    p = generator.random(m).round(6)
    return generator.random(m) < p, p


def test_the_card_says_what_practice_measures(tmp_path: Path) -> None:
    y, p = calibrated(400)
    card = diagnose_probabilities(table(tmp_path / "a.csv", y, p))
    found = measure_probabilities(Probabilities(np.where(y, "yes", "no"), np.stack([1 - p, p], axis=1), ("no", "yes")),
                                  least=5e-7)
    low, high = found.classes[1].average_precision.interval()
    assert f"{found.classes[1].average_precision.value:.3f} [{low:.3f}, {high:.3f}]" in str(card)
    assert "So nothing speaks against these probabilities." in str(card)
    plain = json.loads(json.dumps(card.to_dict(), allow_nan=False))["sets"]["dev"]
    assert plain["classes"]["no"]["auc"]["value"] == pytest.approx(found.classes[0].auc.value)
    assert plain["mean"] is None and len(plain["calibration"]["bins"]) == 10


@pytest.mark.parametrize(("bend", "said"), [
    (lambda p: p**0.4, "too high by"), (lambda p: p**2.5, "too low by"),
    (lambda p: 3 * p**2 - 2 * p**3, "too high here, too low there"),
])
def test_it_says_how_probabilities_are_off(tmp_path: Path, bend, said: str) -> None:  # type: ignore[no-untyped-def]
    y, p = calibrated(2000, 1)
    y[:200] = False  # so that yes is the rarer class
    p[:200] = 0
    assert said in str(diagnose_probabilities(table(tmp_path / "a.csv", y, bend(p))))


def test_a_rare_class_and_what_does_not_sum_to_1(tmp_path: Path) -> None:
    y, p = np.arange(60) < 3, np.linspace(0.9, 0.1, 60)
    card = str(diagnose_probabilities(table(tmp_path / "a.csv", y, p)))
    assert card.count("cannot be judged: only 3 examples of yes") == 2  # a line a class, once in each
    file = tmp_path / "b.csv"
    file.write_text("set,truth,p_a,p_b\n" + "dev,a,0.4,0.1\ndev,b,0.2,0.3\n" * 10)
    assert "do not sum to 1, so it has no Brier score and no log loss" in str(diagnose_probabilities(file))


def test_the_command_prints_it_of_a_run_and_stands_alone(made_run, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run, _ = made_run()
    assert command(["diagnose", str(run.path), "--probabilities"]) == 0
    out = capsys.readouterr().out
    assert "mean of 3" in out and "calibration error of the likeliest class" in out
    assert out.index("  dev ") < out.index("  train ")
    assert command(["diagnose", str(run.path), "--probabilities", "--metric", "error"]) == 2
    assert "--probabilities: expected it alone" in capsys.readouterr().err


def test_two_hundred_thousand_rows_are_quick(tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", *calibrated(200_000))
    start = time.process_time()
    str(diagnose_probabilities(file))
    assert time.process_time() - start < 3 * slower()  # a million take five times that
