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
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal

from wengu.core.checks import InputError
from wengu.core.words import say, use_language

WARM = ("functions", "optimization", "graph", "layers", "practice", "training", "regression", "vision",
        "adviser.diagnose")
"Rooms that figures and cards are made of, imported while nobody asks."
SHOWN = 24  # errors in the gallery

Outcome = Literal["ready", "ok", "refused", "failed"]


def figure(*, page: str, name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """A figure for the values of its controls."""
    from wengu.pages import figure_of

    return figure_of(page, name)(**state).to_json() | {"state": dict(state)}


def card(*, run: str) -> dict[str, Any]:
    """What `wengu diagnose` says of the run, and its worst errors; nothing is written. No ledger before it ended."""
    from wengu.adviser.diagnose import card_of
    from wengu.core.run_folder import RunFolder

    folder = RunFolder.open(run)
    made = card_of(folder)
    return {
        "ledger": made.ledger.to_dict(),
        "verdict": [*made.ledger.sentences(), _seal(made)],
        "next": [{"what": step.what, "why": step.why, "command": step.command, "remark": step.remark}
                 for step in made.steps],
        "since": str(made.since) if made.since else "",
        "gallery": _worst(folder),
    }


def _seal(made: Any) -> str:
    """How often the test set was opened, which is shown whatever else is."""
    if any(row.set == "test" for row in made.ledger.rows):
        return say("test: opened {n} times.", n=made.opened)
    return say("test: sealed (opened {n} times).", n=made.opened)


def _worst(folder: Any) -> list[dict[str, Any]]:
    """The dev errors of which the network was surest, with pictures where the data is still there."""
    from wengu.adviser.predictions import read_predictions

    dev = read_predictions(folder.path / "predictions" / "dev.csv", only="dev")["dev"]
    sure, show = dev.confidence, _shown_from(folder)
    wrong = [k for k, (truth, taken) in enumerate(zip(dev.truth, dev.predicted, strict=True)) if truth != taken]
    if sure is not None:
        wrong.sort(key=lambda k: -sure[k])
    found = []
    for k in wrong[:SHOWN]:
        seen = show("dev", dev.ids[k])
        found.append({
            "id": dev.ids[k], "truth": dev.truth[k], "predicted": dev.predicted[k],
            "p": float(sure[k]) if sure is not None else None,
            "png": base64.b64encode(seen).decode() if isinstance(seen, bytes) else None,
            "row": dict(seen) if seen and not isinstance(seen, bytes) else None,
        })
    return found


def _shown_from(folder: Any) -> Callable[[str, str], Any]:
    """Shows an example by its set and id, where the data is on this machine: a page fetches nothing."""
    from wengu.adviser.diagnose import show_of
    from wengu.data import catalogue, get

    name = folder.settings()[0].get("data")
    try:
        if name in {entry.name for entry in catalogue()}:
            get(name, offline=True)
        return show_of(folder)
    except InputError:
        return lambda name, i: None


def compare(*, runs: list[str]) -> dict[str, Any]:
    """What `wengu runs A B` says of them."""
    from wengu.adviser import compare as compared

    made = compared(runs)
    plain = made.to_dict()
    for one, run in zip(plain["runs"], made.runs, strict=True):
        one["name"] = Path(one.pop("path")).name
        if run.gain:
            one["against_first"]["in_words"] = run.gain.verdict_in_words
    return plain


def change(*, run: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What `wengu runs set RUN lr=0.01` does; whether somebody trains the run now."""
    from wengu.core.run_folder import RunFolder
    from wengu.training.control import change_live_run

    folder = RunFolder.open(run)
    change_live_run(folder, dict(changes))
    return {"set": dict(changes), "live": folder.is_written()}


ASKED: dict[str, Callable[..., dict[str, Any]]] = {"figure": figure, "card": card, "compare": compare, "change": change}


def answer(question: Mapping[str, Any]) -> tuple[Outcome, str]:
    """The outcome, and its JSON. Whatever goes wrong, the process goes on, and standard error alone tells what."""
    values = {name: value for name, value in question.items() if name not in ("id", "ask", "lang")}
    use_language(question["lang"])
    try:
        return "ok", json.dumps(ASKED[question["ask"]](**values), ensure_ascii=False, allow_nan=False)
    except (InputError, OSError) as error:
        return "refused", json.dumps(str(error), ensure_ascii=False)
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
