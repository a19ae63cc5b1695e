"""Published networks: counts of the papers, sizes, and parity with torchvision and timm under their own weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.vision import convnets
from wengu.vision.convnets.published import from_published

COUNTS = {  # where it is published, or worked out from the paper's table
    "AlexNet": 62_378_344, "VGG11": 132_863_336, "VGG13": 133_047_848, "VGG16": 138_357_544, "VGG19": 143_667_240,
    "ResNet18": 11_689_512, "ResNet34": 21_797_672, "ResNet50": 25_557_032, "ResNet101": 44_549_160,
    "ResNet152": 60_192_808, "ResNet20": 269_722, "ResNet32": 464_154, "ResNet44": 658_586, "ResNet56": 853_018,
    "ResNet110": 1_727_962, "GoogLeNet": 13_378_280, "SqueezeNet": 1_235_496, "MobileNetV2": 3_504_872,
}  # fmt: skip

OF_TORCHVISION = {  # ours with its arguments, theirs
    "alexnet": ("AlexNet", {"form": "torchvision"}), "vgg11": ("VGG11", {}), "vgg13": ("VGG13", {}),
    "vgg11_bn": ("VGG11", {"batch_norm": True}), "vgg16": ("VGG16", {}), "vgg16_bn": ("VGG16", {"batch_norm": True}),
    "vgg19": ("VGG19", {}), "resnet18": ("ResNet18", {}), "resnet34": ("ResNet34", {}), "resnet50": ("ResNet50", {}),
    "resnet101": ("ResNet101", {}), "resnet152": ("ResNet152", {}), "googlenet": ("GoogLeNet", {"form": "torchvision"}),
    "squeezenet1_1": ("SqueezeNet", {}), "mobilenet_v2": ("MobileNetV2", {}),
}  # fmt: skip
OF_TIMM = {"vgg11_bn": ("VGG11", {"batch_norm": True}), "vgg16": ("VGG16", {}), "resnet18": ("ResNet18", {}),
           "resnet50": ("ResNet50", {}), "mobilenetv2_100": ("MobileNetV2", {})}  # fmt: skip


def parameters(net):
    return sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize("name", COUNTS)
def test_published_counts(name):
    with torch.device("meta"):
        assert parameters(getattr(convnets, name)()) == COUNTS[name]


@pytest.mark.parametrize(("arguments", "count"), [({"form": "two groups"}, 60_965_224),
                                                  ({"form": "torchvision"}, 61_100_840)])
def test_forms_of_alexnet(arguments, count):
    with torch.device("meta"):
        assert parameters(convnets.AlexNet(**arguments)) == count


def test_forms_of_googlenet():
    with torch.device("meta"):
        counts = [parameters(convnets.GoogLeNet(form=form, side_branches=sides))
                  for form in ("paper", "torchvision") for sides in (False, True)]
    assert counts == [6_998_552, 13_378_280, 6_624_904, 13_004_888]


def settled(net):
    """Random weights, and batch norms whose buffers are no 0 and 1."""
    generator = torch.Generator().manual_seed(0)
    for name, value in net.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.is_floating_point() and value.dim() < 2:
            value.uniform_(-0.5, 0.5, generator=generator)
    return net.double().eval()


def same_scores(ours, theirs, size=96):
    x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(1)).double()
    ours = ours.double().eval()
    ours.load_state_dict(from_published(ours, theirs.state_dict()))
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parity
@pytest.mark.parametrize("name", OF_TORCHVISION)
def test_parity_torchvision(name):
    """Authority: torchvision, its network with random weights, scores in float64."""
    from wengu.vision.import_torchvision import import_torchvision

    own, arguments = OF_TORCHVISION[name]
    more = {"init_weights": False} if name == "googlenet" else {}
    theirs = import_torchvision().models.get_model(name, num_classes=20, **more)
    same_scores(getattr(convnets, own)(20, **arguments), settled(theirs))


@pytest.mark.parity
def test_parity_side_branches():
    """Authority: torchvision's, in training, where nothing is dropped."""
    from wengu.vision.import_torchvision import import_torchvision

    theirs = settled(import_torchvision().models.get_model("googlenet", num_classes=20, init_weights=False)).train()
    ours = convnets.GoogLeNet(20, form="torchvision").double()
    ours.load_state_dict(from_published(ours, theirs.state_dict()))
    for net in (ours, theirs):
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    x = torch.randn(4, 3, 96, 96, generator=torch.Generator().manual_seed(1)).double()
    scores = theirs(x)
    torch.testing.assert_close(ours(x), (scores.logits, scores.aux_logits1, scores.aux_logits2))


@pytest.mark.parity
@pytest.mark.parametrize("name", OF_TIMM)
def test_parity_timm(name):
    """Authority: timm, its network with random weights, scores in float64."""
    from wengu.vision.import_torchvision import import_torchvision

    import_torchvision()
    import timm

    own, arguments = OF_TIMM[name]
    size = 224 if own.startswith("VGG") else 96  # timm's VGG averages after its units
    same_scores(getattr(convnets, own)(20, **arguments), settled(timm.create_model(name, num_classes=20)), size)


