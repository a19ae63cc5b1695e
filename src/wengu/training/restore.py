"""What a checkpoint keeps of the loop, and the way back to it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from wengu.core.batches import Batch, TreeDataset, leaves, size_of
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.machine import kernels, processor
from wengu.core.run_folder import RunFolder
from wengu.training.checkpoint import forget_later, load_newest, steps_kept
from wengu.training.early_stopping import EarlyStopping
from wengu.training.progress import Watcher
from wengu.training.state import State
from wengu.training.step import Step
from wengu.training.world import World

_PLAIN = (int, float, str, tuple, type(None))  # values that can be compared, and kept


def snapshot(
    step: Step, stopping: EarlyStopping, state: State, rests_on: Mapping[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights, copied, and the rest of the state as it stands.

    The weights are those that are judged: the average, where there is one. Training's own are then in the rest.
    """
    own = {name: value.detach().to("cpu", copy=True) for name, value in step.model.state_dict().items()}
    rest = {
        "step": state.step,
        "cost_sum": state.cost_sum,
        "count": state.count,
        "skipped": state.skipped,
        "seconds": state.elapsed(),
        "best": state.best,
        "stopping": stopping.state_dict(),
        "optimizer": step.optimizer.state_dict(),
        "initial_lr": state.initial_lr,
        "most_lr": state.most_lr,
        "rests_on": dict(rests_on),
        "how": {name: value for name, value in how(step).items() if isinstance(value, _PLAIN)},
    }
    if step.ema is None:
        return own, rest
    rest |= {"own": own, "average": step.ema.state_dict()}
    return (own | step.ema.averages() if step.ema.t else own), rest


def restore(
    run: RunFolder | None,
    step: Step,
    stopping: EarlyStopping,
    state: State,
    rests_on: Mapping[str, Any],
    watcher: Watcher,
    world: World,
) -> Callable[[], None]:
    """Go back to the newest sound checkpoint. What is given back forgets what the run says of later steps.

    The first process reads it, and tells the others. Raises InputError, with nothing changed, for a checkpoint of
    another network, other data, another order of batches or number of processes, and for more epochs done than are
    asked for.
    """

    def newest() -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        if run is None:
            return None
        if not steps_kept(run.path / "checkpoints"):  # stopped before the first was written: start at the beginning
            if (n := sum("epoch" in row for row in run.metrics())) > 1:  # each of which left one
                raise InputError(say("{path} has no checkpoint, and metrics.jsonl tells of {n} {n:epoch|epochs}: their "
                                     "weights are gone; start a new run", path=run.path, n=n))
            return None
        return load_newest(run.path / "checkpoints", warn=watcher.warn, of=run)

    found = world.on_rank_zero(newest)
    if found is None:
        return partial(_forget, run, 0, watcher, offset=0)
    weights, kept = found
    try:
        for name, before in kept["rests_on"].items():
            if rests_on[name] != before and name in ("train", "dev"):
                raise InputError(say("the data has changed: {name} is not what the checkpoint was trained on; resume "
                                     "with the same data, or start a new run", name=name))
            if rests_on[name] != before:
                raise InputError(say("{name}: the checkpoint was trained with another; resume with the same {names}, "
                                     "or start a new run", name=name, names=", ".join(rests_on)))
        former = kept.get("how", {})
        former |= {"ema": former["average"]} if "average" in former else {}  # as it was called once
        for name, value in how(step).items():
            if isinstance(value, _PLAIN) and (before := former.get(name, value)) != value:
                raise InputError(say("{name}: the checkpoint was trained with {before}, got {got}; give the same, or "
                                     "start a new run", name=name, before=before, got=value))
        step.model.load_state_dict(kept.get("own", weights))
        step.optimizer.load_state_dict(kept["optimizer"])
        if step.ema is not None:
            step.ema.load_state_dict(kept["average"])
        stopping.load_state_dict(kept["stopping"])
        state.step, state.cost_sum, state.count = kept["step"], kept["cost_sum"], kept["count"]
        state.skipped, state.seconds, state.best = kept["skipped"], kept["seconds"], kept["best"]
        state.initial_lr, state.most_lr = kept["initial_lr"], kept["most_lr"]
    except InputError:
        raise
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise of_another_network(error) from None
    if state.step > state.total:
        raise InputError(say("epochs: expected more than the {done} that the run has done, got {got}",
                             done=state.step // state.steps_per_epoch, got=state.epochs))
    state.dev, state.clock = state.best, (time.monotonic(), state.step)
    return partial(_forget, run, state.step, watcher, offset=kept["metrics_offset"])


def _forget(run: RunFolder | None, step: int, watcher: Watcher, *, offset: int) -> None:
    if run is None:
        return
    forget_later(run.path / "checkpoints", than=step)
    run.cut_metrics(offset)
    if step:
        _told_of_another_processor(run, watcher)


def of_another_network(error: Exception) -> InputError:
    """What a state that does not fit is refused with: the first layer that differs, as torch tells it."""
    reason = str(error).splitlines()[:2][-1].strip()
    return InputError(say("the checkpoint is of another network: {error}", error=reason))


def _told_of_another_processor(run: RunFolder, watcher: Watcher) -> None:
    """Its kernels add in another order. The run remembers where it has been: it is said on the way back, too."""
    try:
        kept = run.read_json("environment.json")
    except InputError:  # nothing that training needs
        return
    if not kept.get("kernels"):  # not known
        return
    here, later = f"{processor()} ({kernels()})", set(kept.get("resumed_on", ()))
    others = {f"{kept.get('processor')} ({kept['kernels']})", *later} - {here}
    if not others:
        return
    watcher.warn(say("the run has been trained on {others}, and this is {here}: from now on its last digits may "
                     "differ from those of a run that stayed on one processor",
                     others=", ".join(sorted(others)), here=here))
    run.write_json("environment.json", {**kept, "resumed_on": sorted({*later, here})})


def fingerprint(examples: Dataset[Batch]) -> str:
    """What distinguishes one set from another: how many there are and, of tensors in memory, every byte of them.

    A Dataset may say it itself, by an attribute `fingerprint`.
    """
    if isinstance(own := getattr(examples, "fingerprint", None), str):
        return own
    digest = hashlib.sha256(str(size_of(examples)).encode())
    held = examples.tensors if isinstance(examples, TensorDataset) else ()
    for tensor in leaves(examples.batch) if isinstance(examples, TreeDataset) else held:
        digest.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
        if tensor.numel():
            digest.update(tensor.contiguous().cpu().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]


def how(step: Step) -> dict[str, Any]:
    """What decides the steps beside data and seed, and may not change where training goes on."""
    penalty = {"l2": step.penalty.l2, "l1": step.penalty.l1} if step.penalty else {"l2": 0.0, "l1": 0.0}
    return {"optimizer": type(step.optimizer).__name__, **step.optimizer.defaults, **penalty, "clip": step.clip,
            "ema": step.ema.beta if step.ema else 0.0}
