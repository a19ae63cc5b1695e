"""Numbers on their way to the browser: five digits, as Python writes them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from wengu.core.written import written
from wengu.pages.plain import Plain

RANDOM = np.random.default_rng(0)
SPREAD = RANDOM.normal(size=2000) * 10.0 ** RANDOM.integers(-18, 18, 2000)
FAR = np.array([1e-40, 3.3333333e-30, -7e300, 0.0, math.inf, -math.inf, math.nan, 1e5, 99999.5, 0.1])


def digits(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None


@pytest.mark.parametrize("values", [SPREAD, FAR, SPREAD[:4]], ids=["usual", "far", "few"])
@pytest.mark.parametrize("kind", [list, np.array, torch.tensor])
def test_numbers_keep_five_digits(values: np.ndarray[Any, Any], kind: Any) -> None:
    plain = Plain()
    assert plain(kind(values)) == [digits(one) for one in values.tolist()]
    assert plain.numbers == len(values)


def test_of_matrices_every_row() -> None:
    matrix = SPREAD.reshape(40, 50)
    assert Plain()(matrix) == [[digits(one) for one in row] for row in matrix.tolist()]
    with_gap = matrix.copy()
    with_gap[1, 2] = math.nan
    assert Plain()(torch.tensor(with_gap))[1][2] is None


def test_whole_numbers_words_and_flags_stay() -> None:
    given = {"a": (1, True, None, "x"), "b": np.arange(3), "c": torch.tensor([True]), "d": range(2), "e": np.float32(0.1)}
    plain = Plain()
    assert plain(given) == {"a": [1, True, None, "x"], "b": [0, 1, 2], "c": [True], "d": [0, 1], "e": 0.1}
    assert plain.numbers == 7


@pytest.mark.parametrize(("python", "people"), [
    ("-1.35", "−1.35"), ("(-5) = -15", "(−5) = −15"), ("6.376e+08", "6.376 × 10⁸"), ("-4.69e-07", "−4.69 × 10⁻⁷"),
    ("1e-05,", "10⁻⁵,"), ("6.38e+03", "6,380"), ("1234", "1,234"), ("of 2018-01-23", "of 2018-01-23"), ("1.5e+04", "15,000"), ("-0.0 points", "0.0 points"), ("-0", "0"),
    ("在-2之间", "在−2之间"), ("3e-07步", "3 × 10⁻⁷步"), ("2e+12.", "2 × 10¹²."),
    ("x-1, 3-5, a-2b, (1-β), --lr, 2026-11-23, v1.2-3, 0x1e-5, 5e", "x-1, 3-5, a-2b, (1-β), --lr, 2026-11-23, v1.2-3, 0x1e-5, 5e"),
])  # fmt: skip
def test_numbers_in_words_stand_as_people_write_them(python: str, people: str) -> None:
    assert written(python) == people
