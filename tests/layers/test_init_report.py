from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from tests.layers.digits import X, Y, deep, report_on, seeded
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.layers import BatchNorm, deep_linear, fixed, init_report, initialise, train_eval_difference
from wengu.vision.convnets import LeNet5


@pytest.mark.parametrize("w", [1.5, 0.5])
def test_parity_deep_linear(w):
    """Authority: exact fractions, w^L x and for the gradient w^L, for 50 layers."""
    L, n = 50, 3
    x = torch.tensor([[1.0, -2.0, 0.375]], dtype=torch.float64, requires_grad=True)
    y_hat = deep_linear(L, w, n=n)(x)
    factor = float(Fraction(w) ** L)
    torch.testing.assert_close(y_hat, factor * x, rtol=1e-12, atol=0)
    y_hat.sum().backward()
    torch.testing.assert_close(x.grad, torch.full((1, n), factor, dtype=torch.float64), rtol=1e-12, atol=0)


def test_report_on_the_notes_network():
    x = torch.ones(8, 2, dtype=torch.float64)
    for w, verdict in ((1.5, "exploding"), (0.5, "vanishing"), (1.0, "healthy")):
        report = init_report(deep_linear(50, w, n=2), x, propose=False)
        assert report.verdict == verdict
        assert [layer.forward for layer in report.layers] == pytest.approx([w ** (l + 1) for l in range(50)], rel=1e-12)
        back = [layer.backward / report.output_gradient for layer in report.layers]
        assert back == pytest.approx([w ** (50 - l) for l in range(50)], rel=1e-12)
    assert init_report(deep_linear(50, 0.5), x[:, :1], propose=False).failing.name == "9"  # 0.5^10 < 1/1000 < 0.5^9
    assert init_report(deep_linear(50, 1.5), x[:, :1], propose=False).failing.name == "17"  # 1.5^18 > 1000 > 1.5^17


def test_report_names_the_failing_layer_of_fifty_sigmoids():
    """Held to a gradient taken by autograd alone: of the layers whose input gets too little, the last."""
    net = deep(50, nn.Sigmoid)
    report = report_on(net, propose=False)
    inputs, a = [], X[:256].clone().requires_grad_()
    for part in net:
        if isinstance(part, nn.Linear):
            inputs.append(a)
        a = part(a)
    *gradients, at_output = torch.autograd.grad(F.cross_entropy(a, Y[:256]), [*inputs, a])
    norms = [g.norm().item() for g in gradients]
    assert [layer.backward for layer in report.layers] == pytest.approx(norms, rel=1e-4)
    assert report.output_gradient == pytest.approx(at_output.norm().item(), rel=1e-6)
    failing = max(l for l in range(50) if norms[l] < at_output.norm() / 1000)
    assert report.verdict == "vanishing"
    assert report.failing.name == str(2 * failing)
    assert 40 < failing < 49
    assert f"It fails at layer {2 * failing}, {failing + 1} of 50" in str(report)


@pytest.mark.parametrize(("factor", "verdict"), [(1e-5, "vanishing"), (1e5, "exploding"), (math.nan, "exploding")])
def test_one_planted_fault_is_found(factor, verdict):
    net = deep(12, nn.ReLU, rule="he")
    assert report_on(net).verdict == "healthy"
    with torch.no_grad():
        net[10].weight.mul_(factor)
    report = report_on(net, propose=False)
    assert (report.verdict, report.failing.name) == (verdict, "10")


def test_a_fault_that_only_the_way_back_shows():
    """Two layers, one of 1e-5 and the next of 1e5, with normalisation between: forward all looks well."""
    net = nn.Sequential(nn.Linear(64, 30), BatchNorm(30), nn.Linear(30, 30), BatchNorm(30), nn.Linear(30, 10))
    initialise(net, "scaled", generator=seeded())
    with torch.no_grad():
        net[1].weight.mul_(1e-4)
        net[2].weight.mul_(100)
    report = report_on(net, propose=False)
    assert [layer.forward_verdict for layer in report.layers] == ["healthy"] * 3
    assert (report.verdict, report.failing.name) == ("exploding", "2")


def test_normalisation_makes_inputs_of_any_scale_healthy():
    """Judged in training mode, whichever the model is in: at the start the running averages do not yet normalise."""
    net = nn.Sequential(nn.Linear(64, 30), BatchNorm(30), nn.ReLU(), nn.Linear(30, 30), nn.ReLU(), nn.Linear(30, 10))
    initialise(net, "he", generator=seeded())
    for scale in (1e-5, 1, 1e6):
        x = scale * (X[:256] + 1e-3)
        report = init_report(net.eval(), x, propose=False)
        assert report == init_report(net.train(), x, propose=False)
        assert [layer.forward_verdict for layer in report.layers] == ["healthy"] * 3


