"""Faults that were planted are found, each by the check that is meant for it; and nothing is changed by looking."""

from __future__ import annotations

import copy
import itertools
import math
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.training.sound_start import at_fault, checked, network, table
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.functions import cross_entropy
from wengu.training import fit, preflight
from wengu.training.preflight_parts import model as model_checks
from wengu.training.preflight_parts.check import WIDTH, Check


def test_a_sound_start_passes_every_check() -> None:
    found = checked(network())
    assert not found.not_ok and not found.failed, str(found)
    assert [check.name for check in found.checks] == [
        "inputs", "duplicates", "contradictions", "near duplicates", "balance", "start", "gradients", "signals", "one batch",
        "time", "memory",
    ]


def test_looking_changes_nothing_and_training_ends_with_the_same_bits() -> None:
    train, dev = table(120), table(40, seed=1)

    def trained(*, look: bool) -> dict[str, Tensor]:
        model = network()
        model[0].weight.grad = torch.ones_like(model[0].weight)
        model.train()
        model[6].eval()
        torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
        if look:
            before = copy.deepcopy((model.state_dict(), train, dev))
            checked(model, train, dev, augment=lambda b: (b[0] + 0.1 * torch.randn_like(b[0]) * random.random() * np.random.rand(), b[1]))  # noqa: NPY002
            after = (model.state_dict(), train, dev)
            assert all(torch.equal(a, b) for a, b in zip(before[0].values(), after[0].values(), strict=True))
            assert all(torch.equal(a, b) for k in (1, 2) for a, b in zip(before[k], after[k], strict=True))
            assert model.training and not model[6].training and torch.equal(model[0].weight.grad, torch.ones(32, 20))
        drawn = torch.tensor([torch.rand(()).item(), np.random.rand(), random.random()])  # noqa: NPY002
        return fit(model, train, dev, loss_fn=cross_entropy, epochs=3, seed=1).model.state_dict() | {"drawn": drawn}

    alone, looked = trained(look=False), trained(look=True)
    assert all(torch.equal(alone[name], looked[name]) for name in alone)


class Detached(nn.Module):
    """Its last layer learns, what comes before does not."""

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.body, self.head, self.whole = nn.Sequential(nn.Linear(20, 16), nn.ReLU()), nn.Linear(16, 3), whole

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x)).detach() if self.whole else self.head(self.body(x).detach())


def test_parameters_that_no_gradient_reaches_are_named() -> None:
    found = checked(Detached())
    assert at_fault(found)["gradients"] == "failed" and "body.0.weight, body.0.bias" in found["gradients"].words
    assert "head" not in found["gradients"].words and "detach" in found["gradients"].advice
    frozen = Detached()
    frozen.body.requires_grad_(False)
    assert "gradients" not in at_fault(checked(frozen))


def test_a_cost_that_nothing_decides() -> None:
    faults = at_fault(checked(Detached(whole=True)))
    assert faults["gradients"] == faults["one batch"] == "failed"


def test_a_dead_network() -> None:
    net = network()
    net[3], net[4] = nn.Linear(32, 32), nn.Identity()
    nn.init.constant_(net[0].bias, -100.0)
    found = checked(net)
    assert at_fault(found) | {"gradients": "failed", "signals": "failed", "one batch": "failed"} == at_fault(found)
    assert "0.weight" in found["gradients"].words and "6.bias" not in found["gradients"].words
    assert "Dead units" in found["signals"].words


def test_a_vanishing_signal() -> None:
    torch.manual_seed(0)
    deep = nn.Sequential(*(part for _ in range(30) for part in (nn.Linear(20, 20), nn.Sigmoid())), nn.Linear(20, 3))
    found = checked(deep)
    assert at_fault(found)["signals"] == "failed" and "Vanishing" in found["signals"].words


@pytest.mark.parametrize(("fault", "says"), [("inputs", "not normalised"), ("weights", "too large")])
def test_a_start_far_above_ln_c_says_which(fault: str, says: str) -> None:
    net, (x, y), (dev_x, dev_y) = network(), table(300), table(100, seed=1)
    net[4] = nn.Identity()
    if fault == "inputs":
        x, dev_x = 1000 * x, 1000 * dev_x
    else:
        nn.init.normal_(net[6].weight, std=30)
    found = checked(net, (x, y), (dev_x, dev_y))
    assert found["start"].verdict == "failed" and says in found["start"].advice and "ln 3 = 1.099" in found["start"].words


def test_a_start_that_knows_the_labels_already() -> None:
    net = network()
    fit(net, table(300), table(100, seed=1), loss_fn=cross_entropy, epochs=60, lr=0.01)
    assert at_fault(checked(net)) == {"start": "warning"}


def test_weights_of_zero_are_a_fair_start_of_one_layer_and_of_the_last() -> None:
    assert not checked(zeroed(nn.Linear(20, 3))).not_ok
    net = network()
    zeroed(net[6])
    assert not checked(net).not_ok  # for a step, no gradient goes through it


