"""bfloat16 and layouts: chosen by measurement, and right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from wengu.core.batches import Batch
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.data import load
from wengu.practice import ErrorRate
from wengu.training import ComputeFormat, contiguous, fastest_format, fit, precision
from wengu.training.step import Step
from wengu.vision.convnets import LeNet5

cross_entropy = nn.functional.cross_entropy


@pytest.fixture(scope="module")
def pictures() -> tuple[Tensor, Tensor]:
    sample = load("sample", size=(28, 28))
    x = torch.from_numpy(sample.pixels[:1600]).float() / 255
    return (x - x.mean()) / x.std(), torch.from_numpy(sample.labels[:1600])


def likeliest(model: nn.Module, batch: Batch, z: Tensor) -> Tensor:
    return z.argmax(1)


def trained(pictures: tuple[Tensor, Tensor], precision: str, seed: int) -> tuple[float, float]:
    """Dev error and cost at the best point."""
    x, y = pictures
    model = LeNet5(generator=torch.Generator().manual_seed(seed))
    run = fit(model, (x[:1200], y[:1200]), (x[1200:], y[1200:]), loss_fn=cross_entropy, judge=(likeliest, ErrorRate()), epochs=3,
              precision=precision, seed=seed)  # type: ignore[arg-type]
    assert all(w.dtype == torch.float32 for w in run.model.state_dict().values())
    return run.best["dev_error"], run.best["dev_cost"]


def test_parity_bf16_learns_as_fp32_does(pictures: tuple[Tensor, Tensor]) -> None:
    """Authority: the same training in float32; the mean of three seeds, within the spread of seeds."""
    made = (torch.tensor([trained(pictures, p, seed) for seed in range(3)]) for p in ("bf16", "fp32"))
    (ours, cost), (theirs, other) = (found.T for found in made)
    assert (cost != other).all()  # it is something else that ran
    assert (ours.mean() - theirs.mean()).abs() <= 2 * max(ours.std(), theirs.std(), 0.01)


def test_parity_one_step_in_bf16(pictures: tuple[Tensor, Tensor]) -> None:
    """Authority: torch's autograd in float64. Five layers round inputs and weights to 8 bits, forwards and backwards."""
    x, y = pictures[0][:64], pictures[1][:64]
    model = LeNet5(generator=torch.Generator().manual_seed(0))
    exact = LeNet5(generator=torch.Generator().manual_seed(0)).double()
    expected = cross_entropy(exact(x.double()), y)
    expected.backward()
    step = Step(model, torch.optim.SGD(model.parameters(), lr=1e-30), cross_entropy,
                cast=precision.casting("bf16", torch.device("cpu")))
    cost, _ = step([(x, y)])
    assert cost == pytest.approx(expected.item(), rel=2e-2) and cost != pytest.approx(expected.item(), rel=1e-6)
    for w, v in zip(model.parameters(), exact.parameters(), strict=True):
        assert w.grad is not None and v.grad is not None and w.grad.dtype == torch.float32
        assert (w.grad - v.grad).norm() <= 4 * 5 * 2**-8 * v.grad.norm()


class Slow(nn.Module):
    """A filter whose time is told by its layout and number type, not by a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.conv(x)
        last = self.conv.weight.is_contiguous(memory_format=torch.channels_last)
        assert x.is_contiguous() or last
        NOW[0] += COSTS["bf16" if z.dtype == torch.bfloat16 else "fp32", last]
        return z.float().flatten(1) * (OFF[0] if z.dtype == torch.bfloat16 else 1)


NOW, OFF = [0.0], [1.0]
COSTS: dict[tuple[str, bool], float] = {}


def measured(
    monkeypatch: pytest.MonkeyPatch, costs: tuple[float, float, float, float], *, units: bool = True, off: float = 1.0,
    **given: object,
) -> ComputeFormat:
    """What is chosen where a step takes these times: fp32 first and last, bf16 first and last."""
    keys = [(p, last) for p in ("fp32", "bf16") for last in (False, True)]
    COSTS.update(zip(keys, costs, strict=True))
    NOW[0], OFF[0] = 0.0, off
    monkeypatch.setattr(precision.time, "process_time", lambda: NOW[0])
    monkeypatch.setattr(precision, "has_bf16_units", lambda device: units)
    x = torch.randn(8, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    return fastest_format(Slow(), (x, torch.zeros(8, dtype=torch.int64)), cross_entropy, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ((4.0, 3.0, 2.0, 1.0), ComputeFormat("bf16", "channels_last", 4.0)),
        ((4.0, 3.0, 1.0, 2.0), ComputeFormat("bf16", "contiguous", 4.0)),
        ((4.0, 2.0, 2.0, 1.9), ComputeFormat("fp32", "channels_last", 2.0)),  # fewer digits for 5 % are not worth it
        ((4.0, 5.0, 6.0, 7.0), ComputeFormat("fp32", "contiguous", 1.0)),
    ],
)
def test_the_fastest_is_chosen(
    monkeypatch: pytest.MonkeyPatch, costs: tuple[float, float, float, float], expected: ComputeFormat
) -> None:
    assert measured(monkeypatch, costs) == expected


def test_what_is_given_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = (4.0, 3.0, 2.0, 1.0)
    assert measured(monkeypatch, costs, precision="fp32") == ComputeFormat("fp32", "channels_last", 1.33)
    assert measured(monkeypatch, costs, memory_format="contiguous") == ComputeFormat("bf16", "contiguous", 2.0)
    assert measured(monkeypatch, costs, precision="fp32", memory_format="contiguous") == ComputeFormat("fp32", "contiguous")
    assert NOW[0] == 0.0


def test_without_units_bf16_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measured(monkeypatch, (4.0, 3.0, 2.0, 1.0), units=False) == ComputeFormat("fp32", "channels_last", 1.33)


@pytest.mark.parametrize("off", [1000.0, torch.inf])
def test_a_cost_that_comes_out_as_another_rules_it_out(monkeypatch: pytest.MonkeyPatch, off: float) -> None:
    assert measured(monkeypatch, (4.0, 3.0, 2.0, 1.0), off=off) == ComputeFormat("fp32", "channels_last", 1.33)


class Viewing(nn.Module):
    """As most tutorials have it: `view` after a convolution, which channels last does not allow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.z = nn.Conv2d(3, 4, 3), nn.Linear(64, 2)

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.z(self.conv(x).view(len(x), -1))
        return z