def test_dead_units_are_counted():
    net = deep(4, nn.ReLU, rule="he")
    report = report_on(net)
    with torch.no_grad():
        net[2].bias[:8] = -100
    a = net[1](net[0](X[:256]))
    off = (net[2](a) <= 0).all(0).float().mean().item()
    assert off >= 8 / 32
    assert report_on(net).layers[1].dead == pytest.approx(off)
    assert report.layers[1].dead < 0.1
    assert report_on(net).verdict == "healthy"
    with torch.no_grad():
        net[2].bias[:] = -100
    report = report_on(net)
    assert (report.verdict, report.failing.name) == ("dead", "2")
    assert report.remedy == "weights"
    assert "Dead units: at 100% of the units ReLU is 0 for the whole batch" in str(report)


def test_dead_channels_of_a_convolution():
    net = LeNet5(generator=seeded())
    with torch.no_grad():
        net.c3.bias[:4] = -1e3
    report = init_report(net, torch.randn(16, 1, 28, 28, generator=seeded()))
    assert report.layers[1].dead == pytest.approx(4 / 16)
    assert report.verdict == "healthy"


@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.Tanh])
def test_large_weights_saturate(activation):
    net = deep(3, activation, rule="scaled")
    with torch.no_grad():
        net[2].weight.mul_(100)
    report = report_on(net)
    z = net[2](net[1](net[0](X[:256])))
    limit = math.log(math.sqrt(10) + 3) * (2 if activation is nn.Sigmoid else 1)  # 1/cosh² falls below a tenth there
    assert report.layers[1].saturated == pytest.approx((z.abs() > limit).float().mean().item(), abs=1e-3)
    assert (report.verdict, report.failing.name, report.remedy) == ("saturated", "2", "weights")
    assert "Saturated: at " in str(report)


class Words(nn.Module):
    """Whole numbers in, a cell called at every step, a tuple out."""

    def __init__(self):
        super().__init__()
        self.embed, self.cell, self.out = nn.Embedding(20, 8), nn.Linear(16, 8), nn.Linear(8, 3)

    def forward(self, words, scale):
        h = torch.zeros(len(words), 8)
        for x in self.embed(words).unbind(1):
            h = torch.tanh(self.cell(torch.cat([x, h], 1)))
        return self.out(h) * scale, h


def test_every_call_of_a_layer_has_its_line_and_inputs_may_be_many():
    words = torch.randint(20, (32, 40), generator=seeded())
    net = Words()
    assert initialise(net, "small", generator=seeded())
    report = init_report(net, {"words": words, "scale": 2.0}, loss_fn=lambda out: out[0].square().mean())
    assert [layer.name for layer in report.layers] == ["embed", "cell", *(f"cell ({t})" for t in range(2, 41)), "out"]
    assert report.layers[1].activation == "tanh"
    assert report.layers[1].backward < report.layers[40].backward / 1e6  # vanishing through time
    assert report.verdict == "vanishing"
    assert init_report(net, (words, 2.0), loss_fn=lambda out: out[0].square().mean()).layers == report.layers


def test_a_model_that_is_itself_one_layer():
    report = init_report(nn.LSTM(5, 8, batch_first=True), torch.randn(4, 9, 5, generator=seeded()))
    assert [(layer.name, layer.kind) for layer in report.layers] == [("model", "LSTM")]


