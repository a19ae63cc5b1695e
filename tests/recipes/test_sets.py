"""Which example is in which set."""

import numpy as np
import pytest

from wengu.core.checks import InputError
from wengu.recipes.sets import split_indices


def test_official_sets_are_kept() -> None:
    y, none = np.arange(100) % 2, np.full(100, "", "<U5")
    official = none.copy()
    official[:20] = "test"
    parts = split_indices(100, labels=y, set_of=official, classes=("a", "b"), seed=0)
    assert parts["test"].tolist() == list(range(20)) and len(parts["dev"]) == 24  # 30 % of the 80 that are left
    official[20:30] = "dev"
    parts = split_indices(100, labels=y, set_of=official, classes=("a", "b"), seed=0)
    assert parts["dev"].tolist() == list(range(20, 30)) and parts["train"].tolist() == list(range(30, 100))
    only_dev = np.where(official == "dev", "dev", "")
    parts = split_indices(100, labels=y, set_of=only_dev, classes=("a", "b"), seed=0)
    assert parts["dev"].tolist() == list(range(20, 30)) and len(parts["test"]) == 10
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(100))


def test_groups_stay_together() -> None:
    groups = np.array([f"g{i // 5}" for i in range(100)])
    for labels in (np.arange(100) % 2, None):
        parts = split_indices(100, labels=labels, groups=groups, seed=0)
        seen = [set(groups[index]) for index in parts.values()]
        assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
        assert sum(map(len, parts.values())) == 100


def test_without_classes_the_sizes_are_those_of_the_rule() -> None:
    """Authority: the notes' 60/20/20, and 70/30 beside an official test set."""
    parts = split_indices(50, seed=3)
    assert {name: len(index) for name, index in parts.items()} == {"train": 30, "dev": 10, "test": 10}
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(50))
    assert split_indices(50, seed=4)["dev"].tolist() != parts["dev"].tolist()
    official = np.array(["test"] * 10 + [""] * 40)
    parts = split_indices(50, set_of=official, seed=3)
    assert {name: len(index) for name, index in parts.items()} == {"train": 28, "dev": 12, "test": 10}
    with pytest.raises(InputError, match="too few examples: train, dev, test need at least one each, and there are 2"):
        split_indices(2, seed=0)


def test_every_source_keeps_its_share_of_every_class() -> None:
    labels, sources = np.arange(200) % 2, np.array(["web", "web", "web", "phone"] * 50)
    parts = split_indices(200, labels=labels, sources=sources, seed=0)
    for index in parts.values():
        pairs = [tuple(pair) for pair in zip(labels[index].tolist(), sources[index].tolist(), strict=True)]
        assert [pairs.count(pair) * 4 for pair in ((0, "web"), (1, "web"), (1, "phone"))] == [2 * len(pairs), *[len(pairs)] * 2]
    rare = np.array(["web"] * 199 + ["phone"])  # one example cannot be in each set
    assert {name: len(index) for name, index in split_indices(200, labels=labels, sources=rare, seed=0).items()} == {
        "train": 120, "dev": 40, "test": 40}
    with pytest.raises(InputError, match="sources: expected 200, one an example, got 3"):
        split_indices(200, sources=rare[:3], seed=0)


OWN = [""] * 6


@pytest.mark.parametrize(("labels", "sets", "groups", "message"), [
    ([0, 0, 0, 1, 1, 2], OWN, None, r"too few examples of dog \(2\), cow \(1\): train, dev, test need at least one of every"
     " class each, 3 in all"),
    ([0, 0, 0, 0, 0, 1], ["", "", "", "", "", "train"], None, r"too few examples of dog \(1\)"),
    ([0, 0, 0, 0, 1, 1], ["", "", "", "test", "test", ""], None, r"of dog \(1\): train, dev need .*, 2 in all"),
    ([0, 0, 0, 0, 1, 1], ["", "", "", "", "dev", "dev"], None, r"train, test are cut from .*all .* of the class cat"),
    ([0, 0, 0, 1, 1, 1], OWN, list("ababab"), r"group: expected at least 3 groups, one each for train, dev, test, got 2"),
    ([0, 0, 0, 1, 1, 1], ["dev"] * 6, None, "there is no example to train on"),
    ([0, 0, 0, 1, 1, 1], ["dev", "test"] * 3, None, "there is no example to train on"),
    ([0, 0, 1, 1, 0, 1], ["", "", "dev", "dev", "test", "test"], None, "dev has the class dog, which train lacks"),
])
def test_what_cannot_be_cut_is_said_of_the_data(labels, sets, groups, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        split_indices(6, labels=np.array(labels), set_of=np.array(sets), classes=("cat", "dog", "cow"),
                      groups=None if groups is None else np.array(groups), seed=0)
    assert "stratify" not in str(caught.value)


def test_of_many_small_classes_five_are_named() -> None:
    with pytest.raises(InputError, match=r"too few examples of a \(1\), b \(1\), c \(1\), d \(1\), e \(1\), …: "):
        split_indices(6, labels=np.arange(6), classes=tuple("abcdef"), seed=0)


def test_a_negative_split_seed_is_called_by_its_flag() -> None:
    with pytest.raises(InputError, match="split_seed: expected a number of at least 0, got -1"):
        split_indices(9, labels=np.arange(9) % 2, seed=-1)
