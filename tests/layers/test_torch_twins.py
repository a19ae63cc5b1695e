"""What torch has, ours are subclasses of: the same arguments, weights and tools; and `plain`, which gives torch's own."""

from __future__ import annotations

import inspect
import io
import warnings

import pytest
import torch
from torch import nn

from wengu import layers
from wengu.core.checks import InputError
from wengu.layers import AvgPool2d, BatchNorm, Conv2d, Dropout, LayerNorm, Linear, MaxPool2d, plain
from wengu.vision.convnets import LeNet5

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=seeded(seed))


def network(kind, norm_2d, norm_1d):
    """A small network of every kind of layer; `kind` has the layers, ours or torch's."""
    return nn.ModuleDict({
        "convolutions": nn.Sequential(
            kind.Conv2d(3, 8, 3, padding="same", bias=False), norm_2d(8), nn.ReLU(), kind.MaxPool2d(2),
            nn.Sequential(kind.Conv2d(8, 8, 3, 2, 1, groups=2), norm_2d(8, momentum=0.3), nn.ReLU()), kind.AvgPool2d(2),
        ),
        "dense": nn.Sequential(
            nn.Flatten(), kind.Dropout(0.25), kind.Linear(32, 6), norm_1d(6), kind.LayerNorm(6), kind.Linear(6, 4, False),
        ),
    })  # fmt: skip


