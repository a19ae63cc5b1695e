"""Networks of one's own that go wrong after they are made: one line, wherever it happens, with file and line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from wengu import check, load
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.project.diagnose import open_test
from wengu.project.fit import fit

HEAD = """\
import torch; from pathlib import Path
from torch import nn


class Base(nn.Module):
    steps = 0

    def __init__(self, classes):
        super().__init__()
        self.z = nn.Linear(784, classes)

    def forward(self, x):
        return self.z(x.flatten(1))


"""  # 16 lines with the class
GOES_WRONG = {
    "a step": ("def forward(self, x):\n        Base.steps += Path(__file__).with_name('runs').exists()\n        if Base.steps > 12: raise KeyError('late')\n"
               "        return super().forward(x)", r"odd.py:19: KeyError: 'late'$"),
    "dev": ("def forward(self, x):\n        if len(x) > 20 and not self.training: raise RuntimeError('too many')\n"
            "        return super().forward(x)", "odd.py:18: RuntimeError: too many$"),
    "a fixed size": ("def forward(self, x):\n        return self.z(x.view(2, 784))", r"odd.py:18: RuntimeError: shape '\[2, 784\]' is"),
    "backward": ("def forward(self, x):\n        z = super().forward(x)\n        if len(x) > 2 and z.requires_grad: z.register_hook(self.hook)\n"
                 "        return z\n\n    def hook(self, g):\n        raise ValueError('back')", "odd.py:23: ValueError: back$"),
    "no_grad": ("def forward(self, x):\n        with torch.no_grad(): return super().forward(x)", "model: no gradient reaches a parameter"),
    "numpy": ("def forward(self, x):\n        return torch.from_numpy(super().forward(x).detach().numpy())",
              "model: no gradient reaches a parameter, so nothing can be trained: look in forward"),
    "nothing to train": ("def __init__(self, classes):\n        nn.Module.__init__(self); self.z = lambda x: x[:, :classes]",
                         "odd.py:Net: expected parameters to train, got none; give it layers with weights"),
    "frozen": ("def __init__(self, classes):\n        super().__init__(classes); self.requires_grad_(False)",
               "odd.py:Net: expected parameters to train, but requires_grad is off in all of its 2 parameter tensors"),
    "complex": ("def __init__(self, classes):\n        nn.Module.__init__(self)\n"
                "        self.w = nn.Parameter(torch.randn(784, classes, dtype=torch.cfloat))\n\n"
                "    def forward(self, x):\n        return (x.flatten(1).to(torch.cfloat) @ self.w).abs()",
                "odd.py:Net: expected real weights, got complex ones: w; keep"),
    "no copy": ("def __init__(self, classes):\n        super().__init__(classes); self.rows = (i for i in range(3))",
                r"odd.py:Net: expected a model that copy.deepcopy copies, .* but rows cannot be copied \(cannot pickle"),
    "nan": ("def forward(self, x):\n        return super().forward(x) * float('nan')",
            "nan at step 1, before anything was trained, on the examples .*: the model or the loss itself gives it"),
    "without a line": ("pass\n\n\ndef Net(classes):\n    return nn.Sequential(nn.Flatten(), nn.Linear(783, classes))",
                       "odd.py:Net: RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["wengu.project.fit"], "PREFLIGHT", 0.02)


def written(folder: Path, body: str) -> str:
    (folder / "odd.py").write_text(f"{HEAD}class Net(Base):\n    {body}\n")
    return f"{folder}/odd.py:Net"


def fitted(network: str, photos: Path, folder: Path, **settings: Any) -> Any:
    return fit("pictures", network=network, data=str(photos), runs=folder / "runs", name="own", quiet=True,
               **{"epochs": 30, "batch_size": 16, "precision": "fp32", **settings})


@pytest.mark.parametrize("where", GOES_WRONG)
def test_what_goes_wrong_in_training_is_one_line(where: str, tmp_path: Path, photos: Path) -> None:
    body, message = GOES_WRONG[where]
    network = written(tmp_path, body)
    with pytest.raises(InputError, match=message) as caught:
        fitted(network, photos, tmp_path)
    assert "\n" not in str(caught.value).splitlines()[0]
    begun = where in ("a step", "no_grad", "numpy", "nan")  # else it was found before there was a run
    assert (tmp_path / "runs/own").exists() == begun
    if where in ("no_grad", "numpy"):  # the pre-flight has said so
        found = {one["name"]: one for one in RunFolder.open(tmp_path / "runs/own").read_json("preflight.json")["checks"]}
        assert found["gradients"]["verdict"] == "failed"


def test_so_it_is_where_it_only_computes(tmp_path: Path, photos: Path) -> None:
    """Where all went well in training, and then does not: the file looks at something outside it."""
    network = written(tmp_path, "def forward(self, x):\n        if ON.exists(): raise OSError('gone')\n"
                                "        return super().forward(x)\n\n\nON = Path(__file__).with_name('on')")
    run = fitted(network, photos, tmp_path, epochs=1).path
    model = load(run)
    (tmp_path / "on").touch()
    for go in (lambda: model.predict(photos), lambda: open_test(run), lambda: load(run),
               lambda: check("pictures", network=network, data=str(photos), quiet=True)):
        with pytest.raises(InputError, match=r"odd.py:18: OSError: gone$|the network has no ONNX form: .*gone.*odd.py:18"):
            go()


def test_view_after_a_convolution_trains_with_channels_first(tmp_path: Path, photos: Path) -> None:
    body = ("def __init__(self, classes):\n        super().__init__(classes); self.c = nn.Conv2d(1, 4, 3, padding=1); "
            "self.z = nn.Linear(4 * 784, classes)\n\n    def forward(self, x):\n        x = self.c(x); return self.z(x.view(len(x), -1))")
    network = written(tmp_path, body)
    for k, more in enumerate(({}, {"augment": "none"}, {"precision": "auto"})):
        run = fitted(network, photos, tmp_path / str(k), epochs=1, **more).run_folder
        assert run.facts()["memory_format"] == "contiguous"
        assert len(load(run.path).predict(photos).ids) == 120


def test_a_file_among_the_runs_is_refused_before_it_trains(tmp_path: Path, photos: Path) -> None:
    network = written(tmp_path, "pass")
    with pytest.raises(InputError, match=r"odd.py is in .* among the runs, .* move it, or give another --runs"):
        fit("pictures", network=network, data=str(photos), runs=tmp_path, quiet=True)
    assert not list(tmp_path.glob("*/run.json"))
