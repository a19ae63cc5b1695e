"""`wengu`: the verbs, the options that every verb has, and errors in one line.

Settings come from, the first that has one: flags, environment (WENGU_LR=0.01), the TOML file of --config, the default.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, Any, cast

from cyclopts import App, ArgumentCollection, CycloptsError, Parameter
from cyclopts.argument import update_argument_collection
from cyclopts.config import Env

from wengu.cli.child import child
from wengu.cli.errors import in_our_words
from wengu.core.checks import FailedError, InputError
from wengu.core.exit import INTERRUPTED, REFUSED, has_refused, leave, refuse_again
from wengu.core.i18n import LANGUAGES, Language, language_of_environment, say, speaks, use_language
from wengu.core.old_settings import by_their_names_now
from wengu.core.printable import printable, restored_all
from wengu.core.regular_file import read_text
from wengu.core.rights import advice
from wengu.core.terminal import on_terminal
from wengu.running.exchange import Exchange


def main(tokens: list[str] | None = None) -> None:
    """Run one command and end the process: 0 done, 2 refused with one line, 130 stopped by Ctrl-C."""
    if sys.getfilesystemencoding() == "ascii" and os.environ.get("PYTHONUTF8") != "1":
        _in_utf8()
    code = run(sys.argv[1:] if tokens is None else tokens)
    if "TORCHELASTIC_RUN_ID" in os.environ:
        leave(code)
    sys.exit(code)


def _in_utf8() -> None:
    """The same command where names of files are UTF-8: of a locale without letters Python does so by itself, if let."""
    stream = sys.stdout or sys.stderr
    printed = {"PYTHONIOENCODING": stream.encoding} if stream else {}
    os.execve(sys.executable, sys.orig_argv, {**printed, **os.environ, "PYTHONUTF8": "1"})


def run(words: list[str]) -> int:
    """Run one command; its exit code."""
    with on_terminal() as errors:
        code = _run(words)
    if errors and speaks() and not Exchange.of_this_process():  # else the parent says it
        with on_terminal():
            sys.stderr.write(say("wengu: standard output: {error}; what was to be printed is lost",
                                 error=errors[0].strerror) + "\n")
        return code if "TORCHELASTIC_RUN_ID" in os.environ else code or REFUSED  # torchrun would start all again
    return code


def _run(words: list[str]) -> int:
    if has_refused():
        return REFUSED
    exchange = Exchange.of_this_process()
    if exchange:
        return child(exchange, lambda: _command(words))
    try:
        return _command(words)
    except (InputError, FailedError) as error:
        return _refuse(str(error))
    except CycloptsError as error:
        return _refuse(in_our_words(error))
    except OSError as error:
        where = f"{printable(error.filename)}: " if error.filename else ""
        return _refuse(f"{where}{error.strerror or error}{_advice(error, words)}")
    except UnicodeEncodeError as error:
        return _refuse(say("{name!r}: the locale has no letters for this name of a file; set PYTHONUTF8=1",
                           name=error.object))
    except KeyboardInterrupt:
        return INTERRUPTED


def _advice(error: OSError, words: list[str]) -> str:
    """What to do about a full disk, where a training has left what it can go on from, and about another's files."""
    if error.errno != errno.ENOSPC:
        return advice(error)
    return (say("; free some space, then continue the run with --resume") if "fit" in words else
            say("; free some space, then try again"))


def _command(words: list[str]) -> int:
    use_language(_language_in(words))
    result = _app().meta(words, exit_on_error=False, print_error=False, result_action="return_value")
    return result if isinstance(result, int) else 0


def _refuse(line: str) -> int:
    refuse_again()
    if speaks():
        sys.stderr.write(f"wengu: {printable(' '.join(line.split()))}\n")
    return REFUSED


