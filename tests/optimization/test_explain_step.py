from __future__ import annotations

import copy
import re

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.data import load
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop, explain_step

RULES = [GradientDescent, Momentum, RMSprop, Adam, AdamW]
DECAYS = [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}]
NUMBER = r"-?(?:\d+\.?\d*(?:e[-+]\d+)?|nan)"


def at_work(rule, *, steps=3, **settings):
    """A network that has learned from real pictures for some steps, its next gradient computed."""
    torch.manual_seed(0)
    sample = load("sample")
    x, y = torch.as_tensor(sample.pixels[:32] / 255.0).flatten(1).double(), torch.as_tensor(sample.labels[:32]).long()
    model = nn.Sequential(nn.Linear(784, 6), nn.Tanh(), nn.Linear(6, 10)).double()
    optimiser = rule(model.parameters(), lr=0.02, **settings)
    for k in range(steps + 1):
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        if k < steps:
            optimiser.step()
    return model, optimiser


def value_of(text):
    """What the numbers between the equals signs come to, by Python's own arithmetic."""
    text = re.sub(r"√(\S+?)(?= |\)|$)", r"(\1)**0.5", text.replace("·", "*").replace("²", "**2").replace("^", "**"))
    assert re.fullmatch(r"[\d.e()+\-*/ nan]+", text), text
    return eval(text)


@pytest.mark.parametrize("settings", DECAYS, ids=["plain", "coupled", "decoupled"])
@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize("rule", RULES)
def test_parity_with_the_step_itself(rule, steps, settings):
    """Authority: the optimiser's own step, on the weight with the largest gradient and on one that was chosen."""
    if rule is AdamW:
        settings = {"weight_decay": settings.get("weight_decay", 0.0)}
    model, optimiser = at_work(rule, steps=steps, **settings)
    largest = max(model.parameters(), key=lambda w: w.grad.abs().max())
    at = divmod(int(largest.grad.abs().argmax()), largest.shape[-1]) if largest.dim() == 2 else (int(largest.grad.abs().argmax()),)
    picks = [(explain_step(optimiser), largest, at), (explain_step(optimiser, model[0].weight, (2, 300)), model[0].weight, (2, 300)),
             (explain_step(optimiser, model[2].bias, -1), model[2].bias, (9,))]  # fmt: skip
    before = [w[k].item() for _, w, k in picks]
    optimiser.step()
    for (found, w, k), old in zip(picks, before, strict=True):
        assert str(list(k)) in found.title and f"step {steps + 1}:" in found.title
        assert found.before == old
        assert found.after == pytest.approx(w[k].item(), rel=1e-12)
        assert float(found.lines[-1].rsplit(" = ", 1)[1]) == pytest.approx(w[k].item(), rel=1e-9)
        assert abs(found.after - old) > 0 or w.grad[k] == 0


@pytest.mark.parametrize("settings", DECAYS, ids=["plain", "coupled", "decoupled"])
@pytest.mark.parametrize("rule", RULES[:-1])
def test_every_line_comes_to_what_it_says(rule, settings):
    _, optimiser = at_work(rule, **settings)
    lines = explain_step(optimiser).lines
    for line in lines[1:]:
        *_, numbers, result = line.split(" = ")
        assert value_of(numbers) == pytest.approx(float(result), rel=1e-4), line
    decay = [line for line in lines if "λ" in line]
    assert len(decay) == bool(settings)
    assert all(line.startswith("W" if len(settings) == 2 else "g") for line in decay)


