"""How sure a mean of rows in groups is, each group one unit: of errors, and of what two models change.       [notes 15]

    errors     s² = Σ_g e_g²/(1 - h_g) / m²        e_g = Σ (x - x̄) of a group, h_g = n_g/m, that share of the m rows
               and at least what the likeness of a group's rows makes it, where sizes differ;  ν by kurtosis
    changes    s² = (G-1)/G · Σ_g (e_g/(1 - h_g))² / m²,   ν = 1/Σ h_g² - 1
               where at least half as many groups have them as there are, by (Σ|x|)²/Σ_g (Σ_g |x|)²;
               else the larger s, and ν at most one less than that count

A few errors are in a few groups, and how far they spread is known from those alone. Changes of +1 and -1 are in nearly
all groups, and their sums are nearer to a normal distribution: there leaving out each group in turn is enough.

Sources: Bell & McCaffrey 2002, Survey Methodology 28(2); the likeness by Kish 1965; the jackknife, Tukey 1958; the half
was chosen by simulation of 10 to 100 groups of 1 to 200 rows.
"""

from __future__ import annotations

import math

import numpy as np

from wengu.practice.intervals import Floats, degrees_of_freedom
from wengu.practice.records import Array

EVEN = 0.9  # of the groups as many of one size: below that their sizes differ
SPREAD = 0.5  # of them have changes


def mean_in_groups(values: Floats, group: Array) -> tuple[int, float, float]:
    """(groups, standard error of the mean of the values, its degrees of freedom)."""
    _, of = np.unique(group, return_inverse=True)
    sums, sizes = np.bincount(of, weights=values), np.bincount(of)
    g, share = len(sizes), sizes / len(values)
    if g == 1:
        return 1, 0.0, 1.0
    deviations = (sums - values.mean() * sizes) / np.sqrt(1 - share)  # a large group pulls the mean to itself
    s = math.sqrt(float((deviations**2).sum())) / len(values)
    alike = 1 / float((share**2).sum())  # as many groups of one size
    if alike < EVEN * g:
        s = max(s, _by_likeness(values, of, sums, sizes))
    return g, (s if s > 1e-12 else 0.0), min(degrees_of_freedom(deviations), max(alike - 1, 1.0))


def change_in_groups(change: Floats, group: Array) -> tuple[int, float, float]:
    """The same of a change: of each row -1, 0 or 1."""
    g, s, df = mean_in_groups(change, group)
    _, of = np.unique(group, return_inverse=True)
    if g == 1 or not change.any():
        return g, s, df
    sums, sizes, changed = np.bincount(of, weights=change), np.bincount(of), np.bincount(of, weights=np.abs(change))
    share = sizes / len(change)
    alike, having = 1 / float((share**2).sum()), float(changed.sum() ** 2 / (changed**2).sum())
    left_out = (sums - change.mean() * sizes) / (1 - share)
    without = math.sqrt(float((left_out**2).sum()) * (g - 1) / g) / len(change)
    if having >= SPREAD * alike:
        return g, (without if without > 1e-12 else 0.0), max(alike - 1, 1.0)
    return g, max(s, without), max(min(df, having - 1), 1.0)


def _by_likeness(values: Floats, of: Array, sums: Array, sizes: Array) -> float:
    """The standard error of the mean where groups differ only as the likeness ρ within them has it, by ANOVA.

    Of groups of very different sizes the deviations of those that happened to be large are no fair sample.
    """
    m, g = len(values), len(sizes)
    if m == g:
        return 0.0
    between = float((sizes * (sums / sizes - values.mean()) ** 2).sum()) / (g - 1)
    within = float(((values - (sums / sizes)[of]) ** 2).sum()) / (m - g)
    usual = (m - float((sizes**2).sum()) / m) / (g - 1)  # the size of a group
    total = between + (usual - 1) * within
    alike = min(max((between - within) / total, 0.0), 1.0) if total > 0 else 0.0
    return math.sqrt(float(values.var()) * (1 + (float((sizes**2).sum()) / m - 1) * alike) / m)
