"""Networks of one's own, as the recipes make them."""

import hashlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes import recipe, settings_of
from wengu.recipes.network import entry_of
from wengu.recipes.own_network import network_of, own_network

NET = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, {arguments}):
        super().__init__()
        {body}

    def forward(self, x):
        {forward}
"""


def written(folder: Path, *, arguments: str = "classes", body: str = "self.z = nn.Linear(784, classes)",
            forward: str = "return self.z(x.flatten(1))", more: str = "") -> str:
    """A file with a network, and its name for --network."""
    file = folder / "mine.py"
    file.write_text(NET.format(arguments=arguments, body=body, forward=forward) + more)
    return f"{file}:Net"


def made(network: str, photos: Path, **settings: Any) -> nn.Module:
    chosen = settings_of("pictures", {"network": network, "data": str(photos), **settings})
    return recipe("pictures").prepare(chosen).model()


def test_it_is_given_what_it_asks_for(tmp_path: Path, photos: Path) -> None:
    body = "self.told = (classes, channels, size, units); self.z = nn.Linear(784, classes)\n        self.draw = torch.rand(1, generator=generator)"
    network = written(tmp_path, arguments="classes, size, *, channels, generator, units=3", body=body)
    first, again, other = (made(network, photos, seed=seed)[1] for seed in (1, 1, 2))
    assert first.told == (3, 1, (28, 28), 3)
    assert torch.equal(first.draw, again.draw) and not torch.equal(first.draw, other.draw)
    assert torch.equal(first.z.weight, again.z.weight) and not torch.equal(first.z.weight, other.z.weight)


def test_weights_that_wait_for_the_first_batch_are_a_function_of_the_seed_too(tmp_path: Path, photos: Path) -> None:
    network = written(tmp_path, body="self.z = nn.LazyLinear(classes)")
    first, again, other = (made(network, photos, seed=seed)[1].z.weight for seed in (1, 1, 2) if torch.rand(1).numel())
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_arguments_by_place_and_any_arguments(tmp_path: Path, photos: Path) -> None:
    """What is asked for by place is given so; one that takes whatever it is given is given all."""
    network = written(tmp_path, more="\n\ndef place(classes, units=7, /, channels=3):\n    return nn.Sequential(nn.Flatten(), "
                                     "nn.Linear(784 * channels, units), nn.Linear(units, classes))\n\n\n"
                                     "def any(**given):\n    net = Net(given['classes'])\n    net.told = sorted(given)\n    return net\n")
    assert [w.shape[0] for w in made(network.replace(":Net", ":place"), photos).parameters()] == [7, 7, 3, 3]
    assert made(network.replace(":Net", ":any"), photos)[1].told == ["channels", "classes", "generator", "size"]


def test_others_names_for_the_same_are_understood_and_pictures_have_the_size_that_it_says(tmp_path: Path, photos: Path) -> None:
    network = written(tmp_path, arguments="num_classes, in_channels=3, size=(12, 20)",
                      body="self.z = nn.Linear(240 * in_channels, num_classes)")
    assert made(network, photos)[1].z.weight.shape == (3, 240)
    with pytest.raises(InputError, match=r"mine.py:\d+: RuntimeError: mat1 and mat2 shapes cannot be multiplied"):
        made(network, photos, size="20x30")
    with pytest.raises(InputError, match="size: LeNet5 reads pictures of 12 × 12 and larger, got 8 × 40; enlarge"):
        made("lenet5", photos, size="8x40")
    with pytest.raises(InputError, match="size: expected height and width, such as 64 or 48x64, got big"):
        made(network, photos, size="big")


def test_a_function_does_as_well_and_a_file_beside_it_can_be_imported(tmp_path: Path, photos: Path) -> None:
    (tmp_path / "beside_mine.py").write_text("UNITS = 7\n")
    network = written(tmp_path, more="\nfrom beside_mine import UNITS\n\n\ndef small(classes, **more):\n    return nn.Sequential("
                                     "nn.Flatten(), nn.LazyLinear(UNITS), nn.ReLU(), nn.LazyLinear(classes))\n")
    assert made(network.replace(":Net", ":small"), photos)[1][1].weight.shape == (7, 784)
    assert str(tmp_path) not in sys.path


def test_three_odd_modules(tmp_path: Path, photos: Path) -> None:
    """One with buffers, one with lazy layers, and one that wants a loss of its own, which is refused."""
    body = "self.norm = nn.BatchNorm2d(1); self.register_buffer('seen', torch.zeros(1)); self.z = nn.LazyLinear(classes)"
    model = made(written(tmp_path, body=body, forward="x = self.norm(x); self.seen += 1; return self.z(x.flatten(1))"), photos)
    assert model[1].z.weight.shape == (3, 784) and model.training
    assert model[1].norm.num_batches_tracked == 0  # looking at it in training was on a copy
    twice = "z = self.z(x.flatten(1)); return (z, z) if self.training else z"
    with pytest.raises(InputError, match=r"mine.py:Net: expected the same outputs in training as in evaluation, \(2, 3\), got tuple: "
                                         "it needs a loss of its own, which wengu.training.fit takes"):
        made(written(tmp_path, forward=twice), photos)


@pytest.mark.parametrize(("file", "name", "message"), [
    ({}, "mine.py:Nett", "mine.py has no Nett; did you mean Net"),
    ({}, "mime.py:Net", r"mime.py: No such file or directory; did you mean .*mine.py"),
    ({}, "mine.py", r"expected FILE.py:NAME, such as .*mine.py:Net, got .*mine.py$"),
    ({}, "mine.py:", r"expected FILE.py:NAME, such as .*mine.py:Net"),
    ({"more": "\nnet = Net(3)\n"}, "mine.py:net", "mine.py:net: expected a class of nn.Module or a function that gives one, got Net"),
    ({"more": "\nThing = dict\n"}, "mine.py:Thing", "mine.py:Thing gave dict, expected an nn.Module"),
    ({"arguments": "classes, depth, width"}, "mine.py:Net",
     "mine.py:Net: expected the arguments classes, channels, size, generator, or others with a default, got depth, width; give"),
    ({"body": "self.z = nn.Linear(784, 1 + classes)"}, "mine.py:Net", r"expected outputs \(m, classes\), here \(2, 3\), got \(2, 4\)"),
    ({"forward": "return {'z': self.z(x.flatten(1))}"}, "mine.py:Net", r"expected outputs \(m, classes\), here \(2, 3\), got dict"),
    ({"body": "self.z = nn.Linear(784, klasses)"}, "mine.py:Net", r"mine.py:9: NameError: name 'klasses' is not defined"),
    ({"forward": "return self.z(x)"}, "mine.py:Net", r"mine.py:12: RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
    ({"more": "\nclass Broken:\n  pass x\n"}, "mine.py:Net", r"mine.py:15: SyntaxError: invalid syntax"),
    ({"more": "\nraise SystemExit(3)\n"}, "mine.py:Net", r"mine.py:14: SystemExit: 3"),
    ({"more": "\nimport nowhere_to_be_found\n"}, "mine.py:Net", "mine.py:14: ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
])
def test_what_goes_wrong_is_one_line(tmp_path: Path, photos: Path, file: dict[str, str], name: str, message: str) -> None:
    written(tmp_path, **file)
    with pytest.raises(InputError, match=message) as caught:
        made(f"{tmp_path}/{name}", photos)
    assert str(caught.value).startswith("network: ") and "\n" not in str(caught.value).splitlines()[0]


def test_dropout_is_for_those_that_take_it(tmp_path: Path, photos: Path) -> None:
    network = written(tmp_path)
    with pytest.raises(InputError, match=r"dropout: .*mine.py:Net has no argument of that name; leave it out"):
        made(network, photos, dropout=0.5)
    network = written(tmp_path, arguments="classes, dropout=0.9", body="self.p = dropout; self.z = nn.Linear(784, classes)")
    assert (made(network, photos)[1].p, made(network, photos, dropout=0.25)[1].p) == (0.9, 0.25)


def test_an_unknown_network_is_still_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="network: 'lenet' is unknown; did you mean lenet5"):
        entry_of("lenet", recipe("pictures").NETWORKS)
    assert own_network("lenet5") is None


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run as it is kept, of a network that leaves a mark when it is imported."""
    (tmp_path / "code").mkdir()
    network = written(tmp_path / "code", more="\nfrom pathlib import Path\nPath(__file__).with_name('imported').touch()\n")
    content = (tmp_path / "code" / "mine.py").read_bytes()
    return RunFolder.create(tmp_path / "runs" / "one", recipe="pictures", network=network, files={"own-network/mine.py": content},
                            spec={"classes": ["a", "b"], "channels": 1, "size": [28, 28], "own_network": network})


