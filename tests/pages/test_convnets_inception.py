"""Inception: its figures' counts are the paper's and torch's, and the gradients add up as automatic differentiation says."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.pages.seeing import drawn, marks
from wengu.data import load
from wengu.functions import cross_entropy
from wengu.pages import figure_of
from wengu.pages.convnets.inception_counts import channels_into, gradients
from wengu.pages.convnets.pictures import all_pictures, picture
from wengu.vision.convnets import GoogLeNet
from wengu.vision.convnets.googlenet import FILTERS, Inception, with_side_branches

PAGE = "convnets/inception"
# Szegedy et al. 2014, table 1: what goes in, the six columns of filters, what comes out
TABLE = {"3a": (192, 28, 64, 96, 128, 16, 32, 32, 256), "4e": (528, 14, 256, 160, 320, 32, 128, 128, 832),
         "5b": (832, 7, 384, 192, 384, 48, 128, 128, 1024)}


@pytest.mark.parametrize("block", TABLE)
def test_a_block_is_that_of_the_papers_table(block):
    n_in, n, *filters, out = TABLE[block]
    made = drawn(PAGE, "branches", block=block)
    labels = [item["label"] for item in marks(made, "boxes")[0]["items"]]
    one, before3, three, before5, five, pooled = filters
    assert labels == [
        str(n_in), f"1 × 1, {one}", f"1 × 1, {before3}", f"3 × 3, {three}", f"1 × 1, {before5}",
        f"5 × 5, {five}", "pool 3 × 3", f"1 × 1, {pooled}", str(out)]
    assert marks(made, "boxes")[0]["links"] == [[0, 1], [0, 2], [2, 3], [0, 4], [4, 5], [0, 6], [6, 7],
                                                [1, 8], [3, 8], [5, 8], [7, 8]]
    net = Inception(n_in, FILTERS[block])
    values = figure_of(PAGE, "branches")(block=block).values
    with FlopCounterMode(display=False) as counter:
        assert net(torch.zeros(1, n_in, n, n)).shape == (1, out, n, n)
    assert values["work"] == counter.get_total_flops() // 2
    assert values["learned"] == sum(p.numel() for p in net.parameters())


def test_without_1_by_1_the_pool_passes_everything_on():
    values = figure_of(PAGE, "branches")(block="4b", before="without").values
    assert values["joined"] == 160 + 224 + 64 + 512 and channels_into("4b") == 512
    straight = [nn.Conv2d(512, 160, 1), nn.Conv2d(512, 224, 3, padding=1), nn.Conv2d(512, 64, 5, padding=2)]
    assert values["learned"] == sum(p.numel() for net in straight for p in net.parameters())


def test_the_network_has_all_its_parameters_and_each_shape():
    net = GoogLeNet(side_branches=False)
    made, values = drawn(PAGE, "network"), figure_of(PAGE, "network")().values
    assert values["total"] == sum(p.numel() for p in net.parameters()) == 6_998_552
    by_name = {row[0].removesuffix(" ◁"): row for row in made["rows"]}
    for name, block in net.inception.items():
        assert by_name[name][2] == f"{sum(p.numel() for p in block.parameters()):,}"
    assert by_name["5b"][1] == "7 × 7 × 1,024" and by_name["average"][1] == "1 × 1 × 1,024"
    assert sum(int(row[2].replace(",", "")) for row in made["rows"]) == values["total"]


@pytest.mark.parametrize("step", [1, 9, 18])
def test_each_step_frames_its_stage(step):
    made = drawn(PAGE, "network", step=step)
    (frame,), items = (mark["items"] for mark in marks(made, "boxes"))
    assert (frame["x"] + 0.22, frame["y"] + 0.22) == pytest.approx((items[step]["x"], items[step]["y"]))
    assert items[step]["label"].lower() in made["say"].lower() and len(items) == 19


def test_pictures_come_with_their_classes():
    x, y = all_pictures()
    assert torch.equal(x[3, 0], picture("boot"))
    assert [load("sample").classes[k] for k in y] == ["Bag", "T-shirt/top", "Trouser", "Ankle boot"]


def test_gradients_are_those_of_the_whole_cost():
    """For a weight of 0.7: of J itself, by automatic differentiation."""
    net = GoogLeNet(10, channels=1, size=28, dropout=0.0, generator=torch.Generator().manual_seed(0)).train()
    for branch in net.sides.values():
        branch.dropout.eval()
    x, y = all_pictures()
    J = with_side_branches(cross_entropy, 0.7)(net(nn.functional.avg_pool2d(x.float(), 2)), y)
    J.backward()
    shown = marks(drawn(PAGE, "sides", weight=0.7), "line")[1]["y"]
    for k, part in enumerate((net.stem, *net.inception.values())):
        g = torch.cat([p.grad.flatten() for p in part.parameters() if p.dim() > 1])
        assert shown[k] == pytest.approx(g.square().mean().sqrt().item(), rel=1e-3)
    assert [b > 0 for _, _, b in gradients(1.0).values()] == [True] * 7 + [False] * 3
