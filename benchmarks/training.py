"""The loop: what a step costs when the model does nothing, and whole trainings beside a usual script and Lightning.

Defaults against defaults: the peers load with a DataLoader, keep channels first and take torch's Adam as it comes. Best
against best: they index tensors in memory, keep channels last, take the fused Adam, and bfloat16 where the processor
has units for it. All train on the same real pictures, mini-batches of 64, Adam with α = 0.001, and judge the same dev
set after every epoch. What ours measures once before a training, its format, is not timed.
"""

from __future__ import annotations

import itertools
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.race import Row, bound, race
from wengu.core.run_folder import RunFolder
from wengu.data import load
from wengu.practice import ErrorRate
from wengu.training import ComputeFormat, fastest_format, fit, in_memory_format
from wengu.training.precision import casting, has_bf16_units
from wengu.vision.convnets import LeNet5

STEPS, BATCH, BOUND = 2000, 64, 100  # µs a step
PACES: dict[str, ComputeFormat] = {}
UNITS = has_bf16_units(torch.device("cpu"))
Pair = tuple[Tensor, Tensor]


def races() -> Iterator[Row]:
    """The loop alone, then two networks beside two peers."""
    yield _loop()
    train, dev = _pictures()
    few = (train[0][:1280], train[1][:1280])
    networks: list[tuple[str, Callable[[], nn.Module], Callable[[], nn.Module], Pair, int, float]] = [
        ("LeNet-5, 4,800 pictures, 2 epochs", LeNet5, usual_lenet5, train, 2, 1.15),
        ("ResNet-20, 1,280 pictures, 1 epoch", resnet20, resnet20, few, 1, 2.0),
    ]
    for work, ours, theirs, data, epochs, target in networks:
        for peer, setting, goal in (
            (script, "defaults", target), (with_lightning, "defaults", target), (best_script, "best", 1.0)
        ):
            yield _beside(work, setting, ours, theirs, peer, data, dev, epochs, goal)


def _beside(
    work: str, setting: str, ours: Callable[[], nn.Module], theirs: Callable[[], nn.Module],
    peer: Callable[..., float], train: Pair, dev: Pair, epochs: int, target: float,
) -> Row:
    """One race, each round with a seed of its own; the dev errors of all rounds are compared."""
    _fastest_form(ours(), train)
    seeds = itertools.count()
    errors: dict[str, list[float]] = {"ours": [], "peer": []}

    def run(name: str, train_it: Callable[..., float], network: Callable[[], nn.Module]) -> None:
        torch.manual_seed(next(seeds))
        errors[name].append(train_it(network(), train, dev, epochs))

    def quality(*_: Any) -> tuple[str, bool]:
        (a, b), (s, t) = ([f(errors[k]) for k in ("ours", "peer")] for f in (statistics.mean, statistics.stdev))
        return f"dev error {a:.1%} ± {s:.1%}, peer's {b:.1%} ± {t:.1%}", a - b <= 2 * max(s, t)

    return race(
        work=work,
        setting=f"{setting}, {_precisions(setting)}",
        ours=lambda: run("ours", wengu_fit, ours),
        peer=lambda: run("peer", peer, theirs),
        peer_name=PEERS[peer],
        quality=quality,
        target=target,
        rounds=5,
    )


def _precisions(setting: str) -> str:
    """What each computes in: ours measures where there is a choice."""
    if not UNITS:
        return "float32"
    return "bf16 where faster" if setting == "best" else "bf16 where faster, peer's float32"


def wengu_fit(model: nn.Module, train: Pair, dev: Pair, epochs: int) -> float:
    """Ours as `wengu fit` goes about it: in the format measured, metrics and checkpoints written."""
    form = _fastest_form(model, train)
    model = in_memory_format(model, form.memory_format)
    with tempfile.TemporaryDirectory() as folder:
        run = fit(model, train, dev, loss_fn=nn.functional.cross_entropy, judge=(_likeliest, ErrorRate()),
                  epochs=epochs, batch_size=BATCH, precision=form.precision, run=RunFolder.create(Path(folder) / "run"))
    return float(run.history[-1]["dev_error"])


def _fastest_form(model: nn.Module, train: Pair) -> ComputeFormat:
    """Measured once for a network, before the races: a training of many epochs does so once in one to two seconds."""
    name = f"{type(model).__name__} of {sum(w.numel() for w in model.parameters())}"
    if name not in PACES:
        PACES[name] = fastest_format(model, (train[0][:BATCH], train[1][:BATCH]), nn.functional.cross_entropy)
    return PACES[name]


