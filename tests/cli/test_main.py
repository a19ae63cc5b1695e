"""The verbs, the languages, the start."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Wengu
from wengu import __version__

VERBS = ("fit", "predict", "diagnose", "data", "runs", "explain", "notes")


def test_help_in_both_languages(wengu: Wengu) -> None:
    english, chinese = wengu("--help"), wengu("--help", "--lang", "zh")
    assert english.code == chinese.code == 0
    for verb in VERBS:
        assert f"│ {verb} " in english.out and f"│ {verb} " in chinese.out
    assert "Commands" in english.out and "命令" in chinese.out and "Commands" not in chinese.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_teaches(wengu: Wengu, verb: str) -> None:
    for language in ("en", "zh"):
        said = wengu(verb, "--help", "--lang", language)
        assert said.code == 0 and len(said.out.splitlines()) > 5


def test_fit_help_shows_every_setting_with_its_default(wengu: Wengu) -> None:
    from dataclasses import fields

    from wengu.recipes.pictures import Settings

    out = " ".join(wengu("fit", "pictures", "--help").out.split())
    for one in fields(Settings):
        assert f"--{one.name.rstrip('_').replace('_', '-')}" in out
        assert one.metadata["help"].split(";")[0].split(":")[0] in " ".join(out.replace("│", " ").split())
    assert "[default: 64]" in out


def test_the_version(wengu: Wengu) -> None:
    assert wengu("--version").out.strip() == __version__


def test_chinese_errors(wengu: Wengu) -> None:
    assert "应为大于 0 的数" in wengu("fit", "lenet5", "--lr", 0, "--lang", "zh").err


def test_a_full_disk_is_no_training_to_continue(wengu: Wengu, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "net.onnx")

    monkeypatch.setattr("wengu.running.export", full)
    assert wengu("export", "runs/one").err == "wengu: net.onnx: No space left on device; free some space, then try again\n"


def test_a_training_outlives_its_reader(tmp_path: Path, iris: Path) -> None:
    """`wengu fit ... | head -1`: the reader goes, the run is finished all the same."""
    words = (sys.executable, "-m", "wengu", "fit", "softmax", "--data", str(iris), "--target", "species")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, text=True) as training:
        assert training.stdout and training.stderr
        assert any(line.startswith("runs/") for line in iter(training.stdout.readline, ""))
        training.stdout.close()
        assert (training.wait(timeout=60), training.stderr.read()) == (0, "")
    assert len(list(tmp_path.glob("runs/*/ledger.json"))) == 1


def test_no_standard_output_is_no_mistake() -> None:
    done = subprocess.run(f"{sys.executable} -m wengu data list >&-", shell=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_nothing_heavy_is_imported_for_help() -> None:
    code = ("import sys; from wengu.cli.main import run; [run(w.split() + ['--help']) for w in ('', 'fit', 'fit lenet5', 'fit pictures', 'fit table')]\n"
            "heavy = {'torch', 'numpy', 'pandas', 'sklearn', 'PIL', 'scipy'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _processor_seconds(*words: str) -> float:
    """The best of five: what the process used, whatever else the machine does."""
    best = 9.0
    for _ in range(5):
        before = os.times()
        subprocess.run([sys.executable, *words], capture_output=True, check=True)
        after = os.times()
        best = min(best, after.children_user + after.children_system - before.children_user - before.children_system)
    return best


def test_help_answers_in_no_time() -> None:
    """0.3 s; on a slower machine at most twice what importing the libraries that print it takes there."""
    libraries = _processor_seconds("-c", "import cyclopts, rich.console, rich.table")
    assert _processor_seconds("-m", "wengu", "--help") < max(0.3, 2 * libraries)
