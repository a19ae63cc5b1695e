"""The page on ResNet: its block, gradients and counts are those of torch, its curves those of the study."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages.convnets import resnet
from wengu.vision import convnets
from wengu.vision.convnets.resnet import Residual


def test_a_fresh_block_gives_on_what_comes_in() -> None:
    a = torch.rand(2, 8, 6, 6)
    torch.testing.assert_close(Residual(8, 8)(a), a)


@pytest.mark.parametrize(("kind", "given"), [
    ("same", {"n_in": 64, "filters": 64}), ("smaller", {"n_in": 64, "filters": 128, "stride": 2}),
    ("bottleneck", {"n_in": 256, "filters": 64, "bottleneck": True})])
def test_the_block_drawn_is_the_block_counted(kind, given) -> None:
    made, block = drawn("convnets/resnet", "block", kind=kind), Residual(**given)
    assert numbers(made["say"])[0] == sum(p.numel() for p in block.parameters())
    shape = tuple(block(torch.zeros(1, given["n_in"], 56, 56)).shape[1:])
    end = next(item for item in marks(made, "boxes")[0]["items"] if item["label"].startswith("g("))
    assert end["sub"] == f"{shape[1]} × {shape[2]} × {shape[0]}"
    assert (end["label"] == "g(z + a)") == isinstance(block.shortcut, torch.nn.Identity)


def test_gradients_are_those_of_hooks_on_the_whole_network() -> None:
    from wengu.data import load

    sample = load("sample")
    net = convnets.ResNet20(10, channels=1, shortcut="none", width=0.25, generator=torch.Generator().manual_seed(0))
    found: list[float] = []
    for stage in net.stages:
        for block in stage:
            block.register_full_backward_hook(lambda _, into, __: found.append(into[0].norm().item()))
    x, y = torch.from_numpy(sample.pixels[:8] / 255.0).float(), torch.from_numpy(sample.labels[:8]).long()
    torch.nn.functional.cross_entropy(net(x), y).backward()
    shown = marks(drawn("convnets/resnet", "gradient", depth="20"), "line")[0]["y"]
    assert shown == pytest.approx(found[::-1], rel=1e-3)


def test_residual_gradients_are_held_near_one_size_and_plain_ones_are_not() -> None:
    plain, residual = numbers(drawn("convnets/resnet", "gradient", depth="56")["say"])
    assert plain > 1000 and residual < 10


def test_curves_are_those_of_the_study() -> None:
    study = json.loads((Path(__file__).parents[2] / "studies" / "plain_and_residual.json").read_text(encoding="utf-8"))
    assert json.loads(resnet.STUDY.read_text(encoding="utf-8")) == study["summary"], "copy the study's summary"
    made = drawn("convnets/resnet", "trained")
    for mark, name in zip(marks(made, "line"), ("plain-20", "plain-56", "residual-20", "residual-56"), strict=True):
        result = study["cells"][f"{name}-0"]["result"]["error"]
        assert mark["y"] == pytest.approx([100 * error for error in result]) and len(result) == resnet.EPOCHS


@pytest.mark.parametrize(("depth", "parameters"), [
    ("18", 11_689_512), ("34", 21_797_672), ("50", 25_557_032), ("101", 44_549_160), ("152", 60_192_808)])
def test_the_five_counts(depth, parameters) -> None:
    made = drawn("convnets/resnet", "network", depth=depth)
    assert numbers(made["say"])[1] == parameters
    assert sum(int(row[2].replace(",", "")) for row in made["rows"]) == parameters
    assert made["rows"][-2][1].startswith("7 × 7 × ")


@pytest.mark.parametrize(("depth", "n", "millions"), [
    ("20", 3, "0.27"), ("32", 5, "0.46"), ("44", 7, "0.66"), ("56", 9, "0.85"), ("110", 18, "1.7")])
def test_the_counts_of_small_pictures_are_those_of_the_papers_table_6(depth, n, millions) -> None:
    made = drawn("convnets/resnet", "family", depth=depth)
    parameters = int(numbers(made["say"])[1])
    assert f"{parameters / 1e6:.{len(millions) - 2}f}" == millions
    assert f"{parameters:,}" == resnet.counts.values()[f"resnet{depth}"]
    assert sum(int(row[2].replace(",", "")) for row in made["rows"]) == parameters
    assert [row[:2] for row in made["rows"][1:4]] == [
        [f"16 · {n}", "32 × 32 × 16"], [f"32 · {n}", "16 × 16 × 32"], [f"64 · {n}", "8 × 8 × 64"]]
    assert 6 * n + 2 == int(depth)
