"""States computed ahead for the exported handbook: they are the library's, they fit, and a failure leaves nothing."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

from tests.handbook.conftest import Outline
from wengu.core.checks import InputError
from wengu.core.i18n import LANGUAGES, speaking
from wengu.handbook import grids, worker_pool
from wengu.handbook.export import export
from wengu.handbook.grids import computed, grid_at, stored_states
from wengu.pages import figure_of
from wengu.pages.grid import states_of

SAMPLE = 6  # states of a figure
CURVE = ("activations/activations", "curve")
FAILING = (
    "import sys, wengu.handbook.worker as w\n"
    "def grid(**values): raise ValueError\n"
    "w.ASKED['grid'] = grid\n"
    "w.main()\n"
)


@pytest.mark.parametrize(("path", "name"), [
    CURVE, ("gradient_descent/descent", "rates"), ("gradient_descent/graph", "steps"), ("models/logistic", "loss"),
    ("convnets/pooling", "window"), ("practice/splits", "strata"),
])  # fmt: skip
def test_a_sample_of_the_stored_states_is_what_the_library_computes(path: str, name: str, tmp_path: Path) -> None:
    axes = computed(path, name, tmp_path)
    states = states_of(axes)
    for language in LANGUAGES:
        stored = stored_states((tmp_path / grid_at(path, name)).read_bytes(), language)
        assert len(stored) == len(states)
        with speaking(language):
            for k in random.Random(0).sample(range(len(states)), SAMPLE):
                assert stored[k] == figure_of(path, name)(**states[k]).to_json(), states[k]


def test_a_grid_that_needs_too_much_room_has_fewer_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, name = CURVE
    usual = computed(path, name, tmp_path)
    size = (tmp_path / grid_at(path, name)).stat().st_size
    monkeypatch.setattr(grids, "ROOM", 4 * size // 5)
    fewer = computed(path, name, tmp_path)
    assert 3 <= len(fewer["z"]) < len(usual["z"]) and fewer["name"] == usual["name"]
    assert (tmp_path / grid_at(path, name)).stat().st_size <= 4 * size // 5


def test_what_no_grid_can_hold_has_none(tmp_path: Path) -> None:
    assert computed("practice/metrics", "counts", tmp_path) == {} and not list(tmp_path.iterdir())


def test_export_has_the_grids_that_its_pages_name(tmp_path: Path) -> None:
    folder, heard = tmp_path / "site", []
    export(folder, moving=["models/logistic"], told=lambda done, of: heard.append((done, of)))
    assert heard == [(0, 2), (1, 2), (2, 2)]
    for language in LANGUAGES:
        page = folder / language / "models/logistic.html"
        given = [one for one in Outline(page.read_text(encoding="utf-8")).figures if "controls" in one]
        assert [set(one["grid"]["axes"]) for one in given] == [{"z", "y"}, {"lam"}]
        for one, name in zip(given, ("loss", "boundary"), strict=True):
            file = page.parent / one["grid"]["at"]
            assert file.resolve() == (folder / grid_at("models/logistic", name)).resolve()
            assert len(stored_states(file.read_bytes(), language)) == len(states_of(one["grid"]["axes"]))
            assert file.stat().st_size <= grids.ROOM
            assert json.dumps(one["grid"]["axes"])
        still = Outline((folder / language / "models/softmax.html").read_text(encoding="utf-8")).figures
        assert not any("grid" in one for one in still)


def test_a_figure_that_cannot_be_computed_is_named_and_no_folder_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_pool.Worker.__init__, "__defaults__", ((sys.executable, "-c", FAILING),))
    with pytest.raises(InputError, match=r"^models/softmax, figure (scores|regions): it could not be computed$"):
        export(tmp_path / "site", moving=["models/softmax"])
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_what_was_there(tmp_path: Path) -> None:
    def cut(done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(tmp_path / "site", moving=["models/logistic"], told=cut)
    assert list(tmp_path.iterdir()) == []
