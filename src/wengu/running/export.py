"""A finished run as an ONNX file, which anybody's program can use: no wengu, no torch.

    RUN/model.onnx    inputs (batch, ...) by name -> outputs; metadata: recipe, network, classes, spec, task, wengu

Before it is written, onnxruntime answers 1, 2 and 7 examples of dev, or random ones where the data is gone:

    |onnxruntime's - the network's| <= 1e-4 max |the network's|        for every output

float32 has 7 digits, and two libraries that add in another order differ in the last two or three of them; a wrong
operation is off by far more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wengu.core.batches import leaves, read
from wengu.core.checks import FailedError, InputError
from wengu.core.files import write_whole
from wengu.core.i18n import say
from wengu.core.machine import installed
from wengu.core.printable import printable
from wengu.core.run_folder import RunFolder
from wengu.core.seeds import seed_for
from wengu.recipes.own_import import one_line_errors
from wengu.running.export_int8 import Quantised, quantised
from wengu.running.load import LoadedModel, load, task_of
from wengu.running.onnx_graph import BATCH, Answering, to_onnx
from wengu.training.evaluation import evaluating

NEEDED = ("onnx", "onnxscript", "onnxruntime")
SIZES = (1, 2, 7)  # examples at once
TOLERANCE = 1e-4  # of the largest number in an output
LONGER = 3  # of what else is free, from one batch of random inputs to the next


@dataclass(frozen=True)
class Value:
    """An input or output of the graph; what is free in its shape has a name."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]

    def __str__(self) -> str:
        return f"{self.name}  {self.dtype} ({', '.join(map(str, self.shape))})"


@dataclass(frozen=True)
class Exported:
    """What was written, and how near onnxruntime's answers are to the network's.

    `difference` is the largest in the output that is furthest off, `scale` the largest number in that one, `checked_on`
    the set whose examples were answered, empty for random ones.
    """

    path: Path
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    difference: float
    scale: float
    checked_on: str
    notes: tuple[str, ...] = ()
    int8: Quantised | None = None

    def __str__(self) -> str:
        sizes = ", ".join(map(str, SIZES))
        on = (say("batches of {sizes} from {set}", sizes=sizes, set=self.checked_on) if self.checked_on else
              say("batches of {sizes}, random", sizes=sizes))
        return "\n".join((
            f"{printable(self.path)}   {self.path.stat().st_size / 1e6:.2f} MB",
            *(say("in    {value}", value=value) for value in self.inputs),
            *(say("out   {value}", value=value) for value in self.outputs),
            say("onnxruntime answers as the network does: at most {difference:.1e} apart, where "
                "numbers reach {scale:.3g} ({on})",
                difference=self.difference, scale=self.scale, on=on),
            *((str(self.int8),) if self.int8 else ()),
        ))


@one_line_errors()
def export(
    path: str | Path,
    to: str | Path | None = None,
    *,
    force: bool = False,
    network: str = "",
    int8: bool = False,
    warn: Callable[[str], None] | None = None,
) -> Exported:
    """Write the run's network as an ONNX file, after onnxruntime gave the network's own answers.

    path: the run's folder. to: the file, by default model.onnx in that folder. force: replace a file that is there.
    network: as in `load`, where a network of one's own has moved. int8: write a second file, FILE.int8.onnx, in whole
    numbers of 8 bits (export_int8.py), and what it costs on dev. warn: is told of damaged checkpoints that were passed
    over, by default Python's warnings.

    Raises InputError where there is nothing to export, the network has no ONNX form, or a package is missing (the extra
    `export`); FailedError where onnxruntime answers otherwise. Nothing is written then.
    """
    run = RunFolder.open(path)
    file = _place(run.path / "model.onnx" if to is None else Path(to).expanduser(), force=force)
    whole = file.with_name(f"{file.stem}.int8.onnx")
    if int8:
        _place(whole, force=force)
    loaded = load(path, network=network, warn=warn)
    if not isinstance(loaded, LoadedModel):
        raise InputError(say("{path}: {recipe} has its own way of training, and what it makes has no ONNX form",
                             path=path, recipe=run.facts()["recipe"]))
    answering = Answering(loaded.restored)
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise InputError(say("exporting needs {missing}; install: pip install 'wengu[export]'",
                             missing=", ".join(missing)))
    facts = run.facts()
    content = to_onnx(answering, name=re.sub(r"\W+", "_", Path(facts["network"]).name), facts=_metadata(facts, loaded))
    notes = []
    if facts.get("precision", "fp32") != "fp32":
        notes.append(say("trained in {precision}, exported in fp32: the weights are the same",
                         precision=facts["precision"]))
    try:
        checked_on, batches = _of_the_data(run, answering)
    except (InputError, OSError) as error:
        notes.append(say("the data is not at hand, so random inputs were answered ({error})", error=error))
        checked_on, batches = "", list(_random(answering))
    if int8 and not checked_on:
        raise InputError(say("--int8 takes its scales from pictures of train and is judged on dev, and the data is "
                             "not at hand: {notes}", notes=notes[-1]))
    session = _session(content)
    difference, scale = _compared(session, answering, batches)
    small = quantised(content, whole, task_of(run), answering) if int8 else None
    write_whole(file, content)
    inputs, outputs = (tuple(map(_value, values)) for values in (session.get_inputs(), session.get_outputs()))
    return Exported(file, inputs, outputs, difference, scale, checked_on, tuple(notes), small)


