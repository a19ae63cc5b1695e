"""How many layers of a trained network should a few photographs train? MobileNetV2 of ImageNet on photographs a class.

    last     --freeze all-but-last    the last layer alone
    blocks   --freeze all-but-4       two inverted residual blocks, the 1 × 1 layer and the last layer
    gradual  --freeze auto            the last layer first, one block more each epoch, with smaller α below
    all      --freeze none            every layer from the start
    scratch  --from none              every layer, from weights drawn at random, by mini-batches of 16: more steps

The data are the 147 photographs of gcompris-photos, 24 to 39 in each of five classes. A seed draws 20 of each class to
train on, the first 2, 5 and 10 of which are the smaller amounts, and 2 of each for dev; the other 37 are judged once,
the same ones for every amount and way. All else is what `wengu fit mobilenet_v2` takes by itself (40 epochs, early
stopping by dev's cost, augmentation where more than the last layer trains), but that pictures are 96 × 96, not
160 × 160, for time. Seconds are of one processor.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

import wengu
from studies.study import Study
from studies.training import fit_in
from wengu.data import Pictures, load
from wengu.recipes import settings_of
from wengu.running.prepare import prepared
from wengu.running.train import by_gradient
from wengu.training.world import ALONE

WAYS: dict[str, dict[str, Any]] = {
    "last": {"from": "published", "freeze": "all-but-last"},
    "blocks": {"from": "published", "freeze": "all-but-4"},
    "gradual": {"from": "published", "freeze": "auto"},
    "all": {"from": "published", "freeze": "none"},
    "scratch": {"from": "none", "batch_size": 16},
}
PHOTOS, OF_DEV = (2, 5, 10, 20), 2  # a class
SEEDS, SIDE = 5, 96


def divided(labels: NDArray[np.int64], photos: int, seed: int) -> dict[str, NDArray[np.intp]]:
    """The places of each set."""
    draw, most = np.random.default_rng(seed), max(PHOTOS)
    sets: dict[str, list[NDArray[np.intp]]] = {"train": [], "dev": [], "test": []}
    for k in range(labels.max() + 1):
        order = draw.permutation(np.flatnonzero(labels == k))
        sets["train"].append(order[:photos])
        sets["dev"].append(order[most:most + OF_DEV])
        sets["test"].append(order[most + OF_DEV:])
    return {name: np.concatenate(parts) for name, parts in sets.items()}


def train(folder: Path, *, way: str, photos: int, seeds: int, side: int, precision: str) -> list[dict[str, Any]]:
    """Errors, epochs and seconds, a seed each."""
    pictures = load("gcompris-photos", size=(side, side))
    found = []
    for seed in range(seeds):
        sets = divided(pictures.labels, photos, seed)
        data = folder / str(seed)
        for name, places in sets.items():  # test too, or a part of train would be cut for it
            _write(data / name, pictures.take(places))
        settings = {"network": "mobilenet_v2", "data": str(data), "size": side, "seed": seed, "precision": precision}
        ready = prepared("pictures", settings_of("pictures", settings | WAYS[way]), None)
        began = time.process_time()
        run = by_gradient(ready.in_form(ready.form_here({})), None, False, {}, ALONE, tensorboard=False)
        took = time.process_time() - began
        found.append({
            "seed": seed,
            **{f"{name}_error": error(run.model, pictures.take(sets[name])) for name in ("test", "train", "dev")},
            "epochs": len(run.history),
            "best_epoch": run.best["epoch"],
            "seconds": round(took, 1),
        })
    return found


def error(model: nn.Module, pictures: Pictures) -> float:
    """The share that is wrong."""
    with torch.inference_mode():
        z = torch.cat([model(torch.from_numpy(part.copy())) for part in np.array_split(pictures.pixels, 4)])
    return float(np.mean(z.argmax(dim=1).numpy() != pictures.labels))


def _write(folder: Path, pictures: Pictures) -> None:
    """A folder a class, of pictures as they are."""
    for name, label, pixels in zip(pictures.ids, pictures.labels, pictures.pixels, strict=True):
        file = folder / pictures.classes[label] / f"{Path(name).stem}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            Image.fromarray(np.moveaxis(pixels, 0, -1)).save(file)


def canary(folder: Path) -> dict[str, float]:
    """One small step on 60 pictures of the sample and one in each way from what it made: costs, and tensors that moved.

    Of larger steps, and of several, 53 layers with batch norms make other digits on every processor.
    """
    sample = load("sample")
    sample = replace(sample, pixels=sample.pixels.repeat(3, axis=1))
    for k, name in enumerate(("train", "dev")):
        _write(folder / "data" / name, sample.take(slice(k, None, len(sample) // 60)))
    how: dict[str, Any] = {"data": str(folder / "data"), "size": 32, "batch_size": 60, "epochs": 1, "lr": 1e-5,
                           "precision": "fp32"}
    begun = fit_in(folder / "begun", "mobilenet_v2", augment="none", **how)
    before = wengu.load(begun.path).model.state_dict()
    digits = {"begun": begun.run.history[-1]["cost"]}
    for way in ("last", "blocks", "all"):
        made = fit_in(folder / way, "mobilenet_v2", **how, **WAYS[way] | {"from": str(begun.path)})
        after = wengu.load(made.path).model.state_dict()
        digits |= {f"{way}_{key}": made.run.history[-1][key] for key in ("cost", "dev_cost")}
        digits[f"{way}_moved"] = sum(not torch.equal(w, after[name]) for name, w in before.items())
    return digits


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """By photographs a class and way: the test error of each seed, with mean and standard deviation, the epoch where
    dev's cost was lowest, and mean seconds."""
    def of(rows: list[dict[str, Any]]) -> dict[str, float]:
        errors = [row["test_error"] for row in rows]
        return {"mean": statistics.mean(errors), "sd": statistics.stdev(errors), "errors": errors,
                "best_epoch": [row["best_epoch"] for row in rows],
                "seconds": round(statistics.mean(row["seconds"] for row in rows), 1)}

    return {str(photos): {way: of(results[f"{way}-{photos}"]) for way in WAYS} for photos in PHOTOS}


STUDY = Study(
    "transfer",
    cells={f"{way}-{photos}": {"way": way, "photos": photos, "seeds": SEEDS, "side": SIDE, "precision": "fp32"}
           for photos in PHOTOS for way in WAYS},
    run=train,
    canary=canary,
    summary=summary,
)
