"""A network of the user's own, in a file of theirs: `wengu fit pictures --network ./mine.py:Net`.

    ./mine.py:Net     a class of nn.Module, or a function that gives one; called with what it asks for by name

The file is imported when a network is made from it, and by nothing else: runs are listed, judged and shown without. A
run keeps a copy of it for reading, own-network/mine.py, of every file beside or below it that was imported with it, and
the path and SHA-256 of each. Later it is imported again from that path where all are still the same, and the run is the
user's own; else only where `--network` names it once more.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wengu.core.checks import InputError, nearest
from wengu.core.files import sha256
from wengu.core.i18n import say
from wengu.core.regular_file import read_regular
from wengu.core.syntax import parse
from wengu.recipes.own_import import files_imported, imported

if TYPE_CHECKING:
    from wengu.core.run_folder import RunFolder

MOST_SOURCE = 16 << 20  # bytes of a file of code
FOLDER = "own-network"  # in the run


class OwnNetwork(NamedTuple):
    """Where it is: a file of Python, and a name in it."""

    file: Path
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.name}"

    @property
    def source(self) -> bytes:
        """The file's content. Raises InputError where there is none."""
        try:
            return read_regular(self.file, most=MOST_SOURCE)
        except OSError as error:
            near = nearest(self.file.name, [path.name for path in self.file.parent.glob("*.py")])
            hint = say("; did you mean {near}?", near=self.file.with_name(near)) if near else ""
            raise InputError(say("network: {file}: {reason}{hint}", file=self.file, reason=error.strerror or error,
                                 hint=hint)) from None

    def maker(self) -> Callable[..., Any]:
        """The class or function, its file imported. Raises InputError, with file and line, for what goes wrong."""
        module = imported(self.file, self.source).module
        if not hasattr(module, self.name):
            near = nearest(self.name, [name for name in vars(module) if not name.startswith("_")])
            hint = say("; did you mean {near}?", near=near) if near else ""
            raise InputError(say("network: {file} has no {name}{hint}", file=self.file, name=self.name, hint=hint))
        maker = getattr(module, self.name)
        from torch import nn

        if not callable(maker) or isinstance(maker, nn.Module):
            raise InputError(say("network: {own}: expected a class of nn.Module or a function that gives one, got "
                                 "{got}", own=self, got=type(maker).__name__))
        return maker  # type: ignore[no-any-return]


def own_network(network: str) -> OwnNetwork | None:
    """What FILE.py:NAME names; None where it is the name of a network. Raises InputError for half of it.

    >>> own_network("./mine.py:Net"), own_network("lenet5")
    (OwnNetwork(file=PosixPath('mine.py'), name='Net'), None)
    """
    file, _, name = network.rpartition(":")
    if file.endswith(".py") and name.isidentifier() and "\0" not in file:
        return OwnNetwork(Path(file).expanduser(), name)
    if network.rstrip(":").endswith(".py") or file.endswith(".py"):
        raise InputError(say("network: expected FILE.py:NAME, such as {example}, got {got}",
                             example=f"{network.partition('.py')[0]}.py:{_likely(network)}", got=network))
    return None


def recorded(network: str) -> dict[str, str]:
    """What the spec of a run keeps of its own network: the whole path and the name."""
    own = own_network(network)
    return {} if own is None else {"own_network": str(OwnNetwork(own.file.resolve(), own.name))}


def files_of(network: str) -> dict[str, bytes]:
    """The copies that a run keeps: of what was imported by now, file and what lies beside it; none of a listed one."""
    own = own_network(network)
    return {f"{FOLDER}/{name}": content for name, content in files_imported(own.file).items()} if own else {}


def is_own(facts: Mapping[str, Any]) -> bool:
    """Whether the network of a run is one's own."""
    return "own_network" in facts["spec"]


def unowned(facts: Mapping[str, Any]) -> str:
    """The network of a run by its name. Raises InputError for one's own, which nothing imports unasked."""
    if is_own(facts):
        raise InputError(say("network: {own} is a network of your own, and is not imported for this",
                             own=facts["network"]))
    return str(facts["network"])


def network_of(run: RunFolder, given: str = "") -> str:
    """The network of a run to be made again: its name, or its file where that may be imported, or what is `given`.

    Raises InputError where its file is no longer the same, where it lies beside runs, as one that came with them may,
    and where the run is another user's; and where a network is given for a run that has none of its own.
    """
    facts = run.facts()
    kept = facts["spec"].get("own_network")
    if kept is None:
        if given not in ("", facts["network"]):
            raise InputError(say("network: the run has {own}; leave it out", own=facts["network"]))
        return str(facts["network"])
    if given:
        return given
    own = own_network(kept)
    if own is None or not own.file.is_absolute():
        raise InputError(say("{path}: {name} was changed after wengu wrote it",
                             path=run.path / "run.json", name="own_network"))
    if own.file.is_file() and _is_among(own.file, run.path.parent):
        reason = say("{file} is among the runs", file=own.file)
    elif hasattr(os, "getuid") and (run.path / "run.json").stat().st_uid != os.getuid():
        reason = say("{file} is named by a run of another user", file=own.file)
    else:
        reason = _changed(own, facts["files"])
    if reason:
        raise InputError(say("network: {reason}, and is not imported; say which to take: --network FILE.py:{name} (the "
                             "run's copy: {copy})", reason=reason, name=own.name, copy=run.path / FOLDER))
    return str(own)


def refuse_among_runs(network: str, runs: Path) -> None:
    """Raises InputError for a file of one's own that lies where its runs would: it would not be imported again."""
    own = own_network(network)
    if own is not None and _is_among(own.file, runs):
        raise InputError(say("network: {file} is in {runs} among the runs, where files may come along with runs of "
                             "others, so that predict and resume would not import it; move it, or give another --runs",
                             file=own.file, runs=runs))


def _is_among(file: Path, runs: Path) -> bool:
    return file.resolve().is_relative_to(runs.resolve())


def _changed(own: OwnNetwork, kept: Mapping[str, str]) -> str:
    """Which of the files that the run kept is another now, and how; nothing where all are the same."""
    for name, digest in {f"{FOLDER}/{own.file.name}": "", **kept}.items():
        if not name.startswith(f"{FOLDER}/"):
            continue
        file = own.file.parent / name.removeprefix(f"{FOLDER}/")
        if not file.is_file():
            return say("{file} is no longer there", file=file)
        if sha256(file) != digest:
            return say("{file} has changed since the run began", file=file)
    return ""


def _likely(network: str) -> str:
    """The first class of the file, which is read and not run; else Net."""
    file = Path(network.partition(".py")[0] + ".py").expanduser()
    try:
        tree = parse(read_regular(file, most=MOST_SOURCE))
    except (OSError, SyntaxError, ValueError):
        return "Net"
    return next((node.name for node in tree.body if isinstance(node, ast.ClassDef)), "Net")
