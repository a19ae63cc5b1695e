"""Every decay of the learning rate on one axis."""

from __future__ import annotations

from typing import Any

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, choice, figure, rule, slider, stairs, toggle

EPOCHS, STEPS_AN_EPOCH = 20, 10


@figure(shows=["wengu.optimization:schedule", "wengu.optimization:by_epoch", "wengu.optimization:exponential",
               "wengu.optimization:power", "wengu.optimization:staircase"])
def curves(
    lr=slider(0.01, 1.0, 0.2, step=0.01, label="α₀"),
    rate=slider(0.1, 5.0, 1.0, step=0.1, label="rate of inverse time"),
    base=slider(0.5, 0.99, 0.95, step=0.01, label="base of the exponential"),
    power=choice("1", "0.5", label="power p", labels=("1", "½")),
    every=slider(1, 10, 5, label="epochs per stair"),
    warm_up=slider(0, 10, 0, label="epochs of warm-up"),
    logarithmic=toggle(False, label="logarithmic α"),
) -> Fig:
    """α at each step of 20 epochs of ten mini-batches, and as numbers at the first few epochs."""
    from wengu.optimization import schedule

    settings: dict[str, dict[str, Any]] = {
        "by-epoch": {"rate": rate}, "exponential": {"base": base}, "epoch-power": {"power": float(power)},
        "step-power": {"power": float(power)}, "staircase": {"every": every, "factor": 0.5}, "cosine": {},
    }
    total = EPOCHS * STEPS_AN_EPOCH
    alphas = {}
    for name, more in settings.items():
        decay = schedule(name, warm_up_epochs=warm_up, **more)
        alphas[name] = [lr * decay(t, STEPS_AN_EPOCH, total) for t in range(total)]
    epochs = [t / STEPS_AN_EPOCH for t in range(total + 1)]
    tones: Any = dict(zip(settings, "123456", strict=True))
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
        head=(say("epochs done"), *shown.values()),
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
