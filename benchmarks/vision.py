"""ResNet-18 at 32 and 224 pixels: training and prediction beside the usual PyTorch script of the same network.

Defaults against defaults: the script keeps float32 and channels first and runs eagerly; ours trains as `wengu fit` does
and predicts as `wengu predict` does, in the format that it measures. Best against best: the script, too, keeps channels
last, has the fused Adam, bfloat16 where the processor has units for it, and its batch norms folded by torch's own tool;
without bfloat16 both are held to float32. Both begin with the same weights and the bytes of the same pictures; at 32
pixels the stem is the small one. What ours measures once before a training, its format, is not timed. On one thread.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from benchmarks.agreement import same_probabilities, same_steps, settle
from benchmarks.race import Row, race
from wengu.core.batches import in_memory
from wengu.data import load
from wengu.data.picture_decode import fit as scaled
from wengu.layers import InputNormalisation
from wengu.recipes.task import NewInputs, Restored, classes_of
from wengu.running import LoadedModel
from wengu.training import ComputeFormat, fastest_format, fit, in_memory_format
from wengu.training.precision import Precision, casting, has_bf16_units
from wengu.vision.convnets import ResNet18
from wengu.vision.convnets.published import from_published

CPU = torch.device("cpu")
UNITS = has_bf16_units(CPU)
PEER = f"the usual script, torch {torch.__version__}"
MEAN, STD = 0.4, 0.3
Pair = tuple[Tensor, Tensor]
Trained = tuple[nn.Module, float]  # and its mean cost


def races() -> Iterator[Row]:
    """Training and prediction at both sizes."""
    torch.set_num_threads(1)
    for size, batch, steps, many in ((32, 128, 1, 256), (224, 16, 3, 64)):
        some = pictures(size, max(many, batch * steps))
        yield from _training(size, batch, steps, some)
        yield from _prediction(size, many, batch, some)


def settings() -> Iterator[tuple[str, Precision | None, float, float]]:
    """What is raced, ours in which precision (None: what it chooses), and the targets of training and prediction."""
    if UNITS:
        yield "defaults, bf16 where faster, peer's float32", None, 2.0, 3.0
        yield "best, bf16", "bf16", 1.0, 1.0
    else:
        yield "defaults, float32: the processor has no bf16 units", None, 1.0, 1.0
    yield "best, float32", "fp32", 1.0, 1.0


# --- training ---------------------------------------------------------------------------------------------------------
def _training(size: int, batch: int, steps: int, some: Pair) -> Iterator[Row]:
    train = some[0][:steps * batch], some[1][:steps * batch]
    measured = fastest_format(networks(size)[0], (train[0][:batch], train[1][:batch]), nn.functional.cross_entropy)
    for setting, precision, target, _ in settings():
        form = measured if precision is None else ComputeFormat(precision, "channels_last")

        def ours(form: ComputeFormat = form) -> Trained:
            return with_fit(networks(size)[0], train, batch, form)

        def theirs(precision: Precision | None = precision) -> Trained:
            return script(networks(size)[1], train, batch, precision)

        yield race(
            work=f"ResNet-18, {size} × {size}, training, {steps} × {batch} pictures", setting=setting, ours=ours,
            peer=theirs, peer_name=PEER, target=target, rounds=5, quality=partial(same_training, size),
        )


def with_fit(model: nn.Module, train: Pair, batch: int, form: ComputeFormat, lr: float = 1e-3) -> Trained:
    """As `wengu fit` trains."""
    model = in_memory_format(model, form.memory_format)
    run = fit(model, train, (train[0][:4], train[1][:4]), loss_fn=nn.functional.cross_entropy, epochs=1, lr=lr,
              batch_size=batch, order=lambda epoch: torch.arange(len(train[0])).split(batch), precision=form.precision)
    return model, float(run.history[-1]["cost"])


def script(model: nn.Module, train: Pair, batch: int, precision: Precision | None) -> Trained:
    """What most people write, or with a precision what one writes who knows."""
    best = precision is not None
    model = in_memory_format(model, "channels_last" if best else "contiguous").train()
    layout = torch.channels_last if best else torch.contiguous_format
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=best or None)
    costs = []
    for index in torch.arange(len(train[0])).split(batch):
        x = normalised(train[0][index]).contiguous(memory_format=layout)
        optimizer.zero_grad()
        with casting(precision or "fp32", CPU)():
            cost = nn.functional.cross_entropy(model(x), train[1][index])
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    return model, float(np.mean(costs))


def same_training(size: int, ours: Trained, theirs: Trained) -> tuple[str, bool]:
    """Whether both took the same steps, with the costs for the reader."""
    words, good = same_steps(networks(size)[0], ours[0], _as_ours(size, theirs[0]))
    return f"cost {ours[1]:.3f}, peer's {theirs[1]:.3f}; {words}", good


# --- prediction -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Run:
    """What `wengu predict` asks of a run: what it was trained in."""

    precision: Precision

    def facts(self) -> dict[str, Any]:
        """As run.json has it."""
        return {"precision": self.precision}


def _prediction(size: int, many: int, batch: int, some: Pair) -> Iterator[Row]:
    x = some[0][:many]
    mine, usual = settled(size, x)
    chosen = fastest_format(mine, (x[:batch], some[1][:batch]), nn.functional.cross_entropy).precision
    few = 32 if size == 32 else 8  # what is fastest for the script that knows
    for setting, precision, _, target in settings():
        model = loaded(mine, x, chosen)
        best = None if precision is None else _best(usual, precision)

        def ours(model: LoadedModel = model, precision: Precision | None = precision) -> Any:
            return model.predict(x, precision=precision or "auto").probabilities

        def theirs(best: nn.Module | None = best, precision: Precision | None = precision) -> Any:
            if best is None:
                return predict_script(usual, map(normalised, x.split(128 if size == 32 else 32)))
            like = torch.bfloat16 if precision == "bf16" else torch.float32
            batches = (normalised(part).to(like, memory_format=torch.channels_last) for part in x.split(few))
            return predict_script(best, batches)

        yield race(
            work=f"ResNet-18, {size} × {size}, prediction of {many} pictures", setting=setting, ours=ours, peer=theirs,
            peer_name=PEER, target=target, rounds=5,
            quality=partial(same_probabilities, precision=precision or chosen),
        )


def loaded(net: nn.Module, x: Tensor, precision: Precision) -> LoadedModel:
    """As `wengu predict` has a network of these pictures."""
    restored = Restored(net, lambda x: NewInputs(tuple(map(str, range(len(x)))), in_memory((x, torch.zeros(len(x))))),
                        classes_of, tuple(map(str, range(10))), x[:1])
    return LoadedModel(Run(precision), restored)  # type: ignore[arg-type]


@torch.no_grad()
def predict_script(model: nn.Module, batches: Any) -> Any:
    """The probabilities of the classes."""
    return torch.cat([model(x).float().softmax(1) for x in batches]).double().numpy()


def _best(usual: nn.Module, precision: Precision) -> nn.Module:
    """Folded by torch.fx, channels last, all weights in the precision."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.fx.experimental.optimization import fuse

        made = in_memory_format(fuse(usual), "channels_last")
    return made.to(torch.bfloat16) if precision == "bf16" else made


