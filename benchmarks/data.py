"""Pictures that are mapped from a file beside the same in memory: what training on the file costs.

Both train by the same loop from the same seed, so that they end with the same weights. The file has been read before,
as it has in every epoch but the first, and lies in the memory that the system has free.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.race import Row, race
from wengu.core.seeds import seed_for
from wengu.data import Pictures, load
from wengu.data.picture_decode import fit as scaled
from wengu.data.picture_store import Kept, keep
from wengu.layers import InputNormalisation
from wengu.recipes.mapped_pictures import MappedPictures
from wengu.training import fit
from wengu.vision.convnets import LeNet5

TARGET, BATCH = 0.9, 64
Sets = tuple[Any, Any]


def races() -> Iterator[Row]:
    """A network for which reading is a large part of a step, and one that does little but read."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WENGU_CACHE"] = folder
        sample = load("sample")
        yield _beside("LeNet-5, 4,800 pictures of 28 × 28, 2 epochs", sample, _lenet5, 2)
        some = sample.take(np.arange(0, len(sample), 10))
        large = np.stack([np.repeat(scaled(Image.fromarray(one), (224, 224))[None], 3, 0) for one in some.pixels[:, 0]])
        some = Pictures(large, some.labels, some.classes, some.ids, some.set_of, some.source)
        yield _beside("one convolution of stride 8, 480 pictures of 224 × 224 in colour, 2 epochs", some, _one_layer, 2)


def _beside(work: str, pictures: Pictures, network: Callable[[Tensor], nn.Module], epochs: int) -> Row:
    kept = _kept(pictures)
    mapped = Pictures(kept.pixels, pictures.labels, pictures.classes, pictures.ids, pictures.set_of, "", kept=kept)
    order = np.random.default_rng(0).permutation(len(pictures))
    parts = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    in_memory = tuple((torch.from_numpy(pictures.pixels[part]), torch.from_numpy(pictures.labels[part]))
                      for part in parts)
    from_file = tuple(MappedPictures(mapped, part) for part in parts)

    def train(sets: Sets) -> list[Tensor]:
        torch.manual_seed(0)
        model = network(in_memory[0][0])
        fit(model, *sets, loss_fn=nn.functional.cross_entropy, epochs=epochs, batch_size=BATCH)
        return list(model.state_dict().values())

    return race(
        work=work,
        setting="mapped from a file",
        ours=lambda: train(from_file),
        peer=lambda: train(in_memory),
        peer_name="in memory",
        quality=lambda a, b: ("the same weights", all(map(torch.equal, a, b))),
        target=TARGET,
        rounds=15,
    )


def _kept(pictures: Pictures) -> Kept:
    def write(put: Callable[[np.ndarray[Any, Any], bool], None]) -> dict[str, Any]:
        for picture in pictures.pixels:
            put(picture, False)
        return {}

    return keep(f"{pictures.channels}", write, name="bench", origin="", most=len(pictures), size=pictures.size,
                channels=pictures.channels)


def _lenet5(train: Tensor) -> nn.Module:
    generator = torch.Generator().manual_seed(seed_for(0, "weights"))
    return nn.Sequential(InputNormalisation.of(train), LeNet5(10, generator=generator))


def _one_layer(train: Tensor) -> nn.Module:
    return nn.Sequential(InputNormalisation.of(train), nn.Conv2d(3, 8, 8, 8), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
                         nn.Flatten(), nn.Linear(128, 10))
