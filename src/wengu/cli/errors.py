"""What cyclopts could not make sense of, in our words: the argument, what was expected, what was got, the fix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    Token,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from wengu.core.checks import nearest
from wengu.core.i18n import say

COMMON = ("--config", "--lang", "--help")  # every verb has them; cyclopts knows them at the root alone


def in_our_words(error: CycloptsError) -> str:
    """The sentence for whatever can be got wrong on the command line, in the environment or in a file of settings."""
    verb = " ".join(("wengu", *(error.command_chain or ())))
    match error:
        case UnknownCommandError(unused_tokens=[word, *_], app=app) if app is not None:
            if word.startswith("-"):
                return _unknown_option(word.partition("=")[0], [name for name in app if name.startswith("-")], verb)
            known = [name for name in app if not name.startswith("-")]
            return say("`{verb} {word}` is unknown{hint} Choose from: {known}", verb=verb, word=word,
                       hint=_hint(word, known), known=", ".join(known))
        case UnknownOptionError(token=token):
            names = [name for argument in error.argument_collection for name in argument.names if name.startswith("-")]
            if _in_file(token):
                names = [name.lstrip("-").replace("-", "_") for name in names]
            return _of_another(_name(token), error.command_chain or ()) or _unknown_option(_name(token), names, verb)
        case MissingArgumentError(argument=argument) if argument is not None:
            return say("{name}: expected a value, got none; `{verb} --help` tells more",
                       name=error.keyword or argument.name, verb=verb)
        case CoercionError(token=Token() as token, target_type=kind):
            if get_origin(kind) is Literal:
                return say("{name}: {value!r} is unknown{hint} Choose from: {known}",
                           name=_name(token), value=token.value,
                           hint=_hint(token.value, get_args(kind)), known=", ".join(get_args(kind)))
            kinds = {int: say("a whole number"), float: say("a number"), bool: say("true or false")}
            if kind in kinds:
                return say("{name}: expected {kind}, got {got!r}", name=_name(token), kind=kinds[kind], got=token.value)
        case RepeatArgumentError(token=token):
            return say("{name}: given twice; give it once", name=_name(token))
        case UnusedCliTokensError(unused_tokens=[*words]):
            return say("expected no more words, got {words}; `{verb} --help` tells more",
                       words=", ".join(map(repr, words)), verb=verb)
    return str(error)


def _in_file(token: Token) -> bool:
    return token.source not in ("cli", "env")


def _name(token: Token) -> str:
    """--lr, WENGU_LR, or `mine.toml: lr`, as it was given."""
    name = token.keyword or token.value
    return f"{token.source}: {name[1:-1].replace('][', '.')}" if _in_file(token) else name


def _of_another(option: str, chain: Sequence[str]) -> str:
    """Of `wengu fit NAME`, an option that other recipes have, and NAME has not."""
    if len(chain) != 2 or chain[0] != "fit":
        return ""
    from wengu.recipes import of_another, resolve

    setting = option.rpartition(" ")[2].lstrip("-").replace("-", "_")
    said = of_another(setting, resolve(chain[1])[0])
    return said and say("{option} is unknown to `{verb}`: {said}", option=option, verb=f"wengu fit {chain[1]}",
                        said=said)


def _unknown_option(option: str, known: Iterable[str], verb: str) -> str:
    bare = {name.lstrip("-"): name for name in (*known, *COMMON)}  # all options are alike in their dashes
    near = nearest(option.rpartition(" ")[2].lstrip("-"), bare)
    return say("{option} is unknown{hint} `{verb} --help` lists the options", option=option,
               hint=say("; did you mean {near}?", near=bare[near]) if near else say("."), verb=verb)


def _hint(word: str, known: Iterable[str]) -> str:
    near = nearest(word, known)
    return say("; did you mean {near}?", near=near) if near else say(".")
