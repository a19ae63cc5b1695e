"""`wengu fit pictures --network ./mine.py:Net`, and all that is done with such a run."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Wengu
from wengu import load
from wengu.adviser import runs_in
from wengu.core.run_folder import RunFolder
from wengu.project.diagnose import show_of
from wengu.running.load import task_of
from wengu.training.checkpoint import load_best

MARKED = '''
from pathlib import Path

import torch
from torch import nn

Path(__file__).with_name("imported").touch()


class Net(nn.Module):
    """With running averages, and weights that wait for their first batch."""

    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(nn.AvgPool2d(4), nn.BatchNorm2d(1), nn.Flatten(), nn.LazyLinear(16), nn.Dropout(0.2),
                                  nn.ReLU(), nn.LazyLinear(classes))

    def forward(self, x):
        return self.body(x)
'''
FEW = ("--epochs", 2, "--precision", "fp32", "--decay", "constant")


@pytest.fixture
def mine(wengu: Wengu, photos: Path) -> Path:
    """A file of one's own, beside which stands a mark once it was imported; and a run of it."""
    file = Path("code/mine.py")
    file.parent.mkdir()
    file.write_text(MARKED)
    said = wengu("fit", "pictures", "--network", "code/mine.py:Net", "--data", photos, *FEW, "--name", "own")
    assert said.code == 0, said.err
    Path("code/imported").unlink()
    for name in [name for name in sys.modules if name.startswith("own_network_")]:  # as in another process
        del sys.modules[name]
    return file


def test_the_template_trains_as_it_stands(wengu: Wengu, photos: Path, iris: Path) -> None:
    said = wengu("explain", "own-network")
    assert said.code == 0 and "wengu fit pictures --network ./mine.py:Net" in said.out
    Path("mine.py").write_text(said.out)
    said = wengu("fit", "pictures", "--network", "./mine.py:Net", "--data", photos, *FEW)
    assert said.code == 0, said.err
    assert said.out.startswith("runs/Net-photos   ./mine.py:Net, ")
    said = wengu("fit", "table", "--network", "./mine.py:Rows", "--data", iris, "--target", "species", *FEW)
    assert said.code == 0, said.err
    assert len(wengu("predict", "runs/Rows-iris", iris).out.splitlines()) == 150


def test_the_run_keeps_the_source_and_only_what_computes_imports_it(mine: Path, wengu: Wengu, photos: Path) -> None:
    run = RunFolder.open("runs/own")
    content, mark = mine.read_bytes(), Path("code/imported")
    assert (run.path / "own-network/mine.py").read_bytes() == content
    assert run.facts()["files"] == {"own-network/mine.py": hashlib.sha256(content).hexdigest()}
    assert (run.facts()["network"], run.facts()["spec"]["own_network"]) == ("code/mine.py:Net", f"{mine.resolve()}:Net")
    report = (run.path / "report.html").read_text()
    for words in (("runs",), ("runs", "--json"), ("runs", "own", "own"), ("diagnose", "runs/own"), ("diagnose", "runs/own", "--human", 0.1)):
        assert wengu(*words).code == 0 and not mark.exists(), words
    assert runs_in("runs").runs[0].network == "code/mine.py:Net"
    show = show_of(run, task_of(run))  # the pictures of the errors, as report and handbook show them
    assert show("dev", run.read_table("predictions/dev.csv")[0]["id"]) and not mark.exists()
    assert "1.body.3.weight" in report and "1.body.3.weight" in (run.path / "report.html").read_text()
    assert len(wengu("predict", "runs/own", photos).out.splitlines()) == 120 and mark.exists()
    assert re.search(r"test +[\d.]+ % .*opened once", wengu("diagnose", "runs/own", "--open-test").out)


def test_resume_goes_on_bit_for_bit_with_buffers_and_lazy_layers(mine: Path, wengu: Wengu, photos: Path) -> None:
    assert wengu("fit", "pictures", "--resume", "--name", "own", "--epochs", 4).code == 0
    words = ("fit", "pictures", "--network", "code/mine.py:Net", "--data", photos, *FEW, "--epochs", 4, "--name", "whole")
    assert wengu(*[word for k, word in enumerate(words) if k not in (6, 7)]).code == 0
    one, other = (load_best(Path(f"runs/{name}/checkpoints"), warn=print)[0] for name in ("own", "whole"))
    assert one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)
    assert "1.body.1.running_mean" in one


def test_a_file_that_has_changed_is_named_again(mine: Path, wengu: Wengu, photos: Path) -> None:
    mine.write_text(MARKED + "# changed\n")
    for words in (("fit", "pictures", "--resume", "--name", "own", "--epochs", 4), ("predict", "runs/own", photos),
                  ("diagnose", "runs/own", "--open-test")):
        said = wengu(*words)
        assert said.code == 2 and said.err.count("\n") == 1, said.err
        assert "mine.py has changed since the run began, and is not imported; say which to take: --network FILE.py:Net" in said.err
    assert not Path("code/imported").exists()
    with pytest.raises(ValueError, match="is not imported"):
        load("runs/own")
    assert load("runs/own", network="code/mine.py:Net").predict(photos).classes == ("bag", "sandal", "trouser")
    assert wengu("predict", "runs/own", photos, "--network", "code/mine.py:Net").code == 0
    said = wengu("diagnose", "runs/own", "--open-test", "--network", "code/mine.py:Net")
    assert re.search(r"test +[\d.]+ % .*opened once", said.out), said
    assert wengu("fit", "pictures", "--resume", "--name", "own", "--epochs", 4, "--network", "code/mine.py:Net").code == 0
    assert Path("runs/own/own-network/mine.py").read_text() == mine.read_text()
    assert wengu("predict", "runs/own", photos).code == 0  # it is the run's own now
    mine.write_text(MARKED.replace("LazyLinear(16)", "LazyLinear(17)"))
    said = wengu("predict", "runs/own", photos, "--network", "code/mine.py:Net")
    assert said.code == 2 and said.err.count("\n") == 1
    assert "the checkpoint is of another network: size mismatch for 1.body.3.weight: " in said.err


def test_in_processes_it_is_the_same(mine: Path, wengu: Wengu, photos: Path) -> None:
    said = wengu("fit", "pictures", "--network", "code/mine.py:Net", "--data", photos, *FEW, "--processes", 2, "--name", "two")
    assert said.code == 0, said.err
    assert json.loads(Path("runs/two/run.json").read_text())["world_size"] == 2
