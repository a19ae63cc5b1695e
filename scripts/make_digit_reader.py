"""Trains the networks that read digits on the handbook's pages, on MNIST's 60,000 training pictures.

    python scripts/make_digit_reader.py [lenet5|averaging]    writes NAME.safetensors in src/wengu/pages/convnets
    python scripts/make_digit_reader.py [NAME] --check        measures the weights that ship on the test pictures again

lenet5 is LeNet-5; averaging averages over the places, so that it has class activation maps. Some minutes each.

Every picture is moved anew each time it is seen: shifted by up to 2 pixels, turned by up to 12 degrees, 12 % larger or
smaller, since digits that readers draw vary more than MNIST's. The weights ship as float16, and the test error beside
them, in the file's header, is theirs. The pictures do not ship.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from wengu.data import load
from wengu.optimization import Adam
from wengu.pages.convnets.averaging import averaging
from wengu.vision.convnets import LeNet5

WEIGHTS = Path(__file__).parents[1] / "src" / "wengu" / "pages" / "convnets"
NETWORKS: dict[str, Callable[..., nn.Module]] = {"lenet5": LeNet5, "averaging": averaging}
SEED, EPOCHS, BATCH, LR = 0, 12, 128, 2e-3
SHIFT, TURN, ZOOM = 2 / 14, math.radians(12), 0.12  # a picture is 2 wide where it is moved


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture shifted, turned and scaled by chance."""
    across, down, turn, zoom = 2 * torch.rand(4, len(x), generator=generator) - 1
    cos, sin = (f(TURN * turn) / (1 + ZOOM * zoom) for f in (torch.cos, torch.sin))
    to = torch.stack([cos, -sin, SHIFT * across, sin, cos, SHIFT * down], 1).view(-1, 2, 3)
    return nn.functional.grid_sample(x, nn.functional.affine_grid(to, list(x.shape), align_corners=False),
                                     align_corners=False)


def trained(name: str, x: Tensor, y: Tensor) -> nn.Module:
    """By Adam, whose α falls along half a cosine."""
    generator = torch.Generator().manual_seed(SEED)
    net = NETWORKS[name](generator=generator)
    optimizer = Adam(net.parameters(), lr=LR)
    steps = EPOCHS * (len(x) // BATCH)
    taken = 0
    for epoch in range(EPOCHS):
        for batch in torch.randperm(len(x), generator=generator).split(BATCH):
            if len(batch) < BATCH:
                continue
            for group in optimizer.param_groups:
                group["lr"] = LR * (1 + math.cos(math.pi * taken / steps)) / 2
            cost = nn.functional.cross_entropy(net(moved(x[batch], generator)), y[batch])
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            taken += 1
        print(f"epoch {epoch + 1}: cost of the last batch {cost.item():.4f}", flush=True)
    return net.eval()


@torch.no_grad()
def wrong(net: nn.Module, x: Tensor, y: Tensor) -> int:
    """How many are taken for another digit."""
    guesses = torch.cat([net(part).argmax(dim=1) for part in x.split(1000)])
    return int((guesses != y).sum())


def main() -> int:
    torch.set_num_threads(1)
    mnist = load("mnist")
    x, y = torch.from_numpy(mnist.pixels).float() / 255, torch.from_numpy(mnist.labels).long()
    training, test = (torch.from_numpy(mnist.set_of == name) for name in ("train", "test"))
    name = next((one for one in sys.argv[1:] if one in NETWORKS), "lenet5")
    net, file = NETWORKS[name]().eval(), WEIGHTS / f"{name}.safetensors"
    if "--check" in sys.argv[1:]:
        net.load_state_dict(load_file(file))
        with safe_open(file, "pt") as ships:
            told = int(ships.metadata()["wrong"])
        found = wrong(net, x[test], y[test])
        print(f"{found} of {int(test.sum()):,} test pictures wrong, {told} in the header")
        return int(abs(found - told) > 2)  # machines round differently
    start = time.perf_counter()
    half = {key: value.half() for key, value in trained(name, x[training], y[training]).state_dict().items()}
    seconds = time.perf_counter() - start
    net.load_state_dict(half)
    found = wrong(net, x[test], y[test])
    save_file(half, file, {"data": "mnist", "trained": str(int(training.sum())), "test": str(int(test.sum())),
                              "wrong": str(found), "epochs": str(EPOCHS), "seed": str(SEED)})
    print(f"{found} of {int(test.sum()):,} test pictures wrong; {seconds:.0f} s, {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
