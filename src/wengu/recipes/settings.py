"""What can be set in every recipe, and in those that the loop trains: flat, explicit, with defaults.

    Common < Training < Classification < the Settings of a recipe, in its file;  those that need no loop: Common alone

Every field is a flag of `wengu fit`, a key of a TOML file and a keyword of `wengu.fit`. No torch here, so that
`wengu fit --help` answers at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wengu.core.checks import InputError, at_least, fraction, one_of, positive
from wengu.core.i18n import say
from wengu.practice.yardstick import Yardstick

if TYPE_CHECKING:
    from wengu.recipes.network import Network

Optim = Literal["sgd", "momentum", "rmsprop", "adam", "adamw"]
Decay = Literal["constant", "by-epoch", "exponential", "epoch-power", "step-power", "staircase", "cosine"]
Init = Literal["auto", "small", "scaled", "he", "xavier"]
FREEZE = r"auto|none|all-but-(last|[1-9]\d*)|\d+"


# What only some of the rules take.
_TAKERS = {
    "beta1": ("momentum", "adam", "adamw"),
    "beta2": ("rmsprop", "adam", "adamw"),
    "decay_rate": ("by-epoch", "exponential", "epoch-power", "step-power", "staircase"),
    "decay_power": ("epoch-power", "step-power"),
    "decay_every": ("staircase",),
}


def setting(default: Any, help: str) -> Any:
    """A field with its default and the words that `--help` shows for it."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, kw_only=True)
