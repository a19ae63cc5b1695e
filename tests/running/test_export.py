"""`wengu.export`: the network as an ONNX file, what is refused, and when nothing is written."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import TensorDataset

import wengu
from tests.cli.conftest import Wengu
from tests.cli.conftest import wengu as wengu_command  # noqa: F401  # a fixture
from wengu.core.checks import FailedError, InputError
from wengu.core.run_folder import RunFolder
from wengu.practice import ErrorRate
from wengu.recipes import Network, register, registry
from wengu.recipes.settings import Training, setting
from wengu.recipes.task import Restored, Split, Task, classes_of
from wengu.running.onnx_graph import Answering, named, to_onnx

exporting = import_module("wengu.running.export")


@pytest.fixture(scope="module")
def softmax(iris: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wengu.fit("softmax", data=str(iris), target="species", epochs=20, precision="fp32", runs=tmp_path_factory.mktemp("runs")).path


@pytest.fixture
def run(softmax: Path, tmp_path: Path) -> Path:
    """A run that may be spoilt."""
    return Path(shutil.copytree(softmax, tmp_path / "softmax-iris"))


def restored(model: nn.Module, example: Any, *, classes: tuple[str, ...] | None = None, **inputs: Any) -> Restored:
    return Restored(model.eval(), lambda _: NotImplemented, classes_of, classes, example, inputs)


def network(forward: Callable[..., Any]) -> nn.Module:
    """A module with this forward."""
    return type("Net", (nn.Module,), {"forward": lambda self, x: forward(x)})()


# --- refusals ---------------------------------------------------------------------------------------------------------
def test_without_a_run_weights_or_a_recipe_that_the_loop_trains(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is not a run folder"):
        wengu.export(run.parent / "none")
    weights = next((run / "checkpoints").glob("*/model.safetensors"))
    for damaged in (run / "checkpoints").glob("*/model.safetensors"):
        content = bytearray(damaged.read_bytes())
        content[-1] ^= 1
        damaged.write_bytes(content)
    with pytest.raises(InputError, match="no checkpoint that can be read"):
        wengu.export(run)
    shutil.rmtree(weights.parents[1])
    with pytest.raises(InputError, match="no checkpoint that can be read"):
        wengu.export(run)
    monkeypatch.setattr(registry, "_registered", {})
    register("vectors", recipe_of("vectors", Pairs, load=lambda run: "what its trainer has made"))
    own = RunFolder.create(run.parent / "own", recipe="vectors", network="vectors", seed=0, spec={})
    with pytest.raises(InputError, match=r"own: vectors has its own way of training, and what it makes has no ONNX form"):
        wengu.export(own.path)
    assert not list(run.parent.rglob("*.onnx"))


def test_a_place_that_is_taken_or_not_there(run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken.onnx"
    taken.write_text("precious")
    with pytest.raises(InputError, match=r"taken.onnx is there already; replace it by --force"):
        wengu.export(run, taken)
    with pytest.raises(InputError, match=r"--to: .* is a folder; name a file in it, such as .*model.onnx"):
        wengu.export(run, tmp_path, force=True)
    with pytest.raises(InputError, match=r"--to: there is no folder .*nowhere"):
        wengu.export(run, tmp_path / "nowhere" / "a.onnx")
    assert taken.read_text() == "precious"


def test_a_missing_package_is_one_line(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda name: None if name.startswith("onnx") else name)
    with pytest.raises(InputError, match=r"needs onnx, onnxscript, onnxruntime; install: pip install 'wengu\[export\]'"):
        wengu.export(run)


def test_inputs_without_an_onnx_form() -> None:
    net = network(lambda x: x)
    for example, reason in (
        ([torch.zeros(3), torch.zeros(2)], "x: a list with an entry for each example has no ONNX form"),
        ({"pair": (torch.zeros(1), [torch.zeros(3)])}, "pair_1: a list with an entry for each example"),
        ((torch.zeros(1, 3), "words"), "input_1: expected a tensor, or a tuple or dict of them, got str"),
        (None, "this task gives no example of its inputs"),
    ):
        with pytest.raises(InputError, match=reason):
            Answering(restored(net, example))
    with pytest.raises(InputError, match="inputs: expected a name for each of 2, got left"):
        Answering(restored(net, (torch.zeros(1), torch.zeros(1)), left={}))


LINES = "first\nsecond"


@pytest.mark.parametrize(("forward", "expected"), [
    (lambda x: x if x.sum() > 0 else -x, r"branches on the numbers in a tensor.* \(.*test_export.py:\d+\)$"),
    (lambda x: x[:, :int(x.sum())], r"branches on the numbers in a tensor.* \(.*test_export.py:\d+\)$"),
    (lambda x: torch.stack([row.mean() for row in x]), "works for one size of the dimension batch only"),
    (lambda x: torch.from_numpy(x.numpy()), r"RuntimeError: .*numpy.*test_export.py:\d+\)$"),
    (lambda x: x @ torch.zeros(9, 2), r"RuntimeError: [^\n]*\(.*test_export.py:\d+\)$"),
    (lambda x: {}[LINES], r"KeyError: [^\n]*\(.*test_export.py:\d+\)$"),
    (lambda x: list(x), "output: a list with an entry for each example has no ONNX form"),
    (lambda x: (x, 3), "output_1: expected a tensor, .* got int"),
])  # fmt: skip
def test_a_network_that_has_no_graph_is_one_line(
    forward: Callable[..., Any], expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=expected) as refused:
        to_onnx(Answering(restored(network(forward), torch.zeros(1, 4))), name="net", facts={})
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300
    assert capfd.readouterr() == ("", "")


def test_weights_that_no_file_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengu.running.onnx_graph.MOST", 100)
    with pytest.raises(InputError, match=r"the weights are 0.0 GB, and an ONNX file holds 2"):
        to_onnx(Answering(restored(nn.Linear(5, 5), torch.zeros(1, 5))), name="net", facts={})


# --- parts ------------------------------------------------------------------------------------------------------------
def test_names_of_inputs_and_answers() -> None:
    class Net(nn.Module):
        def forward(self, left: Tensor, right: Tensor) -> dict[str, Any]:
            return {"left": left, "boxes": (right, {"scores": right})}

    answering = Answering(restored(Net(), (torch.zeros(1, 2), torch.zeros(1, 3))))
    assert list(answering.inputs) == ["left", "right"], "by forward's parameters"
    assert list(answering.answers(list(answering.inputs.values()))) == ["left_out", "boxes_0", "boxes_1_scores"]
    example = {"right": torch.zeros(1, 2), "left": torch.zeros(1, 3)}
    answering = Answering(restored(Net(), example, left={1: "length"}))
    assert answering.free == {"right": {0: "batch"}, "left": {0: "batch", 1: "length"}}
    assert list(named(torch.return_types.max((torch.zeros(1), torch.zeros(1))), "output")) == ["output_0", "output_1"]
    classified = Answering(restored(nn.Linear(4, 2), torch.zeros(1, 4), classes=("a", "b"), rows={}))
    found = classified.answers([torch.ones(3, 4)])
    assert list(classified.inputs) == ["rows"] and list(found) == ["logits", "probabilities"]
    torch.testing.assert_close(found["probabilities"], torch.softmax(found["logits"], 1))


def test_random_inputs_are_within_the_example_and_lengths_grow() -> None:
    example = {"ids": torch.tensor([[4, 9, 7]]), "lengths": torch.tensor([2]), "pixels": torch.zeros(1, 5, dtype=torch.uint8),
               "x": torch.tensor([[-3.0, 5.0]]), "mask": torch.tensor([[True, False, True]])}
    answering = Answering(restored(network(lambda **x: x), example, ids={1: "length"}, mask={1: "length"}))
    batches = [dict(zip(example, batch, strict=True)) for batch in exporting._random(answering)]
    assert [tuple(batch["ids"].shape) for batch in batches] == [(1, 3), (2, 6), (7, 9)]
    assert [tuple(batch["mask"].shape) for batch in batches] == [(1, 3), (2, 6), (7, 9)]
    last = batches[-1]
    assert last["ids"].unique().tolist() == [4, 5, 6, 7, 8, 9] and set(last["lengths"].tolist()) == {2}
    assert last["pixels"].max() > 200 and last["pixels"].dtype == torch.uint8
    assert -3 <= float(last["x"].min()) < -1 and 3 < float(last["x"].max()) <= 5


@pytest.mark.parametrize(("off", "refused"), [(9e-4, False), (1.1e-3, True), (float("nan"), True)])
def test_the_tolerance_is_of_the_largest_number_and_nan_equals_nan_alone(off: float, refused: bool) -> None:
    class Session:
        def run(self, names: list[str], given: dict[str, Any]) -> list[Any]:
            return [given["x"] + np.float32(off) * (given["x"] == 1), np.isnan(given["x"])]

    x = torch.tensor([[1.0, float("nan"), float("inf"), -10.0]])
    answering = Answering(restored(network(lambda x: (x, x.isnan())), x))
    if refused:
        with pytest.raises(FailedError, match=r"does not answer as the network does: output_0 is (0.0011|inf) off, where "
                                              r"numbers reach 10 and 1e-04 .*; nothing was written"):
            exporting._compared(Session(), answering, [[x]])
    else:
        assert exporting._compared(Session(), answering, [[x]]) == (pytest.approx(off, rel=1e-3), 10.0)


# --- with onnx and onnxruntime ----------------------------------------------------------------------------------------
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


@pytest.mark.parity
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
    rows = [json.loads(line) for line in wengu_command("predict", "runs/lenet5-photos", *files, "--json").out.splitlines()]
    found = fresh(Path("shoes.onnx").resolve(), pictures=np.stack([np.array(Image.open(file))[None] for file in files]))
    classes = ["bag", "sandal", "trouser"]
    np.testing.assert_allclose(found["p"], [[row[f"p_{c}"] for c in classes] for row in rows], atol=1e-5)
    assert found["predicted"] == [row["predicted"] for row in rows]
    facts, run = found["facts"], json.loads(Path("runs/lenet5-photos/run.json").read_text())
    assert (facts["recipe"], facts["network"], facts["task"], facts["wengu"]) == ("pictures", "lenet5", run["task"], "0.1.0")
    assert json.loads(facts["classes"]) == classes and json.loads(facts["spec"]) == run["spec"]


@pytest.mark.parity
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


@pytest.mark.parity
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


@dataclass(frozen=True, kw_only=True)
class Pairs(Training):
    """Of a recipe with two inputs."""

    data: str = setting("pairs", "No file.")

    network: str = setting("pair", "The network.")


class Pair(nn.Module):
    """Two inputs, a layer each."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.of_left, self.of_right, self.output = nn.Linear(3, 4), nn.Linear(2, 4), nn.Linear(4, classes)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return self.output(torch.relu(self.of_left(left) * self.of_right(right)))


