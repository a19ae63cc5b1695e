"""The first pages on gradient descent: what their figures draw and say is what torch, autograd or arithmetic gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_iris
from sklearn.preprocessing import scale
from torch import nn
from torch.nn import functional as F

from tests.pages.seeing import after_snippets, numbers
from wengu.pages.figure import Fig, written
from wengu.pages.gradient_descent import batch_size, descent, graph, mini_batches, vanishing, weight_decay


def marks(fig: Fig, panel: int, kind: str) -> list[dict[str, Any]]:
    return [mark for mark in fig.panels[panel].marks if mark["mark"] == kind]


def test_a_step_on_the_bowl_leaves_one_minus_alpha() -> None:
    drawn = descent.rates(w=2.0, lr=1.5)
    (_, path), (shown, _) = marks(drawn, 0, "line"), marks(drawn, 0, "dots")
    assert list(path["x"])[:5] == list(shown["x"])[:5] == pytest.approx([2, -1, 0.5, -0.25, 0.125])
    assert path["y"][:5] == pytest.approx([2, 0.5, 0.125, 0.03125, 0.0078125])
    assert drawn.each[2] == descent.rates(w=2.0, lr=1.5, step=2).say == "Step 2: w = 0.5, J = 0.125."
    assert drawn.each[-1] == f"α = 1.50 steps across the minimum each time: 12 steps take J from 2 to {written(f'{2 / 4**12:.3g}')}."


def test_beyond_two_the_path_leaves_the_bowl() -> None:
    drawn = descent.rates(w=4.5, lr=2.2)
    assert drawn.each[-1] == f"α = 2.20 is too large: 12 steps take J from 10.1 up to {(4.5 * 1.2**12) ** 2 / 2:.3g}."
    assert marks(drawn, 0, "line")[1]["x"] == pytest.approx([4.5, -5.4])  # 6.48 is not in the panel


def test_the_landscape_is_walked_as_torch_walks_it() -> None:
    w = torch.tensor([4.0, -1.0], dtype=torch.float64, requires_grad=True)
    sgd = torch.optim.SGD([w], lr=0.01)
    for _ in range(60):
        sgd.zero_grad()
        x, y = w
        ((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2 + ((x - 3) ** 2 + (y - 2) ** 2) / 10).backward()
        sgd.step()
    drawn = descent.landscape(start=[4.0, -1.0], lr=0.01, step=60)
    path = marks(drawn, 0, "line")[0]
    assert (path["x"][-1], path["y"][-1]) == pytest.approx(w.tolist(), abs=1e-9)
    assert f"({w[0].item():.4g}, {w[1].item():.4g})" in drawn.say.replace("−", "-")
    assert "A local minimum" in drawn.say


def test_the_graph_steps_forward_and_back() -> None:
    third = graph.steps(step=3, a=1.0, b=2.0, c=-3.0)
    assert third.say == "Step 3 of 9, forward: J = 3 · v = 3 · (−5) = −15."
    assert all(item["sub"] == "" for item in third.panels[0].marks[0]["items"])
    eighth = graph.steps(step=8, a=1.0, b=2.0, c=-3.0)
    assert eighth.say == "Step 8 of 9, back: dJ/db = dJ/du · ∂u/∂b = 3 · (−3) = −9."
    items = {item["label"]: item for item in eighth.panels[0].marks[0]["items"]}
    assert items["c = −3"]["sub"] == "dJ/dc = 6"
    assert items["b = 2"]["tone"] == "3"
    assert items["a = 1"]["sub"] == ""
    assert eighth.panels[0].marks[0]["words"] == ["−3", "2", "1", "1", "3"], "∂u/∂b = c, ∂u/∂c = b, then sums, then 3"
    assert third.panels[0].marks[0]["words"] == eighth.panels[0].marks[0]["words"]
    assert graph.steps(step=1, a=1.0, b=2.0, c=-3.0).panels[0].marks[0]["words"] == ["−3", "2", "", "", ""]
    assert eighth.panels[0].marks[0]["links"] == [[1, 3], [2, 3], [0, 4], [3, 4], [4, 5]]


def test_gradients_of_the_second_formula_are_autograds() -> None:
    a, b, c = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (1.5, -2.0, 0.5))
    ((a + b) * (a + c)).backward()
    drawn = graph.steps(formula="J = (a + b)*(a + c)", step=9, a=1.5, b=-2.0, c=0.5)
    for row, leaf in zip(drawn.rows[:3], (a, b, c), strict=True):
        assert leaf.grad is not None
        assert row[3].endswith(written(f"= {leaf.grad.item():.6g}"))


def flowers() -> tuple[torch.Tensor, torch.Tensor]:
    x, y = load_iris(return_X_y=True)
    return torch.tensor(scale(x[50:])), torch.tensor(y[50:] - 1.0)


def trained(lr: float, lam: float, *, notes: bool = False, steps: int = 60) -> torch.Tensor:
    """W by autograd of the cost with its term; or by the notes' loop, with λ/m as it stands there."""
    x, y = flowers()
    w = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    b = torch.zeros((), dtype=torch.float64, requires_grad=True)
    for _ in range(steps):
        cost = F.binary_cross_entropy_with_logits(x @ w + b, y)
        term = 0 if notes else lam / (2 * len(x)) * w.square().sum()
        grads = torch.autograd.grad(cost + term, (w, b))
        with torch.no_grad():
            w -= (lam / len(x) * w if notes else 0) + lr * grads[0]
            b -= lr * grads[1]
    return w.detach()


