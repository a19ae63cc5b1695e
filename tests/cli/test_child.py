"""The command in a process that a `fit` has started: what it is asked, and what it answers."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wengu import project
from wengu.cli.main import run
from wengu.core.checks import InputError
from wengu.recipes import RECIPES
from wengu.recipes import recipe as recipe_of
from wengu.running import exchange as exchange_file
from wengu.running.exchange import EXCHANGE, Exchange
from wengu.training import Diverged

COMMON: dict[str, Any] = {
    "epochs": 3, "batch_size": 7, "optim": "momentum", "lr": 1 / 3, "beta1": 0.1 + 0.2, "decay": "exponential",
    "decay_rate": 1e-7, "warm_up": 2.0, "weight_decay": 0.0, "l2": 1e-4, "l1": 1e-5, "init": "he", "dropout": 0.25,
    "clip": 5.0, "ema": 0.999, "micro_batch": 3, "from_": "-x.safetensors", "freeze": "2", "precision": "fp32",
    "compile": False, "non_finite": "skip", "patience": 4, "monitor": "metric", "seed": 11, "split_seed": 12,
    "device": "cuda:1", "human": 0.05, "train_examples": 500, "worth": 0.02, "level": 0.9,
    "label_smoothing": 0.1, "class_weights": "balanced", "balanced_batches": False,
}  # fmt: skip
OF_RECIPE = {"pictures": {"network": "lenet5", "data": "my photos", "augment": "shift+flip", "size": "28x28", "width": 0.3, "shortcut": "none",
                          "tta": "flip"},
             "table": {"network": "logistic", "data": "--odd.csv", "target": "种类", "ignore": ("a b", "c,d", "[e]")},
             "multitask": {"network": "multitask-layers", "data": "--odd.csv", "target": ("种类", "a=b"),
                           "ignore": ("a b", "c,d"), "only": ("种类",)}}
NOT_BOTH = {"beta2", "decay_power", "decay_every"}  # which other settings would refuse


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Exchange:
    """That of this process, which is the first of two."""
    for name, value in {EXCHANGE: str(tmp_path), "TORCHELASTIC_RUN_ID": "one", "RANK": "0"}.items():
        monkeypatch.setenv(name, value)
    made = Exchange(tmp_path)
    made.ask({"data": "photos"}, {}, quiet=True)
    return made


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch, exchange: Exchange) -> Callable[..., tuple[int, dict[str, Any]]]:
    """The command's exit status, and what `fit` was called with, where it ends so."""

    def end(result: Any, recipe: str = "lenet5") -> tuple[int, dict[str, Any]]:
        given: dict[str, Any] = {}

        def fit(recipe: str, **values: Any) -> Any:
            given.update(values)
            if isinstance(result, BaseException):
                raise result
            return SimpleNamespace(path=result)

        monkeypatch.setattr(project, "fit", fit)
        return run(["fit", recipe, "--name=one", f"--config={exchange.request}"]), given

    return end


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_setting_arrives_as_it_was(
    monkeypatch: pytest.MonkeyPatch, exchange: Exchange, ending: Callable[..., Any], recipe: str
) -> None:
    """And with its origin, whatever the environment says, which the parent has read."""
    monkeypatch.setenv("WENGU_LR", "0.5")
    monkeypatch.setenv("WENGU_BETA2", "0.5")
    kind = recipe_of(recipe).Settings
    asked = kind(**{name: value for name, value in COMMON.items() if name in {one.name for one in fields(kind)}},
                 **OF_RECIPE[recipe])
    settings = {name: value for name, value in asdict(asked).items() if value is not None}
    assert settings.keys() | NOT_BOTH == {one.name for one in fields(asked)}
    exchange.ask(settings, {"lr": "environment", "from_": "flag", "name": "flag"}, quiet=False)
    code, given = ending(Path("runs/one"), recipe)
    assert code == 0 and exchange.result() == Path("runs/one")
    origins = dict.fromkeys(settings, "call") | {"lr": "environment", "from_": "flag"}
    assert given.pop("came_from") == origins
    assert given.pop("name") == "one" and not given.pop("console").quiet
    assert {name: value for name, value in given.items() if name in settings} == settings


def test_quiet(ending: Callable[..., Any]) -> None:
    assert ending(Path("runs/one"))[1]["console"].quiet


def test_the_first_process_answers(monkeypatch: pytest.MonkeyPatch, exchange: Exchange, ending: Callable[..., Any]) -> None:
    monkeypatch.setenv("RANK", "1")
    assert ending(Path("runs/one"))[0] == 0 and not exchange.answered()


@pytest.mark.parametrize("error", [InputError("lr: no"), Diverged("cost: no"), OSError(errno.ENOSPC, "full", "runs/a/5")])
def test_what_starting_again_cannot_fix_ends_in_peace(
    exchange: Exchange, ending: Callable[..., Any], capfd: pytest.CaptureFixture[str], error: Exception
) -> None:
    assert ending(error)[0] == 0 and capfd.readouterr() == ("", "")
    with pytest.raises(type(error)) as found:
        exchange.result()
    assert type(found.value) is type(error) and str(found.value) == str(error)


def test_a_request_that_the_command_does_not_take(exchange: Exchange, ending: Callable[..., Any]) -> None:
    exchange.ask({"lr": "fast"}, {}, quiet=True)
    assert ending(None)[0] == 0
    with pytest.raises(InputError, match="lr: expected a number, got 'fast'"):
        exchange.result()


def test_what_else_goes_wrong_ends_this_process(
    monkeypatch: pytest.MonkeyPatch, exchange: Exchange, ending: Callable[..., Any]
) -> None:
    """Unless another has ended on purpose."""
    monkeypatch.setattr(exchange_file, "GRACE", 0.0)
    monkeypatch.setattr("wengu.cli.child.GRACE", 0.0)
    assert ending(RuntimeError("a cable was pulled"))[0] == 1
    assert "RuntimeError: a cable was pulled" in exchange.deaths()[0]
    exchange.answer(InputError("lr: no"))
    assert ending(RuntimeError("the other has left"))[0] == 0 and len(exchange.deaths()) == 1


def test_ctrl_c_before_there_is_a_run(exchange: Exchange, ending: Callable[..., Any]) -> None:
    assert ending(KeyboardInterrupt())[0] == 130
    with pytest.raises(KeyboardInterrupt):
        exchange.result()


def test_a_full_disk_is_told_by_the_parent_alone(
    exchange: Exchange, ending: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """And is no reason to start the processes again."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        monkeypatch.setattr("wengu.cli.fit.Exchange.asked", lambda self, given: print("lost") or ({}, True))
        assert ending(Path("runs/one"))[0] == 0
    assert capfd.readouterr().err == ""
