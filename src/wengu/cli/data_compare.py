"""`wengu data compare A B`, `FILE.csv` or `RUN`: are two sets alike, and if not, in what do they differ?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from wengu.cli.printed import line, table
from wengu.core.i18n import say
from wengu.core.printable import printable, printable_json

if TYPE_CHECKING:
    from wengu.adviser.set_comparison import SetComparison

EXAMPLES = 5


def compare(
    a: Annotated[Path, Parameter(help=say(
        "A run, a CSV file with a column `set`, or a folder with train/ and dev/: its sets are compared. Or the first "
        "of two folders of pictures or CSV files."))],
    b: Annotated[Path | None, Parameter(help=say(
        "The second of them."))] = None,
    /,
    *,
    ignore: Annotated[tuple[str, ...], Parameter(
        negative="", show_default=False, help=say("Columns to leave out."))] = (),
    group: Annotated[str, Parameter(help=say("Of tables, the column that says which rows belong together."))] = "",
    size: Annotated[str, Parameter(help=say("Height and width that pictures are brought to."))] = "64",
    as_json: Annotated[bool, Parameter(
        name="--json", negative="", show_default=False, help=say("The same as one JSON object."))] = False,
) -> int:
    """Say whether a classifier can tell two sets apart, by what, and which examples are most and least alike."""
    from wengu import project
    from wengu.core.run_reader import is_run

    found: tuple[SetComparison, ...]
    if b is not None:
        found = (project.compare_data(a, b, ignore=ignore, group=group, size=size),)
    else:
        found = (project.compare_run(a) if is_run(a) else
                 project.compare_sets_in(a, ignore=ignore, group=group, size=size))
    if as_json:
        print(printable_json({"sets": [one.to_dict() for one in found]}, encoding=sys.stdout.encoding))
        return 0
    if not found:
        print(say("nothing is known of examples of this kind, by which sets could be compared"))
    for one in found:
        _show(one)
    return 0


def _show(one: SetComparison) -> None:
    from wengu.practice.feature_words import what_differs, worth_saying
    from wengu.practice.ledger_words import set_name

    line(one.line(most=1))
    for remark in one.remarks():
        line(remark)
    a, b = set_name(one.a), set_name(one.b)
    if told := worth_saying(one.telling, len(one.telling)):
        table((say("what differs"), a, b, say("alone, AUC")),
              [(what_differs(each), f"{each.a:.3g}", f"{each.b:.3g}", f"{max(each.auc, 1 - each.auc):.2f}")
               for each in told])
    _examples(say("of {a} most like {b}", a=a, b=b), one.like)
    _examples(say("of {b} least like {a}", a=a, b=b), one.unlike)


def _examples(what: str, ids: Sequence[str]) -> None:
    if ids:
        line(say("{what}: {names}", what=what, names=say(", ").join(map(printable, ids[:EXAMPLES]))))
