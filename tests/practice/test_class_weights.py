from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from wengu.core.checks import InputError
from wengu.practice import balanced_class_weights


@pytest.mark.parametrize("seed", [0, 1])
def test_parity_balanced_weights(seed: int) -> None:
    """Authority: scikit-learn's compute_class_weight("balanced")."""
    y = np.random.default_rng(seed).choice(4, size=300, p=[0.7, 0.2, 0.07, 0.03])
    w = balanced_class_weights(y, 4)
    np.testing.assert_allclose(w, compute_class_weight("balanced", classes=np.arange(4), y=y), rtol=1e-15)
    assert w[y].mean() == pytest.approx(1)
    assert [w[y][y == c].sum() for c in range(4)] == pytest.approx([75] * 4)


def test_a_class_without_examples_is_named() -> None:
    with pytest.raises(InputError, match="class_weights: expected training examples of every class, got none of class 1"):
        balanced_class_weights([0, 0, 2], 3)
