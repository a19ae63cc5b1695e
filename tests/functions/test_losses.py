from __future__ import annotations

import math

import mpmath
import pytest
import torch
from sklearn.metrics import log_loss
from torch.nn import functional as F

from wengu.core.checks import InputError
from wengu.functions import (
    binary_cross_entropy,
    binary_cross_entropy_by_hand,
    cross_entropy,
    cross_entropy_by_hand,
    label_smoothing_by_hand,
    multi_task_cross_entropy,
)

NAN = math.nan


def scores(*shape, seed=0, scale=2.0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale


def labels(*shape, below=2, seed=1):
    return torch.randint(below, shape, generator=torch.Generator().manual_seed(seed))


def gradient(loss, z, *args, **kwargs):
    z = z.clone().requires_grad_()
    loss(z, *args, **kwargs).backward()
    return z.grad


# --- binary -----------------------------------------------------------------------------------------------------------
def test_parity_binary():
    """Authority: scikit-learn's log_loss."""
    z, y = scores(50), labels(50)
    y_hat = 1 / (1 + torch.exp(-z))
    expected = log_loss(y.numpy(), y_hat.numpy())
    assert binary_cross_entropy(z, y).item() == pytest.approx(expected, rel=1e-12)
    assert binary_cross_entropy_by_hand(y_hat, y).item() == pytest.approx(expected, rel=1e-12)


def test_parity_binary_far_out():
    """Authority: mpmath at 50 digits, to the last digit of z; the formula by hand is infinite at some of these."""
    z = [-1000.0, -50.0, 50.0, 1000.0]
    with mpmath.workdps(50):
        y1 = [float(mpmath.log1p(mpmath.exp(-mpmath.mpf(v)))) for v in z]
        y0 = [float(mpmath.log1p(mpmath.exp(mpmath.mpf(v)))) for v in z]
    z = torch.tensor(z, dtype=torch.float64)
    assert binary_cross_entropy(z, torch.ones(4), reduction="none").tolist() == pytest.approx(y1, rel=1e-15, abs=1e-14)
    assert binary_cross_entropy(z, torch.zeros(4), reduction="none").tolist() == pytest.approx(y0, rel=1e-15, abs=1e-14)


def test_least_cost_is_greatest_likelihood():
    y_hat, y = torch.tensor([0.9, 0.2, 0.6], dtype=torch.float64), torch.tensor([1, 0, 0])
    likelihood = 0.9 * 0.8 * 0.4
    assert binary_cross_entropy_by_hand(y_hat, y, reduction="sum").item() == pytest.approx(-math.log(likelihood))
    z = torch.log(y_hat / (1 - y_hat))
    assert binary_cross_entropy(z, y, reduction="sum").item() == pytest.approx(-math.log(likelihood))


# --- softmax ----------------------------------------------------------------------------------------------------------
def test_parity_softmax():
    """Authority: scikit-learn's log_loss."""
    z, y = scores(40, 5), labels(40, below=5)
    y_hat = torch.exp(z) / torch.exp(z).sum(1, keepdim=True)
    expected = log_loss(y.numpy(), y_hat.numpy(), labels=range(5))
    assert cross_entropy(z, y).item() == pytest.approx(expected, rel=1e-12)
    assert cross_entropy_by_hand(y_hat, y).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_parity_classes_last(reduction):
    """Authority: torch, which has the classes in dimension 1."""
    z, y = scores(4, 7, 5), labels(4, 7, below=5)
    expected = F.cross_entropy(z.movedim(-1, 1), y, reduction=reduction)
    torch.testing.assert_close(cross_entropy(z, y, reduction=reduction), expected)


def test_parity_distribution_as_target():
    """Authority: torch; and the formula by hand."""
    z, y = scores(6, 4), torch.softmax(scores(6, 4, seed=2), -1)
    expected = F.cross_entropy(z, y)
    torch.testing.assert_close(cross_entropy(z, y), expected)
    torch.testing.assert_close(cross_entropy_by_hand(torch.softmax(z, -1), y), expected)


@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_equal_scores_cost_log_of_classes(classes):
    z = torch.full((3, classes), 7.0, dtype=torch.float64)
    assert cross_entropy(z, torch.tensor([0, 1, classes - 1])).item() == pytest.approx(math.log(classes))


def test_two_classes_are_logistic_regression():
    z, y = scores(30), labels(30)
    pair = torch.stack([torch.zeros_like(z), z], -1)
    torch.testing.assert_close(cross_entropy(pair, y), binary_cross_entropy(z, y))


# --- all --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dtype", "big"), [(torch.float16, 1e4), (torch.float32, 1e4), (torch.float64, 1e300)])
def test_far_scores_stay_finite(dtype, big):
    z = torch.tensor([[big, -big], [-big, big]], dtype=dtype)
    for loss, y, expected in [
        (cross_entropy, torch.tensor([1, 1]), [2 * big, 0]),
        (binary_cross_entropy, torch.tensor([[0, 0], [0, 0]]), [[big, 0], [0, big]]),
        (multi_task_cross_entropy, torch.tensor([[0, 1], [0, 1]]), [2 * big, 0]),
    ]:
        torch.testing.assert_close(loss(z, y, reduction="none"), torch.tensor(expected, dtype=dtype))
        assert gradient(loss, z, y).isfinite().all()


def test_gradient_is_prediction_less_truth_over_m():
    z, m = scores(8, 3), 8
    sigmoid = 1 / (1 + torch.exp(-z))
    softmax = torch.exp(z) / torch.exp(z).sum(1, keepdim=True)
    y, c = labels(8, 3), labels(8, below=3)
    torch.testing.assert_close(gradient(binary_cross_entropy, z[:, 0], y[:, 0]), (sigmoid - y)[:, 0] / m)
    torch.testing.assert_close(gradient(cross_entropy, z, c), (softmax - torch.eye(3)[c]) / m)
    torch.testing.assert_close(gradient(multi_task_cross_entropy, z, y), (sigmoid - y) / m)


@pytest.mark.parametrize(
    ("loss", "y"),
    [(binary_cross_entropy, labels(5, 3)), (cross_entropy, labels(5, below=3)),
     (multi_task_cross_entropy, torch.tensor([[1, NAN, 0]] * 5))],
)  # fmt: skip
def test_gradcheck(loss, y):
    z = scores(5, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda z: loss(z, y), z)


@pytest.mark.parametrize(
    ("loss", "prediction", "y", "shape"),
    [(binary_cross_entropy, scores(4), labels(4), (4,)),
     (binary_cross_entropy_by_hand, torch.sigmoid(scores(4)), labels(4), (4,)),
     (cross_entropy, scores(4, 3), labels(4, below=3), (4,)),
     (cross_entropy_by_hand, torch.softmax(scores(4, 3), -1), labels(4, below=3), (4,)),
     (multi_task_cross_entropy, scores(4, 3), labels(4, 3), (4,))],
)  # fmt: skip
def test_reductions(loss, prediction, y, shape):
    each = loss(prediction, y, reduction="none")
    assert each.shape == shape
    torch.testing.assert_close(loss(prediction, y, reduction="sum"), each.sum())
    torch.testing.assert_close(loss(prediction, y), each.mean())
    with pytest.raises(InputError, match=r"reduction: 'meen' is unknown; did you mean mean"):
        loss(prediction, y, reduction="meen")


# --- multi-task -------------------------------------------------------------------------------------------------------
def test_parity_multi_task():
    """Authority: scikit-learn's log_loss of each task on the examples it has labels for."""
    z, y = scores(20, 3), labels(20, 3).double()
    y[labels(20, 3, below=3, seed=5) == 0] = NAN
    total = 0.0
    for j in range(3):
        known = ~y[:, j].isnan()
        total += log_loss(y[known, j], torch.sigmoid(z[known, j]), normalize=False)
    assert multi_task_cross_entropy(z, y, reduction="sum").item() == pytest.approx(total, rel=1e-12)
    assert multi_task_cross_entropy(z, y).item() == pytest.approx(total / 20, rel=1e-12)


def test_missing_as_nan_or_by_mask_is_the_same():
    z = scores(2, 3)
    nan = torch.tensor([[1, NAN, 0], [NAN, NAN, 1]])
    by_mask = torch.tensor([[1, -1, 0], [99, 0, 1]])
    known = torch.tensor([[1, 0, 1], [0, 0, 1]])
    torch.testing.assert_close(
        multi_task_cross_entropy(z, nan), multi_task_cross_entropy(z, by_mask, known=known), rtol=0, atol=0
    )


def test_missing_label_has_no_gradient_whatever_its_score():
    z = torch.tensor([[0.0, math.inf], [NAN, 0.0]])
    y = torch.tensor([[1, NAN], [NAN, NAN]])
    assert gradient(multi_task_cross_entropy, z, y).tolist() == [[-0.25, 0], [0, 0]]


# --- what is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("wrong", [3, -1, -100])
def test_class_out_of_range(wrong):
    with pytest.raises(InputError, match="y: expected targets from 0 to 2, got"):
        cross_entropy(torch.zeros(2, 3), torch.tensor([0, wrong]))


@pytest.mark.parametrize("loss", [binary_cross_entropy, multi_task_cross_entropy])
@pytest.mark.parametrize("wrong", [-1, 2])
def test_label_out_of_range(loss, wrong):
    with pytest.raises(InputError, match="y: expected targets from 0 to 1, got"):
        loss(torch.zeros(1, 2), torch.tensor([[1, wrong]]))


def test_nan_is_no_label_but_for_multi_task():
    with pytest.raises(InputError, match="give missing labels to multi_task_cross_entropy"):
        binary_cross_entropy(torch.zeros(2), torch.tensor([1, NAN]))


@pytest.mark.parametrize(
    ("loss", "z", "y"),
    [(binary_cross_entropy, torch.zeros(4), torch.zeros(4, 1)),  # would broadcast to 4 × 4 unseen
     (cross_entropy, torch.zeros(4, 3), torch.zeros(3).long()),
     (cross_entropy, torch.zeros(4, 3), torch.zeros(4)),  # floats are a distribution
     (multi_task_cross_entropy, torch.zeros(4, 3), torch.zeros(4))],
)  # fmt: skip
def test_wrong_shape(loss, z, y):
    with pytest.raises(InputError, match=r"y: expected shape \(4"):
        loss(z, y)


def test_wrong_shape_of_mask():
    with pytest.raises(InputError, match=r"known: expected shape \(4, 3\)"):
        multi_task_cross_entropy(torch.zeros(4, 3), torch.zeros(4, 3), known=torch.ones(3))


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int32, torch.int64])
def test_any_integer_type_is_a_target(dtype):
    z, y = scores(4, 2), torch.tensor([1, 0, 1, 1])
    torch.testing.assert_close(cross_entropy(z, y.to(dtype)), F.cross_entropy(z, y))
    torch.testing.assert_close(binary_cross_entropy(z[:, 0], y.to(dtype)), binary_cross_entropy(z[:, 0], y.double()))


