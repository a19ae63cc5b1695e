"""Draws a page of the handbook and a run for the README: `python scripts/readme_pictures.py runs/lenet5-sample`.

Writes docs/page.png and docs/run.png, at half the size in which they are taken.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.handbook.browsing import Watched, chromium, served

ROOT = Path(__file__).parents[1]
WIDTH, COLOURS = 800, 256
PAGE = "/en/gradient_descent/momentum"


def main(run: Path) -> None:
    """Both pictures, in a browser of that size."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder, "runs")
        shutil.copytree(run, runs / run.name)
        with (served(runs) as book, chromium() as browser,
              browser.new_context(viewport={"width": 1280, "height": 900}) as context):
            tab = Watched(context.new_page(), book.root)
            shown = tab.open(PAGE)
            figure = shown.locator("figure.fig").first
            figure.locator(".player input").press("End")  # the whole path
            figure.evaluate("one => scrollTo({top: one.getBoundingClientRect().top + scrollY - 76})")
            shown.wait_for_timeout(1000)
            _small(shown.screenshot()).save(ROOT / "docs/page.png", optimize=True)
            shown = tab.open(f"/en/runs/{run.name}")
            shown.wait_for_selector(".card .gallery, .card h2 + p:last-child")
            _small(shown.screenshot()).save(ROOT / "docs/run.png", optimize=True)
            sys.exit("\n".join(tab.faults) or None)


def _small(png: bytes) -> Image.Image:
    with Image.open(BytesIO(png)) as whole:
        size = WIDTH, round(whole.height * WIDTH / whole.width)
        small = whole.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return small.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
