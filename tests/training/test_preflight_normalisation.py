"""Of which data the input normalisation is: of train alone, or a leak."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from wengu.layers import InputNormalisation
from wengu.training import Preflight, preflight


def checked(of: Tensor, x: Tensor, dev: Tensor) -> Preflight:
    model = nn.Sequential(InputNormalisation.of(of), nn.Flatten(), nn.LazyLinear(2))
    model(x[:2])
    return preflight(model, (x, torch.arange(len(x)) % 2), (dev, torch.arange(len(dev)) % 2),
                     loss_fn=nn.functional.cross_entropy, epochs=1, seconds=0.1)


@pytest.mark.parametrize("pictures", [False, True])
def test_dev_may_have_no_part_in_it(pictures: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    if pictures:
        x = torch.randint(0, 200, (300, 1, 6, 6), generator=generator, dtype=torch.uint8)
        dev = torch.randint(40, 256, (100, 1, 6, 6), generator=generator, dtype=torch.uint8)
    else:
        x, dev = torch.randn(300, 3, generator=generator), 1 + 2 * torch.randn(100, 3, generator=generator)
    whole = torch.cat([x, dev])
    assert checked(x, x, dev)["normalisation"].words == "μ and σ of the inputs are those of train"
    for leak in (whole, dev):
        found = checked(leak, x, dev)
        assert found.failed and found["normalisation"].verdict == "failed"
        assert "were taken with dev" in found["normalisation"].words
    assert checked(x[:10], x, dev)["normalisation"].words == "μ and σ of the inputs are of other data"


def test_a_model_without_one_is_not_spoken_of() -> None:
    x = torch.randn(20, 3)
    found = preflight(nn.Linear(3, 2), (x, torch.arange(20) % 2), (x + 1, torch.arange(20) % 2),
                      loss_fn=nn.functional.cross_entropy, epochs=1, seconds=0.1)
    assert "normalisation" not in {one.name for one in found.checks}