# --- the network ------------------------------------------------------------------------------------------------------
class Block(nn.Module):
    """Two convolutions of 3 × 3 and what goes past them, under torchvision's names."""

    def __init__(self, n_in: int, n: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n_in, n, 3, stride, 1, bias=False), nn.BatchNorm2d(n)
        self.conv2, self.bn2 = nn.Conv2d(n, n, 3, 1, 1, bias=False), nn.BatchNorm2d(n)
        self.relu, self.downsample = nn.ReLU(inplace=True), None
        if stride > 1 or n_in != n:
            self.downsample = nn.Sequential(nn.Conv2d(n_in, n, 1, stride, bias=False), nn.BatchNorm2d(n))

    def forward(self, x: Tensor) -> Tensor:
        z = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(z + (x if self.downsample is None else self.downsample(x)))  # type: ignore[no-any-return]


class UsualResNet18(nn.Module):
    """ResNet-18 of torch's own layers, as torchvision has it; for 32 × 32 with the stem that everybody takes there."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False) if size == 32 else nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1, self.relu = nn.BatchNorm2d(64), nn.ReLU(inplace=True)
        self.maxpool = nn.Identity() if size == 32 else nn.MaxPool2d(3, 2, 1)
        widths = [64, 64, 128, 256, 512]
        for k, (n_in, n) in enumerate(itertools.pairwise(widths), 1):
            setattr(self, f"layer{k}", nn.Sequential(Block(n_in, n, 1 if k == 1 else 2), Block(n, n, 1)))
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for k in range(1, 5):
            x = getattr(self, f"layer{k}")(x)
        return self.fc(self.avgpool(x).flatten(1))  # type: ignore[no-any-return]


def networks(size: int) -> tuple[nn.Module, nn.Module]:
    """Ours and the usual one with the same weights."""
    torch.manual_seed(0)
    usual = UsualResNet18(size)
    return _as_ours(size, usual), usual


def settled(size: int, x: Tensor) -> tuple[nn.Module, nn.Module]:
    """The same two, which tell these pictures apart."""
    usual = networks(size)[1]
    settle(usual, normalised(x[:64]))
    return _as_ours(size, usual).eval(), usual


def _as_ours(size: int, usual: nn.Module) -> nn.Module:
    """Our network with the weights and averages of the usual one, behind the normalisation of its inputs."""
    body = ResNet18(10, size=size)
    body.load_state_dict(from_published(body, usual.state_dict()), strict=size != 32)
    if size == 32:  # a stem that nobody publishes
        body.stem.conv.load_state_dict(usual.get_submodule("conv1").state_dict())
        body.stem.norm.load_state_dict(usual.get_submodule("bn1").state_dict())
    normalisation = InputNormalisation(3)
    normalisation.mean.fill_(255 * MEAN), normalisation.std.fill_(255 * STD)
    return nn.Sequential(normalisation, body)


def pictures(size: int, many: int) -> Pair:
    """Of the sample that ships, enlarged, in three channels, bytes; and their classes."""
    pictures = load("sample")
    some = np.arange(many) * (len(pictures) // many)
    large = np.stack([np.repeat(scaled(Image.fromarray(one), (size, size))[None], 3, 0)
                      for one in pictures.pixels[some, 0]])
    return torch.from_numpy(large), torch.from_numpy(pictures.labels[some])


def normalised(pixels: Tensor) -> Tensor:
    """As ToTensor and Normalize do it."""
    return (pixels.float() / 255 - MEAN) / STD
