"""The one loop."""

from pathlib import Path

import pytest
import torch
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from torch import Tensor, nn

from tests.training.digits import ARGUMENTS, Pair, network, weights
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.optimization import AdamW, schedule
from wengu.training import Diverged, fit
from wengu.training.checkpoint import load_checkpoint


def test_it_learns_digits_and_keeps_the_history(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=40, patience=40)
    assert run.stopped == "epochs" and [row["epoch"] for row in run.history] == list(range(1, 41))
    assert run.history == folder.metrics()
    (x, y), (dev_x, dev_y) = digits
    linear = LogisticRegression(max_iter=1000).fit(x.numpy(), y.numpy()).score(dev_x.numpy(), dev_y.numpy())
    assert run.best["dev_error"] < 1 - linear + 0.03
    assert run.history[0]["cost"] > 3 * run.history[-1]["cost"]


def test_parity_of_one_epoch_with_plain_torch(digits: tuple[Pair, Pair]) -> None:
    """Authority: torch.optim.AdamW and cross_entropy in a script of five lines, in float64 to 1e-12."""
    from wengu.training import mini_batches

    (x, y), dev = digits
    ours, theirs = (nn.Linear(64, 10).double() for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    run = fit(ours, (x.double(), y), (dev[0].double(), dev[1]), loss_fn=nn.functional.cross_entropy, epochs=1, seed=5,
              optimizer=AdamW(ours.parameters(), weight_decay=1e-3))
    adam = torch.optim.AdamW(theirs.parameters(), lr=1e-3, weight_decay=1e-3)
    for index in mini_batches(600, 64, seed=5, epoch=1):
        adam.zero_grad()
        nn.functional.cross_entropy(theirs(x[index].double()), y[index]).backward()
        adam.step()
    torch.testing.assert_close(weights(run.model), weights(theirs), rtol=0, atol=1e-12)
    expected = nn.functional.cross_entropy(theirs(dev[0].double()), dev[1]).item()
    assert run.history[0]["dev_cost"] == pytest.approx(expected, abs=1e-12)


def test_early_stopping_restores_the_best_point(digits: tuple[Pair, Pair]) -> None:
    """The dev labels are shuffled, so that training soon makes dev worse."""
    train, (x, y) = digits
    noise = (x, y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0))])
    run = fit(network(), train, noise, **ARGUMENTS, epochs=50, patience=3)
    assert run.stopped == "early"
    assert len(run.history) == run.best["epoch"] + 3
    run.model.eval()
    with torch.no_grad():
        cost = nn.functional.cross_entropy(run.model(noise[0]), noise[1]).item()
    assert cost == pytest.approx(run.best["dev_cost"], abs=1e-6)
    assert run.best["dev_cost"] == min(row["dev_cost"] for row in run.history)


def test_monitoring_the_error(digits: tuple[Pair, Pair]) -> None:
    run = fit(network(), *digits, **ARGUMENTS, epochs=12, monitor="metric")
    assert run.best["dev_error"] == min(row["dev_error"] for row in run.history)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_callers_randomness(digits: tuple[Pair, Pair]) -> None:
    torch.manual_seed(7)
    a = fit(network(), *digits, **ARGUMENTS, epochs=2)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    b = fit((torch.random.fork_rng(), network())[1], *digits, **ARGUMENTS, epochs=2)
    assert torch.equal(weights(a.model), weights(b.model))
    model = network()
    before = torch.random.get_rng_state()
    fit(model, *digits, **ARGUMENTS, epochs=1)
    assert torch.equal(before, torch.random.get_rng_state())
    c = fit(network(), *digits, **ARGUMENTS, epochs=2, seed=1)
    assert not torch.equal(weights(a.model), weights(c.model))


def test_micro_batches_train_as_the_whole_batch_does(digits: tuple[Pair, Pair]) -> None:
    """In float64, without dropout, whose masks are drawn piece by piece."""
    def trained(micro_batch: int | None) -> Tensor:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).double()
        (x, y), (dev_x, dev_y) = digits
        return weights(fit(model, (x.double(), y), (dev_x.double(), dev_y), **ARGUMENTS, epochs=2,
                           micro_batch=micro_batch).model)

    torch.testing.assert_close(trained(10), trained(None), rtol=0, atol=1e-11)


