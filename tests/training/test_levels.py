"""Which layers are frozen and trained together: a layer of a plain chain, or a block with all that is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from wengu.core.run_folder import RunFolder
from wengu.functions import cross_entropy
from wengu.layers import BatchNorm, InputNormalisation
from wengu.layers.summary import numbered_layers
from wengu.optimization import Adam, weight_decay_groups
from wengu.training import Silent, UnfreezeSchedule, fit, load_checkpoint, schedule_of_run
from wengu.training.levels import in_words, levels_of
from wengu.training.unfreezing import planned
from wengu.vision import convnets


class Block(nn.Module):
    """A residual block of one's own."""

    def __init__(self, n: int = 4) -> None:
        super().__init__()
        self.a, self.norm, self.b = nn.Linear(n, n), nn.BatchNorm1d(n), nn.Linear(n, n)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.b(torch.relu(self.norm(self.a(x))))


class Stage(nn.Module):
    """Blocks behind a forward of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.blocks = nn.Linear(4, 4), nn.ModuleList(Block() for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        x = self.down(x)
        for block in self.blocks:
            x = block(x)
        return x


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1, 4))
        self.stem, self.stage, self.block = nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4)), Stage(), Block()
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.block(self.stage(self.stem(x + self.place))))


def names(model: nn.Module, *heads: str) -> list[str]:
    return [level.name for level in levels_of(model, heads)]


@pytest.mark.parametrize(("name", "blocks", "first", "last"), [  # blocks as the papers' tables count them, stem and last
    ("LeNet5", 5, "1.c1", "1.output"), ("VGG16", 16, "1.stages.0.0", "1.head.output"), ("AlexNet", 8, "1.conv1", "1.output"),
    ("MobileNetV2", 1 + 17 + 2, "1.stem", "1.output"), ("ResNet18", 1 + 8 + 1, "1.stem", "1.output"),
    ("ResNet50", 1 + 16 + 1, "1.stem", "1.output"), ("ResNet20", 1 + 9 + 1, "1.stem", "1.output"),
    ("SqueezeNet", 1 + 8 + 1, "1.stem", "1.output"), ("GoogLeNet", 3 + 9 + 2 + 1, "1.stem.0", "1.output"),
])  # fmt: skip
def test_blocks_of_the_published_networks(name: str, blocks: int, first: str, last: str) -> None:
    with torch.device("meta"):
        model = nn.Sequential(InputNormalisation(3), getattr(convnets, name)())
    levels = levels_of(model)
    assert (len(levels), levels[0].name, levels[-1].name) == (blocks, first, last)
    assert [layer for level in levels for layer in level.layers] == list(numbered_layers(model))


def test_ones_own_network_needs_no_list() -> None:
    levels = levels_of(Net())
    assert [level.name for level in levels] == ["stem", "stage.down", "stage.blocks.0", "stage.blocks.1", "block", "head"]
    assert list(levels[0].layers) == ["", "stem.0", "stem.1"]  # what the network holds itself belongs to its lowest level
    assert list(levels[4].layers) == ["block.a", "block.norm", "block.b"]


def test_a_chain_of_blocks_alone_and_a_network_in_another() -> None:
    assert names(nn.Sequential(nn.Linear(4, 4), Block(), Block(), nn.Linear(4, 2))) == ["0", "1", "2", "3"]
    wrapped = nn.ModuleDict({"net": Net()})
    assert names(wrapped) == [f"net.{name}" for name in names(Net())]
    with_head = nn.Sequential(Net(), nn.Linear(2, 2))
    assert names(with_head, "1")[-2:] == ["0.head", "1"]
    assert names(nn.Sequential(nn.Embedding(9, 8), nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 3), nn.Linear(8, 2))) == [
        "0", "1.layers.0", "1.layers.1", "1.layers.2", "2"]


def test_a_normalisation_goes_with_the_layer_below_and_at_the_bottom_with_the_one_above() -> None:
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    assert [list(level.layers) for level in levels_of(model)] == [["0", "1", "2"], ["4"]]
    assert names(nn.BatchNorm1d(3)) == [""] and names(nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))) == [""]


def test_names_that_count_on_are_said_by_the_first_and_the_last() -> None:
    assert in_words(["b.0", "b.1", "b.3", "b.4", "b.5", "x"]) == "b.0, b.1, b.3 … b.5, x"
    assert in_words(["block-9", "block-10", "block-11"]) == "block-9 … block-11"


@pytest.mark.parametrize(("freeze", "training", "sentence"), [
    ("all-but-last", ["head"], "frozen, as was asked: 5 of 6 blocks"),
    ("all-but-3", ["stage.blocks.1", "block", "head"], "frozen, as was asked: 3 of 6 blocks"),
    ("all-but-6", ["place", "stem", "stage.down", "stage.blocks.0", "stage.blocks.1", "block", "head"], "frozen, as was asked: 0 of 6 blocks"),
    (5, ["head"], "frozen, as was asked: 5 of 6 blocks"),
])
def test_the_last_blocks_train_whole(freeze: str | int, training: list[str], sentence: str) -> None:
    model = Net()
    plan, why = planned(model, freeze, examples=99, classes=2)
    plan.at(1)
    assert why == sentence
    assert all(w.requires_grad == any(name == t or name.startswith(f"{t}.") for t in training) for name, w in model.named_parameters())


def test_each_epoch_unfreezes_one_block_more_with_an_alpha_2_6_smaller() -> None:
    model = Net()
    plan, _ = planned(model, "auto", examples=100, classes=2)
    free = []
    for epoch in range(1, 7):
        plan.at(epoch)
        free.append({name.partition(".")[0] for name, w in model.named_parameters() if w.requires_grad})
    assert free[:2] == [{"head"}, {"head", "block"}] and free[4] == {"head", "block", "stage"} and "place" in free[5]
    rate = {id(w): group["lr"] for group in plan.groups(weight_decay_groups(model), lr=0.26) for w in group["params"]}
    assert {rate[id(w)] for w in model.block.parameters()} == {0.26 / 2.6}
    assert {rate[id(w)] for w in model.stem.parameters()} == {0.26 / 2.6**4}


def test_a_run_from_before_blocks_goes_on_by_layers() -> None:
    model = Net()
    done: dict[str, Any] = {"frozen": ["", "stem.0", "stem.1", "stage.down"], "gradual": True, "ratio": 2.6}
    plan = schedule_of_run(model, done)
    assert plan.unit == "layer" and [level.name for level in plan.levels] == list(numbered_layers(model))
    plan.at(2)
    assert [name for name, w in model.named_parameters() if w.requires_grad] == ["block.b.weight", "block.b.bias", "head.weight", "head.bias"]


@pytest.mark.parametrize("norm", [nn.BatchNorm2d, BatchNorm])
def test_batch_norm_of_frozen_blocks_stays_and_what_they_give_is_computed_once(norm: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)

    class Conv(nn.Module):
        def __init__(self, n: int) -> None:
            super().__init__()
            self.conv, self.norm, self.out = nn.Conv2d(n, 4, 3, padding=1), norm(4), nn.Conv2d(4, 4, 1)

        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(self.out(self.norm(self.conv(x))))

    def go(keep: bool, epochs: int = 3) -> tuple[dict[str, Tensor], int]:
        torch.manual_seed(1)
        model = nn.Sequential(*(Conv(n) for n in (3, 4, 4)), nn.Flatten(), nn.Linear(4 * 36, 2))
        seen: list[int] = []
        model[0].register_forward_hook(lambda module, inputs, out: seen.append(len(out)))
        plan = UnfreezeSchedule(model, planned(model, "all-but-2", examples=9, classes=2)[0].frozen)
        plan.at(1)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        run = RunFolder.create(tmp_path / f"{keep}{epochs}")
        fit(model, (x, y), (x, y), loss_fn=cross_entropy, epochs=epochs, batch_size=8, run=run, patience=99, unfreeze=plan.at,
            optimizer=Adam(model.parameters(), lr=0.01), keep_features=keep, watcher=Silent())
        after = load_checkpoint(run.path / "checkpoints", 3 * epochs)[0]
        for name, value in before.items():
            assert torch.equal(value, after[name]) is name.startswith(("0.", "1.")), name
        return after, sum(seen)

    x, y = torch.rand(24, 3, 6, 6), torch.arange(24) % 2
    (kept, few), (each, many) = go(True), go(False)
    assert all(torch.equal(kept[name], each[name]) for name in kept)
    assert go(False, 5)[1] - many == 2 * (24 + 24) and go(True, 5)[1] == few  # longer training runs them no more
