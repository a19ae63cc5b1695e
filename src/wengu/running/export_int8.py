"""A run's ONNX file in whole numbers of 8 bits, and what that costs in accuracy.

    q = round(x / s) + z      s, z of every tensor by the smallest and largest value that some training pictures give;
                              of weights a scale for each filter, z = 0

The graph computes in whole numbers between QuantizeLinear and DequantizeLinear; the last layer, whose sums are the
scores, stays float32. Weights have 7 of the 8 bits, so that no processor's 16-bit sums overflow. Both files then answer
the dev set: what their metric is, and how many answers are others, is said and written beside the file.

Source: Jacob et al. 2018, arXiv:1712.05877, section 2.1; onnxruntime's static quantisation, form QDQ.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from wengu.core.batches import leaves, read
from wengu.core.checks import FailedError, InputError
from wengu.core.files import write_whole
from wengu.core.i18n import say
from wengu.core.printable import printable
from wengu.core.seeds import seed_for
from wengu.recipes.task import Split, Task
from wengu.running.onnx_graph import Answering, quiet

CALIBRATED, JUDGED = 200, 2000  # at most so many pictures of train, and of dev
AT_ONCE, ROUNDS = 16, 7
KINDS = ("Conv", "Gemm", "MatMul", "Add", "Relu", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "Concat")
WITH_WEIGHTS = ("Conv", "Gemm", "MatMul")


@dataclass(frozen=True)
class Quantised:
    """What was written: both files' metric on so many examples of dev, which share of answers is another, the size and
    how many times as fast it is here, on one thread."""

    path: Path
    metric: str
    float32: float
    int8: float
    changed: float
    judged: int
    calibrated: int
    size: float
    faster: float

    def __str__(self) -> str:
        share = self.metric == "error"
        before, after = (f"{100 * v:.2f} %" if share else f"{v:.4g}" for v in (self.float32, self.int8))
        return "\n".join((
            f"{printable(self.path)}   {self.path.stat().st_size / 1e6:.2f} MB",
            say("dev {metric} in int8 {after}, in float32 {before}; answers that changed: {changed:.2%} of {n:,}",
                metric=self.metric, after=after, before=before, changed=self.changed, n=self.judged),
            say("{size:.2g} times as small, {faster:.2g} times as fast here on one thread; scales by {n} "
                "{n:picture|pictures} of train", size=self.size, faster=self.faster, n=self.calibrated),
        ))


def quantised(content: bytes, file: Path, task: Task, answering: Answering) -> Quantised:
    """Write the file and FILE.json beside it; `content` is the plain ONNX file.

    Raises InputError for what is no classifier with convolutions, and FailedError where onnxruntime cannot do it.
    """
    if task.metric is None or answering.classes is None or len(answering.inputs) != 1:
        raise InputError(say("--int8 fits networks that sort pictures into classes, and {recipe} is none; export "
                             "without it", recipe=task.recipe))
    import onnx

    kinds = [node.op_type for node in onnx.load_from_string(content).graph.node]
    if "Conv" not in kinds:
        raise InputError(say("--int8 gains on convolutions, and {network} has none; export without it",
                             network=Path(task.network).name))
    (name,) = answering.inputs
    train = task.sets["train"]
    order = np.random.default_rng(seed_for(0, "int8")).permutation(len(train))[:CALIBRATED]
    made = _static(content, name, train, np.sort(order))
    sessions = [_session(content), _session(made)]
    dev = task.sets["dev"]
    n = min(len(dev), JUDGED)
    index = np.sort(np.random.default_rng(seed_for(0, "judged")).permutation(len(dev))[:n])
    truth = np.asarray(dev.truth)[index]
    answers = [np.concatenate([_answer(session, name, batch) for batch in _batches(dev, index)])
               for session in sessions]
    before, after = (float(task.metric.value(task.metric.parts(truth, one))) for one in answers)
    write_whole(file, made)
    found = Quantised(file, task.metric.name, before, after, float((answers[0] != answers[1]).mean()), n, len(order),
                      len(content) / len(made), _faster(sessions, name, next(_batches(dev, index))))
    write_whole(file.with_name(file.name + ".json"), json.dumps({**asdict(found), "path": file.name}, indent=1))
    return found


def _static(content: bytes, name: str, train: Split, index: Any) -> bytes:
    """onnxruntime's static quantisation, calibrated on these examples."""
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.batches = _batches(train, index)

        def get_next(self) -> Mapping[str, Any] | None:
            batch = next(self.batches, None)
            return None if batch is None else {name: batch}

    with tempfile.TemporaryDirectory() as folder, quiet():
        plain, ready, made = (Path(folder, f"{part}.onnx") for part in ("plain", "ready", "made"))
        plain.write_bytes(content)
        try:
            quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
            graph = onnx.load(str(ready)).graph
            last = [node.name for node in graph.node if node.op_type in WITH_WEIGHTS][-1]
            quantize_static(str(ready), str(made), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                            reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                            op_types_to_quantize=list(KINDS), nodes_to_exclude=[last])
        except Exception as error:  # of many kinds, none of them public
            raise FailedError(say("onnxruntime cannot quantise this network: {why}; export without --int8",
                                  why=" ".join(str(error).split())[:200])) from None
        return made.read_bytes()


def _session(content: bytes) -> Any:
    """On one thread, so that its time can be compared."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 4, 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _batches(split: Split, index: Any) -> Iterator[Any]:
    """The inputs of these examples, some at once."""
    for part in torch.split(torch.from_numpy(index), AT_ONCE):
        (inputs,) = leaves(read(split.examples, part)[0])
        yield _contiguous(inputs)


def _contiguous(inputs: Tensor) -> Any:
    return np.ascontiguousarray(inputs.numpy())


def _answer(session: Any, name: str, batch: Any) -> Any:
    (p,) = session.run(["probabilities"], {name: batch})
    return p.argmax(1)


def _faster(sessions: list[Any], name: str, batch: Any) -> float:
    """How many times as fast the second is, by turns, in processor time."""
    ratios = []
    for _ in range(ROUNDS):
        times = []
        for session in sessions:
            start = time.process_time()
            _answer(session, name, batch)
            times.append(time.process_time() - start)
        ratios.append(times[0] / max(times[1], 1e-9))
    return statistics.median(ratios[1:])  # the first is not counted, as it sets up buffers
