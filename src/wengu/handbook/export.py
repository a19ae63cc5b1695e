"""Figures computed ahead, so that a page draws at once; and the whole handbook as files for any web server.

    python -m wengu.handbook.export [PAGE ...]            make figures: every default, in both languages
    python -m wengu.handbook.export --check [PAGE ...]    compute them again and compare
    wengu notes --export DIR        (grids.py computes what its figures are moved to)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

from wengu.core.checks import InputError
from wengu.core.files import whole_folder, write_whole
from wengu.core.i18n import LANGUAGES, Language, say, speaking
from wengu.handbook import reference
from wengu.handbook.card_render import route_html
from wengu.handbook.grids import Grids, grids
from wengu.handbook.parts import NO_GRIDS, STATIC, Site, stored_at
from wengu.handbook.places import rooms
from wengu.handbook.render import cover_html, entrance_html, page_html, reference_html
from wengu.handbook.search import search_index
from wengu.handbook.sheet import sheet_html
from wengu.pages import draws_at, figures_of, pages, questions_of, quotables_of, stored_draws
from wengu.pages.page import raw
from wengu.pages.question import STORED
from wengu.pages.quotes import STORE, Value, computed, quotes_in, stored_quotes
from wengu.pages.routes import ROUTES

TOLERANCE = 2e-3  # of the largest number beside it: machines round float32 differently
LAST_PLACE = 0.12  # of a written number, up to which its last digit may be another
SLOW = 0.1  # seconds
MARK = "wengu-notes.json"
_KINDS = (".css", ".grid", ".html", ".js", ".json", ".svg")
_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


# -- stored defaults --------------------------------------------------------------------------------------------------


def defaults(language: Language, only: list[str] | None = None) -> Iterator[tuple[str, str, dict[str, Any], float]]:
    """Every figure as it is before the reader touches it, as a question before it moves it, and at its last step for
    paper, where the first does not hold that.

    Its page, its name, its JSON, and the seconds it took.
    """
    for page in pages(language):
        if only and page.path not in only:
            continue
        found, asked = figures_of(page.path), questions_of(page.path)
        wanted: list[tuple[str, str, Mapping[str, Any]]] = [(name, name, {}) for name in page.figures] + [
            (f"{after.text}+{part.text}", after.text, asked[part.text].draw(0).then)
            for part, after in pairwise(page.parts) if part.kind == "expect"
        ]
        for name, figure, state in wanted:
            start = time.perf_counter()
            with speaking(language):
                made = found[figure](**state).to_json()
            yield page.path, name, made, time.perf_counter() - start
        for name in page.figures:
            start = time.perf_counter()
            with speaking(language):
                if last := found[name].last():
                    yield page.path, f"{name}@last", last.to_json(), time.perf_counter() - start


def quotes(only: list[str] | None = None) -> dict[str, dict[str, Value]]:
    """What every page's texts quote of its figures, as the library gives it now; pages without a quote are left out."""
    made: dict[str, dict[str, Value]] = {}
    for page in pages("en"):
        if not only or page.path in only:
            named = {one for language in LANGUAGES for one in quotes_in(raw(page.path, language))}
            if named:
                found = quotables_of(page.path)
                made[page.path] = {str(one): computed(one, found) for one in sorted(named, key=str)}
    return made


