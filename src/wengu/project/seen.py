"""What a run's network sees of dev's pictures, for the report: where its errors come from, and what its layers give.

A network that averages over places has class activation maps, in one pass; of any other a grey square tells, in many.
There is nothing where the examples are no pictures, the model is not there, or it gives no scores of classes, and no
more maps after SECONDS: a report is not to take longer than what it tells of. A network of one's own is looked at when
it was trained, and not when `wengu diagnose` makes the report again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from wengu.core.batches import read
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.layers import shapes
from wengu.recipes.new_pictures import png
from wengu.recipes.own_network import unowned
from wengu.recipes.task import Task
from wengu.report.parts.gallery import SeenMaps
from wengu.report.parts.layers import SeenLayer, SeenLayers
from wengu.running.load import load
from wengu.training.evaluation import device_of
from wengu.vision.interpret import (
    around_grey,
    class_activation_map,
    enlarged,
    filter_pictures,
    heat,
    occlusion_map,
    tiled,
)
from wengu.vision.interpret.passes import LayerOutput, passed

SECONDS = 5.0
AT_ONCE = 8  # pictures between two looks at the clock
WIDE = 32  # pixels of a map's longer side; the browser draws what is between
LAYERS, SHOWN, ACROSS = 6, 16, 8  # layers of a network, filters of a layer, and of them in a row


class Seen:
    """Of one run: `model` is its network, loaded where that is not given and something is asked for."""

    def __init__(self, run: RunFolder, task: Task | None, model: nn.Module | None = None) -> None:
        self.run, self.task, self.model = run, task, model

    def errors(self, ids: Sequence[str], taken_for: Sequence[str]) -> SeenMaps | None:
        """The maps of dev's examples with these ids for the classes they were taken for."""
        if self.task is None or self.task.classes is None or "dev" not in self.task.sets:
            return None
        known = {name: c for c, name in enumerate(self.task.classes)}
        place = {i: k for k, i in enumerate(self.task.sets["dev"].ids)}
        there = [(i, known[name]) for i, name in zip(ids, taken_for, strict=True) if i in place and name in known]
        x = self._pictures([place[i] for i, _ in there])
        if x is None or self._net is None:
            return None
        kind, maps = _maps(self._net, x, torch.tensor([c for _, c in there], device=x.device))
        return kind, {i: png(heat(one)) for (i, _), one in zip(there, maps, strict=False) if float(one.max()) > 0}

    def layers(self) -> SeenLayers | None:
        """What convolutions look for, what they give for dev's first picture, and how much of it a number sees."""
        x = self._pictures([0])
        with suppress(Exception):  # a network of one's own may raise anything
            if self.task is not None and x is not None and self._net is not None:
                return SeenLayers(self.task.sets["dev"].ids[0], _picture(x[0]), tuple(x.shape[2:]),
                                  _layers(self._net, x))
        return None

    def _pictures(self, places: list[int]) -> Tensor | None:
        """Pictures of dev, as the network takes them and where it is."""
        if self.task is None or "dev" not in self.task.sets or not places:
            return None
        x = read(self.task.sets["dev"].examples, torch.tensor(places))[0]
        return x.to(device_of(self._net)) if isinstance(x, Tensor) and x.dim() == 4 and self._net is not None else None

    @cached_property
    def _net(self) -> nn.Module | None:
        """The run's network, where it can be made here; one's own is not imported to look at a run."""
        if self.model is not None:
            return self.model
        with suppress(InputError, OSError, ImportError):
            unowned(self.run.facts())
            return getattr(load(self.run.path, warn=lambda text: None), "model", None)
        return None


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


def _layers(net: nn.Module, x: Tensor) -> list[SeenLayer]:
    """From the first convolution to the last; those of 1 × 1 only where there are no others, as they have no shape."""
    last = {one.name: one for one in passed(net, x)[0] if isinstance(one.layer, nn.Conv2d) and one.has_places}
    wide = [one for one in last.values() if one.layer.get_parameter("weight")[0, 0].numel() > 1] or list(last.values())
    fields = {one.name: one.field.size for one in shapes(net, tuple(x.shape[1:])).layers}
    chosen = dict.fromkeys(round(k * (len(wide) - 1) / (LAYERS - 1)) for k in range(LAYERS)) if wide else {}
    return [_layer(net, wide[k], fields.get(wide[k].name, ())) for k in chosen]


def _layer(net: nn.Module, one: LayerOutput, field: tuple[float, ...]) -> SeenLayer:
    n, h, w = one.given.shape[1:]
    maps = one.given[:1, :SHOWN].float()
    if max(h, w) > WIDE:
        maps = F.adaptive_avg_pool2d(maps, (max(1, h * WIDE // max(h, w)), max(1, w * WIDE // max(h, w))))
    filters = filter_pictures(net, one.name)[:SHOWN]
    return SeenLayer(one.name, (n, h, w), field, _sheet(filters), _sheet(around_grey(maps[0])), len(filters))


def _sheet(pictures: NDArray[np.uint8]) -> bytes:
    """Pictures (n, h, w) or (n, h, w, 3) beside one another; between them one looks through, whatever is behind."""
    colours = pictures if pictures.ndim == 4 else np.repeat(pictures[..., None], 3, axis=3)
    return png(tiled(np.insert(colours, 3, 255, axis=3), columns=ACROSS))


def _picture(x: Tensor) -> bytes:
    """One of one or three channels as a PNG, its darkest value black and its brightest white; else nothing."""
    if len(x) not in (1, 3):
        return b""
    x = x.float().cpu()
    pixels = (255 * (x - x.min()) / (x.max() - x.min()).clamp(min=1e-12)).round().to(torch.uint8)
    return png(pixels[0].numpy() if len(x) == 1 else pixels.permute(1, 2, 0).numpy())
