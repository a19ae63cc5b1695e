from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.regression.made import KINDS, made
from wengu.regression import blocks, newton
from wengu.regression.hessian import Hessian
from wengu.regression.logistic import LogisticCost
from wengu.regression.newton import minimise


def cost(kind="well-conditioned", threads=1, **shape):
    x, y = made(kind, **shape)
    return LogisticCost(x=x, y=y.astype(float), weight=None, outputs=1, lam=1.0, intercept=True, threads=threads)


def found(of, tol=1e-5, max_iter=100):
    return minimise(of, tol=tol, max_iter=max_iter, generator=np.random.default_rng(0))


@pytest.fixture
def draws(monkeypatch):
    """How many rows each Hessian of the largest cost was asked for."""
    counts = []
    hessian = LogisticCost.hessian

    def counted(self, at, count, generator):
        counts.append((len(self.x), count))
        return hessian(self, at, count, generator)

    monkeypatch.setattr(LogisticCost, "hessian", counted)
    return lambda m: [count for rows, count in counts if rows == m]


def test_many_rows_take_two_steps_and_never_a_full_hessian(draws):
    of = cost(m=40_000)
    result = found(of)
    assert result.converged
    assert len(result.history) <= 4
    assert result.history[0] < 1.02 * result.history[-1]  # it starts where a sample has its minimum
    assert all(count == 40_000 // 12 for count in draws(40_000))


def test_few_rows_take_all_of_them(draws):
    assert found(cost(m=300)).converged
    assert set(draws(300)) == {300}


@pytest.mark.parametrize("kind", KINDS)
def test_a_hessian_from_too_few_rows_gives_way_to_better_ones(kind, monkeypatch, draws):
    of = cost(kind)
    lowest = of.at(found(of, tol=1e-12).w).j
    monkeypatch.setattr(newton, "SHARE", 1 / 200)
    monkeypatch.setattr(newton, "ROWS_PER_FEATURE", 1)
    before = len(draws(6000))
    result = found(of)
    assert result.converged
    assert of.at(result.w).j <= lowest * (1 + 1e-4)
    assert max(draws(6000)[before:]) > 30
    assert all(after < now for now, after in pairwise(result.history))


def test_steps_that_lead_uphill_are_halved(monkeypatch):
    step = Hessian.newton_step
    monkeypatch.setattr(Hessian, "newton_step", lambda self, gradient: 8 * step(self, gradient))
    result = found(cost(m=500), max_iter=200)
    assert all(after < now for now, after in pairwise(result.history))
    assert result.converged


def test_the_steps_are_counted():
    result = found(cost("nearly separable"), max_iter=1)
    assert not result.converged
    assert len(result.history) == 2
    assert result.steps == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_that_is_not_looked_at_keeps_what_was_promised(kind):
    of = cost(kind, m=20_000)
    lowest = of.at(found(of, tol=1e-12).w).j
    for tol in (1e-3, 1e-5, 1e-7):
        result = found(of, tol=tol)
        assert result.converged
        assert of.at(result.w).j <= min(lowest * (1 + tol), result.last.j)


@pytest.mark.parametrize("intercept", [True, False])
def test_the_diagonals_are_those_of_the_blocks(intercept):
    of = replace(cost(m=200), intercept=intercept, lam=7.0)
    at = of.at(np.full((1, 13), 0.1))
    blocks_of = of.hessian(at, 200, np.random.default_rng(0))._blocks()
    np.testing.assert_allclose(of.hessian(at, 200, np.random.default_rng(0))._diagonals()[0], np.diag(blocks_of[0]))


def test_threads_add_up_to_the_same(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 2**10)
    w = np.full((1, 13), 0.1)
    one, two = (cost(threads=threads).at(w) for threads in (1, 2))
    assert one.j == pytest.approx(two.j, rel=1e-14)
    np.testing.assert_allclose(one.gradient, two.gradient, atol=1e-10)
    np.testing.assert_allclose(one.y_hat, two.y_hat, rtol=1e-12)
