"""A cost or a gradient that is not finite: where it came up, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from wengu.core.batches import Batch, examples_in, finite, leaves
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.training.state import State
from wengu.training.world import World


class NotFinite(InputError):
    """A cost or a gradient that is not finite: nothing was trained on it."""


def about(error: NotFinite, state: State, names: list[str], pieces: Sequence[Batch], world: World) -> str:
    """What was not finite, where, and what to do about it; the pieces are this process's, and so are the names."""
    sound = torch.cat([finite(inputs, examples_in(targets)) for inputs, targets in pieces]).tolist()
    known = len(sound) == len(names) or len(names) < 2  # augmentation may have made more or fewer of them
    own = [name for name, fine in zip(names, sound, strict=False) if known and not fine]
    which = [name for some in world.all_gather(own) for name in some]
    every = [name for some in world.all_gather(names) for name in some]
    if which:
        return say("{error} in epoch {epoch}, step {step}: these examples hold numbers that are not finite: {ids}; "
                   "fix them or leave them out", error=error, epoch=state.epoch, step=state.step + 1, ids=_few(which))
    if any(_missing(targets) for _, targets in pieces):
        return say("{error} in epoch {epoch}, step {step}, where targets are missing: the loss must leave them out, "
                   "and num_items count those that are there, so that a mini-batch without any counts nothing",
                   error=error, epoch=state.epoch, step=state.step + 1)
    if not state.step:
        return say("{error} at step 1, before anything was trained, on the examples {ids}: the model or the loss "
                   "itself gives it; look for a division by 0, a root or logarithm of 0, or weights that are far too "
                   "large",
                   error=error, ids=_few(every))
    return say("{error} in epoch {epoch}, step {step}, on the examples {ids}: the steps are too large; try a smaller "
               "--lr than {lr}, or --clip 1", error=error, epoch=state.epoch, step=state.step + 1, ids=_few(every),
               lr=state.initial_lr[0])


def _missing(targets: Any) -> bool:
    """Whether a target is NaN or -100, as torch's losses mark what is not to be looked at."""
    return any(bool(leaf.isnan().any() if leaf.is_floating_point() else (leaf == -100).any())
               for leaf in leaves(targets))


def _few(names: list[str]) -> str:
    """The first few, and how many more."""
    more = say(" and {n} more", n=len(names) - 5) if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
