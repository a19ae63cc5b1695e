"""Classes of uneven size: in the cost, where a rare one counts more, or in the mini-batches, where it comes as often.

    --class-weights balanced     J = (1/m) Σ_i w_(y_i) ℒ^(i),  w_c = m / (C m_c)          (practice/class_weights.py)
    --balanced-batches           ⌊B/C⌋ examples of each class in every mini-batch          (training/order.py, of_each)

Either has the model answer as if the classes were equally frequent, so its probabilities are of such a world. The
metric stays what it is: the error of a set whose classes are uneven may well rise; macro-f1 and balanced-accuracy are
what this is for. The cost of dev is weighted and smoothed as that of train is, so that the two can be compared.

Source: He & Garcia 2009, "Learning from Imbalanced Data", IEEE TKDE 21(9), 3.1 (sampling) and 3.2 (costs).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.functional import one_hot

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.functions import cross_entropy, label_smoothing_by_hand
from wengu.practice import balanced_class_weights
from wengu.recipes.settings import Classification
from wengu.recipes.task import Task
from wengu.training import of_each


@dataclass(frozen=True)
class ClassLoss:
    """Cross-entropy with smoothed labels and weights of classes (C,), as a loss_fn.

    >>> loss = ClassLoss(0.1)
    >>> y = torch.tensor([0, 1])
    >>> round(loss.least(y, classes=2), 4), loss(torch.zeros(2, 2), y)
    (0.1985, tensor(0.6931))
    """

    label_smoothing: float = 0.0
    weight: Tensor | None = None

    def __call__(self, z: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(z, y, weight=self.weight, label_smoothing=self.label_smoothing)

    def least(self, y: Tensor, *, classes: int) -> float:
        """The least cost of these labels (m,), that of the best scores: log(w_j q_j), q the smoothed labels."""
        q = label_smoothing_by_hand(one_hot(y.long().cpu(), classes).double(), self.label_smoothing)
        best = q if self.weight is None else q * self.weight
        return self(best.log().clamp_min(-1e9), y.long().cpu()).item()


def class_loss(settings: Classification, labels: ArrayLike, classes: int) -> ClassLoss:
    """Cross-entropy as the settings have it, with the weights of classes that training `labels` (m,) ask for."""
    balanced = settings.class_weights == "balanced"
    return ClassLoss(settings.label_smoothing,
                     torch.from_numpy(balanced_class_weights(labels, classes)) if balanced else None)


def with_balanced_batches(task: Task, settings: Any) -> Task:
    """The task with mini-batches that have as many of each class, where its settings ask for them."""
    if not getattr(settings, "balanced_batches", False):
        return task
    if task.trainer is not None or task.order is not None or getattr(settings, "weigh_like_dev", False):
        raise InputError(say("balanced_batches: the examples are drawn in another order already; leave one of the two "
                             "out"))
    labels = [int(one) for one in task.sets["train"].truth]
    classes = min(len(set(labels)), settings.batch_size)
    order = of_each(labels, classes=classes, examples=max(1, settings.batch_size // classes), seed=settings.seed)
    return replace(task, order=order)
