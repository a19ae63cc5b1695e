"""`wengu.export` beside onnxruntime: the file answers as the network does, anywhere, or is not written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import wengu
from tests.cli.conftest import Wengu
from tests.cli.conftest import wengu as wengu_command  # noqa: F401  # a fixture
from tests.running.exported import Pair, Pairs, network, recipe_of, restored
from wengu.core.checks import FailedError, InputError
from wengu.recipes import register, registry
from wengu.running.onnx_graph import Answering, to_onnx

pytestmark = pytest.mark.parity

exporting = import_module("wengu.running.export")

FRESH = """
import json, sys

sys.modules["torch"] = sys.modules["wengu"] = None
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
facts = session.get_modelmeta().custom_metadata_map
(p,) = session.run(["probabilities"], dict(np.load(sys.argv[2])))
classes = json.loads(facts["classes"])
print(json.dumps({"facts": facts, "p": p.tolist(), "predicted": [classes[k] for k in p.argmax(axis=1)]}))
"""


def fresh(file: Path, **inputs: Any) -> Any:
    """What another process makes of the file, in which neither torch nor wengu can be imported."""
    np.savez(file.parent / "inputs.npz", **inputs)
    done = subprocess.run([sys.executable, "-c", FRESH, str(file), str(file.parent / "inputs.npz")], check=True,
                          capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def test_parity_lenet5(photos: Path, wengu_command: Wengu) -> None:  # noqa: F811
    """Authority: onnxruntime, in a process without wengu or torch, beside `wengu predict` on the same files."""
    assert wengu_command("fit", "lenet5", "--data", photos, "--epochs", 2, "--precision", "bf16").code == 0
    said = wengu_command("export", "runs/lenet5-photos", "--to", "shoes.onnx")
    assert said.code == 0 and said.err == "trained in bf16, exported in fp32: the weights are the same\n"
    first, *rest = said.out.splitlines()
    assert first.startswith("shoes.onnx   0.2") and rest[:3] == [
        "in    pictures  uint8 (batch, 1, 28, 28)", "out   logits  float32 (batch, 3)", "out   probabilities  float32 (batch, 3)"]
    assert "onnxruntime answers as the network does: at most " in rest[3] and "batches of 1, 2, 7 from dev" in rest[3]
    files = sorted((photos / "trouser").iterdir())
    rows = [json.loads(line) for line in wengu_command("predict", "runs/lenet5-photos", *files, "--json", "--precision", "fp32").out.splitlines()]
    found = fresh(Path("shoes.onnx").resolve(), pictures=np.stack([np.array(Image.open(file))[None] for file in files]))
    classes = ["bag", "sandal", "trouser"]
    np.testing.assert_allclose(found["p"], [[row[f"p_{c}"] for c in classes] for row in rows], atol=1e-5)
    assert found["predicted"] == [row["predicted"] for row in rows]
    facts, run = found["facts"], json.loads(Path("runs/lenet5-photos/run.json").read_text())
    assert (facts["recipe"], facts["network"], facts["task"], facts["wengu"]) == ("pictures", "lenet5", run["task"], "0.1.0")
    assert json.loads(facts["classes"]) == classes and json.loads(facts["spec"]) == run["spec"]


@pytest.mark.parametrize("name", ["softmax", "logistic"])
def test_parity_table(name: str, iris: Path, tmp_path: Path) -> None:
    """Authority: onnxruntime, in a process without wengu or torch, beside `predict` on the same rows."""
    import pandas as pd

    frame = pd.read_csv(iris)
    frame = frame if name == "softmax" else frame[frame["species"] != "virginica"]
    frame.to_csv(tmp_path / "rows.csv", index=False)
    run = wengu.fit(name, data=str(tmp_path / "rows.csv"), target="species", epochs=20, precision="fp32", runs=tmp_path).path
    done = wengu.export(run)
    assert done.path == run / "model.onnx" and done.checked_on == "dev" and not done.notes
    assert [str(value) for value in (*done.inputs, *done.outputs)] == [
        "features  float64 (batch, 4)", *(f"{out}  float32 (batch, {frame['species'].nunique()})" for out in ("logits", "probabilities"))]
    assert 0 <= done.difference <= 1e-4 * done.scale
    found, own = fresh(done.path, features=frame.drop(columns="species").to_numpy()), wengu.load(run).predict(frame)
    np.testing.assert_allclose(found["p"], own.probabilities, atol=1e-5)
    assert found["predicted"] == list(own.labels)


OWN = """
from torch import nn


class Net(nn.Sequential):
    def __init__(self, classes):
        super().__init__(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(49, classes))


class Branching(Net):
    def forward(self, x):
        return super().forward(x if x.mean() > 0 else -x)
