"""Rows as text, in columns that also line up under Chinese letters, which are two cells wide."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """The head, then the rows; the first `left` columns begin at the left, the others end at the right.

    >>> print(text_table(["layer", "count"], [["c1", "156"], ["output", "850"]]))
    layer   count
    c1        156
    output    850
    """
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        gaps = [" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)]
        parts = [cell + gap if k < left else gap + cell for k, (cell, gap) in enumerate(zip(cells, gaps, strict=True))]
        return "  ".join(parts).rstrip()

    return "\n".join(map(line, (head, *rows)))
