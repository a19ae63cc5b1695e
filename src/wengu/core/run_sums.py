"""The sums of a run: what run.json says, and the predictions, are noticed where they are not what wengu wrote.

    run.json    "sums": {"predictions/dev.csv": SHA-256 of the file}
                "sha256": of all else in it, as JSON in one line with its names in order

So another layout of run.json is no change, and another value is. Runs without these, of older versions, are read as
they are; whoever changes run.json by hand and means it removes its line "sha256". A sum is forgotten before its file is
written and kept after, so that a kill between the two leaves none, and not a wrong one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wengu.core.i18n import say
from wengu.core.safe_read import ReadError

OWN = "sha256"


def sealed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with their own sum behind them."""
    return {**facts, OWN: _sum(json.loads(json.dumps(facts)))}  # as they will be read


def unsealed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without it. Raises ReadError where they are no longer those that it was made of."""
    rest = {name: value for name, value in facts.items() if name != OWN}
    if OWN in facts and facts[OWN] != _sum(rest):
        raise ReadError(say('it was changed after wengu wrote it; restore it from a copy or, if the change is meant, '
                            'remove "sha256" from it'))
    return rest


def _sum(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Summed:
    """Pieces of a file that pass through on their way to it, and their SHA-256."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces, self._sum = pieces, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            content = piece.encode()
            self._sum.update(content)
            yield content

    @property
    def sha256(self) -> str:
        """Of all that has passed."""
        return self._sum.hexdigest()
