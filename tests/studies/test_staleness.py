"""A study is stale by its canary's digits; what is committed is as it would be written; the command reads its words."""

from __future__ import annotations

import pytest
from studies.filling import check, fill
from studies.results import Results
from studies.study import Study

from studies import __main__ as command
from studies import filling
from tests.studies.small import broken, canary, cell, read, small

HOUR = 3600.0


def test_a_stale_study_is_named_with_the_digits_and_its_cells_are_made_anew(at_once, tmp_path, monkeypatch):
    study = small(tmp_path, "", "")
    fill(study, tmp_path, left=lambda: HOUR)
    assert check(study, tmp_path) == ([], [])
    monkeypatch.setenv("CODE", "1.0009")
    assert check(study, tmp_path) == ([], [])
    monkeypatch.setenv("CODE", "1.002")
    assert check(study, tmp_path) == (["small is stale (2 of 2 cells): the canary's cost was 1.0, is 1.002, and digits are "
                                       "equal within 0.001; make them anew: make study NAME=small"], [])

    spent = iter((HOUR, HOUR, 0.0))
    fill(study, tmp_path, left=lambda: next(spent))
    assert [found["made"] for found in read(tmp_path)["cells"].values()] == [1, 0]
    assert "summary" not in read(tmp_path)
    assert check(study, tmp_path)[0][0].startswith("small is stale (1 of 2 cells): ")
    fill(study, tmp_path, left=lambda: HOUR)
    assert [made["canary"]["cost"] for made in read(tmp_path)["made"]] == [1.002]
    assert read(tmp_path)["summary"] == 1 + 4
    assert check(study, tmp_path) == ([], [])


def test_other_digits_than_were_kept_are_a_difference():
    study = Study("small", cells={}, run=cell, canary=canary)
    assert study.differences({"cost": 1.0}, {"cost": 1.0, "p": 0.5}) == ["p was not there, is 0.5"]
    assert study.differences({"cost": float("nan")}, {"cost": 1.0}) == ["cost was nan, is 1.0"]
    assert study.differences({"cost": -1.0}, {"cost": -1.0005}) == []


def test_a_canary_that_fails_or_takes_too_long_is_said(at_once, tmp_path, monkeypatch, capsys):
    assert check(small(tmp_path, ""), tmp_path) == (["small: there are no results; make them: make study NAME=small"], [])
    fill(small(tmp_path, ""), tmp_path, left=lambda: HOUR)
    [line], _ = check(small(tmp_path, "", canary=broken), tmp_path)
    assert line.startswith("small: the canary has failed: ")
    assert "no such layer" in line
    assert not fill(small(tmp_path, "", canary=broken), tmp_path, left=lambda: HOUR)
    monkeypatch.setattr(filling, "CANARY", 0.0)
    [line], _ = check(small(tmp_path, ""), tmp_path)
    assert line.endswith("at most 0 are allowed")


def test_budgets_and_names_are_read(capsys):
    assert [command._seconds(text) for text in ("90m", "1.5h", "30s")] == [5400, 5400, 30]
    with pytest.raises(SystemExit):
        command.main(["--budget", "soon"])
    assert "expected a number and s, m or h, such as 90m, got 'soon'" in capsys.readouterr().err
    assert command.main(["optimizers"]) == 2
    assert "did you mean optimisers?" in capsys.readouterr().err


@pytest.mark.parametrize("wrong, told", [
    ({"name": "a/b"}, "name: expected letters"),
    ({"cells": {"../one": {}}}, "name: expected letters"),
    ({"cells": {"one": {"size": (1, 2)}}}, "settings of one: expected plain values"),
    ({"cells": {"one": {"lr": float("inf")}}}, "settings of one: expected plain values"),
])
def test_names_and_settings_are_checked(wrong, told):
    with pytest.raises(ValueError, match=told):
        Study(**({"name": "small", "cells": {}, "run": cell, "canary": canary} | wrong))


@pytest.mark.parametrize("name", command.NAMES)
def test_what_is_committed_is_as_it_would_be_written(name, tmp_path):
    study, file = command._study(name), command.HERE / f"{name}.json"
    assert study.name == name
    results = Results(study, file)
    results.file = tmp_path / file.name
    results.write()
    assert results.file.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
