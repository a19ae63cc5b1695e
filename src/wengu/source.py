"""The source behind a public name, read with `ast`: what is shown is the code that runs, and nothing is imported."""

from __future__ import annotations

import ast
import contextlib
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

from wengu.core.syntax import parse

PACKAGES = Path(__file__).parent.parent
HOPS = 2  # a public name is re-exported by its room, or by a room within the room


@dataclass(frozen=True, slots=True)
class Definition:
    """Where and how a public function, class or constant is defined."""

    module: str
    file: Path
    about_file: str
    source: str
    node: ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
    about: str  # its docstring; a constant's is the text below it

    @property
    def name(self) -> str:
        """What it is called in the module that defines it."""
        return self.node.name if isinstance(self.node, ast.FunctionDef | ast.ClassDef) else _names(self.node)[0]

    def signature(self, width: int) -> str:
        """Its parameters with their defaults, and what it returns; one a line where the width is exceeded."""
        if isinstance(self.node, ast.Assign | ast.AnnAssign):
            return ""
        parameters = self.parameters()
        returns = self.node.returns if isinstance(self.node, ast.FunctionDef) else None
        arrow = f" -> {ast.unparse(returns)}" if returns else ""
        line = f"({', '.join(parameters)}){arrow}"
        return line if len(line) <= width else "(\n" + textwrap.indent(",\n".join(parameters), "    ") + f",\n){arrow}"

    def parameters(self) -> list[str]:
        """Each parameter as it is written, with its default: of a class, its `__init__`'s, a base's, or fields."""
        if isinstance(self.node, ast.FunctionDef):
            return list(parameters_of(self.node))
        if not isinstance(self.node, ast.ClassDef):
            return []
        for part in self.node.body:
            if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                return list(parameters_of(part))[1:]
        for base in self.node.bases:
            with contextlib.suppress(LookupError):  # a base that is not ours, or has no plain name
                return locate(f"{self.module}:{ast.unparse(base)}").parameters()
        fields = [part for part in self.node.body if isinstance(part, ast.AnnAssign)]
        return [ast.unparse(part) for part in fields if not ast.unparse(part.annotation).startswith("ClassVar")]

    def code(self) -> str:
        """Its source, decorators included, without its own docstring."""
        lines = self.source.splitlines()
        if isinstance(self.node, ast.Assign | ast.AnnAssign):
            return "\n".join(lines[self.node.lineno - 1 : self.node.end_lineno])
        start = min(node.lineno for node in (self.node, *self.node.decorator_list)) - 1
        documentation = self.node.body[0]
        if not self.about or documentation.lineno == self.node.lineno:
            return "\n".join(lines[start : self.node.end_lineno])
        body = "\n".join(lines[documentation.end_lineno : self.node.end_lineno])
        return "\n".join([*lines[start : documentation.lineno - 1], body.strip("\n")])


def locate(public: str) -> Definition:
    """The definition behind a public name, through the rooms that re-export it.

    Raises LookupError where there is none: a contract test holds every name in rows.toml to this.

    >>> locate("wengu.rows:find").file.name
    'rows.py'
    """
    module, _, name = public.partition(":")
    for _hop in range(HOPS + 1):
        file = _file_of(module)
        if not file.is_file():
            break
        source, tree = _parsed(file)
        about_file = ast.get_docstring(tree) or ""
        for node, below in zip(tree.body, [*tree.body[1:], None], strict=True):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
                return Definition(module, file, about_file, source, node, ast.get_docstring(node) or "")
            if isinstance(node, ast.Assign | ast.AnnAssign) and name in _names(node):
                return Definition(module, file, about_file, source, node, _text(below))
        origin = _origins(file, module).get(name)
        if origin is None:
            break
        module, name = origin
    raise LookupError(f"{public}: no function, class or constant of that name within {HOPS} re-exports")


def public_names(room: str) -> tuple[str, ...]:
    """What a room has in its `__all__`; nothing where it has none.

    >>> "locate" in public_names("wengu.source"), public_names("wengu.vision")
    (False, ('augment', 'convnets', 'interpret'))
    """
    every = [node.value for node in _parsed(_file_of(room))[1].body
             if isinstance(node, ast.Assign) and _names(node) == ("__all__",)]
    return tuple(ast.literal_eval(every[-1])) if every else ()


def about_room(room: str) -> str:
    """The docstring of a room."""
    return ast.get_docstring(_parsed(_file_of(room))[1]) or ""


@cache
def _parsed(file: Path) -> tuple[str, ast.Module]:
    """A source file, read once."""
    source = file.read_text(encoding="utf-8")
    return source, parse(source)


def _file_of(module: str) -> Path:
    """The source file of one of our modules."""
    path = PACKAGES.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _names(node: ast.Assign | ast.AnnAssign) -> tuple[str, ...]:
    """The names to which an assignment gives a value; attributes and items are left out."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return tuple(target.id for target in targets if isinstance(target, ast.Name))


def _text(node: ast.stmt | None) -> str:
    """The text that stands alone as a statement; empty where it is none."""
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


@cache
def _origins(file: Path, module: str) -> dict[str, tuple[str, str]]:
    """What each `from ... import` brings in, and its own module and name there, be it for type checkers alone."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    top = _parsed(file)[1].body
    return {alias.asname or alias.name: (resolve_name("." * node.level + (node.module or ""), package), alias.name)
            for part in top for node in (part.body if isinstance(part, ast.If) else [part])
            if isinstance(node, ast.ImportFrom) for alias in node.names}


def parameters_of(function: ast.FunctionDef) -> Iterator[str]:
    """A function's parameters in their order, `/` and `*` among them."""
    a = function.args
    positional = [*a.posonlyargs, *a.args]
    defaults = [None] * (len(positional) - len(a.defaults)) + a.defaults
    for place, (argument, default) in enumerate(zip(positional, defaults, strict=True), 1):
        yield _parameter(argument, default)
        if place == len(a.posonlyargs):
            yield "/"
    if a.vararg or a.kwonlyargs:
        yield f"*{ast.unparse(a.vararg)}" if a.vararg else "*"
    for argument, default in zip(a.kwonlyargs, a.kw_defaults, strict=True):
        yield _parameter(argument, default)
    if a.kwarg:
        yield f"**{ast.unparse(a.kwarg)}"


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    """`name: type = default`, spaced as the field spaces it."""
    if default is None:
        return ast.unparse(argument)
    equals = " = " if argument.annotation else "="
    return f"{ast.unparse(argument)}{equals}{ast.unparse(default)}"
