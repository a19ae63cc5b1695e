"""The fastest format of a network, measured once on a machine and remembered, so that it is the same the next time.

    key    of machine, versions, threads, network and mini-batch: whatever decides which kernels run
    file   CACHE/formats/KEY.json, written whole: precision, memory format, gain

A stopwatch decides otherwise now and then, and with another format come other last digits. Where the cache cannot be
read or written it is measured each time. `wengu data clear formats` forgets what was measured.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor, nn

from wengu.core.batches import Batch, leaves
from wengu.core.files import write_whole
from wengu.core.machine import kernels, processor
from wengu.core.own_folder import is_trusted, make_own, own_cache
from wengu.core.regular_file import read_text
from wengu.training import ComputeFormat
from wengu.training.evaluation import device_of
from wengu.training.precision import MemoryFormat, Precision


def remembered(
    model: nn.Module, batch: Batch, measure: Callable[[], ComputeFormat], *, code: Mapping[str, bytes] | None = None
) -> ComputeFormat:
    """What was measured for this network and mini-batch on this machine, else what `measure` finds now.

    `code` is the user's own behind the network, which decides what it can be run in and is not seen in its layers.
    """
    file = folder() / f"{_key(model, batch, code or {})}.json"
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        if is_trusted(file.parent):  # another user would decide here how this one computes
            return _sound(json.loads(read_text(file)))
    found = measure()
    with suppress(OSError):
        make_own(file.parent)
        write_whole(file, json.dumps(asdict(found)))
    return found


def folder() -> Path:
    """Where the formats are kept; it need not exist yet."""
    return own_cache("formats")


def _sound(kept: Any) -> ComputeFormat:
    """Raises ValueError where the file holds something else."""
    form = ComputeFormat(kept["precision"], kept["memory_format"], kept["gain"])
    if form.precision not in get_args(Precision) or form.memory_format not in get_args(MemoryFormat):
        raise ValueError(form)
    if form.gain is not None and not isinstance(form.gain, float):
        raise ValueError(form)
    return form


def _key(model: nn.Module, batch: Batch, code: Mapping[str, bytes]) -> str:
    decides = *_decides(model, batch), *((name, hashlib.sha256(code[name]).hexdigest()) for name in sorted(code))
    return hashlib.sha256("\n".join(map(str, decides)).encode()).hexdigest()[:32]


def _decides(model: nn.Module, batch: Batch) -> Iterator[object]:
    """All that decides which kernels run, and how long they take."""
    device = device_of(model)
    yield from (torch.__version__, device.type, torch.get_num_threads(), kernels())
    yield os.environ.get("ONEDNN_MAX_CPU_ISA")
    yield torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    yield model  # as torch prints it: every layer with its options
    yield from ((name, tuple(w.shape), w.dtype) for name, w in model.named_parameters())
    yield from ((tuple(leaf.shape), leaf.dtype) for part in batch for leaf in leaves(part) if isinstance(leaf, Tensor))
