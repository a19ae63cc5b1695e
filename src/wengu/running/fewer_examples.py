"""`--train-examples N`: a part of the training set, the same for everybody, each within the larger one.

    order      within each class by chance, from the seed of the split; the k-th of m_c stands at (k + ½)/m_c, the first
               of each class at 0; groups stay together, by chance
    part       the first N of the order, so that 100 are among the 200, and classes keep their shares

What is measured of the inputs of the whole training set, such as their mean, stays as it is. dev and test stay too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.seeds import seed_for
from wengu.recipes.task import Split, Task


def fewer_examples(task: Task, n: int | None, *, seed: int) -> Task:
    """The task with n of its training examples, or at most n where groups stay together; all of them for None.

    Raises InputError for more than there are, for fewer than classes, and where the recipe orders its own mini-batches.
    """
    if n is None:
        return task
    train = task.sets["train"]
    classes = len(task.classes or ()) or 1
    if task.order is not None or task.trainer is not None:
        raise InputError(say("train_examples: {recipe} orders the whole training set into mini-batches; leave it out",
                             recipe=task.recipe))
    if not classes <= n <= len(train):
        raise InputError(say("train_examples: expected from {least} to the {most} {most:training example|training "
                             "examples} there, got {got}", least=classes, most=f"{len(train):,}", got=f"{n:,}"))
    place = ordered(train, of_classes=task.classes is not None, seed=seed)[:n]
    if train.groups is not None:
        place = _whole_groups(place, train.groups, n)
    part = train.take(sorted(place))
    notes = task.notes
    if len(counts := Counter(part.sources)) > 1:
        notes = (*notes, say("trained on: {counts}", counts=say(", ").join(
            say("{n:,} of {source}", n=counts[source], source=source) for source in sorted(counts))))
    return replace(task, sets={**task.sets, "train": part}, notes=notes)


def ordered(train: Split, *, of_classes: bool, seed: int) -> list[int]:
    """The places of the training examples in the order in which they are taken."""
    rng = np.random.default_rng(seed_for(seed, "fewer"))
    m = len(train)
    if train.groups is not None:
        of = np.unique(np.array(train.groups), return_inverse=True)[1]
        rank = rng.permutation(int(of.max()) + 1)[of]
        return np.lexsort((np.arange(m), rank)).tolist()  # type: ignore[no-any-return]
    label = np.unique(np.asarray(train.truth), return_inverse=True)[1] if of_classes else np.zeros(m, dtype=np.int64)
    chance = rng.permutation(m)
    key = np.empty(m)
    for k in range(int(label.max(initial=0)) + 1):
        of_class = np.flatnonzero(label == k)
        rank = np.argsort(np.argsort(chance[of_class]))
        key[of_class] = np.where(rank == 0, 0.0, (rank + 0.5) / max(len(of_class), 1))
    return np.lexsort((chance, key)).tolist()  # type: ignore[no-any-return]


def _whole_groups(place: list[int], groups: tuple[str, ...], n: int) -> list[int]:
    """Without the group that is not there as a whole, unless it is the only one."""
    last = groups[place[-1]]
    if sum(group == last for group in groups) == sum(groups[i] == last for i in place):
        return place
    return [i for i in place if groups[i] != last] or place
