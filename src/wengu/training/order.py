"""In which order examples are trained on: which of them make a mini-batch, a function of (seed, epoch).    [notes 2.6]

    shuffled       the set shuffled and cut into X^{1}, X^{2}, ...: ⌈m/B⌉ mini-batches, the last one ragged:
                   m - B·(⌈m/B⌉ - 1) examples. B = m is batch gradient descent, B = 1 stochastic gradient descent
    by_length      examples of similar length together, so that little is padded; cut by tokens or by examples
    of_each        P classes × K examples in every mini-batch, for losses that mine pairs or triplets in it
    weighted       each example on average w times an epoch: drawn systematically, so ⌊w⌋ or ⌈w⌉ times
    consecutive    B streams side by side, each going on where it stood: for language models

An order is a function epoch -> indices of its mini-batches, epochs counted from 1. Every epoch has as many mini-batches
as the first. The order is a function of (seed, epoch) alone: a run that is resumed sees the mini-batches of one that
was never stopped.

Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 8.1.3: shuffled, so that a batch is a fair sample. The
ragged last batch is kept, so that every example is seen once an epoch. P × K: Hermans et al. 2017, arXiv:1703.07737.
Systematic resampling: Kitagawa 1996, Journal of Computational and Graphical Statistics 5(1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from wengu.core.checks import InputError, at_least, whole
from wengu.core.i18n import say
from wengu.core.seeds import seed_for

Order = Callable[[int], Sequence[Tensor]]
"An epoch's mini-batches: from its number, 1 the first, to the indices of each."


def mini_batches(m: int, size: int, *, seed: int, epoch: int) -> tuple[Tensor, ...]:
    """The indices of every mini-batch of one epoch, shuffled.

    Shapes: int64 (B,) each, the last (m - B·(⌈m/B⌉ - 1),). Raises InputError where m or size is below 1.

    >>> [len(batch) for batch in mini_batches(10, 4, seed=0, epoch=1)]
    [4, 4, 2]
    """
    at_least("m", m, 1)
    at_least("batch_size", size, 1)
    return torch.split(torch.randperm(m, generator=_generator(seed, epoch)), size)


def shuffled(m: int, size: int, *, seed: int = 0) -> Order:
    """`mini_batches` of every epoch.

    >>> order = shuffled(5, 2, seed=1)
    >>> [len(batch) for batch in order(1)], order(1)[0].tolist() == order(1)[0].tolist()
    ([2, 2, 1], True)
    """
    at_least("m", m, 1)
    at_least("batch_size", size, 1)
    return lambda epoch: mini_batches(m, size, seed=seed, epoch=epoch)


def by_length(
    lengths: Sequence[int] | Tensor, *, tokens: int | None = None, size: int | None = None, seed: int = 0
) -> Order:
    """Mini-batches of similar lengths, of at most `tokens` places (the longest times how many) or `size` examples.

    Examples of one length change places from epoch to epoch, and the mini-batches come in another order; where they are
    cut is the same in every epoch. An example longer than `tokens` is a mini-batch by itself.

    Raises InputError unless one of tokens and size is given.

    >>> sorted(sorted(batch.tolist()) for batch in by_length([5, 1, 5, 1, 1], tokens=10)(1))
    [[0, 2], [1, 3, 4]]
    """
    long = torch.as_tensor(lengths, dtype=torch.int64)
    at_least("m", len(long), 1)
    if (tokens is None) == (size is None):
        raise InputError(say("by_length: expected either tokens or size, got {got}",
                             got=say("both") if tokens else say("neither")))
    limit = whole("tokens" if size is None else "batch_size", tokens if size is None else size, 1)
    sorted_lengths = long.sort().values.tolist()
    sizes, start = [], 0
    for end, length in enumerate(sorted_lengths, 1):
        taken = end - start
        if taken > 1 and (taken > limit if size is not None else taken * length > limit):
            sizes.append(taken - 1)
            start = end - 1
    sizes.append(len(long) - start)

    def order(epoch: int) -> Sequence[Tensor]:
        generator = _generator(seed, epoch)
        chance = torch.randperm(len(long), generator=generator)
        by_chance = chance[long[chance].sort(stable=True).indices]
        batches = torch.split(by_chance, sizes)
        return [batches[k] for k in torch.randperm(len(sizes), generator=generator).tolist()]

    return order


def of_each(labels: Sequence[int] | Tensor, *, classes: int, examples: int, seed: int = 0) -> Order:
    """`classes` classes with `examples` examples each in every mini-batch, drawn anew in every epoch.

    The classes come in turn, so that each comes as often as any other; one with fewer examples repeats some of its
    own. An epoch has as many mini-batches as the set has full ones of that size, and at least one.

    Raises InputError where there are fewer classes than that.

    >>> batch, = of_each([0, 0, 0, 1, 1, 2], classes=3, examples=2)(1)
    >>> sorted([0, 0, 0, 1, 1, 2][i] for i in batch.tolist())
    [0, 0, 1, 1, 2, 2]
    """
    of = torch.as_tensor(labels, dtype=torch.int64)
    whole("classes", classes, 1)
    whole("examples", examples, 1)
    members = [(of == label).nonzero()[:, 0] for label in sorted(set(of.tolist()))]
    if len(members) < classes:
        raise InputError(say("classes: expected at most the {there} that the examples have, got {got}",
                             there=len(members), got=classes))
    batches = max(1, len(of) // (classes * examples))

    def order(epoch: int) -> Sequence[Tensor]:
        generator = _generator(seed, epoch)
        used = torch.zeros(len(members))
        made = []
        for _ in range(batches):
            chosen = (used + torch.rand(len(members), generator=generator)).argsort()[:classes]  # the least used first
            used[chosen] += 1
            made.append(torch.cat([_drawn(members[k], examples, generator) for k in chosen.tolist()]))
        return made

    return order


def weighted(weights: Sequence[float] | Tensor, size: int, *, seed: int = 0) -> Order:
    """`shuffled`, but of m examples the one of weight w comes m·w/Σw times an epoch, one time more or less by chance.

    An epoch has m draws in ⌈m/B⌉ mini-batches. Over the epochs the mean gradient is that of the weighted cost.

    Raises InputError for a weight that is negative or not finite, and where all are 0.

    >>> sorted(torch.cat(list(weighted([2.0, 1.0, 1.0, 0.0], 3)(1))).tolist())
    [0, 0, 1, 2]
    """
    w = torch.as_tensor(weights, dtype=torch.float64)
    at_least("m", len(w), 1)
    at_least("batch_size", size, 1)
    if not bool(torch.isfinite(w).all()) or bool((w < 0).any()) or float(w.sum()) <= 0:
        raise InputError(say("weights: expected numbers from 0, not all of them 0"))
    times = w * len(w) / w.sum()

    def order(epoch: int) -> Sequence[Tensor]:
        generator = _generator(seed, epoch)
        by_chance = torch.randperm(len(w), generator=generator)  # else neighbours would shut each other out
        start = torch.rand((), generator=generator, dtype=torch.float64)
        ends = (times[by_chance].cumsum(0) + start).floor().long().clamp_(max=len(w))
        ends[-1] = len(w)
        drawn = by_chance.repeat_interleave(ends.diff(prepend=ends.new_zeros(1)))
        return torch.split(drawn[torch.randperm(len(drawn), generator=generator)], size)

    return order


def consecutive(m: int, size: int) -> Order:
    """`size` streams side by side: mini-batch t holds the t-th example of each, in every epoch the same.

    Where m is no multiple of `size` the first streams are longer by one, and the last mini-batch is theirs alone.

    >>> [batch.tolist() for batch in consecutive(7, 3)(1)]
    [[0, 3, 5], [1, 4, 6], [2]]
    """
    at_least("m", m, 1)
    size = min(whole("batch_size", size, 1), m)
    streams = torch.arange(m).tensor_split(size)
    batches = [torch.stack([one[t] for one in streams if t < len(one)]) for t in range(len(streams[0]))]
    return lambda epoch: batches


def checked(order: Order, epoch: int, m: int, batches: int | None = None) -> Sequence[Tensor]:
    """The mini-batches of an epoch. Raises InputError where they are not as many as in the first epoch, or none, and
    for an index that is not there."""
    try:
        made = [torch.as_tensor(index) for index in order(epoch)]
    except (TypeError, ValueError) as error:
        raise InputError(say("order: expected a sequence of mini-batches, each the indices of its examples: {error}",
                             error=error)) from None
    if odd := [index.dtype for index in made if index.is_floating_point() or index.dtype == torch.bool]:
        raise InputError(say("order: expected indices as whole numbers, got {got} in epoch {epoch}", got=odd[0],
                             epoch=epoch))
    if batches is not None and len(made) != batches:
        raise InputError(say("order: expected {n} {n:mini-batch|mini-batches} in every epoch, as in the first, "
                             "got {got} in epoch {epoch}", n=batches, got=len(made), epoch=epoch))
    if not len(made) or not all(map(len, made)):
        raise InputError(say("order: expected mini-batches of at least one example, got an empty one in epoch {epoch}",
                             epoch=epoch))
    every = torch.cat(made)
    if int(every.min()) < 0 or int(every.max()) >= m:
        raise InputError(say("order: expected indices from 0 to {most}, got others in epoch {epoch}", most=m - 1,
                             epoch=epoch))
    return made


def _generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed_for(seed, "order", epoch))


def _drawn(members: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """n of them: none twice before every one was taken once."""
    rounds = -(-n // len(members))
    return torch.cat([members[torch.randperm(len(members), generator=generator)] for _ in range(rounds)])[:n]