class Common:
    """The settings that every recipe has, a trainer of its own included."""

    HUMAN_IS_A_RATE: ClassVar[bool] = False  # else any number, as of BLEU

    data: str = setting("", "What to learn from.")

    network: str = setting("", "The network.")

    seed: int = setting(0, "Decides initial weights, order of batches, dropout and augmentation.")

    split_seed: int = setting(0, "Decides which examples are train, dev and test.")

    split: str = setting(
        "", "A file that says which example is in which set: split.csv of a run, or what `wengu data split` writes of "
        "pictures."
    )

    device: str = setting("cpu", "Where to train: cpu, cuda, cuda:1, mps.")

    human: float | str | None = setting(
        None, "Human error on the same task, such as 0.05, or 5/100 where it was counted; bias is judged against it."
    )

    worth: float | None = setting(
        None, "The least gap that matters, such as 0.005 for half a point of error; by default a point, or less."
    )

    level: float | None = setting(None, "How often intervals hold what they are of; by default 0.95.")

    def __post_init__(self) -> None:
        at_least("seed", self.seed, 0)
        at_least("split_seed", self.split_seed, 0)
        given = Yardstick(self.human, self.worth, self.level).checked(rate=self.HUMAN_IS_A_RATE)
        object.__setattr__(self, "human", given.human)

    def by_rule(self, network: Network) -> dict[str, Any]:
        """The settings that were left to the network or the optimiser, and what these make of them."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Training(Common):
    """How the loop trains any network."""

    LR: ClassVar[Mapping[str, float]] = {}  # α that suits each optimiser, unless the network has its own
    WEIGHT_DECAY: ClassVar[Mapping[str, float]] = {}
    MOST_EPOCHS: ClassVar[int] = 60  # where they are left to the size of the training set

    epochs: int | None = setting(
        None,
        "Passes over the training set, if early stopping does not come first; by default as many as its size needs.",
    )

    train_examples: int | None = setting(
        None, "Train on so many of the training examples alone, classes in their shares; 100 of them are among the 200."
    )

    batch_size: int = setting(64, "Examples in a mini-batch; the ragged last one is kept.")

    optim: Optim = setting("adamw", "The optimiser; `wengu explain adam` and the like show the formula.")

    lr: float | None = setting(None, "Learning rate α, before decay; by default one that suits the optimiser.")

    beta1: float | None = setting(None, "Average of gradients (momentum, adam, adamw): 0.9, about ten steps long.")

    beta2: float | None = setting(None, "Average of squared gradients (rmsprop 0.9; adam, adamw 0.999).")

    decay: Decay = setting("cosine", "How α falls, by epochs but for step-power; cosine ends at 0.")

    decay_rate: float | None = setting(
        None, "by-epoch: α0/(1 + rate·epoch), 1; exponential: the base, 0.95; powers: k, 1; staircase: the factor, 0.5."
    )

    decay_power: float | None = setting(None, "epoch-power and step-power: k/n^power, by default 1.")

    decay_every: int | None = setting(None, "staircase: epochs on each stair, by default 10.")

    warm_up: float = setting(
        0.0, "Epochs at the start over which α grows to its value; the decay has those that are left."
    )

    weight_decay: float | None = setting(
        None, "Decoupled weight decay: W <- (1 - α · weight_decay) W before each step; by default with adamw alone."
    )

    l2: float = setting(0.0, "L2 term of the cost: + l2/2 ‖W‖², biases left out; l2 is the notes' λ/m.")

    l1: float = setting(0.0, "L1 term of the cost: + l1/2 ‖W‖₁, which makes weights exactly 0; l1 is the notes' λ/m.")

    init: Init = setting("auto", "Initial weights; auto is the network's own.")

    clip: float | None = setting(
        None, "The longest gradient that is stepped on, by its norm; a longer one is cut to it."
    )

    ema: float = setting(
        0.0, "β of an exponential moving average of the weights, which is then judged and kept: 0.999; 0 is none."
    )

    micro_batch: int | None = setting(
        None, "Examples through the network at once, where a mini-batch is too large for memory; same gradient."
    )

    weigh_like_dev: bool = setting(
        False, "Draw training examples more often the more they look like dev's, of pictures and of tables; labels "
        "take no part."
    )

    from_: str = setting(
        "", "Begin with the layers of a trained network: a run's folder, a .safetensors file, or none."
    )

    freeze: str | int = setting(  # held as text
        "auto", "With --from, what stays as it is: none, all-but-last, all-but-3 (the last 3 blocks train; a plain "
        "layer counts as one), the lowest K, or auto, by how much data."
    )

    precision: Literal["auto", "fp32", "bf16"] = setting(
        "auto", "Numbers to compute with; auto measures whether bf16, and channels last, are faster; weights stay fp32."
    )

    compile: bool = setting(False, "Fuse kernels by torch.compile: a few percent faster, after a minute of compiling.")

    non_finite: Literal["stop", "skip"] = setting(
        "stop", "A mini-batch whose cost or gradient is not finite: stop and name its examples, or skip it and count."
    )

    patience: int = setting(8, "Early stopping: epochs without a better dev value before training ends.")

    monitor: Literal["cost", "metric"] = setting("cost", "The dev value that early stopping goes by.")

    def __post_init__(self) -> None:
        super().__post_init__()
        limits = {"epochs": 1, "train_examples": 1, "batch_size": 1, "micro_batch": 1, "patience": 1, "decay_every": 1,
                  "weight_decay": 0, "l2": 0, "l1": 0, "warm_up": 0}
        for name, low in limits.items():
            if getattr(self, name) is not None:
                at_least(name, getattr(self, name), low)
        if self.epochs is not None and self.warm_up > self.epochs:
            raise InputError(say("warm_up: expected at most the {epochs} {epochs:epoch|epochs} of training, got "
                                 "{got:g}: α would never be reached", epochs=self.epochs, got=self.warm_up))
        for name in ("lr", "decay_rate", "decay_power", "clip"):
            if getattr(self, name) is not None:
                positive(name, getattr(self, name))
        if self.decay in ("exponential", "staircase") and (self.decay_rate or 0) > 1:
            raise InputError(say("decay_rate: expected at most 1 with {decay}, so that α falls, got {got}",
                                 decay=self.decay, got=self.decay_rate))
        one_of("non_finite", self.non_finite, ("stop", "skip"))
        if not re.fullmatch(FREEZE, str(self.freeze), re.ASCII):
            raise InputError(say("freeze: expected auto, none, all-but-last, all-but-3 for the last three blocks, or "
                                 "how many of the lowest, got {got}", got=self.freeze))
        if str(self.freeze) != "auto" and not self.transfers:
            raise InputError(say("freeze: there is nothing to freeze without --from; give a run or a .safetensors "
                                 "file, or leave it out"))
        for name in ("beta1", "beta2", "dropout", "ema"):
            if getattr(self, name, None) is not None:
                fraction(name, getattr(self, name))
        for name, takers in _TAKERS.items():
            rule = self.decay if name.startswith("decay") else self.optim
            if getattr(self, name) is not None and rule not in takers:
                raise InputError(say("{name}: {rule} does not take it; {takers} would", name=name, rule=rule,
                                     takers=", ".join(takers)))

    @property
    def transfers(self) -> bool:
        """Whether it may begin with the layers of another network."""
        return self.from_ not in ("", "none")

    def by_rule(self, network: Network) -> dict[str, Any]:
        lr = (network.lr or self.LR).get(self.optim) if self.lr is None else self.lr
        if lr is None:
            raise InputError(say("lr: neither network nor recipe knows one for {optim}; give it", optim=self.optim))
        decay = self.WEIGHT_DECAY.get(self.optim, 0.0) if self.weight_decay is None else self.weight_decay
        ruled = {"lr": lr, "weight_decay": decay}
        return {name: value for name, value in ruled.items() if getattr(self, name) is None}


@dataclass(frozen=True, kw_only=True)
class Classification(Training):
    """How the loop trains a network that tells classes."""

    HUMAN_IS_A_RATE: ClassVar[bool] = True

    metric: Literal["error", "macro-f1", "balanced-accuracy"] = setting(
        "error", "What the model is judged by; the last two count every class alike, however rare it is."
    )

    label_smoothing: float = setting(
        0.0, "ε of the labels: y <- (1-ε) y + ε/C, so that no score has to grow without end; 0.1 is usual."
    )

    class_weights: Literal["none", "balanced"] = setting(
        "none", "What an error costs by its class: balanced has every class count alike, however rare it is."
    )

    balanced_batches: bool = setting(False, "Mini-batches with as many examples of every class; rare ones repeat.")

    def __post_init__(self) -> None:
        super().__post_init__()
        fraction("label_smoothing", self.label_smoothing)
        if self.class_weights != "none" and self.balanced_batches:
            raise InputError(say("class_weights: balanced mini-batches have made the classes count alike already; "
                                 "leave one of the two out"))


def epochs_for(m: int, *, most: int) -> int:
    """How many epochs m training examples get unless told otherwise: enough to see 1,500,000, from 10 to `most`.

    >>> [epochs_for(m, most=40) for m in (3_600, 50_000, 1_000_000)]
    [40, 30, 10]
    """
    return max(10, min(most, 1_500_000 // m))


def shown(kind: type[Common]) -> list[Field[Any]]:
    """The settings of a kind in the order in which they are shown: data first, and last what every recipe has.

    >>> [one.name for one in shown(Common)]
    ['data', 'network', 'seed', 'split_seed', 'split', 'device', 'human', 'worth', 'level']
    """
    common = {one.name for one in fields(Common)} - {"data", "network"}
    return sorted(fields(kind), key=lambda one: (one.name in common, one.name not in ("data", "target")))
