"""Folding by module."""

import pytest
import torch
from torch.nn import functional as F

from tests.graph.networks import ResNet18
from wengu.core.checks import InputError
from wengu.graph import Graph, to_text, trace
from wengu.graph.folding import fold, modules


@pytest.fixture(scope="module")
def graph() -> Graph:
    """A residual network of 18 layers with its cost."""
    torch.manual_seed(0)
    net = ResNet18(8, 10)
    return trace(lambda x: F.cross_entropy(net(x), torch.tensor([3])), x=torch.randn(1, 3, 64, 64))


def test_a_network_is_one_box_and_opens_level_by_level(graph: Graph) -> None:
    assert [box.title for box in fold(graph).boxes] == ["x", "ResNet18", "u", "J"]
    second = [box.title.removeprefix("ResNet18.") for box in fold(graph, depth=2).boxes]
    assert second == ["x", "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "flatten", "fc", "u", "J"]
    assert len(fold(graph, depth=9).boxes) == len(graph)


def test_every_node_is_in_one_box_and_arrows_lead_forward(graph: Graph) -> None:
    for folded in (fold(graph, depth=2, opened=["ResNet18.layer2.0"]), fold(graph, depth=3), fold(graph, depth=9)):
        assert sorted(map(id, (node for box in folded.boxes for node in box.nodes))) == sorted(map(id, graph))
        place = {box: i for i, box in enumerate(folded.boxes)}
        assert all(place[arrow.start] < place[arrow.end] for arrow in folded.arrows)


def test_opening_one_module_opens_what_is_around_it(graph: Graph) -> None:
    titles = [box.title for box in fold(graph, opened=["ResNet18.layer2.0"]).boxes]
    assert "ResNet18.layer2.0.conv1" in titles and "ResNet18.layer2.1" in titles and "ResNet18.layer3" in titles


def test_inside_one_module_with_what_feeds_it(graph: Graph) -> None:
    boxes = fold(graph, inside="ResNet18.layer2.0").boxes
    assert [box.title for box in boxes if box.outside] == ["ResNet18.layer1.1.relu#2.relu"]
    assert {box.title for box in boxes if not box.outside} == {"conv1", "bn1", "relu", "conv2", "bn2", "downsample", "add", "relu#2"}


def test_a_box_shows_its_result_and_counts_its_parameters(graph: Graph) -> None:
    box = fold(graph).boxes[1]
    assert box.result is graph["ResNet18.fc.linear"]
    assert box.parameters == sum(p.numel() for p in ResNet18(8, 10).parameters())


def test_the_table_has_a_line_a_box(graph: Graph) -> None:
    lines = to_text(graph, depth=2).splitlines()
    assert len(lines) == 15 and lines[0].split() == ["node", "operation", "value", "parameters", "‖gradient‖"]
    assert lines[6].split()[:5] == ["ResNet18.layer1", "14", "operations", "1×8×16×16", "2,368"]
    assert max(map(len, lines)) <= 110


def test_unknown_modules_and_depths_are_refused(graph: Graph) -> None:
    assert len(modules(graph)) == len(set(modules(graph))) > 60
    with pytest.raises(InputError, match=r"module: 'ResNet18.layer5' is unknown; did you mean ResNet18.layer\d\?"):
        fold(graph, opened=["ResNet18.layer5"])
    with pytest.raises(InputError, match="depth: expected at least 1, got 0"):
        fold(graph, depth=0)
