"""Ways through the book for those who have little time: pages to read in order, and cards to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from wengu.core.i18n import say
from wengu.pages.cards import Card


class Route(NamedTuple):
    """A way through the book."""

    slug: str
    pages: tuple[str, ...]
    cards: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is called, in the language spoken now."""
        return {"first-time": say("The first time"), "thirty-minutes": say("Thirty minutes"),
                "night-before": say("The night before the interview")}[self.slug]

    @property
    def about(self) -> str:
        """For whom it is."""
        return {
            "first-time": say("From a single neuron to a network that reads digits, each page on those before it. An "
                              "evening or two."),
            "thirty-minutes": say("The ten pages on which the others rest. Read the idea and the formula, move the "
                                  "figure once, go on."),
            "night-before": say("What is asked most, as it is asked. Answer on paper, then compare; read the page of "
                                "each one that you miss."),
        }[self.slug]

    def deck(self) -> list[Card]:
        """Its cards."""
        return [Card(*one.rsplit("/", 1)) for one in self.cards]


ROUTES: Mapping[str, Route] = {one.slug: one for one in (
    Route("first-time", (
        "activations/activations", "gradient_descent/descent", "gradient_descent/graph", "models/logistic",
        "models/softmax", "gradient_descent/mini_batches", "parameters/initialisation", "gradient_descent/vanishing",
        "gradient_descent/averages", "gradient_descent/momentum", "gradient_descent/rmsprop", "gradient_descent/adam",
        "gradient_descent/decays", "gradient_descent/batch_norm",
        "practice/splits", "practice/ledger", "regularisation/l1_l2", "regularisation/dropout", "convnets/filters",
        "convnets/stride_padding", "convnets/pooling", "convnets/lenet5",
    )),
    Route("thirty-minutes", (
        "gradient_descent/descent", "gradient_descent/graph", "models/logistic", "models/softmax",
        "parameters/initialisation", "gradient_descent/adam", "gradient_descent/batch_norm", "regularisation/l1_l2",
        "practice/ledger", "practice/metrics",
    )),
    Route("night-before", (), (
        "activations/activations/slope_of_an_output", "models/logistic/error_of_the_score",
        "models/softmax/error_of_the_scores", "models/softmax/before_training", "gradient_descent/graph/of_a_layer",
        "gradient_descent/descent/largest_rate", "gradient_descent/vanishing/xavier_with_relu",
        "parameters/initialisation/variance_of_z", "gradient_descent/momentum/in_torch",
        "gradient_descent/adam/why_divided", "gradient_descent/weight_decay/with_adam",
        "gradient_descent/batch_norm/running_mean", "gradient_descent/batch_norm/gradient_sums_to_0",
        "regularisation/l1_l2/as_a_prior", "regularisation/dropout/mean_and_variance",
        "convnets/stride_padding/width_of_the_output", "convnets/stride_padding/seen_after_layers",
        "convnets/lenet5/weights_of_c3", "practice/ledger/which_cause", "practice/metrics/rare_disease",
    )),
)}
