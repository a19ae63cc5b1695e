"""What studies of `wengu.fit` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import wengu
from wengu.data import load

if TYPE_CHECKING:
    from wengu.project.fit import FitResult


def fit_in(folder: Path, recipe: str, **settings: Any) -> FitResult:
    """`wengu.fit` into this folder, which goes on where it was stopped. Raises KeyboardInterrupt where it is again."""
    resume = (folder / "run" / "run.json").exists()
    fitted = wengu.fit(recipe, runs=folder, name="run", resume=resume, quiet=True, **settings)
    if fitted.run.stopped == "interrupted":
        raise KeyboardInterrupt
    return fitted


def steps_on_sample(folder: Path, recipe: str, **settings: Any) -> dict[str, float]:
    """A canary: two epochs of six steps on the sample; the costs, and the chance given to the right class."""
    fitted = fit_in(folder, recipe, epochs=2, batch_size=600, precision="fp32", **settings)
    sample, last = load("sample"), fitted.run.history[-1]
    p = wengu.load(fitted.path).predict(sample.pixels[:1000, 0]).probabilities
    return {"cost": last["cost"], "dev_cost": last["dev_cost"],
            "p": float(np.mean(p[np.arange(1000), sample.labels[:1000]]))}
