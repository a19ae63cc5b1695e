"""What each regularisation bought."""

from pathlib import Path

import pytest

from tests.judged_runs import Bleu
from wengu.adviser.compare import dev_difference
from wengu.adviser.comparison import Difference
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.core.run_folder import RunFolder
from wengu.practice import described
from wengu.project import ablate_regularisation
from wengu.project.ablate import Ablation, AblationRow


def test_each_is_left_out_alone_and_compared_with_the_whole(photos: Path, tmp_path: Path) -> None:
    bill = ablate_regularisation("lenet5", runs=tmp_path, name="a", data=str(photos), epochs=2, l2=1e-3, l1=0.05)
    assert [item.name for item in bill.items] == ["weight_decay", "l2", "l1", "dropout", "augment"]
    assert sorted(path.name for path in tmp_path.iterdir())[1] == "a-without-augment"
    dropout = next(item for item in bill.items if item.name == "dropout")
    other = RunFolder.open(tmp_path / "a-without-dropout")
    ours, theirs = RunFolder.open(tmp_path / "a").settings()[0], other.settings()[0]
    assert {key for key in ours if ours[key] != theirs[key]} == {"dropout"} and theirs["dropout"] == 0
    rates = {row["set"]: row["value"] for row in other.read_json("ledger.json")["rows"]}
    assert (dropout.train, dropout.dev) == (rates["train"], rates["dev"])
    assert dropout.bought.points == pytest.approx(bill.dev - dropout.dev)
    assert dropout.bought == dev_difference(RunFolder.open(tmp_path / "a"), other)
    assert "nothing left out" in str(bill) and len(str(bill).splitlines()) == 7
    use_language("zh")
    assert "什么也不去掉" in str(bill)


def test_nothing_in_use_is_an_error(iris: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a run with some regularisation"):
        ablate_regularisation("softmax", runs=tmp_path, data=str(iris), target="species", epochs=1)


def test_early_stopping_is_one_of_them(iris: Path, tmp_path: Path) -> None:
    bill = ablate_regularisation("softmax", runs=tmp_path, data=str(iris), target="species", epochs=30, lr=3.0,
                                      patience=1, decay="constant")
    assert [item.name for item in bill.items] == ["early stopping"]


def test_of_a_metric_whose_higher_is_better_the_gap_is_train_less_dev() -> None:
    rows = (AblationRow("dropout", 50.0, 33.5, Difference(3.3, 1.2, 5.1, "higher")),
            AblationRow("l2", 45.0, 38.0, Difference(-1.2, -2.0, -0.4, "higher")))
    bill = Ablation(45.0, 36.8, rows, described(Bleu()))
    assert [row.gap for row in rows] == [16.5, 7.0] and [row.verdict for row in rows] == ["helped", "harmed"]
    _, whole, dropout, l2 = (line.split() for line in str(bill).splitlines())
    assert whole[-3:] == ["45.0", "36.8", "8.2"]
    assert dropout == ["dropout", "50.0", "33.5", "16.5", "+3.3", "[+1.2,", "+5.1]", "helped"]
    assert l2[4:] == ["-1.2", "[-2.0,", "-0.4]", "harmed"]
