"""`wengu data list` and `wengu data get NAME`: the data sets that wengu knows, fetched, checked and kept."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from wengu.core.i18n import say


def app() -> App:
    """list and get."""
    group = App(name="data", help=say("List and fetch data sets."), group_arguments=say("Arguments"))
    group.command(list_entries, name="list", help=say("The data sets that can be had, with size and licence."))
    group.command(get, help=say("Fetch a data set, check it and keep it."))
    return group


def list_entries() -> int:
    """Name, what it is, size, licence, and whether it is on this machine already."""
    from rich.console import Console
    from rich.table import Column, Table

    from wengu.data import catalogue

    console = Console()
    if not console.is_terminal:
        console.width = 1000  # as wide as the longest line
    headings = (say("name"), say("what"), say("on disk"), say("licence"), say("here"))
    table = Table(*(Column(heading, overflow="fold") for heading in headings), box=None, pad_edge=False,
                  header_style="bold")
    for entry in catalogue():
        table.add_row(entry.name, entry.what, f"{entry.bytes / 1e6:.1f} MB" if entry.bytes else "", entry.licence,
                      say("yes") if entry.is_here() else say("no"))
    console.print(table, highlight=False)
    return 0


def get(name: Annotated[str, Parameter(help=say("A name from `wengu data list`."))], /) -> int:
    """Fetch a data set, check it against its SHA-256, and keep it."""
    from rich.console import Console

    from wengu.data import catalogue
    from wengu.data import get as fetch

    console = Console(soft_wrap=True)
    with console.status(say("fetching {name}", name=name)):
        path = fetch(name)
    licence = next(entry.licence for entry in catalogue() if entry.name == name)
    console.print(say("{name} is in {path}   licence: {licence}", name=name, path=path, licence=licence),
                  highlight=False, markup=False)
    return 0
