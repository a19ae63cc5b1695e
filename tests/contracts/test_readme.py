"""The README's example of the loop runs as it stands there."""

import re
from pathlib import Path
from typing import Any

import torch

README = Path(__file__).parents[2] / "README.md"


def test_the_loop_by_itself() -> None:
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
               if "from wengu.training import fit" in block)
    torch.manual_seed(0)
    there: dict[str, Any] = {}
    exec(code, there)
    run, x, y = there["run"], there["x"][800:], there["y"][800:]
    assert run.best["dev_macro-F1"] > 0.9
    assert (run.model(x).argmax(1) == y).float().mean() > 0.9
