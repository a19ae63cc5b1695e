"""Early stopping on a real training that over-fits: when it would have stopped, and what it goes back to."""

from __future__ import annotations

from functools import cache

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, figure, line, link, note, rule, slider, steps
from wengu.pages.question import Number, Options, question

EPOCHS, TRAIN, DEV = 45, 60, 200


@figure(shows=["wengu.training:EarlyStopping"],
        links=[link(r"\text{patience}", "patience", "4", "patience"), link(r"J_{\text{dev}}", "cost", "1")])
def costs(
    patience=slider(1, 15, 5, label="patience"),
    epochs=steps(1, EPOCHS, label="epoch"),
) -> Fig:
    """Train and dev cost by epoch, the best point, and where training stops."""
    from wengu.training import EarlyStopping

    train, dev, wrong = (row[:epochs] for row in _run())
    stopping = EarlyStopping(patience=patience)
    best = last = 0
    for last, cost in enumerate(dev, 1):
        if stopping.improves(cost):
            best = last
        if stopping.stop:
            break
    number = list(range(1, epochs + 1))
    sentence = (
        say("A patience of {patience} stops after epoch {last} and goes back to epoch {best}, with the dev cost "
            "{kept:.3f} and the dev error {wrong:.1%}. After {epochs} {epochs:epoch|epochs} they would be {end:.3f} "
            "and {wrong_end:.1%}.",
            patience=patience, last=last, best=best, kept=dev[best - 1], wrong=wrong[best - 1], epochs=epochs,
            end=dev[-1], wrong_end=wrong[-1])
        if stopping.stop else
        say("A patience of {patience} has not run out by epoch {last}. The best so far is epoch {best}, with the dev "
            "cost {kept:.3f} and the dev error {wrong:.1%}.",
            patience=patience, last=last, best=best, kept=dev[best - 1], wrong=wrong[best - 1])
    )
    return Fig(
        Panel(
            line(number, train, label=say("train"), tone="quiet"),
            line(number[:last], dev[:last], label=say("dev"), wide=True),
            line(number[last - 1 :], dev[last - 1 :], label=say("dev, had it gone on"), dash=True),
            *([rule(x=last, label=say("stop"), tone="bad")] if stopping.stop else []),
            dots([best], [dev[best - 1]], tone="good", size=6),
            note(best, dev[best - 1] - 0.03, say("restored") if stopping.stop else say("the best so far"), tone="good",
                 anchor="middle"),
            x=Axis(label=say("epoch"), whole=True, domain=(1, EPOCHS)),
            y=Axis(label=say("cost"), domain=(0, 0.35)),
        ),
        say=sentence,
        values={"train": TRAIN, "dev": DEV, "last": last, "best": best, "kept": dev[best - 1],
                "wrong": wrong[best - 1]},
    )


@cache
def _run() -> tuple[list[float], list[float], list[float]]:
    """Train cost, dev cost and dev error by epoch: 32 tanh units on 60 biopsies, judged on 200 others."""
    import torch
    from sklearn.datasets import load_breast_cancer
    from torch import nn

    from wengu.functions import binary_cross_entropy
    from wengu.layers import InputNormalisation, Linear
    from wengu.optimization import Adam

    data = load_breast_cancer()
    seed = torch.Generator().manual_seed(0)
    order = torch.randperm(len(data.target), generator=seed)[: TRAIN + DEV]
    x = torch.from_numpy(data.data)[order]
    y = torch.from_numpy(data.target)[order, None].double()
    x = InputNormalisation.of(x[:TRAIN])(x).double()
    net = nn.Sequential(
        Linear(x.shape[1], 32, init_variance=1, generator=seed), nn.Tanh(),
        Linear(32, 1, init_variance=1, generator=seed),
    ).double()
    optimiser = Adam(net.parameters(), lr=0.003)
    train: list[float] = []
    dev: list[float] = []
    wrong: list[float] = []
    for _ in range(EPOCHS):
        for batch in torch.split(torch.randperm(TRAIN, generator=seed), 5):
            optimiser.zero_grad()
            binary_cross_entropy(net(x[batch]), y[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            z = net(x)
        train.append(binary_cross_entropy(z[:TRAIN], y[:TRAIN]).item())
        dev.append(binary_cross_entropy(z[TRAIN:], y[TRAIN:]).item())
        wrong.append(((z[TRAIN:] > 0) != (y[TRAIN:] > 0)).double().mean().item())
    return train, dev, wrong


# -- questions --------------------------------------------------------------------------------------------------------


@question(moves=costs)
def less_patience(rng):
    """It may stop at an accident of the curve."""
    long, short = (costs(patience=one, epochs=EPOCHS).values["best"] for one in (5, 2))
    return Options("earlier" if short < long else "same", of=("earlier", "same", "later"),
                   then={"patience": 2, "epochs": EPOCHS},
                   long=long, short=short, last=costs(patience=2, epochs=EPOCHS).values["last"])


@question
def when_it_stops(rng):
    """The first epoch that is `patience` epochs away from the best."""
    curve, patience = _curve(rng), rng.choice([2, 3])
    stop, best = _stopped(curve, patience)
    return Number(stop, traps={"best": best, "one_more": stop + 1, "all": len(curve)}, curve=curve, patience=patience)


@question
def what_is_kept(rng):
    """The weights of the best epoch, where it stops."""
    curve, patience = _curve(rng), 2
    stop, best = _stopped(curve, patience)
    lowest = min(range(len(curve)), key=curve.__getitem__) + 1
    return Number(best, traps={"stop": stop, "before": stop - 1, "lowest": lowest if lowest > stop else len(curve)},
                  curve=curve, patience=patience)


@question
def like_a_penalty(rng):
    """In flat directions t steps act like λ/m = 1/(αt)."""
    lr, t = rng.choice([0.01, 0.1, 0.05]), rng.choice([20, 50, 100, 200])
    h = 1e-7
    part = 1 - (1 - lr * h) ** t  # of w*, after t steps
    return Number(h / part - h, traps={"product": lr * t, "rate": lr, "per_step": 1 / t}, lr=lr, t=t)


@question
def cost_and_error(rng):
    """The cost climbs while the error still falls."""
    return Options("monitor", of=("monitor", "cost", "rate", "train"))


def _curve(rng) -> list[float]:
    """A dev cost that falls, turns and climbs, with an accident on its way."""
    down = sorted(rng.sample(range(40, 95), 5), reverse=True)
    up = sorted(rng.sample(range(down[-1] + 1, 99), 4))
    curve = down + up
    k = rng.randint(1, 3)
    curve[k], curve[k + 1] = curve[k + 1], curve[k]
    return [one / 100 for one in curve]


def _stopped(curve: list[float], patience: int) -> tuple[int, int]:
    """The epoch in which it stops, and the one whose weights it keeps."""
    from wengu.training import EarlyStopping

    stopping, best = EarlyStopping(patience=patience), 0
    for epoch, value in enumerate(curve, 1):
        if stopping.improves(value):
            best = epoch
        if stopping.stop:
            return epoch, best
    return len(curve), best
