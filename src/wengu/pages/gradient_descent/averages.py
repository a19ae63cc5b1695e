"""The exponentially weighted average of a real cost curve, with and without bias correction."""

from __future__ import annotations

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, figure, line, link, rule, slider, steps
from wengu.pages.gradient_descent.small_training import STEPS
from wengu.pages.question import Derived, Number, Options, question


@figure(shows=["wengu.functions:exponential_average", "wengu.functions:effective_window"],
        links=[link(r"\beta", "beta", "4", "beta"), link("v", "v", "2"), link(r"\hat v", "corrected", "1")])
def smoothed(
    beta=slider(0.0, 0.99, 0.95, step=0.01, label="β"),
    step=steps(1, STEPS, label="step"),
) -> Fig:
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
            dots(t, costs, label=say("cost of a mini-batch"), tone="quiet", size=2,
                 grows=True),
            line(t, plain, label=say("v, not corrected"), tone="2", dash=True, grows=True),
            line(t, corrected, label=say("v̂, corrected"), wide=True, grows=True),
            x=Axis(label=say("step"), domain=(0, len(costs))),
            y=Axis(label="J", domain=(0, 3)),
        ),
        Panel(
            line(range(121), weights[:121], tone="3", wide=True),
            rule(x=memory, label="1/(1 − β)"),
            x=Axis(label=say("steps ago"), domain=(0, 120)),
            y=Axis(label=say("weight"), domain=(0, max(1 - beta, 0.02))),
        ),
        say=[*(say("Step {step}: the cost is {cost:.3g}, the average {corrected:.3g} corrected and {plain:.3g} not.",
                   step=k + 1, cost=costs[k].item(), corrected=corrected[k].item(), plain=plain[k].item())
               for k in range(STEPS - 1)),
             say("With β = {beta:.2f} about the last {memory:.3g} steps count. At step 1 the cost is {cost:.3g} and "
                 "the average {corrected:.3g} with the correction, {plain:.3g} without; at the end they are {last:.3g} "
                 "and {last_plain:.3g}.", beta=beta,
                 memory=memory, cost=costs[0].item(), corrected=corrected[0].item(), plain=plain[0].item(),
                 last=corrected[-1].item(), last_plain=plain[-1].item())],
        values={"memory": memory, "cost": costs[0].item(), "plain": plain[0].item()},
    )


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=smoothed)
def smoother(rng):
    """A longer memory lags: behind a line that falls by 1 a step, by β/(1-β)."""
    import torch

    from wengu.functions import exponential_average

    falling = -torch.arange(2000.0, dtype=torch.float64)
    short, long = ((exponential_average(falling, beta)[-1] - falling[-1]).item() for beta in (0.95, 0.99))
    return Options("lags" if long > short else "smooth", of=("rough", "smooth", "lags"), then={"beta": 0.99})


@question
def three_values(rng):
    """v̂ after three values."""
    theta, beta = rng.sample([2.0, 4.0, 6.0, 8.0, 12.0], 3), rng.choice([0.5, 0.8, 0.9])
    corrected, plain = _averages(theta, beta)
    return Number(corrected, traps={"uncorrected": plain, "swapped": _averages(theta, 1 - beta)[0]}, theta=theta,
                  beta=beta)


@question
def memory(rng):
    """The β that looks back over so many steps."""
    from wengu.functions import effective_window

    n = rng.choice([5, 10, 20, 50])
    beta = next(k / 1000 for k in range(1000) if effective_window(k / 1000) >= n - 1e-6)
    return Number(beta, traps={"new": 1 / n, "half": 1 - 2 / (n + 1)}, within=0.002, n=n)


@question
def old_value(rng):
    """β^k: how much less an older value counts than the newest."""
    beta, k = rng.choice([0.5, 0.8, 0.9, 0.95]), rng.choice([2, 3, 5, 10])
    one, other = (_averages([1.0] + [0.0] * k, beta)[1], _averages([0.0] * k + [1.0], beta)[1])
    return Number(one / other, traps={"share": one, "linear": 1 - k * (1 - beta), "newest": 1 - beta}, beta=beta, k=k)


@question
def start_corrected(rng):
    """v_t without its correction, and what it stands for."""
    cost, beta, t = rng.choice([2.0, 2.5, 4.0]), rng.choice([0.9, 0.8]), rng.choice([1, 2, 3])
    corrected, plain = _averages([cost] * t, beta)
    return Number(corrected, traps={"seen": plain, "each_time": plain / (1 - beta), "share": plain * (1 - beta**t)},
                  beta=beta, t=t, plain=plain)


@question
def sum_of_weights(rng):
    """The weights of v_t, summed."""
    beta, t = rng.choice([0.5, 0.8, 0.9, 0.99]), rng.randint(1, 12)
    return Derived(same=(1 - beta**t, _averages([1.0] * t, beta)[1]))


def _averages(theta: list[float], beta: float) -> tuple[float, float]:
    """The last average, corrected and not."""
    import torch

    from wengu.functions import exponential_average_by_hand

    values = torch.tensor(theta, dtype=torch.float64)
    corrected, plain = (exponential_average_by_hand(values, beta, corrected=one)[-1].item() for one in (True, False))
    return corrected, plain
