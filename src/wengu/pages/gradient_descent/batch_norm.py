"""Batch normalisation of a real layer: before and after; and at test time, with averages over the batches."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, figure, line, link, rule, slider, stairs, steps
from wengu.pages.question import Derived, Number, Options, question

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


@figure(shows=["wengu.layers:batch_norm_by_hand", "wengu.layers:batch_statistics"],
        links=[link(r"\gamma", "gamma", "4", "gamma"), link(r"\beta", "beta", "5", "beta")])
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
        values={"mean": float(mu[0]), "below": float((z[:, 0] < 0).double().mean()), "unit": UNITS[0],
                "off": float((after[:, 0] < 0).double().mean()), "sigma": float(variance[0] ** 0.5),
                "reached": float(variance_after[0] ** 0.5)},
    )


@figure(shows=["wengu.layers:running_by_hand", "wengu.layers:batch_norm_by_hand"],
        links=[link(r"\mu", "mu", "2"), link(r"\mu_{\text{run}}", "mu_run", "1"),
               link("0.1", "momentum", "6", "momentum")])
def test_time(
    size=slider(2, 64, 8, label="batch size"),
    momentum=slider(0.01, 1.0, 0.1, step=0.01, label="weight of the new batch"),
    step=steps(0, STEPS, label="step"),
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
            line(t, means, label=say("μ of the batch"), tone="2", grows=t),
            line(range(STEPS + 1), [0.0, *averages], label=say("running average"), wide=True, grows=True),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label="μ", domain=(0, 2.5)),
        ),
        Panel(
            line(t, together, label=say("by its batch, as in training"), tone="2", grows=t),
            line(t, alone, label=say("by the running average, as at test"), wide=True, grows=t),
            x=Axis(label=say("step"), domain=(0, STEPS)),
            y=Axis(label=say("normalised z"), domain=(-3, 3)),
            title=say("one and the same picture"),
        ),
        say=[say("Step {step}: μ of the batch is {mean:.3f}, the running average {run:.3f}; the picture's normalised z "
                 "is {together:.2f} by its batch, {alone:.2f} by the average.", step=k, mean=means[k - 1],
                 run=averages[k - 1], together=together[k - 1], alone=alone[k - 1]) if k else
             say("Step 0: the running average begins at 0.") for k in range(STEPS)] + [
             say("Over the last {n} {n:step|steps} the same picture's normalised z is between {low:.2f} and {high:.2f} "
                 "by its batch, and between {low_run:.2f} and {high_run:.2f} by the running average, whose μ ends at "
                 "{run:.3f}; μ of all pictures is {mu:.3f}.", n=STEPS - late, low=min(together[late:]),
                 high=max(together[late:]),
                 low_run=min(alone[late:]), high_run=max(alone[late:]), run=averages[-1], mu=mu)],
        values={"steps": STEPS, "last": STEPS - late, "size": size, "span": max(together[late:]) - min(together[late:]),
                "span_run": max(alone[late:]) - min(alone[late:])},
    )


def _listed(values: Tensor) -> str:
    return say(", ").join(f"{round(value, 2) + 0.0:.2f}" for value in values.tolist())


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=before_after)
def two_pictures(rng):
    """Two values always come to lie at -1 and 1."""
    import torch

    from wengu.layers import batch_norm_by_hand

    z = batch_norm_by_hand(torch.tensor([[3.0], [7.5]], dtype=torch.float64), torch.ones(1), torch.zeros(1))
    return Options("ones" if torch.allclose(z.abs(), torch.ones_like(z), atol=1e-4) else "spread",
                   of=("spread", "ones", "noughts"), then={"m": 2})


@question
def normalised(rng):
    """(z - μ)/σ, with the variance of the batch."""
    import torch

    from wengu.layers import batch_norm_by_hand

    shift = rng.choice([0.0, 1.0, -3.0, 10.0])
    z = [one + shift for one in rng.choice([(1, 3, 5, 7), (2, 2, 6, 6), (0, 2, 4, 10), (1, 1, 1, 5), (0, 4, 8, 8)])]
    column = torch.tensor(z, dtype=torch.float64)
    out = batch_norm_by_hand(column[:, None], torch.ones(1), torch.zeros(1))[-1, 0]
    away = column[-1] - column.mean()
    return Number(out, traps={"sample": away / column.std(), "variance": away / column.var(correction=0),
                              "shifted": away},
                  z=z, mean=column.mean().item(), variance=column.var(correction=0).item())


@question
def running_mean(rng):
    """μ_run after two batches."""
    import torch

    from wengu.layers import running_by_hand

    one, other = rng.sample([2.0, 4.0, 5.0, 8.0, 10.0], 2)
    kept = (torch.zeros(1), torch.ones(1))
    for mean in (one, other):
        kept = running_by_hand(kept, torch.tensor([[mean - 1], [mean + 1]]), momentum=0.1)
    return Number(kept[0], traps={"swapped": 0.1 * 0.9 * one + 0.9 * other, "mean": (one + other) / 2,
                                  "started": 0.9 * one + 0.1 * other}, one=one, other=other)


@question
def what_is_learned(rng):
    """γ and β of each channel; μ and σ² are kept, not learned."""
    from wengu.layers import BatchNorm

    channels = rng.choice([6, 16, 32, 64, 120])
    learned = sum(one.numel() for one in BatchNorm(channels).parameters())
    return Number(learned, traps={"kept_too": 4 * channels, "one": channels, "pairs": channels**2}, channels=channels)


@question
def left_out(rng):
    """What the mean takes away again."""
    import torch

    from wengu.layers import batch_norm_by_hand

    z = torch.tensor([[1.0], [4.0], [-2.0]], dtype=torch.float64)
    one, other = (batch_norm_by_hand(z + b, torch.ones(1), torch.zeros(1)) for b in (0.0, 5.0))
    return Options("bias" if torch.allclose(one, other) else "gamma", of=("bias", "gamma", "beta", "epsilon"))


@question
def gradient_sums_to_0(rng):
    """∂J/∂z over the batch, against automatic differentiation."""
    import torch

    from wengu.layers import batch_norm_by_hand

    z = torch.tensor([[rng.uniform(-2, 2)] for _ in range(6)], dtype=torch.float64, requires_grad=True)
    back = torch.linspace(-1, 2, 6, dtype=torch.float64)[:, None]
    (found,) = torch.autograd.grad(batch_norm_by_hand(z, 2 * torch.ones(1), torch.zeros(1)), z, back)
    norm = batch_norm_by_hand(z.detach(), torch.ones(1), torch.zeros(1))
    g, scale = 2 * back, (z.detach().var(correction=0) + 1e-5) ** 0.5
    by_hand = (g - g.mean() - norm * (g * norm).mean()) / scale
    return Derived(same=(torch.cat([by_hand, by_hand.sum(0, keepdim=True)]),
                         torch.cat([found, torch.zeros(1, 1, dtype=torch.float64)])))
