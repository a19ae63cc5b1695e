"""What the run depends on, what its folder holds, and how to use the trained network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.printable import shell_word
from wengu.core.run_folder import RunFolder
from wengu.report.parts.wording import size


def files(run: RunFolder) -> dict[str, Any]:
    """The section on the environment and on the files of the run's folder."""
    path, example = str(run.path), _example(run.facts().get("recipe", ""))
    return {
        "title": say("Environment and files"),
        "look": say("With the same versions, settings and seed the run can be repeated; the rest is in its folder."),
        "environment": _environment(run),
        "columns": [say("file"), say("what it holds"), say("size")],
        "rows": [(name, words, size(_bytes(run.path / name))) for name, words in _contents()
                 if (run.path / name).exists()],
        "use_title": say("Use the network"),
        "uses": [
            (say("In Python"), f"import wengu\n\ntrained = wengu.load({json.dumps(path, ensure_ascii=False)})\n"
                               f"print(trained.predict({json.dumps(example)}).labels)"),
            (say("On the command line"), f"wengu predict {shell_word(path)} {example}"),
        ],
    }


def _environment(run: RunFolder) -> list[tuple[str, str]]:
    try:
        found = run.read_json("environment.json")
    except InputError:
        return []
    packages = ", ".join(f"{name} {version}" for name, version in found.get("packages", {}).items())
    command = [str(part) for part in found.get("command", [])]
    told = [
        (say("Packages"), packages),
        ("Python", found.get("python", "")),
        (say("System"), found.get("platform", "")),
        (say("Processor"), say("{name}, {n} {n:core|cores}", name=found.get("processor"), n=found.get("cores"))),
        (say("Command"), " ".join(map(shell_word, (Path(command[0]).name, *command[1:]))) if command else ""),
    ]
    return [(term, text) for term, text in told if text]


def _contents() -> list[tuple[str, str]]:
    return [
        ("run.json", say("recipe, network, seed: what resuming and loading need")),
        ("config.toml", say("every setting; `wengu fit --config` reads it again")),
        ("environment.json", say("versions and machine")),
        ("split.csv", say("which example is in which set")),
        ("preflight.json", say("what the checks before training found")),
        ("metrics.jsonl", say("one line an epoch, as drawn above")),
        ("checkpoints", say("the weights (safetensors), and what resuming needs")),
        ("predictions", say("what was predicted for each example, with probabilities")),
        ("curve.json", say("the learning curve over the amount of data")),
        ("learning-curve", say("the trainings with less of the data")),
        ("ledger.json", say("the ledger, for other programs")),
    ]


def _bytes(path: Path) -> int:
    every = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in every if file.is_file())


def _example(recipe: str) -> str:
    return "rows.csv" if recipe == "table" else "photo.png"
