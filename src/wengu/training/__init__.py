"""The one training loop, and what it is made of."""

from wengu.core.batches import Batch, call
from wengu.training.checkpoint import load_best, load_checkpoint, load_newest, save_checkpoint
from wengu.training.control import LiveControl, change_live_run
from wengu.training.early_stopping import EarlyStopping
from wengu.training.epoch import Diverged
from wengu.training.evaluation import Judge, answers_of, evaluate
from wengu.training.loop import Run, fit
from wengu.training.order import Order, by_length, consecutive, mini_batches, of_each, shuffled, weighted
from wengu.training.penalty import Penalty
from wengu.training.precision import PLAIN, ComputeFormat, contiguous, fastest_format, in_memory_format, usual_format
from wengu.training.preflight import preflight
from wengu.training.preflight_parts.check import Check, Preflight
from wengu.training.progress import Shown, Silent, Watcher
from wengu.training.step import of_whole_batch
from wengu.training.transfer import PretrainedWeights, Transferred, transfer
from wengu.training.transfer_fits import Features, Fits, features_of, fits
from wengu.training.unfreezing import UnfreezeSchedule, schedule_of_run
from wengu.training.world import World, joined, launched

__all__ = [
    "PLAIN",
    "Batch",
    "Check",
    "ComputeFormat",
    "Diverged",
    "EarlyStopping",
    "Features",
    "Fits",
    "Judge",
    "LiveControl",
    "Order",
    "Penalty",
    "Preflight",
    "PretrainedWeights",
    "Run",
    "Shown",
    "Silent",
    "Transferred",
    "UnfreezeSchedule",
    "Watcher",
    "World",
    "answers_of",
    "by_length",
    "call",
    "change_live_run",
    "consecutive",
    "contiguous",
    "evaluate",
    "fastest_format",
    "features_of",
    "fit",
    "fits",
    "in_memory_format",
    "joined",
    "launched",
    "load_best",
    "load_checkpoint",
    "load_newest",
    "mini_batches",
    "of_each",
    "of_whole_batch",
    "preflight",
    "save_checkpoint",
    "schedule_of_run",
    "shuffled",
    "transfer",
    "usual_format",
    "weighted",
]
