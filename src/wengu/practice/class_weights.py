"""How much each class counts, so that every class counts alike however rare it is.

    w_c = m / (C m_c)        Σ_i w_(y_i) = m: the mean weight of an example is 1

so that the weighted cost is the mean over classes of each class's mean cost, and the learning rate keeps its meaning.

Source: King & Zeng 2001, "Logistic Regression in Rare Events Data", Political Analysis 9(2), section 4.2; the form is
scikit-learn's class_weight="balanced".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wengu.core.checks import InputError
from wengu.core.i18n import say


def balanced_class_weights(labels: ArrayLike, classes: int) -> NDArray[np.float64]:
    """w (C,) of labels (m,) that are numbers of classes.

    Raises InputError for a class without examples: no weight makes it count.

    >>> balanced_class_weights([0, 0, 0, 1], 2).round(3).tolist()
    [0.667, 2.0]
    """
    counts = np.bincount(np.asarray(labels, dtype=np.int64), minlength=classes)
    if not counts.all():
        raise InputError(say("class_weights: expected training examples of every class, got none of class {c}",
                             c=int(np.argmin(counts))))
    return np.asarray(counts.sum() / (classes * counts), dtype=np.float64)