def test_a_run_is_made_again_where_its_file_is_the_same(run: RunFolder, tmp_path: Path) -> None:
    own = run.facts()["spec"]["own_network"]
    assert run.facts()["files"] == {"own-network/mine.py": hashlib.sha256((tmp_path / "code/mine.py").read_bytes()).hexdigest()}
    assert (run.path / "own-network/mine.py").read_bytes() == (tmp_path / "code/mine.py").read_bytes()
    assert network_of(run) == own and not (tmp_path / "code/imported").exists()
    with pytest.raises(InputError, match="is a network of your own, and is not imported for this"):
        recipe("pictures").restore(run)
    assert not (tmp_path / "code/imported").exists()
    assert recipe("pictures").restore(run, network=own).model[1].z.weight.shape == (2, 784)
    assert (tmp_path / "code/imported").exists()


def test_else_it_is_not_imported_unless_it_is_named_again(run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, other = tmp_path / "code/mine.py", "/elsewhere/other.py:Net"

    def refused(reason: str) -> None:
        with pytest.raises(InputError, match=f"{reason}, and is not imported; say which to take: --network FILE.py:Net"):
            network_of(run)
        assert network_of(run, other) == other
        assert not (tmp_path / "code/imported").exists()

    content = file.read_text()
    file.write_text(content + "# changed\n")
    refused("mine.py has changed since the run began")
    file.unlink()
    refused("mine.py is no longer there")
    file.write_text(content)
    with monkeypatch.context() as patched:
        patched.setattr("os.getuid", lambda: 12345)
        refused("is named by a run of another user")
    (tmp_path / "runs/two").mkdir()
    planted = tmp_path / "runs/two/mine.py"  # came along with the runs, in an archive
    planted.write_text(content)
    run.note(spec=run.facts()["spec"] | {"own_network": f"{planted}:Net"})
    refused("is among the runs")
    run.note(spec=run.facts()["spec"] | {"own_network": "mine.py:Net"})  # wherever one stands
    with pytest.raises(InputError, match="own_network was changed after wengu wrote it"):
        network_of(run)


def test_a_run_of_a_listed_network_takes_no_other(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "one", recipe="pictures", network="lenet5", spec={"classes": ["a", "b"]})
    assert network_of(run) == network_of(run, "lenet5") == "lenet5"
    with pytest.raises(InputError, match=re.escape("network: the run has lenet5; leave it out")):
        network_of(run, "./mine.py:Net")
