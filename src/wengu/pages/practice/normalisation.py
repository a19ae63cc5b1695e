"""Input normalisation: two features of very different size, by the training set's numbers or by each set's own."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, figure, slider, toggle


@figure(shows=["wengu.layers:InputNormalisation"])
def two_sets(
    shift=slider(-3.0, 3.0, 1.5, step=0.1, label="how far dev is from training, in σ"),
    own=toggle(False, label="dev by its own μ and σ (a mistake)"),
) -> Fig:
    """Training and dev examples before and after."""
    import torch

    from wengu.layers import InputNormalisation

    generator = torch.Generator().manual_seed(0)
    size, middle = torch.tensor([200.0, 2.0]), torch.tensor([500.0, 5.0])
    train = middle + size * torch.randn(120, 2, generator=generator)
    dev = middle + size * (shift + torch.randn(40, 2, generator=generator))
    layer = InputNormalisation.of(train.double())
    t, d = layer(train), (InputNormalisation.of(dev.double()) if own else layer)(dev)
    mean, std = d.mean(dim=0).tolist(), layer.std.tolist()

    def marks(a: torch.Tensor, b: torch.Tensor) -> list[dict[str, object]]:
        return [dots(a[:, 0], a[:, 1], label=say("train"), tone="1", size=3),
                dots(b[:, 0], b[:, 1], label=say("dev"), tone="2", size=3)]

    return Fig(
        Panel(*marks(train, dev), x=Axis(label="x₁"), y=Axis(label="x₂"), title=say("as measured")),
        Panel(*marks(t, d), x=Axis(label="(x₁ − μ₁) / σ₁", domain=(-7, 7)),
              y=Axis(label="(x₂ − μ₂) / σ₂", domain=(-7, 7)), title=say("normalised"), equal=True),
        say=say("σ of training is {s1:.0f} and {s2:.2f}. After normalisation dev has the means {m1:.2f} and {m2:.2f}.",
                s1=std[0], s2=std[1], m1=mean[0], m2=mean[1]),
        values={"s1": std[0], "s2": std[1], "m1": mean[0], "m2": mean[1], "kappa": (std[0] / std[1]) ** 2},
    )
