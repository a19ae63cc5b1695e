"""What each of two processes does for test_minis_of_two.py: python -m tests.contracts.two_minis FOLDER."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.contracts.minis import MINIS, OWN, SETTINGS, STILL
from tests.contracts.minis.stopping import stopped_after
from wengu.core.checks import InputError
from wengu.core.exit import leave
from wengu.project import fit
from wengu.recipes import register
from wengu.training import joined
from wengu.training.checkpoint import steps_kept


def main(folder: Path) -> None:
    """Train every miniature that processes can share; then again, killed in the second epoch and resumed."""
    sys.modules["wengu.project.fit"].PREFLIGHT = 0.1  # type: ignore[attr-defined]
    told: dict[str, object] = {}
    with joined() as world:  # once for all of them
        for mini in (*MINIS, *STILL, OWN):
            register(mini.name, mini)
        for mini in (*MINIS, *STILL):
            whole = fit(mini.name, name=mini.name, runs=folder, **SETTINGS).path
            steps = world.on_rank_zero(lambda path=whole: steps_kept(path / "checkpoints")[-1])
            again = f"{mini.name}-again"
            with stopped_after(steps // 3 + 1):
                fit(mini.name, name=again, runs=folder, **SETTINGS)
            told[mini.name] = world.on_rank_zero(lambda name=again: steps_kept(folder / name / "checkpoints")[-1])
            fit(mini.name, name=again, runs=folder, resume=True, quiet=True)
        with pytest.raises(InputError) as refused:
            fit(OWN.name, runs=folder, quiet=True)
        told[OWN.name] = world.all_gather(str(refused.value))
    if world.is_first:
        (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    leave(0)
