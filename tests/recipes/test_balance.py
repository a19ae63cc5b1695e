"""Classes of uneven size: the cost counts them alike, or the mini-batches do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from wengu.core.checks import InputError
from wengu.recipes import recipe, settings_of
from wengu.recipes.balance import ClassLoss, with_balanced_batches
from wengu.recipes.task import Task


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(0)
    rows = [f"{x:.4f},{'rare' if k % 10 == 0 else 'usual'}" for k, x in enumerate(rng.normal(size=400))]
    file = Path(tmp_path_factory.mktemp("uneven")) / "t.csv"
    file.write_text("x,y\n" + "\n".join(rows), encoding="utf-8")
    return str(file)


def task_of(data: str, **settings: object) -> tuple[Task, object]:
    chosen = settings_of("table", {"data": data, "target": "y", "network": "softmax", **settings})
    return recipe("table").prepare(chosen), chosen


def test_the_weighted_cost_is_the_mean_over_classes(uneven: str) -> None:
    task, _ = task_of(uneven, class_weights="balanced")
    y = torch.tensor(np.asarray(task.sets["train"].truth))
    z = torch.randn(len(y), 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    each = -torch.log_softmax(z, 1)[torch.arange(len(y)), y]
    assert task.loss_fn(z, y).item() == pytest.approx((each[y == 0].mean() + each[y == 1].mean()).item() / 2, rel=1e-12)


def test_smooth_labels_reach_the_cost(uneven: str) -> None:
    task, _ = task_of(uneven, label_smoothing=0.2)
    z, y = torch.tensor([[2.0, 0.0]], dtype=torch.float64), torch.tensor([0])
    log_p = torch.log_softmax(z, 1)[0]
    assert task.loss_fn(z, y).item() == pytest.approx(-(0.9 * log_p[0] + 0.1 * log_p[1]).item(), rel=1e-12)


@pytest.mark.parametrize("batch_size", [64, 7, 1])
def test_balanced_mini_batches_have_as_many_of_each_class(uneven: str, batch_size: int) -> None:
    task, chosen = task_of(uneven, balanced_batches=True, batch_size=batch_size)
    task, truth = with_balanced_batches(task, chosen), np.asarray(task.sets["train"].truth)
    assert task.order is not None
    for batch in task.order(1):
        counts = Counter(truth[batch.numpy()].tolist())
        assert set(counts.values()) == {max(1, batch_size // 2)} and sum(counts.values()) <= batch_size
    overall = Counter(truth[torch.cat(list(task.order(2))).numpy()].tolist())
    assert abs(overall[0] - overall[1]) <= 1
    assert all(map(torch.equal, task.order(3), with_balanced_batches(task_of(uneven)[0], chosen).order(3)))  # type: ignore[misc]


def test_nothing_is_asked_for_nothing_changes(uneven: str) -> None:
    task, chosen = task_of(uneven)
    assert with_balanced_batches(task, chosen) is task
    z, y = torch.randn(5, 2, generator=torch.Generator().manual_seed(0)), torch.tensor([0, 1, 1, 0, 1])
    assert torch.equal(task.loss_fn(z, y), torch.nn.functional.cross_entropy(z, y)) and task.least_cost(y) == 0  # type: ignore[misc]


def test_one_of_two_remedies(uneven: str) -> None:
    with pytest.raises(InputError, match="class_weights: balanced mini-batches have made the classes count alike already"):
        task_of(uneven, class_weights="balanced", balanced_batches=True)
    task, chosen = task_of(uneven, balanced_batches=True, weigh_like_dev=True)
    with pytest.raises(InputError, match="balanced_batches: the examples are drawn in another order already"):
        with_balanced_batches(task, chosen)


@pytest.mark.parametrize("weight", [None, torch.tensor([0.2, 3.0, 1.0], dtype=torch.float64)])
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.6])
def test_no_scores_cost_less_than_the_least(epsilon: float, weight: torch.Tensor | None) -> None:
    """Authority: torch's L-BFGS over the scores themselves."""
    y, loss = torch.tensor([0, 1, 1, 2]), ClassLoss(epsilon, weight)
    z = torch.zeros(4, 3, dtype=torch.float64, requires_grad=True)
    descent = torch.optim.LBFGS([z], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        descent.zero_grad()
        cost = loss(z, y)
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    descent.step(closure)  # type: ignore[arg-type]
    assert loss.least(y, classes=3) == pytest.approx(loss(z, y).item(), abs=1e-6)


def test_the_preflight_knows_what_smoothed_labels_cost_at_least() -> None:
    """A network that memorises a batch is healthy, though 0.6 of a label spread over ten classes leaves it above half."""
    from wengu.training import preflight

    x = torch.eye(40)
    y = torch.arange(40) % 10
    loss = ClassLoss(0.6)
    found = preflight(torch.nn.Linear(40, 10), (x, y), (x, y), loss_fn=loss, expected_cost=np.log(10), epochs=1,
                      least_cost=lambda y: loss.least(y, classes=10), seconds=20.0)
    assert {check.name: check.verdict for check in found.checks}["one batch"] == "ok"
