"""Every decay of the learning rate on one axis."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, figure, link, rule, slider, stairs, toggle
from wengu.pages.question import Derived, Number, Options, question

EPOCHS, STEPS_AN_EPOCH = 20, 10


@figure(shows=["wengu.optimization:schedule", "wengu.optimization:by_epoch", "wengu.optimization:exponential",
               "wengu.optimization:power", "wengu.optimization:staircase"], ahead=1000,
        links=[link(r"\text{rate}", "rate", "1", "rate"), link("0.95", "base", "2", "base"),
               link(r"\text{every}", "every", "5", "every"), link("S", "total", "6")])
def curves(
    lr=slider(0.01, 1.0, 0.2, step=0.01, label="α₀"),
    rate=slider(0.1, 5.0, 1.0, step=0.1, label="rate of inverse time"),
    base=slider(0.5, 0.99, 0.95, step=0.01, label="base of the exponential"),
    power=choice("0.5", "1", label="power p", labels=("½", "1")),
    every=slider(1, 10, 5, label="epochs per stair"),
    warm_up=slider(0, 10, 0, label="epochs of warm-up"),
    logarithmic=toggle(False, label="logarithmic α"),
) -> Fig:
    """α at each step of 20 epochs of ten mini-batches, and as numbers at the first few epochs."""
    settings: dict[str, dict[str, Any]] = {
        "by-epoch": {"rate": rate}, "exponential": {"base": base}, "epoch-power": {"power": float(power)},
        "step-power": {"power": float(power)}, "staircase": {"every": every, "factor": 0.5}, "cosine": {},
    }
    alphas = {name: [lr * one for one in _decay(name, warm_up, *more.items())] for name, more in settings.items()}
    epochs = [t / STEPS_AN_EPOCH for t in range(EPOCHS * STEPS_AN_EPOCH + 1)]
    tones: Any = dict(zip(settings, ("1", "2", "quiet", "4", "5", "6"), strict=True))
    shown = dict(zip(settings, (say("inverse time"), say("exponential"), say("power of the epoch"),
                                say("power of the step"), say("staircase"), say("cosine")), strict=True))
    floor = lr / 1000
    first = say(", ").join(f"{alphas['by-epoch'][e * STEPS_AN_EPOCH]:.3g}" for e in (1, 2, 3, 4))
    return Fig(
        Panel(
            *(stairs(epochs, [max(alpha, floor) for alpha in alphas[name]], label=shown[name], tone=tones[name],
                   wide=name == "by-epoch", dash=name == "epoch-power") for name in settings),
            *([rule(x=warm_up, label=say("end of warm-up"))] if warm_up else []),
            x=Axis(label=say("epochs done"), domain=(0, EPOCHS)),
            y=Axis(label="α", domain=(floor if logarithmic else 0, lr), log=logarithmic),
        ),
        head=("e", *shown.values()),
        rows=[(epoch, *(f"{alphas[name][epoch * STEPS_AN_EPOCH]:.3g}" for name in settings))
              for epoch in (0, 1, 2, 3, 4, 10)],
        say=say("After 1, 2, 3 and 4 epochs inverse time has {first}. After 19 it has {by_epoch:.3g}, the exponential "
                "{exponential:.3g}, the staircase {staircase:.3g} and the cosine {cosine:.3g}.", first=first,
                **{name.replace("-", "_"): alphas[name][19 * STEPS_AN_EPOCH]
                   for name in ("by-epoch", "exponential", "staircase", "cosine")}),
        values={"first": lr, "rate": rate,
                **{f"after{e}": alphas["by-epoch"][e * STEPS_AN_EPOCH] for e in (1, 2, 3, 4)},
                "tenth": alphas["step-power"][STEPS_AN_EPOCH - 1] / lr, "steps": STEPS_AN_EPOCH},
    )


@cache
def _decay(name: str, warm_up: int, *settings: tuple[str, Any]) -> list[float]:
    """What α₀ is multiplied by, step by step."""
    from wengu.optimization import schedule

    decay = schedule(name, warm_up_epochs=warm_up, **dict(settings))
    total = EPOCHS * STEPS_AN_EPOCH
    return [decay(t, STEPS_AN_EPOCH, total) for t in range(total)]


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=curves)
def a_whole_power(rng):
    """n grows faster than √n."""
    from wengu.optimization import power

    return Options("faster" if power(100) < power(100, power=0.5) else "slower", of=("faster", "same", "slower"),
                   then={"power": "1"}, one=power(100), half=power(100, power=0.5))


@question
def inverse_time(rng):
    """α₀/(1 + rate · e)."""
    from wengu.optimization import by_epoch

    lr, rate, e = rng.choice([0.2, 0.1, 0.3]), rng.choice([1.0, 0.5, 2.0]), rng.choice([2, 3, 4, 9])
    return Number(lr * by_epoch(e, rate=rate), traps={"next": lr * by_epoch(e + 1, rate=rate),
                                                      "multiplied": lr * e * rate, "without_1": lr / (rate * e)},
                  lr=lr, rate=rate, e=e)


@question
def stairs_down(rng):
    """Halved every so many epochs."""
    from wengu.optimization import staircase

    lr, every, e = rng.choice([0.1, 0.8, 0.4]), rng.choice([5, 10]), rng.choice([12, 17, 23, 35, 38])
    return Number(lr * staircase(e, every=every, factor=0.5),
                  traps={"smooth": lr * 0.5 ** (e / every),
                         "once_more": lr * staircase(e + every, every=every, factor=0.5)}, lr=lr, every=every, e=e)


@question
def cosine_at(rng):
    """α₀/2 (1 + cos πs/S)."""
    from wengu.optimization import cosine

    lr, (s, total) = rng.choice([0.1, 0.2, 1.0]), rng.choice([(25, 100), (75, 100), (100, 300), (200, 300), (50, 60)])
    return Number(lr * cosine(s, total),
                  traps={"line": lr * (1 - s / total), "quarter": lr * math.cos(math.pi * s / total / 2)},
                  lr=lr, s=s, total=total)


@question
def epochs_to_half(rng):
    """base^e ≤ ½."""
    from wengu.optimization import exponential

    base = rng.choice([0.8, 0.9, 0.95, 0.97, 0.98])
    n = next(e for e in range(1, 200) if exponential(e, base=base) <= 0.5)
    return Number(n, traps={"linear": math.ceil(0.5 / (1 - base) - 1e-9), "before": n - 1}, base=base)


@question
def never_at_rest(rng):
    """What noise of a fixed α leaves: the variance at which a step changes it no more."""
    lr, h, noise = rng.choice([0.1, 0.5]), rng.choice([1.0, 2.0]), 4.0
    variance = 0.0
    for _ in range(500):
        variance = (1 - lr * h) ** 2 * variance + lr**2 * noise
    return Derived(same=(lr * noise / (h * (2 - lr * h)), variance))
