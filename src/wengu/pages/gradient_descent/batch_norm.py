"""Batch normalisation of a real layer: before and after; and at test time, with averages over the batches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, figure, line, rule, slider, stairs

if TYPE_CHECKING:
    from torch import Tensor

PICTURES = 400
UNITS = (8, 23, 9)  # of C5: one low, one wide, one high
TONES: tuple[Any, ...] = ("1", "2", "3")
STEPS = 60


@cache
def sums() -> Tensor:
    """z of three units of C5 in a LeNet-5 with its initial weights, for 400 pictures of the sample, (400, 3)."""
    import torch

    from wengu.pages.gradient_descent.small_training import pictures
    from wengu.vision.convnets import LeNet5

    x, _ = pictures(PICTURES)
    kept: list[Tensor] = []
    net = LeNet5(generator=torch.Generator().manual_seed(0))
    net.c5.register_forward_hook(lambda layer, inputs, z: kept.append(z[:, UNITS].double()))
    with torch.no_grad():
        net(x.float())
    return kept[0]


@figure(shows=["wengu.layers:batch_norm_by_hand", "wengu.layers:batch_statistics"])
def before_after(
    m=slider(2, PICTURES, PICTURES, label="pictures in the batch"),
    gamma=slider(0.0, 2.0, 1.0, step=0.1, label="γ"),
    beta=slider(-3.0, 3.0, 0.0, step=0.1, label="β"),
) -> Fig:
    """How z is spread over the batch, unit by unit, and how z̃ is."""
    import numpy as np
    import torch

    from wengu.layers import batch_norm_by_hand, batch_statistics

    z = sums()[:m]
    after = batch_norm_by_hand(z, torch.full((3,), gamma).double(), torch.full((3,), beta).double())
    (mu, variance), (mu_after, variance_after) = batch_statistics(z), batch_statistics(after)
    edges = np.linspace(-6, 6, 49)

    def spread(values: Tensor) -> Panel:
        counts = [np.histogram(column, edges)[0] / m for column in values.T.numpy()]
        return Panel(
            *(stairs(edges, share, label=say("unit {n}", n=unit), tone=tone)
              for share, unit, tone in zip(counts, UNITS, TONES, strict=True)),
            rule(x=0),
            x=Axis(label="z" if values is z else "z̃", domain=(-6, 6)),
            y=Axis(label=say("share of the pictures"), domain=(0, 1.08 * max(map(max, counts)))),
            title=say("before") if values is z else say("after"),
        )

    return Fig(
        spread(z),
        spread(after),
        say=say("Means of {mu} and deviations of {sigma} become {mu_after} and {sigma_after}.", mu=_listed(mu),
                sigma=_listed(variance.sqrt()), mu_after=_listed(mu_after), sigma_after=_listed(variance_after.sqrt())),
        values={"mean": float(mu[0]), "below": float((z[:, 0] < 0).double().mean())},
    )


@figure(shows=["wengu.layers:running_by_hand", "wengu.layers:batch_norm_by_hand"])
def test_time(
    size=slider(2, 64, 8, label="batch size"),
    momentum=slider(0.01, 1.0, 0.1, step=0.01, label="momentum, 1 − β"),
) -> Fig:
    """μ of each batch and its running average; and one picture's z_norm in ever another company, and by the average."""
    import torch

    from wengu.layers import batch_norm_by_hand, batch_statistics, running_by_hand

    z = sums()[:, 2:]  # (400, 1), the high unit
    company = 1 + torch.rand(STEPS, PICTURES - 1, generator=torch.Generator().manual_seed(0)).argsort(1)
    batches = torch.cat([z[:1].expand(1, STEPS), z[company.T[: size - 1], 0]])  # (size, T): the first is in all of them
    running = torch.zeros(1).double(), torch.ones(1).double()
    by_average = []
    for batch in batches.T:
        running = running_by_hand(running, batch[:, None], momentum=momentum)
        by_average.append(torch.cat(running))

    def at_each_step(mu: Tensor, variance: Tensor) -> tuple[list[float], list[float]]:
        """μ, and the picture's z_norm by it: the steps lie beside each other, as channels do."""
        normed = batch_norm_by_hand(z[:1].expand(1, STEPS), torch.ones_like(mu), torch.zeros_like(mu), (mu, variance))
        return mu.tolist(), normed[0].tolist()

    means, together = at_each_step(*batch_statistics(batches))
    averages, alone = at_each_step(*torch.stack(by_average).T)
    mu = batch_statistics(z)[0].item()
    t = range(1, STEPS + 1)
    late = STEPS // 2
    return Fig(
        Panel(
            line([0, STEPS], [mu, mu], label=say("μ of all pictures"), tone="quiet", dash=True),
            line(t, means, label=say("μ of the batch"), tone="2"),
            line(range(STEPS + 1), [0.0, *averages], label=say("running average"), wide=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label="μ", domain=(0, 2.5)),
        ),
        Panel(
            line(t, together, label=say("by its batch, as in training"), tone="2"),
            line(t, alone, label=say("by the running average, as at test"), wide=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("normalised z"), domain=(-3, 3)),
            title=say("one and the same picture"),
        ),
        say=say("Over the last {n} {n:step|steps} the same picture's normalised z is between {low:.2f} and {high:.2f} "
                "by its batch, and between {low_run:.2f} and {high_run:.2f} by the running average, whose μ ends at "
                "{run:.3f}; μ of all pictures is {mu:.3f}.", n=STEPS - late, low=min(together[late:]),
                high=max(together[late:]),
                low_run=min(alone[late:]), high_run=max(alone[late:]), run=averages[-1], mu=mu),
        values={"steps": STEPS, "size": size, "span": max(together[late:]) - min(together[late:]),
                "span_run": max(alone[late:]) - min(alone[late:])},
    )


def _listed(values: Tensor) -> str:
    return say(", ").join(f"{round(value, 2) + 0.0:.2f}" for value in values.tolist())
