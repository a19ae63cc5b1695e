"""Write docs/rows.md, the table of all rows; --check only says whether it is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wengu.rows import Chapter, Row, chapters, rows

TABLE = Path(__file__).parent.parent / "docs" / "rows.md"


def table() -> str:
    """The whole page, a table a chapter."""
    notes = [row for row in rows().values() if not row.beyond]
    running = sum(row.status != "planned" for row in notes)
    head = (f"# The rows\n\n{running} of the {len(notes)} rows of the notes run today: *done* is tested against an "
            "outside authority, raced with its\npeer and has a page in the handbook, *built* lacks one of these. "
            "`wengu explain 2.11` tells of one.\nWhat the notes do not have is said to be beyond them.")
    return "\n\n".join([head, *map(_chapter, chapters())]) + "\n"


def _chapter(chapter: Chapter) -> str:
    notes = [row for row in chapter.rows if not row.beyond]
    running = sum(row.status != "planned" for row in notes)
    names = dict.fromkeys((chapter.en, chapter.zh))
    return "\n".join([
        f"## {chapter.number} {' · '.join(names)} ({running} of {len(notes)})",
        "",
        "| row | name | 名称 | status | in Python |",
        "| --- | --- | --- | --- | --- |",
        *map(_line, chapter.rows),
    ])


def _line(row: Row) -> str:
    objects = ", ".join(f"`{public.replace(':', '.')}`" for public in row.objects)
    beyond = ", beyond the notes" if row.beyond else ""
    return f"| {row.number} | {row.en} | {row.zh} | {row.status}{beyond} | {objects} |"


def main() -> int:
    """0 where the table is, or now is, fresh; 1 where it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the table is stale")
    check, new = parser.parse_args().check, table()
    if TABLE.is_file() and TABLE.read_text(encoding="utf-8") == new:
        return 0
    if check:
        print("docs/rows.md is stale; run `make rows`", file=sys.stderr)
        return 1
    TABLE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
