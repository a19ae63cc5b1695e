"""`wengu`: the verbs, the options that every verb has, and errors in one line.

Settings come from, the first that has one: flags, environment (WENGU_LR=0.01), the TOML file of --config, the default.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, ArgumentCollection, CycloptsError, Parameter
from cyclopts.argument import update_argument_collection
from cyclopts.config import Env

from wengu.core.checks import InputError
from wengu.core.words import LANGUAGES, Language, language_of_environment, say, use_language

REFUSED, INTERRUPTED = 2, 130


def main(tokens: list[str] | None = None) -> None:
    """Run one command and end the process: 0 done, 2 refused with one line, 130 stopped by Ctrl-C."""
    words = sys.argv[1:] if tokens is None else tokens
    sys.exit(run(words))


def run(words: list[str]) -> int:
    """Run one command; its exit code."""
    try:
        use_language(_language_in(words))
        result = _app().meta(words, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else 0
    except (InputError, CycloptsError) as error:
        return _refuse(_one_line(error))
    except BrokenPipeError:  # the reader, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}")
    except KeyboardInterrupt:
        return INTERRUPTED


def _refuse(line: str) -> int:
    sys.stderr.write(f"wengu: {line}\n")
    return REFUSED


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _language_in(words: list[str]) -> Language:
    """--lang, where it stands among the words, else what the environment asks for; help needs it before parsing."""
    for k, word in enumerate(words):
        name, _, value = word.partition("=")
        if name == "--lang":
            value = value or (words[k + 1] if k + 1 < len(words) else "")
            for known in LANGUAGES:
                if value == known:
                    return known
            raise InputError(say("--lang: expected en or zh, got {got!r}", got=value))
    return language_of_environment()


def _app() -> App:
    """All verbs, spoken in the language now set."""
    from wengu import __version__
    from wengu.cli import data, fit

    app = App(
        name="wengu",
        version=__version__,
        help=say("Train a network, be told what is wrong with it, and what to try next. First: wengu fit lenet5"),
        help_format="plaintext",
        group_commands=say("Commands"),
        group_parameters=say("Options"),
    )
    app.command(fit.app(), name="fit")
    app.command("wengu.cli.predict:predict", help=say("Predict with a finished run."))
    app.command(
        "wengu.cli.diagnose:diagnose",
        help=say("Say what is wrong with a run, or with anybody's predictions in a CSV file."),
    )
    app.command(data.app(), name="data")
    app.command(
        "wengu.cli.explain:explain",
        help=say("Show one idea of the notes: formula, source, code, and what it is tested against."),
    )
    app.register_install_completion_command(help=say("Install shell completion."))
    app["--help"].help = say("Show this and exit.")
    app["--version"].help = say("Show the version and exit.")

    @app.meta.default
    def with_common_options(
        *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[
            Path | None, Parameter(help=say("A TOML file of settings; a run's own config.toml will do."))
        ] = None,
        lang: Annotated[
            Language | None, Parameter(help=say("Language: en or zh; by default that of LANG."))  # see _language_in
        ] = None,
    ) -> Any:
        app.config = [Env("WENGU_", command=False), *_from_file(config), fit.remember_sources]
        return app(words, exit_on_error=False, print_error=False, result_action="return_value")

    return app


def _from_file(path: Path | None) -> list[Any]:
    """The settings of a TOML file: flat, or the [settings] of a run's config.toml."""
    if path is None:
        return []
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(say("--config {path}: expected TOML: {error}", path=path, error=error)) from None
    settings = table.get("settings", table)

    def source(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        # not cyclopts.config.Toml, which passes over keys that are also commands, such as `data`
        if commands:
            frame = app.app_stack.stack[-1]
            update_argument_collection(settings, str(path), arguments, frame, root_keys=(), allow_unknown=False)

    return [source]
