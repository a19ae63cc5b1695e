"""How values are printed, of rates and of numbers, alone and in the ledger's sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.core.i18n import speaking
from wengu.practice import ErrorRate, Facts, Ledger, Perplexity, Records, described, ledger, ledger_of
from wengu.practice.metric_words import amount, gap, interval, metric_name, units

BLEU = Facts(name="BLEU", direction="higher", scale="number", unit="sentence", worth=1.0)


@dataclass(frozen=True)
class Bleu:
    """A toy of its kind: of each sentence, how many words are right and how many there are; from 0 to 100."""

    name: str = "BLEU"
    direction: str = "higher"
    scale: str = "number"
    unit: str = "sentence"
    worth: float = 1.0

    def parts(self, truth: Any, predicted: Any) -> Any:
        return np.array([(len(set(y.split()) & set(p.split())), len(y.split()))
                         for y, p in zip(truth, predicted, strict=True)])

    def value(self, parts: Any, weights: Any = None) -> Any:
        both = parts.sum(axis=0) if weights is None else weights @ parts
        return 100 * both[..., 0] / both[..., 1]


def sentences(right: int, m: int = 400) -> Records:
    """Of each 10 words a sentence, so many right, give or take one."""
    truth = [" ".join(f"w{k}" for k in range(10))] * m
    each = right + np.random.default_rng(right).integers(-1, 2, m)
    return Records(truth, [" ".join(f"w{k}" for k in range(n)) or "-" for n in each])


def test_rates_are_percent_and_gaps_points() -> None:
    error = described(ErrorRate())
    assert amount(error, 0.0612) == "6.1 %"
    assert gap(error, 0.0251) == "2.5 points"
    assert gap(error, 0.0251, sign=True) == "+2.5 points"
    assert gap(error, -1e-9, sign=True) == gap(error, 1e-9, sign=True) == "0.0 points"
    assert interval(error, 0.059, 0.0633) == "[5.9, 6.3]"
    assert interval(error, -0.002, 0.01, sign=True) == "[-0.2, +1.0]"


def test_numbers_stand_as_they_are() -> None:
    assert amount(BLEU, 36.833) == "36.8"
    assert gap(BLEU, 1.26, sign=True) == "+1.3"
    assert interval(BLEU, 35.9, 37.66) == "[35.9, 37.7]"
    assert amount(described(Perplexity()), 22.3333) == "22.3"


@pytest.mark.parametrize(("worth", "shown"), [(20, "36"), (1, "36.4"), (0.5, "36.4"), (0.1, "36.37"), (0.005, "36.366")])
def test_a_number_is_one_digit_finer_than_what_matters(worth: float, shown: str) -> None:
    assert amount({**BLEU, "worth": worth}, 36.36572) == shown


def test_the_ledger_of_sentences_is_in_numbers() -> None:
    book = ledger_of({"train": sentences(8), "dev": sentences(5)}, human=85.0, metric=Bleu())
    assert book.cause == "variance"
    train, dev = (row.value for row in book.rows[1:])
    bias, variance = book.sentences()[1:3]
    assert 75 < train < 85 and 45 < dev < 55
    assert bias.startswith(f"human to train (bias): {85 - train:.1f} (95% interval")
    assert variance.startswith(f"train to dev (variance): {train - dev:.1f} (95% interval")
    assert "a cause: at least 1.0, at least half the largest gap" in variance
    assert "points" not in str(book) and "%" not in str(book).replace("95%", "")


def test_the_ledger_of_perplexity() -> None:
    rng = np.random.default_rng(0)
    sets = {name: Records([None] * 300, [(float(c), 64) for c in rng.normal(mean, 12, 300)])
            for name, mean in (("train", 64 * np.log(20)), ("dev", 64 * np.log(30)))}
    book = ledger_of(sets, metric=Perplexity())
    assert book.cause == "variance"
    train, dev = (row.value for row in book.rows)
    assert book.sentences()[1].startswith(f"train to dev (variance): {dev - train:.1f} (95% interval")
    few = ledger_of({name: Records(rows.truth[:5], rows.predicted[:5]) for name, rows in sets.items()},
                    metric=Perplexity(worth=60.0))
    assert few.worth == 60
    assert all("points" not in line for line in few.sentences())


def test_what_could_tell_is_counted_in_units() -> None:
    book = ledger_of({"train": sentences(6, 12), "dev": sentences(6, 13)}, metric=Bleu())
    assert book.needed
    assert any(" sentences in dev (now 13) together would decide about variance" in line for line in book.sentences())
    with speaking("zh"):
        assert any("个句子（现在 13），同时满足时五次中有四次能判断" in line for line in book.sentences())


def test_names_and_units_in_both_languages() -> None:
    assert metric_name(BLEU) == "BLEU"
    names = ("error", "accuracy", "balanced accuracy", "macro-F1", "label error", "perplexity")
    with speaking("zh"):
        chinese = [metric_name({**BLEU, "name": name}) for name in names]
        assert [units({**BLEU, "unit": unit}, 1300) for unit in ("example", "picture", "person")] == [
            "1,300 个样本", "1,300 张图片", "1,300 人"]
    assert len({*chinese, *names}) == 2 * len(names)
    assert [metric_name({**BLEU, "name": name}) for name in names] == list(names)
    assert units(BLEU, 1300) == "1,300 sentences"


def test_the_ledger_keeps_its_metric_and_reads_format_1() -> None:
    book = ledger_of({"train": sentences(8), "dev": sentences(5)}, metric=Bleu(), worth=2.0)
    assert book.metric == {**BLEU, "worth": 2.0}
    written = json.loads(json.dumps(book.to_dict()))
    assert (written["format"], written["metric"]["name"], written["worth"]) == (2, "BLEU", 2.0)
    assert Ledger.from_dict(written) == book
    old = ledger(train=0.05, dev=0.09, n=500)
    of_format_1 = {"format": 1, "rows": [vars(row) for row in old.rows], "gaps": [vars(gap) for gap in old.gaps],
                   "worth": 0.01, "level": 0.95, "direction": "lower"}
    assert Ledger.from_dict(of_format_1) == old
    assert Ledger.from_dict(of_format_1 | {"direction": "higher"}).metric["name"] == "accuracy"
    numbers = ledger_of({"train": sentences(8), "dev": sentences(5)}, metric=Bleu())
    of_format_1 |= {"rows": [vars(row) for row in numbers.rows], "gaps": [vars(gap) for gap in numbers.gaps]}
    assert Ledger.from_dict(of_format_1).metric["scale"] == "number"  # format 1 did not say it
    with pytest.raises(InputError, match=r"ledger: expected what Ledger.to_dict wrote"):
        Ledger.from_dict(written | {"metric": {"name": "BLEU"}})