@pytest.mark.parametrize("name", [name for name in COUNTS if name not in ("AlexNet", "VGG13", "VGG19", "ResNet152")])
def test_any_size_from_the_smallest_up(name):
    """Grey, narrow and small: one step of training on two pictures, and one size less is refused."""
    maker = getattr(convnets, name)
    small = {} if issubclass(maker, convnets.resnet_cifar.CifarResNet) else {"size": 32}
    net = maker(3, channels=1, **small)
    smallest = getattr(net, "smallest", 32 if name.startswith("VGG") else 1)
    for n in (smallest, 40):
        outputs = net(torch.randn(2, 1, n, n + 3))
        scores = outputs[0] if isinstance(outputs, tuple) else outputs
        assert scores.shape == (2, 3)
        scores.sum().backward()
    if smallest > 1:
        with pytest.raises(InputError, match=rf"{name} reads pictures of {smallest} × {smallest} and larger"):
            net(torch.zeros(2, 1, smallest - 1, 50))


@pytest.mark.parametrize(("name", "arguments", "smallest"), [
    ("AlexNet", {}, 67), ("AlexNet", {"form": "torchvision"}, 63), ("GoogLeNet", {}, 31), ("SqueezeNet", {}, 17),
    ("VGG11", {}, 32),
])  # fmt: skip
def test_smallest_is_the_smallest(name, arguments, smallest):
    """With the check of sizes taken away, one less does not go through the layers."""
    with torch.device("meta"):
        net = getattr(convnets, name)(5, stem="large", **arguments).eval()
        assert net(torch.zeros(1, 3, smallest, smallest)).shape == (1, 5)
        with pytest.raises(InputError, match=f"{smallest} × {smallest} and larger, got {smallest - 1} × {smallest}"):
            net(torch.zeros(1, 3, smallest - 1, smallest))
        with pytest.raises((InputError, RuntimeError)):
            unchecked(net, smallest - 1)


def unchecked(net, n):
    """The layers' own refusal: nothing in between asks for the size."""
    module = __import__(type(net).__module__, fromlist=["check_pictures"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "check_pictures", lambda *_: None)
        net(torch.zeros(1, 3, n, n))


def test_side_branches_are_there_in_training_alone():
    net = convnets.GoogLeNet(4, size=32)
    x, y = torch.randn(2, 3, 32, 32), torch.tensor([0, 3])
    loss_fn = convnets.with_side_branches(nn.functional.cross_entropy)
    scores, first, second = outputs = net(x)
    one, two, three = (nn.functional.cross_entropy(z, y) for z in outputs)
    torch.testing.assert_close(loss_fn(outputs, y), one + 0.3 * two + 0.3 * three)
    loss_fn(outputs, y).backward()
    assert all(p.grad is not None for p in net.parameters())
    assert scores.shape == first.shape == second.shape == (2, 4)
    judged = net.eval()(x)
    torch.testing.assert_close(loss_fn(judged, y), nn.functional.cross_entropy(judged, y))


def test_plain_network_has_the_weights_of_the_residual_one():
    with torch.device("meta"):
        assert parameters(convnets.ResNet56(shortcut="none")) == parameters(convnets.ResNet56())


def test_a_block_without_weights_passes_its_input_on():
    from wengu.vision.convnets.resnet import Residual

    block, plain = Residual(8, 8), convnets.ResNet20(shortcut="none").stages[0][0]
    x = torch.rand(2, 8, 5, 5)
    assert torch.equal(block(x), x)  # as it begins, by γ = 0
    assert plain(torch.rand(2, 16, 5, 5)).abs().max() > 0
    plain.body[1].norm.weight.data.zero_()
    assert plain(torch.rand(2, 16, 5, 5)).abs().max() == 0


@pytest.mark.parametrize("name", ["ResNet18", "ResNet20", "MobileNetV2", "VGG11", "AlexNet", "GoogLeNet", "SqueezeNet"])
def test_the_generator_decides_the_weights(name):
    def made(seed):
        arguments = {} if name == "ResNet20" else {"size": 32}
        return getattr(convnets, name)(3, **arguments, generator=torch.Generator().manual_seed(seed)).state_dict()

    first, same, other = made(0), made(0), made(1)
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: convnets.AlexNet(form="three towers"), "form: 'three towers' is unknown"),
    (lambda: convnets.VGG16(size=28), "size: VGG16 reads pictures of 32 × 32 and larger, got 28 × 28; enlarge them"),
    (lambda: convnets.ResNet18(stem="tiny"), "stem: 'tiny' is unknown"),
    (lambda: convnets.ResNet20(shortcut="no"), "shortcut: 'no' is unknown"),
    (lambda: convnets.ResNet18(0), "classes: expected"),
    (lambda: convnets.ResNet18(3)(torch.zeros(2, 1, 32, 32)), r"x: expected shape \(examples, 3, height, width\), got"),
    (lambda: from_published(nn.Linear(2, 2), {}), "weights: expected one of AlexNet, .* got Linear"),
    (lambda: from_published(convnets.ResNet18(3, size=224), {"conv1.weight": torch.zeros(64, 3, 7, 7)}),
     "weights: expected those of ResNet18 .* but 101 are lacking: bn1.weight, "),
])  # fmt: skip
def test_refusals(make, message):
    with pytest.raises(InputError, match=message):
        make()
