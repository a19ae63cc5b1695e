"""What to try next, in order, each a command where it can be one.

The remedies of a cause are practice.remedies, in the notes' order; here each is made concrete for this run: with its
own settings, and left out where it has been done or cannot help.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.core.run_folder import RunFolder
from wengu.data import catalogue
from wengu.practice import Ledger, Remedy, remedies, split_sizes
from wengu.practice.metric_words import Facts, number
from wengu.recipes import recipe, recipes, words_of

FOR_BIAS_ALONE = ("bigger-network", "train-longer", "better-optimiser")
IMPLIED = ("default", "name", "data", "rule")  # origins of settings that a command need not repeat


@dataclass(frozen=True)
class NextStep:
    """One thing to try: what, why, the command that does it where there is one, and what to expect of it."""

    what: str
    why: str
    command: str = ""
    remark: str = ""


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

    @classmethod
    def of(cls, run: RunFolder) -> RunContext:
        """The context of a run, read from the files of its folder."""
        settings, came_from = run.settings()
        facts = run.facts()
        examples = facts["examples"]
        if not isinstance(examples, dict) or not examples.get("train"):
            raise InputError(say("{path} lacks {name}; it was changed after wengu wrote it",
                                 path=run.path / "run.json", name="examples"))
        return cls(run.path, facts["recipe"], facts["network"], settings, came_from, examples["train"],
                   facts.get("threads", 1), facts.get("world_size", 1), facts.get("stopped", ""),
                   facts.get("best_epoch", 0))

    def fit(self, *, network: str = "", **changes: Any) -> str:
        """The command of this run with some settings changed, or with another network of the recipe."""
        given = {k: v for k, v in self.settings.items() if self.came_from.get(k, "default") not in IMPLIED}
        given |= {name: n for name, n in (("threads", self.threads), ("processes", self.processes)) if n != 1}
        given.pop("network", None)
        return self._command(given | changes, network)

    def resume(self) -> str:
        """The command that goes on with this run."""
        return self._command({"name": self.path.name}) + " --resume"

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


def next_steps(
    ledger: Ledger,
    known: RunContext | None = None,
    *,
    table: Path | None = None,
    metric: str = "",
    no_better: bool = False,
) -> tuple[NextStep, ...]:
    """What to try for the ledger's cause; without a run of ours in words, but for what judges a `table` again.

    An interrupted run goes on first. Where no judged gap is the cause, what is left may be bias, which only people
    can tell: that comes before the test set is spent on it. With the best value there is nothing to fix.
    Sets that are not alike come before both, and so does a model that is no better than always one answer: of these
    the test set would tell nothing. `metric` is what `wengu diagnose` was given by --metric.
    """
    value = {row.set: row.value for row in ledger.rows}
    best = _best(ledger.metric)
    found = remedies(ledger.cause, worse_than_human=ledger.worse_than_human, metric=ledger.metric)
    if not ledger.causes and ledger.worse_than_human is None and value["dev"] != best:
        first = (*_pick("cannot tell yet", "give-human", ledger), *_pick("bias", "train-longer", ledger))
        found = (*first, *(remedy for remedy in found[::-1] if remedy not in first))
    if ledger.reversed:
        found = tuple(dict.fromkeys((*_pick("mismatch", "compare-sets", ledger), *found)))
    elif no_better and not ledger.causes:
        learn = [remedy for key in FOR_BIAS_ALONE for remedy in _pick("bias", key, ledger)]
        found = tuple(dict.fromkeys((*learn, *found)))
    if ledger.reversed or no_better:
        found = tuple(remedy for remedy in found if remedy.key != "open-test")
    if value["train"] == best:
        found = tuple(remedy for remedy in found if remedy.key not in FOR_BIAS_ALONE)
    steps = []
    if known and known.stopped == "interrupted":
        steps.append(NextStep(say("Continue this run; it was stopped before the end."), "", known.resume()))
    judged = known.path if known else table
    for remedy in found:
        made: NextStep | None = NextStep(remedy.what, remedy.why)
        if remedy.key == "give-human" and judged:
            made = _give_human(remedy, judged, ledger, metric)
        elif known and remedy.key in _CONCRETE:
            made = _CONCRETE[remedy.key](remedy, known)
        if made is not None:
            steps.append(made)
    return tuple(steps)


def _best(metric: Facts) -> float | None:
    """The best value that there can be, if there is one."""
    if metric["direction"] == "lower":
        return 0.0
    return 1.0 if metric["scale"] == "rate" else None


def _pick(cause: str, key: str, ledger: Ledger) -> tuple[Remedy, ...]:
    return tuple(remedy for remedy in remedies(cause, metric=ledger.metric) if remedy.key == key)


def _more_data(remedy: Remedy, known: RunContext) -> NextStep | None:
    entries, name = {entry.name: entry for entry in catalogue()}, known.settings.get("data", "")
    if name in entries:
        if not entries[name].larger:  # this is all there is of it
            return None
        larger = entries[entries[name].larger]
        train = split_sizes(larger.pictures - larger.test, test=not larger.test).train
        return NextStep(remedy.what, remedy.why, known.fit(data=larger.name),
                        say("{times:.0f} times the examples", times=train / known.examples))
    return NextStep(remedy.what, remedy.why, "", say("add to {data}; there are {n} to train on now", data=name,
                                                     n=f"{known.examples:,}"))


def _regularise(remedy: Remedy, known: RunContext) -> NextStep | None:
    settings = known.settings
    if settings.get("augment") == "none":
        return NextStep(remedy.what, remedy.why, known.fit(augment="auto"))
    if settings.get("dropout") == 0:
        return NextStep(remedy.what, remedy.why, known.fit(dropout=0.2))
    if settings.get("optim") != "adamw":
        return NextStep(remedy.what, remedy.why, known.fit(l2=float(f"{2 * settings.get('l2', 0):.3g}") or 5e-4))
    decay = settings.get("weight_decay", 0.0)
    return NextStep(remedy.what, remedy.why, known.fit(weight_decay=float(f"{2 * decay:.3g}") if decay else 0.05))


def _train_longer(remedy: Remedy, known: RunContext) -> NextStep | None:
    if known.stopped != "epochs":  # early: the dev value had stopped falling; interrupted: it goes on first
        return None
    return NextStep(remedy.what, remedy.why, known.fit(epochs=2 * known.settings["epochs"]),
                    say("the best epoch was {best} of {epochs}", best=known.best_epoch,
                        epochs=known.settings["epochs"]))


def _tune(remedy: Remedy, known: RunContext) -> NextStep | None:
    """The optimiser is Adam already; its learning rate is what is left to tune."""
    lr = known.settings["lr"]
    return NextStep(say("Tune the learning rate."), remedy.why, known.fit(lr=float(f"{lr / 3:.1g}")),
                    say("then three times {lr} too", lr=lr))


def _bigger(remedy: Remedy, known: RunContext) -> NextStep | None:
    """The one that the recipe's entry names; who brought a network of their own can make it bigger."""
    listed = recipe(known.recipe).NETWORKS if known.recipe in recipes() else {}
    if known.network not in listed:
        return NextStep(remedy.what, remedy.why)
    bigger = listed[known.network].bigger
    return NextStep(remedy.what, remedy.why, known.fit(network=bigger)) if bigger else None