class Network(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = parts

    def forward(self, x):
        return self.parts["dense"](self.parts["convolutions"](x))


def ours():
    return Network(network(layers, BatchNorm, BatchNorm))


def theirs():
    return Network(network(nn, nn.BatchNorm2d, nn.BatchNorm1d))


def trained(model):
    """With running averages and weights that are no longer those of the start."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=seeded(p.numel())))
        for t in range(3):
            model(torch.randn(6, 3, 16, 16, generator=seeded(t)) + t)
    return model


TWINS = [(Linear, nn.Linear), (Conv2d, nn.Conv2d), (LayerNorm, nn.LayerNorm), (Dropout, nn.Dropout),
         (MaxPool2d, nn.MaxPool2d), (AvgPool2d, nn.AvgPool2d), (BatchNorm, nn.BatchNorm1d), (BatchNorm, nn.BatchNorm3d)]


@pytest.mark.parametrize(("our", "their"), TWINS)
def test_arguments_are_torchs(our, their):
    """Authority: the signature of torch's class: names, order and defaults; what ours add is given by name."""
    mine, torchs = (inspect.signature(kind).parameters for kind in (our, their))
    added = [p for name, p in mine.items() if name not in torchs]
    assert [(p.name, p.default) for p in mine.values() if p not in added] == [(p.name, p.default) for p in torchs.values()]
    assert all(p.kind is p.KEYWORD_ONLY for p in added)
    assert their is nn.BatchNorm3d or issubclass(our, their)


@pytest.mark.parametrize("source", [ours, theirs])
def test_published_weights_load_both_ways(source):
    """Authority: the same network of torch.nn, strictly loaded: outputs and gradients in float64, in training and test."""
    a, b = source().double(), (theirs if source is ours else ours)().double()
    b.load_state_dict(trained(a.float()).double().state_dict())
    x = normal(5, 3, 16, 16)
    for training in (False, True):
        for model in (a, b):
            model.train(training)
            model.parts["dense"][1].eval()  # the masks are other ones
        torch.testing.assert_close(a(x), b(x), **EXACT)
        gradients = [torch.autograd.grad(model(x).square().sum(), list(model.parameters())) for model in (a, b)]
        torch.testing.assert_close(*gradients, **EXACT)
    torch.testing.assert_close(dict(a.named_buffers()), dict(b.named_buffers()), **EXACT)


@pytest.mark.parametrize("arguments", [
    {"momentum": None}, {"affine": False}, {"bias": False}, {"track_running_stats": False}, {"momentum": None, "track_running_stats": False},
])  # fmt: skip
def test_batch_norm_as_torchs_in_its_rarer_ways(arguments):
    """Authority: torch.nn.BatchNorm2d."""
    a, b = BatchNorm(3, **arguments).double(), nn.BatchNorm2d(3, **{k: v for k, v in arguments.items() if k != "bias"}).double()
    if "bias" in arguments:  # torch's own argument since 2.13
        b.register_parameter("bias", None)
    for t in range(3):
        torch.testing.assert_close(a(normal(4, 3, 2, 2, seed=t)), b(normal(4, 3, 2, 2, seed=t)), **EXACT)
    torch.testing.assert_close(a.eval()(normal(4, 3, 2, 2)), b.eval()(normal(4, 3, 2, 2)), **EXACT)
    torch.testing.assert_close(a.state_dict(), b.state_dict(), **EXACT)


@pytest.mark.parametrize(("our", "their", "shape"), [
    (Conv2d(2, 3, (2, 3), (1, 2), (0, 1), (2, 1), padding_mode="reflect", dtype=torch.float64),
     nn.Conv2d(2, 3, (2, 3), (1, 2), (0, 1), (2, 1), padding_mode="reflect", dtype=torch.float64), (2, 2, 7, 6)),
    (Conv2d(2, 3, 3, padding=1, dtype=torch.float64), nn.Conv2d(2, 3, 3, padding=1, dtype=torch.float64), (2, 6, 6)),
    (MaxPool2d((2, 3), (2, 1), (1, 0), (1, 2), ceil_mode=True), nn.MaxPool2d((2, 3), (2, 1), (1, 0), (1, 2), ceil_mode=True), (2, 7, 8)),
    (MaxPool2d(2, return_indices=True), nn.MaxPool2d(2, return_indices=True), (1, 2, 6, 6)),
    (AvgPool2d(3, 2, 1, True, False, 5), nn.AvgPool2d(3, 2, 1, True, False, 5), (1, 2, 6, 6)),
    (LayerNorm((3, 2), bias=False), nn.LayerNorm((3, 2), bias=False), (4, 3, 2)),
    (LayerNorm([2], elementwise_affine=False), nn.LayerNorm([2], elementwise_affine=False), (4, 3, 2)),
])  # fmt: skip
def test_torchs_further_arguments(our, their, shape):
    """Authority: torch's own layer."""
    their.load_state_dict(our.state_dict())
    torch.testing.assert_close(our.double()(normal(*shape)), their.double()(normal(*shape)), **EXACT)
    assert repr(our) == repr(their)


@pytest.mark.parametrize("make", [
    lambda **more: Linear(30, 20, **more), lambda **more: Conv2d(4, 6, 3, groups=2, **more),
])  # fmt: skip
def test_the_generator_alone_draws_and_the_same_in_every_dtype(make):
    before = torch.random.get_rng_state()
    layer, double = make(generator=seeded()), make(generator=seeded(), dtype=torch.float64)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(layer.weight.double(), double.weight) and double.bias.dtype == torch.float64
    assert make(device="meta").weight.is_meta
    torch.manual_seed(0)
    layer.reset_parameters()
    assert torch.equal(layer.weight, make(generator=seeded()).weight), "torch's default generator, as none was kept"
    assert not layer.bias.any()


def test_dropout_in_place():
    a = torch.ones(1000)
    assert Dropout(0.5, inplace=True)(a) is a and a.unique().tolist() == [0, 2]
    w = torch.ones(4, requires_grad=True)
    out = Dropout(0.5, inplace=True, generator=seeded())(2 * w)
    out.sum().backward()
    assert torch.equal(out, 2 * torch.ones(4) * w.grad / 2)


# --- plain ------------------------------------------------------------------------------------------------------------
def test_plain_has_torchs_exact_types_and_the_same_answers():
    model = trained(ours()).eval()
    x = torch.randn(2, 3, 16, 16, generator=seeded())
    twin = plain(model, x)
    assert [type(m) for m in twin.modules()] == [type(m) for m in theirs().modules()]
    assert torch.equal(twin(x), model(x))
    assert all(twin.state_dict()[name] is not value and torch.equal(twin.state_dict()[name], value)
               for name, value in model.state_dict().items()), "copied"
    assert not any(m.training for m in twin.modules())
    assert [type(m) for m in model.modules()] == [type(m) for m in ours().modules()], "the model stays as it is"
    assert not {"generator", "init_variance"} & {name for m in twin.modules() for name in m.__dict__}
    twin.train()(x).sum().backward()
    torch.save(twin, io.BytesIO())


def test_plain_keeps_what_is_tied_and_shared_tied_and_shared():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.encode, self.decode, self.shared = Linear(4, 4), Linear(4, 4, bias=False), nn.ModuleList([Linear(4, 4)] * 2)
            self.decode.weight = self.encode.weight

        def forward(self, x):
            return self.decode(self.shared[1](self.shared[0](self.encode(x))))

    model = Tied()
    twin = plain(model)
    assert twin.decode.weight is twin.encode.weight and twin.decode.weight is not model.decode.weight
    assert twin.shared[0] is twin.shared[1] and type(twin.shared[0]) is nn.Linear
    assert torch.equal(twin(torch.ones(2, 4)), model(torch.ones(2, 4)))
    assert type(plain(Linear(2, 2))) is nn.Linear, "the model itself may be a layer"


def test_plain_of_lenet5_and_of_what_torch_has_not():
    class Mine(Linear):
        pass

    net = nn.Sequential(layers.InputNormalisation(1), LeNet5(dropout=0.5, pool="average"), Mine(10, 2))
    twin = plain(net)
    kinds = [type(m) for m in twin.modules()]
    assert kinds == [nn.Sequential, layers.InputNormalisation, LeNet5, nn.Conv2d, nn.Conv2d, nn.AvgPool2d,
                     nn.Linear, nn.Linear, nn.Linear, nn.Dropout, Mine]


def test_plain_asks_for_an_input_where_it_needs_one():
    net = nn.Sequential(Linear(4, 3), BatchNorm(3))
    with pytest.raises(InputError, match=r"model: expected a batch, as it has a BatchNorm .* give plain\(model, x\)"):
        plain(net)
    assert type(plain(net, torch.zeros(1, 4))[1]) is nn.BatchNorm1d
    assert type(plain(BatchNorm(2), torch.zeros(1, 2, 3, 4, 5))) is nn.BatchNorm3d
    assert int(net[1].num_batches_tracked) == 0
    net.unused = BatchNorm(3)
    net.forward = lambda x: net[0](x)
    with pytest.raises(InputError, match="expected every BatchNorm to be called once at least .* but 1 is not"):
        plain(net, torch.zeros(1, 4))


def test_eager_quantisation_matches_only_after_plain():
    """Authority: torch's dynamic quantisation, which looks layers up by their exact type."""
    net, x = nn.Sequential(Linear(16, 32, generator=seeded()), nn.ReLU(), Linear(32, 4, generator=seeded(1))), torch.randn(8, 16)

    def quantised(model):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its age
            return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)

    kind = torch.ao.nn.quantized.dynamic.Linear
    assert not any(isinstance(m, kind) for m in quantised(net))
    small = quantised(plain(net))
    assert [isinstance(m, kind) for m in small] == [True, False, True]
    assert (small(x) - net(x)).norm() < 0.05 * net(x).norm()


