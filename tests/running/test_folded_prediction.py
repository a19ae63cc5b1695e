"""Many pictures are predicted by the network with its batch norms folded, and a few by the network as it is."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from wengu.layers import BatchNorm
from wengu.recipes.new_pictures import read_pictures
from wengu.recipes.pictures import model_of
from wengu.recipes.task import Restored, classes_of
from wengu.running.load import MANY, LoadedModel

SPEC = {"classes": list("abc"), "channels": 1, "size": [8, 8]}


def loaded(body: nn.Module | None = None) -> LoadedModel:
    """ResNet-20 with random statistics, or another network; it keeps what it is given to answer from."""
    model = model_of("resnet20", SPEC, torch.Generator().manual_seed(0))
    if body is not None:
        model[1] = body
    else:
        model[0].mean.fill_(128), model[0].std.fill_(75)
        model[1].output.weight.data *= 0.1
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, BatchNorm):
            module.running_mean.uniform_(-0.5, 0.5, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
    example = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    return LoadedModel(None, Restored(model.eval(), partial(read_pictures, spec=SPEC), answers, tuple("abc"), example))


def answers(model, batch, outputs):
    norms = sum(isinstance(module, BatchNorm) for module in model.modules())
    return {**classes_of(model, batch, outputs), "norms": [norms] * len(batch[0])}


@pytest.mark.parametrize(("m", "norms"), [(MANY, 0), (MANY - 1, 19)])
def test_the_answers_are_those_of_the_network_itself(m: int, norms: int) -> None:
    one, pictures = loaded(), np.random.default_rng(0).integers(0, 256, (m, 8, 8), dtype=np.uint8)
    found = one.predict(pictures)
    with torch.no_grad():
        expected = one.model(torch.from_numpy(pictures)[:, None]).softmax(1).double().numpy()
    assert set(found.more["norms"]) == {norms}
    np.testing.assert_allclose(found.probabilities, expected, atol=2e-6)
    assert expected.std(0).min() > 1e-3
    one.model[1].output.bias.data += torch.tensor([5.0, 0.0, 0.0])  # what is changed after counts at the next call
    assert one.predict(pictures).labels.count("a") > found.labels.count("a")


class TakesItsNorm(nn.Module):
    """Reads what an Identity does not have."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.output = nn.Conv2d(1, 4, 3), BatchNorm(4), nn.Linear(4, 3)

    def forward(self, x):
        return self.output(self.norm(self.conv(x)).mean((2, 3)) * self.norm.num_features)


class Locked(TakesItsNorm):
    """Cannot be copied."""

    def __deepcopy__(self, memo):
        raise TypeError("it cannot be copied")


@pytest.mark.parametrize("body", [TakesItsNorm, Locked])
def test_a_network_that_cannot_be_folded_predicts_as_it_is(body: type[nn.Module]) -> None:
    pictures = np.zeros((MANY, 8, 8), dtype=np.uint8)
    assert set(loaded(body()).predict(pictures).more["norms"]) == {1}
