"""Run folders that somebody damaged, by chance from a seed, and every verb and page that reads them.

    python -m tests.hostile_runs 10000 [SEED]      tries so many, and prints what was found

A good run lies beside each: whatever happens to the bad one, the good one is listed and judged.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.hostile_damage import damaged

# ------------------------------------------------------------------------------------------------------ who reads them


class Vanishing:
    """Removes a run at its n-th file that is opened."""

    folder: Path | None = None
    left = 0

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and self.folder is not None and str(args[0]).startswith(f"{self.folder}/"):
            self.left -= 1
            if self.left <= 0:
                gone, self.folder = self.folder, None
                shutil.rmtree(gone, ignore_errors=True)


def called(command: Callable[[], int]) -> tuple[int, str, str]:
    """The exit code of a command, what it printed and what it complained of, as `wengu` itself ends it."""
    main = import_module("wengu.cli.main")  # the package has a function of that name
    before, main._command = main._command, lambda words: command()  # reading the words of 200,000 takes hours
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            return main.run([]), out.getvalue(), err.getvalue()
    finally:
        main._command = before


def readers(folder: Path, data: Path, chance: random.Random) -> Iterator[tuple[str, Callable[[], object]]]:
    """What reads the run `bad` of the folder, beside which `good` lies: names and calls, each of which must hold."""
    import wengu
    from tests.handbook.conftest import Browser, Here, app_of
    from wengu.cli.diagnose import diagnose
    from wengu.cli.export import export
    from wengu.cli.predict import predict
    from wengu.cli.runs import list_or_compare, set_

    bad, good = folder / "bad", folder / "good"

    def verb(told: str, command: Callable[[], object], *, sure: str = "") -> tuple[str, Callable[[], object]]:
        def call() -> None:
            code, out, err = called(lambda: done if isinstance(done := command(), int) else 0)
            assert code in (0, 2), code
            assert code == 0 or (err.startswith("wengu: ") and err.count("\n") == 1), err
            assert not sure or (code == 0 and sure in out), (code, out, err)
        return told, call

    def fit(**more: Any) -> object:
        return wengu.fit("softmax", runs=folder, quiet=True, **more)

    yield verb("runs", lambda: list_or_compare(runs=folder), sure="good")
    yield verb("runs --json", lambda: list_or_compare(runs=folder, as_json=True), sure='/good"')
    yield verb("diagnose good", lambda: diagnose(good), sure="dev")
    yield verb("runs good bad", lambda: list_or_compare(str(good), str(bad)))
    yield verb("runs bad good --json", lambda: list_or_compare(str(bad), str(good), as_json=True))
    browser = Browser(app_of(Here(), folder, token="the-token-of-this-start"))  # type: ignore[arg-type]

    def page(path: str, body: Any = None, *, sure: str = "") -> tuple[str, Callable[[], object]]:
        def call() -> None:
            seen: list[bytes] = []
            found = browser.get(path) if body is None else browser.post(path, body)
            assert found.status in (200, 400, 404), (found.status, found.body[:300], seen)
            assert not sure or (found.status == 200 and sure in found.text), found.text
        return path, call

    yield page("/en/")
    yield page("/api/runs", sure='"good"')
    for path in ("/en/runs", "/en/runs/bad", "/api/runs/bad/events", "/api/runs/bad/card", "/api/runs/good/card", "/runs/bad/report.html",
                 "/api/runs/bad/examples?id=1", "/api/compare?run=good&run=bad", "/api/compare?run=bad&run=good"):
        yield page(path)
    yield page("/api/rows", {"after": {"bad": 0, "good": 1}}, sure='"good"')
    yield page("/api/runs/bad/set", {"lr": 0.5})
    yield verb("runs set bad", lambda: set_(bad, "lr=0.5"))
    yield verb("predict bad", lambda: predict(bad, str(data)))
    more = chance.choice(({}, {"metric": "macro-f1"}, {"human": 0.1}, {"open_test": True}))
    yield verb(f"diagnose bad {more}", lambda: diagnose(bad, **more))
    if chance.random() < 0.1:
        yield verb("fit --from bad", lambda: fit(data=data, target="target", epochs=1, from_=str(bad), name="new"))
        yield verb("fit --resume", lambda: fit(resume=True, epochs=4))
        yield verb("fit --resume --name bad", lambda: fit(resume=True, name="bad", epochs=5))
    if chance.random() < 0.01:
        yield verb("export bad", lambda: export(bad))
    browser._runner.close()


def tried(base: list[Path], data: Path, seed: int, *, seconds: float = 60.0) -> list[str]:
    """Damage one run, once or twice, and read it in every way; what did not hold."""
    chance = random.Random(seed)
    faults = []
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        folder = Path(name) / "runs"
        shutil.copytree(base[0], folder / "good")
        shutil.copytree(bad_of := chance.choice(base), folder / "bad")
        done = [bad_of.name, *(damaged(folder / "bad", chance) for _ in range(1)), *_once_more(folder / "bad", chance)]
        if chance.random() < 0.05:
            VANISHING.folder, VANISHING.left = folder / "bad", chance.randint(1, 60)
            done.append(f"gone at file {VANISHING.left}")
        for what, call in readers(folder, data, chance):
            begun = time.monotonic()
            try:
                call()
                if time.monotonic() - begun > seconds:
                    faults.append(f"{seed} {what}: {time.monotonic() - begun:.1f} s   [{'; '.join(done)}]")
            except BaseException as error:  # whatever it is, it is what is looked for
                if isinstance(error, KeyboardInterrupt):
                    raise
                last = traceback.extract_tb(error.__traceback__)[-1]
                faults.append(f"{seed} {what}: {type(error).__name__}: {str(error)[:300]!r} "
                              f"at {last.filename.rpartition('/')[2]}:{last.lineno}   [{'; '.join(done)}]")
        VANISHING.folder = None
        for inner in folder.rglob("*"):
            with contextlib.suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(0o700)
    return faults


def _once_more(run: Path, chance: random.Random) -> list[str]:
    """A second fault where the first left something to damage."""
    if chance.random() < 0.75:
        return []
    try:
        return [damaged(run, chance)]
    except Exception:  # the first was of that kind
        return []


NOBODY = 65534
VANISHING = Vanishing()


def bases(folder: Path) -> tuple[list[Path], Path]:
    """A few real runs to damage, and the data of the first: of classes, of blocks, and one of format 1."""
    from sklearn.datasets import load_iris

    import wengu
    from tests.judged_runs import blocks, old_run, write_run
    from wengu.adviser.diagnose import judge
    from wengu.practice import Perplexity

    data = folder / "iris.csv"
    load_iris(as_frame=True).frame.to_csv(data, index=False)
    runs = folder / "bases"
    wengu.fit("softmax", data=data, target="target", runs=runs, epochs=2, name="classes", quiet=True)
    judge(write_run(runs / "blocks", Perplexity(), {"train": blocks(30, 2.0), "dev": blocks(30, 3.0)}))
    return [runs / "classes", runs / "blocks", old_run(runs / "format-1", m=30, wrong=3).path], data


def main() -> None:
    """Try so many, and say what was found by kind."""
    import warnings

    warnings.simplefilter("ignore")
    n, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    sys.addaudithook(VANISHING)
    kinds: Counter[str] = Counter()
    shown: dict[str, str] = {}
    bad = 0
    with tempfile.TemporaryDirectory(prefix="hostile-bases-") as name:
        base, data = bases(Path(name))
        if os.getuid() == 0:  # who may read what nobody else may; but only he may import what is imported late
            for seed in range(-60, 0):
                tried(base, data, seed)
            for inner in (Path(name), *Path(name).rglob("*")):
                os.chown(inner, NOBODY, NOBODY)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        for seed in range(first, first + n):
            faults = tried(base, data, seed, seconds=5.0)
            bad += bool(faults)
            for fault in faults:
                kind = fault.partition("   [")[0].partition(" ")[2]
                kind = kind.partition(": ")[0].split()[0] + " " + kind.rpartition(" at ")[2] + kind.partition(": ")[2][:40]
                kinds[kind] += 1
                if kind not in shown:
                    shown[kind] = fault
                    print(fault, flush=True)
            if (seed + 1) % 500 == 0:
                print(f"{seed + 1 - first} tried, {bad} did not hold", flush=True)
    for kind, count in kinds.most_common():
        print(count, kind)
    print(f"tried {n} (seeds {first} to {first + n - 1}), held {n - bad}")


if __name__ == "__main__":
    main()
