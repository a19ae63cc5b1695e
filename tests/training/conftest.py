"""Real data that many tests of training share."""

import pytest
import torch
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

from tests.training.digits import Pair


@pytest.fixture(scope="session")
def digits() -> tuple[Pair, Pair]:
    """600 handwritten digits of 8 × 8 to train on, and 300 for dev."""
    data = load_digits()
    x, y = torch.tensor(data.data / 16).float(), torch.tensor(data.target)
    return (x[:600], y[:600]), (x[600:900], y[600:900])
