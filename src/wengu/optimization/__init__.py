"""Gradient descent and its family."""

from wengu.optimization.adam import Adam, AdamW, adam_by_hand
from wengu.optimization.batch_size import BatchSizeChoice, choose_batch_size
from wengu.optimization.compare_rules import RuleComparison, compare_rules
from wengu.optimization.decays import (
    DECAYS,
    Decay,
    Schedule,
    by_epoch,
    constant,
    cosine,
    exponential,
    power,
    schedule,
    staircase,
    warm_up,
)
from wengu.optimization.explain_step import StepExplained, explain_step
from wengu.optimization.gradient_descent import GradientDescent, gradient_descent_by_hand
from wengu.optimization.momentum import Momentum, momentum_by_hand
from wengu.optimization.rmsprop import RMSprop, rmsprop_by_hand
from wengu.optimization.surfaces import SURFACES, Surface, rotated_quadratic
from wengu.optimization.trajectories import RULES, Trajectory, trajectory
from wengu.optimization.weight_decay_groups import weight_decay_groups

__all__ = [
    "DECAYS",
    "RULES",
    "SURFACES",
    "Adam",
    "AdamW",
    "BatchSizeChoice",
    "Decay",
    "GradientDescent",
    "Momentum",
    "RMSprop",
    "RuleComparison",
    "Schedule",
    "StepExplained",
    "Surface",
    "Trajectory",
    "adam_by_hand",
    "by_epoch",
    "choose_batch_size",
    "compare_rules",
    "constant",
    "cosine",
    "explain_step",
    "exponential",
    "gradient_descent_by_hand",
    "momentum_by_hand",
    "power",
    "rmsprop_by_hand",
    "rotated_quadratic",
    "schedule",
    "staircase",
    "trajectory",
    "warm_up",
    "weight_decay_groups",
]
