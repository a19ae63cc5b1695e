"""`wengu data split`: sets that any program can read, and that `fit` reads back as they are."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from wengu.cli.main import main
from wengu.core.checks import InputError
from wengu.recipes import pictures, table
from wengu.running.divide import divide


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_a_table_is_written_with_its_sets_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    lines = [f"=x{i};{i},5;{'no' if i % 3 else 'yes'}" for i in range(60)]
    file.write_text("\n".join(["name;a;y", *lines]) + "\n")
    done = divide(file, target="y", ignore=("name",))
    written = rows_of(done.path, ";")
    assert done.path == tmp_path / "t-split.csv" and [row["name"] for row in written] == [f"=x{i}" for i in range(60)]
    assert [row["a"] for row in written] == [f"{i},5" for i in range(60)]  # cells as they were
    task = table.prepare(table.Settings(data=str(done.path), target="y", ignore=("name",)))
    assert {name: set(part.ids) for name, part in task.sets.items()} == {
        name: {str(i + 2) for i, row in enumerate(written) if row["set"] == name} for name in ("train", "dev", "test")}
    assert done.sizes == {"train": 36, "dev": 12, "test": 12} and "a fifth of the examples each" in str(done)
    direct = table.prepare(table.Settings(data=str(file), target="y", ignore=("name",)))
    assert {n: p.ids for n, p in direct.sets.items()} == {n: p.ids for n, p in task.sets.items()}
    with pytest.raises(InputError, match="t-split.csv is there already"):
        divide(file, target="y")
    with pytest.raises(InputError, match="target: expected the column of classes, got none"):
        divide(file, tmp_path / "o.csv")
    with pytest.raises(InputError, match="link: it is for a folder of pictures, got a table"):
        divide(file, tmp_path / "o.csv", target="y", link=tmp_path / "l")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t-split.csv", "t.csv"]


def test_pictures_are_listed_and_linked(photos: Path, tmp_path: Path) -> None:
    out, link = tmp_path / "s.csv", tmp_path / "parts"
    done = divide(photos, out, link=link, split_seed=2)
    rows = rows_of(out)
    assert len(rows) == 120 and done.sizes == {"train": 72, "dev": 24, "test": 24}
    for row in rows:
        assert (link / row["set"] / row["id"]).read_bytes() == (photos / row["id"]).read_bytes()
    by_file = pictures.prepare(pictures.Settings(data=str(photos), split=str(out)))
    by_folder = pictures.prepare(pictures.Settings(data=str(link)))
    for name in ("train", "dev", "test"):
        assert {f"{name}/{i}" for i in by_file.sets[name].ids} == set(by_folder.sets[name].ids)
    with pytest.raises(InputError, match="parts is there already"):
        divide(photos, tmp_path / "other.csv", link=link)


def test_the_command(iris: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "iris.csv"
    with pytest.raises(SystemExit) as ended:
        main(["data", "split", str(iris), "--target", "species", "--out", str(out)])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and "1 example is equal to another" in said  # as is known of Fisher's irises
    counts = Counter(row["set"] for row in rows_of(out))
    assert f"{out}: train {counts['train']}  dev {counts['dev']}  test {counts['test']}" in said
    assert sum(counts.values()) == 150 and abs(counts["dev"] - 30) <= 1 and abs(counts["test"] - 30) <= 1
    with pytest.raises(SystemExit) as ended:
        main(["data", "split", str(tmp_path / "nothing.csv"), "--target", "species"])
    assert ended.value.code == 2 and "no such file" in capsys.readouterr().err


def test_any_table_is_divided_whatever_its_columns_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts, dates, gaps, ids: no column is a feature. Rows whose whole text is equal stay together."""
    file = tmp_path / "visits.csv"
    lines = [f"{i},2024-0{1 + i % 9}-{1 + i % 28:02d} 12:{i % 60:02d},note {i},{'' if i % 7 else 3.5},{'no' if i % 3 else 'yes'}"
             for i in range(280)]
    lines += lines[:40]
    file.write_text("\n".join(["number,when,note,score,y", *lines]) + "\n")
    with pytest.raises(SystemExit) as ended:
        main(["data", "split", str(file), "--target", "y"])
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert "40 examples are equal to another" in said.out and "--keep" not in said.out
    rows = rows_of(tmp_path / "visits-split.csv")
    assert [list(row)[1:] for row in rows[:1]] == [["number", "when", "note", "score", "y"]] and len(rows) == 320
    assert [row["set"] for row in rows[:40]] == [row["set"] for row in rows[280:]]
    assert Counter(row["set"] for row in rows)["dev"] in range(56, 73)
    newest = divide(file, tmp_path / "t.csv", target="y", by_time="when")
    by_time = rows_of(newest.path)
    assert max(row["when"] for row in by_time if row["set"] == "train") < min(
        row["when"] for row in by_time if row["set"] == "test")


def test_rows_of_a_group_or_of_an_id_stay_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(["id,said,y", *(f"p{i // 4},words {i},{i // 4 % 2}" for i in range(200))]) + "\n")
    done = divide(file, target="y")
    assert all(len({row["set"] for row in rows_of(done.path) if row["id"] == f"p{k}"}) == 1 for k in range(50))
    assert "rows of the same 'id' stay in one set: 50 groups" in str(done)
    main_args = ["data", "split", str(file), "--target", "y", "--out", str(tmp_path / "o.csv"), "--ignore", "id"]
    with pytest.raises(SystemExit) as ended:
        main(main_args)
    rows = rows_of(tmp_path / "o.csv")
    assert ended.value.code == 0 and "stay in one set" not in capsys.readouterr().out and len(rows) == 200
    assert any(len({row["set"] for row in rows if row["id"] == f"p{k}"}) > 1 for k in range(50))


@pytest.mark.parametrize("column", ["who", "group"])
def test_groups_and_times_together_are_refused_by_their_flags(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str
) -> None:
    file = tmp_path / "visits.csv"
    file.write_text("\n".join([f"{column},day,a,y", *(f"p{i // 4},{i},{i * 7 % 11},{i % 2}" for i in range(200))]) + "\n")
    flags = ["--group", "who"] if column == "who" else []
    for command in (["data", "split", str(file)], ["fit", "table", "--data", str(file)]):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--target", "y", "--by-time", "day", *flags])
        said = capsys.readouterr().err
        assert ended.value.code == 2 and "--by-time and --group: " in said and "times:" not in said
