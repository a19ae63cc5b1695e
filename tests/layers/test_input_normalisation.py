"""Row 15.9 as a layer."""

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

from wengu.layers import InputNormalisation


def test_parity_with_scikit_learn() -> None:
    """Authority: sklearn.preprocessing.StandardScaler, in float64; a constant column is only centred by both."""
    x = np.random.default_rng(0).normal(50, 7, (200, 4)) * [1, 1e6, 1e-6, 0] + [0, 0, 0, 3]
    ours = InputNormalisation.of(torch.from_numpy(x))(torch.from_numpy(x))
    np.testing.assert_allclose(ours.numpy(), StandardScaler().fit_transform(x), rtol=1e-6, atol=1e-6)


def test_dates_in_seconds_keep_their_digits() -> None:
    seconds = 1.7e9 + torch.arange(100, dtype=torch.float64)[:, None]
    z = InputNormalisation.of(seconds)(seconds)
    assert len(z.unique()) == 100


def test_it_is_saved_with_the_weights() -> None:
    assert set(InputNormalisation(3).state_dict()) == {"mean", "std"}