def test_decayed_weights_are_those_of_the_cost_with_its_term() -> None:
    drawn = weight_decay.weights(lam=30.0, lr=0.25, step=60)
    for panel, lam in ((0, 0.0), (1, 30.0)):
        ends = [line["y"][-1] for line in marks(drawn, panel, "line")]
        assert ends == pytest.approx(trained(0.25, lam).tolist(), abs=1e-10)
    assert "keeps 0.925 of every weight" in drawn.say  # 1 - 0.25 · 30 / 100


def test_the_notes_loop_without_alpha() -> None:
    drawn = weight_decay.forgotten(lam=20.0, lr=0.2)
    for panel, notes in ((0, False), (1, True)):
        for line, lr in zip(marks(drawn, panel, "line"), (0.2, 0.6), strict=True):
            assert line["y"][-1] == pytest.approx(trained(lr, 20.0, notes=notes).norm().item(), abs=1e-10)


def test_depth_is_a_power() -> None:
    drawn = vanishing.depth(w=1.2, layers=30)
    forward, back = marks(drawn, 0, "line")
    assert forward["y"] == pytest.approx([1.2**layer for layer in range(31)])
    assert back["y"] == pytest.approx([1.2 ** (30 - layer) for layer in range(31)])
    assert drawn.say == f"w = 1.20, 30 layers: x = 1 becomes {1.2**30:.4g}, and a gradient of 1 comes back as " \
                        f"{1.2**30:.4g}."


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_activations_forward_is_a_pass_through_torch(activation: str) -> None:
    """Weights drawn by torch alone, in the same order, give the same sizes."""
    a = x = torch.tensor(scale(load_iris().data), dtype=torch.float32)
    seed = torch.Generator().manual_seed(0)
    sizes = []
    for _ in range(10):
        z = a @ (2.0 * torch.randn(24, a.shape[1], generator=seed) / a.shape[1] ** 0.5).T
        sizes.append((z.square().mean().sqrt() / x.square().mean().sqrt()).item())
        a = getattr(torch, activation)(z)
    drawn = vanishing.activations(activation=activation, scale=2.0)
    assert marks(drawn, 0, "line")[0]["y"] == pytest.approx(sizes, rel=1e-3)


def test_the_sigmoids_gradient_fades_and_the_report_says_so() -> None:
    drawn = vanishing.activations(activation="sigmoid", scale=0.7)
    back = marks(drawn, 0, "line")[1]["y"]
    assert back[0] < 1e-6 < 1e-2 < back[-1]
    at = marks(drawn, 0, "rule")[-1]["x"]
    assert drawn.say.endswith(f"back from the output layer {at} is the first that is off by more than a factor of 1,000.")
    assert next(layer for layer in range(10, 0, -1) if back[layer - 1] < 1e-3) == at, "counted from the output"
    assert numbers(drawn.say)[2] == pytest.approx(back[0], rel=6e-3)
    assert [(rule["y"], rule["label"]) for rule in marks(drawn, 0, "rule")] == [
        (1, "unchanged"), (1e3, "limit: 1,000 times as large"), (1e-3, "limit: 1,000 times as small"),
        (None, "first past the limit")]


