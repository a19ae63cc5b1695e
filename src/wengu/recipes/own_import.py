"""The import of a user's own file, and of what lies beside or below it and is imported from it.

    mine.py                   a module by a name of its own, and a package of its folder: `from .layers import x` works
    helper.py, pack/sub.py    found by their names while its code is imported, makes a network or is tried

Each of these files is read once and run as it was read, so what a run keeps and hashes is what has run. They are read
anew where one of them has changed. What goes wrong in any of them is one line, with file and line.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from wengu.core.checks import FailedError, InputError
from wengu.core.i18n import say
from wengu.core.regular_file import read_regular

_INSTALLED = tuple(sysconfig.get_paths()[of] for of in ("stdlib", "platstdlib", "purelib", "platlib"))
_imported: dict[Path, Imported] = {}  # by the file's whole path


class Imported:
    """A user's file as it was imported: its module, and every file of theirs that has run for it, as it was read."""

    def __init__(self, file: Path, source: bytes) -> None:
        self.shown, self.path = file, file.resolve()
        self.sources = {self.path: source}
        self.beside: dict[str, ModuleType] = {}  # by the names under which they are imported
        self.found: set[str] = set()
        self.name = f"own_network_{hashlib.sha256(os.fsencode(self.path) + source).hexdigest()[:16]}"
        self.module = ModuleType(self.name)
        self.module.__file__ = str(self.path)
        self.module.__package__ = self.name  # of its folder, so that relative imports are found there
        self.module.__path__ = [str(self.path.parent)]

    def run(self) -> None:
        """Run the file."""
        sys.modules[self.name] = self.module
        with self.at_work():
            exec(compile(self.sources[self.path], str(self.path), "exec"), vars(self.module))

    def is_current(self) -> bool:
        """Whether every file is as it was read."""
        return all(path.is_file() and read_regular(path) == content for path, content in self.sources.items())

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While its code runs: what lies beside it can be imported, whoever else has a module of that name."""
        others = {id(module) for own in _imported.values() for module in own.beside.values()}
        of_others = self._names_beside()
        hidden = {name: module for name, module in sys.modules.items()
                  if id(module) in others or name.partition(".")[0] in of_others}
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(self.beside)
        importlib.invalidate_caches()
        finder = _Beside(self)
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)
            self.beside = {name: sys.modules[name] for name in self.found if name in sys.modules}
            sys.modules.update({name: module for name, module in hidden.items() if id(module) not in others})

    def _names_beside(self) -> set[str]:
        """What has the name of a file or package beside it and is imported by now, but no installed package."""
        folder = self.path.parent
        files = (*folder.glob("*.py"), *folder.glob("*/__init__.py"))
        names = {file.stem if file.parent == folder else file.parent.name for file in files} & sys.modules.keys()
        return {name for name in names if name != "wengu" and not any(folder.glob(f"{name}-*.dist-info"))
                and not (getattr(sys.modules[name], "__file__", None) or _INSTALLED[0]).startswith(_INSTALLED)}

    def files(self) -> dict[str, bytes]:
        """Every file that has run, by its path in the folder."""
        return {path.relative_to(self.path.parent).as_posix(): content for path, content in self.sources.items()}


def imported(file: Path, source: bytes) -> Imported:
    """The file as it is now, run once. Raises InputError, with file and line, for what goes wrong."""
    path = file.resolve()
    before = _imported.pop(path, None)
    if before and before.is_current() and before.sources[path] == source and before.name in sys.modules:
        _imported[path] = before
        return before
    for name, module in before.beside.items() if before else ():
        if sys.modules.get(name) is module:
            del sys.modules[name]
    own = _imported[path] = Imported(file, source)
    try:
        with one_line_errors():
            own.run()
    except BaseException:
        del sys.modules[own.name], _imported[path]
        raise
    return own


def files_imported(file: Path) -> dict[str, bytes]:
    """What has run of this file and from beside it; nothing before it was imported."""
    own = _imported.get(file.resolve())
    return own.files() if own else {}


@contextmanager
def at_work(file: Path, name: str) -> Iterator[None]:
    """Around calls of what is in the file and of nothing else: whatever goes wrong there is its own, and one line."""
    own = _imported.get(file.resolve())
    try:
        with one_line_errors(), own.at_work() if own else nullcontext():
            yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(say("network: {own}: {kind}: {error}", own=f"{file}:{name}", kind=type(error).__name__,
                             error=error)) from error


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Around all that may run code of a user's own file: what goes wrong in it is one line, with file and line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        found: BaseException | None = error
        while found is not None and (place := _place(found)) is None:  # what else came of it on the way may hide it
            found = None if isinstance(found, InputError | FailedError) else found.__cause__ or found.__context__
        if found is None:
            raise
        raise InputError(say("network: {place}: {kind}: {error}", place=place, kind=type(found).__name__,
                             error=getattr(found, "msg", found))) from error


def _place(error: BaseException) -> str | None:
    """The last line of the user's files that ran, as they name them."""
    shown = {str(path): own.shown.parent / path.relative_to(own.path.parent)
             for own in _imported.values() for path in own.sources}
    if isinstance(error, SyntaxError) and error.filename in shown:
        return f"{shown[error.filename]}:{error.lineno}"
    lines = [f"{shown[frame.f_code.co_filename]}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)
             if frame.f_code.co_filename in shown]
    return lines[-1] if lines else None


class _Beside(MetaPathFinder):
    """Finds what lies in the folder before anything else does, and modules of packages that it found."""

    def __init__(self, own: Imported) -> None:
        self.own = own

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        own = self.own
        if path is not None and name.partition(".")[0] not in (own.name, *own.found):
            return None
        spec = PathFinder.find_spec(name, [str(own.path.parent)] if path is None else path)
        if spec is None or (spec.loader is None and _is_installed(name)):
            return None
        own.found.add(name)
        if spec.has_location and spec.origin and Path(spec.origin).is_relative_to(own.path.parent):
            file = Path(spec.origin)
            content = own.sources[file] = read_regular(file)
            if isinstance(spec.loader, SourceFileLoader):
                spec.loader = _AsRead(name, str(file), content)
        return spec


class _AsRead(SourceFileLoader):
    """Runs what was read, and neither trusts nor writes bytecode: an edit within a second would not be seen in it."""

    def __init__(self, name: str, path: str, content: bytes) -> None:
        super().__init__(name, path)
        self.content = content

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.content, self.path, "exec", dont_inherit=True)


def _is_installed(name: str) -> bool:
    """Whether a folder without __init__.py only has the name of something that is installed."""
    spec = PathFinder.find_spec(name)
    return spec is not None and spec.loader is not None
