"""What the network learned: every weight with its shape and count.                                         [notes 3.1]

Read from the head of the checkpoint's safetensors: neither torch nor the network's code is needed.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from wengu.adviser.report_parts.wording import percent
from wengu.core.run_folder import RunFolder
from wengu.core.words import say

MEASURED = ("mean", "std", "running_mean", "running_var", "num_batches_tracked")  # kept with the weights, not learned


def parameters(run: RunFolder) -> dict[str, Any]:
    """The section, of the checkpoint of the best step, or the newest where there is no best."""
    tensors = _tensors(run)
    learned = {name: shape for name, shape in tensors.items() if name.rpartition(".")[2] not in MEASURED}
    counts = {name: math.prod(shape) for name, shape in learned.items()}
    total = sum(counts.values())
    largest = max(counts, key=lambda name: counts[name], default="")
    return {
        "title": say("Parameters"),
        "look": say("{share} of all parameters are in {name}: that is where regularisation has most to hold.",
                    share=percent(counts[largest] / total, 0), name=largest) if total else "",
        "columns": [say("name"), say("shape"), say("count"), say("share")],
        "rows": [(name, _shape(learned[name]), f"{n:,}", percent(n / total)) for name, n in counts.items()],
        "total": total if tensors else None,
        "total_words": (say("all learned parameters"), "", f"{total:,}", ""),
        "measured": [(name, _shape(shape), f"{math.prod(shape):,}", say("not learned"))
                     for name, shape in tensors.items() if name not in learned],
        "nothing": say("No checkpoint is left that can be read."),
    }


def _tensors(run: RunFolder) -> dict[str, tuple[int, ...]]:
    """Names and shapes, in the order of the layers as far as their numbers tell."""
    folder, best = run.path / "checkpoints", run.facts().get("best_step")
    newest = sorted((int(path.name) for path in folder.glob("*") if path.name.isdigit()), reverse=True)
    for step in ([best] if best is not None else []) + newest:
        try:
            return _read(folder / str(step) / "model.safetensors")
        except (OSError, SafetensorError):
            continue
    return {}


def _read(path: Path) -> dict[str, tuple[int, ...]]:
    with safe_open(path, framework="numpy") as file:
        return {name: tuple(file.get_slice(name).get_shape()) for name in sorted(file.keys(), key=_in_order)}


def _in_order(name: str) -> list[tuple[int, str]]:
    """Sorts layers.2 before layers.10, and a weight before its bias."""
    parts = re.split(r"(\d+)", name.replace("weight", "a weight").replace("bias", "b bias"))
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts if part]


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1"
