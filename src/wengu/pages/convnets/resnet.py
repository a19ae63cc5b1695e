"""ResNet: the block with its shortcut, what comes back through many of them, and what deep training makes of it.

resnet.json is what studies/plain_and_residual.json sums up, so that an installed page has it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from wengu.core.i18n import say
from wengu.pages.convnets.stages import costs, diagram, shapes_of, stages_of, summed, times
from wengu.pages.figure import Axis, Fig, Panel, Tone, boxes, choice, dots, figure, line, quoted, steps
from wengu.pages.question import Number, Options, question

KINDS: dict[str, dict[str, Any]] = {
    "same": {"n_in": 64, "filters": 64},
    "smaller": {"n_in": 64, "filters": 128, "stride": 2},
    "bottleneck": {"n_in": 256, "filters": 64, "bottleneck": True},
}
PLACES = 56
STUDY = Path(__file__).with_suffix(".json")
EPOCHS = 15  # of the study


@figure(shows=["wengu.vision.convnets.resnet:Residual"])
def block(
    kind=choice("same", "smaller", "bottleneck", label="block",
                labels=("sizes the same", "sizes differ: Wₛ", "bottleneck")),
) -> Fig:
    """The layers of a block with what each gives, and the way past them."""
    import torch

    from wengu.layers import shapes

    given = KINDS[kind]
    with torch.device("meta"):
        made = _residual()(**given, generator=_any())
    book = shapes(made, (given["n_in"], PLACES, PLACES))
    layers = [layer for layer in book.layers if layer.kind == "Conv2d"]
    body = [layer for layer in layers if layer.name.startswith("body")]
    past = next((layer for layer in layers if layer not in body), None)
    end = times(body[-1].shape)
    items: list[dict[str, Any]] = [{"x": 0, "y": 0, "w": 4.4, "h": 1.3, "label": "a", "tone": "quiet",
                                    "sub": times(book.input_shape)}]
    for k, layer in enumerate(body, 1):
        f = " × ".join(layer.parameter_formula.split("·")[:2])
        items.append({"x": 0, "y": 2.1 * k, "w": 4.4, "h": 1.3, "label": f"{f}, {layer.shape[0]}", "tone": "1",
                      "sub": times(layer.shape)})
    last = len(items)
    items.append({"x": 0, "y": 2.1 * last, "w": 4.4, "h": 1.3, "label": "g(z + a)" if past is None else "g(z + Wₛ a)",
                  "sub": end, "tone": "4"})
    items.append({"x": 5.4, "y": 1.05 * last, "w": 3.6, "h": 1.3, "tone": "2" if past else "good",
                  "label": "Wₛ: 1 × 1" if past else "a", "sub": end if past else say("as it is")})
    links = [(k, k + 1) for k in range(last)] + [(0, last + 1), (last + 1, last)]
    share = sum(layer.parameters for layer in book.layers if not layer.name.startswith("body")) / book.parameters
    return Fig(
        Panel(boxes(items, links)),
        say=say("The block has {n} {n:parameter|parameters}, {share:.0%} of them in the shortcut, and does {products} "
                "{products:multiplication|multiplications}.", n=f"{book.parameters:,}", share=share,
                products=f"{book.multiplications:,}"),
        values={"parameters": f"{book.parameters:,}", "share": share},
    )


@figure(shows=["wengu.vision.convnets:ResNet56"])
def gradient(
    depth=choice("20", "32", "56", label="layers"),
    gamma=choice("0", "1", label="last γ of a residual block", labels=("0, as it begins here", "1, as in the paper")),
) -> Fig:
    """How long the gradient is that reaches each block, before anything is learned."""
    plain, residual = _lengths(depth, "none", "1"), _lengths(depth, "zeros", gamma)
    lines: list[tuple[list[float], str, Tone]] = [(plain, say("plain"), "2"), (residual, say("residual"), "1")]
    at = range(1, len(plain) + 1)
    return Fig(
        Panel(
            *(mark for y, name, tone in lines
              for mark in (line(at, y, label=name, tone=tone, wide=True), dots(at, y, tone=tone))),
            x=Axis(label=say("block"), whole=True), y=Axis(label=say("length of ∂J/∂a"), log=True),
        ),
        say=say("From the last block to the first the gradient becomes {plain:.3g} times as long in the plain network, "
                "and {residual:.3g} times in the residual one.", plain=plain[0] / plain[-1],
                residual=residual[0] / residual[-1]),
        values={"plain": plain[0] / plain[-1], "residual": residual[0] / residual[-1]},
    )


@figure(shows=["wengu.vision.convnets:ResNet20", "wengu.vision.convnets:ResNet56"])
def trained(epoch=steps(1, EPOCHS, label="epoch")) -> Fig:
    """What the repository's study measured: the error on the pictures that train, epoch by epoch."""
    found = _study()
    looks: dict[str, tuple[str, Tone, bool]] = {
        "plain-20": (say("plain, 20"), "2", True), "plain-56": (say("plain, 56"), "2", False),
        "residual-20": (say("residual, 20"), "1", True), "residual-56": (say("residual, 56"), "1", False)}
    curves = {name: [100 * error for error in found[name]["error"]] for name in looks}
    at = range(1, EPOCHS + 1)
    return Fig(
        Panel(
            *(line(at, curves[name], label=label, tone=tone, dash=dash, wide=True, grows=True)
              for name, (label, tone, dash) in looks.items()),
            x=Axis(label=say("epoch"), domain=(1, EPOCHS), whole=True),
            y=Axis(label=say("error on the training pictures in %"), domain=(0, 100)),
        ),
        say=[say("After epoch {k} the error on the training pictures is {p20:.1f} % (plain, 20 layers), {p56:.1f} % "
                 "(plain, 56), {r20:.1f} % (residual, 20) and {r56:.1f} % (residual, 56).", k=k + 1,
                 p20=curves["plain-20"][k], p56=curves["plain-56"][k], r20=curves["residual-20"][k],
                 r56=curves["residual-56"][k]) for k in range(EPOCHS)],
        values={name.replace("-", ""): curve[-1] for name, curve in curves.items()},
    )


