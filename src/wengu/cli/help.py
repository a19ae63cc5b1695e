"""The page of `--help`: cyclopts lays it out, and the few words of its own on it are said here, in either language."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import evolve
from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel, InlineText
from cyclopts.help.specs import ColumnSpec, get_default_parameter_columns

from wengu.core.i18n import say

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text


class LateConsole:
    """Our console for cyclopts, made where it prints: most commands are quicker without."""

    @cached_property
    def _made(self) -> Console:
        from wengu.core.console import Console

        return Console()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class HelpPage:
    """The usage line, and a panel for each group of commands or options."""

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Text) -> None:
        from rich.text import Text

        console.print(Text(say("Usage: {usage}", usage=_spoken(usage.plain.rstrip())) + "\n", style="bold"))

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        entries = [entry.copy(metavar=entry.metavar and _spoken(entry.metavar)) for entry in panel.entries]
        layout = DefaultFormatter(column_specs=_columns if panel.format == "parameter" else None)
        layout(console, options, panel.copy(entries=entries))


def _spoken(shape: str) -> str:
    """`[OPTIONS]`, `PATH` and the like, in the language spoken; names stay as they are."""
    words = {
        "COMMAND": say("COMMAND"),
        "OPTIONS": say("OPTIONS"),
        "ARGS": say("ARGS"),
        "CHOICE": say("CHOICE"),
        "PATH": say("PATH"),
        "STR": say("STR"),
        "INT": say("INT"),
        "FLOAT": say("FLOAT"),
    }
    return re.sub(r"\b[A-Z]+\b", lambda word: words.get(word[0], word[0]), shape)


def _columns(console: Console, options: ConsoleOptions, entries: list[HelpEntry]) -> tuple[ColumnSpec, ...]:
    *names, about = get_default_parameter_columns(console, options, entries)
    return (*names, evolve(about, renderer=_about))


def _about(entry: HelpEntry) -> InlineText:
    """What an option does, and in brackets what it takes."""
    from rich.text import Text

    about: InlineText = entry.description
    if entry.choices:
        about.append(Text(say("[choices: {choices}]", choices=", ".join(entry.choices)), "cyclopts.choices"))
    if entry.env_var:
        about.append(Text(say("[env var: {names}]", names=", ".join(entry.env_var)), "cyclopts.env_var"))
    if entry.default is not None:
        about.append(Text(say("[default: {default}]", default=entry.default), "cyclopts.default"))
    if entry.required:
        about.append(Text(say("[required]"), "cyclopts.required"))
    return about