# --- tools ------------------------------------------------------------------------------------------------------------
@pytest.mark.parity
def test_parity_torchinfo():
    """Authority: torchinfo: its table of our network is that of the same network of torch.nn."""
    import torchinfo

    mine, torchs = (torchinfo.summary(make(), (4, 3, 16, 16), verbose=0) for make in (ours, theirs))

    def rows(found):
        return [(part.class_name.replace("Norm1d", "Norm").replace("Norm2d", "Norm"), part.depth, part.output_size,
                 part.num_params, part.macs, part.kernel_size) for part in found.summary_list]

    assert rows(mine) == rows(torchs)
    assert (mine.total_params, mine.total_mult_adds) == (torchs.total_params, torchs.total_mult_adds)


@pytest.mark.parity
@pytest.mark.parametrize("make", [lambda: trained(ours()), lambda: LeNet5(channels=3, size=32, dropout=0.5)])
def test_parity_onnx(make, tmp_path):
    """Authority: onnxruntime, on the graph that torch.onnx.export makes, with a batch of another size."""
    import onnxruntime

    torch.manual_seed(0)
    model = make().eval()
    side = 32 if isinstance(model, LeNet5) else 16
    file = str(tmp_path / "model.onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own exporter
        torch.onnx.export(model, (torch.randn(2, 3, side, side),), file, dynamic_shapes=({0: torch.export.Dim("m")},), verbose=False)
    x = torch.randn(5, 3, side, side)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), model(x).detach(), rtol=1e-4, atol=1e-5)
