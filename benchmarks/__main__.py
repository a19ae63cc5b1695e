"""python -m benchmarks [room ...]: race all rooms, or the ones named, and write benchmarks/RESULTS.md and races.json.

A room is a file here that defines `races() -> Iterator[Row]`. Each has its section in the page, with the machine it was
measured on; measuring it again replaces that section alone. The handbook and `wengu explain` read the ratios from
src/wengu/races.json, which is made of the page.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from benchmarks.race import Row
from wengu.core.machine import installed, processor

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
RACES = HERE.parent / "src" / "wengu" / "races.json"
ROOMS = sorted(file.stem for file in HERE.glob("*.py") if "\ndef races(" in file.read_text(encoding="utf-8"))
PACKAGES = ("torch", "numpy", "scikit-learn")
COLUMNS = ("work", "setting", "peer", "measured", "quality", "target", "")
RACE = re.compile(r"^\| (.+?) \| (.+?) \| (.+?)(?:, torch \S+)? \| ([\d.]+) wall,", re.MULTILINE)
HEAD = """# Side by side with peers

`make bench` writes this page; `python -m benchmarks regression` measures one room again. A ratio is the peer's time
over ours, above 1 we win: the median of rounds taken in turns in one process, by the wall's clock and by the
processor's; in brackets how long ours took. A target is met where both ratios reach it and the quality is right.
"""


def main(rooms: list[str]) -> int:
    """0, or 2 where a room is not known; whether a target was met is for the reader of the page."""
    if unknown := sorted(set(rooms) - set(ROOMS)):
        print(f"room: {', '.join(unknown)} is unknown. Choose from: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    for room in rooms or ROOMS:
        print(room, flush=True)
        rows: list[Row] = []
        for row in importlib.import_module(f"benchmarks.{room}").races():
            print("  " + " | ".join(row.cells()), flush=True)
            rows.append(row)
        write(room, rows)
    RACES.write_text(json.dumps(raced(RESULTS.read_text(encoding="utf-8")), indent=1, ensure_ascii=False) + "\n",
                     encoding="utf-8")
    print(f"wrote {RESULTS.parent.name}/{RESULTS.name}")
    return 0


def write(room: str, rows: list[Row], page: Path = RESULTS) -> None:
    """Put the rows of one room in the page, and leave the other rooms as they are."""
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = sections_of(old)
    sections[room] = f"{machine()}\n\n{table(rows)}"
    page.write_text(HEAD + "".join(f"\n## {name}\n\n{sections[name]}\n" for name in sorted(sections)), encoding="utf-8")


def sections_of(page: str) -> dict[str, str]:
    """What stands under each heading."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def raced(page: str) -> dict[str, dict[str, Any]]:
    """The races on the page, by room: work, setting, peer, ratio by the wall's clock. What has no peer is left out."""
    made = {}
    for room, text in sections_of(page).items():
        if races := [[*names, float(ratio)] for *names, ratio in RACE.findall(text)]:
            day, processor, cores = text.split("; ", 1)[0].split(", ")[:3]
            made[room] = {"on": [day, processor, cores.split()[0]], "races": races}
    return made


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [list(COLUMNS), ["---"] * len(COLUMNS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def machine() -> str:
    """When and on what: the processor, how busy it was, the versions, the threads."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    threads = sorted({f"{library['user_api']} {library['num_threads']}" for library in threadpool_info()})
    return (
        f"{datetime.datetime.now(tz=datetime.UTC).date()}, {processor()}, {os.cpu_count()} cores, load {load}; "
        f"Python {platform.python_version()}, {', '.join(f'{name} {installed(name)}' for name in PACKAGES)}; "
        f"threads: {', '.join(threads)}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
