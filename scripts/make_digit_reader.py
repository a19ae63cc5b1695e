"""Trains the LeNet-5 that reads digits on its page of the handbook, on MNIST's 60,000 training pictures.

    python scripts/make_digit_reader.py            writes src/wengu/pages/convnets/lenet5.safetensors, some minutes
    python scripts/make_digit_reader.py --check    measures the weights that ship on the test pictures again

Every picture is moved anew each time it is seen: shifted by up to 2 pixels, turned by up to 12 degrees, 12 % larger or
smaller, since digits that readers draw vary more than MNIST's. The weights ship as float16, and the test error beside
them, in the file's header, is theirs. The pictures do not ship.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from wengu.data import load
from wengu.optimization import Adam
from wengu.vision.convnets import LeNet5

WEIGHTS = Path(__file__).parents[1] / "src" / "wengu" / "pages" / "convnets" / "lenet5.safetensors"
SEED, EPOCHS, BATCH, LR = 0, 12, 128, 2e-3
SHIFT, TURN, ZOOM = 2 / 14, math.radians(12), 0.12  # a picture is 2 wide where it is moved


def moved(x: Tensor, generator: torch.Generator) -> Tensor:
    """Each picture shifted, turned and scaled by chance."""
    across, down, turn, zoom = 2 * torch.rand(4, len(x), generator=generator) - 1
    cos, sin = (f(TURN * turn) / (1 + ZOOM * zoom) for f in (torch.cos, torch.sin))
    to = torch.stack([cos, -sin, SHIFT * across, sin, cos, SHIFT * down], 1).view(-1, 2, 3)
    return nn.functional.grid_sample(x, nn.functional.affine_grid(to, list(x.shape), align_corners=False),
                                     align_corners=False)


def trained(x: Tensor, y: Tensor) -> LeNet5:
    """By Adam, whose α falls along half a cosine."""
    generator = torch.Generator().manual_seed(SEED)
    net = LeNet5(generator=generator)
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
def wrong(net: LeNet5, x: Tensor, y: Tensor) -> int:
    """How many are taken for another digit."""
    guesses = torch.cat([net(part).argmax(dim=1) for part in x.split(1000)])
    return int((guesses != y).sum())


def main() -> int:
    torch.set_num_threads(1)
    mnist = load("mnist")
    x, y = torch.from_numpy(mnist.pixels).float() / 255, torch.from_numpy(mnist.labels).long()
    training, test = (torch.from_numpy(mnist.set_of == name) for name in ("train", "test"))
    net = LeNet5().eval()
    if "--check" in sys.argv[1:]:
        net.load_state_dict(load_file(WEIGHTS))
        with safe_open(WEIGHTS, "pt") as ships:
            told = int(ships.metadata()["wrong"])
        found = wrong(net, x[test], y[test])
        print(f"{found} of {int(test.sum()):,} test pictures wrong, {told} in the header")
        return int(abs(found - told) > 2)  # machines round differently
    start = time.perf_counter()
    half = {name: value.half() for name, value in trained(x[training], y[training]).state_dict().items()}
    seconds = time.perf_counter() - start
    net.load_state_dict(half)
    found = wrong(net, x[test], y[test])
    save_file(half, WEIGHTS, {"data": "mnist", "trained": str(int(training.sum())), "test": str(int(test.sum())),
                              "wrong": str(found), "epochs": str(EPOCHS), "seed": str(SEED)})
    print(f"{found} of {int(test.sum()):,} test pictures wrong; {seconds:.0f} s, {WEIGHTS.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
