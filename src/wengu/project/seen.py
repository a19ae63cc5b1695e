"""What spoke for the class that a picture was wrongly taken for: a small map for each error that the report shows.

A network that averages over places has class activation maps, in one pass; of any other a grey square tells, in many.
There is none where the examples are no pictures, the model is not there, or it gives no scores of classes, and none
after SECONDS: a report is not to take longer than what it tells of. A network of one's own is looked at when it was
trained, and not when `wengu diagnose` makes the report again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import torch
from torch import Tensor, nn

from wengu.core.batches import read
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes.new_pictures import png
from wengu.recipes.own_network import unowned
from wengu.recipes.task import Task
from wengu.report.parts.gallery import SeenMaps
from wengu.running.load import load
from wengu.training.evaluation import device_of
from wengu.vision.interpret import class_activation_map, enlarged, heat, occlusion_map

SECONDS = 5.0
AT_ONCE = 8  # pictures between two looks at the clock
WIDE = 32  # pixels of a map's longer side; the browser draws what is between


def seen_by(run: RunFolder, task: Task | None, model: nn.Module | None = None) -> Callable[..., SeenMaps | None]:
    """Gives the maps of dev's examples with these ids for the classes they were taken for; `model` is the run's."""

    def seen(ids: Sequence[str], taken_for: Sequence[str]) -> SeenMaps | None:
        if task is None or task.classes is None or "dev" not in task.sets:
            return None
        dev, known = task.sets["dev"], {name: c for c, name in enumerate(task.classes)}
        place = {i: k for k, i in enumerate(dev.ids)}
        there = [(i, known[name]) for i, name in zip(ids, taken_for, strict=True) if i in place and name in known]
        x = None if not there else read(dev.examples, torch.tensor([place[i] for i, _ in there]))[0]
        if not isinstance(x, Tensor) or x.dim() != 4:
            return None
        net = _model_of(run) if model is None else model
        if net is None:
            return None
        x, c = x.to(device_of(net)), torch.tensor([c for _, c in there], device=device_of(net))
        kind, maps = _maps(net, x, c)
        return kind, {i: png(heat(one)) for (i, _), one in zip(there, maps, strict=False) if float(one.max()) > 0}

    return seen


def _maps(net: nn.Module, x: Tensor, classes: Tensor) -> tuple[str, list[Tensor]]:
    """CAM or occlusion, and a map for each picture, as far as the time goes."""
    longest = max(x.shape[2:])
    size = tuple(max(1, round(n * min(1, WIDE / longest))) for n in x.shape[2:])
    end = time.monotonic() + SECONDS
    for kind, method, at_once in (("CAM", class_activation_map, AT_ONCE), ("occlusion", occlusion_map, 1)):
        maps: list[Tensor] = []
        try:
            for first in range(0, len(x), at_once):
                if time.monotonic() > end:
                    break
                part = slice(first, first + at_once)
                maps += enlarged(method(net, x[part], classes[part]).float(), (size[0], size[1])).cpu()
        except Exception:  # a network of one's own may raise anything; then there is no map
            continue
        return kind, maps
    return "", []


def _model_of(run: RunFolder) -> nn.Module | None:
    """The run's network, where it can be made here; one's own is not imported to look at a run."""
    with suppress(InputError, OSError, ImportError):
        unowned(run.facts())
        return getattr(load(run.path, warn=lambda text: None), "model", None)
    return None
