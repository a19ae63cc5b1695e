"""Layers of a trained network in another: what is taken, what trains, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tests.training.transferring import Set, network, pictures, source, trained
from wengu.core.checks import InputError
from wengu.core.i18n import speaking
from wengu.core.run_folder import RunFolder
from wengu.functions import cross_entropy
from wengu.layers import InputNormalisation
from wengu.optimization import Adam, AdamW, GradientDescent, Momentum, weight_decay_groups
from wengu.training import PretrainedWeights, preflight, schedule_of_run, transfer

LAYERS = ("1.c1", "1.c3", "1.c5", "1.f6", "1.output")
TWO = ("bag", "boot")


@pytest.fixture(scope="module")
def learned() -> dict[str, Tensor]:
    """A LeNet-5 that was trained on eight classes, all but bags and boots."""
    train = pictures(*range(8), n=100)
    model = network(8, train[0])
    trained(model, train, epochs=8)
    return {name: value.clone() for name, value in model.state_dict().items()}


def told(model: nn.Module) -> list[str]:
    """The layers that train now."""
    names = {name.rpartition(".")[0] for name, w in model.named_parameters() if w.requires_grad}
    return [name for name in LAYERS if name in names]


# --- what is taken ----------------------------------------------------------------------------------------------------
def test_what_fits_is_taken_bit_for_bit_and_the_last_layer_begins_anew_at_0(learned: dict[str, Tensor]) -> None:
    model = network(2, pictures(8, 9)[0], seed=5)
    done = transfer(model, source(learned), examples=60, classes=TWO)
    for name, value in model.state_dict().items():
        assert torch.equal(value, torch.zeros_like(value) if "output" in name else learned[name]), name
    assert (done.loaded, done.reinitialised) == (LAYERS[:4], ("1.output",))
    assert done.notes[:3] == (
        "from runs/a: 4 of 5 layers loaded: 1.c1, 1.c3, 1.c5, 1.f6",
        "reinitialised, because the classes are different: 1.output",
        "0.mean, 0.std are loaded too, not measured on this data: the layers learned with them",
    )


def test_the_last_layer_is_taken_where_its_classes_are_the_same_by_name(learned: dict[str, Tensor]) -> None:
    classes = tuple("abcdefgh")
    for theirs, taken in ((classes, True), (classes[::-1], False)):
        model = network(8, seed=5)
        done = transfer(model, source(learned, spec={"classes": list(theirs)}), examples=60, classes=classes)
        assert torch.equal(model[1].output.weight, learned["1.output.weight"]) is taken
        assert done.reinitialised == (() if taken else ("1.output",))


def test_buffers_that_are_missing_stay_and_what_has_no_place_is_said(learned: dict[str, Tensor]) -> None:
    weights = {name: value for name, value in learned.items() if not name.startswith("0.")} | {"2.more": torch.ones(3)}
    model = network(2, x := pictures(8, 9)[0])
    done = transfer(model, source(weights), examples=60, classes=TWO)
    assert torch.equal(model[0].mean, InputNormalisation.of(x).mean)
    assert "left out, as the network has no place for it: 2.more" in done.notes and "0.mean" not in str(done.notes)


def test_weights_of_another_type_are_taken_as_their_values(learned: dict[str, Tensor]) -> None:
    model = network(2)
    transfer(model, source({name: value.double() for name, value in learned.items()}), examples=60, classes=TWO)
    assert model[1].c1.weight.dtype == torch.float32 and torch.equal(model[1].c1.weight, learned["1.c1.weight"])


# --- where it is read -------------------------------------------------------------------------------------------------
def test_from_a_file_and_from_a_run_at_its_best_point(learned: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(learned, tmp_path / "w.safetensors")
    assert torch.equal(PretrainedWeights.read(tmp_path / "w.safetensors").weights["1.c1.weight"], learned["1.c1.weight"])
    run = RunFolder.create(tmp_path / "a", examples={"train": 99})
    done = trained(network(2), pictures(8, 9, n=20), pictures(8, 9, n=20, first=20), run=run, epochs=5, lr=0.02)
    found = PretrainedWeights.read(tmp_path / "a")
    assert all(torch.equal(found.weights[name], value) for name, value in done.model.state_dict().items())
    assert found.facts["examples"] == {"train": 99}


def test_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "half.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{half")
    torch.save({"w": torch.ones(2)}, tmp_path / "w.pt")
    (tmp_path / "folder").mkdir()
    for name, message in (
        ("none", "from: there is no .*none; give a run folder or a .safetensors file"),
        ("half.safetensors", "from: .*half.safetensors cannot be read"),
        ("w.pt", "expected a run folder or a .safetensors file, got .*w.pt.*can run code"),
        ("folder", "folder is not a run folder"),
    ):
        with pytest.raises(InputError, match=message):
            transfer(network(2), tmp_path / name, examples=60, classes=TWO)


def test_a_source_that_does_not_fit_changes_nothing(learned: dict[str, Tensor]) -> None:
    def but(name: str, value: Tensor | None) -> dict[str, Tensor]:
        return {k: v for k, v in (learned | ({} if value is None else {name: value})).items() if value is not None or k != name}

    nan = learned["1.c3.bias"].clone()
    nan[2] = float("nan")
    cases = (
        ({"x": torch.ones(2)}, network(2), r"no layer of runs/a fits: it has x, the network has 1\.c1\.weight, .* and 7 more"),
        ({}, network(2), "it has nothing, the network"),
        (learned, network(2, channels=3), r"another input format: 0\.mean is 1, here 3, 0\.std is 1, here 3, "
                                          r"1\.c1\.weight is 6 × 1 × 5 × 5, here 6 × 3 × 5 × 5; only the last layer, 1\.output"),
        (but("1.c5.weight", torch.ones(3, 2)), network(2), r"1\.c5\.weight is 3 × 2, here 120 × 400"),
        (but("1.f6.bias", None), network(2), r"1\.f6\.bias 84 is missing"),
        (but("1.c3.bias", nan), network(2), r"numbers that are not finite, in 1\.c3\.bias"),
    )
    for weights, model, message in cases:
        before = {name: value.clone() for name, value in model.state_dict().items()}
        with pytest.raises(InputError, match=message):
            transfer(model, source(weights), examples=60, classes=TWO)
        assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    with pytest.raises(InputError, match="no layer of runs/a can be loaded: the last layer is the only one that fits, and its classes are different"):
        transfer(nn.Linear(4, 2), source(nn.Linear(4, 2).state_dict(), spec={"classes": ["x", "y"]}), examples=9, classes=TWO)


# --- which layers train -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("freeze", "by_epoch", "sentence"), [
    ("none", [LAYERS] * 3, "all layers train from the start, as was asked"),
    ("all-but-last", [LAYERS[4:]] * 3, "frozen, as was asked: 4 of 5 layers"),
    ("3", [LAYERS[3:]] * 3, "frozen, as was asked: 3 of 5 layers"),
    ("all-but-2", [LAYERS[3:]] * 3, "frozen, as was asked: 3 of 5 layers"),
    (0, [LAYERS] * 3, "frozen, as was asked: 0 of 5 layers"),
])
def test_what_is_asked_for_is_frozen(
    learned: dict[str, Tensor], freeze: str | int, by_epoch: list[tuple[str, ...]], sentence: str
) -> None:
    model = network(2)
    done = transfer(model, source(learned, examples={"train": 9000}), examples=60, classes=TWO, freeze=freeze)
    assert done.why == sentence and done.notes[-1] == sentence and done.plan.ratio == 1
    for epoch, layers in enumerate(by_epoch, 1):
        done.plan.at(epoch)
        assert told(model) == list(layers)


@pytest.mark.parametrize("freeze", ["5", 7, -1, "most", "1.5", "all-but-0", "all-but-6", "all-but-"])
def test_a_number_that_leaves_nothing_to_train(learned: dict[str, Tensor], freeze: str | int) -> None:
    with pytest.raises(InputError, match=f"freeze: expected auto, none, all-but-last, all-but-N with N up to 5, or how many of the 5 levels stay frozen, from 0 to 4, got {freeze}"):
        transfer(network(2), source(learned), examples=60, classes=TWO, freeze=freeze)


@pytest.mark.parametrize(("examples", "why", "by_epoch"), [
    (3, "only the last layer trains: 1 example a class (3 of 2 classes), fewer than 2: too few", [1, 1, 1]),
    (4, "the last layer trains first, then one more in each epoch, with smaller α below: 2 examples a class (4 of 2 "
        "classes), between 2 and 1,000", [1, 2, 3]),
    (2000, "all layers train from the start, with smaller α below: 1,000 examples a class (2,000 of 2 classes), 1,000 or more", [5, 5, 5]),
])
def test_auto_goes_by_the_examples_a_class_and_says_so(
    learned: dict[str, Tensor], examples: int, why: str, by_epoch: list[int]
) -> None:
    model = network(2)
    done = transfer(model, source(learned), examples=examples, classes=TWO)
    assert done.why.startswith(why) and done.why in done.notes
    for epoch, n in enumerate(by_epoch, 1):
        done.plan.at(epoch)
        assert told(model) == list(LAYERS[-n:])


@pytest.mark.parametrize(("examples", "why"), [
    (1, "only the last layer trains: 1 example, fewer than 2: too few"),
    (999, "the last layer trains first, then one more in each epoch, with smaller α below: 999 examples, between 2 and 1,000"),
    (3600, "all layers train from the start, with smaller α below: 3,600 examples, 1,000 or more"),
])
def test_without_classes_auto_goes_by_the_examples(learned: dict[str, Tensor], examples: int, why: str) -> None:
    assert transfer(network(8), source(learned), examples=examples).why.startswith(why)
    with speaking("zh"):
        assert "类" not in transfer(network(8), source(learned), examples=examples).why


def test_a_plan_is_a_function_of_the_epoch_alone_and_comes_back_from_json(learned: dict[str, Tensor]) -> None:
    model = network(2)
    done = transfer(model, source(learned), examples=100, classes=TWO)
    again = schedule_of_run(model, json.loads(json.dumps(done.to_dict())))
    assert again == done.plan and done.to_dict()["reinitialised"] == ["1.output"]
    for epoch in (9, 2, 1, 3):
        again.at(epoch)
        assert len(told(model)) == min(epoch, 5)
    two = transfer(network(2), source(learned), examples=100, classes=TWO, freeze=2)
    assert two.to_dict()["frozen"] == ["1.c1", "1.c3"] and schedule_of_run(two.plan.model, two.to_dict()) == two.plan
    with pytest.raises(InputError, match="transfer cannot be read: 'gradual'"):
        schedule_of_run(model, {"frozen": []})


@pytest.mark.parametrize("optimiser", [AdamW, Adam, Momentum, GradientDescent])
def test_frozen_weights_stay_bit_for_bit_under_decay_and_penalty(learned: dict[str, Tensor], optimiser: Any) -> None:
    from wengu.training import Penalty

    model = network(2)
    done = transfer(model, source(learned), examples=60, classes=TWO, freeze=2)
    made = optimiser(weight_decay_groups(model), lr=1e-3, weight_decay=0.5)
    penalty = Penalty(model.parameters(), l2=0.1, l1=0.1)
    trained(model, pictures(8, 9), plan=done.plan, optimizer=made, penalty=penalty)
    moved = {name for name, value in model.state_dict().items() if "output" in name or not torch.equal(value, learned[name])}
    assert moved == {f"1.{layer}.{own}" for layer in ("c5", "f6", "output") for own in ("weight", "bias")}


def test_layers_thaw_in_order_and_each_begins_its_own_bias_correction(learned: dict[str, Tensor]) -> None:
    """Adam's first step is α whatever the gradient's scale: a layer that thaws late makes it at its own t = 1."""
    model, x = network(2), pictures(8, 9)
    done = transfer(model, source(learned), examples=100, classes=TWO)
    lr = 1e-3
    adam = Adam(done.plan.groups(weight_decay_groups(model), lr=lr), lr=lr)
    before = {name: w.detach().clone() for name, w in model.named_parameters()}
    trained(model, x, plan=done.plan, optimizer=adam, epochs=4, batch_size=60, patience=9, monitor="metric")
    assert [float(adam.state[getattr(model[1], name.partition(".")[2]).bias].get("step", 0)) for name in LAYERS] == [0, 1, 2, 3, 4]
    first = (model[1].c3.bias - before["1.c3.bias"]).abs()
    assert first.max().item() == pytest.approx(lr / 2.6**3, rel=1e-3)


# --- when it fits, and what the pre-flight says -----------------------------------------------------------------------
SPEC = {"channels": 1, "size": [28, 28], "classes": ["x"], "dropout": 0.2}


@pytest.mark.parametrize(("facts", "spec", "said"), [
    ({"examples": {"train": 600}, "spec": SPEC}, SPEC, None),
    ({"examples": {"train": 599}}, SPEC, "learned from 599 examples, and there are 60 here: transfer pays where the first is far more, about 10 times"),
    ({}, SPEC, "how much data it learned from is unknown"),
    ({"examples": {"train": 600}, "spec": SPEC | {"size": [32, 32]}}, SPEC, r"the input format is different \(size\)"),
    ({"examples": {"train": 600}, "spec": {"schema": {"columns": [{"name": "a"}]}}}, {"schema": {"columns": [{"name": "b"}]}},
     r"the input format is different \(columns\)"),
])
def test_which_condition_fails_is_said(
    learned: dict[str, Tensor], facts: dict[str, Any], spec: dict[str, Any], said: str | None
) -> None:
    done = transfer(network(2), source(learned, **facts), examples=60, classes=TWO, spec=spec)
    later = done.notes[done.notes.index(done.why) + 1:]
    assert len(later) == (said is not None)
    if said:
        import re

        assert re.search(said, later[0])


def checked(model: nn.Module, train: Set, **more: Any) -> Any:
    return preflight(model, train, pictures(8, 9, first=100), loss_fn=cross_entropy, epochs=3, expected_cost=0.693,
                     classes=TWO, transferred=True, seconds=20.0, **more)


def test_the_pre_flight_of_a_transferred_model(learned: dict[str, Tensor]) -> None:
    train = pictures(8, 9)
    for freeze in ("none", 3, "all-but-last"):
        model = network(2)
        done = transfer(model, source(learned), examples=60, classes=TWO, freeze=freeze)
        found = checked(model, train)
        assert not found.not_ok, str(found)
        assert found["gradients"].words == f"reach every one of {2 * (5 - done.plan.frozen)} parameter tensors"
    trained(model, train, epochs=20)
    found = checked(model, train)
    assert not found.not_ok  # it knows much already, and that is what was meant
    with torch.no_grad():
        model[1].output.weight.copy_(-300 * model[1].output.weight)
    assert "give other values than they did where they learned" in checked(model, train)["start"].advice


def test_frozen_layers_that_tell_nothing_apart_are_a_warning(learned: dict[str, Tensor]) -> None:
    model = network(2)
    transfer(model, source(learned), examples=60, classes=TWO, freeze="all-but-last")
    with torch.no_grad():
        model[1].f6.weight.zero_()
    found = checked(model, pictures(8, 9))["one batch"]
    assert found.verdict == "warning" and "freeze fewer" in found.advice
