"""A trained network as an ONNX graph, by torch's exporter.

    inputs (batch, ...) -> the network, its input normalisation first -> outputs;   of classes also their probabilities

The network's forward runs once on stand-ins, which have shapes and no numbers, and what is done with them is the graph.
So a forward that decides by the numbers themselves has none, nor has one that works for a single number of examples.
torch's notes within the graph name files and lines of this machine: they are taken out.

Source: the ONNX intermediate representation, https://onnx.ai/onnx/repo-docs/IR.html; torch.export; torch.onnx.export.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import itertools
import logging
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from wengu.core.batches import call, mapped
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.recipes.task import Restored
from wengu.training.evaluation import evaluating

MOST = 2**31 - 2**24  # bytes of weights: an ONNX file is a message of protobuf, which holds 2 GB
BATCH = "batch"
TORCH, CORE = Path(torch.__file__).parent, Path(inspect.getfile(call)).parent


class Answering(nn.Module):
    """The network behind one list of tensors, its inputs in the example's order; the answers have names.

    Raises InputError for inputs without an ONNX form, and where the task gives no example of them.
    """

    def __init__(self, restored: Restored) -> None:
        super().__init__()
        self.model, self.predict, self.classes = restored.model, restored.predict, restored.classes
        self.probabilities = restored.probabilities
        self.inputs = _inputs(restored)
        self.free = {name: {0: BATCH, **restored.inputs.get(name, {})} for name in self.inputs}
        self.dimensions = dict.fromkeys(name for free in self.free.values() for name in free.values())
        self._like = mapped(lambda leaf: leaf.new_empty(0), restored.example)

    def answers(self, tensors: Sequence[Tensor]) -> dict[str, Tensor]:
        """The outputs by name; of classes, and of questions, logits and probabilities."""
        following = iter(tensors)
        inputs = mapped(lambda _: next(following), self._like)
        outputs = call(self.model, inputs)
        found = named_tensors(outputs, "output" if self.classes is None and self.probabilities is None else "logits")
        if self.probabilities is not None:
            found["probabilities"] = self.probabilities(outputs)
        if self.classes is not None:
            column = self.predict(self.model, (inputs, None), outputs)
            if isinstance(column, Mapping) and isinstance(p := column.get("p"), Tensor):
                found["probabilities"] = p
        return {f"{name}_out" if name in self.inputs else name: tensor for name, tensor in found.items()}

    def forward(self, tensors: list[Tensor]) -> tuple[Tensor, ...]:
        """The answers in their order."""
        return tuple(self.answers(tensors).values())

    def sized(self, sizes: Mapping[str, int]) -> list[Tensor]:
        """The example repeated to these sizes of its free dimensions."""
        return [_repeated(leaf, {d: sizes[name] for d, name in self.free[of].items()})
                for of, leaf in self.inputs.items()]


def to_onnx(answering: Answering, *, name: str, facts: Mapping[str, str]) -> bytes:
    """The ONNX file; `facts` go into it as metadata.

    Raises InputError, with the reason in a line, where the network has no graph or is too large for a file.
    """
    size = sum(t.nbytes for t in itertools.chain(answering.parameters(), answering.buffers()))
    if size > MOST:
        raise InputError(say("the weights are {size:.1f} GB, and an ONNX file holds 2", size=size / 2**30))
    fixed = {k for leaf in answering.inputs.values() for k in leaf.shape}
    fresh = (k for k in itertools.count(3) if k not in fixed)  # torch takes 1 for fixed, and equal sizes for the same
    example = answering.sized({free: next(fresh) for free in answering.dimensions})
    try:
        with quiet(), evaluating(answering):
            graph = captured(answering, example)
            program: Any = torch.onnx.export(graph, dynamo=True, input_names=list(answering.inputs),
                                             output_names=list(answering.answers(example)), verbose=False)
            model = program.model_proto
    except InputError:
        raise
    except Exception as error:  # torch has many kinds
        why = reason(error)
        place = "" if why.endswith(")") else _length_taken(answering, example)  # of a size torch tells no line
        raise InputError(say("the network has no ONNX form: {reason}", reason=why + place)) from None
    _rename_dimensions(model.graph, answering)
    _take_out_notes(model.graph)
    for function in model.functions:
        _take_out_notes(function)
    model.graph.name = name
    for key, value in facts.items():
        model.metadata_props.add(key=key, value=value)
    file: bytes = model.SerializeToString()
    return file


def captured(answering: Answering, tensors: list[Tensor]) -> Any:
    """torch.export's program of it, every free dimension free."""
    dimensions = {name: torch.export.Dim(name) for name in answering.dimensions}
    shapes = [{d: dimensions[name] for d, name in answering.free[of].items()} for of in answering.inputs]
    return torch.export.export(answering, (tensors,), dynamic_shapes=(shapes,), strict=False)


