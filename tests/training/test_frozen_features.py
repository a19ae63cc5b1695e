"""What frozen layers make of the examples is computed once and kept, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from wengu.core.run_folder import RunFolder
from wengu.functions import cross_entropy
from wengu.optimization import Adam
from wengu.training import UnfreezeSchedule, fit
from wengu.training.checkpoint import load_checkpoint
from wengu.training.frozen_features import parted
from wengu.vision.convnets import LeNet5


def frozen_lenet() -> nn.Module:
    model = LeNet5(classes=3, dropout=0.2, generator=torch.Generator().manual_seed(0))
    UnfreezeSchedule(model, frozen=4).at(1)
    return model


def test_parity_features_kept_give_the_weights_that_training_without_them_gives() -> None:
    """Authority: the same training with every layer computed at every step, in float64 to 1e-12."""
    generator = torch.Generator().manual_seed(1)
    x, y = torch.rand(60, 1, 28, 28, generator=generator).double(), torch.arange(60) % 3
    found = []
    for keep in (True, False):
        model, seen = frozen_lenet().double(), [0]
        model.c1.register_forward_hook(lambda *_, seen=seen: seen.__setitem__(0, seen[0] + 1))
        plan = UnfreezeSchedule(model, frozen=4)
        run = fit(model, (x, y), (x[:20], y[:20]), loss_fn=cross_entropy, epochs=3, batch_size=20, lr=0.01,
                  unfreeze=plan.at, keep_features=keep)
        found.append((run.model.output.weight.detach(), run.history[-1]["dev_cost"], seen[0]))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=1e-12)
    assert found[0][1] == pytest.approx(found[1][1], rel=1e-12)
    assert found[0][2] == 3 and found[1][2] > 9  # train twice, dev once; each step and epoch


def test_what_draws_by_chance_or_trains_is_never_kept() -> None:
    lower, upper = parted(nn.Sequential(nn.Sequential(nn.Flatten(), nn.Linear(4, 4).requires_grad_(False)), nn.Dropout(0.1),
                                        nn.Linear(4, 4).requires_grad_(False), nn.Linear(4, 2)))
    assert len(lower.stages) == 2 and len(upper.stages) == 3
    assert parted(nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2).requires_grad_(False))) is None
    assert parted(nn.Sequential(nn.BatchNorm1d(4, affine=False), nn.Linear(4, 2).requires_grad_(False), nn.Linear(2, 2))) is None
    assert parted(nn.Linear(4, 2).requires_grad_(False)) is None


def test_the_stages_of_lenet5_are_its_forward() -> None:
    model, x = frozen_lenet().eval(), torch.rand(5, 1, 28, 28)
    a = x
    for stage in model.stages():
        a = stage(a)
    assert torch.equal(a, model(x))


def test_a_run_with_kept_features_resumes_bit_for_bit(tmp_path: Path) -> None:
    x, y = torch.rand(60, 1, 28, 28), torch.arange(60) % 3

    def go(folder: RunFolder, epochs: int, *, resume: bool = False, fresh: bool = False) -> dict[str, Tensor]:
        model = frozen_lenet()
        if fresh:  # what a new process has before the checkpoint is read
            for w in model.parameters():
                nn.init.normal_(w)
        fit(model, (x, y), (x[:20], y[:20]), loss_fn=cross_entropy, epochs=epochs, batch_size=20, run=folder, patience=99,
            optimizer=Adam([w for w in model.parameters() if w.requires_grad], lr=0.01), resume=resume,
            unfreeze=UnfreezeSchedule(model, frozen=4).at, keep_features=True)
        return load_checkpoint(folder.path / "checkpoints", 3 * epochs)[0]

    whole = go(RunFolder.create(tmp_path / "whole"), 4)
    cut = RunFolder.create(tmp_path / "cut")
    go(cut, 2)
    again = go(cut, 4, resume=True, fresh=True)
    assert all(torch.equal(whole[name], again[name]) for name in whole)
