"""Several questions about each example: labels that are missing, runs that are whole, and faults by message."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from rich.console import Console

import wengu
from wengu.adviser import compare
from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.data import load
from wengu.project.fit import FitResult
from wengu.recipes import recipe, settings_of
from wengu.recipes.multitask import labels_of_each
from wengu.recipes.task import Task

TARGETS = ("species", "wide")


@pytest.fixture(scope="module")
def flowers(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fisher's irises: which species, and whether the sepal is wide; two labels in five of the second are missing."""
    frame = pd.read_csv(iris)
    wide = np.where(frame["sepal width (cm)"] > 3, "yes", "no").astype(object)
    wide[np.random.default_rng(0).permutation(150)[:60]] = ""
    path = tmp_path_factory.mktemp("data") / "flowers.csv"
    frame.drop(columns="sepal width (cm)").assign(wide=wide).to_csv(path, index=False)
    return path


def task_of(**settings: object) -> Task:
    return recipe("multitask").prepare(settings_of("multitask", settings))


@pytest.fixture(scope="module")
def run(flowers: Path, tmp_path_factory: pytest.TempPathFactory) -> FitResult:
    return wengu.fit("multitask", data=flowers, target=TARGETS, epochs=40, runs=tmp_path_factory.mktemp("runs"), name="a",
                     quiet=True)


def test_a_run_ends_with_a_card_and_intervals_over_the_labels_that_are_there(run: FitResult) -> None:
    dev = next(row for row in run.ledger.rows if row.set == "dev")
    lines = [json.loads(line) for line in (run.path / "predictions" / "dev.jsonl").read_text().splitlines()]
    wrong = {name: [y != line["predicted"][name] for line in lines if (y := line["truth"][name]) is not None]
             for name in lines[0]["truth"]}
    assert len(lines) == 29 and 0 < len(wrong["wide"]) < 29  # two of the flowers are equal, and train
    assert dev.value == pytest.approx(np.mean([np.mean(each) for each in wrong.values()])) and dev.value < 0.2
    assert dev.low is not None and dev.high is not None and dev.low <= dev.value <= dev.high
    assert "label error, lower is better" in str(run.card)
    assert lines[0]["truth"].keys() == lines[0]["predicted"].keys() == lines[0]["p"].keys()
    assert list(lines[0]["truth"]) == ["species=setosa", "species=versicolor", "species=virginica", "wide"]


def test_the_report_tells_the_error_of_each_question(run: FitResult) -> None:
    page = (run.path / "report.html").read_text()
    found = re.findall(r"<li>([\w=]+): \d+\.\d\xa0% wrong of (\d+) labels</li>", page)
    assert sorted(name for name, _ in found) == ["species=setosa", "species=versicolor", "species=virginica", "wide"]
    assert {n for name, n in found if name != "wide"} == {"29"}
    assert 'id="confusions"' not in page and 'id="worst"' in page and "wide: –" in page


