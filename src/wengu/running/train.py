"""How a run is trained: by gradient steps in epochs, or by a trainer that the task brings.

    by_gradient      the loop of training/loop.py; ends with a model at its best dev point
    by_own_trainer   word vectors that are counted, a picture that is painted: ends with a product, saved into the run
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.recipes.rules import optimizer_of, penalty_of, schedule_of
from wengu.recipes.task import Product
from wengu.running.prepare import Prepared
from wengu.running.resume import begin_again
from wengu.torch_private import raised_by_compiler
from wengu.training import Diverged, Run, World
from wengu.training import fit as train
from wengu.training.tensorboard import Mirror


def by_gradient(
    ready: Prepared,
    run: RunFolder | None,
    resume: bool,
    given: Mapping[str, Any],
    world: World,
    *,
    tensorboard: bool,
) -> Run:
    """Gradient steps in epochs: the loop, on what was prepared; without a run nothing is kept of it."""
    task, chosen = ready.task, ready.chosen
    # other hosts have no run folder
    beneath = world.on_rank_zero(lambda: run is not None and resume and not run.facts().get("decay_after_warm_up"))
    try:
        return train(
            ready.model,
            task.sets["train"].examples,
            task.sets["dev"].examples,
            loss_fn=task.loss_fn,
            num_items=task.num_items,
            judge=ready.judge,
            order=task.order,
            run=run,
            epochs=chosen.epochs or 0,  # as the data asks by now
            batch_size=chosen.batch_size,
            micro_batch=chosen.micro_batch,
            precision=ready.form.precision,
            compile=chosen.compile,
            optimizer=optimizer_of(chosen, ready.model, ready.plan),
            unfreeze=ready.plan.at if ready.plan else None,
            keep_features=ready.plan is not None and not ready.plan.gradual,
            decay=schedule_of(chosen, beneath=beneath),
            penalty=penalty_of(chosen, ready.model),
            clip=chosen.clip,
            ema=chosen.ema,
            non_finite=chosen.non_finite,
            ids=task.sets["train"].ids,
            patience=chosen.patience,
            monitor=chosen.monitor,
            augment=ready.augment,
            seed=chosen.seed,
            device=ready.device,
            watcher=Mirror(ready.watcher, run) if run is not None and tensorboard and world.is_first else ready.watcher,
            resume=resume,
            begin=partial(begin_again, run, given, task) if run is not None and resume and world.is_first else None,
        )
    except RuntimeError as error:
        if not (chosen.compile and raised_by_compiler(error)):
            raise
        raise InputError(say("compile: torch.compile cannot be used here: {error}; leave --compile out",
                             error=str(error).split("\n", 1)[0])) from None
    except Diverged:
        if run is not None and world.is_first:
            run.note(stopped="diverged")
        raise


def by_own_trainer(ready: Prepared, run: RunFolder, resume: bool, given: Mapping[str, Any]) -> Product:
    """What the task's own trainer makes; saved, and what it says of itself noted in run.json."""
    task = ready.task
    assert task.trainer is not None, "asked of a task without one"  # noqa: S101  # for the types
    if resume:
        begin_again(run, given, task)
    began = time.monotonic()
    product = task.trainer(task, ready.chosen, run, ready.watcher, resume)
    product.save(run)
    facts = {"stopped": "epochs", "seconds": round(time.monotonic() - began, 1)}
    run.note(**facts | product.facts())
    return product
