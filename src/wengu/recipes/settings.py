"""What can be set in a recipe: flat, explicit, with defaults. Every field is a flag of `wengu fit`, a key of a TOML file and
a keyword of `wengu.fit`. No torch here, so that `wengu fit --help` answers at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decay = Literal["constant", "cosine"]
Augment = Literal["auto", "none", "shift", "shift+flip"]


@dataclass(frozen=True, kw_only=True)
class Training:
    """How any network is trained."""

    epochs: int = 30
    "Passes over the training set, if early stopping does not come first."

    batch_size: int = 64
    "Examples in a mini-batch; the ragged last one is kept."

    lr: float = 1e-3
    "Learning rate α, at the start."

    decay: Decay = "cosine"
    "How α falls: constant (not at all) or cosine (to 0 at the last epoch)."

    weight_decay: float = 0.0
    "L2 in the gradient of every weight: g + weight_decay · w."

    patience: int = 8
    "Early stopping: epochs without a better dev value before training ends."

    monitor: Literal["cost", "error"] = "cost"
    "The dev value that early stopping goes by."

    seed: int = 0
    "Decides initial weights, order of batches, dropout and augmentation."

    split_seed: int = 0
    "Decides which examples are train, dev and test."

    device: str = "cpu"
    "Where to train: cpu, cuda, cuda:1, mps."

    human: float | None = None
    "Human error on the same task, such as 0.05; bias is judged against it."


@dataclass(frozen=True, kw_only=True)
class Pictures(Training):
    """Pictures sorted into classes."""

    network: Literal["lenet5"] = "lenet5"
    "The network: lenet5."

    data: str = "sample"
    "A folder with a folder of pictures for each class, or a name from `wengu data list`."

    keep_prob: float = 0.5
    "Dropout in the fully connected layers: the chance that a unit is kept; 1 is none."

    augment: Augment = "auto"
    "Changes to training pictures: shift (up to 2 pixels), shift+flip (mirrored too), none; auto asks the data set."


@dataclass(frozen=True, kw_only=True)
class Table(Training):
    """Rows of a table sorted into classes."""

    epochs: int = 200
    lr: float = 1e-2
    patience: int = 20

    network: Literal["softmax", "logistic"] = "softmax"
    "The model: softmax (any number of classes) or logistic (two)."

    data: str = ""
    "A CSV or TSV file with a header."

    target: str = ""
    "The column that holds the class."

    ignore: tuple[str, ...] = ()
    "Columns to leave out."


RECIPES: dict[str, type[Pictures] | type[Table]] = {"pictures": Pictures, "table": Table}
"The recipes: one a task."

NETWORKS: dict[str, str] = {"lenet5": "pictures", "softmax": "table", "logistic": "table"}
"A network's name stands for its recipe: `wengu fit lenet5` is `wengu fit pictures --network lenet5`."
