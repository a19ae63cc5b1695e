"""What a run is judged by: its metric's facts, as run.json keeps them, and the metric itself, which judges anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.run_folder import RunFolder
from wengu.practice.metric_words import Facts, facts_of

if TYPE_CHECKING:
    from wengu.practice import Metric

ERROR = Facts(name="error", direction="lower", scale="rate", unit="example", worth=0.01)
"What runs of format 1 were judged by, which do not say."


def metric_of(run: RunFolder) -> Facts | None:
    """The run's metric; None where it has none, for its product is no answer that could be right or wrong."""
    kept = run.facts().get("metric", ERROR)
    return None if kept is None else facts_of(kept)


def judged_by(run: RunFolder) -> Facts:
    """The run's metric. Raises InputError where it has none."""
    if (facts := metric_of(run)) is None:
        raise InputError(say("{path} has no metric: there is nothing to judge it by, and what it made is in its "
                             "folder", path=run.path))
    return facts


def metric_object(run: RunFolder, name: str = "") -> Metric:
    """The run's own metric, or another of this name for its predictions.

    Raises InputError where the run has none, or there is none of that name.
    """
    own = judged_by(run)
    return _as_kept(metric_named(own["name"], run), own) if name in ("", own["name"]) else metric_named(name, run)


@contextmanager
def measuring(run: RunFolder, metric: Metric) -> Iterator[None]:
    """Around what a metric makes of a run's predictions: answers that it cannot measure are InputError."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise InputError(say("{path} has predictions that {metric} cannot measure ({error}); were they changed?",
                             path=run.path, metric=metric.name, error=error)) from error


def metric_named(name: str, run: RunFolder | None = None) -> Metric:
    """The metric that is called so: of labels, of a class as 'F1 cat' or 'recall cat', or one of the run's recipe.

    >>> metric_named("macro-f1").name, metric_named("macro-F1").name, metric_named("F1 cat").name
    ('macro-F1', 'macro-F1', 'F1 cat')
    """
    from wengu.practice import METRICS, MultiLabelError, Perplexity
    from wengu.practice.class_metrics import OF_ONE_CLASS

    word, space, of = name.partition(" ")
    if space and word in OF_ONE_CLASS:
        return OF_ONE_CLASS[word](of)
    known: dict[str, Callable[[], Metric]] = dict(METRICS)
    if run:
        known |= {"label-error": MultiLabelError, "perplexity": Perplexity}
    if (found := _called(name, known)) is None and run:  # of the recipe only where it must be, for it brings torch
        known |= _of_recipe(run)
        found = _called(name, known)
    return found or known[one_of("metric", name, known)]()


def _called(name: str, known: Mapping[str, Callable[[], Metric]]) -> Metric | None:
    """By its key, as a command has it, or by its own name."""
    return next((metric for key, make in known.items() if name in (key, (metric := make()).name)), None)


def _of_recipe(run: RunFolder) -> Mapping[str, Callable[[], Metric]]:
    from wengu.recipes import recipe, recipes

    name = run.facts()["recipe"]
    more: Mapping[str, Callable[[], Metric]] = getattr(recipe(name), "METRICS", {}) if name in recipes() else {}
    return more


def _as_kept(metric: Any, facts: Facts) -> Metric:
    """With the unit and the worth that the run has."""
    may = {field.name for field in fields(metric)} if is_dataclass(metric) else set()
    made: Metric = replace(metric, **{key: value for key, value in facts.items() if key in may & {"unit", "worth"}})
    return made
