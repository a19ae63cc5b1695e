"""Real trainings on sets that are not alike: the card says so, and says nothing of sets that are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from wengu.adviser.set_comparison import SetComparison, comparisons
from wengu.core.checks import InputError
from wengu.data import load
from wengu.project import FitResult, compare_data, compare_run, compare_sets_in, fit, open_test

CHANGES = {
    "inverted": lambda x: 255 - x, "blurred": lambda x: gaussian_filter(x, 1.2), "plain": lambda x: x,
    "noisy": lambda x: np.clip(x + np.random.default_rng(int(x.sum())).normal(0, 40, x.shape), 0, 255).astype(np.uint8),
}  # fmt: skip
SHARES = {"train": 60, "dev": 24, "test": 24}
CLASSES = {0: "top", 1: "trouser", 5: "sandal", 8: "bag"}


def folder_of_sets(root: Path, change: str, *, of: tuple[str, ...] = ("dev", "test")) -> Path:
    """train/, dev/ and test/ of real pictures; those of the sets in `of` are changed."""
    sample = load("sample")
    for label, name in CLASSES.items():
        places = iter((sample.labels == label).nonzero()[0])
        for part, n in SHARES.items():
            (root / part / name).mkdir(parents=True)
            for k in range(n):
                picture = sample.pixels[next(places), 0]
                Image.fromarray(CHANGES[change](picture) if part in of else picture).save(root / part / name / f"{k:03d}.png")
    return root


def trained(folder: Path, change: str) -> FitResult:
    return fit("lenet5", data=folder_of_sets(folder / change, change), runs=folder / "runs", epochs=4, quiet=True)


@pytest.mark.parametrize(("change", "word"), [("inverted", "brightness"), ("blurred", "sharpness"), ("noisy", "noise")])
def test_a_dev_set_that_is_unlike_train_is_said_before_any_cause(tmp_path: Path, change: str, word: str) -> None:
    made = trained(tmp_path, change)
    found, = comparisons(made.run_folder)
    assert found.differ and found.low > 0.9 and found.telling[0].name in (word, "border", "brightest", "noise", "sharpness")
    card = str(made.card)
    assert f"dev is unlike train (AUC {found.auc:.2f}" in card and word in card
    if "variance" in made.ledger.cause:
        assert "variance or another distribution" in card and "wengu data compare" in card
        assert "these the same labels" not in card
    assert f"dev is unlike train (AUC {found.auc:.2f}" in (made.path / "report.html").read_text()


def test_healthy_data_says_nothing(tmp_path: Path) -> None:
    made = trained(tmp_path, "plain")
    found, = comparisons(made.run_folder)
    assert found.verdict in ("alike", "cannot tell") and "unlike" not in str(made.card) and not made.ledger.unlike


def test_of_test_nothing_is_compared_until_it_is_opened(tmp_path: Path) -> None:
    """`data compare` looks at its inputs where it is asked, and names none of its examples."""
    data = folder_of_sets(tmp_path / "data", "noisy", of=("test",))
    made = fit("lenet5", data=data, runs=tmp_path / "runs", epochs=2, quiet=True)
    assert [(one.a, one.b) for one in comparisons(made.run_folder)] == [("train", "dev")]
    sealed = compare_run(made.path)[-1]
    assert (sealed.a, sealed.b, sealed.differ, sealed.unlike) == ("dev", "test", True, ())
    card = open_test(made.path)
    assert "test is unlike dev" in str(card) and [(one.a, one.b) for one in comparisons(made.run_folder)][-1] == ("dev", "test")
    assert all(one.startswith("test/") for one in comparisons(made.run_folder)[-1].unlike) and compare_run(made.path)[-1].unlike


def table(path: Path, n: int, g: np.random.Generator, *, scale: float = 1.0, colours: str = "rgb", gaps: float = 0.0) -> Path:
    rows = [f"{'' if g.random() < gaps else round(g.normal() * scale, 3)},{g.choice(list(colours))},{'yes' if k % 2 else 'no'}" for k in range(n)]
    path.write_text("\n".join(["size,colour,bought", *rows]))
    return path


def test_a_table_whose_dev_has_another_scale(tmp_path: Path) -> None:
    g = np.random.default_rng(0)
    lines = [f"{round(g.normal(3, 1) * (2.54 if k % 3 == 0 else 1), 3)},{round(g.normal(), 3)},{'yes' if g.random() < 0.5 else 'no'},"
             f"{'dev' if k % 3 == 0 else 'train'}" for k in range(600)]
    (tmp_path / "t.csv").write_text("\n".join(["size,weight,bought,set", *lines]))
    made = fit("softmax", data=tmp_path / "t.csv", target="bought", runs=tmp_path / "runs", epochs=2, quiet=True)
    found, = [one for one in comparisons(made.run_folder) if one.b == "dev"]
    assert found.differ and found.telling[0].name == "size" and "dev is unlike train" in str(made.card)


def compared(a: Path, b: Path, **how: object) -> SetComparison:
    return compare_data(a, b, **how)  # type: ignore[arg-type]


def test_two_tables_of_anybody(tmp_path: Path) -> None:
    g = np.random.default_rng(0)
    a = table(tmp_path / "a.csv", 400, g)
    assert compared(a, table(tmp_path / "b.csv", 300, g)).verdict == "alike"
    scaled = compared(a, table(tmp_path / "c.csv", 300, g, scale=2.54))
    assert (scaled.telling[0].name, scaled.telling[0].kind) == ("size", "spreads")
    assert not compared(a, tmp_path / "c.csv", ignore=("size",)).differ
    level = compared(a, table(tmp_path / "d.csv", 300, g, colours="rgbx"))
    assert level.telling[0].name == "colour=x" and (level.telling[0].a, level.a, level.b) == (0, "a.csv", "d.csv")
    assert compared(a, table(tmp_path / "e.csv", 300, g, gaps=0.4)).telling[0].name == "size missing"


def test_two_folders_of_anybody(tmp_path: Path) -> None:
    root = folder_of_sets(tmp_path / "p", "noisy")
    found = compared(root / "train", root / "dev", size=28)
    assert found.differ and found.like[0].endswith(".png") and "noise" in [one.name for one in found.telling]
    assert not compared(root / "dev", root / "test", size=28).differ


def test_the_sets_in_a_folder(tmp_path: Path) -> None:
    root = folder_of_sets(tmp_path / "p", "noisy", of=("test",))
    found = compare_sets_in(root, size=28)
    assert [(one.a, one.b, one.differ) for one in found] == [("train", "dev", False), ("dev", "test", True)]
    rename = {"dev": "val", "test": "Test"}
    for name, other in rename.items():
        (root / name).rename(root / other)
    assert [(one.a, one.b) for one in compare_sets_in(root, size=28)] == [("train", "dev"), ("dev", "test")]


def test_a_run_whose_training_rows_are_copies_says_nothing(tmp_path: Path) -> None:
    """Twenty rows of each set, fifteen times: the sets are as alike as such few rows can be."""
    for seed in range(3):
        g = np.random.default_rng(seed)
        lines = [f"{','.join(f'{x:.4f}' for x in row)},{'yes' if row[0] > 0 else 'no'},{name}"
                 for name in ("train", "dev") for row in g.normal(size=(20, 6))[g.integers(0, 20, 300)]]
        (tmp_path / f"{seed}.csv").write_text("\n".join(["a,b,c,d,e,f,y,set", *lines]))
        made = fit("softmax", data=tmp_path / f"{seed}.csv", target="y", runs=tmp_path / "runs", epochs=2, quiet=True)
        found, = comparisons(made.run_folder)
        assert not found.differ and found.n[0] <= 20 and "unlike" not in str(made.card)


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    a = table(tmp_path / "a.csv", 20, np.random.default_rng(0))
    (tmp_path / "b.csv").write_text("other\n1\n2\n")
    with pytest.raises(InputError, match="expected two folders of pictures or two tables, got one of each"):
        compare_data(a, tmp_path / "empty")
    with pytest.raises(InputError, match="there is no picture that can be read"):
        compare_data(tmp_path / "empty", tmp_path / "empty")
    with pytest.raises(InputError, match=r"expected columns of .*a\.csv, found none of them"):
        compare_data(a, tmp_path / "b.csv")
