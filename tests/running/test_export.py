"""`wengu.export`: what is refused, how inputs and answers are named, and what counts as equal."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import wengu
from tests.running.exported import Pairs, network, recipe_of, restored
from wengu.core.checks import FailedError, InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes import register, registry
from wengu.running.onnx_graph import Answering, named_tensors, to_onnx

exporting = import_module("wengu.running.export")


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
    (lambda x: x if x.sum() > 0 else -x, r"branches on the numbers in a tensor.* \(.*test_export.py:LINE\)$"),
    (lambda x: x[:, :int(x.sum())], r"branches on the numbers in a tensor.* \(.*test_export.py:LINE\)$"),
    (lambda x: torch.stack([row.mean() for row in x]), r"works for one size of the dimension batch only, .* take sizes from x.shape: .*\(.*test_export.py:LINE\)$"),
    (lambda x: x.reshape(len(x), -1), r"works for one size of the dimension batch only, .*test_export.py:LINE\)$"),
    (lambda x: torch.from_numpy(x.numpy()), r"RuntimeError: .*numpy.*test_export.py:LINE\)$"),
    (lambda x: x @ torch.zeros(9, 2), r"RuntimeError: [^\n]*\(.*test_export.py:LINE\)$"),
    (lambda x: {}[LINES], r"KeyError: [^\n]*\(.*test_export.py:LINE\)$"),
    (lambda x: list(x), "output: a list with an entry for each example has no ONNX form"),
    (lambda x: (x, 3), "output_1: expected a tensor, .* got int"),
])  # fmt: skip
def test_a_network_that_has_no_graph_is_one_line(
    forward: Callable[..., Any], expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    expected = expected.replace("LINE", str(forward.__code__.co_firstlineno))
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
    assert list(named_tensors(torch.return_types.max((torch.zeros(1), torch.zeros(1))), "output")) == ["output_0", "output_1"]
    classified = Answering(restored(nn.Linear(4, 2), torch.zeros(1, 4), classes=("a", "b"), rows={}))
    found = classified.answers([torch.ones(3, 4)])
    assert list(classified.inputs) == ["rows"] and list(found) == ["logits", "probabilities"]
    torch.testing.assert_close(found["probabilities"], torch.softmax(found["logits"], 1))
    asked = replace(restored(nn.Linear(4, 2), torch.zeros(1, 4), rows={}), probabilities=torch.sigmoid)
    found = Answering(asked).answers([torch.ones(3, 4)])
    assert list(found) == ["logits", "probabilities"]
    torch.testing.assert_close(found["probabilities"], torch.sigmoid(found["logits"]))


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


def test_the_file_s_name_stays_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "m\udcff\nFORGED.onnx"
    path.touch()
    assert str(exporting.Exported(path, (), (), 0.0, 1.0, "dev")).splitlines()[0].endswith(r"/m\xff\nFORGED.onnx   0.00 MB")
