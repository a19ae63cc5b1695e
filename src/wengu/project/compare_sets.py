"""Whether the sets of a task are from one distribution: dev as train, when a run ends, test as dev, once opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wengu.adviser.set_comparison import SetComparison
from wengu.practice import TwoSamples, effective_size, importance_weights
from wengu.recipes.describe import Described, described, pixels_of, together, told_apart
from wengu.recipes.nearer import plain, strengths_of
from wengu.recipes.task import Task

AT_THE_END = (("train", "dev"), ("train-dev", "dev"))
ONCE_OPENED = (("dev", "test"),)


def compare_sets(
    task: Task, pairs: Iterable[tuple[str, str]] = AT_THE_END, *, sealed: bool = False
) -> tuple[SetComparison, ...]:
    """Those pairs of its sets that there are; none where nothing is known of such examples.

    Only what goes into the model is looked at, never a label; of a test set that is `sealed` no example is named.
    """
    pairs = [pair for pair in pairs if all(len(task.sets.get(name, ())) for name in pair)]
    seen = {name: described(task, name) for name in dict.fromkeys(name for pair in pairs for name in pair)}
    found = []
    for a, b in pairs:
        one, other = seen[a], seen[b]
        if one is not None and other is not None:
            told = told_apart(one, other)
            ids = tuple([task.sets[name].ids[i] for i in part.index] for name, part in ((a, one), (b, other)))
            compared = SetComparison.of(a, b, told, (ids[0], ids[1]))
            found.append(_with_remedies(compared, task, one, other, told) if compared.differ and b == "dev"
                         else compared)
            if sealed and b == "test":
                found[-1] = replace(found[-1], unlike=())
    return tuple(found)


def _with_remedies(
    compared: SetComparison, task: Task, a: Described, b: Described, told: TwoSamples
) -> SetComparison:
    """What would bring the one set nearer to the other, and how far, before it is tried."""
    weights = importance_weights(a.features, b.features, groups=together(a, b))
    compared = replace(compared, effective=round(effective_size(weights[told.rows[0]]), 1))
    pixels, wanted = (pixels_of(task, name) for name in (compared.a, compared.b))
    if pixels is None or wanted is None:
        return compared
    change = strengths_of(pixels, wanted)
    return replace(compared, nearer=plain(change.strengths), removed=round(change.removed, 3))