"""


def test_parity_ones_own_network(photos: Path, wengu_command: Wengu) -> None:  # noqa: F811
    """Authority: onnxruntime. The file says nothing of this machine, and a network without a graph is one line."""
    Path("mine.py").write_text(OWN)
    few = ("--data", photos, "--epochs", 1, "--precision", "fp32")
    for name in ("Net", "Branching"):
        said = wengu_command("fit", "pictures", "--network", Path("mine.py").resolve().as_posix() + f":{name}", "--name", name, *few)
        assert said.code == 0, said.err
    said = wengu_command("export", "runs/Net")
    assert said.code == 0 and not said.err, said.err
    content = Path("runs/Net/model.onnx").read_bytes()
    assert b"mine.py:Net" in content and str(Path.cwd()).encode() not in content
    said = wengu_command("export", "runs/Branching")
    assert said.code == 2 and not said.out and said.err.count("\n") == 1
    assert re.search(r"the network has no ONNX form: its forward branches on the numbers .*mine.py:12\)$", said.err.strip())
    assert not Path("runs/Branching/model.onnx").exists()
    Path("moved.py").write_text(OWN)
    Path("mine.py").unlink()
    assert "is no longer there" in wengu_command("export", "runs/Net", "--force").err
    assert wengu_command("export", "runs/Net", "--force", "--network", "moved.py:Net").code == 0


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    example = (torch.zeros(1, 3), torch.zeros(1, 2))
    register("pairs", recipe_of("pair", Pairs, restore=lambda run, *, network="": restored(Pair(), example, classes=("no", "yes"))))
    yield


def test_parity_two_inputs_of_a_registered_recipe(registered: None, tmp_path: Path) -> None:
    """Authority: onnxruntime, in a process without wengu or torch, beside the network itself."""
    run = wengu.fit("pairs", epochs=3, lr=0.01, precision="fp32", runs=tmp_path).path
    done = wengu.export(run, tmp_path / "pair.onnx")
    assert [str(value) for value in done.inputs] == ["left  float32 (batch, 3)", "right  float32 (batch, 2)"]
    assert done.checked_on == "dev"
    left, right = np.random.default_rng(0).normal(size=(9, 3)).astype("f"), np.random.default_rng(1).normal(size=(9, 2)).astype("f")
    with torch.no_grad():
        p = torch.softmax(wengu.load(run).model(torch.from_numpy(left), torch.from_numpy(right)), 1)
    np.testing.assert_allclose(fresh(done.path, left=left, right=right)["p"], p, atol=1e-5)


class Sentences(nn.Module):
    """The mean of a sentence's vectors, whatever its length; the places beyond it do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors, self.output = nn.Embedding(20, 6), nn.Linear(6, 3)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        there = torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]
        return self.output((self.vectors(ids) * there[:, :, None]).sum(1) / lengths[:, None])


@pytest.mark.parametrize("kind", [dict, tuple])
def test_parity_a_length_that_is_free(kind: type) -> None:
    """Authority: onnxruntime, on batches of sentences of other lengths; ids begin as a single one, which torch takes for fixed."""
    onnx = pytest.importorskip("onnx")
    torch.manual_seed(0)
    parts = {"ids": torch.tensor([[19]]), "lengths": torch.tensor([1])}
    answering = Answering(restored(Sentences(), parts if kind is dict else tuple(parts.values()), ids={1: "length"}, lengths={}))
    content = to_onnx(answering, name="sentences", facts={})
    session = exporting._session(content)
    assert [(i.name, i.shape) for i in session.get_inputs()] == [("ids", ["batch", "length"]), ("lengths", ["batch"])]
    batches = [[torch.randint(0, 20, (m, n)), torch.full((m,), n // 2 + 1)] for m, n in ((1, 1), (4, 6), (3, 4))]
    difference, scale = exporting._compared(session, answering, batches)
    assert difference < 1e-6 < scale
    assert str(Path(__file__).parent).encode() not in content, "torch notes the line of each operation"
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model)
    assert not any(part.metadata_props for part in (*model.graph.node, *model.graph.input, *model.graph.initializer))
    assert model.graph.name == "sentences"


def test_parity_wrong_answers_are_not_written(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Authority: onnxruntime, which finds that the weights in the file are not the network's."""

    def spoilt(answering: Answering, **how: Any) -> bytes:
        with torch.no_grad():
            answering.model[-1].bias += 0.01
        content = to_onnx(answering, **how)
        with torch.no_grad():
            answering.model[-1].bias -= 0.01
        return content

    file = tmp_path / "model.onnx"
    file.write_text("the former")
    monkeypatch.setattr(exporting, "to_onnx", spoilt)
    with pytest.raises(FailedError, match=r"does not answer as the network does: logits is 0.01 off"):
        wengu.export(run, file, force=True)
    assert file.read_text() == "the former" and not list(tmp_path.glob(".part*"))
    monkeypatch.undo()
    assert wengu.export(run, file, force=True).difference < 1e-4 and file.stat().st_size > 500


def test_parity_where_the_data_is_gone(run: Path) -> None:
    """Authority: onnxruntime, on random inputs."""
    config = run / "config.toml"
    config.write_text(config.read_text().replace("iris.csv", "gone.csv"))
    done = wengu.export(run)
    assert done.checked_on == "" and done.difference <= 1e-4 * done.scale
    assert "batches of 1, 2, 7, random" in str(done)
    assert len(done.notes) == 1 and done.notes[0].startswith("the data is not at hand, so random inputs were answered (")


def test_parity_what_onnx_has_no_operation_for(capfd: pytest.CaptureFixture[str]) -> None:
    """Authority: torch's exporter, which raises a page."""
    net = network(lambda x: torch.linalg.eigvals(x.reshape(-1, 2, 2)).real)
    with pytest.raises(InputError, match="the network has no ONNX form: ONNX has no operation for aten.linalg_eig$"):
        to_onnx(Answering(restored(net, torch.zeros(1, 4))), name="net", facts={})
    assert capfd.readouterr() == ("", "")
