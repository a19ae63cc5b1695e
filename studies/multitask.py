"""Does a question with few labels do better beside two others? 'Long sleeves' of Fashion-MNIST, n labels of it.

    apart      LeNet-5 on the n pictures alone
    beside n   with n more pictures that have labels of the two other questions, 'top' and 'footwear': as many
    together   with all 3,600 training pictures of the sample and their labels of the two others

All take 300 steps by the recipe's defaults, and are kept as they are at their lowest dev cost. Every question is judged
on Fashion-MNIST's test pictures, which choose nothing. The seed decides the weights, the order of batches and which
labels there are; all have the same ones.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studies.study import Study
from wengu.data import QUESTIONS, attributes_of, load
from wengu.recipes import recipe, settings_by_rule, settings_of
from wengu.recipes.rules import optimizer_of, schedule_of
from wengu.training import Run, fit

ASKED = "long sleeves"
FEW = (10, 40, 160)
LABELS = (*FEW, 0)  # 0 is all that there are
SEEDS = range(3)
STEPS, BATCH = 300, 64


def trained(
    *, only: str, labels: int, seed: int, steps: int, others: int | None = None
) -> tuple[Run, tuple[str, ...]]:
    """The network of these settings, and the questions that it answers: `only` one of them, or "" for all.

    `labels` are those of 'long sleeves' that are left, `others` the pictures beside that have none; None for all.
    """
    chosen = settings_of("multitask", {"seed": seed, "only": (only,) if only else (), "batch_size": BATCH})
    chosen = replace(chosen, **settings_by_rule("multitask", chosen))
    task = recipe("multitask").prepare(chosen)
    x, y = (part.clone() for part in task.sets["train"].examples[:])
    asked = tuple(task.spec["labels"])
    if labels and ASKED in asked:
        column, draw = y[:, asked.index(ASKED)], np.random.default_rng(seed)
        there, never = (np.flatnonzero(which) for which in (~column.isnan().numpy(), column.isnan().numpy()))
        kept = draw.permutation(there)[:labels]
        column[np.setdiff1d(there, kept)] = torch.nan
        if others is not None:
            index = np.concatenate([kept, draw.permutation(never)[:others]])
            x, y = x[index], y[index]
    some = ~y.isnan().all(dim=1)
    x, y = x[some], y[some]
    epochs = math.ceil(steps / math.ceil(len(x) / BATCH))
    model = task.model()
    dev = task.sets["dev"].examples
    return fit(model, (x, y), dev, loss_fn=task.loss_fn, epochs=epochs, batch_size=BATCH, patience=epochs, seed=seed,
               optimizer=optimizer_of(chosen, model), decay=schedule_of(chosen)), asked


def errors(folder: Path, *, only: str, labels: int, seed: int, others: int | None = None) -> dict[str, float]:
    """The error of each question on the test pictures that have a label of it."""
    run, asked = trained(only=only, labels=labels, seed=seed, steps=STEPS, others=others)
    whole = load("fashion-mnist")
    test = whole.take(whole.set_of == "test")
    y = attributes_of(test)[:, [QUESTIONS.index(name) for name in asked]]
    model = run.model.eval()
    with torch.inference_mode():
        z = torch.cat([model(part) for part in torch.split(torch.from_numpy(np.array(test.pixels)), 500)])
    wrong = (z.numpy() > 0) != (y == 1)
    return {name: float(wrong[y[:, k] == y[:, k], k].mean()) for k, name in enumerate(asked)}


def canary(folder: Path) -> dict[str, float]:
    """A few steps of both; the costs."""
    digits = {}
    for only in ("", ASKED):
        run, _ = trained(only=only, labels=40, seed=0, steps=6)
        digits |= {f"{only or 'together'}_{key}": run.history[-1][key] for key in ("cost", "dev_cost")}
    return digits


def summary(results: dict[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation of the test error over seeds: of 'long sleeves' by its labels, of the others."""

    def of(how: str, labels: int, question: str) -> dict[str, float]:
        found = [results[f"{how}-{labels or 'all'}-{seed}"][question] for seed in SEEDS]
        return {"mean": statistics.mean(found), "sd": statistics.stdev(found)}

    every = len(recipe("multitask").prepare(settings_of("multitask", {"only": (ASKED,)})).sets["train"])
    few = {str(n or every): {how: of(how, n, ASKED) for how in ("apart", "beside", "together") if n or how != "beside"}
           for n in LABELS}
    others = {name: {"apart": of(name, 0, name), "together": of("together", 0, name)}
              for name in QUESTIONS if name != ASKED}
    return {ASKED: few, **others}


STUDY = Study(
    "multitask",
    cells={
        f"{how}-{labels or 'all'}-{seed}": {"only": only, "labels": labels, "seed": seed}
        | ({"others": labels} if how == "beside" else {})
        for how, only, counts in (("together", "", LABELS), ("apart", ASKED, LABELS), ("beside", "", FEW),
                                  *((name, name, (0,)) for name in QUESTIONS if name != ASKED))
        for labels in counts
        for seed in SEEDS
    },
    run=errors,
    canary=canary,
    summary=summary,
)
