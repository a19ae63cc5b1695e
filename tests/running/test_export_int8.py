"""`wengu export --int8`: a second file in 8 bits, what it costs on dev, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import wengu
from tests.cli.conftest import Wengu
from tests.cli.conftest import wengu as wengu_command  # noqa: F401  # a fixture
from wengu.core.checks import InputError
from wengu.running.load import task_of

pytestmark = pytest.mark.parity


def test_parity_int8(photos: Path, tmp_path: Path, wengu_command: Wengu) -> None:  # noqa: F811
    """Authority: onnxruntime, which answers dev from the file again; the network's own weights for the graph's."""
    import onnx
    import onnxruntime
    from onnx import numpy_helper

    own = Path(shutil.copytree(photos, tmp_path / "own" / "photos"))
    assert wengu_command("fit", "lenet5", "--data", own, "--epochs", 4, "--precision", "fp32").code == 0
    said = wengu_command("export", "runs/lenet5-photos", "--int8")
    assert said.code == 0, said.err
    run = Path("runs/lenet5-photos")
    file = run / "model.int8.onnx"
    facts = json.loads((run / "model.int8.onnx.json").read_text())
    assert f"dev error in int8 {100 * facts['int8']:.2f} %, in float32 {100 * facts['float32']:.2f} %" in said.out
    assert facts["size"] == pytest.approx((run / "model.onnx").stat().st_size / file.stat().st_size) and facts["size"] > 2.5

    dev = task_of(wengu.load(run).run).sets["dev"]
    x, truth = np.stack([np.asarray(dev.examples[i][0]) for i in range(len(dev))]), np.asarray(dev.truth)
    predicted = {}
    for name in ("model.onnx", "model.int8.onnx"):
        session = onnxruntime.InferenceSession(str(run / name), providers=["CPUExecutionProvider"])
        predicted[name] = session.run(["probabilities"], {"pictures": x})[0].argmax(1)
    assert facts["float32"] == pytest.approx((predicted["model.onnx"] != truth).mean())
    assert facts["int8"] == pytest.approx((predicted["model.int8.onnx"] != truth).mean())
    assert facts["changed"] == pytest.approx((predicted["model.onnx"] != predicted["model.int8.onnx"]).mean())
    assert facts["judged"] == len(dev) and facts["int8"] <= facts["float32"] + 0.1

    held = {t.name: numpy_helper.to_array(t) for t in onnx.load(file).graph.initializer}
    weight = wengu.load(run).model[1].c3.weight.detach().numpy()  # (16, 6, 5, 5), q in -64 .. 63 by a scale for each filter
    (q,) = [value for value in held.values() if value.shape == weight.shape]
    assert q.dtype == np.int8 and np.abs(q.astype(int)).max() <= 64
    scale = np.abs(weight).reshape(16, -1).max(1) / 63.5
    assert np.abs(q * scale[:, None, None, None] - weight).max() < 1.5 * scale.max()
    last = wengu.load(run).model[1].output.weight.detach().numpy()
    assert any(value.dtype == np.float32 and value.shape in (last.shape, last.T.shape) for value in held.values())

    Path("another.int8.onnx").write_text("precious")
    refused = wengu_command("export", run, "--to", "another.onnx", "--int8")
    assert refused.code == 2 and "another.int8.onnx is there already" in refused.err
    for picture in own.rglob("*.png"):
        picture.unlink()
    gone = wengu_command("export", run, "--int8", "--force")
    assert gone.code == 2 and "--int8 takes its scales from pictures of train" in gone.err


def test_what_has_no_convolutions_is_refused(run: Path) -> None:
    with pytest.raises(InputError, match="--int8 gains on convolutions, and softmax has none; export without it"):
        wengu.export(run, int8=True)
    assert not list(run.glob("*.onnx"))
