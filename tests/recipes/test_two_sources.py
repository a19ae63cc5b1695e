"""Two sources, time, copies, and a division that is given: which example may be in which set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import wengu
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.data import load, read_picture_folder
from wengu.recipes import pictures, table
from wengu.recipes.sets import copies_of, split_indices
from wengu.recipes.task import Task


def sets_of(task: Task) -> dict[str, set[str]]:
    return {name: set(part.ids) for name, part in task.sets.items()}


def test_parity_dev_and_test_are_ones_own_alone() -> None:
    """Authority: the notes' 200,000 from elsewhere and 10,000 of one's own: dev and test are of the 10,000."""
    elsewhere = np.arange(210_000) >= 10_000
    labels = np.arange(210_000) % 2
    parts = split_indices(210_000, labels=labels, elsewhere=elsewhere, seed=0)
    own = {name: int((~elsewhere[index]).sum()) for name, index in parts.items()}
    assert {name: len(index) for name, index in parts.items()} == {
        "train": 204_000, "train-dev": 2_000, "dev": 2_000, "test": 2_000}
    assert own["dev"] == own["test"] == 2_000 and own["train"] + own["train-dev"] == 6_000
    share = own["train-dev"] / 2_000  # as in train: 6,000 of 206,000
    assert abs(share - 6 / 206) < 4 * np.sqrt(6 / 206 / 2_000)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(210_000))


def test_every_source_keeps_its_share_in_train_and_train_dev() -> None:
    sources = np.array(["mine"] * 300 + ["web"] * 700)
    parts = split_indices(1000, labels=np.arange(1000) % 2, sources=sources, elsewhere=sources == "web", seed=1)
    shares = {name: (sources[parts[name]] == "web").mean() for name in ("train", "train-dev")}
    assert len(parts["train-dev"]) == 60 and abs(shares["train"] - shares["train-dev"]) < 0.02
    assert set(sources[parts["dev"]]) == set(sources[parts["test"]]) == {"mine"}


def test_what_belongs_to_what_is_judged_is_not_learned_from() -> None:
    """Of four own examples with one copy each elsewhere those of dev and test have theirs left out."""
    x = np.repeat(np.arange(40.0), 1)[:, None]
    x = np.concatenate([x, x])
    elsewhere = np.arange(80) >= 40
    parts = split_indices(80, labels=np.arange(80) % 2, elsewhere=elsewhere, copies=copies_of(x), seed=0)
    judged = {float(v) for name in ("dev", "test") for v in x[parts[name], 0]}
    assert len(judged) == 16 and sum(map(len, parts.values())) == 80 - 16
    assert not judged & {float(v) for name in ("train", "train-dev") for v in x[parts[name], 0]}
    assert not {float(v) for v in x[parts["train"], 0]} & {float(v) for v in x[parts["train-dev"], 0]}
    groups = np.array([f"g{i % 40}" for i in range(80)])
    parts = split_indices(80, labels=np.arange(80) % 2, elsewhere=elsewhere, groups=groups, seed=0)
    assert not set(groups[np.concatenate([parts["dev"], parts["test"]])]) & set(groups[parts["train"]])


def test_copies_are_in_one_set() -> None:
    x = np.concatenate([np.arange(100.0), np.arange(30.0)])[:, None]
    for seed in range(5):
        parts = split_indices(130, labels=np.r_[np.arange(100) % 2, np.arange(30) % 2], copies=copies_of(x), seed=seed)
        seen = [{float(v) for v in x[index, 0]} for index in parts.values()]
        assert sum(map(len, seen)) == 100 and sum(map(len, parts.values())) == 130
        alone = split_indices(100, labels=np.arange(100) % 2, seed=seed)
        assert parts["dev"].tolist()[:len(alone["dev"])] == alone["dev"].tolist()


def test_by_time_the_oldest_train_and_the_newest_are_test() -> None:
    times = np.random.default_rng(0).permutation(100).astype(float)
    parts = split_indices(100, labels=np.arange(100) % 2, times=times, seed=0)
    assert sorted(times[parts["train"]]) == list(range(60)) and sorted(times[parts["dev"]]) == list(range(60, 80))
    assert sorted(times[parts["test"]]) == list(range(80, 100))
    days = np.repeat(np.arange(10), 10)  # a day is never parted
    assert {name: sorted(set(days[index])) for name, index in split_indices(100, times=days, seed=0).items()} == {
        "train": [0, 1, 2, 3, 4, 5], "dev": [6, 7], "test": [8, 9]}
    with pytest.raises(InputError, match="times: 2 different times are too few"):
        split_indices(100, times=days // 5, seed=0)


def frame(m: int = 200) -> str:
    rows = np.random.default_rng(0).normal(size=(m, 2))
    lines = [f"{a:.4f},{b:.4f},{'yes' if a + b > 0 else 'no'},2024-{1 + i // 28:02d}-{1 + i % 28:02d},"
             f"{'app' if i % 4 == 0 else 'web'},p{i // 2}" for i, (a, b) in enumerate(rows)]
    return "\n".join(["a,b,y,day,source,patient", *lines]) + "\n"


def test_a_table_by_time_by_group_and_by_source(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(frame())
    by_time = table.prepare(table.Settings(data=str(file), target="y", by_time="day", ignore=("patient",)))
    last = {name: max(map(int, ids)) for name, ids in sets_of(by_time).items()}
    assert last["train"] < last["dev"] < last["test"] and by_time.spec["features"] == 4  # a, b, source=app, source=web
    grouped = table.prepare(table.Settings(data=str(file), target="y", group="patient", ignore=("day",)))
    for part in grouped.sets.values():
        assert all(part.groups and part.groups.count(g) == 2 for g in set(part.groups or ()))
    two = table.prepare(table.Settings(data=str(file), target="y", own="app", ignore=("patient", "day")))
    assert set(two.sets) == {"train", "train-dev", "dev", "test"}
    assert set(two.sets["dev"].sources) == {"app"} and set(two.sets["train"].sources) == {"app", "web"}
    assert two.spec["features"] == 2 and len(two.sets["dev"]) == 10
    for given, words in (({"own": "ap"}, "own: 'ap' is unknown; did you mean app"),
                         ({"by_time": "source"}, "t.csv, line 2: source is 'app'; --by-time expects numbers, or dates"),
                         ({"by_time": "y"}, "by-time: y is the target"),
                         ({"by_time": "dya"}, "by-time: 'dya' is unknown; did you mean day"),
                         ({"group": "day", "by_time": "day"}, "by-time: day is in --group too")):
        with pytest.raises(InputError, match=words):
            table.prepare(table.Settings(data=str(file), target="y", ignore=("patient",), **given))


def test_a_second_table_trains_and_is_not_judged_by(tmp_path: Path) -> None:
    own, other = tmp_path / "own.csv", tmp_path / "other.csv"
    rows = frame().splitlines()
    own.write_text("\n".join(["id," + rows[0], *(f"r{i},{row}" for i, row in enumerate(rows[1:101]))]) + "\n")
    other.write_text("\n".join(["more," + rows[0], *(f"x,{row}" for row in rows[101:])]) + "\n")
    task = table.prepare(table.Settings(data=str(own), target="y", other=str(other), ignore=("patient", "day")))
    ids = sets_of(task)
    assert all(i.startswith("r") for i in ids["dev"] | ids["test"]) and "other.csv:2" in ids["train"] | ids["train-dev"]
    assert {name: len(found) for name, found in ids.items()} == {"train": 140, "train-dev": 20, "dev": 20, "test": 20}
    assert any("other.csv: columns that" in note and "left out: more" in note for note in task.notes)
    other.write_text("a,day,y,source,patient\n1,x,yes,w,p\n2,x,no,w,p\n")
    with pytest.raises(InputError, match="other.csv: column 'b' is missing, which .*own.csv has"):
        table.prepare(table.Settings(data=str(own), target="y", other=str(other)))
    other.write_text("\n".join([rows[0], "1,?,yes,2024-01-01,web,p", *rows[101:]]) + "\n")
    with pytest.raises(InputError, match="other.csv, line 2: column 'b' lacks a value"):
        table.prepare(table.Settings(data=str(own), target="y", other=str(other)))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    sample = load("sample")
    for label, name in ((1, "trouser"), (8, "bag")):
        for k, i in enumerate((sample.labels == label).nonzero()[0][:60]):
            folder = tmp_path / ("mine" if k < 30 else "web") / name
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(sample.pixels[i, 0]).save(folder / f"p{k // 2}-{20240101 + k}.png")
    return tmp_path


def test_a_second_folder_of_pictures(folders: Path) -> None:
    settings = pictures.Settings(data=str(folders / "mine"), other=str(folders / "web"))
    task = pictures.prepare(settings)
    ids = sets_of(task)
    assert all(not i.startswith("web/") for i in ids["dev"] | ids["test"])
    assert {name: len(found) for name, found in ids.items()} == {"train": 84, "train-dev": 12, "dev": 12, "test": 12}
    assert sum(i.startswith("web/") for i in ids["train"] | ids["train-dev"]) == 60
    assert set(task.sets["train"].sources) == {"mine", "web"}
    (folders / "web" / "boot").mkdir()
    Image.new("L", (28, 28)).save(folders / "web" / "boot" / "1.png")
    with pytest.raises(InputError, match="other: .*web has the class 'boot', which .*mine lacks; it has bag, trouser"):
        pictures.prepare(settings)
    with pytest.raises(InputError, match="are one in the other"):
        read_picture_folder(folders / "mine", other=folders / "mine" / "bag")
    with pytest.raises(InputError, match="other: expected a folder as --data, which is your own, got sample"):
        pictures.prepare(pictures.Settings(data="sample", other=str(folders / "web")))


def test_patterns_of_names_say_groups_and_times(folders: Path) -> None:
    mine = str(folders / "mine")
    grouped = sets_of(pictures.prepare(pictures.Settings(data=mine, group=r"p\d+")))
    seen = [{i.split("/")[1].split("-")[0] for i in ids} for ids in grouped.values()]
    assert sum(map(len, seen)) == 15 and not seen[0] & seen[1]
    dev = pictures.prepare(pictures.Settings(data=mine, group=r"p\d+")).sets["dev"]
    assert dev.groups == tuple(i.split("/")[1].split("-")[0] for i in dev.ids)  # so that errors are counted by them
    times = {name: sorted(i.split("-")[1] for i in ids)
             for name, ids in sets_of(pictures.prepare(pictures.Settings(data=mine, by_time=r"-(\d{8})"))).items()}
    assert times["train"][-1] < times["dev"][0] and times["dev"][-1] < times["test"][0]
    for given, words in (({"group": "("}, r"group: \( is no regular expression"),
                         ({"group": "q"}, "group: expected q to match in every name, not so in bag/p0-20240101.png, .* and 57 more")):
        with pytest.raises(InputError, match=words):
            pictures.prepare(pictures.Settings(data=mine, **given))


def test_equal_pictures_are_in_one_set(folders: Path) -> None:
    for file in (folders / "mine" / "bag").glob("p1*.png"):
        file.with_name(f"copy of {file.name}").write_bytes(file.read_bytes())
    task = pictures.prepare(pictures.Settings(data=str(folders / "mine")))
    assert "12 examples are equal to another, and are in the set of the first of them" in task.notes
    home = {i: name for name, ids in sets_of(task).items() for i in ids}
    assert all(home[i] == home[i.replace("copy of ", "")] for i in home)
    kinds = {i: group for part in task.sets.values() for i, group in zip(part.ids, part.groups or (), strict=True)}
    assert all(kinds[i] == kinds[i.replace("copy of ", "")] for i in kinds) and len(set(kinds.values())) == len(kinds) - 12


def test_a_division_is_taken_over_from_a_run(folders: Path) -> None:
    first = wengu.fit("lenet5", data=str(folders / "mine"), other=str(folders / "web"), epochs=1, runs=folders / "runs",
                      quiet=True)
    file = str(first.path / "split.csv")
    (folders / "mine" / "bag" / "new.png").write_bytes(next((folders / "web" / "bag").iterdir()).read_bytes())
    task = pictures.prepare(pictures.Settings(data=str(folders / "mine"), split=file, split_seed=3))
    before = {row["id"]: row["set"] for row in RunFolder.open(first.path).read_table("split.csv")}
    now = {i: name for name, ids in sets_of(task).items() for i in ids}
    assert now.pop("bag/new.png") == "train" and all(before[i] == name for i, name in now.items())
    assert any("not named in" in note and "so they train: bag/new.png" in note for note in task.notes)
    assert [row.set for row in first.card.ledger.rows] == ["train", "train-dev", "dev"]  # type: ignore[union-attr]
    assert [gap.name for gap in first.card.ledger.gaps] == ["variance", "mismatch"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "words"), [
    ("name,set\nx,dev\n", "expected the columns id and set, found name, set; a table that .* has its sets already"),
    ("id,set\nbag/p0-20240101.png,holdout\n", ":2: set: expected one of train, train-dev, dev, test, got 'holdout'"),
    ("id,set\nbag/p0-20240101.png,dev\nbag/p0-20240101.png,dev\n", ":3: bag/p0-20240101.png is named twice"),
    ("id,set\nx,dev\n", "no example of the data is named in .*split.csv, such as bag/"),
    ("id,set\nbag/p0-20240101.png,train\n", "expected some examples in dev"),
    ("id,set\nbag/p0-20240101.png\n", ":2: 1 field, but the header has 2"),
])
def test_divisions_that_cannot_be_used(folders: Path, text: str, words: str) -> None:
    file = folders / "split.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        pictures.prepare(pictures.Settings(data=str(folders / "mine"), split=str(file)))


def test_rows_of_a_table_are_copies_where_chance_does_not_explain_them(tmp_path: Path) -> None:
    """300 of 1,000 rows of six numbers appended again are copies; equal rows of two answers to three questions are not."""
    rng = np.random.default_rng(0)
    rows = [f"{','.join(f'{v:.3f}' for v in row)},{int(row[0] > 0)}" for row in rng.normal(size=(1000, 6))]
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["a,b,c,d,e,f,y", *rows, *rows[:300]]) + "\n")
    task = table.prepare(table.Settings(data=str(file), target="y"))
    home = {i: name for name, ids in sets_of(task).items() for i in ids}
    assert all(home[str(i + 2)] == home[str(i + 1002)] for i in range(300))
    assert "300 examples are equal to another, and are in the set of the first of them" in task.notes
    kinds = {i: group for part in task.sets.values() for i, group in zip(part.ids, part.groups or (), strict=True)}
    assert all(kinds[str(i + 2)] == kinds[str(i + 1002)] for i in range(300)) and len(set(kinds.values())) == 1000
    answers = [f"{['no', 'yes'][a]},{['no', 'yes'][b]},{c}" for a, b, c in rng.integers(0, 2, (1000, 3))]
    file.write_text("\n".join(["p,q,y", *answers]) + "\n")
    task = table.prepare(table.Settings(data=str(file), target="y"))
    assert {name: len(part) for name, part in task.sets.items()} == {"train": 600, "dev": 200, "test": 200}
    assert not any("equal to another" in note for note in task.notes) and task.sets["dev"].groups is None


def test_copies_are_counted_as_one(tmp_path: Path) -> None:
    """Rows written three times say no more than once: the interval is that of the rows alone, or wider."""
    rng = np.random.default_rng(0)
    rows = [f"{','.join(f'{v:.3f}' for v in row)},{int(row[0] + rng.normal() > 0)}" for row in rng.normal(size=(300, 3))]
    width = {}
    for times in (1, 3):
        file = tmp_path / f"{times}.csv"
        file.write_text("\n".join(["a,b,c,y", *rows * times]) + "\n")
        found = wengu.fit("softmax", data=str(file), target="y", epochs=5, runs=tmp_path / "runs", quiet=True)
        dev = next(row for row in found.card.ledger.rows if row.set == "dev")  # type: ignore[union-attr]
        assert dev.n == 60 * times and dev.low is not None and dev.high is not None
        width[times] = dev.high - dev.low
    assert dev.groups == 60 and width[3] > 0.9 * width[1]
