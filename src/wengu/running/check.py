"""`wengu fit NAME --check`: what would go wrong, before anything is trained and without a run."""

from __future__ import annotations

from typing import Any

from wengu.core.console import Console
from wengu.recipes import settings_of
from wengu.recipes.own_import import one_line_errors
from wengu.running.prepare import named, on_threads, prepared
from wengu.training import Preflight

SECONDS = 10.0  # for trial training, where nothing else is asked for


@one_line_errors()
def check(
    recipe: str, *, threads: int | None = None, console: Console | None = None, quiet: bool = False, **settings: Any
) -> Preflight:
    """Check data, model and machine: `print(wengu.check("lenet5", data="photos/"))`, with the arguments of `fit`.

    Every `fit` makes the same checks, in less time, and says only what is not well; the range test, which looks for an
    α that suits, is made here alone. Nothing is written. What was left
    out of the data is said on `console`, by default standard output, unless `quiet`.

    Raises InputError for settings or data that cannot be used.

    >>> from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     found = check("softmax", data=f"{folder}/iris.csv", target="target", quiet=True)
    >>> found.failed, [one.name for one in found.checks][:3]
    (False, ['inputs', 'duplicates', 'contradictions'])
    """
    kind, implied = named(recipe, settings, threads)
    if console is None and not quiet:
        console = Console(soft_wrap=True)
    ready = prepared(kind, settings_of(kind, {**implied, **settings}), console)
    with on_threads(threads or 1):
        return ready.in_form(ready.form_here({})).checked(seconds=SECONDS, range_test=True)
