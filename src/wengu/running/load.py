"""A finished run as a model that predicts."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, settings_of
from wengu.recipes.task import Predictions, Task
from wengu.training import load_best, outputs_of


class LoadedModel:
    """The model of a run at its best dev point, with the reading of inputs that it was trained with."""

    def __init__(self, run: RunFolder, model: nn.Module) -> None:
        self.run, self.model = run, model
        facts = run.facts()
        self.recipe, self.spec = facts["recipe"], facts["spec"]
        self.classes: tuple[str, ...] = tuple(self.spec["classes"])

    def predict(self, inputs: Any) -> Predictions:
        """Classes and probabilities of new inputs.

        Pictures: paths, a folder, the bytes of one, or an array of bytes 0..255 (m, h, w[, channels]). Tables: a data
        frame or the path of a CSV file. Raises InputError for what cannot be read.
        """
        ids, x, notes = recipe(self.recipe).read(inputs, self.spec)
        probabilities = torch.softmax(outputs_of(self.model, x).double(), dim=1).numpy()
        return Predictions(ids, self.classes, probabilities, notes)


def load(path: str | Path, *, warn: Callable[[str], None] | None = None) -> LoadedModel:
    """The model of the run in this folder: `wengu.load("runs/lenet5-sample").predict(["shoe.png"])`.

    It is as it was best on dev, though the run was killed. A damaged checkpoint is passed over, and `warn` told, by
    default Python's warnings. Raises InputError where there is no run that can be read.
    """
    run = RunFolder.open(path)
    facts = run.facts()
    if "spec" not in facts:
        raise InputError(say("{path} is a run without a model to load", path=path))
    try:
        model = recipe(facts["recipe"]).network(facts["network"], facts["spec"])
    except (KeyError, TypeError) as error:
        raise InputError(say("{path}: spec cannot be read: {error}", path=run.path / "run.json", error=error)) from None
    weights, _ = load_best(run.path / "checkpoints", warn=warn or (lambda text: warnings.warn(text, stacklevel=4)))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise InputError(say("the checkpoint is of another network: {error}", error=reason)) from None
    return LoadedModel(run, model.eval())


def task_of(run: RunFolder) -> Task:
    """The run's data and network, prepared again."""
    facts, (settings, _) = run.facts(), run.settings()
    return recipe(facts["recipe"]).prepare(settings_of(facts["recipe"], settings))
