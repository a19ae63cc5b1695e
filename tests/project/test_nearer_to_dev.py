"""A mismatch that was planted in real pictures, healed by the command that is advised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.project.test_compare_sets import folder_of_sets
from wengu.adviser.set_comparison import comparisons
from wengu.core.checks import InputError
from wengu.project import FitResult, compare_run, fit
from wengu.recipes import recipe, settings_of
from wengu.recipes.task import Task
from wengu.running.nearer_train import as_trained, nearer_to_dev
from wengu.running.prepare import prepared


def error_on(made: FitResult, name: str) -> float:
    return next(row.value for row in made.ledger.rows if row.set == name)


def advised(made: FitResult, flag: str) -> list[str]:
    assert made.card is not None
    return [step.command for step in made.card.steps if flag in step.command]


def test_the_advised_change_heals_it_and_is_advised_once(tmp_path: Path) -> None:
    how: dict[str, Any] = {"data": folder_of_sets(tmp_path / "data", "inverted"), "runs": tmp_path / "runs", "epochs": 8, "quiet": True}
    ill = fit("lenet5", **how)
    command, = advised(ill, "--nearer")
    assert "--nearer auto" in command
    healed = fit("lenet5", **how, nearer="auto")
    assert error_on(healed, "dev") < error_on(ill, "dev") - 0.4
    assert error_on(healed, "train") < 0.3  # of pictures as they were trained on, not as they lie on the disk
    assert healed.card is not None and not any("look like dev's" in step.what for step in healed.card.steps)
    told = [one.name for one in comparisons(healed.run_folder)[0].telling]
    assert told == [one.name for one in compare_run(healed.path)[0].telling]  # as it was trained on
    assert "brightness" not in told and "border" not in told  # as they were before


def test_what_was_measured_is_said_and_kept(tmp_path: Path) -> None:
    made = fit("lenet5", data=folder_of_sets(tmp_path / "data", "noisy"), runs=tmp_path / "runs", epochs=3, quiet=True)
    found, = comparisons(made.run_folder)
    assert found.nearer.startswith("noise 0.1") and found.removed > 0.5


def test_a_run_that_stays_as_it_is_says_so(tmp_path: Path) -> None:
    task = task_with(tmp_path, "plain", nearer="auto")
    assert task.made is None and any("training pictures stay as they are" in note for note in task.notes)
    changed = task_with(tmp_path, "noisy", nearer="noise")
    assert changed.made is not None and any("look like dev: noise 0.1" in note for note in changed.notes)


def task_with(tmp_path: Path, change: str, **settings: Any) -> Task:
    folder = folder_of_sets(tmp_path / change, change)
    return prepared("pictures", settings_of("pictures", {"network": "lenet5", "data": str(folder), "epochs": 1, **settings}), None).task


def test_examples_that_look_like_devs_are_drawn_more_often(tmp_path: Path) -> None:
    """A third of train is noisy, as all of dev is."""
    folder = folder_of_sets(tmp_path / "data", "plain", of=())
    noisy = folder_of_sets(tmp_path / "noisy", "noisy", of=("train", "dev", "test"))
    for part, every in (("train", 3), ("dev", 1), ("test", 1)):
        for k, file in enumerate(sorted((noisy / part).rglob("*.png"))):
            if k % every == 0:
                (folder / file.relative_to(noisy)).write_bytes(file.read_bytes())
    settings = settings_of("pictures", {"network": "lenet5", "data": str(folder), "epochs": 1, "weigh_like_dev": True})
    task = prepared("pictures", settings, None).task
    assert task.order is not None
    drawn = np.concatenate([np.concatenate([batch.numpy() for batch in task.order(epoch)]) for epoch in range(1, 9)])
    places = {i: k for k, i in enumerate(task.sets["train"].ids)}
    like_dev = [places[str(file.relative_to(noisy))] for k, file in enumerate(sorted((noisy / "train").rglob("*.png"))) if k % 3 == 0]
    assert np.isin(drawn, like_dev).mean() > 0.9
    assert any(note.startswith("training examples are drawn as dev's look") for note in task.notes)


def test_weighed_runs_are_resumed_exactly(tmp_path: Path, iris: Path) -> None:
    how: dict[str, Any] = {"data": iris, "target": "species", "weigh_like_dev": True, "runs": tmp_path, "quiet": True}
    whole = fit("softmax", **how, epochs=6, name="whole")
    fit("softmax", **how, epochs=3, name="part", decay="constant")
    other = fit("softmax", **how, epochs=6, name="constant", decay="constant")
    again = fit("softmax", runs=tmp_path, name="part", resume=True, epochs=6, quiet=True)
    weights = [run.run.model.state_dict() for run in (other, again)]
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0]) and whole.card is not None


def test_it_is_refused_where_it_cannot_be_done(tmp_path: Path, iris: Path) -> None:
    with pytest.raises(InputError, match="nearer"):
        fit("softmax", data=iris, target="species", nearer="auto", runs=tmp_path, quiet=True)


def test_the_error_of_train_is_that_of_what_was_drawn(tmp_path: Path) -> None:
    """A fifth of train is inverted, as all of dev is: drawn as dev looks, train is that fifth."""
    folder = folder_of_sets(tmp_path / "data", "inverted")
    for k, file in enumerate(sorted((folder / "train").rglob("*.png"))):
        if k % 5 == 0:
            Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    how: dict[str, Any] = {"data": folder, "runs": tmp_path / "runs", "epochs": 10, "quiet": True}
    ill = fit("lenet5", **how)
    healed = fit("lenet5", **how, weigh_like_dev=True)
    assert ill.card is not None and any("Draw training examples more often" in step.what for step in ill.card.steps)
    rows = {row.set: row.n for row in healed.ledger.rows}
    assert rows["train"] is not None and 20 <= rows["train"] <= 80 and "drawn as they were trained on" in str(healed.card)
    assert error_on(healed, "train") < error_on(healed, "dev") + 0.1
    assert not healed.ledger.reversed


def test_train_dev_is_made_and_drawn_as_train_is(tmp_path: Path) -> None:
    """It is what would have been trained on: unchanged it would make a variance of what was healed."""
    folder = folder_of_sets(tmp_path / "data", "noisy")
    settings = settings_of("pictures", {"network": "lenet5", "data": str(folder), "epochs": 1, "weigh_like_dev": True, "nearer": "noise"})
    plain = recipe("pictures").prepare(settings)
    held = replace(plain, sets={**plain.sets, "train-dev": plain.sets["train"].take(range(0, 240, 2))})
    asked = nearer_to_dev(held, settings)
    made = as_trained(asked)
    assert set(asked.drawn) == {"train", "train-dev"}
    for name in ("train", "train-dev"):
        assert made.sets[name].ids == held.sets[name].take(asked.drawn[name]).ids
        before, after = (part.sets[name].examples[k][0] for part, k in ((held, asked.drawn[name][0]), (made, 0)))
        assert 20 < (before.float() - after.float()).std() < 60
    assert made.sets["dev"] is held.sets["dev"]
    assert as_trained(held).sets == held.sets
