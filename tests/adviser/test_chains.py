"""What following the advice came to (studies/chains.py): back to the default run, or to the word that data is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

STUDY = json.loads((Path(__file__).parents[2] / "studies" / "chains.json").read_text())
MOST, WITHIN = 3, 0.02


@pytest.mark.parametrize("start", [name for name in STUDY["cells"] if name != "default"])
def test_a_bad_start_leads_back_in_three_commands_or_only_data_is_left(start: str) -> None:
    default = STUDY["cells"]["default"]["result"]["errors"][0]
    found = STUDY["cells"][start]["result"]
    near = any(error <= default + WITHIN for error in found["errors"][: MOST + 1])
    alone = start == "300-pictures"  # of which the card says that only data is left; the others have all of it
    assert near or (alone and found["only_data"] and len(found["commands"]) <= MOST)
    assert len({*found["commands"]}) == len(found["commands"])  # none is advised twice
    assert found["errors"][0] > default + WITHIN
