"""`wengu data`: the data sets that wengu knows, listed and fetched; what is kept on the disk, listed and cleared."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from wengu.cli.data_compare import compare
from wengu.cli.printed import line, table
from wengu.core.i18n import say

if TYPE_CHECKING:
    from wengu.data.kept_data import KeptData


def app() -> App:
    """list, get, split, compare, kept and clear."""
    group = App(name="data", help=say("List, fetch, divide and compare data sets; show and clear what is kept."),
                group_arguments=say("Arguments"))
    group.command(list_entries, name="list", help=say("The data sets there are, with size and licence."))
    group.command(get, help=say("Fetch a data set, check it and keep it."))
    group.command(split, help=say("Divide a table or a folder of pictures into train, dev and test, for any program."))
    group.command(compare, help=say("Whether two sets are alike, and what differs: RUN, or two folders or CSV files."))
    group.command(list_kept, name="kept", help=say("What is kept on the disk: fetched data sets and decoded pictures."))
    group.command(clear, help=say("Remove decoded pictures, or what is kept under a name, unless it is in use."))
    return group


def list_entries() -> int:
    """Name, what it is, size, licence, and whether it is on this machine already."""
    from wengu.data import catalogue, published_weights
    from wengu.data.pixel_file import amount

    table(
        (say("name"), say("what"), say("on disk"), say("licence"), say("here")),
        [(entry.name, entry.what, amount(entry.bytes) if entry.bytes else "", entry.licence,
          say("yes") if entry.is_here() else say("no")) for entry in (*catalogue(), *published_weights())],
    )
    return 0


def get(name: Annotated[str, Parameter(help=say("A name from `wengu data list`."))], /) -> int:
    """Fetch a data set, check it against its SHA-256, and keep it."""
    from wengu.core.console import Console
    from wengu.data import catalogue, published_weights
    from wengu.data import get as fetch

    console = Console(soft_wrap=True)
    with console.status(say("fetching {name}", name=name)):
        path = fetch(name)
    licence = next(entry.licence for entry in (*catalogue(), *published_weights()) if entry.name == name)
    console.print(say("{name} is in {path}   licence: {licence}", name=name, path=path, licence=licence),
                  highlight=False, markup=False)
    return 0


def split(
    data: Annotated[str, Parameter(help=say("A CSV or TSV file with a header, or a folder of class folders."))],
    /,
    *,
    target: Annotated[str, Parameter(help=say("Of a table, the column of classes."))] = "",
    other: Annotated[str, Parameter(help=say(
        "More of the same from elsewhere: it trains, and dev and test are of your own data alone."))] = "",
    own: Annotated[str, Parameter(help=say(
        "Of a table, the value of its column `source` that is your own data."))] = "",
    group: Annotated[str, Parameter(help=say(
        "What belongs together: of a table a column, of pictures a pattern of their names."))] = "",
    by_time: Annotated[str, Parameter(help=say(
        "When each was made, so that the newest are test: of a table a column, of pictures a pattern."))] = "",
    ignore: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, help=say(
        "Of a table, columns that say nothing of the sets, though they are called set, split or group."))] = (),
    seed: Annotated[int, Parameter(help=say("Decides which examples are train, dev and test."))] = 0,
    out: Annotated[str, Parameter(help=say("The file to write, by default NAME-split.csv beside the data."))] = "",
    link: Annotated[str, Parameter(help=say(
        "Of pictures, a new folder to hold a folder for each set, of hard links or copies."))] = "",
) -> int:
    """Divide a table or a folder of pictures into train, dev and test.

    Of a table the same table is written with a column `set`, of pictures a list for `wengu fit --split`.
    """
    from wengu.core.console import Console
    from wengu.running.divide import divide
    from wengu.training import Shown

    given = {"target": target, "other": other, "own": own, "group": group, "by_time": by_time,
             "ignore": ignore}
    console = Console(soft_wrap=True)
    with Shown(console).counting(say("reading {data}", data=data)) as progress:
        done = divide(data, out, link=link, split_seed=seed, progress=progress,
                      **{name: value for name, value in given.items() if value})
    console.print(str(done), highlight=False, markup=False)
    return 0


def list_kept() -> int:
    """Name, what it is, size, when it was last used, and where its pictures came from."""
    from wengu.core.own_folder import cache_folder
    from wengu.data.kept_data import kept
    from wengu.data.pixel_file import amount

    here = kept()
    if not here:
        line(say("nothing is kept in {folder}", folder=cache_folder()))
        return 0
    table(
        (say("name"), say("what"), say("on disk"), say("last used"), say("made from")),
        [(one.name, _what(one), amount(one.bytes), f"{datetime.fromtimestamp(one.used):%Y-%m-%d %H:%M}"
          if one.used else "", one.origin) for one in here],
    )
    return 0


def clear(name: Annotated[str | None, Parameter(help=say(
    "A name from `wengu data kept`; without one, all decoded pictures, but no fetched data set."
))] = None, /) -> int:
    """Remove what is kept, at once, and say how much room that gives. What a process uses now stays."""
    from wengu.data.kept_data import clear as remove
    from wengu.data.pixel_file import amount

    done = remove(name)
    for one, gone in done:
        what = f"{one.name}, {_what(one)}" if one.decoded else one.name
        line(say("{what}: {amount} freed", what=what, amount=amount(one.bytes)) if gone
              else say("{what}: in use by a process, so it stays", what=what))
    if not done:
        line(say("there are no decoded pictures to clear"))
    return 0


def _what(one: KeptData) -> str:
    if not one.decoded:
        return say("fetched")
    if one.damaged:
        return say("damaged, and made again when it is needed")
    m, channels, height, width = one.shape
    size = f"{width}×{height}"
    return (say("{m:,} {m:picture|pictures} of {size}, grey", m=m, size=size) if channels == 1
            else say("{m:,} {m:picture|pictures} of {size}, in colour", m=m, size=size))
