"""The files in which trained weights are published, each as tensors by the names that the file gives them.

    torch             torch.save's, read as tensors alone
    pickled arrays    {layer: [W, b]}                                                                (array_pickle.py)
    hdf5              Keras 3's, layer/vars/0 and layer/vars/1, with h5py

    TensorFlow        W (f_H, f_W, n_in, n_out)
    torch             W (n_out, n_in, f_H, f_W)

What learned from blue, green, red has its first filters turned round, so that they fit red, green, blue.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data import PublishedWeights
from wengu.data.array_pickle import read_array_pickle

COLOURS = 3


def read_weights(file: Path, known: PublishedWeights) -> dict[str, Tensor]:
    """The weights in the file of an entry. Raises InputError for one that cannot be read, and without the package."""
    if known.format == "torch":
        return _of_torch(file)
    layers = _of_hdf5(file) if known.format == "hdf5" else _pickled(file)
    weights: dict[str, Tensor] = {}
    for name, w, b in layers:
        w = np.moveaxis(w, (3, 2), (0, 1)) if w.ndim == 4 else w.T
        if known.bgr and w.ndim == 4 and w.shape[1] == COLOURS:
            w = w[:, ::-1]
        weights |= {f"{name}.weight": torch.from_numpy(w.copy()), f"{name}.bias": torch.from_numpy(b.copy())}
    return weights


Layers = Iterator[tuple[str, "np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]]  # name, W, b


def _of_torch(file: Path) -> dict[str, Tensor]:
    try:
        held: dict[str, Tensor] = torch.load(file, weights_only=True, map_location="cpu")
        return held
    except Exception as error:  # torch raises what its reader happens to meet
        raise _unreadable(file, str(error).splitlines()[0]) from None


def _pickled(file: Path) -> Layers:
    held = read_array_pickle(file)
    if not isinstance(held, dict) or not all(map(_is_layer, held.values())):
        raise _unreadable(file, say("expected W and b of each layer"))
    yield from ((str(name), w, b) for name, (w, b) in held.items())


def _is_layer(value: Any) -> bool:
    return (isinstance(value, list | tuple) and len(value) == 2
            and all(isinstance(one, np.ndarray) and one.dtype == np.float32 for one in value))


def _of_hdf5(file: Path) -> Layers:
    try:
        import h5py
    except ImportError as error:
        raise InputError(say("weights: {file} is read with h5py, which is not installed: pip install 'wengu[hdf5]'",
                             file=file.name)) from error
    found: list[tuple[str, Any, Any]] = []

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and {"0", "1"} <= set(item.keys()) and name.endswith("/vars"):
            found.append((name.removesuffix("/vars"), item["0"][...], item["1"][...]))

    try:
        with h5py.File(file, "r") as held:
            held.visititems(visit)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise _unreadable(file, error) from None
    yield from found


def _unreadable(file: Path, error: object) -> InputError:
    return InputError(say("weights: {file} cannot be read: {error}", file=file, error=error))
