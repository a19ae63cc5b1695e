"""What to try next, made concrete for a run."""

from dataclasses import replace
from pathlib import Path

import pytest

from wengu.adviser.next_steps import NextStep, next_steps
from wengu.adviser.run_context import RunContext
from wengu.practice import ledger, remedies

SETTINGS = {"network": "lenet5", "data": "sample", "lr": 0.003, "epochs": 30, "dropout": 0.5, "optim": "adamw", "augment": "shift+flip",
            "weight_decay": 0.05, "batch_size": 64}
CAME_FROM = {"lr": "flag", "data": "default", "network": "name", "augment": "data", "epochs": "data", "dropout": "flag", "weight_decay": "rule"}
RUN = RunContext(Path("runs/a b"), "pictures", "lenet5", SETTINGS, CAME_FROM, 3600, 1, 1, "epochs", 28,
                 costs=[2.0 / (k + 1) for k in range(30)], classes=10)
VARIANCE = ledger(train=0.04, dev=0.14, n=1200)


def commands(steps: tuple[NextStep, ...]) -> list[str]:
    return [step.command for step in steps if step.command]


def test_more_data_is_the_larger_data_set_with_the_runs_own_settings() -> None:
    first = next_steps(VARIANCE, RUN)[0]
    assert first.command == "wengu fit lenet5 --lr 0.003 --dropout 0.5 --data fashion-mnist"
    assert first.remark == "14 times the examples; a learning curve tells what it gains: wengu learning-curve 'runs/a b'"  # 60,000 less 10,000 for dev, against 3,600


def test_the_largest_data_set_has_no_larger() -> None:
    largest = replace(RUN, settings=SETTINGS | {"data": "fashion-mnist"})
    assert not any("fashion-mnist" in command and "--weight-decay" not in command for command in commands(next_steps(VARIANCE, largest)))


def test_own_data_is_named_without_a_command() -> None:
    own = next_steps(VARIANCE, replace(RUN, settings=SETTINGS | {"data": "photos"}))[0]
    assert own.command == "" and "photos" in own.remark and "3,600" in own.remark


@pytest.mark.parametrize(("settings", "flag"), [
    ({"augment": "none"}, "--augment auto"), ({"dropout": 0.0}, "--dropout 0.2"), ({"dropout": 0.2}, "--dropout 0.4"),
    ({"optim": "sgd", "l2": 0.0}, "--l2 0.0005"), ({"optim": "adam", "l2": 0.001}, "--l2 0.002"),
    ({"weight_decay": 0.0}, "--weight-decay 0.05"), ({}, "--weight-decay 0.1"),
])
def test_regularisation_is_what_is_not_yet_in_use(settings: dict[str, object], flag: str) -> None:
    """As if all of it were the recipe's own, so that there is nothing to take back."""
    steps = next_steps(VARIANCE, replace(RUN, settings=SETTINGS | settings, came_from=CAME_FROM | dict.fromkeys(settings, "data")))
    assert any(flag in command for command in commands(steps))


BIAS = ledger(human=0.01, train=0.2, dev=0.21, n=5000)


def test_longer_only_where_training_was_cut_short() -> None:
    assert "wengu fit lenet5 --lr 0.003 --dropout 0.5 --epochs 60" in commands(next_steps(BIAS, RUN))
    assert not any("--epochs" in command for command in commands(next_steps(BIAS, replace(RUN, stopped="early"))))


def test_without_human_error_the_test_set_is_not_spent_first() -> None:
    steps = next_steps(ledger(train=0.415, dev=0.415, n=100_000), RUN)
    assert steps[0].remark == "wengu diagnose 'runs/a b' --human ERROR" and not steps[0].command
    assert any("--epochs 60" in step.command for step in steps)
    assert "--open-test" in steps[-1].command


def test_without_any_error_there_is_nothing_to_fix() -> None:
    steps = next_steps(ledger(train=0.0, dev=0.0, n=100_000), RUN)
    assert "--open-test" in steps[0].command and not any("Train longer" in step.what for step in steps)


def test_what_is_in_use_or_not_to_be_had_is_not_advised() -> None:
    steps = next_steps(BIAS, RUN)
    assert not any(word in step.what for step in steps for word in ("Adam", "architecture"))


