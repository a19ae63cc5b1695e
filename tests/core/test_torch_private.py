"""Without torch's private names, one after the other, everything is as it was with them.

In the gate the tests of all rooms that use them run once more without any (tests/no_private_torch.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wengu import torch_private
from wengu.graph.autograd_edges import key_of, vector_jacobian
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, RMSprop
from wengu.optimization.fused_optimizer import FusedOptimizer
from wengu.torch_private import foreach, in_transform, raised_by_compiler, version, without_profiler_hooks

Hide = Callable[..., None]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hide]:
    """Take these names away from torch."""
    gone: set[str] = set()
    there = torch_private.private
    monkeypatch.setattr(torch_private, "private", lambda owner, name: None if name in gone else there(owner, name))
    kept = (torch_private.fused, torch_private._at_once)
    for one in kept:
        one.cache_clear()
    yield lambda *names: gone.update(names)
    for one in kept:
        one.cache_clear()


@pytest.mark.parametrize(
    ("name", "values"),
    [("zero_", ()), ("mul_", (0.5,)), ("copy_", ([torch.ones(3), torch.ones(2, 2)],)), ("norm", ()),
     ("lerp_", ([torch.ones(3), torch.zeros(2, 2)], 0.25))],
)
def test_of_many_tensors_each_alone(hide: Hide, name: str, values: tuple[Any, ...]) -> None:
    there, given = getattr(torch, f"_foreach_{name}"), [torch.arange(3.0), torch.full((2, 2), 4.0)]
    expected = [x.clone() for x in given]
    expected = there(expected, *values) or expected
    hide(f"_foreach_{name}")
    found = foreach(name, given, *values)
    assert all(torch.equal(x, y) for x, y in zip(found, expected, strict=True))
    assert name == "norm" or all(x is y for x, y in zip(found, given, strict=True))


RULES = [
    (Adam, torch.optim.Adam, {}),
    (Adam, torch.optim.Adam, {"weight_decay": 0.1}),
    (AdamW, torch.optim.AdamW, {}),
    (RMSprop, lambda params, beta=0.9, **more: torch.optim.RMSprop(params, alpha=beta, **more), {"weight_decay": 0.1}),
    (Momentum, lambda params, **more: torch.optim.SGD(params, momentum=0.9, dampening=0.9, **more), {}),
    (GradientDescent, torch.optim.SGD, {"weight_decay": 0.1}),
]


@pytest.mark.parametrize("gone", ["_fused_adam_", "_fused_adamw_", "_fused_sgd_", "_foreach_mul_"])
@pytest.mark.parametrize(("ours", "theirs", "settings"), RULES)
def test_parity_torch_optimisers_step_by_the_formula(
    hide: Hide, ours: Callable[..., FusedOptimizer], theirs: Callable[..., torch.optim.Optimizer],
    settings: dict[str, Any], gone: str,
) -> None:
    """torch.optim is the authority, as for the kernels; its first step of momentum has no (1-β)."""
    hide(gone)
    torch.manual_seed(0)
    ends = []
    for rule in (ours, theirs):
        w = [nn.Parameter(torch.linspace(-1, 1, 6).view(2, 3).double()), nn.Parameter(torch.ones(2).double())]
        stepper = rule(w, lr=0.05, **settings)
        first = ours is Momentum and rule is ours
        for k in range(5):
            scale = 10.0 if first and k == 0 else 1.0
            for one in w:
                one.grad = scale * (one.detach() ** 3 + k)
            stepper.step()
        ends.append(w)
    torch.testing.assert_close(*ends, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("gone", ["profile_hook_step", "_profiler_enabled", "_global_optimizer_pre_hooks"])
def test_hooks_are_called_by_torch_itself(hide: Hide, gone: str) -> None:
    hide(gone)

    class Still(torch.optim.Optimizer):
        @without_profiler_hooks
        def step(self, closure: Any = None) -> None:
            """Does nothing."""

    heard: list[str] = []
    still = Still([torch.ones(1)], {})
    still.register_step_pre_hook(lambda *_: heard.append("before"))
    still.register_step_post_hook(lambda *_: heard.append("after"))
    still.step()
    assert heard == ["before", "after"]
    with torch.profiler.profile() as profiled:
        still.step()
    assert any("Still.step" in one.key for one in profiled.key_averages())


def test_an_optimiser_that_names_its_hooks_otherwise_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.optim.Optimizer, "profile_hook_step", lambda step: lambda self, closure: "by torch")
    assert without_profiler_hooks(lambda self, closure: "alone")(object()) == "by torch"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool])
def test_writing_is_noticed(hide: Hide, dtype: torch.dtype) -> None:
    """Also of what was there already, and through a view."""
    hide("_version")
    x = torch.zeros(3, dtype=dtype)
    assert version(x) == version(x) == 0
    x.copy_(torch.zeros(3, dtype=dtype))
    assert version(x) == version(x) == 1
    x.view(3)[:1].fill_(1)
    assert version(x) == 2 and version(x.clone()) == 0
    with torch.inference_mode():
        assert version(torch.zeros(1)) == 0


@pytest.mark.parametrize("gone", ["", "_functorch", "peek_interpreter_stack"])
def test_transforms_are_noticed(hide: Hide, gone: str) -> None:
    hide(gone)
    found = []

    def f(x: Tensor) -> Tensor:
        found.append(in_transform())
        return x.sum()

    f(torch.ones(2))
    torch.func.vmap(f)(torch.ones(2, 2))
    torch.func.grad(f)(torch.ones(2))
    torch.func.jvp(f, (torch.ones(2),), (torch.ones(2),))
    f(torch.ones(2))
    assert found == [False, True, True, True, False]


class Log(torch.autograd.Function):
    """ln, whose backward of no gradient is none: 0/0."""

    @staticmethod
    def forward(ctx: Any, a: Tensor) -> Tensor:
        ctx.save_for_backward(a)
        return a.log()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g / ctx.saved_tensors[0]


@pytest.mark.parametrize("gone", ["", "_input_metadata"])
def test_one_operations_way_back_ends_at_its_operands(hide: Hide, gone: str) -> None:
    """Though one is computed from the other, and by a derivative that is infinite."""
    hide(gone)
    a = torch.tensor([0.0, 2.0], requires_grad=True)
    b, (_, half) = Log.apply(a), a.double().split(1)
    c = a * b + half
    shares = vector_jacobian(key_of(c), [key_of(one) for one in (a, b, half)], torch.ones(2))
    assert [shares[key_of(one)].tolist() for one in (b, half)] == [[0.0, 2.0], [2.0]]
    assert shares[key_of(a)].tolist() == pytest.approx([-math.inf, math.log(2)])


def test_the_compilers_errors_are_known() -> None:
    from torch._dynamo.exc import Unsupported

    assert raised_by_compiler(Unsupported("no")) and not raised_by_compiler(RuntimeError("no"))