def zeroed(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
    return layer


@pytest.mark.parametrize("n", [1, 2, 4])
def test_a_linear_model_is_asked_only_for_what_it_can_do(n: int) -> None:
    """Labels that no linear model fits, and every example there many times with another."""
    x = torch.randint(0, 3, (300, n), generator=torch.Generator().manual_seed(0)).float()
    y = torch.arange(300) % 3
    found = checked(zeroed_of(n), (x, y), (x[:90], y[:90]))
    assert found["one batch"].verdict == "ok" and found["contradictions"].verdict == "warning"


def zeroed_of(n: int) -> nn.Linear:
    return zeroed(nn.Linear(n, 3))


def test_a_network_that_cannot_learn_fails_on_one_batch() -> None:
    shut = nn.Sequential(network(), nn.ReLU())
    nn.init.constant_(shut[0][6].bias, -9.0)
    assert at_fault(checked(shut))["one batch"] == "failed"


@pytest.mark.parametrize(("scale", "verdict"), [(1.0, "warning"), (0.0, "failed")])
def test_a_cost_that_falls_when_time_is_up_is_no_failure(
    scale: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred steps on a clock that ticks once a step: the slope of ReLU's unit is all that differs."""
    ticks = itertools.count()
    monkeypatch.setattr(model_checks, "time", SimpleNamespace(perf_counter=lambda: next(ticks) / 100))
    monkeypatch.setattr(model_checks, "RATES", (1e-4,))
    slow = nn.Sequential(network(), nn.LeakyReLU(scale))
    nn.init.constant_(slow[0][6].bias, -9.0)
    tried = checked(slow, seconds=2.5)["one batch"]
    assert tried.verdict == verdict and "no time for more" in tried.words


class Writer(nn.Module):
    """The next of five letters."""

    def __init__(self, *, reads: bool = True) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.letters, self.cell, self.out = nn.Embedding(5, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 5)
        self.reads = reads

    def forward(self, ids: Tensor) -> Tensor:
        return self.out(self.cell(self.letters(ids))[0]) * self.reads


def test_texts_that_begin_alike_need_not_be_memorised() -> None:
    """Letters that count on, a tenth of the time by two: no model knows when, and so ln 5 / 10 cannot be reached."""
    made = torch.Generator().manual_seed(0)
    stream = (torch.arange(6 * 300 + 1) + (torch.rand(6 * 300 + 1, generator=made) < 0.1).cumsum(0)) % 5
    train = stream[:-1].reshape(300, 6), stream[1:].reshape(300, 6)
    found = {reads: preflight(Writer(reads=reads), train, (train[0][:60], train[1][:60]), seconds=60.0, epochs=2,
                              loss_fn=lambda z, y: cross_entropy(z.flatten(0, 1), y.flatten()), expected_cost=math.log(5))
             for reads in (True, False)}
    assert {reads: one["one batch"].verdict for reads, one in found.items()} == {True: "ok", False: "failed"}


def test_weights_that_are_none_fail() -> None:
    net = network()
    nn.init.constant_(net[0].weight, torch.nan)
    faults = at_fault(checked(net))
    assert faults["start"] == faults["one batch"] == "failed"


def test_a_cost_of_numbers_needs_no_classes() -> None:
    x, _ = table(200)
    found = preflight(nn.Linear(20, 1), (x, x[:, :1]), (x[:50] + 0.1, x[:50, :1]), loss_fn=nn.functional.mse_loss, epochs=2)
    assert not found.not_ok and "unknown" in found["start"].words


def test_time_and_memory_are_what_they_are() -> None:
    found = checked(network(), epochs=10**7)
    assert at_fault(found) == {"time": "warning"} and " h:" in found["time"].words
    wide = nn.Sequential(nn.Linear(20, 100_000, bias=False), nn.Linear(100_000, 3, bias=False))
    words = checked(wide, seconds=0.1)["memory"].words  # 2.3 million weights: four times 9.2 MB, and 6.4 million activations
    assert 60 < float(words.split(" MB")[0]) < 100


def test_where_time_runs_out_it_says_so() -> None:
    found = checked(nn.Sequential(nn.Linear(20, 2000), nn.Sigmoid(), nn.Linear(2000, 3)), seconds=1e-6)
    assert at_fault(found).items() <= {("one batch", "warning")} and "no time for more" in found["one batch"].words


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_printed_in_columns_within_80_cells(language: str) -> None:
    from rich.cells import cell_len

    use_language(language)  # type: ignore[arg-type]
    net = network()
    nn.init.constant_(net[0].bias, -100.0)
    text = str(checked(net, table(300)))
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= WIDTH and len(lines) > 11
    folded = str(Check("time", "ok", "字" * 28 + "，" + "字" * 40)).splitlines()
    assert [line.strip()[0] for line in folded[1:]] == ["字", "字"] and max(map(cell_len, folded)) <= WIDTH
    assert "x" * 100 in str(Check("time", "ok", "x" * 100))  # what cannot be broken is not
    starts = {cell_len(line) - cell_len(line.lstrip()) for line in lines if line.startswith(" ")}
    assert starts == {22, 24}


@pytest.mark.parametrize(("given", "message"), [
    ({"epochs": 0}, "epochs"), ({"batch_size": 0}, "batch_size"), ({"seconds": 0}, "seconds"),
    ({"train": (torch.zeros(0, 20), torch.zeros(0).long())}, "examples in train"),
    ({"model": nn.LazyLinear(3)}, "first batch"),
])
def test_bad_input(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        checked(**({"model": network()} | given))  # type: ignore[arg-type]
