"""Pictures of every page of the handbook, to look at.

    python scripts/handbook_shots.py FOLDER [WORD]    of all pages, or of those whose path has WORD in it

Writes FOLDER/<language>-<width>-<scheme>/<page>.png, and beside each folder a sheet of all of them, small.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.handbook.browsing import SCHEMES, WIDTHS, Watched, chromium, served

from wengu.core.i18n import LANGUAGES
from wengu.handbook.places import rooms
from wengu.handbook.reference import slug_of
from wengu.pages import pages

COLUMNS, THUMB, TALL = 6, 300, 900


def main(folder: Path, word: str = "") -> None:
    """Every width × scheme × language."""
    every = ("", "runs", *(one.path for one in pages("en")), *(f"api/{slug_of(room)}" for room in rooms()))
    paths = [path for path in every if word in path]
    with tempfile.TemporaryDirectory() as runs, served(Path(runs)) as book, chromium() as browser:
        for language, width, scheme in product(LANGUAGES, WIDTHS, SCHEMES):
            into = folder / f"{language}-{width}-{scheme}"
            into.mkdir(parents=True, exist_ok=True)
            with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
                tab = Watched(context.new_page(), book.root)
                files = []
                for path in paths:
                    files.append(into / f"{path.replace('/', '.') or 'cover'}.png")
                    tab.open(f"/{language}/{path}").screenshot(path=files[-1], full_page=True)
                print(into, *tab.faults, flush=True)
            sheet(files).save(into.with_suffix(".png"))


def sheet(files: list[Path]) -> Image.Image:
    """The tops of all of them side by side, each with its name."""
    made = Image.new("RGB", (COLUMNS * THUMB, -(-len(files) // COLUMNS) * TALL), "#888")
    for k, file in enumerate(files):
        at = (k % COLUMNS * THUMB, k // COLUMNS * TALL)
        with Image.open(file) as whole:
            small = whole.convert("RGB").resize((THUMB - 8, round(whole.height * (THUMB - 8) / whole.width)))
        made.paste(small.crop((0, 0, small.width, min(small.height, TALL - 24))), (at[0], at[1] + 16))
        ImageDraw.Draw(made).text((at[0] + 2, at[1] + 2), file.stem, fill="white")
    return made


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), *sys.argv[2:])
