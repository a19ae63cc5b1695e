"""What can be set in a recipe: flat, explicit, with defaults.

Every field is a flag of `wengu fit`, a key of a TOML file and a keyword of `wengu.fit`. No torch here, so that
`wengu fit --help` answers at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from wengu.core.checks import InputError, at_least, one_of, positive
from wengu.core.words import say

Decay = Literal["constant", "cosine"]
Augment = Literal["auto", "none", "shift", "shift+flip"]


def setting(default: Any, help: str) -> Any:
    """A field with its default and the words that `--help` shows for it."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class Training:
    """How any network is trained."""

    epochs: int | None = setting(
        None,
        "Passes over the training set, if early stopping does not come first; by default as many as its size asks.",
    )

    batch_size: int = setting(64, "Examples in a mini-batch; the ragged last one is kept.")

    lr: float = setting(1e-3, "Learning rate α, at the start.")

    decay: Decay = setting("cosine", "How α falls: constant (not at all) or cosine (to 0 at the last epoch).")

    weight_decay: float = setting(
        0.0, "Decoupled weight decay: W <- (1 - α · weight_decay) W before each step of Adam."
    )

    patience: int = setting(8, "Early stopping: epochs without a better dev value before training ends.")

    monitor: Literal["cost", "error"] = setting("cost", "The dev value that early stopping goes by.")

    seed: int = setting(0, "Decides initial weights, order of batches, dropout and augmentation.")

    split_seed: int = setting(0, "Decides which examples are train, dev and test.")

    device: str = setting("cpu", "Where to train: cpu, cuda, cuda:1, mps.")

    human: float | None = setting(None, "Human error on the same task, such as 0.05; bias is judged against it.")

    def __post_init__(self) -> None:
        positive("lr", self.lr)
        for name in ("epochs", "batch_size", "patience"):
            at_least(name, 1 if getattr(self, name) is None else getattr(self, name), 1)
        for name in ("weight_decay", "seed", "split_seed"):
            at_least(name, getattr(self, name), 0)
        if self.human is not None and not 0 <= self.human <= 1:
            raise InputError(
                say("human: expected an error from 0 to 1, such as 0.05 for 5 %, got {got}", got=self.human)
            )


@dataclass(frozen=True, kw_only=True)
class Pictures(Training):
    """Pictures sorted into classes."""

    lr: float = setting(3e-3, "Learning rate α, at the start.")

    weight_decay: float = setting(
        0.05, "Decoupled weight decay: W <- (1 - α · weight_decay) W before each step of Adam."
    )

    network: Literal["lenet5"] = setting("lenet5", "The network: lenet5.")

    data: str = setting(
        "sample", "A folder with a folder of pictures for each class, or a name from `wengu data list`."
    )

    keep_prob: float = setting(0.8, "Dropout in the fully connected layers: the chance that a unit is kept; 1 is none.")

    augment: Augment = setting(
        "auto", "Changes to training pictures: shift (by a pixel), shift+flip (mirrored too), none, or auto."
    )


@dataclass(frozen=True, kw_only=True)
class Table(Training):
    """Rows of a table sorted into classes."""

    lr: float = setting(1e-2, "Learning rate α, at the start.")
    patience: int = setting(20, "Early stopping: epochs without a better dev value before training ends.")

    network: Literal["softmax", "logistic"] = setting("softmax", "softmax (any number of classes) or logistic (two).")

    data: str = setting("", "A CSV or TSV file with a header.")

    target: str = setting("", "The column that holds the class.")

    ignore: tuple[str, ...] = setting((), "Columns to leave out.")


# The recipes: one a task.
RECIPES: dict[str, type[Pictures] | type[Table]] = {"pictures": Pictures, "table": Table}

# A network's name stands for its recipe: `wengu fit lenet5` is `wengu fit pictures --network lenet5`.
NETWORKS = {"lenet5": "pictures", "softmax": "table", "logistic": "table"}


def epochs_for(m: int, *, most: int) -> int:
    """How many epochs m training examples get unless told otherwise: enough to see 1,500,000, from 10 to `most`.

    >>> [epochs_for(m, most=60) for m in (3_600, 50_000, 1_000_000)]
    [60, 30, 10]
    """
    return max(10, min(most, 1_500_000 // m))


def resolve(name: str) -> tuple[str, dict[str, str]]:
    """The recipe that a name stands for, and the settings that the name itself decides.

    >>> resolve("lenet5"), resolve("pictures")
    (('pictures', {'network': 'lenet5'}), ('pictures', {}))
    """
    one_of("recipe", name, [*RECIPES, *NETWORKS])
    return (NETWORKS[name], {"network": name}) if name in NETWORKS else (name, {})


def settings_of(recipe: str, values: Mapping[str, Any]) -> Pictures | Table:
    """The recipe's settings with these values, the rest by default.

    Raises InputError for a setting the recipe does not have, or a value of another kind than it takes.
    """
    hints = get_type_hints(RECIPES[recipe])
    return RECIPES[recipe](**{name: _typed(name, value, hints[one_of("setting", name, hints)])
                              for name, value in values.items()})


def _typed(name: str, value: Any, hint: Any) -> Any:
    """The value as its setting holds it: a path as text, 20 as 20.0; nothing is rounded, and 'no' is not False.

    >>> _typed("lr", 1, float), _typed("ignore", ["a"], tuple[str, ...]), _typed("epochs", None, int | None)
    (1.0, ('a',), None)
    """
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if value is None and NoneType in kinds:
        return None
    kind = kinds[0]
    if get_origin(kind) is Literal:
        return one_of(name, str(value), get_args(kind))
    if kind in (int, float) and isinstance(value, Integral if kind is int else Real) and value is not bool(value):
        return kind(value)
    if kind is str and isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if get_origin(kind) is tuple:
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list | tuple) and all(isinstance(one, str) for one in values):
            return tuple(values)
    expected = _kind_in_words(kind)
    raise InputError(say("{name}: expected {expected}, got {got!r}", name=name, expected=expected, got=value))


def _kind_in_words(kind: Any) -> str:
    if kind is int:
        return say("a whole number")
    if kind is float:
        return say("a number")
    return say("a list of names") if get_origin(kind) is tuple else say("text")
