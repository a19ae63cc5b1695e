"""Row 15.9 as a layer."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

from wengu.layers import InputNormalisation, input_normalisation


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


@pytest.mark.parametrize("block", [1, 1000, 1 << 22])
def test_bytes_are_read_in_blocks_and_exactly(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Authority: scikit-learn's StandardScaler, of all pixels of a channel in float64; a constant one is only centred."""
    monkeypatch.setattr(input_normalisation, "BLOCK", block)
    x = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (50, 3, 6, 5), np.uint8))
    x[:, 1] = 255
    x[0, 2], x[1:, 2] = 254, 255  # Σx²/n - (Σx/n)² in float64 has half its digits here
    layer = InputNormalisation.of(x)
    scaler = StandardScaler().fit(x.movedim(1, -1).reshape(-1, 3).double().numpy())
    assert layer.mean.tolist() == torch.tensor(scaler.mean_).float().tolist()
    assert layer.std.tolist() == torch.tensor(scaler.scale_).float().tolist()


def test_sums_of_twenty_gigabytes_keep_their_digits() -> None:
    """A channel of 2·10^10 bytes, half of them 250 and half 255: μ = 252.5, σ = 2.5."""
    n = 2 * 10**10
    layer = InputNormalisation.of_sums([(n // 2 * 505, n // 2 * (250**2 + 255**2))], n)
    assert (layer.mean.item(), layer.std.item()) == (252.5, 2.5)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64])
@pytest.mark.parametrize("buffers", [torch.float32, torch.float64])
def test_what_is_given_stays_as_it_is(dtype: torch.dtype, buffers: torch.dtype) -> None:
    layer = InputNormalisation(3, dtype=buffers)
    layer.mean.copy_(torch.tensor([1.0, 2.0, 3.0])), layer.std.fill_(7.0)
    x = torch.randint(0, 256, (4, 3, 5, 5), generator=torch.Generator().manual_seed(0)).to(dtype)
    before = x.clone()
    expected = (x.to(buffers) - layer.mean[:, None, None]) / layer.std[:, None, None]
    assert torch.equal(layer(x), expected.float()) and torch.equal(x, before)


def test_gradients_go_through_to_the_inputs() -> None:
    x = torch.randn(2, 3, 4, requires_grad=True, dtype=torch.float64)
    layer = InputNormalisation(3, dtype=torch.float64)
    layer.std.copy_(torch.tensor([1.0, 2.0, 4.0]))
    layer(x).sum().backward()
    assert x.grad is not None and x.grad[0, :, 0].tolist() == [1.0, 0.5, 0.25]
