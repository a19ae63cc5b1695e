"""What frozen layers make of the examples is computed once and kept, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tests.training.transferring import pictures
from wengu.core.run_folder import RunFolder
from wengu.functions import cross_entropy
from wengu.layers import InputNormalisation
from wengu.optimization import Adam
from wengu.practice import ErrorRate
from wengu.recipes.own_template import Net, Rows
from wengu.regression import SharedLayers
from wengu.training import Silent, UnfreezeSchedule, fit, frozen_features
from wengu.training.checkpoint import load_checkpoint
from wengu.training.frozen_prefix import cut
from wengu.training.levels import levels_of
from wengu.vision.convnets import LeNet5


class Noting(Silent):
    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class Residual(nn.Module):
    """A network as people write them: functions between layers, a layer used twice, weights of its own."""

    def __init__(self, *, skip: bool = False, drop: float = 0.0) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.block, self.relu = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)), nn.ReLU(inplace=True)
        self.drop, self.place, self.skip = nn.Dropout(drop), nn.Parameter(torch.rand(4, 1, 1)), skip
        self.head = nn.Linear(4 + 784 * skip, 3)

    def forward(self, x: Tensor) -> Tensor:
        a = self.relu(self.norm(self.stem(x))) + self.place
        a = self.drop(self.relu(a + self.block(a)).mean((2, 3)))
        return self.head(torch.cat([a, x.flatten(1)], dim=1) if self.skip else a)


class Tower(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.tower, self.head = Residual(), nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(nn.functional.relu(self.tower(x)))


def made(kind: Callable[[], nn.Module], x: Tensor) -> nn.Module:
    """The network with all but its last layer frozen, its first weights always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = kind()
        model(x[:2])
    UnfreezeSchedule(model, frozen=len(levels_of(model)) - 1).at(1)
    return model


def calls(model: nn.Module) -> list[int]:
    """How many examples went through its first convolution or matrix, call by call."""
    seen: list[int] = []
    first = next(m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear))
    first.register_forward_hook(lambda module, inputs, out: seen.append(len(out)))
    return seen


KINDS: dict[str, Callable[[], nn.Module]] = {
    "lenet5": lambda: LeNet5(3),
    "lenet5 with dropout": lambda: LeNet5(3, dropout=0.3),
    "normalised": lambda: nn.Sequential(InputNormalisation(1), LeNet5(3)),
    "the template": lambda: Net(3, filters=4),
    "rows of the template": lambda: nn.Sequential(nn.Flatten(), Rows(784, 3)),
    "shared layers": lambda: nn.Sequential(nn.Flatten(), SharedLayers(784, 3)),
    "functions between": Residual,
    "functions between, in a tower": Tower,
}


@pytest.mark.parametrize("name", KINDS)
def test_the_weights_are_bit_for_bit_those_without(name: str) -> None:
    (x, y), found, hook = pictures(0, 1, 2, n=16), [], {}
    for keep in (True, False):
        model, watcher = made(KINDS[name], x / 255), Noting()
        hook[keep] = calls(model)
        run = fit(model, (x / 255, y), (x / 255, y), loss_fn=cross_entropy, epochs=4, batch_size=16, lr=0.01, keep_features=keep,
                  judge=(lambda model, batch, z: z.argmax(1), ErrorRate()), patience=99, watcher=watcher)
        assert not watcher.notes
        found.append((run.model.state_dict(), [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]))
    assert found[0][1] == found[1][1]
    assert all(torch.equal(value, found[1][0][name]) for name, value in found[0][0].items())
    assert sum(n == 16 for n in hook[False]) >= 12 and len(hook[True]) <= len(hook[False]) + 20
    before = len(hook[True])
    again = made(KINDS[name], x / 255)
    seen = calls(again)
    fit(again, (x / 255, y), (x / 255, y), loss_fn=cross_entropy, epochs=9, batch_size=16, keep_features=True, patience=99)
    assert len(seen) <= before, "as often for nine epochs as for four"


def test_parity_features_kept_give_the_weights_that_training_without_them_gives() -> None:
    """Authority: torch's own Adam and nn.Linear on features that were computed by hand, in float64."""
    x, y = pictures(0, 1, 2, n=20)
    x = x.double() / 255
    model = made(lambda: LeNet5(3).double(), x)
    a = x
    for stage in (model.c1, model.g, model.pool, model.c3, model.g, model.pool, nn.Flatten(), model.c5, model.g, model.f6, model.g):
        a = stage(a).detach()
    head = nn.Linear(84, 3).double()
    head.load_state_dict(model.output.state_dict())
    theirs = torch.optim.Adam(head.parameters(), lr=0.01)
    for _ in range(5):
        theirs.zero_grad()
        nn.functional.cross_entropy(head(a), y).backward()
        theirs.step()
    run = fit(model, (x, y), (x, y), loss_fn=cross_entropy, epochs=5, batch_size=60, lr=0.01, keep_features=True, patience=99)
    torch.testing.assert_close(run.model.output.weight, head.weight, rtol=0, atol=1e-12)


class Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale


class Peeking(nn.Module):
    """Its trainable layer feeds a frozen one without gradients, as a teacher's output is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.moves, self.stays, self.head = Scale(), nn.Linear(784, 8).requires_grad_(False), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            a = self.stays(self.moves(x.flatten(1)))
        return self.head(a)


class Counting(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("times", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.times += 1
        return x * self.times


class OfBatch(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(0)


class Drawing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.own = torch.Generator().manual_seed(1)

    def forward(self, x: Tensor) -> Tensor:
        return x + torch.rand(x.shape, generator=self.own)


def frozen(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Flatten(), *(layer.requires_grad_(False) for layer in layers), nn.Linear(8, 3))


NEVER: dict[str, Callable[[], nn.Module]] = {
    "skips from the input": lambda: Residual(skip=True),
    "trains below": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.Linear(8, 3).requires_grad_(False)),
    "trains below, without a gradient": Peeking,
    "draws first": lambda: frozen(nn.Dropout(0.1), nn.Linear(784, 8)),
    "draws from its own": lambda: frozen(Drawing(), nn.Linear(784, 8)),
    "counts its calls": lambda: frozen(Counting(), nn.Linear(784, 8)),
    "moves its averages": lambda: frozen(nn.BatchNorm1d(784, affine=False), nn.Linear(784, 8)),
    "rests on the others": lambda: frozen(OfBatch(), nn.Linear(784, 8)),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_may_be_another_time_another_is_never_kept(name: str) -> None:
    x, y = pictures(0, 1, 2, n=16)
    model, watcher = NEVER[name](), Noting()
    if isinstance(model, Residual):
        UnfreezeSchedule(model, frozen=len(levels_of(model)) - 1).at(1)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert cut(model, x[:8] / 255, nullcontext) is None
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items()), "looking changes nothing"
    fit(model, (x / 255, y), (x / 255, y), loss_fn=cross_entropy, epochs=1, keep_features=True, watcher=watcher)
    assert [note.partition(":")[0] for note in watcher.notes] == ["the frozen layers are computed at every step"]


def test_the_cut_is_below_what_draws_by_chance_and_below_what_trains() -> None:
    x = torch.rand(8, 4)
    layers = [nn.Linear(4, 4), nn.ReLU(), nn.Dropout(0.1), nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)]
    for trains, last in ((5, 1), (3, 1), (0, None)):
        for k, layer in enumerate(layers):
            layer.requires_grad_(k >= trains)
        found = cut(nn.Sequential(*layers), x, nullcontext)
        assert (found and found[0]) is (None if last is None else layers[last])


def test_why_they_are_not_kept_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = pictures(0, 1, 2, n=16)

    def said(model: nn.Module, **more: Any) -> list[str]:
        watcher = Noting()
        given = {"judge": (lambda model, batch, z: z.argmax(1), ErrorRate())} | more
        fit(model, (x / 255, y), (x / 255, y), loss_fn=cross_entropy, epochs=1, keep_features=True, watcher=watcher, **given)
        return watcher.notes

    lenet = made(lambda: LeNet5(3), x / 255)
    assert said(lenet) == said(LeNet5(3)) == []
    assert "with --augment none they are computed once" in said(lenet, augment=lambda batch: batch)[0]
    by_model = lambda model, batch, z: model(batch[0]).argmax(1)  # noqa: E731
    assert "computed at every step" in said(lenet, judge=(by_model, ErrorRate()))[0]
    monkeypatch.setattr(frozen_features, "MOST_BYTES", 9000)
    assert "would take 0.0 GB, more than 0.0" in said(lenet)[0]


def test_a_run_with_kept_features_resumes_bit_for_bit(tmp_path: Path) -> None:
    x, y = torch.rand(60, 1, 28, 28), torch.arange(60) % 3

    def go(folder: RunFolder, epochs: int, *, resume: bool = False, fresh: bool = False) -> dict[str, Tensor]:
        model = made(lambda: LeNet5(3, dropout=0.2), x)
        if fresh:  # what a new process has before the checkpoint is read
            for w in model.parameters():
                nn.init.normal_(w)
        fit(model, (x, y), (x[:20], y[:20]), loss_fn=cross_entropy, epochs=epochs, batch_size=20, run=folder, patience=99,
            optimizer=Adam([w for w in model.parameters() if w.requires_grad], lr=0.01), resume=resume,
            unfreeze=UnfreezeSchedule(model, frozen=4).at, keep_features=True)
        return load_checkpoint(folder.path / "checkpoints", 3 * epochs)[0]

    whole = go(RunFolder.create(tmp_path / "whole"), 4)
    cut_short = RunFolder.create(tmp_path / "cut")
    go(cut_short, 2)
    again = go(cut_short, 4, resume=True, fresh=True)
    assert all(torch.equal(whole[name], again[name]) for name in whole)
