"""The exponentially weighted average of a real cost curve, with and without bias correction."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, figure, line, rule, slider


@figure(shows=["wengu.functions:exponential_average", "wengu.functions:effective_window"])
def smoothed(beta=slider(0.0, 0.99, 0.95, step=0.01, label="β")) -> Fig:
    """The costs of mini-batches, their averages, and how much each of the last costs weighs in one."""
    import torch

    from wengu.functions import effective_window, exponential_average
    from wengu.pages.gradient_descent.small_training import whole_training

    costs = torch.tensor([stop.cost for stop in whole_training(0.5)], dtype=torch.float64)
    t = range(1, len(costs) + 1)
    corrected = exponential_average(costs, beta)
    plain = exponential_average(costs, beta, corrected=False)
    one_alone = torch.zeros_like(costs)
    one_alone[0] = 1  # what a single 1 leaves in the average, k steps later, is its weight
    weights = exponential_average(one_alone, beta, corrected=False)
    memory = effective_window(beta)
    return Fig(
        Panel(
            dots(t, costs, label=say("cost of a mini-batch"), tone="quiet", size=2),
            line(t, plain, label=say("not corrected"), tone="2", dash=True),
            line(t, corrected, label=say("corrected"), wide=True),
            x=Axis(label=say("step"), domain=(0, len(costs))),
            y=Axis(label="J", domain=(0, 3)),
        ),
        Panel(
            line(range(121), weights[:121], label=say("weight"), tone="3", wide=True),
            rule(x=memory, label="1/(1 − β)"),
            x=Axis(label=say("steps ago"), domain=(0, 120)),
            y=Axis(domain=(0, max(1 - beta, 0.02))),
        ),
        say=say("With β = {beta:.2f} about the last {memory:.3g} steps count. At step 1 the cost is {cost:.3g} and the "
                "average {corrected:.3g} with the correction, {plain:.3g} without; at the end they are {last:.3g} and "
                "{last_plain:.3g}.", beta=beta,
                memory=memory, cost=costs[0].item(), corrected=corrected[0].item(), plain=plain[0].item(),
                last=corrected[-1].item(), last_plain=plain[-1].item()),
        values={"memory": memory, "cost": costs[0].item(), "plain": plain[0].item()},
    )
