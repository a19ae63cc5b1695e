"""Training pictures made to look like those of dev: blurred, in another light, noisy, as much as dev is.  [notes 15.8]

    blur      x * Gaussian of σ pixels      light    a x + b, of dev's mean and deviation; a < 0 where it is a negative
    noise     x + σ ε,  ε normal              in the order in which a camera does it

    mean over features of |P(x_dev > x_train) - 1/2|  ->  least, over strengths, one change after the other, as long as
    each takes away a fifth of what is left

Measured on even samples of both sets by `picture_features`, without labels. In training each strength is drawn anew,
from half of it to one and a half, for light within a tenth: dev is no single strength either. Source: the notes'
artificial data synthesis (add car noise to speech); strengths by measurement are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import conv2d, pad
from torch.utils.data import Dataset

from wengu.core.batches import Batch, read, size_of
from wengu.core.seeds import seed_for
from wengu.practice import picture_features
from wengu.practice.ranks import spread_evenly
from wengu.practice.telling import placements

Change = Literal["blur", "light", "noise"]
ORDER: tuple[Change, ...] = ("blur", "light", "noise")
STRENGTHS: Mapping[Change, tuple[float, ...]] = {
    "blur": (0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.6, 3.4),
    "noise": (0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24, 0.32),
}  # fmt: skip
VALUES, MOST, FEWEST = 1_000_000, 500, 40  # pictures that are looked at
TAKES_AWAY, NEAR, CHANCE = 0.2, 0.03, 0.02

Pixels = NDArray[np.uint8]
Strengths = Mapping[Change, tuple[float, ...]]


class Nearer:
    """Every training picture changed by these strengths: {"noise": (0.08,), "light": (0.6, 0.1)}.

    Where they `vary` each is drawn anew; by torch's generator, which the loop sets by (seed, step).
    """

    def __init__(self, strengths: Strengths, *, vary: bool = True) -> None:
        self.strengths, self.vary = strengths, vary

    def __call__(self, batch: Batch) -> Batch:
        x, y = batch
        return changed(x, self.strengths, vary=self.vary), y


class Made(Dataset[Batch]):
    """Examples as `change` makes them, always the same: what a training set was, for those who judge it."""

    def __init__(self, examples: Dataset[Batch], change: Callable[[Batch], Batch]) -> None:
        self.examples, self.change = examples, change

    def __len__(self) -> int:
        return size_of(self.examples)

    def __getitem__(self, i: int) -> Batch:
        x, y = self.collate([i])
        return x[0], y[0]

    def __getitems__(self, indices: list[int]) -> list[int]:
        """The indices themselves: `collate` takes all of them at once."""
        return indices

    def collate(self, indices: list[int]) -> Batch:
        """The batch of these examples, as they are made."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed_for(0, "made", *indices))
            return self.change(read(self.examples, torch.tensor(indices)))


def changed(x: Tensor, strengths: Strengths, *, vary: bool = False) -> Tensor:
    """Pictures uint8 (m, channels, height, width) so changed; where they `vary` each by a strength of its own."""
    z = x.float() / 255
    for kind in ORDER:
        if kind in strengths:
            z = _CHANGES[kind](z, strengths[kind], vary)
    layout = torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
    return (z.clamp_(0, 1) * 255).round_().to(torch.uint8).contiguous(memory_format=layout)


class Found(NamedTuple):
    """By which changes train comes nearest to dev, and which share of their difference that takes away."""

    strengths: dict[Change, tuple[float, ...]]
    removed: float