def test_what_is_within_the_limit_is_not_called_faultless() -> None:
    """√(1/n) halves the mean square in each ReLU layer, which ten layers bear; the sentence says no more than that."""
    drawn = vanishing.activations(activation="relu", scale=1.0)
    forward, back = (line["y"] for line in marks(drawn, 0, "line"))
    assert 1e-3 < forward[-1] < 0.1 and 1e-3 < back[0] < 0.1 and len(marks(drawn, 0, "rule")) == 3
    assert drawn.say.endswith("All stays within a factor of 1,000, so that the report names no layer.")
    exploding = vanishing.activations(activation="relu", scale=4.0)
    forward = marks(exploding, 0, "line")[0]["y"]
    at = next(layer for layer in range(1, 11) if forward[layer - 1] > 1e3)
    assert exploding.say.endswith(f"On the way forward layer {at} is the first that is off by more than a factor of 1,000.")
    assert vanishing.activations(activation="tanh", scale=4.0).say.endswith("of which most values are saturated.")


def test_the_full_batch_is_torchs_descent() -> None:
    x, y = load_iris(return_X_y=True)
    model = nn.Linear(4, 3).double()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    sgd = torch.optim.SGD(model.parameters(), lr=0.2)
    costs = []
    for _ in range(50):
        sgd.zero_grad()
        cost = F.cross_entropy(model(torch.tensor(scale(x))), torch.tensor(y))
        costs.append(cost.item())
        cost.backward()
        sgd.step()
    drawn = mini_batches.cost(size="16", lr=0.2, step=50)
    mine, smooth = marks(drawn, 0, "line")
    assert smooth["y"] == pytest.approx(costs, abs=1e-10)
    assert list(smooth["y"]) == sorted(smooth["y"], reverse=True)
    assert f"with all 150 by {np.abs(np.diff(costs)).mean():.3f}" in drawn.say
    assert f"with all 150 at once {costs[1]:.3f}." in drawn.say
    assert np.abs(np.diff(mine["y"])).mean() > 3 * np.abs(np.diff(costs)).mean()
    assert marks(drawn, 1, "line")[0]["y"][-1] < costs[1]


def test_every_example_is_read_once() -> None:
    drawn = mini_batches.cut(m=37, size=10)
    assert marks(drawn, 0, "bars")[0]["y"] == [10, 10, 10, 7]
    assert "make 4 steps an epoch, and the last batch holds 7." in drawn.say


def test_the_error_of_one_example_is_that_of_autograd() -> None:
    """All 1,024 single examples give σ; the figure draws 32 of them, so its σ is near, and its law is 1/√B."""
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x[:1024] / 16), torch.tensor(y[:1024])
    error = torch.full((1024, 10), 0.1, dtype=torch.float64) - F.one_hot(y, 10)  # ŷ - y at W = 0
    each = torch.einsum("mc,mn->mcn", error, torch.cat([x, torch.ones(1024, 1)], 1)).flatten(1)
    true = each.mean(0)
    sigma = ((each - true).square().sum(1).mean().sqrt() / true.norm()).item()
    drawn = batch_size.noise(step=0, size=4)
    law, measured = marks(drawn, 0, "line")
    assert measured["y"][0] == pytest.approx(sigma, rel=0.1)
    assert law["y"][4] == pytest.approx(measured["y"][0] / 4)
    assert measured["y"][4] == pytest.approx(sigma / 4, rel=0.1)
    assert f"a batch of 16 misses the gradient by {measured['y'][4]:.2f}" in drawn.say


def test_memory_is_counted_by_hand() -> None:
    units = 64
    weights = 64 * units + units + units * 10 + 10
    sizes = np.array([64, 128, 256, 512])
    drawn = batch_size.memory(units=units, room=0.15)
    taken = np.array(marks(drawn, 0, "bars")[0]["y"]) * 1e6
    each = np.diff(taken) / np.diff(sizes)
    assert each == pytest.approx([each[0]] * 3)
    assert taken[0] - 64 * each[0] == pytest.approx(4 * 4 * weights, abs=8)  # W, dW, V, S in float32; few bytes of J
    fitting = [str(size) for size, one in zip(sizes, taken, strict=True) if one <= 0.15e6]
    assert drawn.say.endswith(f"MB: {', '.join(fitting)}.")


def test_snippets_give_what_their_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert after_snippets("gradient_descent/weight_decay")["W"].tolist() == pytest.approx([0.95] * 3)
    after_snippets("gradient_descent/mini_batches")
    assert capsys.readouterr().out.split() == ["64", "64", "22"]
