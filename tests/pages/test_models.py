"""The pages on models: what their figures draw and say is what scikit-learn or arithmetic gives."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression as Theirs
from sklearn.metrics import log_loss
from studies.multitask import SEEDS, STEPS

from tests.pages.seeing import after_snippets, numbers
from wengu.pages.figure import Figure
from wengu.pages.models import logistic, multi_task, softmax
from wengu.regression import SharedLayers

PAIR = [[-1.0, 0.0, 0], [1.0, 0.0, 1]]
ON_ONE_PLACE = [[0.0, 0.0, 0], [0.0, 0.0, 1]]
UPRIGHT = [[0.0, -1.0, 0], [0.0, 1.0, 1], [0.0, 0.5, 0], [0.0, 2.0, 2]]


@pytest.mark.parametrize("fig", [logistic.boundary, softmax.regions])
@pytest.mark.parametrize("lam", [0.001, 100])
@pytest.mark.parametrize("data", [PAIR, PAIR * 30, ON_ONE_PLACE, UPRIGHT])
def test_points_as_a_reader_may_click_them(fig: Figure, lam: float, data: list[list[float]]) -> None:
    drawn = fig(data=data, lam=lam).to_json()
    assert drawn["say"] and "nan" not in drawn["say"]


@pytest.mark.parametrize("lam", [0.01, 5.0])
def test_boundary_is_scikit_learns(lam: float) -> None:
    data = [[-1.0, -1.0, 0], [0.5, 0.2, 0], [-0.5, 1.0, 1], [1.0, 1.0, 1], [2.0, -1.0, 1], [-2.0, 0.5, 0]]
    x, y = np.array(data)[:, :2], np.array(data)[:, 2].astype(int)
    theirs = Theirs(C=1 / lam, tol=1e-10, max_iter=10_000).fit(x, y)
    drawn = logistic.boundary(data=data, lam=lam)
    w1, w2, b, lost, right, m = numbers(drawn.say)
    assert (w1, w2) == pytest.approx(theirs.coef_[0], rel=5e-3)
    assert b == pytest.approx(theirs.intercept_[0], rel=5e-3, abs=1e-4)
    assert lost == pytest.approx(log_loss(y, theirs.predict_proba(x), normalize=False), rel=5e-3)
    assert (right, m) == ((theirs.predict(x) == y).sum(), 6)
    heat, border = drawn.panels[0].marks[:2]
    for corner, z in (([-3, -2], heat["z"][0][0]), ([-3, 2], heat["z"][-1][0]), ([3, 2], heat["z"][-1][-1])):
        p = theirs.predict_proba([corner])[0]
        assert z == pytest.approx(p.argmax() + p.max(), abs=1e-3)
    assert theirs.predict_proba(np.column_stack([border["x"], border["y"]]))[:, 1] == pytest.approx(0.5, abs=1e-3)
    assert np.hypot(*np.diff([border["x"], border["y"]])) > 3.5  # from edge to edge


def test_loss_by_arithmetic() -> None:
    y_hat = 1 / (1 + math.exp(-1.5))
    assert logistic.loss(z=1.5, y="0").say == (
        f"At z = 1.50 ŷ is {y_hat:.3f}; where y is 0 that costs ℒ = {-math.log(1 - y_hat):.3f}."
    )


def test_scores_by_arithmetic() -> None:
    t = [math.exp(z) for z in (1, 3, -2)]
    drawn = softmax.scores(z1=1, z2=3, z3=-2, added=1000)
    assert drawn.panels[1].marks[0]["y"].tolist() == pytest.approx([each / sum(t) for each in t])
    assert drawn.say.endswith(f"together 1.000. If the true class is 1, ℒ is {-math.log(t[0] / sum(t)):.3f}.")
    sigma = 1 / (1 + math.exp(-2))
    assert softmax.scores(z1=1, z2=3, classes="2").say.startswith(f"ŷ₂ is {sigma:.4f}, and so is σ(z₂ − z₁), {sigma:.4f}")


def test_regions_are_scikit_learns() -> None:
    data = [*softmax.START, [0.0, -1.8, 0], [-2.5, 1.5, 1]]
    x, y = np.array(data)[:, :2], np.array(data)[:, 2].astype(int)
    theirs = Theirs(C=1 / 0.2, tol=1e-10, max_iter=10_000).fit(x, y)
    drawn = softmax.regions(data=data, lam=0.2)
    assert f"J without its penalty is {log_loss(y, theirs.predict_proba(x)):.3g}, where guessing costs ln 3 = 1.1" in drawn.say
    assert f"{(theirs.predict(x) == y).sum()} of 17 points" in drawn.say
    shade, *borders = drawn.panels[0].marks[:4]
    across, up = np.meshgrid(np.linspace(-3, 3, 49), np.linspace(-2, 2, 33))
    p = theirs.predict_proba(np.column_stack([across.ravel(), up.ravel()]))
    assert shade["z"].ravel() == pytest.approx(p.argmax(1) + p.max(1), abs=2e-3)
    for k, border in enumerate(borders):  # where it leaves the edge of the panel, two classes are as likely
        inside = [(x, y) for x, y in zip(border["x"], border["y"], strict=True) if abs(x) < 2.99 and abs(y) < 1.99]
        for place in inside:
            two = np.sort(theirs.predict_proba([place])[0])[-2:]
            assert two[0] == pytest.approx(two[1], abs=1e-3), k
        places = np.array([border["x"], border["y"]])
        drawn_on = np.isfinite(places).all(0)
        for edge, wall in ((0, 3.0), (1, 2.0)):  # no line runs along the frame
            on = (abs(abs(places[edge]) - wall) < 1e-9) & drawn_on
            assert not (on[:-1] & on[1:] & (np.sign(places[edge][:-1]) == np.sign(places[edge][1:]))).any(), k


def test_two_classes_are_logistic_regression() -> None:
    data = [p for p in softmax.START if p[2] != 1]
    said = softmax.regions(data=data, lam=3.0).say
    assert said == ("With two classes, logistic regression with half of λ gives the same ŷ, within 0.0000. "
                    "10 of 10 points are in their region.")


@pytest.mark.parametrize("page", ["logistic", "softmax"])
def test_snippets_leave_a_fitted_model(page: str) -> None:
    assert after_snippets(f"models/{page}")["model"].n_iter_ > 0


def test_gradients_of_the_tasks_by_arithmetic() -> None:
    """Authority: the chain rule by hand, ŷ − y of the labels that are there and its sum over w."""
    made = multi_task.gradient(y1="1", y2="missing", y3="0", x=1.5)
    net = SharedLayers(1, 3, hidden=(4,), generator=torch.Generator().manual_seed(3)).double()
    a = torch.relu(net.shared[0](torch.tensor([[1.5]], dtype=torch.float64)))[0]
    y_hat = torch.sigmoid(net.heads.weight @ a + net.heads.bias)
    dz = [y_hat[0].item() - 1, 0.0, y_hat[2].item()]
    assert made.panels[0].marks[0]["y"] == pytest.approx(dz)
    sent = [mark["y"] for mark in made.panels[1].marks if mark["mark"] == "bars"]
    for j in range(3):
        assert sent[j] == pytest.approx((dz[j] * net.heads.weight[j]).tolist())
    total = torch.tensor(sent).sum(0).norm().item()
    assert numbers(made.say)[-1] == pytest.approx(total, abs=0.006) and made.say.startswith("2 of 3 labels are there")
    assert multi_task.gradient(y1="missing", y2="missing", y3="missing").say.endswith("0.00 long.")


def test_errors_apart_and_together_are_those_of_the_study() -> None:
    study = json.loads((Path(__file__).parents[2] / "studies" / "multitask.json").read_text(encoding="utf-8"))
    assert json.loads(multi_task.STUDY.read_text(encoding="utf-8")) == study["summary"], "copy the study's summary"
    cells = [study["cells"][f"apart-all-{seed}"]["result"]["long sleeves"] for seed in range(3)]
    made = multi_task.few(labels="all")
    assert f"apart {100 * np.mean(cells):.1f} ± {100 * np.std(cells, ddof=1):.1f}\u00a0%" in made.say
    assert (STEPS, len(SEEDS)) == (multi_task.STEPS, multi_task.SEEDS)
    assert len(made.rows) == 4 and made.rows[-1][2] == "–"


def test_softmax_page_tells_torchs_label_smoothing_and_temperature() -> None:
    told = softmax.facts.values()
    z = torch.tensor([[told["best"], *[(1 - told["best"]) / 9] * 9]], dtype=torch.float64).log().requires_grad_()
    loss = torch.nn.functional.cross_entropy(z, torch.tensor([0]), label_smoothing=0.1)
    loss.backward()
    assert loss.item() == pytest.approx(told["least"]) and z.grad is not None and z.grad.abs().max() < 1e-12
    for name, temperature in (("cold", 0.5), ("usual", 1.0), ("hot", 4.0)):
        p = torch.softmax(torch.tensor([2.0, 1.0, -1.0], dtype=torch.float64) / temperature, 0)
        assert told[name] == pytest.approx(p[0].item())