@figure(shows=["wengu.vision.convnets:ResNet50", "wengu.layers:shapes"])
def network(
    depth=choice("50", "18", "34", "101", "152", label="layers"),
    size=choice("224", "112", "448", label="picture", labels=("224 × 224", "112 × 112", "448 × 448")),
) -> Fig:
    """The stages of the paper's five networks for photographs, and where their costs lie."""
    return _whole(depth, int(size))


@figure(shows=["wengu.vision.convnets:ResNet20", "wengu.vision.convnets:ResNet110", "wengu.layers:shapes"])
def family(depth=choice("20", "32", "44", "56", "110", label="layers")) -> Fig:
    """The same for its five networks of pictures of 32 × 32."""
    return _whole(depth, 32)


def _whole(depth: str, n: int) -> Fig:
    book = shapes_of(f"ResNet{depth}", 3, n)
    stages = stages_of(book, _names(depth))
    return Fig(
        diagram(stages, (3, n, n)),
        costs(stages),
        say=say("ResNet-{depth} has {n} {n:parameter|parameters} and does {products} "
                "{products:multiplication|multiplications} for a picture.", depth=depth, n=f"{book.parameters:,}",
                products=f"{book.multiplications:,}"),
        values={"last": stages[-2].parameters / book.parameters},
        **summed(stages),
    )


@quoted
def counts() -> dict[str, float | int | str]:
    """The parameters of all ten, and VGG-16's cost beside that of ResNet-50."""
    made: dict[str, float | int | str] = {
        f"resnet{depth}": f"{shapes_of(f'ResNet{depth}', 3, n).parameters:,}"
        for n, depths in ((224, (18, 34, 50, 101, 152)), (32, (20, 32, 44, 56, 110))) for depth in depths}
    vgg, resnet = shapes_of("VGG16", 3, 224), shapes_of("ResNet50", 3, 224)
    return made | {"parameters": resnet.parameters / vgg.parameters,
                   "products": resnet.multiplications / vgg.multiplications}


@quoted
def study() -> dict[str, float | int | str]:
    """On what the study was made."""
    from wengu.data import load

    one = _study()["plain-20"]
    return {"pictures": f"{len(load('sample').labels):,}", "epochs": len(one["error"]), "seeds": len(one["last"])}


