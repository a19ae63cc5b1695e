"""When transfer from A to B fits: three conditions, each looked at; the one that fails is said.           [notes 5.3]

    the same input format    channels, size and levels of pictures, columns of a table: of both runs' facts
    far more data in A       m_A >= 10 m_B
    A's features help        e(φ) < e(x):   φ what the layers below the last give, x the inputs themselves

e is the share of examples that are nearer to the mean of another class than to that of their own, which is made without
them. Nothing has to be trained for it: μ without x is (n μ - x)/(n - 1), so x lies n/(n - 1) times as far from it.

Source: Snell et al. 2017, arXiv:1703.05175, section 2.3, classify by the nearest class mean of features. Leaving out
the example that is judged is ours, for a class of five has a mean that is near to each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from wengu.core.batches import call
from wengu.core.i18n import say
from wengu.layers.summary import numbered_layers

FAR_MORE = 10  # times B's examples that A should have had
MOST = 200  # examples that are looked at
FEWEST = 4


@dataclass(frozen=True)
class Features:
    """How many of so many examples are wrong by the nearest class mean, of features and of inputs."""

    wrong: int
    of_inputs: int
    examples: int

    @property
    def help(self) -> bool:
        return self.wrong < self.of_inputs or not self.wrong


@dataclass(frozen=True)
class Fits:
    """Whether each condition holds; None where nobody knows."""

    input_format: bool | None
    far_more_data: bool | None
    features: Features | None

    def to_dict(self) -> dict[str, Any]:
        """What run.json says of it."""
        return asdict(self)


def fits(
    facts: Mapping[str, Any], spec: Mapping[str, Any], examples: int, features: Features | None = None
) -> tuple[Fits, tuple[str, ...]]:
    """The conditions, and those that fail in words; `facts` are those of A's run, `spec` is B's recipe's.

    >>> fits({"examples": {"train": 900}, "spec": {"channels": 3}}, {"channels": 1}, 60)[0]
    Fits(input_format=False, far_more_data=True, features=None)
    """
    notes = []
    theirs, own = (_input_format(s) for s in (facts.get("spec", {}), spec))
    if others := [name for name in own if name in theirs and theirs[name] != own[name]]:
        notes.append(say("the input format is different ({names}): what was learned may mean nothing here",
                         names=", ".join(others)))
    learned_from = facts.get("examples", {}).get("train")
    more = None if learned_from is None or not examples else learned_from >= FAR_MORE * examples
    if learned_from is None:
        notes.append(say("how much data it learned from is unknown; transfer pays where that is far more than here"))
    elif learned_from < FAR_MORE * examples:
        notes.append(say("it learned from {theirs:,} {theirs:example|examples}, and there are {own:,} here: transfer "
                         "pays where the first is far more, about {times} times; try from scratch as well",
                         theirs=learned_from, own=examples,
                         times=FAR_MORE))
    if features and not features.help:
        notes.append(say("what its lower layers give does not help: by the nearest class mean {wrong} of {n} training "
                         "{n:example|examples} are wrong on it, on the inputs themselves {own}; try from scratch as "
                         "well", wrong=features.wrong, n=features.examples, own=features.of_inputs))
    alike = None if not theirs.keys() & own.keys() else not others
    return Fits(alike, more, features), tuple(notes)


def features_of(model: nn.Module, inputs: Tensor, labels: Tensor) -> Features | None:
    """What the layers below the last are worth for these classes, on at most 200 examples.

    None where there is nothing below the last layer, or too few examples of a class. The model stays as it is.

    >>> x = torch.tensor([[0., 9.], [.4, -9.], [0., 9.], [1., -9.], [.6, 9.], [1., -9.]])
    >>> model = nn.Sequential(nn.Linear(2, 1, bias=False), nn.Linear(1, 2))
    >>> _ = model[0].weight.data.copy_(torch.tensor([[1., 0.]]))
    >>> features_of(model, x, torch.tensor([0, 0, 0, 1, 1, 1]))
    Features(wrong=0, of_inputs=2, examples=6)
    """
    layers = list(numbered_layers(model).values())
    if len(layers) < 2:
        return None
    index = torch.linspace(0, len(labels) - 1, min(len(labels), MOST)).round().long()
    inputs, labels = inputs[index], labels[index]
    of_class = torch.nn.functional.one_hot(labels).sum(0)
    if int((of_class[labels] > 1).sum()) < FEWEST or int((of_class > 1).sum()) < 2:
        return None
    found: list[Tensor] = []
    handle = layers[-1].register_forward_pre_hook(lambda module, given: found.append(given[0].detach().flatten(1)))
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            for part in torch.split(inputs, 50):
                call(model.eval(), part)
    finally:
        handle.remove()
        for module, mode in modes.items():
            module.training = mode
    if sum(map(len, found)) != len(labels):  # a layer that is applied to parts, or more than once
        return None
    wrong, of_inputs = (int(_wrong(x.float(), labels).sum()) for x in (torch.cat(found), inputs.flatten(1)))
    return Features(wrong, of_inputs, int((of_class[labels] > 1).sum()))


def _wrong(x: Tensor, labels: Tensor) -> Tensor:
    """Whether each example of a class of two or more is nearer to the mean of another class."""
    x = x - x.mean(0)
    x = x / x.std(0).clamp_min(1e-6 * (1 + x.abs().max()))
    one_hot = torch.nn.functional.one_hot(labels).to(x)
    count = one_hot.sum(0)
    far = torch.cdist(x, (one_hot.T @ x) / count.clamp_min(1)[:, None]).square()  # (m, C)
    far[:, count == 0] = torch.inf
    n = count[labels]
    own = far.gather(1, labels[:, None])[:, 0] * (n / (n - 1).clamp_min(1)).square()
    others = far.scatter(1, labels[:, None], torch.inf).amin(1)
    return (own > others) & (n > 1)


def _input_format(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Of a recipe's spec what says how inputs are read."""
    columns = {"columns": spec["schema"].get("columns")} if "schema" in spec else {}
    return {name: spec[name] for name in ("channels", "size", "levels") if name in spec} | columns