def _no_command(remedy: Remedy, known: RunContext) -> NextStep | None:
    """Which other would suit the data is not known."""
    return None


def _open_test(remedy: Remedy, known: RunContext) -> NextStep | None:
    return NextStep(remedy.what, remedy.why, f"wengu diagnose {shell_word(known.path)} --open-test")


def _give_human(remedy: Remedy, judged: Path, ledger: Ledger, metric: str) -> NextStep | None:
    """With a value that shows in which form it is given: 0.05 of an error; of others what train has."""
    if ledger.worse_than_human is not None:
        return None
    facts = ledger.metric
    command = f"wengu diagnose {shell_word(judged)}{f' --metric {shell_word(metric)}' if metric else ''} --human"
    if facts["name"] == "error":
        return NextStep(remedy.what, remedy.why, f"{command} 0.05",
                        say("with the error that people make in place of 0.05"))
    train = next(row.value for row in ledger.rows if row.set == "train")
    form = f"{train:.3f}" if facts["scale"] == "rate" else number(facts, train)
    return NextStep(remedy.what, remedy.why, f"{command} {form}",
                    say("with the value that people reach in place of {value}", value=form))


def _errors(remedy: Remedy, known: RunContext) -> NextStep | None:
    return NextStep(remedy.what, remedy.why, "", say("the report shows the worst ones"))


_CONCRETE: dict[str, Callable[[Remedy, RunContext], NextStep | None]] = {
    "bigger-network": _bigger,
    "better-optimiser": _tune,
    "other-architecture": _no_command,
    "more-data": _more_data,
    "more-examples": _more_data,
    "bigger-dev": _more_data,
    "regularise": _regularise,
    "train-longer": _train_longer,
    "open-test": _open_test,
    "error-analysis": _errors,
}