def script(model: nn.Module, train: Pair, dev: Pair, epochs: int) -> float:
    """What most people write."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(*train), batch_size=BATCH, shuffle=True)
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        error = _judged(model, DataLoader(TensorDataset(*dev), batch_size=BATCH))
    return error


def best_script(model: nn.Module, train: Pair, dev: Pair, epochs: int) -> float:
    """What one writes who knows: no DataLoader, channels last, the fused kernel, bfloat16."""
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    cast = casting("bf16" if UNITS else "fp32", torch.device("cpu"))
    x, y = train
    for _ in range(epochs):
        model.train()
        for index in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            with cast():
                cost = nn.functional.cross_entropy(model(x[index]), y[index])
            cost.backward()
            optimizer.step()
        error = _judged(model, zip(dev[0].split(1000), dev[1].split(1000), strict=True))
    return error


class _Module(lightning.LightningModule):
    """Lightning's way to say the same."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def training_step(self, batch: Any, _: int) -> Tensor:
        return nn.functional.cross_entropy(self.model(batch[0]), batch[1])

    def validation_step(self, batch: Any, _: int) -> None:
        z = self.model(batch[0])
        self.log_dict({"dev_cost": nn.functional.cross_entropy(z, batch[1]), "dev_error": _wrong(z, batch[1]).mean()})

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def with_lightning(model: nn.Module, train: Pair, dev: Pair, epochs: int) -> float:
    """Its defaults, checkpoints and a CSV of the metrics among them, but for what it prints."""
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            max_epochs=epochs, accelerator="cpu", default_root_dir=folder, enable_progress_bar=False,
            enable_model_summary=False, num_sanity_val_steps=0,
        )
        trainer.fit(_Module(model), DataLoader(TensorDataset(*train), batch_size=BATCH, shuffle=True),
                    DataLoader(TensorDataset(*dev), batch_size=BATCH))
        return float(trainer.callback_metrics["dev_error"])


PEERS = {
    script: f"a plain script, torch {torch.__version__}",
    best_script: f"a plain script, torch {torch.__version__}",
    with_lightning: f"Lightning {lightning.__version__}",
}


def _judged(model: nn.Module, batches: Any) -> float:
    """The dev error."""
    model.eval()
    with torch.no_grad():
        return float(torch.cat([_wrong(model(x), y) for x, y in batches]).mean())


def _likeliest(model: nn.Module, batch: Pair, z: Tensor) -> Tensor:
    return z.argmax(1)


def _wrong(z: Tensor, y: Tensor) -> Tensor:
    return (z.argmax(1) != y).float()


def _pictures() -> tuple[Pair, Pair]:
    """4,800 pictures to train on and 1,200 to judge on, from the sample that ships, (x - μ)/σ."""
    pictures = load("sample", size=(28, 28))
    x, y = torch.from_numpy(pictures.pixels).float() / 255, torch.from_numpy(pictures.labels)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    x, y = ((x - x.mean()) / x.std())[order], y[order]
    return (x[:4800], y[:4800]), (x[4800:], y[4800:])


def usual_lenet5() -> nn.Module:
    """LeNet-5 of torch's own layers, as tutorials have it."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )


class _Block(nn.Module):
    """relu(x + two convolutions of it); where the size changes, x goes through one of 1 × 1."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
        )
        self.way = nn.Identity() if before == after else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.way(x) + self.body(x))


def resnet20() -> nn.Module:
    """He et al. 2015, section 4.2: three stages of three blocks, 16, 32 and 64 channels."""
    sizes = [(16, 16, 1)] * 3 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), *(_Block(*size) for size in sizes),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


class NoOp(nn.Module):
    """One weight, so that there is something to step on; its cost is its own value."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.w


def microseconds_a_step() -> float:
    """Processor time of the process, checkpoints and metrics included, four epochs of 500 steps."""
    x, y = torch.zeros(STEPS // 4 * BATCH, 1), torch.zeros(STEPS // 4 * BATCH)
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder.create(Path(folder) / "run")
        start = time.process_time()
        fit(NoOp(), (x, y), (x[:10], y[:10]), loss_fn=lambda z, _: z.sum(), run=run, epochs=4, batch_size=BATCH)
        return (time.process_time() - start) / STEPS * 1e6


def bare_microseconds_a_step() -> float:
    """The same steps written out with torch's fused Adam: nothing is kept, checked or shown."""
    x, y = torch.zeros(STEPS // 4 * BATCH, 1), torch.zeros(STEPS // 4 * BATCH)
    model = NoOp()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    start = time.process_time()
    for _ in range(4):
        for index in torch.randperm(len(x)).split(BATCH):
            batch = x[index], y[index]
            optimizer.zero_grad()
            model(batch[0]).sum().backward()
            optimizer.step()
    return (time.process_time() - start) / STEPS * 1e6


def _loop() -> Row:
    """The first run is not counted, as it imports what torch's optimisers bring along."""
    microseconds_a_step(), bare_microseconds_a_step()
    pairs = [(microseconds_a_step(), bare_microseconds_a_step()) for _ in range(7)]
    median, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    return bound(
        work="the loop, a step with a no-op model",
        setting=f"{STEPS} steps, metrics and checkpoints on, median of 7; the same steps in bare torch {bare:.0f} µs",
        measured=f"{median:.0f} µs processor time",
        target=f"at most {BOUND} µs",
        met=median <= BOUND,
    )
