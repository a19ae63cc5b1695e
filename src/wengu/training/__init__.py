"""The one training loop, and what it is made of."""

from wengu.training.checkpoint import load_best, load_checkpoint, load_newest, save_checkpoint
from wengu.training.control import Control, change_live_run
from wengu.training.early_stopping import EarlyStopping
from wengu.training.evaluation import evaluate, outputs_of
from wengu.training.loop import Diverged, Run, fit
from wengu.training.mini_batches import mini_batches
from wengu.training.penalty import Penalty
from wengu.training.preflight import preflight
from wengu.training.preflight_parts.check import Check, Preflight
from wengu.training.progress import Shown, Silent, Watcher

__all__ = [
    "Check",
    "Control",
    "Diverged",
    "EarlyStopping",
    "Penalty",
    "Preflight",
    "Run",
    "Shown",
    "Silent",
    "Watcher",
    "change_live_run",
    "evaluate",
    "fit",
    "load_best",
    "load_checkpoint",
    "load_newest",
    "mini_batches",
    "outputs_of",
    "preflight",
    "save_checkpoint",
]
