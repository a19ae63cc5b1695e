"""What advice needs to know of a run: its settings, which of them are unusual, how training went, what else was tried.

    own settings    those that are not what the recipe takes for this data and network by itself
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from wengu.adviser.data_curve import DataCurve
from wengu.adviser.size_curve import SizeCurve
from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.core.run_folder import RunFolder
from wengu.core.safe_read import is_file
from wengu.practice import Ledger
from wengu.practice.verdict import sign
from wengu.recipes import recipe, recipes, settings_by_rule, settings_of, words_of
from wengu.recipes.network import Network
from wengu.recipes.settings import Training, epochs_for

IMPLIED = ("default", "name", "data", "rule")  # origins of settings that a command need not repeat
NO_ATTEMPT = (  # at a better model
    "seed", "split_seed", "split", "device", "human", "worth", "level", "precision", "compile", "micro_batch",
)
NEAR = 3  # times as far


@dataclass(frozen=True)
class RunContext:
    """What is known of the run when its next steps are sought."""

    path: Path
    recipe: str
    network: str
    settings: Mapping[str, Any]
    came_from: Mapping[str, str]
    examples: int  # in the training set
    threads: int
    processes: int
    stopped: str
    best_epoch: int
    costs: Sequence[float] = ()  # of training, epoch by epoch
    classes: int = 0  # that it tells apart, if it does
    attempts: Sequence[RunContext] = ()  # the other runs of the same task beside it
    curve: DataCurve | None = None  # over the amount of data, where it was measured
    widths: SizeCurve | None = None  # what narrower and wider networks are worth, where they were tried
    source: str = ""  # of weights to begin with: the run of another task, or 'pretrained'
    loss: tuple[str, float] | None = None  # its metric and the value on dev, of which less is better; of a judged run
    advised: Sequence[str] = ()  # the commands of its card

    @classmethod
    def of(cls, run: RunFolder) -> RunContext:
        """The context of a run, read from the small files of its folder: without costs and attempts."""
        settings, came_from = run.settings()
        facts = run.facts()
        examples = facts["examples"]
        if not isinstance(examples, dict) or not examples.get("train"):
            raise InputError(say("{path} lacks {name}; it was changed after wengu wrote it",
                                 path=run.path / "run.json", name="examples"))
        judged = run.read_json("ledger.json") if is_file(run.path / "ledger.json") else {}
        return cls(run.path, facts["recipe"], facts["network"], settings, came_from, examples["train"],
                   facts.get("threads", 1), facts.get("world_size", 1), facts.get("stopped", ""),
                   facts.get("best_epoch", 0), classes=len(facts.get("spec", {}).get("classes") or ()),
                   loss=loss_of(Ledger.from_dict(judged)) if judged else None, advised=judged.get("advised", ()))

    @cached_property
    def usual(self) -> dict[str, Any]:
        """What each setting would be if nobody had given it."""
        if self.recipe not in recipes():
            return {}
        told = {name: value for name, value in self.settings.items() if name in ("data", "target", "network", "from")}
        try:
            default = settings_of(self.recipe, {"network": self.network, **told})
            ruled: dict[str, Any] = {}
            if self.network in recipe(self.recipe).NETWORKS:
                ruled = settings_by_rule(self.recipe, default)
            elif isinstance(default, Training):  # of one's own, which is never imported to be looked at
                ruled = Training.by_rule(default, Network(path="", about=""))
        except InputError:  # of another version, or its network is gone
            return {}
        plain = {name.rstrip("_"): value for name, value in vars(default).items()} | ruled
        plain |= {"from": ""} if "from" in plain else {}  # it only decides what others are
        if plain.get("epochs", 0) is None and hasattr(default, "MOST_EPOCHS"):
            plain["epochs"] = epochs_for(self.examples, most=default.MOST_EPOCHS)
        return plain

    @cached_property
    def own(self) -> dict[str, Any]:
        """The settings that are not the usual ones, and that neither data nor a rule decided."""
        usual = self.usual
        return {name: value for name, value in self.settings.items()
                if self.came_from.get(name, "") not in ("data", "rule") and name != "network"
                and not _same(value, usual.get(name, _NONE))}

    @property
    def attempt(self) -> dict[str, Any]:
        """Its own settings without seed, device and the like, which make no other attempt at a better model."""
        return {name: value for name, value in self.own.items() if name not in NO_ATTEMPT}

    def fit(self, *, network: str = "", without: Iterable[str] = (), **changes: Any) -> str:
        """The command of this run with some settings changed or left out, or with another network of the recipe."""
        given = {k: v for k, v in self.settings.items() if self.came_from.get(k, "default") not in IMPLIED}
        given |= {name: n for name, n in (("threads", self.threads), ("processes", self.processes)) if n != 1}
        given = {name: value for name, value in given.items() if name not in {"network", *without}}
        return self._command(given | changes, network)

    def resume(self) -> str:
        """The command that goes on with this run."""
        return self._command({"name": self.path.name}) + " --resume"

    def diagnose(self, flags: str) -> str:
        """The command that judges this run again."""
        return f"wengu diagnose {shell_word(self.path)} {flags}"

    def tried(self, *, network: str = "", without: Iterable[str] = (), **changes: Any) -> RunContext | None:
        """The run beside it that is what `fit` of the same would be, or goes a little further; None without one.

        Seeds, devices and the like make no other attempt.
        """
        usual, network = self.usual, network or self.network
        wanted = {k: v for k, v in self.attempt.items() if k not in {*without, *changes}}
        wanted |= {k: v for k, v in changes.items() if not _same(v, usual.get(k, _NONE))}
        for other in self.attempts:
            own = other.attempt
            if other.network == network and own.keys() == wanted.keys() and all(
                _same(own[name], value) or (name in changes and _further(self.settings.get(name), value, own[name]))
                for name, value in wanted.items()
            ):
                return other
        return None

    def same_but_for(self, other: RunContext, name: str) -> bool:
        """Whether the other differs in no setting that makes another attempt, but perhaps in this one."""
        ours, theirs = ({k: v for k, v in one.attempt.items() if k != name} for one in (self, other))
        return other.network == self.network and ours.keys() == theirs.keys() and all(
            _same(value, theirs[k]) for k, value in ours.items())

    def no_worse_without(self, name: str) -> RunContext | None:
        """A run beside it that differs in this setting alone, has less of it, and did at least as well on dev."""
        return next((other for other, change in self._but_for(name) if change >= 0 and _less(other, self, name)), None)

    def better_with(self, name: str) -> bool:
        """Whether a run beside it that has not this setting, and differs in nothing else, is worse on dev."""
        return any(change < 0 and name not in other.attempt for other, change in self._but_for(name))

    def _but_for(self, name: str) -> Iterator[tuple[RunContext, float]]:
        """The runs that differ in this setting alone, and what this one is worse by on dev."""
        for other in self.attempts:
            if self.loss and other.loss and self.loss[0] == other.loss[0] and self.same_but_for(other, name):
                yield other, self.loss[1] - other.loss[1]

    def _command(self, flags: Mapping[str, Any], network: str = "") -> str:
        if self.path.parent != Path("runs"):
            flags = {**flags, "runs": self.path.parent}
        parts = [f"wengu fit {words_of(self.recipe, network or self.network)}"]
        for name, value in flags.items():
            if value is False or value in ("", [], ()):  # a file of settings holds these, the command line need not
                continue
            flag = f"--{name.replace('_', '-')}"
            items = value if isinstance(value, list | tuple) else [value]
            parts += [flag if item is True else f"{flag} {shell_word(item)}" for item in items]
        return " ".join(parts)


def loss_of(book: Ledger) -> tuple[str, float]:
    """The metric and the value on dev, turned so that less is better."""
    return book.metric["name"], sign(book.direction) * next(row.value for row in book.rows if row.set == "dev")


_NONE = object()


def _less(one: RunContext, other: RunContext, name: str) -> bool:
    values = one.settings.get(name, one.usual.get(name)), other.settings.get(name)
    return all(map(_is_number, values)) and values[0] < values[1]


def _same(a: Any, b: Any) -> bool:
    """Equal, a list to a tuple and 0.1 to 0.1000000001; what is empty is like None."""
    if _is_number(a) and _is_number(b):
        return math.isclose(a, b, rel_tol=1e-6)
    a, b = (list(one) if isinstance(one, tuple) else one for one in (a, b))
    return bool(a == b) or (a in ("", None, []) and b in ("", None, []))


def _further(start: Any, wanted: Any, had: Any) -> bool:
    """Whether another run went as far or somewhat further than is wanted, in the direction from where this one is.

    One that went ten times as far says nothing of what lies between.
    """
    if not all(map(_is_number, (start, wanted, had))) or min(wanted, had) <= 0:
        return False
    return bool(max(wanted, had) <= NEAR * min(wanted, had) and (had >= wanted > start or had <= wanted < start))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
