"""What a checkpoint keeps of the loop, and the way back to it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.core.words import say
from wengu.training.checkpoint import load_newest, steps_kept
from wengu.training.early_stopping import EarlyStopping
from wengu.training.mini_batches import Batch, size_of
from wengu.training.progress import Watcher
from wengu.training.state import State
from wengu.training.step import Step

_LOOKED_AT = 1000  # examples, for a fingerprint


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
    }
    if step.average is None or not step.average.t:
        return own, rest
    rest |= {"own": own, "average": step.average.state_dict()}
    return own | step.average.averages(), rest


def restore(
    run: RunFolder, step: Step, stopping: EarlyStopping, state: State, rests_on: Mapping[str, Any], watcher: Watcher
) -> None:
    """Go back to the newest sound checkpoint; what metrics.jsonl says of later epochs is forgotten.

    Raises InputError, with nothing changed, for a checkpoint of another network, other data or another order of
    batches, and for more epochs done than are asked for.
    """
    if not steps_kept(run.path / "checkpoints"):  # stopped before the first was written: start at the beginning
        return
    weights, kept = load_newest(run.path / "checkpoints", warn=watcher.warn)
    try:
        for name, before in kept["rests_on"].items():
            if rests_on[name] != before:
                raise InputError(say("{name}: the checkpoint was trained with another; resume goes on with the same "
                                     "data, seed and batch_size, or start a new run", name=name))
        step.model.load_state_dict(kept.get("own", weights))
        step.optimizer.load_state_dict(kept["optimizer"])
        if (step.average is not None) != ("average" in kept) and kept["step"]:
            raise InputError(say("average: the checkpoint was trained with another; give the same, or start a new run"))
        if step.average is not None and "average" in kept:
            step.average.load_state_dict(kept["average"])
        stopping.load_state_dict(kept["stopping"])
        state.step, state.cost_sum, state.count = kept["step"], kept["cost_sum"], kept["count"]
        state.skipped, state.seconds, state.best = kept["skipped"], kept["seconds"], kept["best"]
        state.initial_lr, state.most_lr = kept["initial_lr"], kept["most_lr"]
    except InputError:
        raise
    except (RuntimeError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(say("the checkpoint is of another network: {error}", error=reason)) from None
    if state.step > state.total:
        raise InputError(say("epochs: expected more than the {done} that the run has done, got {got}",
                             done=state.step // state.steps_per_epoch, got=state.epochs))
    state.dev, state.clock = state.best, (time.monotonic(), state.step)
    run.cut_metrics(kept["metrics_offset"])


def fingerprint(examples: Dataset[Batch]) -> str:
    """What tells one set from another: how many there are and, of tensors, up to a thousand of them, evenly spread."""
    digest = hashlib.sha256(str(size_of(examples)).encode())
    if isinstance(examples, TensorDataset):
        for tensor in examples.tensors:
            digest.update(f"{tensor.dtype}{tuple(tensor.shape)}".encode())
            some = tensor[:: 1 + len(tensor) // _LOOKED_AT].contiguous().cpu()
            digest.update(some.view(torch.uint8).numpy().tobytes() if some.numel() else b"")
    return digest.hexdigest()[:16]

