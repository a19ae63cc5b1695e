"""The chapter on convolutional networks: what its figures draw and say is what the library, or arithmetic, gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from tests.pages.seeing import drawn, marks, numbers
from wengu.data import load
from wengu.pages import page, question_of


def test_step_is_the_convolution_of_torch():
    made = drawn("convnets/filters", "step", place=7, kernel="horizontal", scene="square")
    x, w, z = (torch.tensor(mark["values"]) for mark in marks(made, "cells"))
    assert torch.equal(z, F.conv2d(x[None, None], w[None, None])[0, 0])
    assert marks(made, "cells")[0]["framed"] == [[1, 2, 3, 3]]
    for row, why in zip(z.tolist(), marks(made, "cells")[2]["why"], strict=True):
        for value, one in zip(row, why, strict=True):
            assert eval(one.replace("·", "*").replace("−", "-")) == value
    assert "Row 2, column 3" in made["say"]
    assert made["say"].endswith(f" {z[1, 2].item():.4g}.")


def test_the_notes_edge_is_30():
    assert drawn("convnets/filters", "step", place=2)["say"].endswith(" 30.")


def test_the_filtered_picture_is_that_of_torch_the_right_way_up():
    made = drawn("convnets/filters", "over_picture", kernel="vertical", name="trousers")
    sample = load("sample")
    x = torch.tensor(sample.pixels[sample.labels == sample.classes.index("Trouser")][3, 0] / 255.0)
    z = F.conv2d(x[None, None], torch.tensor([[1.0, 0, -1]] * 3, dtype=torch.float64)[None, None])[0, 0]
    shown = torch.tensor(marks(made, "field", 1)[0]["z"], dtype=torch.float64)
    torch.testing.assert_close(6 * shown - 3, z, rtol=1e-3, atol=1e-3)  # grey is 0
    assert (marks(made, "field", 1)[0]["x"], made["panels"][1]["x"]["domain"]) == ([1, 27], [0, 28])  # to x's scale
    torch.testing.assert_close(torch.tensor(marks(made, "field")[0]["z"], dtype=torch.float64), x, rtol=1e-3, atol=1e-4)


def test_volume_counts_as_the_notes_do():
    items = marks(drawn("convnets/filters", "volume"), "boxes")[0]["items"]
    assert [item["label"] for item in items] == ["6 × 6 × 3", "3 × 3 × 3", "3 × 3 × 3", "4 × 4 × 2"]
    more = drawn("convnets/filters", "volume", channels=5, filters=4, f=5)
    assert f"2 × 2 × 4. There are {4 * (5 * 5 * 5 + 1)} numbers" in more["say"]


@pytest.mark.parametrize(("n", "f", "p", "s"), [(7, 3, 0, 2), (8, 3, 0, 2), (6, 3, 1, 1), (9, 2, 2, 3)])
def test_places_count_what_a_filter_of_ones_spreads_back(n, f, p, s):
    """How many windows cover an input is the gradient of the sum of all windows' sums."""
    made = drawn("convnets/stride_padding", "places", n=n, f=f, p=p, s=s)
    x = torch.zeros(1, 1, n + 2 * p, n + 2 * p, requires_grad=True)
    z = F.conv2d(x, torch.ones(1, 1, f, f), stride=s)
    z.sum().backward()
    assert marks(made, "cells")[0]["values"] == x.grad[0, 0].int().tolist()
    assert len(marks(made, "cells", 1)[0]["values"]) == z.shape[-1]
    missed = int((x.grad[0, 0, p : p + n].sum(dim=1) == 0).sum())
    assert made["say"].endswith(f"never sees {missed} {'row' if missed == 1 else 'rows'} of the input." if missed else
                                "sees every row of the input.")


def test_a_filter_that_does_not_fit_is_told():
    assert "expected a filter no larger" in drawn("convnets/stride_padding", "places", n=3, f=5, p=0)["say"]