def test_a_bigger_network_is_one_of_twice_the_width_where_its_width_can_be_set() -> None:
    (bigger,) = [step for step in next_steps(BIAS, RUN) if "bigger network" in step.what]
    assert "--width 2" in bigger.command and bigger.remark == (
        "twice the units in each layer; gains at most 19.0 points")  # the gap between people and train
    wide = replace(RUN, settings={**RUN.settings, "width": 2.0}, came_from={**RUN.came_from, "width": "flag"})
    assert any("--width 4" in step.command for step in next_steps(BIAS, wide))


def test_a_bigger_network_is_the_one_that_the_recipe_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from wengu.recipes import pictures

    monkeypatch.setitem(pictures.NETWORKS, "lenet5", replace(pictures.NETWORKS["lenet5"], bigger="lenet9"))
    monkeypatch.setitem(pictures.NETWORKS, "lenet9", pictures.NETWORKS["lenet5"])
    steps = {step.what: step.command for step in next_steps(BIAS, RUN)}
    assert steps["Take a bigger network: more layers or more units."] == "wengu fit lenet9 --lr 0.003 --dropout 0.5"


def test_ones_own_network_is_named_in_the_commands_and_made_bigger_by_hand() -> None:
    own = replace(RUN, network="./my nets.py:Net", settings=SETTINGS | {"network": "./my nets.py:Net"},
                  came_from=RUN.came_from | {"network": "flag"})
    steps = {step.what: step.command for step in next_steps(BIAS, own)}
    assert steps["Take a bigger network: more layers or more units."] == ""
    assert "wengu fit pictures --network './my nets.py:Net' --lr 0.003 --dropout 0.5 --epochs 60" in steps.values()
    stopped = next_steps(BIAS, replace(own, stopped="interrupted"))[0]
    assert stopped.command == "wengu fit pictures --network './my nets.py:Net' --name 'a b' --resume"


def test_an_interrupted_run_goes_on_first() -> None:
    stopped = replace(RUN, stopped="interrupted", path=Path("my runs/a"), threads=2, processes=4,
                      settings=SETTINGS | {"compile": True, "l2": 0.3}, came_from=CAME_FROM | {"compile": "flag", "l2": "flag"})
    steps = next_steps(BIAS, stopped)
    assert steps[0].command == "wengu fit lenet5 --name a --runs 'my runs' --resume"
    assert not any("--epochs" in command for command in commands(steps))
    assert any("--compile --threads 2 --processes 4" in command and "--runs 'my runs'" in command for command in commands(steps))


def test_a_good_model_opens_the_test_set() -> None:
    steps = next_steps(ledger(human=0.009, train=0.005, dev=0.01, n=100_000), RUN)
    assert "--open-test" in steps[0].command


@pytest.mark.parametrize("book", [VARIANCE, BIAS, ledger(train=0.1, dev=0.13, n=60)])
def test_every_printed_command_is_one_that_the_command_line_takes(book: object) -> None:
    """Parsed by the very application, without running it."""
    import shlex

    from wengu.cli.main import _app

    every = commands(next_steps(book, RUN)) + commands(next_steps(book, replace(RUN, stopped="interrupted", threads=2)))  # type: ignore[arg-type]
    for command in every:
        words = shlex.split(command)
        assert words[0] == "wengu"
        _app().parse_args(words[1:], exit_on_error=False, print_error=False)


def test_anybodys_predictions_get_words_alone() -> None:
    steps = next_steps(VARIANCE)
    assert [step.what for step in steps] == [remedy.what for remedy in remedies("variance")]
    assert not commands(steps)
    unsure = next_steps(ledger(train=0.1, dev=0.1, n=1000), table=Path("p 1.csv"))
    assert not commands(unsure) and unsure[0].remark == "wengu diagnose 'p 1.csv' --human ERROR"


def test_people_are_asked_for_only_where_train_may_be_far_from_them() -> None:
    """0.1 % wrong of 20,000 is at most 0.2 points from anybody: no bias of 2 points can be there."""
    for worth, asked in ((0.02, False), (0.0005, True)):
        steps = next_steps(ledger(train=0.001, dev=0.0012, n=20_000, worth=worth), RUN)
        assert any("--human" in step.remark for step in steps) is asked
