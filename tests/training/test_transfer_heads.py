"""Named heads are reinitialised and train first; what they stand on comes under its prefix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.training.transferring import source
from wengu.core.checks import InputError
from wengu.training import PretrainedWeights, UnfreezeSchedule, schedule_of_run, transfer


class TwoHeads(nn.Module):
    """A backbone under a prefix, and two heads, of which one has two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6), nn.Tanh())
        self.place, self.kind = nn.Linear(6, 2), nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 3))

    def forward(self, x: Tensor) -> Tensor:
        a = self.backbone(x)
        return torch.cat([self.place(a), self.kind(a)], dim=1)


def plain_backbone() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 6))


def test_heads_are_reinitialised_and_the_backbone_comes_under_its_prefix() -> None:
    model, learned = TwoHeads(), plain_backbone()
    kind = model.kind[0].weight.clone()
    done = transfer(model, PretrainedWeights(Path("a"), learned.state_dict()), examples=100, classes=(), heads=("place", "kind"),
                    freeze="all-but-last", renamed=lambda name: f"backbone.{name}")
    assert torch.equal(model.backbone[2].weight, learned[2].weight)
    assert done.reinitialised == ("place", "kind.0", "kind.2") and done.loaded == ("backbone.0", "backbone.2")
    assert not model.place.weight.any() and torch.equal(model.kind[0].weight, kind)  # zeros in two layers would stand still
    assert [w.requires_grad for w in model.parameters()] == [False] * 4 + [True] * 6
    assert done.plan.frozen == 2 and schedule_of_run(TwoHeads(), done.to_dict()).heads == ("place", "kind")


def test_the_heads_unfreeze_together_and_first() -> None:
    plan = UnfreezeSchedule(TwoHeads(), gradual=True, ratio=2.0, heads=("place", "kind"))
    for epoch, training in ((1, 6), (2, 8), (3, 10)):
        plan.at(epoch)
        assert sum(w.requires_grad for w in plan.model.parameters()) == training
    groups = plan.groups([{"params": list(plan.model.parameters())}], lr=1.0)
    assert [(group["lr"], len(group["params"])) for group in groups] == [(1.0, 6), (0.5, 2), (0.25, 2)]


def test_what_is_no_head_and_what_lacks_beside_the_heads_is_refused() -> None:
    learned = source(plain_backbone().state_dict())
    with pytest.raises(InputError, match="^heads: 'kinds' is unknown; did you mean kind"):
        transfer(TwoHeads(), learned, examples=9, classes=(), heads=("kinds",), renamed=lambda name: f"backbone.{name}")
    with pytest.raises(InputError, match=r"only kind may differ"):
        transfer(TwoHeads(), learned, examples=9, classes=(), heads=("kind",), renamed=lambda name: f"backbone.{name}")


class Heads(nn.Module):
    def __init__(self, boxes: int = 4) -> None:
        super().__init__()
        self.body, self.more, self.box, self.cls = nn.Linear(6, 5), nn.Linear(5, 5), nn.Linear(5, boxes), nn.Linear(5, 3)


def test_what_is_asked_of_heads_and_names_is_answered_by_what_was_wrong() -> None:
    there = {name: torch.ones_like(w) for name, w in Heads().state_dict().items()}
    for given, message in (
        ({"heads": "box"}, "heads: expected a tuple of names, got 'box'"),
        ({"heads": ("body", "more", "box", "cls")}, "heads: expected at least one layer outside them, to be loaded, got body, more, box, cls"),
        ({"heads": ("bx",)}, "heads: 'bx' is unknown; did you mean box?"),
        ({"renamed": lambda name: None}, "renamed: expected a name for body.weight, got None"),
        ({"renamed": lambda name: "body." + name.rpartition(".")[2]},
         "renamed: expected another name for every weight, got body.weight for both body.weight and more.weight"),
        ({"heads": ("cls",)}, "box.bias is 4, here 2; only cls may differ"),
        ({}, "box.bias is 4, here 2; only the last layer, cls, may differ"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            transfer(Heads(boxes=2), source(there), examples=60, **given)
    with pytest.raises(InputError, match="body.bias 5 is missing; only box, cls may differ"):
        transfer(Heads(), source({"more.weight": there["more.weight"], "more.bias": there["more.bias"], "body.weight": there["body.weight"]}), heads=("box", "cls"))


def test_heads_are_one_level_of_what_is_frozen() -> None:
    there = Heads().state_dict()
    done = transfer(Heads(), source(there), examples=60, heads=("box", "cls"), freeze="all-but-last")
    assert done.why == "frozen, as was asked: 2 of 3 layers; the heads are the last together" and "2 of 4 layers loaded" in done.notes[0]
    assert transfer(Heads(), source(there), examples=60, freeze="all-but-last").why == "frozen, as was asked: 3 of 4 layers"
    with pytest.raises(InputError, match="how many of the 3 levels stay frozen, from 0 to 2, got 3"):
        transfer(Heads(), source(there), examples=60, heads=("box", "cls"), freeze=3)
