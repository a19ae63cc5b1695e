"""The second process, which holds torch: it computes figures and judges runs, one question at a time.

    python -m wengu.handbook.worker
    in:    {"id": 7, "ask": "figure", "lang": "en", "page": "activations/activations", "name": "curve", "state": {...}}
    out:   7 ok {...}     7 refused "why"     7 failed null          the answer is passed on to the browser as it stands
    first: 0 ready null   once torch is there

A line each way, over pipes. It ends when the other end of the pipe is gone, though a figure never ends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal

from wengu.core.checks import InputError
from wengu.core.i18n import say, use_language
from wengu.core.printable import kept_text, shell_word
from wengu.core.written import written

WARM = ("functions", "optimization", "graph", "layers", "practice", "training", "regression", "vision",
        "adviser.diagnose")
"Rooms that figures and cards are made of, imported while nobody asks."
SHOWN = 24  # pictures of the gallery that are given at once

Outcome = Literal["ready", "ok", "refused", "failed"]


def figure(*, page: str, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """A figure for the values of its controls."""
    from wengu.pages import figure_of

    return figure_of(page, name)(**state).to_json() | {"state": dict(state)}


def grid(*, page: str, name: str, to: str) -> dict[str, Any]:
    """A figure's states, computed ahead and written for the export."""
    from wengu.handbook.grids import computed, computed_alone

    axes = computed(page, name, Path(to))
    return {"axes": axes, "alone": computed_alone(page, name, Path(to), axes)._asdict()}


def question(*, page: str, name: str, seed: int) -> dict[str, Any]:
    """A question with the numbers of this seed."""
    from wengu.pages import drawn

    return drawn(page, name, seed).to_json()


def card(*, run: str) -> dict[str, Any]:
    """What `wengu diagnose` says of the run, and its dev errors; nothing is written. Before it ended, how to go on."""
    from wengu.adviser.card import which_is_better
    from wengu.adviser.diagnose import card_of
    from wengu.adviser.run_context import RunContext
    from wengu.core.run_folder import RunFolder
    from wengu.practice.ledger_words import headline, how_sure, set_name
    from wengu.practice.metric_words import amount, units
    from wengu.running.metric import metric_of
    from wengu.running.predictions import file_of

    folder = RunFolder.open(run)
    stopped = folder.facts().get("stopped")
    if stopped in ("epochs", "early") and metric_of(folder) is None:
        return {"told": say("This run has no metric, so there is nothing to judge it by."), "resume": ""}
    if not all(file_of(folder, name) for name in ("train", "dev")):
        if stopped == "diverged":
            return {"told": say("The cost became NaN, and would again. Start a new run with a smaller --lr, or with "
                                "--clip 1."), "resume": ""}
        return {"told": say("This run has not ended. To continue it:"),
                "resume": RunContext.of(folder).resume()}
    made = card_of(folder)
    metric = made.ledger.metric
    return {
        "ledger": made.ledger.to_dict(),
        "metric": which_is_better(metric),
        "rows": [{"set": set_name(row.set), "value": written(amount(metric, row.value)),
                  "interval": written(how_sure(metric, row)),
                  "n": units(metric, row.n) if row.n else ""} for row in made.ledger.rows],
        "verdict": list(map(written, (headline(made.ledger), *made.reasons, _seal(made)))),
        "next": [{"what": written(step.what), "why": written(step.why), "command": step.command,
                  "remark": written(step.remark)} for step in made.steps],
        "since": written(str(made.since).replace(f"{folder.path.parent}{os.sep}", "")) if made.since else "",
        "gallery": _errors(folder),
    }


def _seal(made: Any) -> str:
    """How often the test set was opened, which is shown whatever else is."""
    if any(row.set == "test" for row in made.ledger.rows):
        return say("test: opened {n:once|{n} times}.", n=made.opened)
    return say("test: sealed (opened {n:once|{n} times}).", n=made.opened)


def _errors(folder: Any) -> list[dict[str, Any]] | None:
    """The dev errors, those first of which the network was surest; None where the answers are no classes."""
    from wengu.running.predictions import read_set

    dev = read_set(folder, "dev")
    if dev is None or not dev.of_classes:
        return None
    sure = dev.confidence or (None,) * len(dev.ids)
    found = [
        {"id": i, "truth": truth, "predicted": taken, "p": p}
        for i, truth, taken, p in zip(dev.ids, dev.truth, dev.predicted, sure, strict=True) if truth != taken
    ]
    return sorted(found, key=lambda one: -(one["p"] or 0))