def named_tensors(tree: Any, name: str, *, within: bool = False) -> dict[str, Tensor]:
    """Every tensor of a tree by a name of its own.

    >>> z = torch.zeros(1)
    >>> list(named_tensors((z, {"a": z}), "output")), list(named_tensors({"mask": z}, "output"))
    (['output_0', 'output_1_a'], ['mask'])
    """
    if isinstance(tree, Tensor):
        return {name: tree}
    if isinstance(tree, list):
        raise InputError(say("{name}: a list with an entry for each example has no ONNX form; tensors of one shape do",
                             name=name))
    if not isinstance(tree, Mapping | tuple):
        raise InputError(say("{name}: expected a tensor, or a tuple or dict of them, got {got}, which has no ONNX form",
                             name=name, got=type(tree).__name__))
    numbered = isinstance(tree, tuple) and not hasattr(tree, "_fields")
    parts = tree if isinstance(tree, Mapping) else dict(zip(getattr(tree, "_fields", range(len(tree))), tree,
                                                            strict=True))
    found: dict[str, Tensor] = {}
    for key, part in parts.items():
        found |= named_tensors(part, f"{name}_{key}" if numbered or within else str(key), within=True)
    return found


def _inputs(restored: Restored) -> dict[str, Tensor]:
    """The example's tensors by the names that the task gives, else by those of forward's parameters."""
    example = restored.example
    if example is None:
        raise InputError(say("this task gives no example of its inputs, without which nothing can be exported"))
    if type(example) is dict:
        return named_tensors(example, "input")
    parts = example if type(example) is tuple else (example,)
    names = list(restored.inputs) or _parameters(restored.model, len(parts))
    if len(names) != len(parts):
        raise InputError(say("inputs: expected a name for each of {n}, got {got}", n=len(parts), got=", ".join(names)))
    found: dict[str, Tensor] = {}
    for name, part in zip(names, parts, strict=True):
        found |= named_tensors(part, name, within=True)
    return found


def _parameters(model: nn.Module, n: int) -> list[str]:
    """The names of forward's first n parameters; of *inputs input_1, input_2 and so on."""
    own = [p.name for p in inspect.signature(model.forward).parameters.values()
           if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*own, *(f"input_{k}" for k in range(len(own), n))][:n]


def _repeated(leaf: Tensor, sizes: Mapping[int, int]) -> Tensor:
    for d, size in sizes.items():
        leaf = leaf.index_select(d, torch.arange(size) % leaf.shape[d])
    return leaf


def _rename_dimensions(graph: Any, answering: Answering) -> None:
    """s77, as torch calls a dimension, becomes batch."""
    ours: dict[str, str] = {}
    for value, free in zip(graph.input, answering.free.values(), strict=True):
        ours |= {value.type.tensor_type.shape.dim[d].dim_param: name for d, name in free.items()}
    for value in (*graph.input, *graph.output, *graph.value_info):
        for one in value.type.tensor_type.shape.dim:
            if one.dim_param:
                one.dim_param = re.sub(r"\w+", lambda word: ours.get(word[0], word[0]), one.dim_param)


def _take_out_notes(graph: Any) -> None:
    """metadata_props of all within: a stack trace for each operation, of this machine's files."""
    graph.ClearField("metadata_props")
    for kind in ("node", "input", "output", "value_info", "initializer"):
        for part in getattr(graph, kind):
            if not isinstance(part, str):  # of a function, inputs and outputs are names alone
                part.ClearField("metadata_props")
    for node in graph.node:
        for attribute in node.attribute:
            for below in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                _take_out_notes(below)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without what torch's exporter prints, logs and warns of."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()),
              contextlib.redirect_stderr(io.StringIO())):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def reason(error: BaseException) -> str:
    """Why torch's exporter refused, in a line: the page of text that it raises is for those who write exporters."""
    causes = [error]
    while before := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(before)
    if ours := next((cause for cause in causes if isinstance(cause, InputError)), None):
        return str(ours)
    kinds, text = {type(cause).__name__ for cause in causes}, str(causes[-1])
    if "GuardOnDataDependentSymNode" in kinds:
        words = say("its forward branches on the numbers in a tensor, as `if x.sum() > 0` does, and a graph cannot")
    elif fixed := re.search(r"Constraints violated \((\w+)", text):
        words = say("it works for one size of the dimension {name} only, and must for any; take sizes from x.shape: "
                    "len(x), int(..) of a size and a loop over examples are fixed in a graph", name=fixed[1])
    elif unknown := re.search(r"No ONNX function found for .*?op='([\w.:]+)'", text):
        words = say("ONNX has no operation for {operation}", operation=unknown[1])
    else:
        first = next((line.strip() for line in text.splitlines() if line.strip()), "")
        words = f"{type(causes[-1]).__name__}: {first}"
    return words + _where(causes)


def _length_taken(answering: Answering, example: Sequence[Tensor]) -> str:
    """Where forward takes len() of a tensor or loops over it, if it does."""
    places: list[str] = []

    class Lengths(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func in (Tensor.__len__, Tensor.unbind):  # which a loop takes
                places.append(_own_line(traceback.extract_stack()))
            return func(*args, **(kwargs or {}))

    with Lengths(), evaluating(answering):
        answering.answers(example)
    return next(filter(None, places), "")


def _own_line(frames: Sequence[traceback.FrameSummary]) -> str:
    """The innermost line of these that is the network's own code."""
    for frame in reversed(frames):
        file = Path(frame.filename)
        if file.is_file() and not ({TORCH, CORE} & {*file.parents}) and file != Path(__file__):
            return f" ({file}:{frame.lineno})"
    return ""


def _where(causes: Sequence[BaseException]) -> str:
    """The line of the network's own code, where there is one."""
    for cause in causes:
        if place := _own_line(traceback.extract_tb(cause.__traceback__)):
            return place
    return ""