def strengths_of(train: Pixels, dev: Pixels, kinds: Sequence[Change] = ORDER) -> Found:
    """The changes of these kinds, and how strong; none where none takes away a fifth.

    >>> x = np.random.default_rng(0).integers(0, 200, (300, 1, 12, 12)).astype(np.uint8)
    >>> strengths_of(x[:150], x[150:] // 2, ("light", "noise")).strengths.keys()
    dict_keys(['light'])
    """
    pixels, target = (_sampled(part) for part in (train, dev))
    wanted, _ = picture_features(target)
    found: dict[Change, tuple[float, ...]] = {}
    left = start = _distance(pixels, found, wanted)
    while left > NEAR and len(found) < len(kinds):
        tried: list[dict[Change, tuple[float, ...]]] = [
            {**found, kind: strength} for kind in kinds if kind not in found
            for strength in _candidates(kind, pixels, target, found)]
        distances = [_distance(pixels, one, wanted) for one in tried]
        best, distance = tried[int(np.argmin(distances))], min(distances)
        if distance > left - max(TAKES_AWAY * left, CHANCE):
            break
        found, left = best, distance
    return Found({kind: found[kind] for kind in ORDER if kind in found}, 1 - left / max(start, 1e-9))


def plain(strengths: Mapping[Any, Sequence[float]]) -> str:
    """'noise 0.08, light 0.6 + 0.1', as a note has it."""
    return ", ".join(f"{kind} {' + '.join(f'{one:.2g}' for one in values)}" for kind, values in strengths.items())


def _candidates(kind: Change, pixels: Pixels, target: Pixels, found: Strengths) -> list[tuple[float, ...]]:
    if kind != "light":
        return [(strength,) for strength in STRENGTHS[kind]]
    a, b = (part.astype(np.float64) / 255 for part in (_made(pixels, found), target))
    ratio = float(b.std(axis=(1, 2, 3)).mean() / max(a.std(axis=(1, 2, 3)).mean(), 1e-6))
    return [(gain, float(b.mean() - gain * a.mean())) for gain in (ratio, -ratio)]


def _distance(pixels: Pixels, strengths: Strengths, wanted: NDArray[np.float64]) -> float:
    have, _ = picture_features(_made(pixels, strengths))
    return float(np.mean([abs(placements(a, b)[1].mean() - 0.5) for a, b in zip(have.T, wanted.T, strict=True)]))


def _made(pixels: Pixels, strengths: Strengths) -> Pixels:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made: Pixels = changed(torch.from_numpy(pixels), strengths).numpy()
    return made


def looked_at(values: int) -> int:
    """Of how many pictures of so many values the strengths are measured.

    >>> looked_at(28 * 28), looked_at(3 * 512 * 512)
    (500, 40)
    """
    return max(FEWEST, min(MOST, VALUES // max(1, values)))


def _sampled(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[spread_evenly(len(pixels), looked_at(pixels[0].size))])


def _drawn(x: Tensor, low: float, high: float) -> Tensor:
    """A factor for each picture."""
    return low + (high - low) * torch.rand(len(x), 1, 1, 1, device=x.device)


def _blurred(x: Tensor, strength: tuple[float, ...], vary: bool) -> Tensor:
    """By one σ for the batch: a kernel for each picture would be slow."""
    sigma = strength[0] * (float(_drawn(x[:1], 0.5, 1.5)) if vary else 1.0)
    reach = max(1, min(int(3 * sigma + 0.5), min(x.shape[2:]) - 1))
    at = torch.arange(-reach, reach + 1, dtype=x.dtype, device=x.device)
    kernel = torch.softmax(-(at**2) / (2 * sigma**2), dim=0)
    channels = x.shape[1]
    for shape, edges in (((1, 1, -1, 1), (0, 0, reach, reach)), ((1, 1, 1, -1), (reach, reach, 0, 0))):
        x = conv2d(pad(x, edges, mode="replicate"), kernel.view(shape).expand(channels, -1, -1, -1), groups=channels)
    return x


def _lit(x: Tensor, strength: tuple[float, ...], vary: bool) -> Tensor:
    gain, level = strength
    return x * (gain * (_drawn(x, 0.9, 1.1) if vary else 1.0)) + level


def _noisy(x: Tensor, strength: tuple[float, ...], vary: bool) -> Tensor:
    return x + torch.randn_like(x) * (strength[0] * (_drawn(x, 0.5, 1.5) if vary else 1.0))


_CHANGES = {"blur": _blurred, "light": _lit, "noise": _noisy}
