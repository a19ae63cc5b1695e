import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.data import QUESTIONS, attributes_of, load
from wengu.data.attributes import ANSWERS


def test_every_class_of_fashion_mnist_has_its_answers() -> None:
    sample = load("sample")
    assert set(ANSWERS) == set(sample.classes)
    answers = attributes_of(sample)
    assert answers.shape == (6000, len(QUESTIONS)) and answers.dtype == np.float32
    named = [sample.classes[k] for k in sample.labels]
    for name, wanted in (("Ankle boot", [0, np.nan, 1]), ("Shirt", [1, np.nan, 0]), ("Coat", [1, 1, 0]),
                         ("T-shirt/top", [1, 0, 0]), ("Bag", [0, np.nan, 0])):
        np.testing.assert_array_equal(answers[named.index(name)], wanted)
    sleeves = answers[:, QUESTIONS.index("long sleeves")]
    assert np.isnan(sleeves).sum() == 4200 and (sleeves == 1).sum() == 1200 and (sleeves == 0).sum() == 600


def test_nothing_is_both_worn_on_the_feet_and_above() -> None:
    assert not any(top and feet for top, _, feet in ANSWERS.values())
    assert all(sleeves != sleeves for top, sleeves, _ in ANSWERS.values() if not top)


def test_other_classes_have_no_answers() -> None:
    from dataclasses import replace

    digits = replace(load("sample"), classes=tuple("0123456789"), source="mnist")
    with pytest.raises(InputError, match=r"data: the questions are about the classes of Fashion-MNIST, and mnist has the class '0'"):
        attributes_of(digits)
