"""A network of the user's own, in a file of theirs: `wengu fit pictures --network ./mine.py:Net`.

    ./mine.py:Net     a class of nn.Module, or a function that gives one; called with what it asks for by name

The file is imported when a network is made from it, and by nothing else: runs are listed, judged and shown without. A
run keeps a copy of it for reading, own-network/mine.py, and its path and SHA-256. Later it is imported again from that
path where it is still the same, and the run is the user's own; else only where `--network` names it once more.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from wengu.core.checks import InputError, nearest
from wengu.core.i18n import say

if TYPE_CHECKING:
    from wengu.core.run_folder import RunFolder

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
            return self.file.read_bytes()
        except OSError as error:
            near = nearest(self.file.name, [path.name for path in self.file.parent.glob("*.py")])
            hint = say("; did you mean {near}?", near=self.file.with_name(near)) if near else ""
            raise InputError(say("network: {file}: {reason}{hint}", file=self.file, reason=error.strerror or error,
                                 hint=hint)) from None

    def maker(self) -> Callable[..., Any]:
        """The class or function, its file imported. Raises InputError, with file and line, for what goes wrong."""
        module = _imported(self.file, self.source)
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
    if file.endswith(".py") and name.isidentifier():
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
    """The copy that a run keeps for reading; nothing where the file is gone, or the network is not one's own."""
    own = own_network(network)
    return {f"{FOLDER}/{own.file.name}": own.source} if own is not None and own.file.is_file() else {}


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
    reason = ""
    if not own.file.is_file():
        reason = say("is no longer there")
    elif own.file.resolve().is_relative_to(run.path.resolve().parent):
        reason = say("lies among the runs")
    elif hasattr(os, "getuid") and (run.path / "run.json").stat().st_uid != os.getuid():
        reason = say("is named by a run of another user")
    elif hashlib.sha256(own.source).hexdigest() != facts["files"].get(f"{FOLDER}/{own.file.name}"):
        reason = say("has changed since the run began")
    if reason:
        raise InputError(say("network: {file} {reason}, and is not imported; say which to take: --network "
                             "FILE.py:{name} (the run's copy: {copy})", file=own.file, reason=reason, name=own.name,
                             copy=run.path / FOLDER / own.file.name))
    return str(own)


@contextmanager
def one_line_errors(file: Path) -> Iterator[None]:
    """What goes wrong in the user's code is one line, with file and line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        lines = [at.lineno for at in traceback.extract_tb(error.__traceback__) if at.filename == str(file.resolve())]
        if isinstance(error, SyntaxError) and error.filename == str(file.resolve()):
            lines = [error.lineno]
        if not lines:
            raise
        raise InputError(say("network: {file}:{line}: {kind}: {error}", file=file, line=lines[-1],
                             kind=type(error).__name__, error=getattr(error, "msg", error))) from error


def _imported(file: Path, source: bytes) -> ModuleType:
    """The module of this very source, made once; files beside it can be imported from it."""
    path = file.resolve()
    name = f"own_network_{hashlib.sha256(os.fsencode(path) + source).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        with one_line_errors(file):
            exec(compile(source, str(path), "exec"), vars(module))
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(path.parent))
    return module


def _likely(network: str) -> str:
    """The first class of the file, which is read and not run; else Net."""
    file = Path(network.partition(".py")[0] + ".py").expanduser()
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return "Net"
    return next((node.name for node in tree.body if isinstance(node, ast.ClassDef)), "Net")
