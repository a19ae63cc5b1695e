"""Draws the card of a run for the README: `python scripts/readme_card.py runs/lenet5-sample` writes docs/card.svg."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from wengu.project import diagnose_run

TARGET = Path(__file__).parents[1] / "docs" / "card.svg"


def draw(run: Path) -> str:
    """The card in a terminal's window, without the font that rich would fetch from the web."""
    card = str(diagnose_run(run))
    width = max(len(line) for line in card.splitlines()) + 2
    console = Console(record=True, width=width, file=io.StringIO())
    text = Text(card)
    text.highlight_regex(r"<- .*", "bold red")
    text.highlight_regex(r"wengu (fit|diagnose)[^)\n]*", "cyan")
    console.print(text)
    svg = console.export_svg(title=f"wengu diagnose {run}")
    return re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "ui-monospace, Menlo")


if __name__ == "__main__":
    TARGET.write_text(draw(Path(sys.argv[1])), encoding="utf-8")
    print(f"wrote {TARGET}")
