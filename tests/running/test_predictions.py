"""Predictions as files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.judged_runs import DEV, old_run, sentences
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes.task import Split
from wengu.running.predictions import file_of, read_predictions, read_set
from wengu.running.write_predictions import _of_classes


def test_what_is_read(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("id,set,truth,predicted,p_cat,p_dog,group\na,dev,cat,dog,0.3,0.7,g1\nb,train,cat,cat,0.9,0.1,g2\n")
    sets = read_predictions(file)
    assert list(sets) == ["train", "dev"]
    dev = sets["dev"]
    assert (dev.ids, dev.truth, dev.predicted, dev.confidence, dev.groups) == (("a",), ("cat",), ("dog",), (0.7,), ("g1",))


@pytest.mark.parametrize("n", [100, 1500])
def test_of_many_classes_the_best_and_the_true_one_are_kept(tmp_path: Path, n: int) -> None:
    """Read back by ours and by pandas: the predicted class, its probability, that of the truth, and nothing wide."""
    generator = np.random.default_rng(0)
    p = generator.dirichlet(np.full(n, 0.05), size=40)
    p[7] = 1 / n  # all alike: the predicted class is the first, the truth another
    truth = generator.integers(n, size=40).tolist()
    classes = tuple(f"c{k}" for k in range(n))
    split = Split(examples=None, ids=tuple(map(str, range(40))), truth=truth)  # type: ignore[arg-type]
    answers = [(list(range(lo, lo + 20)), {"predicted": p[lo:lo + 20].argmax(1), "p": p[lo:lo + 20]}) for lo in (0, 20)]
    file = tmp_path / "dev.csv"
    file.write_text("".join(_of_classes(split, classes, iter(answers))))
    dev = read_predictions(file, only="dev")["dev"]
    assert dev.truth == tuple(classes[k] for k in truth)
    assert dev.predicted == tuple(classes[k] for k in p.argmax(1))
    assert dev.confidence == pytest.approx(p.max(1), abs=1e-6)
    table = pd.read_csv(file)
    kept = table[[f"p_{c}" for c in classes]].to_numpy()
    assert kept[np.arange(40), truth] == pytest.approx(p[np.arange(40), truth], abs=1e-6)
    if n == 100:
        np.testing.assert_allclose(kept, p, atol=1e-6)
        return
    for row, sure, of_truth in zip(kept, p, truth, strict=True):
        there = np.flatnonzero(~np.isnan(row))
        assert {of_truth, int(sure.argmax())} <= set(there.tolist()) and 10 <= len(there) <= 12
        np.testing.assert_allclose(row[there], sure[there], atol=1e-6)
        assert np.sort(sure)[-10] <= sure[list(set(there.tolist()) - {of_truth})].min()
    assert file.stat().st_size < 41 * n * 8
    file.write_text(
        "\n".join(f"{first},{line}" for first, line in zip(["set"] + ["dev"] * 40, file.read_text().splitlines(), strict=True)))
    assert read_predictions(file)["dev"].confidence == dev.confidence  # as anybody's file


def test_optional_columns_may_be_absent(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("truth,predicted\ncat,dog\n\n1,2\n")
    rows = read_predictions(file, only="dev")["dev"]
    assert rows.ids == ("2", "4") and rows.confidence is None and rows.groups is None


def test_groups_widen_the_interval(tmp_path: Path) -> None:
    """Examples of one group err together: ten groups are not a thousand examples."""
    from wengu.practice import ledger_of

    lines = ["set,truth,predicted,group"]
    lines += [f"{name},a,{'b' if g < wrong else 'a'},{g}" for name, wrong in (("train", 1), ("dev", 3))
              for g in range(10) for _ in range(100)]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    sets = read_predictions(tmp_path / "p.csv")
    grouped = ledger_of({name: rows.records() for name, rows in sets.items()})
    assert grouped.cause == "cannot tell yet"
    (tmp_path / "q.csv").write_text("\n".join(line.rsplit(",", 1)[0] for line in lines))
    alone = read_predictions(tmp_path / "q.csv")
    assert ledger_of({name: rows.records() for name, rows in alone.items()}).cause == "variance"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", ["set,truth,predicted,p_Cat,id,group", "Set, TRUTH ,Predicted,p_Cat,ID,Group"])
def test_ways_to_write_the_table(tmp_path: Path, delimiter: str, header: str) -> None:
    file = tmp_path / "p.csv"
    file.write_text(f"{header}\ndev,Cat,Cat,0.75,x,g\n".replace(",", delimiter))
    dev = read_predictions(file)["dev"]
    assert (dev.ids, dev.truth, dev.predicted, dev.confidence, dev.groups) == (("x",), ("Cat",), ("Cat",), (0.75,), ("g",))


def test_what_a_class_is_called_does_not_part_columns(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("truth,predicted,p_a;b;c;d;e;f,p_g|h\na;b;c;d;e;f,g|h,0.25,0.75\n")
    dev = read_predictions(file, only="dev")["dev"]
    assert (dev.truth, dev.predicted, dev.confidence) == (("a;b;c;d;e;f",), ("g|h",), (0.75,))


def test_a_decimal_comma_between_semicolons(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("set;truth;predicted;p_a\ndev;a;a;0,75\n")
    assert read_predictions(file)["dev"].confidence == (0.75,)


def test_one_number_is_one_class_however_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("set,truth,predicted,p_0,p_1.0\ntrain,0,0.0,0.75,0.25\ndev,1,1.0,0.5,0.5\n")
    sets = read_predictions(file)
    assert [(rows.truth, rows.predicted) for rows in sets.values()] == [(("0",), ("0",)), (("1",), ("1",))]
    assert [rows.confidence for rows in sets.values()] == [(0.75,), (0.5,)]


@pytest.mark.parametrize("other", ["cat", "01", "1.5"])
def test_numbers_beside_names_stay_as_they_are(tmp_path: Path, other: str) -> None:
    file = tmp_path / "p.csv"
    file.write_text(f"set,truth,predicted\ntrain,{other},1\ndev,1,1.0\n")
    dev = read_predictions(file)["dev"]
    assert (dev.truth, dev.predicted) == (("1",), ("1.0",))


def test_a_class_without_a_column_leaves_confidence_unknown(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("set,truth,predicted,p_a\ndev,a,a,1.0000001\ndev,a,b,0.5\n")
    assert read_predictions(file)["dev"].confidence is None


# --------------------------------------------------------------------------------------------------------------- a run's


def test_a_runs_answers_are_read_from_whichever_file_it_has(judged_run: Callable[..., RunFolder], tmp_path: Path) -> None:
    run, old = judged_run("a"), old_run(tmp_path / "old", wrong=9, m=300)
    dev, classes = read_set(run, "dev"), read_set(old, "dev")
    assert dev and classes and classes.of_classes and not dev.of_classes
    assert (list(dev.truth), list(dev.predicted)) == sentences(DEV) and dev.groups is None and dev.ids[0] == "dev-0"
    assert sum(y != y_hat for y, y_hat in zip(classes.truth, classes.predicted, strict=True)) == 9
    assert read_set(run, "test") is None and file_of(run, "test") is None
    assert file_of(old, "dev") == old.path / "predictions" / "dev.csv"


def test_answers_of_any_shape_and_groups(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "a")
    run.write("predictions/dev.jsonl", '{"id": 7, "truth": null, "predicted": [2.5, 3], "group": 0, "beam": [1]}\n'
                                       '{"id": "b", "truth": [[1, 2]], "predicted": [], "group": "g"}\n')
    dev = read_set(run, "dev")
    assert dev is not None
    assert (dev.ids, dev.truth, dev.predicted) == (("7", "b"), (None, [[1, 2]]), ([2.5, 3], []))
    assert dev.groups == ("0", "g") and len(dev.records()) == 2


@pytest.mark.parametrize(("text", "message"), [
    ("", r"dev\.jsonl: expected predictions, found none"),
    ('{"id": 1, "truth": 2, "predicted": 3}\n{"id"', r"dev\.jsonl:2: expected a JSON object with id, truth and predicted"),
    ('{"id": 1, "truth": 2}\n', r"dev\.jsonl:1: expected a JSON object .* \('predicted'\)"),
    ("[1, 2]\n", r"dev\.jsonl:1: expected a JSON object"),
    ('{"id": 1, "truth": 2, "predicted": 3, "group": "a"}\n{"id": 2, "truth": 2, "predicted": 3}\n',
     r"dev\.jsonl:2: group is empty here"),
])
def test_a_damaged_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    run = RunFolder.create(tmp_path / "a")
    run.write("predictions/dev.jsonl", text)
    with pytest.raises(InputError, match=message):
        read_set(run, "dev")


def test_a_first_line_that_says_the_delimiter(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("sep=;\r\nset;truth;predicted\r\ndev;a, b;'=c\r\ndev;a;a\r\n")
    dev = read_predictions(file)["dev"]
    assert (dev.truth, dev.predicted, dev.ids) == (("a, b", "a"), ("=c", "a"), ("3", "4"))


# ------------------------------------------------------------------------------------------------- in pieces, by column


def _many(path: Path, rows: dict[int, str], header: str = "set,truth,predicted,p_a,p_b") -> Path:
    """9,000 rows, so that they are read in pieces; of some lines other rows."""
    lines = [rows.get(line, f"{('train', 'dev')[line % 2]},a,a,0.5,0.5") for line in range(2, 9002)]
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


@pytest.mark.parametrize(("row", "message"), [
    ("dev,a,a,0.5,1.5", r"p\.csv:7003: p_b: expected a number from 0 to 1, got '1.5'"),
    ("dev,a,a,0.5,nan", r"p\.csv:7003: p_b: expected a number from 0 to 1, got 'nan'"),
    ("dev,a,a,high,0.5", r"p\.csv:7003: p_a: expected a number from 0 to 1, got 'high'"),
    ("devv,a,a,0.5,0.5", r"p\.csv:7003: set: expected one of .*did you mean dev"),
    ("dev,a,NA,0.5,0.5", r"p\.csv:7003: truth and predicted must both be given, but predicted is 'NA'.* in 0 rows more"),
    ("dev,a,a,0.5", r"p\.csv:7003: 4 fields, but the header has 5"),
])
def test_the_line_is_named_far_down(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_predictions(_many(tmp_path / "p.csv", {7003: row}))


def test_pieces_are_joined_in_order(tmp_path: Path) -> None:
    """Every rule of a cell holds in each piece: guards, spaces, decimals, an empty p, lines as ids."""
    found = read_predictions(_many(tmp_path / "p.csv", {3: "dev, '=a ,b,,0.25", 8001: "validation,b,b,,1e0"}))
    dev, train = found["dev"], found["train"]
    assert (len(train.ids), len(dev.ids)) == (4500, 4500) and dev.ids[:2] == ("3", "5") and train.ids[-1] == "9000"
    assert dev.truth[0] == "'=a" and (dev.truth[3999], dev.predicted[3999], dev.ids[3999]) == ("b", "b", "8001")
    assert dev.confidence is not None and (dev.confidence[0], dev.confidence[3999], dev.confidence[1]) == (0.25, 1.0, 0.5)


def test_a_group_missing_far_down_is_named(tmp_path: Path) -> None:
    lines = [f"dev,a,a,{'' if line == 7777 else 'g'}" for line in range(2, 9002)]
    (tmp_path / "p.csv").write_text("\n".join(["set,truth,predicted,group", *lines]))
    with pytest.raises(InputError, match=r"p\.csv:7777: group is empty here"):
        read_predictions(tmp_path / "p.csv")
