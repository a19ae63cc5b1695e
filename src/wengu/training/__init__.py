"""The one training loop, and what it is made of."""

from wengu.training.checkpoint import load_best, load_checkpoint, load_newest, save_checkpoint
from wengu.training.control import Control, change_live_run
from wengu.training.early_stopping import EarlyStopping
from wengu.training.evaluation import evaluate, outputs_of
from wengu.training.loop import Diverged, Run, fit
from wengu.training.mini_batches import mini_batches
from wengu.training.penalty import Penalty
from wengu.training.precision import PLAIN, ComputeFormat, channels_first, fastest, laid_out
from wengu.training.preflight import preflight
from wengu.training.preflight_parts.check import Check, Preflight
from wengu.training.progress import Shown, Silent, Watcher
from wengu.training.transfer import Source, Transferred, transfer
from wengu.training.unfreezing import UnfreezeSchedule, schedule_of_run
from wengu.training.world import World, joined, launched

__all__ = [
    "PLAIN",
    "Check",
    "ComputeFormat",
    "Control",
    "Diverged",
    "EarlyStopping",
    "Penalty",
    "Preflight",
    "Run",
    "Shown",
    "Silent",
    "Source",
    "Transferred",
    "UnfreezeSchedule",
    "Watcher",
    "World",
    "change_live_run",
    "channels_first",
    "evaluate",
    "fastest",
    "fit",
    "joined",
    "laid_out",
    "launched",
    "load_best",
    "load_checkpoint",
    "load_newest",
    "mini_batches",
    "outputs_of",
    "preflight",
    "save_checkpoint",
    "schedule_of_run",
    "transfer",
]
