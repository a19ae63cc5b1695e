"""`wengu predict`, and `wengu.load(...).predict(...)`."""

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wengu as package
from tests.cli.conftest import Wengu
from wengu.core.checks import InputError


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    return package.fit("lenet5", data=str(photos), epochs=25, dropout=0.0, runs=runs, lr=2e-3).path


@pytest.fixture(scope="module")
def table_run(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package.fit("softmax", data=str(iris), target="species", runs=tmp_path_factory.mktemp("runs")).path


def _lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_folder_and_a_file(wengu: Wengu, run: Path, photos: Path) -> None:
    rows = _lines(wengu("predict", run, photos / "trouser", "--json").out)
    assert len(rows) == 40
    assert np.mean([row["predicted"] == "trouser" for row in rows]) > 0.9
    one = next((photos / "bag").iterdir())
    assert wengu("predict", run, one).out.split("\t")[0] == str(one)


def test_standard_input(wengu: Wengu, run: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = next((photos / "bag").iterdir())

    class In:
        buffer = io.BytesIO(one.read_bytes())

    monkeypatch.setattr(sys, "stdin", In)
    from_pipe = _lines(wengu("predict", run, "-", "--json").out)[0]
    from_file = _lines(wengu("predict", run, one, "--json").out)[0]
    assert from_pipe["predicted"] == from_file["predicted"] and from_pipe["p_bag"] == from_file["p_bag"]


def test_standard_input_stands_alone(wengu: Wengu, run: Path) -> None:
    said = wengu("predict", run, "-", "x.png")
    assert said.code == 2 and "inputs: expected - alone" in said.err and "got - x.png" in said.err


def test_a_fault_of_standard_input_names_it(
    wengu: Wengu, table_run: Path, iris: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class In:
        buffer = io.BytesIO(iris.read_bytes().replace(b"1.4,0.2", b"1.4,old", 1))

    monkeypatch.setattr(sys, "stdin", In)
    said = wengu("predict", table_run, "-")
    assert said.code == 2 and said.err.startswith("wengu: standard input (-), line 2: column 'petal width (cm)' is old")


def test_a_csv_and_a_frame_agree(wengu: Wengu, table_run: Path, iris: Path) -> None:
    import pandas as pd

    rows = _lines(wengu("predict", table_run, iris, "--json").out)
    frame = pd.read_csv(iris)
    assert np.mean([row["predicted"] == species for row, species in zip(rows, frame["species"], strict=True)]) > 0.93
    ours = package.load(table_run).predict(frame.drop(columns="species"))
    assert list(ours.labels) == [row["predicted"] for row in rows]


def test_arrays_files_and_any_size_agree(run: Path, photos: Path) -> None:
    trained = package.load(run)
    files = sorted((photos / "bag").iterdir())[:5]
    stack = np.stack([np.asarray(Image.open(file)) for file in files])
    by_file, by_array = trained.predict(files), trained.predict(stack)
    np.testing.assert_array_equal(by_file.probabilities, by_array.probabilities)
    large = np.repeat(np.repeat(stack, 3, axis=1), 3, axis=2)
    assert trained.predict(large).labels == by_array.labels
    colour = np.repeat(stack[..., None], 3, axis=3)
    assert trained.predict(colour).labels == by_array.labels


def test_predictions_are_those_of_the_run(run: Path, photos: Path) -> None:
    """The probabilities written when the run ended are given again after loading."""
    from wengu.core.run_folder import RunFolder

    rows = RunFolder.open(run).read_table("predictions/dev.csv")
    again = package.load(run).predict([photos / row["id"] for row in rows])
    for row, label, p in zip(rows, again.labels, again.probabilities, strict=True):
        assert row["predicted"] == label
        assert float(row["p_bag"]) == pytest.approx(p[again.classes.index("bag")], abs=2e-6)


def test_what_cannot_be_read(wengu: Wengu, run: Path, table_run: Path, photos: Path) -> None:
    Path("no.png").write_bytes(b"nothing")
    said = wengu("predict", run, "no.png")
    assert said.code == 2 and "no.png" in said.err and said.err.count("\n") == 1
    mixed = wengu("predict", run, "no.png", next((photos / "bag").iterdir()))
    assert mixed.code == 0 and "no.png" in mixed.err and mixed.out.count("\n") == 1
    assert wengu("predict", run, "missing.png").code == 2
    assert wengu("predict", run).code == 2
    Path("t.csv").write_text("a,b\n1,2\n")
    said = wengu("predict", table_run, "t.csv")
    assert said.code == 2 and "is missing" in said.err
    with pytest.raises(TypeError, match="uint8"):
        package.load(run).predict(np.zeros((2, 28, 28)))


def test_files_are_decoded_as_they_are_predicted(run: Path, photos: Path, tmp_path: Path) -> None:
    """Few are held at a time, what cannot be read is left out wherever it is, and the rest keeps its order."""
    bad = [tmp_path / f"bad{k}.png" for k in range(3)]
    for file in bad:
        file.write_bytes(b"nothing")
    good = sorted((photos / "bag").iterdir())
    files = [bad[0], *good[:20], bad[1], *good[20:], *good, *good, *good, bad[2]]  # 163, more than are decoded together
    trained = package.load(run)
    found, alone = trained.predict(files), trained.predict(good)
    assert found.ids == tuple(map(str, good)) * 4 and len(found.labels) == 160
    np.testing.assert_allclose(found.probabilities, np.tile(alone.probabilities, (4, 1)), atol=1e-6)
    assert [note.split(" skipped: ")[0] for note in found.notes] == [str(file) for file in bad]
    examples = trained.restored.read(files).examples
    np.testing.assert_array_equal(examples[1][0][0], np.asarray(Image.open(good[0])))
    with pytest.raises(InputError, match=r"found none that can be read; .*bad1\.png: not a png"):
        trained.predict(bad[1:])


@pytest.mark.parametrize(("inputs", "error", "message"), [
    (None, TypeError, "inputs: expected paths, .* got NoneType"),
    (3, TypeError, "inputs: expected paths, .* got int"),
    (["a.png", 3], TypeError, "inputs: expected paths, .* got int"),
    ([np.zeros((28, 28), np.uint8)], TypeError, "inputs: expected paths, .* got ndarray"),
    ([], InputError, "inputs: expected pictures, found none that can be read"),
    (np.zeros((2, 28, 28)), TypeError, "uint8"),
    (np.zeros((0, 28, 28), np.uint8), InputError, r"got shape \(0, 28, 28\)"),
    (np.zeros((28, 0), np.uint8), InputError, r"got shape \(28, 0\)"),
    (np.zeros(28, np.uint8), InputError, r"got shape \(28,\)"),
    (np.zeros((5, 3, 28, 28), np.uint8), InputError, r"with 1, 3 or 4 channels, .*got shape \(5, 3, 28, 28\)"),
])
def test_pictures_that_are_none(run: Path, inputs: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        package.load(run).predict(inputs)


def test_one_channel_may_have_its_dimension(run: Path, photos: Path) -> None:
    grey = np.asarray(Image.open(next((photos / "bag").iterdir())).convert("L"))
    trained = package.load(run)
    for shape in (grey.shape, (*grey.shape, 1), (1, *grey.shape, 1)):
        assert np.array_equal(trained.predict(grey.reshape(shape)).probabilities, trained.predict(grey).probabilities)


@pytest.mark.parametrize(("inputs", "error", "message"), [
    (None, TypeError, "inputs: expected a data frame, .* got NoneType"),
    (3, TypeError, "inputs: expected a data frame, .* got int"),
    ([3], TypeError, "inputs: expected a data frame, .* got int"),
    (np.zeros((2, 4)), TypeError, "inputs: expected a data frame, .* got ndarray"),
    ([], InputError, "inputs: expected one CSV file, got 0"),
    (["a.csv", 3], InputError, "inputs: expected one CSV file, got 2"),
])
def test_rows_that_are_none(table_run: Path, inputs: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        package.load(table_run).predict(inputs)


def test_several_answers_an_example(
    wengu: Wengu, iris: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = package.fit("multitask", data=iris, target=("species",), epochs=2, runs=tmp_path).path
    names = [f"species={name}" for name in ("setosa", "versicolor", "virginica")]
    first = _lines(wengu("predict", path, iris, "--json").out)[0]
    assert first.keys() == {"id", "predicted", "p"} and list(first["predicted"]) == names  # type: ignore[call-overload]
    rows = [row.split("\t") for row in wengu("predict", path, iris).out.splitlines()]
    assert len(rows) == 151 and rows[0] == ["id", *names] and rows[1] == ["2", *(str(v) for v in first["predicted"].values())]  # type: ignore[attr-defined]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = re.sub(r"\x1b\[[\d;]*m", "", wengu("predict", path, iris).out)
    assert shown.split()[:4] == ["id", *names] and len(shown.splitlines()) == 151
