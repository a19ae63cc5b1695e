"""The pages on regularisation: what their figures draw and say is what scikit-learn or arithmetic gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from tests.pages.seeing import after_snippets
from wengu.pages.regularisation import dropout, early_stopping, l1_l2


@pytest.mark.parametrize("lam", [2.0, 150.0, 400.0])
def test_paths_are_lasso_and_ridge(lam: float) -> None:
    data = load_diabetes(scaled=False)
    x = data.data[:, [data.feature_names.index(name) for name in l1_l2.COLUMNS]]
    x, y = (x - x.mean(0)) / x.std(0), (data.target - data.target.mean()) / data.target.std()
    drawn = l1_l2.paths(lam=lam)
    lasso = Lasso(alpha=lam / (2 * len(y)), fit_intercept=False, tol=1e-12).fit(x, y).coef_
    ridge = Ridge(alpha=lam, fit_intercept=False).fit(x, y).coef_
    assert drawn.panels[0].marks[-1]["y"].tolist() == pytest.approx(lasso, abs=1e-5)
    assert drawn.panels[1].marks[-1]["y"].tolist() == pytest.approx(ridge, abs=1e-5)
    assert f"L1 has made {(lasso == 0).sum()} of 6 weights exactly 0, L2 0" in drawn.say
    for panel, coefficients in zip(drawn.panels, (lasso, ridge), strict=True):  # the point lies on its curve
        curve = panel.marks[1]
        below = int((curve["x"] <= lam).sum()) - 1
        low, high = sorted(curve["y"][below : below + 2].tolist())
        assert low - 1e-5 <= coefficients[0] <= high + 1e-5


def test_the_level_line_through_the_lowest_point_only_touches_the_shape() -> None:
    data = load_diabetes(scaled=False)
    x = data.data[:, [data.feature_names.index(name) for name in ("bmi", "bp")]]
    x, y = (x - x.mean(0)) / x.std(0), (data.target - data.target.mean()) / data.target.std()

    def costs(mark: dict[str, Any]) -> Any:
        return ((x @ np.array([mark["x"], mark["y"]]) - y[:, None]) ** 2).mean(0) / 2

    for panel in l1_l2.shapes(lam=100.0).panels:
        shape, level = (mark for mark in panel.marks if mark["mark"] == "line")
        here = costs(panel.marks[-1])
        assert len(here) == 1 and costs(level) == pytest.approx(here[0], rel=1e-6)
        assert (costs(shape) > here[0] - 1e-6).all()


def test_step_by_arithmetic() -> None:
    said = l1_l2.step(w=-0.5, strength=0.4).say
    assert said == ("w = −0.50 becomes −0.300 by L2 and −0.300 by L1. "
                    "L1's gradient without the threshold would make it −0.300.")
    assert l1_l2.step(w=0.1, strength=0.4).say.startswith("w = 0.10 becomes 0.060 by L2 and 0.000 by L1. ")


def test_masks_say_what_is_drawn() -> None:
    drawn = dropout.masks(keep_prob=0.5, draw=4)
    cells = drawn.panels[1].marks[1]
    values = torch.tensor([[float(value) for value in row] for row in cells["values"]])
    off = int((values == 0).sum())
    assert drawn.say == f"{off} of 40 units are off in these 5 steps; each of the others is multiplied by 2."
    assert len(cells["faint"]) == off > 0
    assert [value for (value,) in drawn.panels[1].marks[2]["values"]] == ["16", "17", "18", "19", "20"], "three fives before"
    assert drawn.panels[0].title.startswith("step 16:")
    network = drawn.panels[0].marks[0]
    assert [item["tone"] for item in network["items"]] == [*("1" if v else "quiet" for v in values[0].tolist()), "2"]
    assert network["links"] == [[k, 8] for k, v in enumerate(values[0].tolist()) if v], "what is off sends nothing"
    assert network["items"][-1]["label"] == f"z = {values[0].sum().item():.3g}"
    assert {round(v, 6) for v in (values / torch.tensor(dropout.A)).flatten().tolist()} == {0, 2}
    unchanged = dropout.masks(keep_prob=0.5, draw=4, training=False).panels[1].marks[1]
    assert [[float(value) for value in row] for row in unchanged["values"]] == [list(dropout.A)] * 5 and not unchanged["faint"]


@pytest.mark.parametrize("keep_prob", [0.3, 0.6, 0.9])
def test_expectation_by_the_binomial_law(keep_prob: float) -> None:
    """Mean Σa, variance Σa² (1-p)/p; and undivided the mean is p Σa."""
    drawn = dropout.expectation(keep_prob=keep_prob)
    spread = (sum(a * a for a in dropout.A) * (1 - keep_prob) / keep_prob) ** 0.5
    whole, mean, undivided = (mark["x"][0] for mark in drawn.panels[0].marks[1:])
    assert whole == pytest.approx(sum(dropout.A))
    assert mean == pytest.approx(whole, abs=4 * spread / 4000**0.5)
    assert undivided == pytest.approx(keep_prob * whole, rel=0.05)
    assert "mask" not in dropout.expectation(training=False).say, "out of training there are none"
    assert float(drawn.say.split()[-1].rstrip(".")) == pytest.approx(spread, rel=0.05)
    assert float(drawn.panels[0].marks[0]["counts"].sum()) == pytest.approx(100)


@pytest.mark.parametrize(("epochs", "patience"), [(45, 2), (45, 3), (45, 8), (9, 5)])
def test_costs_stop_by_the_definition(epochs: int, patience: int) -> None:
    drawn = early_stopping.costs(epochs=epochs, patience=patience)
    dev = early_stopping._run()[1]
    stops = [e for e in range(1, epochs + 1) if e - 1 - dev[:e].index(min(dev[:e])) >= patience]
    last = stops[0] if stops else epochs
    best = dev[:last].index(min(dev[:last])) + 1
    assert (f"epoch {best}, with the dev cost {dev[best - 1]:.3f}" in drawn.say) and f"epoch {last}" in drawn.say
    marks = drawn.panels[0].marks
    assert marks[-2]["x"] == [best] and [mark["x"] for mark in marks[3:-2]] == [last] * bool(stops)
    assert ("has not run out" in drawn.say) == (not stops)


def test_costs_tell_what_going_on_would_have_given() -> None:
    """Beyond the stop the slider still moves something: the dashed line, and the sentence."""
    drawn = early_stopping.costs(epochs=30, patience=5)
    assert f"After 30 epochs they would be {early_stopping._run()[1][29]:.3f} and" in drawn.say
    assert drawn.panels[0].marks[2]["x"][-1] == 30


def test_what_the_page_says_of_the_run() -> None:
    """The first bump ends a patience of 2; 3 reach the lowest point of all; the train cost falls on."""
    train, dev, wrong, _ = early_stopping._run()
    lowest = dev.index(min(dev)) + 1
    assert early_stopping.costs(epochs=45, patience=3).panels[0].marks[4]["x"] == [lowest]
    assert early_stopping.costs(epochs=45, patience=2).panels[0].marks[4]["x"][0] < lowest
    assert train[-1] < train[lowest - 1] and dev[-1] > 1.5 * min(dev) and wrong[-1] > wrong[lowest - 1]


def test_snippet_of_early_stopping_finds_the_best_epoch() -> None:
    names = after_snippets("regularisation/early_stopping")
    assert (names["best"], names["epoch"]) == (2, 4)


def test_what_is_kept_is_not_always_the_lowest_of_all() -> None:
    """In about half of the draws a bump ends the training before the lowest cost: the lowest is a trap there."""
    draws = [early_stopping.what_is_kept.draw(seed) for seed in range(60)]
    lowest = [draw.values["curve"].index(min(draw.values["curve"])) + 1 for draw in draws]
    early = sum(draw.traps["lowest"] == low != draw.answer for draw, low in zip(draws, lowest, strict=True))
    assert 15 <= early <= 45
    assert sum(draw.answer == low for draw, low in zip(draws, lowest, strict=True)) == 60 - early
    for draw in draws:  # the lowest of those before the first epoch at which it is as old as the patience
        curve, patience = draw.values["curve"], draw.values["patience"]
        ages = [e - curve.index(min(curve[:e])) - 1 for e in range(1, len(curve) + 1)]
        stop = next(e for e, age in enumerate(ages, 1) if age >= patience)
        assert (draw.answer, draw.traps["stop"]) == (curve.index(min(curve[:stop])) + 1, stop)


def test_the_train_cost_that_a_log_shows_is_above_what_is_measured_as_dev_is() -> None:
    """By hand in torch: of the same steps with dropout the mean is higher than the cost after them, without."""
    told = early_stopping.under_way.values()
    assert told["met"] > told["train"] > told["dev"]
    train, dev, _, met = early_stopping._run()
    assert met[0] > train[0] and train == early_stopping._run()[0] and dev[0] < train[0], "the moving network alone does it"


def test_twins_are_shared_by_the_elastic_net_as_scikit_learn_has_it() -> None:
    """ElasticNet's alpha · l1_ratio is λρ/2m, and its alpha · (1 - l1_ratio)/2 is λ(1-ρ)/2m."""
    told = l1_l2.twins.values()
    x, y = l1_l2._diabetes()
    again = x[:, 0] + 0.1 * torch.randn(len(x), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = torch.stack([x[:, 0], (again - again.mean()) / again.std(correction=0)], dim=1).numpy()
    part = told["lam"] / (2 * len(x)) / 2
    by_peers = {"l1": Lasso(alpha=2 * part, fit_intercept=False, tol=1e-12), "l2": Ridge(alpha=told["lam"], fit_intercept=False),
                "both": ElasticNet(alpha=3 * part, l1_ratio=1 / 3, fit_intercept=False, tol=1e-12)}
    for name, peer in by_peers.items():
        assert [told[f"{name}_1"], told[f"{name}_2"]] == pytest.approx(peer.fit(x, y.numpy()).coef_, abs=5e-4), name
    assert told["l1_2"] == 0
