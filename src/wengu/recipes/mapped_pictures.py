"""Pictures that are mapped from a file as a torch Dataset: a mini-batch is read when it is asked for, and not before.

    DataLoader(MappedPictures(pictures, index), batch_size=64, shuffle=True)

The file is shared: the system holds as much of it in memory as there is room, for all processes once. Of the set
itself only its labels are held, and which pictures it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset, default_collate

from wengu.core.batches import Batch, in_memory
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data import Pictures
from wengu.data.pixel_file import mapped
from wengu.layers import InputNormalisation

Example = tuple[Tensor, Tensor]  # a picture uint8 (channels, height, width), and its class int64 ()


def examples_of(pictures: Pictures, index: NDArray[np.intp]) -> Dataset[Batch]:
    """The pictures of these places with their classes: read from their file where they are mapped, else in memory."""
    if pictures.kept is not None:
        return MappedPictures(pictures, index)
    return in_memory((torch.from_numpy(pictures.pixels[index]), torch.from_numpy(pictures.labels[index])))


def normalisation_of(pictures: Pictures, index: NDArray[np.intp]) -> InputNormalisation:
    """By μ and σ of the pictures of these places; mapped ones are not read, for their sums are known."""
    if pictures.kept is not None:
        sums = pictures.kept.sums[index].sum(axis=0)  # (channels, 2)
        return InputNormalisation.of_sums(sums.tolist(), len(index) * pictures.size[0] * pictures.size[1])
    return InputNormalisation.of(torch.from_numpy(pictures.pixels[index]))


class MappedPictures(Dataset[Example]):
    """The pictures of these places; `pictures` come from the store (`wengu.data`), which maps what is large.

    `fingerprint` distinguishes it from other sets without reading it: by the content of the files that were decoded.
    """

    def __init__(self, pictures: Pictures, index: NDArray[np.intp]) -> None:
        if pictures.kept is None:
            raise InputError(say("pictures: expected pictures mapped from a file, got pictures in memory; index those"))
        self.pixels, self.index = pictures.kept.pixels, np.asarray(index, np.int64)
        self.labels = torch.from_numpy(pictures.labels[self.index])
        self.marks = pictures.kept.sums[self.index]  # what tells a picture from a changed one without reading it
        rests_on = pictures.kept.key.encode(), self.index.tobytes(), self.labels.numpy().tobytes()
        self.fingerprint = hashlib.sha256(b"".join(rests_on)).hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, i: int) -> Example:
        picture, label = self.__getitems__([i])[0]
        return picture, label

    def __getitems__(self, indices: Sequence[int]) -> PictureRows:
        """The examples of these indices, read at once."""
        chosen = np.asarray(indices, np.int64)
        pixels = np.take(self.pixels.view(np.ndarray), self.index[chosen], axis=0)
        return PictureRows(torch.from_numpy(pixels), self.labels[torch.from_numpy(chosen)])

    def collate(self, rows: Sequence[Example]) -> Example:
        """The mini-batch of such examples: pictures (B, channels, height, width), classes (B,)."""
        if isinstance(rows, PictureRows):
            return rows.pictures, rows.labels
        pictures, labels = default_collate(list(rows))
        return pictures, labels

    def __getstate__(self) -> dict[str, Any]:
        """To another process goes the file's name and not its content."""
        return self.__dict__ | {"pixels": self.pixels.filename}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"pixels": mapped(Path(state["pixels"]))}


class PictureRows(Sequence[Example]):
    """Examples that lie together in memory already, so that a mini-batch of them need not be copied again."""

    def __init__(self, pictures: Tensor, labels: Tensor) -> None:
        self.pictures, self.labels = pictures, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return PictureRows(self.pictures[i], self.labels[i])
        return self.pictures[i], self.labels[i]
