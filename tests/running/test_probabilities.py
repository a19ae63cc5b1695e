"""Probabilities are read as columns: of a run, of anybody, and with the line of what cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.judged_runs import sentences, write_run
from tests.made_run import made_run  # noqa: F401
from wengu.core.checks import InputError
from wengu.practice import ErrorRate
from wengu.running.probabilities import read_probabilities


def written(folder: Path, text: str) -> Path:
    file = folder / "anybodys.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_run_has_its_sets_and_classes_in_order(made_run) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run, _ = made_run()
    found = read_probabilities(run.path)
    assert list(found) == ["train", "dev"]
    given = found["dev"].given
    assert given.classes == ("cat", "dog", "fox") and given.p.shape == (81, 3)
    assert np.abs(given.p.sum(axis=1) - 1).max() < 2e-6
    assert (given.truth == "cat").sum() == 30


def test_what_was_changed_after_and_what_has_no_classes_is_refused(made_run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run, _ = made_run()
    file = run.path / "predictions" / "dev.csv"
    run.note_sum("predictions/dev.csv", "0" * 64)
    assert file.exists()
    with pytest.raises(InputError, match="dev.csv cannot be read: it was changed after wengu wrote it"):
        read_probabilities(run.path)
    other = write_run(tmp_path / "sayings", ErrorRate(), {"train": sentences([3]), "dev": sentences([3])})
    with pytest.raises(InputError, match="does not predict classes, so it has no probabilities"):
        read_probabilities(other.path)


def test_anybodys_table(tmp_path: Path) -> None:
    """Semicolons, decimal commas, capitals, spaces, one column for two classes, sets by any name."""
    found = read_probabilities(written(tmp_path, "Set;Truth;p_yes;Group\nValidation; yes;0,75;a\nvalidation;no;0,5;b\n"))
    given = found["dev"].given
    assert given.classes == ("yes", "no") and given.p.tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert given.truth.tolist() == ["yes", "no"] and given.group.tolist() == ["a", "b"]


def test_numbers_are_classes_however_they_are_written(tmp_path: Path) -> None:
    given = read_probabilities(written(tmp_path, "set,truth,p_0.0,p_1\ndev,1.0,0.25,0.75\ndev,0,1,0\n"))["dev"].given
    assert given.classes == ("0", "1") and given.truth.tolist() == ["1", "0"]


def test_rows_of_one_id_are_a_group_and_empty_cells_are_0(tmp_path: Path) -> None:
    found = read_probabilities(written(tmp_path, "set,id,truth,p_a,p_b,p_c\ndev,1,a,0.9,,0.1\ndev,1,b,,1,\ntest,2,c,,,1\n"))
    assert found["dev"].given.group.tolist() == ["1", "1"]
    assert (found["dev"].empty, found["test"].empty) == (3, 2)
    assert found["dev"].given.p.tolist() == [[0.9, 0, 0.1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("set,truth\ndev,a\n", "expected a column p_<class> for each class, found set, truth"),
        ("set,truth,p_a,p_b\ndev,c,0.5,0.5\n", "expected a column p_<class> for each class, found none for c"),
        ("set,truth,p_a\ndev,a,0.5\ndev,b,1\ndev,c,1\n", "found none for b, c"),
        ("set,truth,p_a,p_b\ndev,a,0.5,0.5\ndev,a,1.5,0\n", r"anybodys.csv:3: p_a: expected a number from 0 to 1, got '1.5'"),
        ("set,truth,p_a,p_b\ndev,a,0.5,x\n", "anybodys.csv:2: p_b: expected a number from 0 to 1, got 'x'"),
        ("set,truth,p_a,p_b\ndev,a,0.5,nan\n", "anybodys.csv:2: p_b: expected a number from 0 to 1, got 'nan'"),
        ("set,truth,p_a,p_b\ndev,a,1,0\ndev,,1,0\n", "anybodys.csv:3: truth is '', which is read as missing"),
        ("set,truth,p_a,p_b\ndev,a,1,0\nmine,a,1,0\n", "anybodys.csv:3: set: expected one of"),
        ("set,truth,group,p_a,p_b\ndev,a,x,1,0\ndev,a,,1,0\n", "anybodys.csv:3: group is empty here"),
        ("set,truth,p_a,p_b\n", "expected predictions, found a header and no rows"),
        ("truth,p_a,p_b\na,1,0\n", "set is missing"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_probabilities(written(tmp_path, text))
