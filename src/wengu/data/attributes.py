"""Questions about the clothes of Fashion-MNIST that their class answers, or leaves open: real labels, many missing.

    top             is it worn on the upper body
    long sleeves    of what is worn there; of shirts and dresses there are both kinds, so nobody has said it
    footwear        is it worn on the feet

A missing label is NaN: that a bag has no sleeves is no answer to how long they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.data.pictures import Pictures

QUESTIONS = ("top", "long sleeves", "footwear")
"What is asked of each picture."

_OPEN = np.nan
ANSWERS: dict[str, tuple[float, float, float]] = {
    "T-shirt/top": (1, 0, 0), "Trouser": (0, _OPEN, 0), "Pullover": (1, 1, 0), "Dress": (1, _OPEN, 0),
    "Coat": (1, 1, 0), "Sandal": (0, _OPEN, 1), "Shirt": (1, _OPEN, 0), "Sneaker": (0, _OPEN, 1),
    "Bag": (0, _OPEN, 0), "Ankle boot": (0, _OPEN, 1),
}  # fmt: skip


def attributes_of(pictures: Pictures) -> NDArray[np.float32]:
    """The answers (m, 3) of each picture's class; NaN where it leaves a question open.

    Raises InputError where the classes are not those of Fashion-MNIST.

    >>> from wengu.data import QUESTIONS, load
    >>> sample = load("sample")
    >>> sample.classes[sample.labels[0]], dict(zip(QUESTIONS, attributes_of(sample)[0].tolist(), strict=True))
    ('T-shirt/top', {'top': 1.0, 'long sleeves': 0.0, 'footwear': 0.0})

    """
    try:
        table = np.array([ANSWERS[name] for name in pictures.classes], np.float32)
    except KeyError as error:
        raise InputError(say("data: the questions are about the classes of Fashion-MNIST, and {source} has the "
                             "class {name!r}; take sample, fashion-mnist, or a CSV file with several targets",
                             source=pictures.source, name=error.args[0])) from None
    return table[pictures.labels]
