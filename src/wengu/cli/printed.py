"""What commands print: lines and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wengu.core.printable import printable


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """In columns, whose cells are never cut."""
    from rich.table import Column, Table
    from rich.text import Text

    from wengu.core.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 1000  # as wide as the longest line
    shown = Table(*(Column(heading, overflow="fold") for heading in headings), box=None, pad_edge=False,
                  header_style="bold")
    for row in rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))
    console.print(shown, highlight=False)


def line(text: str) -> None:
    """A line of its own, never cut."""
    from wengu.core.console import Console

    Console(soft_wrap=True).print(text, highlight=False, markup=False)
