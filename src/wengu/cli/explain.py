"""`wengu explain`: one idea of the notes, offline and at once: its page, formula, source, code, and what tests it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.columns import Columns
from rich.syntax import Syntax
from rich.text import Text

from wengu.core.checks import InputError, one_of
from wengu.core.console import Console
from wengu.core.i18n import language, say, translated
from wengu.pages.page import Page, page_of_row
from wengu.pages.plain_text import lines_of
from wengu.races import raced
from wengu.rows import Row, chapters, find, rows, suggestions
from wengu.source import locate

if TYPE_CHECKING:
    from wengu.recipes.network import Network

OWN_NETWORK = "own-network"
DEFAULT_SIZE = 32  # pixels, where a network does not say
EACH = 100  # examples a class, where nobody says


def explain(
    *name: Annotated[
        str,
        Parameter(help=say("A row's number (2.11), its name (early stopping, 早停), another word (overfitting, "
                           "grad-cam) or a function (d_relu); none lists every row. Or: graph "
                           '"J = 3*(a + b*c)" a=5 b=3 c=2, to see a formula forward and backward. Or: shapes vgg16, '
                           "what each layer of a network makes of a picture and costs; shapes resnet18 64, or 1x64x48, "
                           "of another size; shapes ./mine.py:Net 3x32x32, your own. Or: levels mobilenet_v2 "
                           "all-but-3, which blocks of a network train under this --freeze; levels mobilenet_v2 auto "
                           "20, with 20 examples a class. Or: own-network, a file to begin "
                           "your own network with.")),
    ],
    quiz: Annotated[
        bool,
        Parameter(negative="", show_default=False, help=say(
            "Ask instead of telling: today's ten questions, or ten of what is named: a chapter (2), a row (2.9), a "
            "name (adam). What you know comes back later; answers are kept in cards.jsonl, or where WENGU_CARDS says."
        )),
    ] = False,
) -> None:
    """Show one idea of the notes: its formula and source, its signature and code, and what tests it.

    Without a name, lists every row of the notes and says which run.
    """
    console = Console()
    if quiz:
        from wengu.cli.quiz import quiz as ask

        ask(" ".join(name).strip())
        return
    if name[:1] == ("graph",) and len(name) > 1:
        _graph(console, *name[1:])
        return
    if name[:1] == ("shapes",) and len(name) > 1:
        _shapes(console, *name[1:])
        return
    if name[:1] == ("levels",) and len(name) > 1:
        _levels(console, *name[1:])
        return
    if name == (OWN_NETWORK,):
        _own_network(console)
        return
    wanted = " ".join(name).strip()
    if not wanted:
        _list_everything(console)
        return
    found = find(wanted)
    if not found:
        near = suggestions(wanted)
        hint = say("; did you mean {near}?", near=", ".join(near)) if near else say(".")
        raise InputError(
            say("name: expected a row's number, its name or a function, got {got!r}{hint} "
                "`wengu explain` alone lists every row", got=wanted, hint=hint)
        )
    if len(found) == 1:
        _show(console, found[0])
    else:
        _line(console, say("{got!r} fits {n} {n:row|rows}; name one of them:", got=wanted, n=len(found)))
        _list(console, found)


def _graph(console: Console, formula: str, *values: str) -> None:
    """The computational graph of a formula."""
    from wengu.graph import explain_graph

    given = {}
    for value in values:
        variable, _, number = value.partition("=")
        try:
            given[variable.strip()] = float(number)
        except ValueError:
            raise InputError(say("{change}: expected NAME=NUMBER, such as a=5", change=value)) from None
    _line(console, explain_graph(formula, given))


def _shapes(console: Console, network: str, *size: str) -> None:
    """The layers of a network with their formulas filled in."""
    from wengu.layers import shapes

    entry = _network(network)
    shape = _shape_of(" ".join(size), entry.default_of("channels") or 3, entry.default_of("size") or DEFAULT_SIZE)
    model = entry.made(classes=entry.default_of("classes") or 1000, channels=shape[0], size=shape[1:])
    with entry.one_line_errors():
        _line(console, str(shapes(model, shape)))


def _levels(console: Console, network: str, freeze: str = "none", each: str = str(EACH)) -> None:
    """The blocks of a network, and which train under this --freeze."""
    from wengu.training.unfreezing import planned

    if not each.isdecimal() or not int(each):
        raise InputError(say("examples: expected how many there are of a class, such as {some}, got {got}", some=EACH,
                             got=each))
    entry = _network(network)
    side, classes = entry.default_of("size") or DEFAULT_SIZE, entry.default_of("classes") or 10
    size = (side, side) if isinstance(side, int) else tuple(side)
    model = entry.made(classes=classes, channels=entry.default_of("channels") or 3, size=size)
    plan, why = planned(model, freeze, examples=int(each) * classes, classes=classes)
    _line(console, str(plan))
    _line(console, why)


def _network(name: str) -> Network:
    """One of the house, one's own, or one of the zoo."""
    from wengu.recipes.network import Network
    from wengu.recipes.own_network import own_network
    from wengu.recipes.zoo import from_zoo
    from wengu.vision import convnets

    of_house = {known.casefold(): known for known in convnets.__all__ if known[0].isupper()}
    own = own_network(name) is not None or from_zoo(name)
    wanted = name if own else of_house[one_of("network", name.casefold().replace("_", ""), of_house)]
    return Network(path=wanted if own else f"wengu.vision.convnets:{wanted}", about="")