def test_the_average_is_what_is_judged_kept_and_given_back(digits: tuple[Pair, Pair], tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "r")
    run = fit(network(), *digits, **ARGUMENTS, run=folder, epochs=5, ema=0.95)
    kept, state = load_checkpoint(folder.path / "checkpoints", run.best["step"])
    assert all(torch.equal(kept[name], value) for name, value in run.model.state_dict().items())
    assert any(not torch.equal(state["own"][name], value) for name, value in kept.items())
    (x, y) = digits[1]
    with torch.no_grad():
        assert nn.functional.cross_entropy(run.model(x), y).item() == pytest.approx(run.best["dev_cost"], abs=1e-6)
    with pytest.raises(InputError, match="^ema: "):
        fit(network(), *digits, **ARGUMENTS, run=folder, epochs=6, resume=True)


@pytest.mark.parametrize(("change", "message"), [
    ({"lr": 0}, "^lr: expected a number above 0, got 0"),
    ({"lr": -0.1}, "^lr: "),
    ({"epochs": 0}, "^epochs: "),
    ({"batch_size": 0}, "^batch_size: "),
    ({"patience": 0}, "^patience: "),
    ({"monitor": "f1"}, "^monitor: 'f1' is unknown"),
    ({"monitor": "metric", "judge": None}, "^monitor: the metric needs a judge"),
    ({"resume": True}, "^resume: "),
])
def test_bad_arguments(digits: tuple[Pair, Pair], change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit(network(), *digits, **{**ARGUMENTS, **change})  # type: ignore[arg-type]


def test_empty_sets(digits: tuple[Pair, Pair]) -> None:
    train, dev = digits
    with pytest.raises(InputError, match="examples in dev: expected a number of at least 1"):
        fit(network(), train, (dev[0][:0], dev[1][:0]), **ARGUMENTS)


@pytest.mark.parametrize("without", ["train", "dev"])
def test_a_set_without_any_target(without: str) -> None:
    x, y = torch.ones(8, 2), torch.ones(8, 1)
    sets = {name: (x, torch.full_like(y, torch.nan) if name == without else y) for name in ("train", "dev")}
    with pytest.raises(InputError, match=f"targets of {without}: expected some that count, got none"):
        fit(nn.Linear(2, 1), **sets, loss_fn=nn.functional.mse_loss, num_items=lambda y: (~y.isnan()).sum())  # type: ignore[arg-type]


def test_a_cost_that_explodes_is_stopped_and_says_where(digits: tuple[Pair, Pair]) -> None:
    sound = 3

    def nan(z: Tensor, y: Tensor) -> Tensor:
        nonlocal sound
        sound -= 1
        return nn.functional.cross_entropy(z, y) * (1 if sound >= 0 else float("nan"))

    with pytest.raises(Diverged, match=r"cost became nan in epoch 1, step 4, on the examples (\d+, ){4}\d+ and 59 more: "
                                       "the steps are too large; try a smaller --lr than 0.002, or --clip 1$"):
        fit(network(), *digits, loss_fn=nan, lr=0.002, decay=schedule("cosine"))
    with pytest.raises(Diverged, match=r"cost became nan at step 1, before anything was trained, on the examples (\d+, ){4}\d+ and "
                                       "59 more: the model or the loss itself gives it; look for a division by 0"):
        fit(network(), *digits, loss_fn=nan, lr=0.002)


def test_the_guilty_examples_are_named(digits: tuple[Pair, Pair]) -> None:
    (x, y), dev = digits
    x = x.clone()
    x[17, 3], x[401, 0] = torch.nan, torch.inf
    names = [f"{i}.png" for i in range(len(x))]
    with pytest.raises(Diverged, match=r"these examples hold numbers that are not finite: 17.png, 401.png|: 17.png;|: 401.png;"):
        fit(network(), (x, y), dev, **ARGUMENTS, ids=names)


def test_what_is_not_finite_can_be_skipped_and_is_counted(digits: tuple[Pair, Pair]) -> None:
    (x, y), dev = digits
    bad = x.clone()
    bad[17, 3] = torch.nan
    run = fit(network(), (bad, y), dev, **ARGUMENTS, epochs=6, non_finite="skip")
    assert [row["skipped"] for row in run.history] == [1, 2, 3, 4, 5, 6]
    assert run.best["dev_error"] < 0.3
    assert bool(torch.isfinite(weights(run.model)).all())
    with pytest.raises(Diverged, match="epoch 1: every mini-batch was skipped"):
        fit(network(), (x * torch.nan, y), dev, **ARGUMENTS, epochs=6, non_finite="skip")
