"""Transfer learning: begin with the layers of a trained network, and train as many as the data allows.    [notes 5.3]

    loaded          W^[l], b^[l] of every layer that fits by name and shape, and the buffers it was learned under (μ, σ)
    reinitialised   the heads, by name; without any the last layer, where the classes are others. A head of one layer
                    begins with W = 0, b = 0, where the cost is ln C: trained layers give larger numbers than fresh
                    ones, and random scores of those would first have to be unlearned. Scores behind a ReLU, as
                    SqueezeNet's, begin with b = 1: it gives no gradient at 0, and softmax does not see the shift
    then            unfreezing.py says what trains when: the last layer, the last few, or all, by how much data there is

Names may differ: `renamed` gives a weight of the source the name that it has here, such as one under a prefix.

Transfer from A to B fits where both have the same input format, A has far more data than B, and what A's lower layers
see is of use for B. All three are looked at, and what fails is said (transfer_fits.py).

Source: Yosinski et al. 2014, arXiv:1411.1792: the lower a layer, the more general what it learns.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from wengu.core.checks import InputError, at_least, known_shapes, one_of
from wengu.core.files import sha256
from wengu.core.i18n import say
from wengu.core.regular_file import check_regular
from wengu.core.run_folder import RunFolder
from wengu.layers.summary import numbered_layers
from wengu.training.checkpoint import load_best, tensors_in
from wengu.training.levels import are_blocks, in_words, is_within
from wengu.training.preflight_parts.check import few
from wengu.training.transfer_fits import Fits, features_of, fits
from wengu.training.transfer_values import short, value_of
from wengu.training.unfreezing import UnfreezeSchedule, planned

MOST_NAMED = 12  # layers


@dataclass(frozen=True)
class PretrainedWeights:
    """Weights by name, and what is known of their origin: a run's facts, or nothing."""

    path: Path
    weights: Mapping[str, Tensor]
    facts: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""  # of the one file that holds them

    @classmethod
    def read(cls, path: str | Path, *, warn: Callable[[str], None] | None = None) -> PretrainedWeights:
        """A run folder, at its best dev point, or a .safetensors file; nothing is unpickled.

        Raises InputError where there is neither, and for a file that is damaged or no safetensors.
        """
        path = Path(path).expanduser()
        if not path.exists():
            raise InputError(say("from: there is no {path}; give a run folder or a .safetensors file", path=path))
        if path.is_dir():
            run = RunFolder.open(path)
            weights, _ = load_best(path / "checkpoints", warn=warn or warnings.warn)
            return cls(path, weights, run.facts())
        if path.suffix != ".safetensors":
            raise InputError(say("from: expected a run folder or a .safetensors file, got {path}; other formats are "
                                 "pickles, which can run code: save it again with safetensors.torch.save_file",
                                 path=path))
        try:
            check_regular(path)
            weights = tensors_in(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise InputError(say("from: {path} cannot be read: {error}", path=path, error=error)) from None
        return cls(path, weights, sha256=sha256(path))


@dataclass(frozen=True)
class Transferred:
    """What was done: the plan, the layers loaded and those reinitialised, and all of it in words."""

    plan: UnfreezeSchedule
    path: Path
    loaded: tuple[str, ...]
    reinitialised: tuple[str, ...]
    why: str  # so much is frozen
    notes: tuple[str, ...]
    sha256: str = ""  # of the file of the weights
    fits: Fits | None = None

    def to_dict(self) -> dict[str, Any]:
        """What run.json says of it; `unfreezing.schedule_of_run` makes the plan again."""
        levels = self.plan.levels[:self.plan.frozen]
        return {"from": str(self.path), "loaded": list(self.loaded), "reinitialised": list(self.reinitialised),
                "frozen": [level.name for level in levels], "gradual": self.plan.gradual,
                "ratio": self.plan.ratio, "heads": list(self.plan.heads),
                "unit": self.plan.unit, "why": self.why,
                **({"sha256": self.sha256} if self.sha256 else {}),
                **({"fits": self.fits.to_dict()} if self.fits else {})}


def transfer(
    model: nn.Module,
    source: PretrainedWeights | str | Path,
    *,
    examples: int | None = None,
    classes: Sequence[str] = (),
    freeze: str | int = "auto",
    heads: Sequence[str] = (),
    renamed: Callable[[str], str] = str,
    spec: Mapping[str, Any] | None = None,
    seen: tuple[Tensor, Tensor] | None = None,
) -> Transferred:
    """Give the model the layers of the source that fit, in place, and say which are to train.

    model      that of B, the task to learn
    source     a run folder or a .safetensors file of A, or what `PretrainedWeights.read` made of it
    examples   how many B has to train on
    classes    those of B
    freeze     "none", every layer trains from the start; "all-but-last"; "all-but-3", the last three blocks alone
               train, a layer of a plain chain counts as one; K, the lowest K never train; "auto", by the examples a
               class; without classes by the examples
    heads      the modules that are reinitialised, by name; all others must fit. They train and freeze as one
    renamed    the name here of a weight of the source, as with lambda name: f"backbone.{name}"
    spec       B's recipe's, where it has one
    seen       some of B's training examples with the numbers of their classes, so that it is looked at whether what A's
               lower layers give helps

    Then train with `optimizer=Adam(done.plan.groups(weight_decay_groups(model), lr=lr), lr=lr)` and
    `unfreeze=done.plan.at`.

    Raises InputError for a source that cannot be read or does not fit, and says how; for a head that there is not; for
    K that leaves no layer to train.

    >>> a, b = (nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, classes)) for classes in (5, 2))
    >>> done = transfer(b, PretrainedWeights(Path("a"), a.state_dict()), examples=12, classes=("cat", "dog"))
    >>> torch.equal(a[0].weight, b[0].weight), done.reinitialised, done.plan.gradual
    (True, ('2',), True)
    """
    if examples is None:  # how much data there is decides nothing then
        freeze = "none" if freeze == "auto" else freeze
    else:
        at_least("examples", examples, 1)
    known_shapes(model)
    if not isinstance(source, PretrainedWeights):
        source = PretrainedWeights.read(source)
    layers = list(numbered_layers(model))
    modules = {name for name, _ in model.named_modules()}
    if isinstance(heads, str):
        raise InputError(say("heads: expected a tuple of names, got {got}", got=repr(heads)))
    for name in heads:
        one_of("heads", name, sorted(modules - {""}))
    if all(is_within(name, heads) for name in layers):
        raise InputError(say("heads: expected at least one layer outside them, to be loaded, got {got}, which are all "
                             "that the network has", got=", ".join(heads)))
    plan, why = planned(model, freeze, examples=examples or 0, classes=len(classes), heads=tuple(heads))
    there = _renamed(source.weights, renamed)
    fresh, notes = _load(model, replace(source, weights=there), layers, classes, heads)
    plan.at(1)
    features = features_of(model, *seen) if seen and not heads else None
    suits, unfit = fits(source.facts, spec or {}, examples or 0, features)
    notes = (*notes, why, *_in_blocks(plan), *unfit)
    return Transferred(plan, source.path, tuple(name for name in layers if name not in fresh), fresh, why, notes,
                       source.sha256, suits)


def _in_blocks(plan: UnfreezeSchedule) -> tuple[str, ...]:
    """Which levels there are and which train, where they are more than the layers that were named already."""
    names = [level.name for level in plan.levels]
    if not are_blocks(plan.levels[:-1] if plan.heads else plan.levels):
        return ()
    told = say("{n} {n:block|blocks} from the bottom: {names}", n=len(names), names=in_words(names))
    if plan.gradual:
        return (say("{told}; one more trains in each epoch, from the top, all from epoch {epoch} on", told=told,
                    epoch=len(names) - plan.frozen),)
    return (say("{told}; these train: {trained}", told=told, trained=in_words(names[plan.frozen:])),)


def _renamed(weights: Mapping[str, Tensor], renamed: Callable[[str], str]) -> dict[str, Tensor]:
    """The weights by their names here. Raises InputError for what is no name, and for one name of two weights."""
    of: dict[str, str] = {}
    for name in weights:
        if not isinstance(here := renamed(name), str):
            raise InputError(say("renamed: expected a name for {name}, got {got}; give a name that the network has not "
                                 "to leave it out", name=name, got=here))
        if here in of:
            raise InputError(say("renamed: expected another name for every weight, got {here} for both {a} and {b}",
                                 here=here, a=of[here], b=name))
        of[here] = name
    return {here: weights[name] for here, name in of.items()}


def _load(
    model: nn.Module, source: PretrainedWeights, layers: Sequence[str], classes: Sequence[str], heads: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Copy what fits; the layers that are reinitialised, and what was done in words."""
    own: dict[str, Tensor] = {name: t for name, t in model.state_dict().items() if isinstance(t, Tensor)}
    learned, there, path = dict(model.named_parameters()), source.weights, source.path

    def of_last(name: str) -> bool:
        return is_within(name, heads) if heads else name.rpartition(".")[0] == layers[-1]

    if not learned.keys() & there.keys():
        raise InputError(say("from: no layer of {path} fits: it has {theirs}, the network has {own}", path=path,
                             theirs=few(list(there)) or say("nothing"), own=few(list(learned))))
    differ = [name for name in own if name in there and there[name].shape != own[name].shape]
    lacking = [name for name in learned if name not in there]
    if wrong := [name for name in (*differ, *lacking) if not of_last(name)]:
        may = ", ".join(heads) or say("the last layer, {last},", last=layers[-1])
        raise InputError(say("from: {path} is of another network or of another input format: {names}; only {may} may "
                             "differ", path=path, may=may,
                             names=few([_difference(name, there, own) for name in wrong])))
    others = bool(classes) and source.facts.get("spec", {}).get("classes", list(classes)) != list(classes)
    fresh = bool(heads) or others or any(map(of_last, (*differ, *lacking)))
    loaded = [name for name in own if name in there and not (fresh and of_last(name))]
    if not any(name in learned for name in loaded):
        raise InputError(say("from: no layer of {path} can be loaded: the last layer is the only one that fits, and "
                             "its classes are different", path=path))
    rectified = any(getattr(module, "rectifies_scores", False) for module in model.modules())
    values = {name: value_of(there[name], own[name], name, path) for name in loaded}
    with torch.no_grad():
        for name, value in values.items():
            own[name].copy_(value)
        for head in (heads or layers[-1:]) if fresh else ():
            of_head = {name: w for name, w in learned.items() if is_within(name, (head,))}
            if sum(w.dim() > 1 for w in of_head.values()) == 1:  # one layer's weights, not γ and β, nor several layers
                for w in of_head.values():
                    w.fill_(float(rectified and w.dim() == 1))
    reinitialised = tuple(name for name in layers
                          if fresh and (is_within(name, heads) if heads else name == layers[-1]))
    kept = [name for name in layers if name not in reinitialised]
    notes = [say("from {path}: {n} of {total} {total:layer|layers} loaded: {names}",
                 path=path, n=len(kept), total=len(layers),
                 names=", ".join(kept) if len(kept) <= MOST_NAMED else few(kept))]
    if fresh:
        notes.append(say("reinitialised, as asked: {last}", last=", ".join(heads)) if heads else
                     say("reinitialised, because the classes are different: {last}", last=layers[-1]))
    if others_in := sorted({f"{short(there[name])} -> {short(own[name])}" for name in loaded
                            if there[name].dtype != own[name].dtype}):
        notes.append(say("converted, to what the network computes in: {types}", types=", ".join(others_in)))
    if buffers := [name for name in loaded if name not in learned]:
        notes.append(say("{names} are loaded too, not measured on this data: the layers learned with them",
                         names=few(buffers)))
    if rest := [name for name in there if name not in own]:
        notes.append(say("left out, as the network has no place for it: {names}", names=few(rest)))
    return reinitialised, tuple(notes)


def _difference(name: str, there: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str:
    here = " × ".join(map(str, own[name].shape))
    if name not in there:
        return say("{name} {here} is missing", name=name, here=here)
    return say("{name} is {theirs}, here {here}", name=name, here=here,
               theirs=" × ".join(map(str, there[name].shape)))
