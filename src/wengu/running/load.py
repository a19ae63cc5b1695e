"""A finished run as a model that predicts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import nn

from wengu.core.checks import InputError, one_of
from wengu.core.i18n import say
from wengu.core.old_settings import columns_as_before
from wengu.core.run_folder import RunFolder
from wengu.data import known_weights
from wengu.recipes import recipe, settings_of
from wengu.recipes.own_import import one_line_errors
from wengu.recipes.own_network import network_of
from wengu.recipes.published_network import published_network
from wengu.recipes.task import NewInputs, Predictions, Restored, Task
from wengu.running.prediction_form import Form, for_prediction, precision_of, state_of
from wengu.training import answers_of, load_best
from wengu.training.evaluation import concatenated, device_of
from wengu.training.precision import Precision, casting
from wengu.training.restore import of_another_network

MANY = 32  # inputs from which on float32 has a copy made; that pays from 10 (MobileNetV2 at 224) or 170 (LeNet-5) on


class LoadedModel:
    """The model of a run at its best dev point, with the reading of inputs that it was trained with.

    `run` is None for published weights, which no run of one's own has made.
    """

    def __init__(self, run: RunFolder | None, restored: Restored) -> None:
        self.run, self.restored = run, restored
        self.classes = restored.classes
        self._made: tuple[Any, Form] | None = None

    @property
    def model(self) -> nn.Module:
        """The network, in evaluation mode."""
        return self.restored.model

    @one_line_errors()
    def predict(self, inputs: Any, *, precision: Literal["auto", "fp32", "bf16"] = "auto") -> Predictions:
        """The answers to new inputs; of classes with their probabilities.

        inputs      pictures: paths, a folder, the bytes of one, or an array of bytes 0..255 (m, h, w[, channels]);
                    tables: a data frame or the path of a CSV file
        precision   what to compute in; auto is that of the training where this processor has units for bfloat16, else
                    fp32, which alone gives the same p to five digits on every machine

        An example's answer does not depend on how many are asked for at once. Raises InputError for what cannot be
        read.
        """
        *_, whole = self.blocks(inputs, precision=precision)
        return whole

    def blocks(
        self, inputs: Any, *, precision: Literal["auto", "fp32", "bf16"] = "auto", size: int | None = None
    ) -> Iterator[Predictions]:
        """What `predict` gives, `size` answers or a few more at a time, so that memory does not grow with all of them.

        Notes, and what could not be read, come with the last. Raises InputError as `predict` does, at the end of all
        where none could be read.
        """
        with one_line_errors():
            yield from self._blocks(inputs, precision, size)

    def _blocks(
        self, inputs: Any, precision: Literal["auto", "fp32", "bf16"], size: int | None
    ) -> Iterator[Predictions]:
        new = self.restored.read(inputs)
        every: dict[str, list[Any]] = {}
        start, m = 0, len(new.ids)
        one_of("precision", precision, ("auto", "fp32", "bf16"))
        numbers = precision_of(self.run, self.model, precision)
        form = self._fast(numbers) if numbers == "bf16" or len(new.ids) >= MANY else Form(self.model)
        cast = casting(numbers, device_of(self.model))
        for index, columns in answers_of(form.model, new.examples, self.restored.predict, size=form.at_once, cast=cast):
            for name, values in columns.items():
                every.setdefault(name, []).append(values)
            if size and size <= (end := index[-1] + 1) - start and end < m:
                yield self._block(new, every, range(start, end))
                every, start = {}, end
        notes = *new.notes, *(say("{file} skipped: {reason}", file=new.ids[i], reason=reason)
                              for i, reason in new.failed.items() if new.read)
        yield self._block(new, every, range(start, m), notes)

    def _block(
        self, new: NewInputs, every: dict[str, list[Any]], places: range, notes: tuple[str, ...] = ()
    ) -> Predictions:
        """The answers for these places of the inputs, but for what could not be read."""
        read = [i for i in places if i not in new.failed]
        answers = {name: _at(concatenated(values), [i - places.start for i in read], of=len(places))
                   for name, values in every.items()}
        ids, predicted = tuple(new.ids[i] for i in read), answers.pop("predicted", ())
        if self.classes is None:
            return Predictions(ids, tuple(predicted), more=answers, notes=notes)
        p = np.asarray(answers.pop("p", np.zeros((0, len(self.classes)))), dtype=np.float64)
        return Predictions(ids, tuple(self.classes[k] for k in predicted), self.classes, p, answers, notes)

    def _fast(self, precision: Precision) -> Form:
        """The network in its form for prediction; kept, and made anew where the network was changed since."""
        state = precision, state_of(self.model)
        if self._made is None or self._made[0] != state:
            self._made = state, for_prediction(self.model, self.restored.example, precision)
        return self._made[1]


def _at(values: Any, places: Sequence[int], *, of: int) -> Any:
    """The values at these places; themselves where these are all."""
    if len(places) == of:
        return values
    return values[list(places)] if isinstance(values, np.ndarray) else [values[i] for i in places]


@one_line_errors()
def load(path: str | Path, *, network: str = "", warn: Callable[[str], None] | None = None) -> Any:
    """The model of the run in this folder: `wengu.load("runs/lenet5-sample").predict(["shoe.png"])`.

    What it predicts with is a LoadedModel, or what a task with a trainer of its own has made. It is as it was best on
    dev, though the run was killed. A damaged checkpoint is passed over, and `warn` told, by default Python's warnings.
    A network of one's own is imported from where it was, if it is still the same and the run is one's own; else from
    `network`, such as "./mine.py:Net". A name of published weights, such as "mobilenet_v2", is a model, too, where
    there is no folder of that name. Raises InputError where there is no run that can be read, and where its network
    cannot be made.

    >>> import wengu; from tempfile import TemporaryDirectory; from sklearn.datasets import load_iris
    >>> with TemporaryDirectory() as folder:
    ...     load_iris(as_frame=True).frame.to_csv(f"{folder}/iris.csv", index=False)
    ...     run = wengu.fit("softmax", data=f"{folder}/iris.csv", target="target", runs=folder, epochs=20, quiet=True)
    ...     load(run.path).predict(f"{folder}/iris.csv").labels[:3]
    ('0', '0', '0')
    """
    if not Path(path).exists() and known_weights(str(path)):
        return LoadedModel(None, published_network(str(path)))
    run = RunFolder.open(path)
    facts = run.facts()
    if "spec" not in facts:
        raise InputError(say("{path} is a run without a model to load", path=path))
    made_by = recipe(facts["recipe"])
    if own := getattr(made_by, "load", None):
        return own(run)
    try:
        restored = made_by.restore(run, network=network_of(run, network))
    except InputError:
        raise
    except MemoryError:  # nobody can tell whether the spec asks for too much, or others take it
        raise InputError(say("{path}: there is not enough memory for the network that spec asks for",
                             path=run.path / "run.json")) from None
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError) as error:
        raise InputError(say("{path}: spec cannot be read: {error}", path=run.path / "run.json", error=error)) from None
    weights, _ = load_best(run.path / "checkpoints", warn=warn or (lambda text: warnings.warn(text, stacklevel=4)))
    try:
        restored.model.load_state_dict(weights)
    except RuntimeError as error:
        raise of_another_network(error) from None
    restored.model.eval()
    return LoadedModel(run, restored)


def task_of(run: RunFolder) -> Task:
    """The run's data and network, prepared again."""
    facts, (settings, _) = run.facts(), run.settings()
    return recipe(facts["recipe"]).prepare(settings_of(facts["recipe"], columns_as_before(settings, facts)))
