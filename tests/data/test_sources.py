"""The clients, played by small scripts, and the home of a data set, played by a server on the loopback address."""

from __future__ import annotations

import gzip
import http.server
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.data.archives import GOOD, deb, inner, tar, wheel
from wengu.data import published, sources
from wengu.data.sources import NoAnswer, Source
from wengu.data.unpack import Refused


class Home(http.server.BaseHTTPRequestHandler):
    files: dict[str, bytes]

    def do_GET(self) -> None:
        content = self.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + (500 if "cut" in self.path else 0)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    Home.files = {
        "/numbers": GOOD, "/numbers.gz": gzip.compress(GOOD), "/wrong/numbers": GOOD[::-1],
        "/cut/numbers": GOOD[:500], "/bomb/numbers.gz": gzip.compress(bytes(20_000_000)), "/html/numbers.gz": b"<html>",
        "/long/numbers": GOOD + bytes(5_000_000), "/empty/numbers.gz": gzip.compress(b"") * 70_000,
    }
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Home)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_home_serves_a_file(tmp_path: Path, home: str, suffix: str) -> None:
    ticks: list[int] = []
    Source("home", address=home, suffix=suffix).deliver([inner()], tmp_path, tick=ticks.append)
    assert (tmp_path / "numbers").read_bytes() == GOOD
    assert sum(ticks) == len(GOOD)


