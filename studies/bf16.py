"""Is a network that trained in bfloat16 as good as one that trained in float32? ResNet-20, three seeds of either.

Both train on 4,800 pictures of the sample for six epochs with the settings of `wengu fit resnet20`, and are judged on
its dev set of 1,200, so that no test picture is looked at. A processor without units for bfloat16 would give the same
errors, more slowly.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from studies.study import Study
from studies.training import fit_in, steps_on_sample

PRECISIONS = ("fp32", "bf16")
SEEDS = range(3)


def run(folder: Path, **settings: Any) -> dict[str, Any]:
    """The errors of one training, and its seconds."""
    fitted = fit_in(folder, "resnet20", data="sample", patience=settings["epochs"], **settings)
    values = {row.set: row.value for row in fitted.ledger.rows}
    return {"train_error": values["train"], "dev_error": values["dev"], "seconds": round(fitted.run.seconds, 1)}


def canary(folder: Path) -> dict[str, float]:
    """The same training, cut short, in float32."""
    return steps_on_sample(folder, "resnet20", train_examples=1200)


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation of the dev error, and mean seconds, of either; and how far apart the means are."""
    made: dict[str, Any] = {}
    for precision in PRECISIONS:
        rows = [results[f"{precision}-{seed}"] for seed in SEEDS]
        errors = [row["dev_error"] for row in rows]
        made[precision] = {"mean": statistics.mean(errors), "sd": statistics.stdev(errors),
                           "seconds": round(statistics.mean(row["seconds"] for row in rows), 1)}
    return {**made, "bf16_is_worse_by": made["bf16"]["mean"] - made["fp32"]["mean"]}


STUDY = Study(
    "bf16",
    cells={f"{precision}-{seed}": {"precision": precision, "seed": seed, "epochs": 6}
           for seed in SEEDS for precision in PRECISIONS},
    run=run,
    canary=canary,
    summary=summary,
)
