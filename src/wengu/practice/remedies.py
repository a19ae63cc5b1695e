"""What to do about each cause, in the notes' order.                                                    [notes 15]

    bias            bigger network, train longer, better optimiser, other architecture
    variance        more data, regularise, other architecture
    mismatch        see how the sets differ, then make or collect training data nearer to dev
    overfitted dev  a bigger dev set
    none            open the test set, then look at single errors
    while the model is worse than people, also: labels and insight from people

Source: the notes' tables of remedies, with 'train longer' and 'better optimiser' apart. The keys are stable: other
rooms attach commands to them.
"""

from __future__ import annotations

from dataclasses import dataclass

from wengu.core.checks import one_of
from wengu.core.i18n import say
from wengu.practice.metric import described
from wengu.practice.metric_words import Facts, metric_name, of_errors, units_of_dev
from wengu.practice.metrics import ErrorRate

ORDER: dict[str, tuple[str, ...]] = {
    "bias": ("bigger-network", "train-longer", "better-optimiser", "other-architecture"),
    "variance": ("more-data", "regularise", "other-architecture"),
    "mismatch": ("compare-sets", "nearer-data"),
    "overfitted dev": ("bigger-dev",),
    "none": ("open-test", "error-analysis"),
    "cannot tell yet": ("more-examples", "give-human"),
}
FROM_HUMANS = ("human-labels", "human-insight")


@dataclass(frozen=True)
class Remedy:
    """One thing to try: a stable key, what to do, and why it should help."""

    key: str
    what: str
    why: str


def remedies(
    cause: str, *, worse_than_human: bool | None = None, metric: Facts | None = None
) -> tuple[Remedy, ...]:
    """What to try for a ledger's `cause`, joint ones such as 'bias and variance' included, each remedy once.

    worse_than_human   False leaves out what only people better than the model can give; None keeps it, as it may help
    metric             the facts of the metric that is spoken of; by default the error

    >>> [remedy.key for remedy in remedies("variance", worse_than_human=False)]
    ['more-data', 'regularise', 'other-architecture']
    """
    causes = [one_of("cause", name, ORDER) for name in cause.split(" and ")]
    keys = [key for name in causes for key in ORDER[name]]
    if worse_than_human is not False and not {"none", "cannot tell yet"} & set(causes):
        keys += FROM_HUMANS if set(causes) - {"bias"} else FROM_HUMANS[1:]  # more labels cure no bias
    facts = metric or described(ErrorRate())
    return tuple(Remedy(key, *_words(key, facts)) for key in dict.fromkeys(keys))


def _words(key: str, metric: Facts) -> tuple[str, str]:
    units, errors = units_of_dev(metric), of_errors(metric)
    match key:
        case "bigger-network":
            return (say("Take a bigger network: more layers or more units."),
                    say("A model that cannot fit its own training set has too little room."))
        case "train-longer":
            return (say("Train longer."),
                    say("While the training cost still falls, the fit is not finished."))
        case "better-optimiser":
            return (say("Use a better optimiser, such as Adam, and a tuned learning rate."),
                    say("The model may be able to fit, and the descent too slow to get there."))
        case "other-architecture":
            return (say("Try another architecture."),
                    say("One that suits the data fits with less effort and generalises better."))
        case "more-data":
            return (say("Get more training data."),
                    say("The more examples there are, the harder they are to memorise."))
        case "regularise":
            return (say("Regularise: L2, dropout, data augmentation, early stopping."),
                    say("It keeps the model from fitting what holds for the training set alone."))
        case "compare-sets":
            return (say("Look at the worst {units} by hand and find how dev differs from the training data.",
                        units=units),
                    say("Only a known difference can be fixed."))
        case "nearer-data":
            return (say("Make or collect training data nearer to dev."),
                    say("The model can learn only the distribution that it sees."))
        case "bigger-dev":
            return (say("Get a bigger dev set."),
                    say("So many choices were made on dev that it no longer represents unseen data."))
        case "open-test":
            return (say("Open the test set, once."),
                    say("Dev took part in the choices; test did not, so what it gives is the value to report."))
        case "error-analysis" if errors:
            return (say("Go through wrong {units}, 100 at most, and tag their causes.", units=units),
                    say("A tag's share is the most that fixing its cause can gain."))
        case "error-analysis":
            return (say("Go through the worst {units}, 100 at most, and tag their causes.", units=units),
                    say("The commonest tag says what to work on first."))
        case "more-examples":
            return (say("Measure on more {units}.", units=units),
                    say("The interval narrows with the square root of their number, until the gap can be judged."))
        case "give-human" if metric["name"] == "error":
            return (say("Give the human error."),
                    say("Without it bias cannot be distinguished from an error that nobody can avoid."))
        case "give-human":
            return (say("Give the {metric} that people reach.", metric=metric_name(metric)),
                    say("Without it bias cannot be distinguished from what nobody can do better."))
        case "human-labels":
            return (say("While the model is worse than people: have people label more data."),
                    say("Their labels are better than what the model knows."))
        case _:
            return (say("While the model is worse than people: ask them how they do it."),
                    say("Their reasons show which information the model misses."))