def _shape_of(text: str, channels: int, size: int) -> tuple[int, ...]:
    """Channels, height and width from 64, 64x48, 3x64x48, or nothing."""
    numbers = text.replace("×", "x").split("x") if text else [str(size)]
    if not all(number.strip().isdecimal() and int(number) for number in numbers) or len(numbers) > 3:
        raise InputError(say("size: expected that of a picture, such as 64, 64x48 or 3x64x48, got {got}", got=text))
    given = [int(number) for number in numbers]
    return (channels, *given * 2) if len(given) == 1 else (channels, *given) if len(given) == 2 else tuple(given)


def _own_network(console: Console) -> None:
    """A file that trains as it stands: `wengu explain own-network > mine.py`."""
    code = (resources.files("wengu.recipes") / "own_template.py").read_text(encoding="utf-8")
    words = [
        say("Save this as mine.py, change it, and train it: wengu fit pictures --network ./mine.py:Net"),
        say("or on a table: wengu fit table --network ./mine.py:Rows --data FILE.csv --target COLUMN"),
        say("A class of nn.Module, or a function that gives one. It is called with what it asks for by name:"),
        say("classes: how many; channels: 1 for grey, 3 for colour; size: (height, width); features: of a table;"),
        say("generator: torch's, for your own random weights. All else needs a default; a default of size is used."),
        say("Inputs are normalised already; outputs are the classes' scores, without a softmax. Lazy layers are fine."),
    ]
    for line in words:
        _line(console, f"# {line}")
    _code(console, code.partition('"""\n')[2].rstrip("\n"))


def _list_everything(console: Console) -> None:
    """Every chapter with its rows, and how many of them run."""
    for chapter in chapters():
        _line(console, f"{chapter.number}  {chapter.name(language())}", style="bold")
        _list(console, chapter.rows)
        _line(console)
    notes = [row for row in rows().values() if not row.beyond]
    running = sum(row.status != "planned" for row in notes)
    _line(console, say("● runs ({running} of {n} {n:row|rows})   ○ planned   + beyond the notes   `wengu explain 1.1` "
                       "shows one row", running=running, n=len(notes)))


