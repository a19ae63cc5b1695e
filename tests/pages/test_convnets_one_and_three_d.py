"""Convolution in one and three dimensions: what its figures draw and say is what SciPy and torch give."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter
from scipy.signal import correlate, find_peaks

from tests.pages.seeing import drawn, marks, numbers
from wengu.pages import figure_of
from wengu.pages.convnets.signals import RATE, head, heart

PAGE = "convnets/one_and_three_d"
FILTERS = {"peak": [-1, -1, 4, -1, -1], "mean": [0.2] * 5, "rise": [-1, -1, 0, 1, 1]}


@pytest.mark.parametrize(("kernel", "place"), [("peak", 6), ("mean", 1), ("rise", 10)])
def test_each_place_is_scipys_sum(kernel, place):
    made = drawn(PAGE, "beat", kernel=kernel, place=place)
    x = heart()[33:47].numpy()
    z = correlate(x, np.array(FILTERS[kernel], dtype=float), "valid")
    above, weights, below = marks(made, "cells")
    np.testing.assert_allclose(above["values"], [x], atol=0.006)
    np.testing.assert_allclose(below["values"], [z], atol=0.006)
    assert (above["framed"], weights["x"], below["framed"]) == ([[0, place - 1, 1, 5]], place - 1, [[0, place - 1, 1, 1]])
    assert numbers(made["say"])[-1] == pytest.approx(z[place - 1], abs=0.006)
    why = below["why"][0][place - 1].replace("·", "*").replace("−", "-")
    assert eval(why) == pytest.approx(z[place - 1], abs=0.05)


def test_peak_answers_at_every_beat_and_to_nothing_else():
    """The beats as SciPy finds them in the recording itself: what stands 0.6 mV above all around it."""
    beats, _ = find_peaks(heart().numpy(), prominence=0.6, distance=RATE // 4)
    assert len(beats) == figure_of(PAGE, "series")(kernel="peak").values["beats"]
    z = np.array(marks(drawn(PAGE, "series", kernel="peak"), "line", 1)[0]["y"])
    assert all(z[at - 3 : at].max() > z.max() / 2 for at in beats)
    assert len(z) == len(heart()) - 4


def test_a_steady_slope_leaves_no_trace():
    slope = np.arange(14.0)
    assert not correlate(slope, np.array(FILTERS["peak"], dtype=float), "valid").any()


@pytest.mark.parametrize("place", [1, 30, 64])
def test_the_cube_is_scipys_mean_of_what_its_frames_cover(place):
    made = drawn(PAGE, "volume", place=place)
    depth, u, v = 3 * np.array(np.unravel_index(place - 1, (4, 4, 4)))
    z = uniform_filter(head().numpy(), 5)[2:-2, 2:-2, 2:-2]
    assert numbers(made["say"])[-1] == pytest.approx(z[depth, u, v], abs=6e-4)
    frames, (cell,) = (marks(made, "boxes", panel)[0]["items"] for panel in (0, 1))
    corners = [(k // 5 * 15, k % 5 * 15) for k in range(depth, depth + 5)]
    assert [(one["y"], one["x"]) for one in frames] == [(top + u, left + v) for top, left in corners]
    assert {(one["w"], one["h"]) for one in frames} == {(5, 5)}
    tiles = np.array(marks(made, "field", 1)[0]["z"], dtype=float)
    assert tiles[cell["y"], cell["x"]] == pytest.approx(z[depth, u, v], abs=0.006)
    whole = np.array(marks(made, "field")[0]["z"], dtype=float)
    np.testing.assert_allclose(whole[15:29, 0:14], head()[5], atol=0.006)


def test_upwards_compares_slices():
    z = float(correlate(head().numpy(), np.broadcast_to(np.array([-1, -1, 0, 1, 1.0])[:, None, None] / 50, (5, 5, 5)),
                        "valid")[3, 6, 9])
    assert numbers(drawn(PAGE, "volume", kernel="upwards", place=1 * 16 + 2 * 4 + 3 + 1)["say"])[-1] == pytest.approx(z, abs=6e-4)


@pytest.mark.parametrize(("n", "f", "filters"), [(14, 5, 16), (8, 3, 4)])
def test_dimensions_count_as_torchs_layers(n, f, filters):
    work, learned = (mark["y"] for mark in marks(drawn(PAGE, "dimensions", n=n, f=f, filters=filters), "line"))
    for d, layer in enumerate((torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)):
        net = layer(1, filters, f)
        assert learned[d] == sum(p.numel() for p in net.parameters())
        assert work[d] == net(torch.zeros(1, 1, *[n] * (d + 1))).numel() * f ** (d + 1)
