"""Does the ledger name what is there on real trainings? A thousand of them, whose true gaps are known.

Each trains a small network on Fashion-MNIST's pictures of 14 × 14 under conditions that are drawn: how many examples
there are, how long and how freely the network may learn, whether dev is of another kind (darker, blurred, noisy, turned
to negatives), whether dev was trained on. What is measured is what a user would have: the errors on the examples of
train, train-dev, dev and test, and what people reach, in half of them about as much as the network on train. What is
true is the error on 20,000 other pictures of the same kind, and on all that was trained on; of a dev set that was
trained on that of training.

tests/practice/test_trained_projects.py replays the errors: a ledger that names a gap which is not there, or misses one
that is plain, fails there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from studies.study import Study, significant
from wengu.data import load

CELLS, EACH = 10, 100
HELD_OUT = 20_000
OTHERWISE = ("darker", "blurred", "noisy", "negative")

Floats = NDArray[np.float32]


@cache
def _all() -> tuple[Floats, NDArray[np.int64]]:
    """(m, 14, 14) from 0 to 1, in an order of chance."""
    whole = load("fashion-mnist")
    x = np.asarray(whole.pixels, np.float32).reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)) / 255
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], np.asarray(whole.labels)[order]


def otherwise(x: Floats, kind: str, strength: float, rng: np.random.Generator) -> Floats:
    """The pictures as another camera would show them; of strength 0 as they are, at most 1."""
    match kind:
        case "darker":
            return x * (1 - 0.8 * strength)
        case "blurred":
            near = sum(np.roll(x, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
            return (1 - strength) * x + strength * near
        case "noisy":
            return x + 0.5 * strength * rng.standard_normal(x.shape).astype(np.float32)
        case "negative":
            return (1 - strength) * x + strength * (1 - x)
    raise ValueError(kind)


def project(seed: int) -> dict[str, Any]:
    """One training: what was measured, on how many, and what is true."""
    rng = np.random.default_rng(seed)
    x, y = _all()
    own = rng.permutation(len(x) - HELD_OUT) + HELD_OUT
    n = {name: int(10 ** rng.uniform(low, high)) for name, low, high in
         (("train", 2.3, 4.4), ("train_dev", 2.3, 3.7), ("dev", 2.3, 3.9), ("test", 2.3, 3.9))}
    ends = np.cumsum([0, *n.values()])
    of = {name: own[a:b] for name, a, b in zip(n, ends, ends[1:], strict=False)}
    two, tested, leaked = rng.random() < 0.5, rng.random() < 0.4, rng.random() < 0.1
    kind, strength = str(rng.choice(OTHERWISE)), float(rng.uniform(0.1, 1)) if two and rng.random() < 0.6 else 0.0
    if leaked:  # then of one kind, or dev could not be a part of train
        two, tested, strength = False, True, 0.0
        n["dev"] = min(n["dev"], n["train"])
        of["dev"] = of["train"][: n["dev"]]
    model = _trained(x[of["train"]], y[of["train"]], rng)

    def error(places: Any, strength: float = 0.0) -> float:
        shown = otherwise(x[places], kind, strength, rng) if strength else x[places]
        with torch.inference_mode():
            return float((model(torch.from_numpy(shown)).argmax(dim=1).numpy() != y[places]).mean())

    held = np.arange(HELD_OUT)
    on_train, elsewhere, here = error(of["train"]), error(held), error(held, strength)
    human = max(0.0, on_train - rng.uniform(0, 0.004)) if rng.random() < 0.5 else rng.choice([0.02, 0.05, 0.1, 0.15])
    true = {"human": significant(float(human), 4), "train": on_train, "train_dev": elsewhere,
            "dev": on_train if leaked else here, "test": here}
    measured = {"train": on_train, "train_dev": error(of["train_dev"]), "dev": error(of["dev"], strength),
                "test": error(of["test"], strength)}
    sets = ["train", *(["train_dev"] if two else []), "dev", *(["test"] if tested else [])]
    return {"n": {name: n[name] for name in sets},
            "wrong": {name: round(measured[name] * n[name]) for name in sets},
            "true": {name: significant(true[name], 4) for name in ("human", *sets)}}


def _trained(x: Floats, y: NDArray[np.int64], rng: np.random.Generator) -> nn.Module:
    """A network of one hidden layer, as free to learn as is drawn."""
    units, decay = int(rng.choice([4, 16, 64])), float(rng.choice([0.0, 1e-3, 3e-2]))
    steps, alpha = int(10 ** rng.uniform(1.3, 2.9)), float(10 ** rng.uniform(-3.3, -1.8))
    with torch.random.fork_rng():
        torch.manual_seed(int(rng.integers(1 << 31)))
        model = nn.Sequential(nn.Flatten(), nn.Linear(196, units), nn.ReLU(), nn.Linear(units, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=alpha, weight_decay=decay)
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(steps):
        batch = torch.from_numpy(rng.integers(len(x), size=64))
        optimizer.zero_grad()
        F.cross_entropy(model(inputs[batch]), targets[batch]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return model.eval()


def run(folder: Path, *, first: int) -> list[dict[str, Any]]:
    """So many projects, from this seed on."""
    return [project(seed) for seed in range(first, first + EACH)]


def canary(folder: Path) -> dict[str, float]:
    """The chances that a network gives after twelve steps."""
    x, y = _all()
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(196, 16), nn.ReLU(), nn.Linear(16, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for k in range(12):
        part = slice(64 * k, 64 * k + 64)
        optimizer.zero_grad()
        cost = F.cross_entropy(model(torch.from_numpy(x[part])), torch.from_numpy(y[part]))
        cost.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.inference_mode():
        p = model(torch.from_numpy(x[:2000])).softmax(dim=1)[torch.arange(2000), torch.from_numpy(y[:2000])]
    return {"cost": float(cost.detach()), "p": float(p.mean())}


STUDY = Study("planted", cells={f"from-{EACH * k}": {"first": EACH * k} for k in range(CELLS)}, run=run, canary=canary)