@cache
def _lengths(depth: str, shortcut: str, gamma: str) -> list[float]:
    """‖∂J/∂a‖ of what goes into each block, on pictures of the sample."""
    import torch

    from wengu.data import load
    from wengu.functions import cross_entropy
    from wengu.vision import convnets

    sample = load("sample")
    x, y = torch.from_numpy(sample.pixels[:8] / 255.0).float(), torch.from_numpy(sample.labels[:8]).long()
    net = getattr(convnets, f"ResNet{depth}")(10, channels=1, shortcut=shortcut, width=0.25,
                                              generator=torch.Generator().manual_seed(0))
    a = [net.stem(x)]
    for one in (one for stage in net.stages for one in stage):
        if gamma == "1":
            torch.nn.init.ones_(one.body[-1].norm.weight)
        a.append(one(a[-1]))
    J = cross_entropy(net.output(a[-1].mean((2, 3))), y)
    return [delta.norm().item() for delta in torch.autograd.grad(J, a[:-1])]


@cache
def _study() -> dict[str, Any]:
    return json.loads(STUDY.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _names(depth: str) -> dict[str, str]:
    from wengu.vision import convnets
    from wengu.vision.convnets.resnet_cifar import CifarResNet

    kind = getattr(convnets, f"ResNet{depth}")
    if issubclass(kind, CifarResNet):
        names, widths, blocks = {"stem": "3 × 3, 16"}, [16, 32, 64], [kind.n] * 3
    else:
        names = {"stem.layer": "7 × 7, 64", "stem.pool": say("pool")}
        widths, blocks = [256, 512, 1024, 2048] if kind.bottleneck else [64, 128, 256, 512], kind.blocks
    names |= {f"stages.{k}": f"{n_C} · {n}" for k, (n_C, n) in enumerate(zip(widths, blocks, strict=True))}
    return names | {"output": say("output")}


def _residual() -> Any:
    from wengu.vision.convnets.resnet import Residual

    return Residual


def _any() -> Any:
    """A generator, so that what is only counted draws nothing of the program's."""
    import torch

    return torch.Generator()


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=gradient)
def plain_and_deep(rng):
    """By the gradients of the network itself."""
    lengths = _lengths("56", "none", "1")
    ratio = lengths[0] / lengths[-1]
    right = "longer" if ratio > 10 else "shorter" if ratio < 0.1 else "same"
    return Options(right, of=("shorter", "same", "longer"), then={"depth": "56"}, times=f"{ratio:,.0f}")


@question
def of_a_block(rng):
    """Two layers of 3 × 3 without b, and γ and β of each."""
    C = rng.choice([16, 32, 64, 128])
    answer = sum(p.numel() for p in _residual()(C, C, generator=_any()).parameters())
    return Number(answer, traps={"no_norm": 18 * C * C, "one": answer / 2, "with_b": answer + 2 * C}, C=C)


@question
def of_the_shortcut(rng):
    """A 1 × 1 convolution."""
    C = rng.choice([16, 32, 64, 128])
    block_ = _residual()(C, 2 * C, stride=2, generator=_any())
    answer = block_.shortcut.conv.weight.numel()
    return Number(answer, traps={"square": C * C, "three": 9 * answer}, C=C, more=2 * C)


@question
def through_the_sum(rng):
    """Each block gives back 1 + w."""
    import torch

    w, blocks = rng.choice([0.1, 0.2, -0.1]), rng.choice([5, 10])
    x = torch.ones((), dtype=torch.float64, requires_grad=True)
    a = x
    for _ in range(blocks):
        a = a + w * a
    (answer,) = torch.autograd.grad(a, x)
    return Number(answer.item(), traps={"plain": w**blocks, "added": 1 + blocks * w}, w=w, blocks=blocks)


@question
def narrow_in_between(rng):
    """1 × 1, 3 × 3 and 1 × 1 with a quarter of the channels, beside two of 3 × 3 with all of them."""
    C = rng.choice([128, 256, 512])
    few, many = (sum(p.numel() for name, p in made.named_parameters() if "conv" in name) for made in (
        _residual()(C, C // 4, bottleneck=True, generator=_any()), _residual()(C, C, generator=_any())))
    return Number(many / few, traps={"only_three": 32.0, "side": 4.0}, C=C, quarter=C // 4, few=few, many=many)
