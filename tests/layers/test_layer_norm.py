from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.layers import LayerNorm, layer_norm_by_hand

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("shape", "features"), [((5, 4), (4,)), ((2, 3, 4), (4,)), ((2, 3, 4, 5), (4, 5))])
def test_parity_layer_norm(shape, features):
    """Authority: torch.nn.functional.layer_norm, the output and the gradients of z, γ and β."""
    leaves = [t.requires_grad_() for t in (3 * normal(*shape) + 2, normal(*features, seed=1), normal(*features, seed=2))]
    z, gamma, beta = leaves
    layer = LayerNorm(features, eps=0.01).double()
    expected = F.layer_norm(z, features, gamma, beta, eps=0.01)
    outs = layer_norm_by_hand(z, gamma, beta, eps=0.01), torch.func.functional_call(layer, {"weight": gamma, "bias": beta}, z)
    direction = normal(*shape, seed=3)
    wanted = torch.autograd.grad((expected * direction).sum(), leaves)
    for out in outs:
        torch.testing.assert_close(out, expected, **EXACT)
        torch.testing.assert_close(torch.autograd.grad((out * direction).sum(), leaves), wanted, **EXACT)
    assert torch.autograd.gradcheck(layer_norm_by_hand, leaves)


def test_no_other_example_has_a_part_in_it():
    z, layer = normal(8, 6), LayerNorm(6).double()
    torch.testing.assert_close(layer(z)[3:4], layer.eval()(z[3:4]), **EXACT)


def test_state_goes_both_ways():
    theirs = torch.nn.LayerNorm(4).double()
    torch.nn.init.normal_(theirs.weight)
    ours = LayerNorm(4).double()
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(normal(2, 4)), theirs(normal(2, 4)), **EXACT)


def test_refusals():
    with pytest.raises(InputError, match=r"z: expected the last dimensions to be \(4,\), got shape \(4, 3\)"):
        LayerNorm(4)(torch.zeros(4, 3))
    for shape in (0, (), (3, 0)):
        with pytest.raises(InputError, match="normalized_shape: expected a number of at least 1, got 0"):
            LayerNorm(shape)
    with pytest.raises(InputError, match="eps: expected a number above 0"):
        LayerNorm(3, eps=-1)
