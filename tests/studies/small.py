"""A small study: what its cells do is in their settings, and what they did in files beside the results."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studies.study import Study


def cell(folder: Path, *, does: str = "", home: str, n: int) -> dict[str, Any]:
    """Its number squared, and how often it was begun in this folder; or what `does` says."""
    begun = folder / "begun"
    begun.write_text(begun.read_text() + "x" if begun.exists() else "x")
    (Path(home) / f"begun-{n}").touch()
    if does == "stops once" and begun.read_text() == "x":
        raise KeyboardInterrupt
    if does == "does not heed":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        (Path(home) / "deaf").touch()
    if does in ("waits", "does not heed"):
        time.sleep(600)
        (Path(home) / "gave up").touch()
    if does == "is killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if does == "raises":
        raise OSError("no such data")
    return {"square": {n} if does == "is not plain" else n * n, "begun": len(begun.read_text()), "there": there(home)}


def canary(folder: Path) -> dict[str, float]:
    """Two digits, of which one is that of the code as it is now."""
    return {"cost": float(os.environ.get("CODE", "1")), "p": 0.5}


def broken(folder: Path) -> dict[str, float]:
    """Code that no longer runs."""
    raise ValueError("no such layer")


def there(home: str) -> list[str]:
    """The cells that the file has."""
    file = Path(home) / "small.json"
    return list(json.loads(file.read_text())["cells"]) if file.exists() else []


def squares(results: dict[str, Any]) -> int:
    """Of all cells."""
    return sum(result["square"] for result in results.values())


def small(home: Path, *does: str, canary: Callable[[Path], dict[str, float]] = canary) -> Study:
    """A study with a cell for each thing to do: one, two, three."""
    cells = {name: {"does": what, "home": str(home), "n": n + 1}
             for n, (name, what) in enumerate(zip(("one", "two", "three"), does, strict=False))}
    return Study("small", cells=cells, run=cell, canary=canary, summary=squares)


def read(home: Path) -> dict[str, Any]:
    """The results."""
    found: dict[str, Any] = json.loads((home / "small.json").read_text())
    return found
