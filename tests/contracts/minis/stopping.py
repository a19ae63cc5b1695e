"""A training that is killed between two steps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


class Stops(Exception):
    """What kills it."""


@contextmanager
def stopped_after(steps: int) -> Iterator[None]:
    """Within, training saves after each step and ends by Stops when so many are done; the processes of one all do."""
    module = sys.modules["wengu.running.train"]
    real, done = module.train, [0]

    def stopping(model: Any, *args: Any, augment: Any, **given: Any) -> Any:
        def counted(batch: Any) -> Any:
            done[0] += 1
            if done[0] == steps + 1:
                raise Stops
            return batch if augment is None else augment(batch)

        return real(model, *args, augment=counted, **given, save_every=0.0)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "train", stopping)
        with pytest.raises(Stops):
            yield
