"""What differs between two sets, in the language spoken now."""

from __future__ import annotations

import re

from wengu.core.i18n import say
from wengu.practice.ledger_words import set_name
from wengu.practice.telling import Difference


def feature_name(name: str) -> str:
    """What a feature is called; a column of a table has its own name."""
    if place := re.fullmatch(r"r(\d) c(\d)", name):
        return say("brightness in row {row}, column {column} of 4", row=place[1], column=place[2])
    if name.endswith(" missing"):
        return say("{name} missing", name=name.removesuffix(" missing"))
    if writing := re.fullmatch(r"(.+): (length|words|capitals|digits|signs|rare words)", name):
        return _of_writing(writing[1], writing[2])
    match name:
        case "brightness":
            return say("brightness")
        case "contrast":
            return say("contrast")
        case "sharpness":
            return say("sharpness")
        case "noise":
            return say("noise")
        case "darkest":
            return say("darkest pixel")
        case "brightest":
            return say("brightest pixel")
        case "border":
            return say("brightness of the border")
        case "drawn":
            return say("share that is drawn on")
        case "across":
            return say("middle from left to right")
        case "down":
            return say("middle from top to bottom")
        case "saturation":
            return say("saturation")
        case "red":
            return say("red")
        case "green":
            return say("green")
        case "blue":
            return say("blue")
    return name


def _of_writing(column: str, kind: str) -> str:
    """What is said of a column of text, as data.text_columns measures it."""
    match kind:
        case "length":
            return say("{column}: characters", column=column)
        case "words":
            return say("{column}: words", column=column)
        case "capitals":
            return say("{column}: share of capital letters", column=column)
        case "digits":
            return say("{column}: share of digits", column=column)
        case "signs":
            return say("{column}: share of signs", column=column)
    return say("{column}: share of words found nowhere else, as typos are", column=column)


def differs(one: Difference, a: str, b: str) -> str:
    """'brightness 0.61 in dev, 0.39 in train'."""
    return say("{name} {of_b} in {b}, {of_a} in {a}", name=what_differs(one), a=set_name(a), b=set_name(b),
               of_a=f"{one.a:.3g}", of_b=f"{one.b:.3g}")


def what_differs(one: Difference) -> str:
    """The feature, or its spread."""
    name = feature_name(one.name)
    return name if one.kind == "lies" else say("spread of {name}", name=name)


def worth_saying(telling: tuple[Difference, ...], most: int) -> tuple[Difference, ...]:
    """The first of them whose numbers differ as they are written; places of a picture only where nothing else does."""
    seen = [one for one in telling if f"{one.a:.3g}" != f"{one.b:.3g}"]
    named = [one for one in seen if not re.fullmatch(r"r\d c\d", one.name)]
    return tuple((named or seen)[:most])