@pytest.mark.parametrize(
    ("below", "suffix", "error", "words"),
    [
        ("nothing/", "", NoAnswer, "404"),
        ("wrong/", "", Refused, "does not have the SHA-256"),
        ("cut/", "", Refused, "does not have the SHA-256"),
        ("bomb/", ".gz", Refused, "longer than 12000 bytes"),
        ("long/", "", Refused, "longer than 12000 bytes"),
        ("empty/", ".gz", Refused, "more than expected"),
        ("html/", ".gz", Refused, "damaged"),
    ],
)
def test_home_serves_something_else(
    tmp_path: Path, home: str, below: str, suffix: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Source("home", address=home + below, suffix=suffix).deliver([inner()], tmp_path)


def test_home_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        with pytest.raises(NoAnswer, match="refused"):
            Source("home", address=f"http://127.0.0.1:{taken.getsockname()[1]}/").deliver([inner()], tmp_path)


def test_home_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PATIENCE", 0.1)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(NoAnswer, match="timed out"):
            Source("home", address=f"http://127.0.0.1:{silent.getsockname()[1]}/").deliver([inner()], tmp_path)


def client(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client of this name, first on the path, that runs a few lines of Python."""
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!{sys.executable}\nimport os, shutil, sys, time\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


CLIENTS: dict[str, tuple[str, list[str], str, Callable[..., bytes]]] = {
    "apt-get": ("apt-get", ["download", "pack=1.2"], "pack_1.2_all.deb", lambda *m: deb(tar(*m, mode="w:xz"))),
    "npm": ("npm", ["pack", "pack@1.2", "--ignore-scripts"], "pack-1.2.tgz", tar),
    "pip": ("python", ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check",
                       "--quiet", "pack==1.2"], "pack-1.2-py3-none-any.whl", wheel),
}


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_client_downloads_into_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: sources.Client
) -> None:
    name, arguments, archive, make = CLIENTS[kind]
    (tmp_path / "served").write_bytes(make(("data/numbers.gz", gzip.compress(GOOD)), ("data/other", b"")))
    script = f"""
        open({str(tmp_path / 'asked')!r}, 'w').write(repr((sys.argv[1:], os.getcwd(), os.listdir())))
        shutil.copy({str(tmp_path / 'served')!r}, {archive!r})"""
    program = client(tmp_path, name, "if True:" + script, monkeypatch)
    monkeypatch.setattr(sys, "executable", str(program))
    (tmp_path / "into").mkdir()
    Source(kind, "pack", "1.2", folder="data", suffix=".gz").deliver([inner()], tmp_path / "into")
    assert (tmp_path / "into" / "numbers").read_bytes() == GOOD
    asked, where, there = eval((tmp_path / "asked").read_text())
    assert (asked, there) == (arguments, [])
    assert not Path(where).exists()


@pytest.mark.parametrize(
    ("kind", "complaint", "reason"),
    [
        ("apt-get", "Reading lists\nE: Unable to locate package pack",
         "E: Unable to locate package pack; `apt-get update` brings the list of packages up to date"),
        ("npm", "npm warn old\nnpm error code ETARGET\nnpm error notarget No such version\nnpm error A complete log",
         "npm error notarget No such version"),
        ("pip", "WARNING: hm\nERROR: No matching distribution found for pack==1.2",
         "ERROR: No matching distribution found for pack==1.2"),
        ("npm", "", "exit status 3"),
    ],
)
def test_a_client_that_fails_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: sources.Client, complaint: str, reason: str
) -> None:
    program = client(tmp_path, CLIENTS[kind][0], f"sys.stderr.write({complaint!r}); sys.exit(3)", monkeypatch)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(NoAnswer) as caught:
        Source(kind, "pack", "1.2").deliver([inner()], tmp_path)
    assert str(caught.value) == reason


def test_a_package_of_sources_is_read_from_where_pip_says_it_is(tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for wheels alone, pip fails and runs nothing of the package; its log names the file that it passed over."""
    Home.files["/abc/pack-1.2.tar.gz"] = tar(("pack-1.2/data/numbers", GOOD), ("pack-1.2/setup.py", b"raise RuntimeError"))
    program = client(tmp_path, "python", f"""if True:
        open({str(tmp_path / 'asked')!r}, 'w').write(repr(sys.argv[1:]))
        print('  Skipping link: No sources permitted for pack: {home}abc/pack-1.2.tar.gz (from x)')
        print('ERROR: No matching distribution found for pack==1.2')
        sys.exit(1)""", monkeypatch)
    monkeypatch.setattr(sys, "executable", str(program))
    (tmp_path / "into").mkdir()
    Source("sdist", "pack", "1.2", folder="pack-1.2/data").deliver([inner()], tmp_path / "into")
    assert (tmp_path / "into" / "numbers").read_bytes() == GOOD
    assert "--only-binary=:all:" in eval((tmp_path / "asked").read_text())
    with pytest.raises(NoAnswer, match="ERROR: No matching distribution"):
        Source("sdist", "other", "1.2").deliver([inner()], tmp_path)


@pytest.mark.registry
def test_pip_names_a_package_of_sources(tmp_path: Path) -> None:
    """The real client, and its own log."""
    wanted = published("squeezenet")
    wanted.sources[0].deliver(wanted.files, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["squeezenet_weights.pkl"]


def test_a_client_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path, "npm", "time.sleep(60)", monkeypatch)
    monkeypatch.setattr(sources, "SECONDS", 0.2)
    with pytest.raises(NoAnswer, match=r"no answer within 0\.2 seconds"):
        Source("npm", "pack", "1.2").deliver([inner()], tmp_path)


def test_a_client_that_brings_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client(tmp_path, "npm", "", monkeypatch)
    with pytest.raises(Refused, match=r"expected one file \*.tgz, got 0"):
        Source("npm", "pack", "1.2").deliver([inner()], tmp_path)


def test_a_client_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoAnswer, match="there is no apt-get on this machine"):
        Source("apt-get", "pack", "1.2").deliver([inner()], tmp_path)


def test_an_installed_package_is_read_and_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "heavy_package" / "data"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "numbers.gz").write_bytes(gzip.compress(GOOD))
    monkeypatch.syspath_prepend(str(tmp_path))
    into = tmp_path / "into"
    into.mkdir()
    Source("installed", "heavy_package", folder="data", suffix=".gz").deliver([inner()], into)
    assert (into / "numbers").read_bytes() == GOOD
    with pytest.raises(NoAnswer, match=r"does not hold others\.gz"):
        Source("installed", "heavy_package", folder="data", suffix=".gz").deliver([inner(name="others")], into)
    with pytest.raises(NoAnswer, match="not installed"):
        Source("installed", "no_such_package").deliver([inner()], into)
