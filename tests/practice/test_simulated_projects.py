"""On projects whose fault was planted: a cause that is named is right, one that is plain is named, none is made up.

Five thousand are drawn here; a thousand more, a sixth of all, are real trainings (test_trained_projects.py).
"""

from __future__ import annotations

from tests.practice.simulator import projects
from wengu.practice import ledger


def test_a_cause_that_is_named_was_planted() -> None:
    named = right = 0
    for one in projects(1500, seed=1):
        if causes := ledger(**one.measured, n=one.n).causes:
            named += 1
            right += set(causes) <= set(one.planted)
    assert named > 750
    assert right > 0.97 * named, (right, named)


def test_a_cause_that_is_plain_is_named() -> None:
    """Where the one fault is truly at least four standard errors, and one and a half times what is worth it."""
    plain = found = 0
    for one in projects(1500, seed=2, faults=(1,)):
        ((cause, size),) = one.planted.items()
        book = ledger(**one.measured, n=one.n)
        if size >= 4 * one.error_of(cause) and size >= 1.5 * book.worth:
            plain += 1
            found += cause in book.causes
    assert plain > 500
    assert found > 0.9 * plain, (found, plain)


def test_healthy_projects_raise_few_alarms() -> None:
    alarms = many = 0
    for one in projects(3000, seed=3, faults=(0,)):
        many += 1
        alarms += bool(ledger(**one.measured, n=one.n).causes)
    assert alarms <= 0.05 * many, alarms
