"""Predictions as files."""

from pathlib import Path

from wengu.adviser.predictions import read_predictions


def test_what_is_read(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text("id,set,truth,predicted,p_cat,p_dog,group\na,dev,cat,dog,0.3,0.7,g1\nb,train,cat,cat,0.9,0.1,g2\n")
    sets = read_predictions(file)
    assert list(sets) == ["train", "dev"]
    dev = sets["dev"]
    assert (dev.ids, dev.truth, dev.predicted, dev.confidence, dev.groups) == (("a",), ("cat",), ("dog",), (0.7,), ("g1",))


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
