"""Remedies: the notes' order, and a sentence in both languages for each."""

from __future__ import annotations

import pytest

from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.practice import ledger, remedies
from wengu.practice.remedies import ORDER

NOTES = {
    "bias": ["bigger-network", "train-longer", "better-optimiser", "other-architecture"],
    "variance": ["more-data", "regularise", "other-architecture"],
    "mismatch": ["compare-sets", "nearer-data"],
    "bias and variance": [
        "bigger-network", "train-longer", "better-optimiser", "other-architecture", "more-data", "regularise",
    ],
}


@pytest.mark.parity
@pytest.mark.parametrize("cause", NOTES)
def test_parity_order(cause: str) -> None:
    """Authority: the notes' remedies, in their order, each once."""
    assert [r.key for r in remedies(cause, worse_than_human=False)] == NOTES[cause]


def test_people_help_only_while_they_are_better() -> None:
    keys = [r.key for r in remedies("variance", worse_than_human=True)]
    assert keys[-2:] == ["human-labels", "human-insight"]
    assert remedies("variance") == remedies("variance", worse_than_human=True)
    assert not {"human-labels", "human-insight"} & {r.key for r in remedies("variance", worse_than_human=False)}
    assert [r.key for r in remedies("none")] == ["open-test", "error-analysis"]


def test_whatever_a_ledger_says_has_remedies() -> None:
    for train, dev, n in ((0.1, 0.1, None), (0.01, 0.2, None), (0.1, 0.3, None), (0.0, 0.0, None), (0.1, 0.12, 30)):
        book = ledger(human=0.0, train=train, dev=dev, n=n)
        assert remedies(book.cause, worse_than_human=book.worse_than_human)


def test_every_remedy_speaks_both_languages() -> None:
    english = {r.key: r for cause in ORDER for r in remedies(cause)}
    assert len({r.what for r in english.values()}) == len(english)
    use_language("zh")
    try:
        chinese = {r.key: r for cause in ORDER for r in remedies(cause)}
    finally:
        use_language("en")
    assert all(chinese[k].what != r.what and chinese[k].why != r.why for k, r in english.items())


def test_unknown_cause_is_refused() -> None:
    with pytest.raises(InputError, match="cause: 'varience' is unknown; did you mean variance"):
        remedies("varience")