# --- label smoothing and weights of classes ---------------------------------------------------------------------------
@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5])
def test_parity_label_smoothing(epsilon):
    """Authority: torch, for class numbers and distributions; and the formula by hand."""
    z, y = scores(6, 4), labels(6, below=4)
    q = torch.softmax(scores(6, 4, seed=2), -1)
    for target, distribution in ((y, F.one_hot(y, 4).double()), (q, q)):
        got = cross_entropy(z, target, label_smoothing=epsilon)
        torch.testing.assert_close(got, F.cross_entropy(z, target, label_smoothing=epsilon))
        smooth = label_smoothing_by_hand(distribution, epsilon)
        torch.testing.assert_close(smooth.sum(-1), torch.ones(6, dtype=torch.float64))
        torch.testing.assert_close(got, cross_entropy_by_hand(torch.softmax(z, -1), smooth))
        torch.testing.assert_close(got, cross_entropy(z, smooth))


@pytest.mark.parametrize("epsilon", [0.0, 0.2])
def test_parity_weights_of_classes(epsilon):
    """Authority: torch's sum, which is the same; its mean is over the weights, ours over the examples."""
    z, y, w = scores(5, 3), labels(5, below=3), torch.tensor([0.5, 2.0, 1.5], dtype=torch.float64)
    given = {"label_smoothing": epsilon}
    total = F.cross_entropy(z, y, w, reduction="sum", **given)
    torch.testing.assert_close(cross_entropy(z, y, weight=w, reduction="sum", **given), total)
    torch.testing.assert_close(cross_entropy(z, y, weight=w.float(), **given), total / 5)
    q = torch.softmax(scores(5, 3, seed=2), -1)
    torch.testing.assert_close(cross_entropy(z, q, weight=w, **given), F.cross_entropy(z, q, w, **given))
    assert cross_entropy(z.reshape(1, 5, 3), y[None], weight=w, reduction="none").shape == (1, 5)


def test_a_weight_for_each_class_and_a_share_of_one():
    z, y = scores(5, 3), labels(5, below=3)
    with pytest.raises(InputError, match=r"weight: expected shape \(3,\) to go with the scores z, got \(2,\)"):
        cross_entropy(z, y, weight=torch.ones(2))
    with pytest.raises(InputError, match="label_smoothing: expected a number from 0 to below 1, got 1"):
        cross_entropy(z, y, label_smoothing=1.0)