def test_sizes_layer_after_layer():
    same, valid = (mark["y"] for mark in marks(drawn("convnets/stride_padding", "layer_after_layer", n=20, f=5), "line"))
    assert same == [20] * 11
    assert valid == [20, 16, 12, 8, 4]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_never_seen_is_what_the_words_of_the_answer_give(seed):
    made = question_of("convnets/stride_padding", "never_seen").draw(seed)
    n, f, s = (made.values[name] for name in ("n", "f", "s"))
    assert made.answer == n - f - s * ((n - f) // s), "what the words of the answer give"


@pytest.mark.parametrize("seed", range(6))
def test_what_is_seen_behind_strides_is_how_far_a_gradient_reaches(seed):
    made = question_of("convnets/stride_padding", "seen_behind_strides").draw(seed)
    f1, s1, f2, s2, f3 = (made.values[name] for name in ("f1", "s1", "f2", "s2", "f3"))
    x = torch.zeros(1, 1, 101, dtype=torch.float64, requires_grad=True)
    z = x
    for f, s in ((f1, s1), (f2, s2), (f3, 1)):
        z = F.conv1d(z, torch.ones(1, 1, f, dtype=torch.float64), stride=s)
    (back,) = torch.autograd.grad(z[..., z.shape[-1] // 2].sum(), x)
    assert made.answer == int(back[0, 0].nonzero().max() - back[0, 0].nonzero().min()) + 1


def test_cost_is_that_of_torchs_own_layers():
    made = drawn("convnets/layer", "cost", n=10, filters=4, f=3, channels=2)
    conv = sum(p.numel() for p in torch.nn.Conv2d(2, 4, 3).parameters())
    dense = sum(p.numel() for p in torch.nn.Linear(2 * 10 * 10, 4 * 8 * 8).parameters())
    assert made["rows"] == [["convolution", f"{conv:,}", f"{8 * 8 * 4 * 18:,}"],
                            ["dense", f"{dense:,}", f"{200 * 256:,}"]]
    assert marks(made, "dots")[0]["y"] == [conv, dense]
    assert "280 parameters" in drawn("convnets/layer", "cost")["say"]


def test_maps_are_conv_bias_and_relu():
    made = drawn("convnets/layer", "maps", side="bottom", b=-0.5, name="boot")
    x, shade, a = (torch.tensor(marks(made, "field", k)[0]["z"], dtype=torch.float64) for k in range(3))
    z = 8 * shade - 4  # grey is 0
    w = torch.tensor([[1.0] * 3, [0.0] * 3, [-1.0] * 3], dtype=torch.float64)
    torch.testing.assert_close(z, F.conv2d(x[None, None], w[None, None], padding=1)[0, 0] - 0.5,
                               rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(a, z.clamp(min=0), rtol=1e-3, atol=1e-3)
    assert f"{100 * (a > 0).double().mean():.0f}\u00a0% of the map" in made["say"]


@pytest.mark.parametrize(("kind", "pool"), [("max", F.max_pool2d), ("average", F.avg_pool2d)])
def test_window_pools_as_torch(kind, pool):
    made = drawn("convnets/pooling", "window", kind=kind, f=3, s=1, place=6)
    x, a = (torch.tensor(mark["values"], dtype=torch.float64) for mark in marks(made, "cells"))
    torch.testing.assert_close(a, pool(x[None, None], 3, 1)[0, 0], rtol=0, atol=0.006)
    assert marks(made, "cells")[0]["framed"] == [[1, 1, 3, 3]]
    assert made["say"].startswith(f"Place 6 of 16: the {'largest' if kind == 'max' else 'average'} of 9, 1, 1, 4, 2, 3, 6, 1, 2 is")


@pytest.mark.parametrize(("f", "s"), [(2, 1), (2, 2), (4, 2)])
def test_every_step_moves_the_window_and_the_last_is_the_last_place(f, s):
    made = [drawn("convnets/pooling", "window", f=f, s=s, place=place) for place in range(1, 26)]
    count = ((6 - f) // s + 1) ** 2
    assert {one["last"] for one in made} == {count}
    assert [int(one["say"].split()[1]) for one in made] == [min(place, count) for place in range(1, 26)]


@pytest.mark.parametrize(("f", "p", "s", "u", "v"), [(3, 1, 2, 9, 12), (5, 6, 1, 0, 35), (2, 0, 5, 5, 5)])
def test_walk_is_torchs_and_its_frames_are_where_it_sums(f, p, s, u, v):
    out = (28 + 2 * p - f) // s + 1
    made = drawn("convnets/stride_padding", "walk", f=f, p=p, s=s, place=u * out + v + 1, name="boot")
    sample = load("sample")
    x = torch.tensor(sample.pixels[sample.labels == sample.classes.index("Ankle boot")][3, 0] / 255.0)
    w = torch.tensor([1.0] * (f // 2) + [0.0] * (f % 2) + [-1.0] * (f // 2), dtype=torch.float64).expand(f, f)
    z = F.conv2d(x[None, None], w[None, None], stride=s, padding=p)[0, 0]
    assert (len(z), made["last"]) == (out, out * out)
    assert numbers(made["say"])[-1] == round(z[u, v].item(), 3)
    padded = torch.tensor(marks(made, "field")[0]["z"], dtype=torch.float64)
    torch.testing.assert_close(padded, F.pad(x, (p, p, p, p)), rtol=1e-3, atol=1e-4)
    window, cell = (marks(made, "boxes", panel)[0]["items"][-1] for panel in (0, 1))
    assert (window["y"], window["x"], window["h"], window["w"]) == (s * u, s * v, f, f)
    assert (cell["y"], cell["x"], cell["h"], cell["w"]) == (u, v, 1, 1)
    covered, filter, total = (torch.tensor(mark["values"], dtype=torch.float64) for mark in marks(made, "cells", 2))
    torch.testing.assert_close((covered * filter).sum(), total[0, 0], rtol=0, atol=0.01 * f * f)
    (((why,),),) = (mark["why"] for mark in marks(made, "cells", 2) if "why" in mark)
    assert eval(why.replace("·", "*").replace("−", "-")) == pytest.approx(z[u, v].item(), abs=0.005 * f * f)
    assert why.count("·") == f * (f - f % 2), "the products that are not with 0"
    shade = torch.tensor(marks(made, "field", 1)[0]["z"], dtype=torch.float64)
    torch.testing.assert_close((2 * shade - 1) * f * (f // 2), z, rtol=1e-3, atol=2e-3)


def test_pooled_pictures_are_torchs():
    made = drawn("convnets/pooling", "over_picture", f=4, name="striped")
    x, largest, average = (torch.tensor(marks(made, "field", k)[0]["z"], dtype=torch.float64) for k in range(3))
    torch.testing.assert_close(largest, F.max_pool2d(x[None], 4)[0], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(average, F.avg_pool2d(x[None], 4)[0], rtol=1e-3, atol=1e-4)
    assert made["say"].startswith("784 numbers become 49 (7 × 7)")


def test_lenet5_counts():
    assert drawn("convnets/lenet5", "network")["say"] == "There are 61,706 parameters, 78\u00a0% of them in C5."
    made = drawn("convnets/lenet5", "network", classes=26, channels="3", input_size="32")
    assert marks(made, "bars", 1)[0]["y"] == [3 * 25 * 6 + 6, 2416, 48120, 10164, 84 * 26 + 26]
    assert made["rows"][0][1] == "3 × 32 × 32"
    assert made["rows"][4][1] == "16 × 5 × 5"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lenet5_quotes_the_study(language):
    study = Path(__file__).parents[2] / "studies/lenet5_fashion_mnist.json"
    results = json.loads(study.read_text(encoding="utf-8"))["summary"]
    text = "\n".join(part.text for part in page("convnets/lenet5", language).parts)
    for data in ("sample", "fashion-mnist"):
        mean, spread = results[data]["test_error_mean"], results[data]["test_error_sd"]
        assert f"**{100 * mean:.1f}\u00a0% ± {100 * spread:.1f}**" in text
