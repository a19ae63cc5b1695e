"""Pickles of arrays alone."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.data.array_pickle import read_array_pickle


@pytest.mark.parametrize("protocol", [3, 4])
def test_arrays_come_out_as_they_went_in(protocol: int, tmp_path: Path) -> None:
    held = {"conv1": [np.random.default_rng(0).normal(size=(3, 3, 3, 2)).astype(np.float32), np.ones(2, np.int16)], "n": (1, 2.5, None)}
    (file := tmp_path / "a.pkl").write_bytes(pickle.dumps(held, protocol))
    read = read_array_pickle(file)
    assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(read["conv1"], held["conv1"], strict=True))
    assert read["n"] == held["n"]


def test_the_older_place_of_numpys_function_is_known(tmp_path: Path) -> None:
    content = pickle.dumps(np.arange(3), 3)
    (file := tmp_path / "a.pkl").write_bytes(content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    assert read_array_pickle(file).tolist() == [0, 1, 2]


class Runs:
    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = function, arguments

    def __reduce__(self) -> Any:
        return self.reduced


@pytest.mark.parametrize("evil", [
    Runs(os.system, "touch ran"), Runs(eval, "open('ran', 'w')"), Runs(Path.touch, Path("ran")), Runs(np.load, "ran"),
    {"W": [np.zeros(2), Runs(os.mkdir, "ran")]}, np.array([Runs(os.mkdir, "ran")], object),
])  # fmt: skip
def test_what_names_anything_else_is_refused_and_not_run(evil: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (file := tmp_path / "a.pkl").write_bytes(pickle.dumps(evil))
    with pytest.raises(InputError, match=r"a\.pkl is no pickle of arrays, or damaged: it asks for .*, which makes no array"):
        read_array_pickle(file)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(np.arange(1000))[:-100], b"\x80\x04K"])
def test_damage_is_one_line(content: bytes, tmp_path: Path) -> None:
    (file := tmp_path / "a.pkl").write_bytes(content)
    with pytest.raises(InputError, match="is no pickle of arrays, or damaged"):
        read_array_pickle(file)
