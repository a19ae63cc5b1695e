"""Early stopping on a real training that over-fits: when it would have stopped, and what it goes back to."""

from __future__ import annotations

from functools import cache

from wengu.core.i18n import say
from wengu.pages.figure import Axis, Fig, Panel, dots, figure, line, link, note, quoted, rule, slider, steps
from wengu.pages.question import Number, Options, question

EPOCHS, TRAIN, DEV = 45, 60, 200
DROPPED, BELOW = 0.5, 1  # a dropout, and an epoch in which the dev cost is below the train cost that it shows


@figure(shows=["wengu.training:EarlyStopping"],
        links=[link(r"\text{patience}", "patience", "4", "patience"), link(r"J_{\text{dev}}", "cost", "1")])
def costs(
    patience=slider(1, 15, 5, label="patience"),
    epochs=steps(1, EPOCHS, label="epoch"),
) -> Fig:
    """Train and dev cost by epoch, the best point, and where training stops."""
    from wengu.training import EarlyStopping

    train, dev, wrong, _ = (row[:epochs] for row in _run())
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


@quoted
def under_way() -> dict[str, float]:
    """The same with dropout: the train cost of an epoch as its steps met it, and of the network that they left."""
    train, dev, _, met = _run(DROPPED)
    return {"epoch": BELOW, "p": DROPPED, "met": met[BELOW - 1], "train": train[BELOW - 1], "dev": dev[BELOW - 1]}


@cache
def _run(dropped: float = 0.0) -> tuple[list[float], list[float], list[float], list[float]]:
    """By epoch, of 32 tanh units on 60 biopsies, judged on 200 others: train cost, dev cost and dev error after it,
    and the mean cost of its steps."""
    import torch
    from sklearn.datasets import load_breast_cancer
    from torch import nn

    from wengu.functions import binary_cross_entropy
    from wengu.layers import Dropout, InputNormalisation, Linear
    from wengu.optimization import Adam

    data = load_breast_cancer()
    seed = torch.Generator().manual_seed(0)
    order = torch.randperm(len(data.target), generator=seed)[: TRAIN + DEV]
    x = torch.from_numpy(data.data)[order]
    y = torch.from_numpy(data.target)[order, None].double()
    x = InputNormalisation.of(x[:TRAIN])(x).double()
    net = nn.Sequential(
        Linear(x.shape[1], 32, init_variance=1, generator=seed), nn.Tanh(),
        *([Dropout(dropped, generator=seed)] if dropped else []), Linear(32, 1, init_variance=1, generator=seed),
    ).double()
    optimiser = Adam(net.parameters(), lr=0.003)
    train: list[float] = []
    dev: list[float] = []
    wrong: list[float] = []
    met: list[float] = []
    for _ in range(EPOCHS):
        costs = []
        for batch in torch.split(torch.randperm(TRAIN, generator=seed), 5):
            optimiser.zero_grad()
            cost = binary_cross_entropy(net.train()(x[batch]), y[batch])
            cost.backward()
            optimiser.step()
            costs.append(cost.item())
        with torch.no_grad():
            z = net.eval()(x)
        train.append(binary_cross_entropy(z[:TRAIN], y[:TRAIN]).item())
        dev.append(binary_cross_entropy(z[TRAIN:], y[TRAIN:]).item())
        wrong.append(((z[TRAIN:] > 0) != (y[TRAIN:] > 0)).double().mean().item())
        met.append(sum(costs) / len(costs))
    return train, dev, wrong, met


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
    patience = rng.choice([2, 3])
    curve = _curve(rng, patience - rng.randint(0, 1))
    stop, best = _stopped(curve, patience)
    return Number(stop, traps={"best": best, "one_more": stop + 1, "all": len(curve)}, curve=curve, patience=patience)


@question
def what_is_kept(rng):
    """The weights of the best epoch until it stops, which a bump as long as the patience parts from the lowest."""
    patience = rng.choice([2, 3])
    curve = _curve(rng, patience - rng.randint(0, 1))
    stop, best = _stopped(curve, patience)
    lowest = curve.index(min(curve)) + 1
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


def _curve(rng, bumps: int) -> list[float]:
    """A dev cost that falls, is higher for so many epochs, falls lower, turns and climbs."""
    first, second = (sorted(rng.sample(range(*ends), n), reverse=True) for ends, n in (((65, 90), 3), ((40, 60), 2)))
    bump = rng.sample(range(first[-1] + 1, 95), bumps)
    climb = sorted(rng.sample(range(second[-1] + 1, 99), 5))
    return [one / 100 for one in (*first, *bump, *second, *climb)]


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
