"""Two sets of one task side by side, as sets.json keeps it, and in words: is dev like train, and test like dev?

    {"format": 1, "sets": [{"a": "train", "b": "dev", "auc", "low", "high", "verdict", "n": [m, n],
                            "telling": [{"name", "kind", "a", "b", "auc"}],
                            "like": ids of a that look most like b, "unlike": ids of b that look least like a,
                            "nearer", "removed", "effective": what would bring a nearer to b}]}

Labels take no part: of a sealed test set nothing is told but what its examples look like.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.core.run_folder import RunFolder
from wengu.practice import Difference, TwoSamples
from wengu.practice.feature_words import differs, worth_saying
from wengu.practice.ledger_words import set_name
from wengu.practice.two_samples import MATTERS

FILE, FORMAT = "sets.json", 1
EXAMPLES, MOST = 8, 3


@dataclass(frozen=True)
class SetComparison:
    """Whether `b` is like `a`: how surely a classifier distinguishes them, and by what."""

    a: str
    b: str
    auc: float
    low: float
    high: float
    verdict: str
    n: tuple[int, int]
    telling: tuple[Difference, ...]
    like: tuple[str, ...]  # ids of a
    unlike: tuple[str, ...]  # ids of b
    nearer: str = ""  # by which changes pictures of a come nearest to b: 'noise 0.08'
    removed: float = 0.0  # the share of the difference that this takes away
    shared: int = 0  # examples of b that are in a too
    naming: str = ""  # a column that tells the sets apart and may do no more than name the rows
    effective: float = 0.0  # as so many examples of a those would be that are drawn as b's look

    @classmethod
    def of(cls, a: str, b: str, found: TwoSamples, ids: tuple[Sequence[str], Sequence[str]]) -> SetComparison:
        """What was found, of sets with these ids."""
        differ = found.verdict == "distinguishable"
        like = tuple(ids[0][i] for i in found.most_like_b[:EXAMPLES]) if differ else ()
        unlike = tuple(ids[1][i] for i in found.least_like_a[:EXAMPLES]) if differ else ()
        return cls(a, b, found.auc, found.low, found.high, found.verdict,
                   (len(found.rows[0]), len(found.rows[1])), found.telling, like, unlike)

    @property
    def differ(self) -> bool:
        """Whether that is sure, and matters."""
        return self.verdict == "distinguishable"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for sets.json; null where nothing was measured."""
        plain = asdict(self)
        return {name: None if isinstance(value, float) and math.isnan(value) else value
                for name, value in plain.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SetComparison:
        """What `to_dict` wrote. Raises InputError for anything else."""
        try:
            auc, low, high = (math.nan if values[name] is None else float(values[name])
                              for name in ("auc", "low", "high"))
            m, n = map(int, values["n"])
            return cls(str(values["a"]), str(values["b"]), auc, low, high, str(values["verdict"]), (m, n),
                       tuple(_difference(one) for one in values["telling"]), tuple(map(str, values["like"])),
                       tuple(map(str, values["unlike"])), str(values.get("nearer", "")),
                       float(values.get("removed", 0.0)), int(values.get("shared", 0)), str(values.get("naming", "")),
                       float(values.get("effective", 0.0)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(say("{path} cannot be read: {error}", path=FILE, error=error)) from None

    def __str__(self) -> str:
        return self.line()

    def remarks(self) -> tuple[str, ...]:
        """What else is to be known before the comparison is believed."""
        a, b = set_name(self.a), set_name(self.b)
        found = []
        if self.shared:
            found.append(say("{n} {n:example|examples} of {b} {n:is|are} in {a} too: copies in two sets make them look "
                             "alike, and what is measured there too good", n=self.shared, a=a, b=b))
        if self.naming:
            found.append(say("{column} has another value in nearly every row, and none that is in both sets: if it "
                             "only names the rows, or who they are of, compare with --ignore {quoted} or --group "
                             "{quoted}",
                             column=self.naming, quoted=shell_word(self.naming)))
        return tuple(found)

    def line(self, *, most: int = MOST) -> str:
        """In a sentence."""
        a, b = set_name(self.a), set_name(self.b)
        if self.verdict == "too few":
            return say("{b} or {a} has too few examples to see whether they are alike", a=a, b=b)
        auc = say("AUC {auc:.2f} [{low:.2f}, {high:.2f}]", auc=self.auc, low=self.low, high=self.high)
        match self.verdict:
            case "distinguishable":
                told = say("; ").join(differs(one, self.a, self.b) for one in worth_saying(self.telling, most))
                return (say("{b} is unlike {a} ({auc}): {told}", a=a, b=b, auc=auc, told=told) if told else
                        say("{b} is unlike {a} ({auc}), by several features together", a=a, b=b, auc=auc))
            case "alike" if self.low > 0.5 and self.auc >= MATTERS:
                return say("{b} is like {a} ({auc}): no feature differs by what a person would see", a=a, b=b, auc=auc)
            case "alike":
                return say("{b} is like {a} ({auc})", a=a, b=b, auc=auc)
        return say("whether {b} is like {a} cannot be told ({auc}): measure on more examples", a=a, b=b, auc=auc)


def comparisons(run: RunFolder) -> tuple[SetComparison, ...]:
    """Those of the run; none of one that ended before there were any, or whose file is damaged."""
    try:
        found = run.read_json(FILE)
        return tuple(map(SetComparison.from_dict, found["sets"])) if found.get("format") == FORMAT else ()
    except (InputError, OSError, KeyError, TypeError, AttributeError):
        return ()


def differing(run: RunFolder, sets: Collection[str]) -> tuple[SetComparison, ...]:
    """Those of the run's `sets` that surely differ; dev from train-dev where there is one, else from train."""
    return tuple(one for one in comparisons(run) if one.differ and {one.a, one.b} <= set(sets)
                 and not (one.a == "train" and one.b == "dev" and "train-dev" in sets))


def unlike(found: Sequence[SetComparison]) -> tuple[str, ...]:
    """The sets that differ from the one before, as the ledger takes it."""
    return tuple(one.b for one in found if one.differ and (one.a, one.b) in (("train", "dev"), ("dev", "test")))


def keep(run: RunFolder, found: Sequence[SetComparison]) -> None:
    """Write them into the run, beside those of other sets that are there."""
    new = {(one.a, one.b): one for one in (*comparisons(run), *found)}
    run.write_json(FILE, {"format": FORMAT, "sets": [one.to_dict() for one in new.values()]})


def _difference(values: Mapping[str, Any]) -> Difference:
    kind = values["kind"]
    if kind not in ("lies", "spreads"):
        raise ValueError(kind)
    return Difference(str(values["name"]), kind, float(values["a"]), float(values["b"]), float(values["auc"]))
