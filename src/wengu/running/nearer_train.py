"""A training set brought nearer to dev, where a setting asks for it, by drawing or by changing it.         [notes 15.8]

    --weigh-like-dev    examples come the oftener the more they look like dev's (practice.importance, training.order)
    --nearer            pictures are blurred, lit, made noisy as dev's are (recipes/nearer.py)

Both are functions of the data alone, so that a run that is resumed, or trained by several processes, finds the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.practice import effective_size, importance_weights
from wengu.recipes.describe import described, pixels_of, together
from wengu.recipes.nearer import ORDER, Made, Nearer, plain, strengths_of
from wengu.recipes.task import Task
from wengu.training import weighted

if TYPE_CHECKING:
    from wengu.recipes.settings import Training


def nearer_to_dev(task: Task, chosen: Training) -> Task:
    """The task as its settings ask for it. Raises InputError where it cannot be done with examples of its kind."""
    if getattr(chosen, "weigh_like_dev", False):
        task = _weighed(task, chosen)
    return task if getattr(chosen, "nearer", "none") == "none" else _changed(task, chosen.nearer)  # type: ignore[attr-defined]


def _weighed(task: Task, chosen: Training) -> Task:
    if task.trainer is not None or task.order is not None:
        raise InputError(say("weigh_like_dev: {recipe} has an order of examples of its own; leave it out",
                             recipe=task.recipe))
    train, dev = described(task, "train", every=True), described(task, "dev")
    if train is None or dev is None:
        raise InputError(say("weigh_like_dev: nothing is known of the examples of {recipe} by which they could be "
                             "weighed; leave it out", recipe=task.recipe))
    weights = importance_weights(train.features, dev.features, groups=together(train, dev))
    sure = say("training examples are drawn as dev's look: as sure as {n} of {m} drawn alike",
               n=f"{effective_size(weights):,.0f}", m=f"{len(weights):,}")
    order = weighted(weights.tolist(), chosen.batch_size, seed=chosen.seed)
    return replace(task, order=order, notes=(*task.notes, sure))


def _changed(task: Task, kind: str) -> Task:
    train, dev = (pixels_of(task, name) for name in ("train", "dev"))
    if train is None or dev is None:
        raise InputError(say("nearer: expected pictures, got none; leave it out"))
    kinds = ORDER if kind == "auto" else tuple(one for one in ORDER if one == kind)
    found = strengths_of(train, dev, kinds)
    if not found.strengths:
        return replace(task, notes=(*task.notes, say("training pictures stay as they are: {kinds} would not bring them "
                                                     "nearer to dev", kinds=", ".join(kinds))))
    change, own = Nearer(found.strengths), task.augment
    said = say("training pictures are changed to look like dev: {strengths}, {share:.0%} of what differs",
               strengths=plain(found.strengths), share=found.removed)

    def both(batch: Batch) -> Batch:
        return change(batch if own is None else own(batch))

    return replace(task, augment=both, made=Nearer(found.strengths, vary=False), notes=(*task.notes, said))


def as_trained(task: Task) -> Task:
    """The task with its training set as it was made: dev is compared with that, and so is its error."""
    if task.made is None:
        return task
    train = task.sets["train"]
    return replace(task, sets={**task.sets, "train": replace(train, examples=Made(train.examples, task.made))})