def test_adam_calls_its_two_betas_by_name():
    """Another number in each, so another name: β alone is momentum's and RMSprop's."""
    lines = explain_step(at_work(Adam)[1]).lines
    assert [sum(name in line for line in lines) for name in ("β₁", "β₂")] == [2, 2]
    assert all("β" not in line or ("β₁" in line) == line.startswith("V") for line in lines)


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_changed(rule):
    model, optimiser = at_work(rule)
    before = copy.deepcopy((model.state_dict(), optimiser.state_dict(), [w.grad for w in model.parameters()]))
    fresh_model, fresh = at_work(rule, steps=0)
    explain_step(optimiser), explain_step(fresh)
    after = model.state_dict(), optimiser.state_dict(), [w.grad for w in model.parameters()]
    torch.testing.assert_close(after, before, rtol=0, atol=0)
    assert not fresh.state
    assert len(list(fresh_model.parameters())) == 4


def test_names_and_numbers_of_parameters():
    model, _ = at_work(Adam)
    named = Adam(model.named_parameters())
    assert "of 2.weight, shape 10 × 6" in explain_step(named, model[2].weight).title
    groups = Adam([{"params": [model[0].weight]}, {"params": [model[2].weight, model[2].bias], "lr": 0.5}])
    found = explain_step(groups, model[2].bias, 3)
    assert "weight [3] of parameter 2, shape 10" in found.title
    assert "- 0.5 ·" in found.lines[-1]  # its own group's α
    use_language("zh")
    assert "参数 2" in explain_step(groups, model[2].bias, 3).title


def test_a_float32_weight_on_its_first_step_of_a_scalar():
    w = nn.Parameter(torch.tensor(0.7))
    w.grad = torch.tensor(-0.3)
    optimiser = RMSprop([w], lr=0.01)
    found = explain_step(optimiser)
    optimiser.step()
    assert found.after == pytest.approx(w.item(), rel=1e-6)
    assert "weight [] of parameter 0, shape 1" in found.title


def test_no_gradient_at_all_is_nought_by_nought():
    w = nn.Parameter(torch.ones(2))
    w.grad = torch.zeros(2)
    optimiser = Adam([w], eps=0.0)
    found = explain_step(optimiser)
    optimiser.step()
    assert found.after != found.after and w.isnan().all()


@pytest.mark.parametrize(
    ("call", "said"),
    [(lambda m, o: explain_step(torch.optim.Adam(m.parameters())), "expected one of wengu.optimization .* got torch.optim.*Adam"),
     (lambda m, o: explain_step(o, nn.Parameter(torch.ones(3))), r"parameter: expected one that the optimiser steps on.*\(3,\)"),
     (lambda m, o: explain_step(o, m[0].weight, (6, 0)), r"index: expected that of one weight in shape \(6, 784\), got \(6, 0\)"),
     (lambda m, o: explain_step(o, m[0].weight, 3), "index: expected that of one weight"),
     (lambda m, o: explain_step(o, m[0].weight, (0.5, 0)), r"index: expected that of one weight .* got \(0.5, 0\)$"),
     (lambda m, o: explain_step(o, m[0].weight, (slice(2), 0)), "index: expected that of one weight"),
     (lambda m, o: explain_step(o, m[0].bias, "a"), "index: expected that of one weight .* got a$"),
     (lambda m, o: explain_step(o, m[0].bias, 0.5), "index: expected that of one weight .* got 0.5$"),
     (lambda m, o: o.zero_grad() or explain_step(o), "parameter: expected one with a gradient, got none; call backward"),
     (lambda m, o: setattr(m[0].bias, "grad", None) or explain_step(o, m[0].bias), "parameter: expected one with a gradient")],
)  # fmt: skip
def test_bad_input(call, said):
    with pytest.raises(InputError, match=said):
        call(*at_work(Adam))


def test_a_sparse_gradient_is_refused_as_by_the_step():
    words = nn.Embedding(5, 3, sparse=True)
    words(torch.tensor([1, 2])).sum().backward()
    optimiser, refused = Adam(words.parameters()), []
    for call in (optimiser.step, lambda: explain_step(optimiser)):
        with pytest.raises(TypeError, match=r"^gradient: expected a dense one, got a sparse one of shape \(5, 3\)") as caught:
            call()
        refused.append(str(caught.value))
    assert refused[0] == refused[1]