def freeze(only: list[str] | None = None, root: Path = STATIC) -> list[str]:
    """Write those that differ by more than rounding; remove what no page has any more. Says what was slow."""
    slow, kept = {}, set()
    for language in LANGUAGES:
        (root / "figures" / language).mkdir(parents=True, exist_ok=True)
        for path, name, made, seconds in defaults(language, only):
            at = stored_at(language, path, name, root)
            kept.add(at)
            if not at.exists() or differs(json.loads(at.read_text(encoding="utf-8")), made):
                write_whole(at, json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
            slow[f"{path} {name}"] = seconds  # of the second language: the first may have imported a room
    for path, made in draws(only):
        if differs(stored_draws(path), made):
            write_whole(draws_at(path), _lines(made))
    if not only:
        for stale in set(root.glob("figures/*/*.json")) - kept:
            stale.unlink()
    before, now = stored_quotes(), quotes(only)
    if differs(before if not only else {path: before.get(path) for path in now}, now):
        held = {path: values for path, values in (before | now if only else now).items() if values}
        write_whole(STORE, json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    return [f"{name}: {seconds:.2f} s" for name, seconds in slow.items() if seconds > SLOW]


def draws(only: list[str] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The first draws of every question, by page and name."""
    for page in pages("en"):
        if not only or page.path in only:
            asked = questions_of(page.path)
            yield page.path, {name: [json.loads(json.dumps(one.draw(seed).to_json()))
                                     for seed in range(1 if one.moves else STORED)] for name, one in asked.items()}


def _lines(made: dict[str, Any]) -> str:
    """A line a draw."""
    each = (f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, those)) + "]" for name, those in made.items())
    return "{" + ",\n".join(each) + "}\n"


def stale(only: list[str] | None = None, root: Path = STATIC) -> list[str]:
    """What the stored defaults have otherwise than the library gives now; nothing where all is fresh."""
    wrong, kept = [], set()
    for language in LANGUAGES:
        for path, name, made, _ in defaults(language, only):
            at = stored_at(language, path, name, root)
            kept.add(at)
            if not at.exists():
                wrong.append(f"{at.name}: missing")
            elif why := differs(json.loads(at.read_text(encoding="utf-8")), made):
                wrong.append(f"{language}/{at.name}: {why}")
    before, now = stored_quotes(), quotes(only)
    if why := differs(before if not only else {path: before.get(path) for path in now}, now):
        wrong.append(f"{STORE.name}: {why}")
    wrong += [f"{path}: {why}" for path, made in draws(only) if (why := differs(stored_draws(path), made))]
    if not only:
        wrong += [f"{at.name}: no page has it" for at in sorted(set(root.glob("figures/*/*.json")) - kept)]
    return wrong


def differs(before: Any, now: Any, at: str = "", scale: float = 0.0) -> str:
    """Where two pieces of JSON differ by more than rounding, empty where nowhere; numbers within words count as such.

    >>> differs({"y": [1.0, 1e-9], "say": "dev 0.1234"}, {"y": [1.0001, 0], "say": "dev 0.1235"})
    ''
    >>> differs({"y": [1.0, 2.0]}, {"y": [1.0, 2.1]})
    '/y/1: 2.0 stored, 2.1 now'
    """
    other = f"{at}: {before!r} stored, {now!r} now"
    if _kind(before) is not _kind(now):
        return other
    if isinstance(before, float | int) and not isinstance(before, bool):
        return "" if abs(before - now) <= TOLERANCE * max(abs(before), abs(now), scale) else other
    if isinstance(before, str):
        if _NUMBER.split(before) != _NUMBER.split(now):
            return other
        pairs = zip(_NUMBER.findall(before), _NUMBER.findall(now), strict=True)
        return "" if all(_rounds_alike(*pair) for pair in pairs) else other
    if isinstance(before, dict):
        if before.keys() != now.keys():
            return f"{at}: {sorted(before.keys() ^ now.keys())}"
        return next((why for key in before if (why := differs(before[key], now[key], f"{at}/{key}"))), "")
    if isinstance(before, list):
        if len(before) != len(now):
            return f"{at}: {len(before)} stored, {len(now)} now"
        scale = max((abs(n) for n in before if isinstance(n, int | float)), default=0.0)
        return next((why for k, pair in enumerate(zip(before, now, strict=True))
                     if (why := differs(*pair, f"{at}/{k}", scale))), "")
    return "" if before == now else other


def _rounds_alike(before: str, now: str) -> bool:
    """Whether two written numbers are one but for rounding: near, or one apart in a last place that is small to them.

    >>> _rounds_alike("0.1234", "0.1235"), _rounds_alike("0.64", "0.63"), _rounds_alike("0.1", "0.2")
    (True, True, False)
    """
    a, b = (float(one.replace("−", "-")) for one in (before, now))
    most = max(abs(a), abs(b))
    place = 10.0 ** -len(before.partition(".")[2].partition("e")[0])
    return abs(a - b) <= max(TOLERANCE * most, min(1.001 * place, LAST_PLACE * most))


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


# -- the export -------------------------------------------------------------------------------------------------------


def export(
    folder: Path, *, moving: Collection[str] | None = None, told: Callable[[int, int], None] | None = None
) -> int:
    """The handbook as files, written whole, with relative links: figures that move between states computed ahead,
    search, no runs. Figures of all pages, or of those `moving`; the others stand still. `told` hears of progress.

    How many pages it has. Raises InputError where something else stands there.
    """
    if folder.exists() and not (folder.is_dir() and ((folder / MARK).exists() or not any(folder.iterdir()))):
        raise InputError(say("--export {folder}: expected a new or an empty folder, or one made by this command",
                             folder=folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with whole_folder(folder) as root:
        shutil.copytree(STATIC, root / "static", ignore=shutil.ignore_patterns("figures", ".part-*"))
        moved = grids(root, only=moving, told=told or (lambda done, of: None))
        _write(root / MARK, json.dumps({"pages": {one: len(pages(one)) for one in LANGUAGES}}) + "\n")
        _write(root / "index.html", entrance_html(_site("/index.html")))
        for language in LANGUAGES:
            _write(root / f"{language}/index.html", cover_html(language, _site(f"/{language}/index.html")))
            _write(root / f"api/search/{language}.json", json.dumps(search_index(language), ensure_ascii=False))
            for route in ROUTES.values():
                name = f"/{language}/routes/{route.slug}.html"
                _write(root / name[1:], route_html(language, _site(name), route, {}))
            _write(root / f"{language}/sheet.html", sheet_html(language, _site(f"/{language}/sheet.html")))
            for page in pages(language):
                name = f"/{language}/{page.path}.html"
                _write(root / name[1:], page_html(page, _site(name, moved)))
                written += 1
            for room in map(reference.room_at, map(reference.slug_of, rooms())):
                name = f"/{language}/api/{room.slug}.html"
                _write(root / name[1:], reference_html(room, language, _site(name)))
                written += 1
    return written


def _site(at: str, moved: Grids = NO_GRIDS) -> Site:
    """Links as they stand in the file `at`, and the grids of its figures."""

    def link(to: str) -> str:
        if to.endswith("/"):
            to += "index.html"
        elif PurePosixPath(to).suffix not in _KINDS:
            to += ".html"
        return os.path.relpath(to, str(PurePosixPath(at).parent)).replace(os.sep, "/")

    return Site(link=link, grids=moved)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """`make figures`: make the stored figures, or check them."""
    parser = argparse.ArgumentParser(prog="python -m wengu.handbook.export")
    parser.add_argument("--check", action="store_true", help="compare with what is stored instead of writing")
    parser.add_argument("pages", nargs="*", help="chapter/slug, all by default")
    given = parser.parse_args()
    if given.check:
        wrong = stale(given.pages)
        print("\n".join(wrong) or "figures are fresh")
        sys.exit(bool(wrong) and "`make figures` makes them again")
    for line in freeze(given.pages):
        print("slow:", line)


if __name__ == "__main__":
    main()
