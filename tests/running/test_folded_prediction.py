"""Prediction in the network's fast form: folded where many are asked for, in bfloat16 where it was trained so."""

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
from wengu.running import prediction_form
from wengu.running.load import MANY, LoadedModel

SPEC = {"classes": list("abc"), "channels": 1, "size": [8, 8]}


class Trained:
    """A run that was trained in this precision."""

    def __init__(self, precision: str) -> None:
        self.precision = precision

    def facts(self):
        return {"precision": self.precision}


def loaded(body: nn.Module | None = None, *, precision: str = "fp32") -> LoadedModel:
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
    restored = Restored(model.eval(), partial(read_pictures, spec=SPEC), answers, tuple("abc"), example)
    return LoadedModel(Trained(precision), restored)


def answers(model, batch, outputs):
    """Beside the classes how many norms answered, and in what: the weights of the first and of the last layer."""
    norms = sum(isinstance(module, BatchNorm) for module in model.modules())
    kinds = [w.dtype for w in model.parameters() if w.dim() > 1]
    m = len(batch[0])
    return {**classes_of(model, batch, outputs), "norms": [norms] * m, "first": [kinds[0]] * m, "last": [kinds[-1]] * m,
            "scores": [outputs.dtype] * m}


def drawn(m: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (m, 8, 8), dtype=np.uint8)


def own(one: LoadedModel, pictures: np.ndarray) -> np.ndarray:
    """p by the network itself, in float32."""
    with torch.no_grad():
        return one.model(torch.from_numpy(pictures)[:, None]).softmax(1).double().numpy()


@pytest.mark.parametrize(("m", "norms"), [(MANY, 0), (MANY - 1, 19)])
def test_the_answers_are_those_of_the_network_itself(m: int, norms: int) -> None:
    one, pictures = loaded(), drawn(m)
    found, expected = one.predict(pictures), own(one, pictures)
    assert set(found.more["norms"]) == {norms} and set(found.more["first"]) == {torch.float32}
    np.testing.assert_allclose(found.probabilities, expected, atol=2e-6)
    assert expected.std(0).min() > 1e-3
    one.model[1].output.bias.data += torch.tensor([-5.0, 0.0, 0.0])  # what is changed after counts at the next call
    assert one.predict(pictures).labels.count("a") < found.labels.count("a")


def test_in_bfloat16_the_scores_stay_float32_and_each_answer_its_own() -> None:
    one, pictures = loaded(), drawn(40)
    found, expected = one.predict(pictures, precision="bf16"), own(one, pictures)
    for name, only in (("norms", 0), ("first", torch.bfloat16), ("last", torch.float32), ("scores", torch.float32)):
        assert set(found.more[name]) == {only}, name
    apart = np.abs(found.probabilities - expected)
    assert 1e-5 < apart.max() < 0.02, "8 bits in 20 layers: as measured on trained networks"
    for some in (pictures[:1], pictures[:7], pictures):
        again = one.predict(some, precision="bf16")
        np.testing.assert_allclose(again.probabilities, found.probabilities[:len(some)], atol=1e-3)
        assert again.labels == found.labels[:len(some)]
    np.testing.assert_allclose(one.predict(pictures, precision="fp32").probabilities, expected, atol=2e-6)


@pytest.mark.parametrize(("trained", "units", "expected"), [
    ("bf16", True, torch.bfloat16), ("bf16", False, torch.float32), ("fp32", True, torch.float32),
])  # fmt: skip
def test_auto_is_what_it_was_trained_in_where_there_are_units(
    trained: str, units: bool, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prediction_form, "has_bf16_units", lambda device: units)
    one = loaded(precision=trained)
    for m in (1, MANY):
        assert set(one.predict(drawn(m)).more["first"]) == {expected}
    without = LoadedModel(None, one.restored)
    assert set(without.predict(drawn(MANY)).more["first"]) == {torch.float32}, "published weights"
    no_convolution = loaded(nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), precision=trained)
    assert set(no_convolution.predict(drawn(MANY)).more["scores"]) == {torch.float32}


def test_the_form_is_made_once_until_the_network_changes() -> None:
    one, pictures = loaded(), drawn(MANY)
    made = []
    for _ in range(2):
        one.predict(pictures)
        made.append(one._made)
    assert made[0] is made[1]
    seen = []
    handle = one.model[1].output.register_forward_hook(lambda *_: seen.append(1))
    assert set(one.predict(pictures).more["norms"]) == {19} and seen, "who listens to the network hears it"
    handle.remove()
    assert set(one.predict(pictures).more["norms"]) == {0}


@pytest.mark.parametrize(("filters", "at_once"), [(4, 60), (2000, 50), (20_000, 5)])
def test_of_what_gives_much_a_few_go_through_at_once(filters: int, at_once: int) -> None:
    """6.5 million numbers of one layer: 2,000 maps of 8 × 8 are 128,000 a picture, so 50; of 4 maps all 60."""
    seen = []

    def answer(model, batch, outputs):
        seen.append(len(batch[0]))
        return outputs.argmax(1)

    body = nn.Sequential(nn.Conv2d(1, filters, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(filters, 3))
    one = loaded(body).restored
    LoadedModel(None, Restored(one.model, one.read, answer, None, one.example)).predict(drawn(60))
    assert max(seen) == at_once and sum(seen) == 60


class PreActivated(nn.Module):
    """g(x) + x, with g the first of a Sequential, and a layer whose g is shared."""

    def __init__(self) -> None:
        super().__init__()
        g = nn.ReLU()
        self.body = nn.Sequential(g, nn.Conv2d(4, 4, 3, padding=1), BatchNorm(4), g)
        self.before, self.output = nn.Conv2d(1, 4, 3), nn.Linear(4, 3)

    def forward(self, x):
        a = self.before(x / 255)
        return self.output((self.body(a) - a).mean((2, 3)))


def test_relu_writes_over_nothing_that_others_take() -> None:
    torch.manual_seed(0)
    one = loaded(PreActivated())
    form = prediction_form.for_prediction(one.model, one.restored.example, "fp32").model
    assert [module.inplace for module in form[1].body if isinstance(module, nn.ReLU)] == [False, True]
    np.testing.assert_allclose(one.predict(drawn(MANY)).probabilities, own(one, drawn(MANY)), atol=2e-6)


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
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_network_that_has_no_such_form_predicts_as_it_is(body: type[nn.Module], precision: str) -> None:
    found = loaded(body()).predict(np.zeros((MANY, 8, 8), dtype=np.uint8), precision=precision)
    assert set(found.more["norms"]) == {1} and set(found.more["last"]) == {torch.float32}
