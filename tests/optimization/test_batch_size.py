from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset, TensorDataset

from wengu.core.checks import InputError
from wengu.core.i18n import use_language
from wengu.data import load
from wengu.optimization import batch_size, choose_batch_size
from wengu.optimization.batch_size import memory_at_hand

cost = nn.functional.cross_entropy


def pictures(m=2500):
    """Real pictures of clothes."""
    sample = load("sample")
    return torch.as_tensor(sample.pixels[:m] / 255).float(), torch.as_tensor(sample.labels[:m]).long()


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(144, 10)
    )


NOW = [0.0]


class Slow(nn.Module):
    """A real layer that takes, by a clock of its own, so much a call and so much an example."""

    def __init__(self, call=0.0, example=0.0):
        super().__init__()
        self.layer, self.call, self.example = nn.Linear(784, 10), call, example

    def forward(self, x):
        NOW[0] += self.call + self.example * len(x)
        return self.layer(x.flatten(1))


def chosen(model, **more):
    return choose_batch_size(model, pictures(), loss_fn=cost, seconds=0.1, **more)


def test_a_small_set_is_one_batch():
    found = choose_batch_size(network(), pictures(2000), loss_fn=cost)
    assert found.size == 2000 and [one.size for one in found.candidates] == [2000]
    assert choose_batch_size(network(), pictures(30), loss_fn=cost, limit=0).size == 30  # no candidate is as small
    assert "all examples at once" in found.reason


def test_a_model_whose_time_goes_by_calls_gets_the_largest(monkeypatch):
    monkeypatch.setattr(batch_size.time, "perf_counter", lambda: NOW[0])
    found = chosen(Slow(call=0.008), candidates=(16, 32, 64, 128))
    assert found.size == 128
    speeds = [one.speed for one in found.candidates]
    assert speeds == pytest.approx([size / 0.008 for size in (16, 32, 64, 128)])


def test_a_model_whose_time_goes_by_examples_gets_the_smallest(monkeypatch):
    monkeypatch.setattr(batch_size.time, "perf_counter", lambda: NOW[0])
    assert chosen(Slow(example=1e-3), candidates=(64, 32)).size == 32


def test_the_rule_on_a_real_model():
    found = chosen(network())
    speeds = {one.size: one.speed for one in found.candidates}
    assert list(speeds) == [64, 128, 256, 512]
    assert found.size == min(size for size, speed in speeds.items() if speed >= 0.9 * max(speeds.values()))
    assert [one.memory for one in found.candidates] == sorted(one.memory for one in found.candidates)


def test_parity_memory():
    """Authority: counts by hand: W, b, their gradients, V and S; of each example x, ReLU's output, z and y."""
    model = nn.Sequential(nn.Linear(784, 20), nn.ReLU(), nn.Linear(20, 10))
    weights = 785 * 20 + 21 * 10
    example = 4 * (784 + 20 + 10 + 10)
    found = choose_batch_size(
        model, (torch.rand(3000, 784), torch.rand(3000, 10)), loss_fn=nn.functional.mse_loss, seconds=0.01
    )
    for one in found.candidates:
        assert one.memory == 4 * 4 * weights + one.size * example


def test_what_does_not_fit_is_turned_down():
    without = {one.size: one.memory for one in chosen(network()).candidates}
    room = without[128] * 1.01
    seen = []
    model = network()
    model.register_forward_pre_hook(lambda module, args: seen.append(len(args[0])))
    found = chosen(model, memory=room)
    assert set(seen) == {2, 64, 128}  # a step that is not expected to fit is not begun
    assert [one.fits for one in found.candidates] == [True, True, False, False]
    assert [one.speed is None for one in found.candidates] == [False, False, True, True]
    assert found.size in (64, 128)
    assert str(found).count("does not fit") == 2 and str(found).count("chosen") == 1
    with pytest.raises(InputError, match="model: expected a batch of 64 to fit into 0.010 MB, but it takes"):
        chosen(network(), memory=1e4)


