"""python -m studies [NAME ...] runs studies and writes studies/NAME.json; --check fails where one is stale."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from studies.staleness import digest

HERE = Path(__file__).parent
STUDIES = ("lenet5_fashion_mnist", "optimisers")


def main(words: list[str]) -> int:
    """Run or check."""
    names = [word for word in words if not word.startswith("-")] or list(STUDIES)
    stale = []
    for name in names:
        study, file = importlib.import_module(f"studies.{name}"), HERE / f"{name}.json"
        now = digest(study.RESTS_ON)
        if "--check" in words:
            if not file.exists() or json.loads(file.read_text())["rests_on"] != now:
                stale.append(name)
            continue
        result = study.run()
        file.write_text(json.dumps({"study": name, "rests_on": now, **result}, indent=2) + "\n")
        print(f"wrote {file}")
    for name in stale:
        print(f"stale: studies/{name}.json rests on code that has changed; run it again: python -m studies {name}")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