def test_it_goes_on_to_the_very_same_weights(flowers: Path, tmp_path: Path) -> None:
    settings = {"data": flowers, "target": TARGETS, "runs": tmp_path, "quiet": True, "decay": "constant",
                "precision": "fp32"}
    whole = wengu.fit("multitask", epochs=6, name="whole", **settings)
    wengu.fit("multitask", epochs=3, name="parts", **settings)
    parts = wengu.fit("multitask", epochs=6, name="parts", resume=True, **settings)
    assert [row["cost"] for row in whole.run.history] == [row["cost"] for row in parts.run.history]
    for (name, a), b in zip(whole.run.model.state_dict().items(), parts.run.model.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_new_rows_are_answered_by_question(run: FitResult, flowers: Path) -> None:
    model = wengu.load(run.path)
    frame = pd.read_csv(flowers)
    answers = model.predict(frame.drop(columns=list(TARGETS)))
    setosa = [one["species=setosa"] for one in answers.predicted]
    assert np.mean(np.array(setosa) == (frame["species"] == "setosa")) > 0.95
    one = answers.records()[0]
    assert one["id"] == "0" and one.keys() == {"id", "predicted", "p"}
    assert one["predicted"] == {name: int(p > 0.5) for name, p in one["p"].items()}
    assert all(0 <= p <= 1 for p in one["p"].values())


def test_pictures_are_read_shown_and_answered(tmp_path: Path) -> None:
    fitted = wengu.fit("multitask", runs=tmp_path, epochs=1, batch_size=256, quiet=True)
    task, sample = task_of(), load("sample")
    assert {name: len(part) for name, part in task.sets.items()} == {"train": 3600, "dev": 1200, "test": 1200}
    assert str(task.preview(task.sets["dev"], 0)[:4]) == str(b"\x89PNG")
    shoe = sample.pixels[sample.labels == 9][:5, 0]
    assert [one["footwear"] for one in wengu.load(fitted.path).predict(shoe).predicted] == [1] * 5


def test_shared_layers_serve_other_questions_with_units_begun_anew(run: FitResult, flowers: Path, tmp_path: Path) -> None:
    fitted = wengu.fit("multitask", data=flowers, target="wide", ignore="species", from_=run.path,
                       freeze="all-but-last", epochs=1, runs=tmp_path, quiet=True)
    before, after = run.run.model.state_dict(), fitted.run.model.state_dict()
    assert torch.equal(before["1.shared.0.weight"], after["1.shared.0.weight"])
    assert after["1.heads.weight"].shape == (1, 32) and before["1.heads.weight"].shape == (4, 32)


@pytest.mark.parametrize("filled", [0, 1])
def test_missing_labels_change_no_gradient(filled: int) -> None:
    """Filled with anything and masked, they give the gradient that they give as NaN."""
    from wengu.functions import multi_task_cross_entropy

    task = task_of()
    x, y = task.sets["train"].examples[:64]
    assert y.isnan().any()
    model = task.model()
    model.eval()
    by_nan = torch.autograd.grad(task.loss_fn(model(x), y), list(model.parameters()))
    filled_in = torch.where(y.isnan(), float(filled), y)
    by_mask = torch.autograd.grad(multi_task_cross_entropy(model(x), filled_in, known=~y.isnan()),
                                  list(model.parameters()))
    for one, other in zip(by_nan, by_mask, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_one_question_alone_has_the_examples_that_answer_it() -> None:
    task = task_of(only=("long sleeves",))
    both = task_of()
    assert len(task.sets["train"]) == sum(row["long sleeves"] is not None for row in both.sets["train"].truth)
    assert set(task.sets["dev"].ids) < set(both.sets["dev"].ids)
    assert all(row.keys() == {"long sleeves"} and None not in row.values() for row in task.sets["dev"].truth)
    assert task.notes == ("4,200 examples without any label left out",)
    with pytest.raises(InputError, match="only: 'sleeves' is unknown; .*long sleeves"):
        task_of(only=("sleeves",))


def test_the_check_warns_of_a_question_with_few_labels() -> None:
    (found,) = task_of().checks()  # type: ignore[misc]
    assert (found.name, found.verdict, found.title) == ("labels", "warning", "labels")
    assert re.match(r"long sleeves: 1,\d\d\d labels, the fewest; top: 3,600, the most", found.words)
    assert "--only" in found.advice
    (found,) = labels_of_each(("a", "b"), {"train": (40, 100), "dev": (1, 1)})
    assert found.verdict == "ok" and not found.advice
    _, unjudged = labels_of_each(("a", "b"), {"train": (40, 100), "dev": (3, 0), "test": (1, 1)})
    assert (unjudged.verdict, unjudged.words) == ("warning", "b: no label in dev")
    assert unjudged.advice == "it is left out of the ledger: label some examples of dev, or move some to it"
    use_language("zh")
    assert "标签" in str(next(iter(labels_of_each(("a", "b"), {"train": (1, 100)}))))


def test_the_cost_of_one_who_knows_nothing_is_log_2_for_each_label() -> None:
    task = task_of(only=("top", "footwear"))
    assert task.expected_cost == pytest.approx(2 * np.log(2))
    x, y = task.sets["dev"].examples[:]
    assert task.loss_fn(torch.zeros(len(x), 2), y).item() == pytest.approx(task.expected_cost, rel=1e-6)


def test_the_network_suits_the_data(flowers: Path) -> None:
    assert task_of().network == "multitask-lenet5"
    assert task_of(data=flowers, target=TARGETS).network == "multitask-layers"
    with pytest.raises(InputError, match="network: multitask-layers reads the rows of a table, got pictures; leave --network out"):
        task_of(network="multitask-layers").model()
    with pytest.raises(InputError, match="network: multitask-lenet5 reads pictures, got the rows of a table"):
        task_of(data=flowers, target=TARGETS, network="multitask-lenet5").model()
    own = flowers.with_name("mine.py")
    own.write_text("from torch import nn\n\n\nclass Net(nn.Linear):\n    def __init__(self, features, classes):\n"
                   "        super().__init__(features, classes)\n")
    model = task_of(data=flowers, target=TARGETS, network=f"{own}:Net").model()
    assert model(torch.zeros(2, 3)).shape == (2, 4)


def test_what_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--target: expected the columns to predict, got none: wengu fit multitask"):
        task_of(data="flowers.csv")
    path = tmp_path / "t.csv"
    path.write_text("x,set,a,b\n" + "".join(f"{k},{s},{k % 2},{k % 2 if s == 'test' else ''}\n"
                                            for k in range(12) for s in ("train", "dev", "test")))
    with pytest.raises(InputError, match="train has no label of b; label some of its examples"):
        task_of(data=path, target=("a", "b"))
    with pytest.raises(InputError, match="train has no label of b"):
        task_of(data=path, target=("b",))


def test_alone_is_compared_with_together_on_the_question_of_both(run: FitResult, flowers: Path) -> None:
    alone = wengu.fit("multitask", data=flowers, target=TARGETS, only=("wide",), epochs=4, runs=run.path.parent, name="alone",
                      quiet=True)
    _, other = (found := compare([run.path, alone.path])).runs
    assert other.same_task and other.paired and other.questions == ("wide",) and other.gain is not None

    def wrong(path: Path) -> float:
        rows = [json.loads(line) for line in (path / "predictions" / "dev.jsonl").read_text().splitlines()]
        labelled = [row for row in rows if row["truth"]["wide"] is not None]
        return float(np.mean([row["truth"]["wide"] != row["predicted"]["wide"] for row in labelled]))

    assert other.gain.points == pytest.approx(wrong(alone.path) - wrong(run.path))
    assert "B: label error on dev is over its own questions; the difference to A is that of the question both answer: wide." \
        in found.notes(("A", "B"))


def test_a_run_says_what_it_asks_and_what_1_means(flowers: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    made = wengu.fit("multitask", data=flowers, target=TARGETS, epochs=1, runs=tmp_path, console=Console(file=out, width=400))
    assert "   4 questions\nspecies=setosa: 1 = yes   species=versicolor: 1 = yes   species=virginica: 1 = yes   " \
        "wide: 1 = yes\n" in out.getvalue()
    assert "wide: 1 = yes" in (made.path / "report.html").read_text()
    assert made.run_folder.facts()["spec"]["values"] == {"wide": ["no", "yes"]}
    assert re.search(r"\n    wide: \d+\.\d % wrong of \d+ labels\n", str(made.card))


@pytest.mark.parametrize("given", [{"other": "more.csv"}, {"own": "app"}, {"by_time": "day"}, {"group": "p"}, {"ignore": ("a",)}])
def test_what_is_for_tables_is_refused_with_pictures(given: dict[str, Any]) -> None:
    (name,) = given
    with pytest.raises(InputError, match=f"{name.replace('_', '-')}: it is for tables, and sample is a set of pictures"):
        recipe("multitask").prepare(settings_of("multitask", given))
