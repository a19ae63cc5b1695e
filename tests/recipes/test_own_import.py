"""What a file of one's own imports from beside and below it."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest
import torch

from tests.recipes.test_own_network import made
from wengu.core.checks import InputError
from wengu.core.run_folder import RunFolder
from wengu.recipes.own_network import files_of, network_of

FILES = {
    "net.py": "from torch import nn\n\nfrom .relative import WIDTH\nfrom helper import act\nfrom pack.sub import last\n\n\n"
              "class Net(nn.Module):\n    def __init__(self, classes):\n        super().__init__()\n        import at_making\n"
              "        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, WIDTH), act(), last(WIDTH, classes))\n\n"
              "    def forward(self, x):\n        from at_work.deep import factor\n        return factor * self.body(x)\n",
    "relative.py": "WIDTH = 5\n",
    "helper.py": "from torch import nn\n\n\ndef act():\n    return nn.ReLU()\n",
    "pack/__init__.py": "",
    "pack/sub.py": "from .more import nn\n\n\ndef last(width, classes):\n    return nn.Linear(width, classes)\n",
    "pack/more.py": "from torch import nn\n",
    "at_making.py": "",
    "at_work/deep.py": "factor = 2\n",  # a folder without __init__.py
    "unused.py": "raise SystemExit\n",
}


@pytest.fixture
def network(tmp_path: Path) -> str:
    for name, text in FILES.items():
        (tmp_path / "code" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "code" / name).write_text(text)
    return f"{tmp_path}/code/net.py:Net"


def test_all_that_ran_is_kept_and_a_change_in_any_of_it_is_found(network: str, tmp_path: Path, photos: Path) -> None:
    made(network, photos)
    assert files_of(network) == {f"own-network/{name}": text.encode() for name, text in FILES.items() if name != "unused.py"}
    run = RunFolder.create(tmp_path / "runs/one", recipe="pictures", network=network, spec={"own_network": network}, files=files_of(network))
    assert run.facts()["files"]["own-network/pack/more.py"] == hashlib.sha256(FILES["pack/more.py"].encode()).hexdigest()
    (tmp_path / "code/unused.py").write_text("")
    assert network_of(run) == network
    for name in FILES.keys() - {"unused.py"}:
        file = tmp_path / "code" / name
        file.write_text(FILES[name] + "# changed\n")
        with pytest.raises(InputError, match=f"{name} has changed since the run began, and is not imported; say which to take"):
            network_of(run)
        file.unlink()
        with pytest.raises(InputError, match=f"{name} is no longer there, and is not imported"):
            network_of(run)
        file.write_text(FILES[name])
    assert not list(tmp_path.rglob("__pycache__"))


def test_an_edit_is_seen_in_the_same_process(
    network: str, tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same length, and within the second: bytecode would not tell."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    helper = tmp_path / "code/helper.py"
    os.utime(helper, (1e9, 1e9))
    assert isinstance(made(network, photos)[1].body[2], torch.nn.ReLU)
    helper.write_text(FILES["helper.py"].replace("ReLU", "Tanh"))
    os.utime(helper, (1e9, 1e9))
    assert isinstance(made(network, photos)[1].body[2], torch.nn.Tanh)
    assert b"Tanh" in files_of(network)["own-network/helper.py"]
    (tmp_path / "code/at_work/deep.py").write_text("factor = 1 / 0\n")
    with pytest.raises(InputError, match=r"code/at_work/deep.py:1: ZeroDivisionError: division by zero"):
        made(network, photos)


def test_two_of_one_name_are_two_and_the_users_own_stays_theirs(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    networks = []
    for name in ("ReLU", "Tanh"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "helper.py").write_text(FILES["helper.py"].replace("ReLU", name))
        (folder / "random.py").write_text("raise SystemExit\n")  # as everywhere, what is installed and imported stays
        (folder / "net.py").write_text("import random\nfrom torch import nn\n\n\ndef net(classes):\n    from helper import act\n"
                                       "    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes), act())\n")
        networks.append(f"{folder}/net.py:net")
    monkeypatch.syspath_prepend(str(tmp_path / "ReLU"))
    sys.modules.pop("helper", None)
    theirs = __import__("helper")  # as a script beside it has
    try:
        assert [type(made(network, photos)[1][2]).__name__ for network in networks * 2] == ["ReLU", "Tanh"] * 2
        assert sys.modules["helper"] is theirs
        assert [len(files_of(network)) for network in networks] == [2, 2]
    finally:
        del sys.modules["helper"]
