"""`wengu fit NAME`: train, judge, advise. The flags are the settings of the recipe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import Field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from cyclopts import App, ArgumentCollection, CoercionError, Parameter, Token

from wengu.core.checks import InputError
from wengu.core.exit import INTERRUPTED
from wengu.core.i18n import say, speaks, translated
from wengu.core.old_settings import by_their_names_now
from wengu.recipes import networks, recipe, recipes
from wengu.recipes.settings import shown
from wengu.running.exchange import Exchange

RUNS = Path("runs")
MADE = "fit "  # stands before a command's name, so that it is no other name of this file

_sources: dict[str, str] = {}


def remember_sources(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """The last of the configuration sources: notes which settings were given, and by what."""
    _sources.clear()
    for argument in arguments:
        if argument.tokens:
            source = argument.tokens[0].source
            _sources[argument.field_info.name] = {"cli": "flag", "env": "environment"}.get(source, source)


def _group() -> App:
    """One command for each recipe and for each network."""
    group = App(
        name="fit",
        help=say("Train a network on pictures or a table; end with the ledger, the cause, and what to try next."),
        group_commands=say("Commands"),
        group_parameters=say("Options"),
    )
    for name in recipes():
        group.command(f"{__name__}:{MADE}{name}", name=name, help=recipe(name).about())
    for name, of in networks().items():
        group.command(f"{__name__}:{MADE}{name}", name=name, help=translated(recipe(of).NETWORKS[name].about))
    return group


def __getattr__(name: str) -> App | Callable[..., int]:
    """The group, and each command, when it is asked for: to make all takes longer than all else that help does."""
    if name == "group":
        return _group()
    network = name.removeprefix(MADE)
    if name == network or network not in (*networks(), *recipes()):
        raise AttributeError(name)
    return _command(networks()[network], network) if network in networks() else _command(network)


def _command(recipe_name: str, network: str = "") -> Callable[..., int]:
    """`wengu fit NAME`, with a flag for every field of the recipe's settings."""

    def command(**values: Any) -> int:
        return _fit(network or recipe_name, **values)

    kind = recipe(recipe_name).Settings
    hints = get_type_hints(kind)
    options: list[tuple[str, Any, Any, str]] = [
        (one.name, hints[one.name], one.default, _help(one, recipe_name)) for one in shown(kind)
    ]
    options += [
        ("name", str, "", say("Name of the run; by default network and data.")),
        ("runs", Path, RUNS, say("Folder that holds the runs.")),
        ("threads", int | None, None, say("Threads of the processor; by default 1, and the run's own on --resume.")),
        ("processes", int | None, None,
         say("Processes that train together, each with all data in memory; by default 1. Several machines: torchrun.")),
        ("repeat", int | None, None,
         say("Train it so often, each time with the next seed, to see what the seed alone does: NAME, NAME-seed1, and "
             "so on. With --resume what has ended is kept, also a run that was trained once.")),
        ("check", bool, False, say("Only check data, model, time and memory: no run; exit status 1 if a check fails.")),
        ("resume", bool, False, say("Continue the run of this name, or the newest, from its last checkpoint.")),
        ("tensorboard", bool, False, say("Mirror the curves into the run's folder: tensorboard --logdir runs.")),
    ]
    parameters = {
        option: inspect.Parameter(
            option,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[
                kind,
                Parameter(
                    help=words,
                    negative="",
                    show_default=_telling(default),
                    show=not (option == "network" and network),  # only a config file may hold it
                    converter=_converter(option, kind),
                ),
            ],
        )
        for option, kind, default, words in options
    }
    command.__signature__ = inspect.Signature(list(parameters.values()))  # type: ignore[attr-defined]
    command.__annotations__ = {option: parameter.annotation for option, parameter in parameters.items()}
    return command


def _help(one: Field[Any], recipe_name: str) -> str:
    """What is said of a setting; of the network also which there are."""
    words = translated(one.metadata["help"])
    names = ", ".join(recipe(recipe_name).NETWORKS)
    return say("{words} There is: {names}.", words=words, names=names) if one.name == "network" and names else words


def _converter(option: str, kind: Any) -> Callable[[Any, Sequence[Token]], Any] | None:
    """For a kind of setting that cyclopts would take otherwise."""

    def choice(kind: Any, tokens: Sequence[Token]) -> str:
        """One of the choices; a word that once was one is what it is called now."""
        value: str = by_their_names_now({option: tokens[0].value})[option]
        if value not in get_args(kind):
            raise CoercionError(token=tokens[0], target_type=kind)
        return value

    return _whole if kind in (int, int | None) else choice if get_origin(kind) is Literal else None


def _whole(kind: Any, tokens: Sequence[Token]) -> int:
    """The number as it was given; cyclopts would round 1.5."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise CoercionError(token=tokens[0], target_type=int) from None


def _telling(default: Any) -> bool:
    """Whether help should show this default: 0 tells something, nothing at all does not."""
    return default is not None and default is not False and default not in ("", ())


def _fit(
    name_of: str,
    *,
    name: str = "",
    runs: Path = RUNS,
    resume: bool = False,
    threads: int | None = None,
    processes: int | None = None,
    tensorboard: bool = False,
    check: bool = False,
    repeat: int | None = None,
    **given: Any,
) -> int:
    """`given` holds only what a flag, the environment or a file gave; the recipe has the defaults."""
    from wengu import project, running
    from wengu.core.console import Console

    exchange = Exchange.of_this_process()
    came_from, quiet = exchange.asked(given) if exchange else (dict(_sources), False)
    console = Console(soft_wrap=True, quiet=quiet or not speaks())
    if check:
        if resume:
            raise InputError(say("--check: it is for a new run; leave --resume out"))
        if repeat is not None:
            raise InputError(say("--check: it trains nothing, so there is nothing to repeat; leave --repeat out"))
        found = running.check(name_of, threads=threads, console=console, **given)
        console.print(str(found), highlight=False, markup=False)
        return int(found.failed)
    how: dict[str, Any] = {"name": name, "runs": runs, "resume": resume, "threads": threads, "processes": processes,
                           "tensorboard": tensorboard, "came_from": came_from, "console": console}
    if repeat not in (None, 1):
        several = project.repeat(name_of, times=repeat, **how, **given)
        if several.card:
            console.print(f"\n{several.card}", highlight=False, markup=False)
        return INTERRUPTED if several.stopped == "interrupted" else 0
    fitted = project.fit(name_of, **how, **given)
    if exchange:  # the parent shows the card
        if speaks():
            exchange.answer(fitted.path)
        return 0
    console.print()
    made = str(fitted.card) if fitted.card else say("{path}: what was made is in its folder", path=fitted.path)
    console.print(made, highlight=False, markup=False)
    return INTERRUPTED if fitted.run.stopped == "interrupted" else 0