def examples(*, run: str, ids: list[str]) -> dict[str, Any]:
    """The dev examples of these ids: a picture or a row, where the data is still there."""
    show = _shown_from(run, (Path(run) / "run.json").stat().st_mtime_ns)
    seen = {i: show("dev", i) for i in ids[:SHOWN]}
    return {
        i: {"png": base64.b64encode(one).decode()} if isinstance(one, bytes) else {"row": dict(one or {})}
        for i, one in seen.items()
    }


@lru_cache(maxsize=1)
def _shown_from(run: str, stamp: int) -> Callable[[str, str], Any]:
    """Shows an example by its set and id, where the data is on this machine: a page fetches nothing."""
    from wengu.core.run_folder import RunFolder
    from wengu.data import get, known_entry
    from wengu.project.diagnose import show_of

    folder = RunFolder.open(run)
    name = folder.settings()[0].get("data")
    try:
        if known := known_entry(str(name)):
            get(known.name, offline=True)
        return show_of(folder)
    except InputError:
        return lambda name, i: None


def compare(*, runs: list[str]) -> dict[str, Any]:
    """What `wengu runs A B` says of them."""
    from wengu.adviser import compare as compared
    from wengu.handbook.runs import to_json
    from wengu.practice.ledger_words import how_sure
    from wengu.practice.metric_words import amount, interval, number, on_dev

    made = compared(runs)
    plain = made.to_dict()
    for one, run in zip(plain["runs"], made.runs, strict=True):
        del one["path"]
        one |= to_json(run.brief)
        metric = made.metric if run.same_task else run.brief.metric or made.metric
        one["on_dev"] = on_dev(metric)
        if run.dev:
            one["dev_in_words"] = written(amount(metric, run.dev.value))
            if sure := how_sure(metric, run.dev):
                one["interval_in_words"] = written(sure)
        if run.gain:
            points, low, high = run.gain[:3]
            sure = interval(metric, low, high, sign=True)
            one["against_first"]["in_words"] = written(
                f"{number(metric, points, sign=True)} {sure} {run.gain.verdict_in_words}")
    names = [kept_text(run.brief.path.name) for run in made.runs]
    folder = f" --runs {shell_word(made.runs[0].brief.path.parent)}"  # the reader has it open
    notes = [note.replace(folder, "") for note in (*made.differ(names), *made.notes(names))]
    return plain | {"on_dev": on_dev(made.metric), "notes": list(map(written, notes))}


def change(*, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What `wengu runs set RUN lr=0.01` does; whether somebody trains the run now."""
    from wengu.core.run_folder import RunFolder
    from wengu.training.control import change_live_run

    folder = RunFolder.open(run)
    change_live_run(folder, dict(changes))
    return {"set": dict(changes), "live": folder.is_written()}


ASKED: dict[str, Callable[..., dict[str, Any]]] = {
    "figure": figure, "grid": grid, "question": question, "card": card, "examples": examples, "compare": compare,
    "change": change,
}


def answer(question: Mapping[str, Any]) -> tuple[Outcome, str]:
    """The outcome, and its JSON. Whatever goes wrong, the process goes on, and standard error alone tells what."""
    values = {name: value for name, value in question.items() if name not in ("id", "ask", "lang")}
    use_language(question["lang"])
    try:
        return "ok", json.dumps(ASKED[question["ask"]](**values), allow_nan=False)
    except (InputError, OSError) as error:
        return "refused", json.dumps(str(error))
    except Exception:
        traceback.print_exc()
        return "failed", "null"


def main() -> None:
    """Answer until nobody asks any more."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)  # what the library may print must not stand among the answers
    questions: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()

    def tell(number: int, outcome: Outcome, text: str) -> None:
        out.write(f"{number} {outcome} {text}\n")
        out.flush()

    import torch

    torch.set_num_threads(1)  # figures are small, and the browser needs the other cores
    tell(0, "ready", "null")
    rooms = iter(WARM)
    room: str | None = next(rooms)
    while True:
        try:
            question = questions.get(timeout=0.05 if room else None)
        except Empty:
            with contextlib.suppress(ImportError):  # whoever needs it will tell
                import_module(f"wengu.{room}")
            room = next(rooms, None)
        else:
            tell(question["id"], *answer(question))


def _listen(questions: SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin.buffer:
        questions.put(json.loads(line))
    os._exit(0)  # the server is gone


if __name__ == "__main__":
    main()
