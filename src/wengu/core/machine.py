"""What numbers depend on beside their settings: versions and machine."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("wengu", "torch", "numpy", "scikit-learn", "pillow", "pandas")


def environment() -> dict[str, Any]:
    """Python and packages, system, processor and what torch computes with on it, and the command that was given."""
    return {
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := installed(name))},
        "platform": platform.platform(),
        "processor": processor(),
        "kernels": kernels(),
        "cores": os.cpu_count(),
        "command": sys.argv,
    }


def processor() -> str:
    """Its name, which Linux keeps in a file."""
    kept = Path("/proc/cpuinfo")
    text = kept.read_text(encoding="utf-8") if kept.exists() else ""
    name = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return name[1] if name else platform.processor() or platform.machine()


def kernels() -> str:
    """The widest instructions that torch's kernels take here, such as AVX512; empty where torch has not been loaded."""
    torch = sys.modules.get("torch")
    return str(torch.backends.cpu.get_cpu_capability()) if torch else ""


def installed(name: str) -> str:
    """The version of a package, empty where it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