def _place(file: Path, *, force: bool) -> Path:
    """The file, where it can be written without a loss."""
    if file.is_dir():
        raise InputError(say("--to: {path} is a folder; name a file in it, such as {example}", path=file,
                             example=file / "model.onnx"))
    if not file.parent.is_dir():
        raise InputError(say("--to: there is no folder {folder}; make it, or name another", folder=file.parent))
    if file.exists() and not force:
        raise InputError(say("{path} is there already; replace it by --force, or name another file by --to", path=file))
    return file


def _metadata(facts: dict[str, Any], loaded: LoadedModel) -> dict[str, str]:
    """What somebody who has the file alone must know, and no path of this machine; all but names as JSON."""
    spec = {name: value for name, value in facts["spec"].items() if name != "own_network"}
    told = {"spec": spec, "files": facts.get("files") or None, "classes": loaded.classes}
    return {
        "recipe": facts["recipe"],
        "network": Path(facts["network"]).name,
        **{name: json.dumps(value, ensure_ascii=False) for name, value in told.items() if value is not None},
        **({"task": facts["task"]} if "task" in facts else {}),  # runs of format 1 have none
        "wengu": installed("wengu"),
    }


def _of_the_data(run: RunFolder, answering: Answering) -> tuple[str, list[list[Tensor]]]:
    """Batches of dev, or of train where there is none. Raises InputError or OSError where the data is gone."""
    sets = task_of(run).sets
    name = "dev" if "dev" in sets else next(iter(sets))
    batches, split, start = [], sets[name], 0
    for n in SIZES:
        batches.append(list(leaves(read(split.examples, torch.arange(start, start + n) % len(split))[0])))
        start += n
    for batch in batches:
        for tensor, (of, like) in zip(batch, answering.inputs.items(), strict=True):
            fixed = [d for d in range(like.dim()) if d not in answering.free[of]]
            if (tensor.dtype, tensor.dim()) != (like.dtype, like.dim()) or any(
                tensor.shape[d] != like.shape[d] for d in fixed
            ):
                raise InputError(say("{of}: those of {set} have another shape or type than the task's own example",
                                     of=of, set=name))
    return name, batches


def _random(answering: Answering) -> Iterator[list[Tensor]]:
    """Batches of numbers within the example's range, longer from one to the next where lengths are free."""
    generator = torch.Generator().manual_seed(seed_for(0, "export"))
    lengths = {name: leaf.shape[d] for of, leaf in answering.inputs.items() for d, name in answering.free[of].items()}
    for k, n in enumerate(SIZES):
        longer = {name: length + LONGER * k for name, length in lengths.items()}
        yield [_drawn(leaf, generator) for leaf in answering.sized(longer | {BATCH: n})]


def _drawn(like: Tensor, generator: torch.Generator) -> Tensor:
    if like.dtype == torch.uint8:
        return torch.randint(0, 256, like.shape, dtype=torch.uint8, generator=generator)
    if like.dtype == torch.bool or like.is_complex() or not like.numel():
        return like
    low, high = like.min(), like.max()
    if not like.is_floating_point():
        return torch.randint(int(low), int(high) + 1, like.shape, dtype=like.dtype, generator=generator)
    if low == high:
        return torch.randn(like.shape, dtype=like.dtype, generator=generator)
    return low + (high - low) * torch.rand(like.shape, dtype=like.dtype, generator=generator)


def _session(content: bytes) -> Any:
    """onnxruntime's, which says nothing beside its errors."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of many kinds, none of them public
        raise _cannot_run(error) from None


def _compared(session: Any, answering: Answering, batches: Sequence[Sequence[Tensor]]) -> tuple[float, float]:
    """(difference, scale) of the output that is furthest off. Raises FailedError where that is too far."""
    apart: dict[str, float] = {}
    scale: dict[str, float] = {}
    most: dict[str, float] = {}
    for batch in batches:
        with evaluating(answering):
            own = {name: answer.numpy() for name, answer in answering.answers(batch).items()}
        given = {name: tensor.numpy() for name, tensor in zip(answering.inputs, batch, strict=True)}
        try:
            found = dict(zip(own, session.run(list(own), given), strict=True))
        except Exception as error:
            raise _cannot_run(error) from None
        for name, expected in own.items():
            apart[name] = max(apart.get(name, 0.0), _difference(found[name], expected))
            numbers = np.abs(expected[np.isfinite(expected)].astype(np.float64))
            scale[name] = max(scale.get(name, 0.0), float(numbers.max(initial=0.0)))
            most[name] = TOLERANCE if np.issubdtype(expected.dtype, np.floating) else 0.0
    for name, difference in apart.items():
        if difference > most[name] * (scale[name] or 1.0):
            raise FailedError(say("onnxruntime does not answer as the network does: {name} is {difference:.2g} off, "
                                  "where numbers reach {scale:.2g} and {most:.0e} of that is what float32 may lose; "
                                  "nothing was written", name=name, difference=difference, scale=scale[name],
                                  most=TOLERANCE))
    furthest = max(apart, key=lambda name: apart[name] / (scale[name] or 1.0))
    return apart[furthest], scale[furthest]


def _difference(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> float:
    """The largest; NaN beside NaN, and an infinite number beside the same, are equal."""
    if found.shape != expected.shape:
        return float("inf")
    a, b = found.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        off = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    return float(np.nan_to_num(off, nan=np.inf, posinf=np.inf).max(initial=0.0))


def _cannot_run(error: Exception) -> FailedError:
    why = " ".join(str(error).split())
    return FailedError(say("onnxruntime cannot run what torch's exporter made, so nothing was written: {why}", why=why))


def _value(value: Any) -> Value:
    """As the session has it: name, "tensor(float)", ["batch", 10]."""
    kind = value.type.removeprefix("tensor(").removesuffix(")")
    return Value(value.name, {"float": "float32", "double": "float64"}.get(kind, kind), tuple(value.shape))