def _language_in(words: list[str]) -> Language:
    """--lang, where it stands among the words, else what the environment asks for; help needs it before parsing."""
    source, wanted = "WENGU_LANG", os.environ.get("WENGU_LANG")
    for word, after in zip(words, [*words, ""][1:], strict=True):
        name, _, value = word.partition("=")
        if name == "--lang":
            source, wanted = name, value or after
            break
    if wanted is None:
        return language_of_environment()
    for known in LANGUAGES:
        if wanted == known:
            return known
    raise InputError(say("{source}: expected en or zh, got {got!r}", source=source, got=wanted))


def _app() -> App:
    """All verbs, spoken in the language now set."""
    from wengu import __version__
    from wengu.cli import completion, data, runs
    from wengu.cli.help import HelpPage, LateConsole

    app = App(
        name="wengu",
        version=__version__,
        help=say("Train a network, be told what is wrong with it, and what to try next. First: wengu fit lenet5"),
        help_format="plaintext",
        help_formatter=HelpPage(),
        console=cast(Any, LateConsole()),
        suppress_keyboard_interrupt=False,
        group_arguments=say("Arguments"),
        group_commands=say("Commands"),
        group_parameters=say("Options"),
    )
    app.command(
        "wengu.cli.fit:group", name="fit",
        help=say("Train a network on pictures or a table; end with the ledger, the cause, and what to try next."),
    )
    app.command("wengu.cli.predict:predict", help=say("Predict with a finished run."))
    app.command(
        "wengu.cli.export:export",
        help=say("Write a run's network as an ONNX file, which other programs use without wengu or torch.\n\n"
                 "Inputs go in as they are, for their normalisation is in the file; classes and the rest are in its "
                 "metadata. Before it is written, onnxruntime must give the network's own answers. The packages: "
                 "`pip install 'wengu[export]'`"),
    )
    app.command(
        "wengu.cli.diagnose:diagnose",
        help=say("Say what is wrong with a run, or with anybody's predictions in a CSV file."),
    )
    app.command(
        "wengu.cli.learning_curve:learning_curve", name="learning-curve",
        help=say("Train a run again with less of its data, and say what more would bring."),
    )
    app.command(data.app(), name="data")
    app.command(runs.app(), name="runs")
    app.command(
        "wengu.cli.explain:explain",
        help=say("Show one idea of the notes: formula, source, code, and what it is tested against."),
    )
    app.command(
        "wengu.cli.notes:notes", help=say("Open the notes in the browser, offline, with your runs beside them."),
    )
    app.command(completion.command(app), name="--install-completion", help=say("Install shell completion."))
    app["--help"].help = say("Show this and exit.")
    app["--version"].help = say("Show the version and exit.")

    app.meta.suppress_keyboard_interrupt = False

    @app.meta.default
    def with_common_options(
        *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[
            Path | None,
            Parameter(env_var="WENGU_CONFIG", help=say("A TOML file of settings, such as a run's own config.toml.")),
        ] = None,
        lang: Annotated[
            Language | None,  # see _language_in
            Parameter(env_var="WENGU_LANG", help=say("Language: en or zh; by default that of LANG.")),
        ] = None,
    ) -> Any:
        from wengu.cli.fit import remember_sources

        environment = [] if Exchange.of_this_process() else [Env("WENGU_", command=False, show=False)]  # read already
        app.config = [*environment, *_from_file(config), remember_sources]
        return app(words, exit_on_error=False, print_error=False, result_action="return_value")

    return app


def _from_file(path: Path | None) -> list[Any]:
    """The settings of a TOML file: flat, or the [settings] of a run's config.toml."""
    if path is None:
        return []
    import tomllib

    try:
        table = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(say("--config {path}: expected TOML: {error}", path=path, error=error)) from None
    settings = by_their_names_now(restored_all(table.get("settings", table)))

    def source(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        # not cyclopts.config.Toml, which passes over keys that are also commands, such as `data`
        if commands:
            frame = app.app_stack.stack[-1]
            update_argument_collection(settings, str(path), arguments, frame, root_keys=(), allow_unknown=False)

    return [source]
