"""Does making the training pictures as dev's are heal a mismatch? LeNet-5 on the sample, dev shown otherwise.

    plain     trained on clean pictures, judged on dev that is inverted, dark, blurred or noisy
    healed    the same with `--nearer auto`, which measures on the pictures of both what differs, without a label
    drawn     a tenth of train is as dev is; with `--weigh-like-dev` these are drawn more often

12 epochs each. The seed decides the weights, the order of batches, and the noise.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from studies.study import Study, significant
from studies.training import fit_in, steps_on_sample
from wengu.data import load

KINDS, SEEDS, EPOCHS = ("inverted", "dark", "blurred", "noisy"), range(3), 12
TENTH = 10


def shown(pixels: NDArray[np.uint8], kind: str, rng: np.random.Generator) -> Image.Image:
    """One picture as dev has it."""
    picture = Image.fromarray(pixels)
    match kind:
        case "inverted":
            return Image.fromarray(255 - pixels)
        case "dark":
            return Image.fromarray((pixels * 0.4).astype(np.uint8))
        case "blurred":
            return picture.filter(ImageFilter.GaussianBlur(1.0))
        case "noisy":
            return Image.fromarray(np.clip(pixels + rng.normal(0, 30, pixels.shape), 0, 255).astype(np.uint8))
    return picture


def trained(folder: Path, *, kind: str, seed: int, how: str) -> float:
    """The dev error of one training."""
    data, rng = folder / "data", np.random.default_rng(seed)
    if not data.exists():
        sample = load("sample")
        part = folder / "part"
        for i in range(len(sample)):
            name = "dev" if i % 4 == 0 else "train"
            like_dev = name == "dev" or (how in ("drawn", "undrawn") and i % TENTH == 1)
            to = part / name / sample.classes[sample.labels[i]].replace("/", " ")
            to.mkdir(parents=True, exist_ok=True)
            shown(sample.pixels[i, 0], kind if like_dev else "", rng).save(to / f"{i}.png")
        part.rename(data)
    changes: dict[str, Any] = {"healed": {"nearer": "auto"}, "drawn": {"weigh_like_dev": True}}.get(how, {})
    card = fit_in(folder, "lenet5", data=str(data), epochs=EPOCHS, seed=seed, **changes).card
    return significant(next(row.value for row in card.ledger.rows if row.set == "dev"), 4)  # type: ignore[union-attr]


def canary(folder: Path) -> dict[str, float]:
    """A few steps of the network."""
    return steps_on_sample(folder, "lenet5")


def summary(results: dict[str, float]) -> dict[str, float]:
    """The mean over seeds of each."""
    kinds = dict.fromkeys(name.rpartition("-")[0] for name in results)
    return {kind: significant(statistics.mean(error for name, error in results.items()
                                              if name.rpartition("-")[0] == kind), 3) for kind in kinds}


CELLS: dict[str, dict[str, Any]] = {
    f"{kind}-{how}-{seed}": {"kind": kind, "seed": seed, "how": how}
    for kind in KINDS for how in ("plain", "healed") for seed in SEEDS
} | {f"inverted-{how}-{seed}": {"kind": "inverted", "seed": seed, "how": how}
     for how in ("undrawn", "drawn") for seed in SEEDS}

STUDY = Study("healing", cells=CELLS, run=trained, canary=canary, summary=summary)
