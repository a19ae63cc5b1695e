"""The page: whole, offline, and every module with a drawing of its own."""

import json
import re

import torch
from torch import nn

from wengu.core.i18n import use_language
from wengu.graph import expression, to_html, trace


def steps_of(page: str) -> list[dict[str, list[tuple[int, str]]]]:
    """The steps of each section."""
    return [json.loads(data) for data in re.findall(r'<script type="application/json">(.*?)</script>', page)]


def test_the_steps_go_forward_and_back_node_by_node() -> None:
    (steps,) = steps_of(to_html(trace(expression("J = 3*(a + b*c)"), a=5, b=3, c=2)))
    assert [words for _, words in steps["forward"]] == [
        "a = 5", "b = 3", "c = 2", "u = b · c = 3 · 2 = 6", "v = a + u = 5 + 6 = 11", "J = 3 · v = 3 · 11 = 33",
    ]  # fmt: skip
    assert [words.partition(" ")[0] for _, words in steps["back"]] == ["dJ/dJ", "dJ/dv", "dJ/du", "dJ/dc", "dJ/db", "dJ/da"]


def test_nothing_comes_from_elsewhere_and_text_is_escaped() -> None:
    page = to_html(trace(expression("J = 3*a"), a=5), title="<script>alert(1)</script>")
    assert "<script>alert" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace('http-equiv="', "")


def test_every_module_has_a_section_and_every_link_a_target() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
    use_language("zh")
    page = to_html(trace(lambda x: net(x).sum(), x=torch.ones(1, 2)))
    ids = re.findall(r'<section id="(\w+)"', page)
    assert len(ids) == len(steps_of(page)) == 6  # the whole, the network, and four in it
    assert set(re.findall(r'href="#(\w+)"', page)) == set(ids)
    assert '<html lang="zh">' in page and "整个图" in page