def test_what_takes_more_than_was_expected_is_turned_down_when_measured():
    """The pairs of a batch are as many as its square."""

    def pairs(z, y):
        return cost(z, y) + (z @ z.T).square().mean()

    x, y = pictures()
    first = choose_batch_size(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), (x, y), loss_fn=pairs, candidates=(64, 128), seconds=0.01)
    room = first.candidates[1].memory - 1
    found = choose_batch_size(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), (x, y), loss_fn=pairs, candidates=(64, 128), seconds=0.01, memory=room)
    assert found.candidates[1].memory == room + 1 and not found.candidates[1].fits
    assert found.size == 64


def test_a_small_set_that_does_not_fit_at_once_is_cut():
    x, y = pictures(1000)
    found = choose_batch_size(network(), (x, y), loss_fn=cost, memory=5e6, seconds=0.05)
    assert found.candidates[0].size == 1000 and not found.candidates[0].fits
    assert found.size < 1000


def test_no_memory_is_told_by_the_machine_itself():
    """Where even the system's own error comes first."""
    model = network()

    def full(module, x):
        if len(x) > 100:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    model[0].register_forward_pre_hook(lambda module, args: full(module, *args))
    found = chosen(model)
    assert found.size == 64 and [one.fits for one in found.candidates] == [True, False, False, False]
    model[0].register_forward_pre_hook(lambda module, args: (_ for _ in ()).throw(RuntimeError("another")))
    with pytest.raises(RuntimeError, match="another"):
        chosen(model)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model, (x, y) = network(), pictures()
    cost(model(x[:32]), y[:32]).backward()
    model.train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [w.grad.clone() for w in model.parameters()]
    state = torch.random.get_rng_state()
    choose_batch_size(model, (x, y), loss_fn=cost, seconds=0.05)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(torch.equal(w.grad, g) for w, g in zip(model.parameters(), gradients, strict=True))
    assert all(module.training == training for module in model.modules())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_any_dataset_serves():
    x, y = pictures()

    class Read(Dataset):
        def __len__(self):
            return len(x)

        def __getitem__(self, k):
            return x[k], int(y[k])

    for data in (Read(), TensorDataset(x, y)):
        found = choose_batch_size(network(), data, loss_fn=cost, candidates=(32, 64), seconds=0.05)
        assert [one.size for one in found.candidates] == [32, 64]


def test_in_chinese():
    use_language("zh")
    assert "批量大小" in str(choose_batch_size(network(), pictures(100), loss_fn=cost))


def test_memory_at_hand_is_told():
    assert memory_at_hand(torch.device("cpu")) > 1e6


@pytest.mark.parametrize(
    ("model", "m", "more", "said"),
    [(network(), 10, {"limit": -1}, "limit: expected a number of at least 0"),
     (network(), 10, {"candidates": (0, 4)}, "candidates: expected a number of at least 1"),
     (network(), 0, {}, "examples: expected a number of at least 1"),
     (network(), 10, {"memory": 0}, "memory: expected a number above 0"),
     (network(), 2500, {"seconds": 0}, "seconds: expected a number above 0"),
     (nn.Flatten(), 10, {}, "model: expected at least one parameter that learns"),
     (nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), 10, {}, "model: expected known shapes, but 1.weight waits"),
     (nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.BatchNorm1d(10)), 1, {}, "^examples: expected at least two"),
     (nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.BatchNorm1d(10)), 10, {"candidates": (1,), "limit": 0},
      "^candidates: expected at least two examples, .* got one; give more$"),
     (network(), 10, {"loss_fn": lambda z, y: 1.0}, "loss_fn: expected a cost, one number"),
     (network(), 10, {"loss_fn": lambda z, y: z}, r"loss_fn: expected a cost, one number .* got \(")],
)  # fmt: skip
def test_bad_input(model, m, more, said):
    with pytest.raises(InputError, match=said):
        choose_batch_size(model, pictures(m), **{"loss_fn": cost, **more})


def test_a_batch_size_is_whole():
    with pytest.raises(TypeError, match="candidates: expected a whole number, got 2.5"):
        choose_batch_size(network(), pictures(10), loss_fn=cost, candidates=(2.5,))
