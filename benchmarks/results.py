"""RESULTS.md: one section a room, each with the machine it was measured on; measuring a room again replaces its own."""

from __future__ import annotations

import datetime
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

from benchmarks.race import Row

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Side by side with peers

`make bench` writes this page; `python -m benchmarks regression` measures one room again. A ratio is the peer's time over
ours, above 1 we win: the median of rounds taken in turns in one process, by the wall's clock and by the processor's; in
brackets how long ours took. A target is met where both ratios reach it and the quality is right.
"""
PACKAGES = ("torch", "numpy", "scikit-learn")


def write(room: str, rows: list[Row], *, page: Path = RESULTS) -> None:
    """Put the rows of one room in the page, and leave the other rooms as they are."""
    sections = read(page)
    sections[room] = f"{machine()}\n\n{table(rows)}"
    body = "".join(f"\n## {name}\n\n{sections[name]}\n" for name in sorted(sections))
    page.write_text(HEAD + body, encoding="utf-8")


def read(page: Path) -> dict[str, str]:
    """The sections that the page has now."""
    if not page.exists():
        return {}
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| work | setting | peer | measured | quality | target | |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        cells = (row.work, row.setting, row.peer, row.measured, row.quality, row.target, "met" if row.met else "**missed**")
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def machine() -> str:
    """When and on what: the processor, what else it had to do, the versions, the threads."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    threads = sorted({f"{library['user_api']} {library['num_threads']}" for library in threadpool_info()})
    return (
        f"{today}, {processor()}, {os.cpu_count()} cores, {load}; Python {platform.python_version()}, "
        f"{', '.join(f'{name} {installed(name)}' for name in PACKAGES)}; threads: {', '.join(threads)}."
    )


def processor() -> str:
    """Its name, as Linux knows it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = re.findall(r"^model name\s*: (.+)$", information.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if names:
            return str(names[0])
    return platform.processor() or platform.machine()


def installed(name: str) -> str:
    """The version of a package, or that it is missing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
