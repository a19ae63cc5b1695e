"""The console on which everything is shown that has colours or columns: what acts on a terminal is rich's alone."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from wengu.core.printable import printable_lines


class Console(RichConsole):
    """rich's, on which a name can neither colour, ring, move nor turn anything; by default on standard output."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("file", getattr(sys.stdout, "as_it_is", None))
        super().__init__(**options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """The segments of rich; what is text in them is text."""
        for segment in super().render(renderable, options):
            plain = segment.control or segment.text.isprintable()
            yield segment if plain else Segment(printable_lines(segment.text), segment.style)
