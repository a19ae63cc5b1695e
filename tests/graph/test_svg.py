"""The drawing: well-formed, complete, and without anything from elsewhere."""

from xml.etree import ElementTree

import pytest
import torch
from torch import nn

from wengu.graph import expression, to_svg, trace

NS = "{http://www.w3.org/2000/svg}"


def texts(svg: str, kind: str) -> list[str]:
    """What all texts of a kind say."""
    root = ElementTree.fromstring(svg)
    found = [t for t in root.iter(f"{NS}text") if t.get("class") == kind]
    found += [t for g in root.iter(f"{NS}g") if g.get("class") == kind for t in g.iter(f"{NS}text")]
    return [t.text or "" for t in found]


@pytest.mark.parametrize("right", [None, False])
def test_the_example_of_the_notes_is_all_there(right: bool | None) -> None:
    svg = to_svg(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2), right=right)
    assert texts(svg, "name") == ["a", "b", "c", "u = b · c", "v = a + u", "J = 3 · v"]
    assert texts(svg, "value") == ["5", "3", "2", "6", "11", "33"]
    assert texts(svg, "gradient") == ["dJ/da = 3", "dJ/db = 6", "dJ/dc = 9", "dJ/du = 3", "dJ/dv = 3", "dJ/dJ = 1"]
    assert sorted(texts(svg, "local")) == ["∂J/∂v = 3", "∂u/∂b = c = 2", "∂u/∂c = b = 3", "∂v/∂a = 1", "∂v/∂u = 1"]
    assert svg.count('class="arrow"') == 5
    root = ElementTree.fromstring(svg)
    assert (float(root.get("width", 0)) > float(root.get("height", 0))) is (right is None)


def test_an_operand_used_twice_is_one_arrow_with_both_shares() -> None:
    assert texts(to_svg(trace(expression("a*a"), a=3)), "local") == ["∂J/∂a = a + a = 6"]


def test_names_are_escaped_and_nothing_is_loaded() -> None:
    svg = to_svg(trace(lambda **x: x["<a&b>"] * 2, **{"<a&b>": 1.0}))
    assert texts(svg, "name")[0] == "<a&b>"
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "") and "<script" not in svg


def test_modules_are_boxes_with_their_parameters() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    svg = to_svg(trace(lambda x: net(x).sum(), x=torch.ones(1, 2)), depth=2)
    assert texts(svg, "about") == ["linear · 9 parameters", "relu"]
