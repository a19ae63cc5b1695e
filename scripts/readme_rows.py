"""Write the table of rows into README.md, between its two markers; --check only says whether it is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wengu.rows import Chapter, Row, chapters, rows

README = Path(__file__).parent.parent / "README.md"
START, END = "<!-- rows -->", "<!-- /rows -->"


def table() -> str:
    """One folded table a chapter."""
    running = sum(row.status != "planned" for row in rows().values())
    return "\n\n".join([f"{running} of the {len(rows())} rows run today.", *map(_chapter, chapters())])


def refreshed(readme: str) -> str:
    """The README with today's table. Raises ValueError where it has no place for one."""
    if not (readme.count(START) == readme.count(END) == 1 and readme.index(START) < readme.index(END)):
        raise ValueError(f"README.md: expected one {START} and after it one {END}, for the table of rows between them")
    before, rest = readme.split(START)
    return f"{before}{START}\n{table()}\n{END}{rest.split(END)[1]}"


def _chapter(chapter: Chapter) -> str:
    running = sum(row.status != "planned" for row in chapter.rows)
    names = dict.fromkeys((chapter.en, chapter.zh))
    return "\n".join([
        f"<details><summary>{chapter.number} {' · '.join(names)} ({running} of {len(chapter.rows)})</summary>",
        "",
        "| row | name | 名称 | status | in Python |",
        "| --- | --- | --- | --- | --- |",
        *map(_line, chapter.rows),
        "",
        "</details>",
    ])


def _line(row: Row) -> str:
    objects = ", ".join(f"`{public.replace(':', '.')}`" for public in row.objects)
    return f"| {row.number} | {row.en} | {row.zh} | {row.status} | {objects} |"


def main() -> int:
    """0 where the table is, or now is, fresh; 1 where it is stale or has no place; says which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the table is stale")
    check = parser.parse_args().check
    try:
        old = README.read_text(encoding="utf-8")
        new = refreshed(old)
    except FileNotFoundError:
        print(f"README.md: not found at {README}; write it first, with {START} and {END} in it", file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if new == old:
        return 0
    if check:
        print("README.md: the table of rows is stale; run `python scripts/readme_rows.py`", file=sys.stderr)
        return 1
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
