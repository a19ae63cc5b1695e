"""What each of two processes does for test_minis.py: python -m tests.contracts.two_minis FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.contracts.minis import MINIS
from wengu.core.exit import leave
from wengu.project import fit
from wengu.recipes import register
from wengu.training import joined


def main(folder: Path) -> None:
    """Train every miniature that processes can share."""
    with joined():  # once for all of them
        for mini in MINIS:
            register(mini.name, mini)
            fit(mini.name, name=mini.name, runs=folder, epochs=3, batch_size=12, patience=99, precision="fp32",
                quiet=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    leave(0)
