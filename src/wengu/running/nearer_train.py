"""A training set brought nearer to dev, where a setting asks for it, by drawing or by changing it.         [notes 15.8]

    --weigh-like-dev    examples come the oftener the more they look like dev's (practice.importance, training.order)
    --nearer            pictures are blurred, lit, made noisy as dev's are (recipes/nearer.py)

Both are functions of the data alone, so that a run that is resumed, or trained by several processes, finds the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.practice import effective_size, importance_weights
from wengu.recipes.describe import Described, described, pixels_of, together
from wengu.recipes.nearer import ORDER, Made, Nearer, plain, strengths_of
from wengu.recipes.task import Task
from wengu.training import weighted

if TYPE_CHECKING:
    from wengu.recipes.settings import Training


NEARER = ("nearer", "weigh_like_dev")
"""The settings that ask for it."""
SOURCES = ("train", "train-dev")


def nearer_to_dev(task: Task, chosen: Training) -> Task:
    """The task as its settings ask for it. Raises InputError where it cannot be done with examples of its kind."""
    if getattr(chosen, "weigh_like_dev", False):
        task = _weighed(task, chosen)
    return task if getattr(chosen, "nearer", "none") == "none" else _changed(task, chosen.nearer)  # type: ignore[attr-defined]


def _weighed(task: Task, chosen: Training) -> Task:
    if task.trainer is not None or task.order is not None:
        raise InputError(say("weigh_like_dev: {recipe} has an order of examples of its own; leave it out",
                             recipe=task.recipe))
    dev = described(task, "dev")
    weights = {} if dev is None else {name: _weights(task, name, dev) for name in SOURCES if name in task.sets}
    if "train" not in weights:
        raise InputError(say("weigh_like_dev: nothing is known of the examples of {recipe} by which they could be "
                             "weighed; leave it out", recipe=task.recipe))
    w = weights["train"]
    sure = say("training examples are drawn as dev's look: {m} of them drawn so tell as much as {n} drawn evenly",
               n=f"{effective_size(w):,.0f}", m=f"{len(w):,}")
    order = weighted(w.tolist(), chosen.batch_size, seed=chosen.seed)
    drawn = {name: _some(one) for name, one in weights.items()}
    return replace(task, order=order, drawn=drawn, notes=(*task.notes, sure))


def _weights(task: Task, name: str, dev: Described) -> NDArray[np.float64]:
    every = described(task, name, every=True)
    assert every is not None, "of a kind with dev"  # noqa: S101  # for the types
    return importance_weights(every.features, dev.features, groups=together(every, dev))


def _changed(task: Task, kind: str) -> Task:
    train, dev = (pixels_of(task, name) for name in ("train", "dev"))
    if train is None or dev is None:
        raise InputError(say("nearer: it changes pictures alone, and {recipe} has none; leave it out, and draw "
                             "examples that look like dev's more often: --weigh-like-dev", recipe=task.recipe))
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
    """The task with train as it was drawn and made: its error is of that, and dev is compared with it.

    So is train-dev: it is what would have been trained on.
    """
    sets = dict(task.sets)
    for name in SOURCES:
        if name in task.drawn:
            sets[name] = sets[name].take(task.drawn[name])
        if name in sets and task.made is not None:
            sets[name] = replace(sets[name], examples=Made(sets[name].examples, task.made))
    return replace(task, sets=sets)


def _some(weights: NDArray[np.float64]) -> tuple[int, ...]:
    """As many as they would be as sure as, by chance according to their weights, none twice; in their own order.

    Source: Efraimidis & Spirakis 2006, Information Processing Letters 97(5): those of the largest log(u)/w.
    """
    chance = np.random.default_rng(seed_for(0, "drawn")).random(len(weights))
    keys = np.log(chance) / np.maximum(weights, 1e-12)
    return tuple(np.sort(np.argsort(-keys)[: max(1, round(effective_size(weights)))]).tolist())
