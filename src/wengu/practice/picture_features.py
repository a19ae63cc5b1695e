"""What people would say of a picture, in numbers: how bright, how sharp, how noisy, how much is drawn where.

    brightness      mean of all pixels                        contrast        their standard deviation
    sharpness       σ of the Laplacian over σ of the picture  noise           √(π/2)/6 · mean |N * x|
    darkest, brightest    pixel                               border          mean of the outermost pixels
    drawn           share of pixels that are not as the border is, by more than an eighth of the range
    across, down    where what is drawn lies, its centre from 0 to 1
    saturation      mean of (max - min)/max of the channels   red, green, blue    mean of each
    r1 c1 .. r4 c4  brightness of the sixteenths, in rows and columns

N = [1 -2 1; -2 4 -2; 1 -2 1] is blind to edges that are straight. All are from 0 to 1 but sharpness. Sources: Immerkær
1996, Computer Vision and Image Understanding 64(2), for the noise; Pech-Pacheco et al. 2000 for the Laplacian's
variance, here relative to the picture's own, so that light does not change it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say

GRID, DRAWN, VALUES, LEAST = 4, 1 / 8, 12_000_000, 200
OF_GREY = ("brightness", "contrast", "sharpness", "noise", "darkest", "brightest", "border", "drawn", "across", "down")
OF_COLOUR = ("saturation", "red", "green", "blue")
STEP, STEPS = 0.02, {"sharpness": 0.05, "noise": 0.005, "darkest": 0.1, "brightest": 0.1}
_PART = 1 << 21  # values that are looked at together: 8 MB

Floats = NDArray[np.float64]


def picture_features(pixels: NDArray[np.uint8]) -> tuple[Floats, tuple[str, ...]]:
    """The features of pictures (m, channels, height, width), (m, q), and their names.

    Raises InputError for another shape than that.

    >>> x, names = picture_features(np.full((1, 1, 28, 28), 51, np.uint8))
    >>> dict(zip(names, x[0].tolist()))["brightness"], len(names)
    (0.2, 26)
    """
    if pixels.ndim != 4 or 0 in pixels.shape[1:]:
        raise InputError(say("pixels: expected the shape (m, 1 or 3, height, width), got {got}", got=pixels.shape))
    m, channels, height, width = pixels.shape
    size = max(1, _PART // (channels * height * width))
    parts = [_part(pixels[k : k + size]) for k in range(0, m, size)]
    grid = [f"r{i + 1} c{j + 1}" for i in range(GRID) for j in range(GRID)]
    return np.concatenate(parts), (*OF_GREY, *(OF_COLOUR if channels == 3 else ()), *grid)


def visible_steps(names: Sequence[str]) -> list[float]:
    """Of each of these features a step that a person would hardly see, for `distinguish`.

    >>> visible_steps(["brightness", "darkest", "noise"])
    [0.02, 0.1, 0.005]
    """
    return [STEPS.get(name, STEP) for name in names]


def enough_pictures(channels: int, height: int, width: int, most: int) -> int:
    """How many such pictures are looked at: of large ones fewer, for the time that it takes, and 200 at least.

    >>> enough_pictures(1, 28, 28, 4000), enough_pictures(3, 224, 224, 4000)
    (4000, 200)
    """
    return min(most, max(LEAST, VALUES // (channels * height * width)))


def _part(pixels: NDArray[np.uint8]) -> Floats:
    x = pixels.astype(np.float32) / 255
    grey = np.asarray(x.mean(axis=1) if x.shape[1] > 1 else x[:, 0], np.float32)
    flat = grey.reshape(len(grey), -1)
    contrast = flat.std(axis=1)
    edge = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    far = np.abs(grey - np.median(edge, axis=1)[:, None, None])
    across, down = (_centre(far.sum(axis=axis)) for axis in (1, 2))
    columns = [flat.mean(axis=1), contrast, _laplacian(grey) / np.maximum(contrast, 1e-3), _noise(grey),
               flat.min(axis=1), flat.max(axis=1), edge.mean(axis=1), (far > DRAWN).mean(axis=(1, 2)), across, down]
    if x.shape[1] == 3:
        top = x.max(axis=1)
        columns += [((top - x.min(axis=1)) / np.maximum(top, 1e-3)).mean(axis=(1, 2)), *x.mean(axis=(2, 3)).T]
    return np.concatenate([np.stack(columns, axis=1), _sixteenths(grey)], axis=1).astype(np.float64).round(6)


def _laplacian(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """σ of [0 1 0; 1 -4 1; 0 1 0] * x; of a picture below 3 × 3 it is 0."""
    if min(grey.shape[1:]) < 3:
        return np.zeros(len(grey), np.float32)
    middle = grey[:, 1:-1, 1:-1]
    sums = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    deviation: NDArray[np.float32] = (sums - 4 * middle).std(axis=(1, 2))
    return deviation


def _noise(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    if min(grey.shape[1:]) < 3:
        return np.zeros(len(grey), np.float32)
    rows = grey[:, :-2] - 2 * grey[:, 1:-1] + grey[:, 2:]
    both = rows[:, :, :-2] - 2 * rows[:, :, 1:-1] + rows[:, :, 2:]
    sigma: NDArray[np.float32] = np.abs(both).mean(axis=(1, 2)) * np.float32(np.sqrt(np.pi / 2) / 6)
    return sigma


def _centre(mass: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the mass lies along its axis, (m,); in the middle where there is none."""
    at = (np.arange(mass.shape[1], dtype=np.float32) + 0.5) / mass.shape[1]
    total = mass.sum(axis=1)
    return np.where(total > 1e-6, mass @ at / np.maximum(total, 1e-6), np.float32(0.5))


def _sixteenths(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    edges = [np.arange(GRID) * n // GRID for n in grey.shape[1:]]
    sums = np.add.reduceat(np.add.reduceat(grey, edges[0], axis=1), edges[1], axis=2)
    counts = [np.maximum(np.diff([*edge, n]), 1) for edge, n in zip(edges, grey.shape[1:], strict=True)]
    means: NDArray[np.float32] = (sums / np.outer(*counts)).reshape(len(grey), -1).astype(np.float32)
    return means