def _list(console: Console, some: Sequence[Row]) -> None:
    """Rows side by side as the terminal's width allows; one a line where the output is piped."""
    lines = [
        Text(f"○ {row.number:<5} {row.name(language())}", style="dim") if row.status == "planned"
        else Text(f"{'+' if row.beyond else '●'} {row.number:<5} {row.name(language())}")
        for row in some
    ]
    if console.is_terminal:
        console.print(Columns(lines, padding=(0, 2), equal=True, column_first=True))
    else:
        for line in lines:
            console.print(line, soft_wrap=True)


def _show(console: Console, row: Row) -> None:
    """All there is to say about one row."""
    names = dict.fromkeys((row.name(language()), row.en, row.zh))  # the language spoken first, and no name twice
    status = {"planned": say("planned"), "built": say("built"), "done": say("done")}[row.status]
    told = say("({status}, beyond the notes)", status=status) if row.beyond else say("({status})", status=status)
    _line(console, f"{row.number}  {' · '.join(names)}  {told}", style="bold")
    if row.status == "planned":
        _line(console, say("The notes have this row; wengu does not yet."))
        return
    if page := page_of_row(row.number, language()):
        _idea(console, page)
    file = None
    for public in row.objects:
        definition = locate(public)
        if definition.file != file:
            file = definition.file
            _prose(console, definition.about_file)
        _line(console)
        _code(console, public.replace(":", ".") + definition.signature(console.width - len(public)))
        _line(console, f"{_short(file)}:{definition.node.lineno}", style="dim")
        _prose(console, definition.about)
        _line(console)
        _code(console, definition.code())
    _line(console)
    _line(console, say("Tested against {authority}: {test}", authority=translated(row.authority), test=row.test))
    for race in raced(row.benchmark):
        _line(console, say("{times} times as fast as {peer} ({on})", times=race.times, peer=translated(race.peer),
                           on=say("{day}, {processor}, {cores} {cores:core|cores}", **race.machine)))


def _idea(console: Console, page: Page) -> None:
    """The words of its page in the handbook."""
    _line(console)
    _line(console, page.brief, style="italic")
    for part in page.parts:
        if part.has_words and part.kind != "live":
            _line(console)
            if part.kind != "text":
                _line(console, {"derivation": say("How the formula comes about"),
                                "slip": say("Where the notes differ"),
                                "spoken": say("In two sentences")}[part.kind], style="bold")
            for kind, line in lines_of(part.text):
                _code(console, line) if kind == "code" else _line(console, line, style="bold" * (kind == "heading"))
        elif part.kind == "fig" and part.text == page.figures[0]:  # once for all of them
            _line(console)
            _line(console, say("The interactive figures are in `wengu notes`, on the page “{title}”.",
                               title=page.title), style="dim")
        elif part.kind == "fit":
            _line(console)
            _code(console, f"    wengu fit {_by_default(part.text, page.path)}")
    if page.questions:
        _line(console)
        _line(console, say("{n} {n:question|questions} about it: wengu explain --quiz {row}", n=len(page.questions),
                           row=page.rows[0]), style="dim")


def _by_default(words: str, path: str) -> str:
    """A training with the settings that the page's figures have before they are moved."""
    from wengu.pages import figures_of
    from wengu.pages.fits import figures_in, filled

    return filled(words, figures_of(path)) if figures_in(words) else words


def _line(console: Console, text: str = "", *, style: str = "") -> None:
    """A line as it is: no markup is read in it, and it is not cut where the output is piped."""
    console.print(Text(text, style=style), soft_wrap=not console.is_terminal)


def _prose(console: Console, docstring: str) -> None:
    """A docstring after an empty line, its own lines kept."""
    if docstring:
        _line(console)
        _line(console, re.sub(r" {3,}\[notes", "  [notes", docstring))  # the tag stands at the source's right margin


def _code(console: Console, text: str) -> None:
    """Python in the terminal's own colours; never wrapped, so that it can be copied."""
    highlighted = Syntax("", "python", theme="ansi_dark").highlight(text)
    highlighted.rstrip()
    console.print(highlighted, soft_wrap=True)


def _short(file: Path) -> Path:
    """The path from here where the file lies below, else the whole path."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