def test_the_model_and_the_random_state_stay_as_they_are():
    net = nn.Sequential(nn.Linear(64, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.ReLU(inplace=True), nn.Linear(5, 10)).eval()
    initialise(net, "small", generator=seeded())
    state, random, x = {k: v.clone() for k, v in net.state_dict().items()}, torch.random.get_rng_state(), X[:256].clone()
    first, second = report_on(net, limit=2), report_on(net, limit=2)
    assert first == second
    assert first.verdict != "healthy"
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert torch.equal(random, torch.random.get_rng_state())
    assert torch.equal(x, X[:256])
    assert not net.training
    assert all(p.grad is None and not p._backward_hooks for p in net.parameters())
    assert not any(module._forward_hooks for module in net.modules())


def test_the_report_speaks_chinese():
    use_language("zh")
    words = str(report_on(deep(50, nn.Sigmoid), propose=False))
    assert "消失" in words
    assert "Vanishing" not in words


def test_refusals():
    net, x = nn.Sequential(nn.Linear(2, 2)), torch.ones(3, 2)
    with pytest.raises(InputError, match="limit: expected a factor above 1, got 0.5"):
        init_report(net, x, limit=0.5)
    with pytest.raises(InputError, match="model: expected at least one layer with weights, got none"):
        init_report(nn.ReLU(), x)
    with pytest.raises(InputError, match=r"loss_fn: expected a cost, one number .* got \(3, 2\)"):
        init_report(net, x, loss_fn=lambda z: z)
    with pytest.raises(InputError, match="loss_fn: expected a cost, one number"):
        init_report(net, x, loss_fn=lambda z: 1.0)
    with pytest.raises(InputError, match="layers: expected a number of at least 1, got 0"):
        deep_linear(0, 1.5)


@pytest.mark.parametrize(
    "call", [init_report, train_eval_difference, lambda net, x: fixed(net, x, "weights"), lambda net, x: initialise(net, "he"),
             lambda net, x: fixed(net, x, "normalisation"), lambda net, x: initialise(net, "gain", batch=x)]
)  # fmt: skip
def test_a_lazy_network_is_refused_until_it_has_seen_a_batch(call):
    net, x = nn.Sequential(nn.LazyLinear(4), nn.Tanh(), nn.Linear(4, 2)), torch.ones(3, 2)
    with pytest.raises(InputError, match="^model: expected known shapes, but 0.weight waits for its first batch"):
        call(net, x)
    net(x)
    call(net, x)


@pytest.mark.parametrize(
    ("call", "name"), [(init_report, "x"), (train_eval_difference, "batch"), (lambda net, x: fixed(net, x, "weights"), "x")]
)
def test_one_example_is_too_few_for_batch_normalisation(call, name):
    net = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(InputError, match=f"^{name}: expected at least two examples, as batch normalisation .* give more$"):
        call(net, torch.ones(1, 2))


def test_branches_that_begin_at_nothing_are_no_fault():
    """γ = 0 behind seven of nine branches, all but those that add channels of zeros: gradient 0 before the first step alone."""
    from wengu.vision.convnets import ResNet20

    net = ResNet20(10, channels=1, generator=seeded())
    report = init_report(net, X[:64].view(-1, 1, 8, 8), Y[:64], loss_fn=F.cross_entropy)
    assert report.verdict == "healthy"
    waiting = [layer for layer in report.layers if layer.backward == 0]
    assert len(waiting) == 7 and all(layer.backward_verdict == "healthy" for layer in waiting)
    F.cross_entropy(net(X[:64].view(-1, 1, 8, 8)), Y[:64]).backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= 0.1 * p.grad
    after = init_report(net, X[:64].view(-1, 1, 8, 8), Y[:64], loss_fn=F.cross_entropy)
    assert all(layer.backward > 0 for layer in after.layers)


class Branch(nn.Sequential):
    """Two layers and what follows them, beside what comes in."""

    def __init__(self, *rest, inner=None):
        super().__init__(nn.Linear(30, 30), inner or nn.Tanh(), nn.Linear(30, 30), *rest)

    def forward(self, x):
        return x + super().forward(x)


def nothing_at_first():
    norm = nn.BatchNorm1d(30)
    nn.init.zeros_(norm.weight)
    return norm


def judged(*branches):
    torch.manual_seed(0)
    return report_on(nn.Sequential(nn.Linear(64, 30), *branches, nn.Linear(30, 10)), propose=False)


def test_a_branch_within_a_branch_begins_at_nothing():
    """The first step changes the outer γ, the second the inner."""
    report = judged(Branch(nothing_at_first(), inner=Branch(nothing_at_first())))
    assert [layer.name for layer in report.layers if layer.backward == 0] == ["1.1.0", "1.1.2", "1.2"]
    assert report.verdict == "healthy"


def test_a_dead_layer_is_named_beside_a_branch_that_begins_at_nothing():
    """At 50 hard tanh has no slope, whatever γ is elsewhere."""
    dead = Branch(nn.Hardtanh())
    nn.init.constant_(dead[2].bias, 50)
    report = judged(Branch(nothing_at_first()), dead)
    assert [layer.name for layer in report.layers if layer.backward == 0] == ["1.2", "2.2"]
    assert [layer.name for layer in report.layers if layer.verdict != "healthy"] == ["2.2"]
    assert (report.verdict, report.failing.name) == ("vanishing", "2.2")


def test_a_gamma_of_0_that_never_gets_a_gradient_is_a_fault():
    """The slope of ReLU6 is 0 at 0: γ and β stay 0 for ever, and so does the gradient of what is before them."""
    report = judged(Branch(nothing_at_first()), Branch(nothing_at_first(), nn.ReLU6()))
    assert (report.verdict, report.failing.name) == ("vanishing", "2.2")
    assert {layer.name: layer.verdict for layer in report.layers}["1.2"] == "healthy"


def test_a_gradient_of_0_is_still_a_fault_where_nothing_begins_so():
    """A layer of zeros lets nothing back: no normalisation that would grow is behind it."""
    net = deep(4, nn.ReLU)
    nn.init.zeros_(net[4].weight)
    assert report_on(net).verdict != "healthy"