def test_what_the_model_cannot_run_in_is_no_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "has_bf16_units", lambda device: False)
    batch = torch.randn(8, 3, 6, 6), torch.zeros(8, dtype=torch.int64)
    for x in (batch[0], batch[0].to(memory_format=torch.channels_last)):  # as some augmentations leave it
        assert fastest_format(Viewing(), (x, batch[1]), cross_entropy) == ComputeFormat("fp32", "contiguous")
        assert precision.usual_format(Viewing(), (x, batch[1]), cross_entropy, precision="bf16") == ComputeFormat("bf16", "contiguous")
    assert precision.usual_format(Slow(), batch, cross_entropy, precision="fp32").memory_format == "channels_last"
    broken = Viewing()
    broken.z = nn.Linear(65, 2)
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes"):  # in every layout: its own error
        fastest_format(broken, batch, cross_entropy)


def test_nothing_is_changed_by_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    model, generator = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten()), torch.get_rng_state()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    form = fastest_format(model, (torch.randn(4, 1, 5, 5), torch.zeros(4, dtype=torch.int64)), cross_entropy)
    after = torch.get_rng_state()
    assert form.precision in ("fp32", "bf16")
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(w.grad is None for w in model.parameters())
    torch.set_rng_state(generator)
    torch.randn(4, 1, 5, 5)
    assert torch.equal(torch.get_rng_state(), after)


def test_in_words() -> None:
    assert str(ComputeFormat("bf16", "channels_last", 2.345)) == "bf16, channels last: 2.3 times as fast as fp32 with channels first here"
    assert str(ComputeFormat("fp32", "contiguous", 1.0)) == str(ComputeFormat()) == "fp32, channels first"


def test_channels_first_of_one_channel_too() -> None:
    """A tensor of one channel is contiguous in both layouts, and kernels go by its strides."""
    x = torch.randn(2, 5, 6, 1).movedim(-1, 1)
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert contiguous((x, None))[0].stride() == (30, 30, 6, 1)


def test_resume_in_another_precision_is_refused(tmp_path: Path, pictures: tuple[Tensor, Tensor]) -> None:
    x, y = pictures[0][:64], pictures[1][:64]

    def go(precision: str, **more: object) -> None:
        fit(LeNet5(), (x, y), (x, y), loss_fn=cross_entropy, run=run, precision=precision, **more)  # type: ignore[arg-type]

    run = RunFolder.create(tmp_path / "run")
    go("bf16", epochs=1)
    with pytest.raises(InputError, match="precision: the checkpoint was trained with another; resume with the same"):
        go("fp32", epochs=2, resume=True)
    go("bf16", epochs=2, resume=True)


def test_another_precision_is_unknown(pictures: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(InputError, match="precision"):
        fit(LeNet5(), pictures, pictures, loss_fn=cross_entropy, precision="fp16")  # type: ignore[arg-type]


def test_compile_is_offered(monkeypatch: pytest.MonkeyPatch, pictures: tuple[Tensor, Tensor]) -> None:
    """Only the forward of a training step goes through it; its weights are the model's own."""
    x, y = pictures[0][:64], pictures[1][:64]
    steps: list[int] = []

    def compiled(model: nn.Module) -> Callable[[Tensor], Tensor]:
        def forward(x: Tensor) -> Tensor:
            steps.append(len(x))
            return model(x)  # type: ignore[no-any-return]
        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    plain, made = (fit(LeNet5(generator=torch.Generator().manual_seed(0)), (x, y), (x, y), loss_fn=cross_entropy, epochs=2,
                       batch_size=48, compile=on) for on in (False, True))
    assert steps == [48, 16] * 2
    assert all(torch.equal(w, made.model.state_dict()[name]) for name, w in plain.model.state_dict().items())


@pytest.mark.parity
def test_parity_torch_compiles_it(pictures: tuple[Tensor, Tensor]) -> None:
    """Authority: the same training without; the last digits differ, as sums are taken in another order."""
    x, y = pictures[0][:256], pictures[1][:256]
    plain, made = (fit(LeNet5(generator=torch.Generator().manual_seed(0)), (x, y), (x, y), loss_fn=cross_entropy, epochs=2,
                       compile=on) for on in (False, True))
    for row, other in zip(plain.history, made.history, strict=True):
        assert other["cost"] == pytest.approx(row["cost"], rel=1e-3)