def pairs(settings: Pairs, *, progress: Any = None) -> Task:
    generator = torch.Generator().manual_seed(3)
    left, right = torch.randn(60, 3, generator=generator), torch.randn(60, 2, generator=generator)
    y = (left[:, 0] * right[:, 0] > 0).long()
    cut = {"train": slice(0, 40), "dev": slice(40, 45)}  # 5 in dev: batches begin again at its first
    sets = {name: Split(tuple(map(str, range(60)[s])), TensorDataset(left[s], right[s], y[s]), y[s].numpy()) for name, s in cut.items()}
    return Task(recipe="pairs", network="pair", model=Pair, sets=sets, classes=("no", "yes"), loss_fn=nn.functional.cross_entropy,
                predict=classes_of, metric=ErrorRate(), spec={"classes": ["no", "yes"]}, preview=lambda split, i: {})


def recipe_of(network: str, settings: type, **more: Any) -> ModuleType:
    module = ModuleType("a recipe of somebody else's")
    parts = {"Settings": settings, "NETWORKS": {network: Network(f"{__name__}:Pair", "Two inputs.")}, "about": lambda: "Two inputs.",
             "prepare": pairs, "restore": lambda run, *, network="": None}
    vars(module).update(parts | more)
    return module


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registered", {})
    example = (torch.zeros(1, 3), torch.zeros(1, 2))
    register("pairs", recipe_of("pair", Pairs, restore=lambda run, *, network="": restored(Pair(), example, classes=("no", "yes"))))
    yield


@pytest.mark.parity
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


@pytest.mark.parity
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


@pytest.mark.parity
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


@pytest.mark.parity
def test_parity_where_the_data_is_gone(run: Path) -> None:
    """Authority: onnxruntime, on random inputs."""
    config = run / "config.toml"
    config.write_text(config.read_text().replace("iris.csv", "gone.csv"))
    done = wengu.export(run)
    assert done.checked_on == "" and done.difference <= 1e-4 * done.scale
    assert "batches of 1, 2, 7, random" in str(done)
    assert len(done.notes) == 1 and done.notes[0].startswith("the data is not at hand, so random inputs were answered (")


@pytest.mark.parity
def test_parity_what_onnx_has_no_operation_for(capfd: pytest.CaptureFixture[str]) -> None:
    """Authority: torch's exporter, which raises a page."""
    net = network(lambda x: torch.linalg.eigvals(x.reshape(-1, 2, 2)).real)
    with pytest.raises(InputError, match="the network has no ONNX form: ONNX has no operation for aten.linalg_eig$"):
        to_onnx(Answering(restored(net, torch.zeros(1, 4))), name="net", facts={})
    assert capfd.readouterr() == ("", "")
