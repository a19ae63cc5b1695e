"""Sets that are wrong come before any cause: on the card, in ledger.json, and in what reads that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wengu.adviser import diagnose_table
from wengu.adviser.card import Card
from wengu.adviser.held_back import hardly_changed
from wengu.adviser.next_steps import next_steps
from wengu.adviser.run_context import RunContext
from wengu.adviser.suspicious import in_doubt, leaks, look_first, unexplained, without_untrained
from wengu.core.run_folder import RunFolder
from wengu.practice import Ledger, Records, ledger
from wengu.practice.suspicions import Suspicion

VARIANCE = ledger(human=0.03, train=0.04, dev=0.14, n=1200)


def written(path: Path, sets: dict[str, Records]) -> Path:
    rows = [f"{name},c{truth},c{taken}" for name, part in sets.items()
            for truth, taken in zip(part.truth, part.predicted, strict=True)]
    path.write_text("set,truth,predicted\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("shifted", [("train", "dev"), ("dev",)])
def test_all_wrong_is_a_finding_of_its_own(tmp_path: Path, shifted: tuple[str, ...]) -> None:
    truth = np.random.default_rng(0).integers(0, 10, 600)
    sets = {name: Records((truth + (name in shifted)) % 10, truth) for name in ("train", "dev")}
    card = diagnose_table(written(tmp_path / "p.csv", sets))[0]
    assert isinstance(card, Card) and card.ledger.in_doubt == shifted
    text = str(card)
    assert "none is a cause" not in text and "not clearly better" not in text and "<- the cause" not in text
    assert f"See the sets first: what is said of the model by {' and '.join(shifted)} is in doubt." in text
    assert ("are labels exchanged?" in text) == (shifted == ("dev",))
    assert ("is the order of classes the same?" in text) == ("train" in shifted)
    assert len(card.steps) == 1 and card.steps[0].what.startswith("Look at some ")


def test_dev_at_chance_beside_a_learned_train_is_no_plain_variance(tmp_path: Path) -> None:
    truth = np.random.default_rng(0).integers(0, 2, 1000)
    sets = {"train": Records(truth, truth), "dev": Records(truth, np.random.default_rng(1).permutation(truth))}
    card = diagnose_table(written(tmp_path / "p.csv", sets))[0]
    assert isinstance(card, Card) and card.ledger.in_doubt == ("dev",) and card.ledger.to_dict()["cause"] == "in doubt"
    text = str(card)
    assert "dev: no better than chance, though train is learned" in text and "the cause" not in text
    assert "not clearly better" not in text and "same source" not in text
    assert [step.what.partition(",")[0] for step in card.steps] == ["Look at some wrong examples of dev beside their labels"]


def test_predictions_alone_do_not_say_that_the_sets_are_of_one_source(tmp_path: Path) -> None:
    """Then a larger error of dev is variance or another distribution; rows of train-dev tell which."""
    truth = np.arange(2000) % 10
    sets = {"train": Records(truth, truth), "dev": Records(truth, np.where(np.arange(2000) % 9, truth, (truth + 1) % 10))}
    card = diagnose_table(written(tmp_path / "p.csv", sets))[0]
    assert isinstance(card, Card) and card.ledger.cause == "variance"
    assert "variance or another distribution 11.2 points" in str(card) and "same source as train" in str(card)
    assert "Look at the worst dev examples" in card.steps[0].what and "Get more training data" in card.steps[1].what
    sets = {"train": sets["train"], "train-dev": sets["dev"], "dev": sets["dev"]}
    text = str(diagnose_table(written(tmp_path / "p.csv", sets))[0])
    assert "same source" not in text and "another distribution" not in text


@pytest.mark.parametrize(("shared", "doubted"), [(5, ()), (50, ("dev",))])
def test_few_shared_ids_are_told_and_hide_no_verdict(tmp_path: Path, shared: int, doubted: tuple[str, ...]) -> None:
    """Five of 500 can move the error of dev by a point at the very most."""
    rows = [f"t{k},train,a,a" for k in range(500)] + [f"t{k},dev,a,a" for k in range(shared)]
    rows += [f"d{k},dev,a,{'b' if k % 4 == 0 else 'a'}" for k in range(500 - shared)]
    (tmp_path / "p.csv").write_text("\n".join(["id,set,truth,predicted", *rows, "x,train,b,b"]) + "\n")
    card = diagnose_table(tmp_path / "p.csv")[0]
    assert isinstance(card, Card) and card.ledger.in_doubt == doubted
    assert f"dev: {shared} of its 500 ids are in train too" in str(card)
    assert any("Divide the data again" in step.what for step in card.steps) == bool(doubted)


def test_ids_of_test_that_are_in_dev_do_not_measure_anew(tmp_path: Path) -> None:
    rows = [f"t{k},train,a,a" for k in range(500)] + [f"{k},{name},a,a" for name in ("dev", "test") for k in range(400)]
    (tmp_path / "p.csv").write_text("\n".join(["id,set,truth,predicted", *rows, "x,train,b,b"]) + "\n")
    card = diagnose_table(tmp_path / "p.csv")[0]
    assert isinstance(card, Card) and card.ledger.in_doubt == ("test",)
    assert "test: 400 of its 400 ids are in dev too, so it does not measure anew." in str(card)


def test_a_dev_of_one_class_that_is_all_wrong_is_looked_at(tmp_path: Path) -> None:
    """Train 0 %, dev 100 %: no model that knows the class misses all of it."""
    truth = np.arange(600) % 3
    sets = {"train": Records(truth, truth), "dev": Records([1] * 60, [0, 2] * 30)}
    card = diagnose_table(written(tmp_path / "p.csv", sets))[0]
    assert isinstance(card, Card) and card.ledger.in_doubt == ("dev",)
    sets["dev"] = Records([1] * 60, [1] * 40 + [0] * 20)
    assert diagnose_table(written(tmp_path / "p.csv", sets))[0].ledger.in_doubt == ()  # type: ignore[union-attr]


def test_answers_of_a_network_that_training_has_hardly_changed_say_nothing_of_labels() -> None:
    """α = 1e-7: the cost is still that of guesses, and one of ten such networks is below chance on train."""
    found = (Suspicion("below chance", "train"), Suspicion("below chance", "dev"), Suspicion("shared ids", "dev", 9, 9))
    assert without_untrained(found, unlearnt=False) == found
    assert without_untrained(found, unlearnt=True) == found[2:]
    known = RunContext(Path("r"), "pictures", "lenet5", {}, {}, 100, 1, 1, "epochs", 2, costs=[2.32, 2.31], classes=10)
    assert hardly_changed(known) and not hardly_changed(replace(known, costs=[2.3, 1.2]))
    assert not hardly_changed(replace(known, costs=[])) and hardly_changed(replace(known, costs=[float("nan")]))


def test_precision_of_the_rare_class_is_judged(tmp_path: Path) -> None:
    rows = Records([0] * 440 + [1] * 60, [0] * 430 + [1] * 70)
    card = diagnose_table(written(tmp_path / "p.csv", {"train": rows, "dev": rows}), metric="precision c1")[0]
    assert isinstance(card, Card) and card.ledger.rows[-1].value == 60 / 70


def test_the_ledger_keeps_the_doubt() -> None:
    book = replace(VARIANCE, in_doubt=("dev",))
    assert json.loads(json.dumps(book.to_dict()))["in_doubt"] == ["dev"] and Ledger.from_dict(book.to_dict()) == book
    assert book.sentences()[0] == "See the sets first: what is said of the model by dev is in doubt."
    assert any(", a cause if the sets are right: " in line for line in book.sentences())
    assert not any(", a cause: " in line for line in book.sentences())


def test_where_inputs_are_quite_unlike_labels_are_not_suspected() -> None:
    found = (Suspicion("exchanged", "dev", told=((0, 1, 9, 9), (1, 0, 9, 9))), Suspicion("below chance", "test"))
    assert unexplained(found, {"dev": 0.95, "test": 0.7}) == ()
    assert unexplained(found, {"dev": 0.7}) == found and unexplained(found, {"test": 0.99}) == found[:1]


@pytest.mark.parametrize(("check", "leak"), [
    ({"verdict": "failed"}, True), ({"verdict": "warning", "share": 0.06}, True),
    ({"verdict": "warning", "share": 0.02}, False), ({"verdict": "warning"}, False), ({"verdict": "ok", "share": 0.04}, False),
    ({"verdict": "failed", "name": "inputs"}, False),
])
def test_duplicates_of_dev_in_train_are_a_leak(tmp_path: Path, check: dict[str, Any], leak: bool) -> None:
    run = RunFolder.create(tmp_path / "a", settings={"data": "x"}, recipe="table", network="softmax")
    run.write_json("preflight.json", {"checks": [{"name": "duplicates", "words": "50 of dev also in train", "advice": ""} | check]})
    assert leaks(run) == leak
    assert in_doubt((), leak=leak) == (("dev",) if leak else ())
    assert look_first((), leak=leak) == (("Divide the data again, so that what belongs together is in one set alone.",) if leak else ())


def test_where_nothing_is_wrong_there_is_nothing_to_go_through() -> None:
    def steps(error: float) -> str:
        return " ".join(step.what for step in next_steps(ledger(human=error, train=error, dev=error, n=100_000)))

    assert "Go through wrong" in steps(0.05) and "Go through wrong" not in steps(0.0)
    assert "Open the test set" in steps(0.0)


def test_of_an_easier_test_set_it_is_dev_and_test_that_are_compared() -> None:
    odd, easier = ledger(human=0.04, train=0.05, dev=0.16, test=0.04, n=10_000), ledger(human=0.15, train=0.15, dev=0.04, n=10_000)
    assert next_steps(odd)[0].what == "Look at the worst dev examples by hand and find how dev differs from test."
    assert next_steps(easier)[0].what.endswith("find how dev differs from the training data.")


def test_what_stands_below_the_cause_has_all_of_the_card() -> None:
    """The report and the handbook print it."""
    card = Card(VARIANCE, (), suspicious=("exchanged",), differ=("unlike",), no_better="no better", better=Path("runs/b"))
    assert card.reasons[:4] == ("exchanged", "unlike", "no better",
                                "runs/b did better, if not clearly: what comes next starts from it, not from this run.")
    assert card.reasons[4:] == VARIANCE.sentences()[1:]
