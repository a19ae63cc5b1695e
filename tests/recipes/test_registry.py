"""Which recipes and networks there are: found from the recipes' files, and one that is added at run time."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tests.cli.conftest import Wengu, wengu  # noqa: F401  # a fixture
from wengu.core.checks import InputError
from wengu.recipes import Network, networks, recipe, recipes, register, registry, resolve, settings_of, words_of
from wengu.recipes.settings import Common, Training, setting

ROOM = Path(registry.__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Settings(Common):
    """Of a recipe that the loop does not train."""

    network: str = setting("plain", "The network.")

    words: int = setting(3, "How many.")


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A recipe of somebody else's."""
    monkeypatch.setattr(registry, "_registered", {})
    module = ModuleType("echo")
    module.Settings = Settings  # type: ignore[attr-defined]
    module.NETWORKS = {"plain": Network("torch.nn:Identity", "Says it again.")}  # type: ignore[attr-defined]
    module.about = lambda: "Say it again."  # type: ignore[attr-defined]
    module.prepare = module.restore = None  # type: ignore[attr-defined]
    yield module


def test_every_recipe_and_network_resolves_and_can_be_made() -> None:
    for name in recipes():
        assert resolve(name) == (name, {})
        for network, entry in recipe(name).NETWORKS.items():
            assert networks()[network] == name and resolve(network) == (name, {"network": network})
            assert sum(w.numel() for w in entry.made(features=4, classes=2, channels=1).parameters()) > 0
            assert entry.bigger in ("", *recipe(name).NETWORKS)


def test_a_name_stands_in_one_file() -> None:
    """A recipe's in the one tuple, a network's in its entry: beside that only as a default, or in words."""
    code = {file: re.sub(r'"""(?s:.*?)"""|#.*', "", file.read_text()) for file in ROOM.rglob("*.py")
            if not file.is_relative_to(ROOM / "pages")}
    for name in networks():
        assert len([file for file, text in code.items() if f'"{name}": Network(' in text]) == 1, name
    for name in recipes():
        listing = [file.name for file, text in code.items() if re.search(rf'RECIPES.*= \(.*"{name}"', text)]
        assert listing == ["registry.py"], name


def test_a_recipe_that_is_added_has_its_command_and_only_its_own_settings(echo: ModuleType, wengu: Wengu) -> None:  # noqa: F811
    register("echo", echo)
    assert resolve("plain") == ("echo", {"network": "plain"}) and words_of("echo", "plain") == "plain"
    assert settings_of("echo", {"words": 5}).words == 5  # type: ignore[attr-defined]
    said = wengu("fit", "plain", "--help")
    assert "Says it again." in said.out and "--words" in said.out and "--data" in said.out
    assert not any(flag in said.out for flag in ("--patience", "--lr", "--epochs"))
    assert "Say it again." in wengu("fit", "--help").out
    with pytest.raises(InputError, match="setting: 'patience' is unknown"):
        settings_of("echo", {"patience": 5})


def test_where_nobody_knows_a_rate_it_must_be_given() -> None:
    entry = Network("torch.nn:Identity", "Says it again.", lr={"adam": 0.1})
    assert Training(optim="adam").by_rule(entry)["lr"] == 0.1 and "lr" not in Training(lr=0.2).by_rule(entry)
    with pytest.raises(InputError, match="lr: neither network nor recipe knows one for sgd; give it"):
        Training(optim="sgd").by_rule(entry)


def test_a_recipe_of_the_environment_has_its_command_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "sounds.py").write_text(
        "from wengu.recipes import Network\nfrom wengu.recipes.settings import Common as Settings\n"
        "NETWORKS = {'plain': Network('torch.nn:Identity', 'Says it again.')}\n"
        "about = lambda: 'Tell sounds apart.'\nprepare = restore = None\n")

    def said(value: str, *name: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(tmp_path), *sys.path])
        return subprocess.run([sys.executable, "-m", "wengu", "fit", *name, "--help"], capture_output=True, text=True, check=False,
                              env={**os.environ, "WENGU_RECIPES": value, "PYTHONPATH": path})

    assert "Tell sounds apart." in said("noise=sounds").stdout
    for wrong in ("noise", "noise=silence", "table=sounds"):
        refused = said(wrong)
        assert refused.returncode == 2 and refused.stderr.startswith(f"wengu: WENGU_RECIPES: expected NAME=MODULE, got {wrong}: ")
    for text, why in (("raise RuntimeError('boom')", "RuntimeError: boom"), ("x = = 1", "SyntaxError: invalid syntax")):
        (tmp_path / "broken.py").write_text(f"\n{text}\n")
        refused = said("noise=broken")
        assert (refused.returncode, refused.stderr) == (
            2, f"wengu: WENGU_RECIPES: noise=broken cannot be imported: {tmp_path}/broken.py:2: {why}\n")
    (tmp_path / "sounds.py").write_text((tmp_path / "sounds.py").read_text().replace("NETWORKS = {", "NETWORKS = {} and {"))
    assert "There is: ." not in said("noise=sounds", "noise").stdout


def test_what_is_no_recipe_or_has_a_name_that_is_taken_is_refused(echo: ModuleType) -> None:
    for name in ("table", "lenet5"):
        with pytest.raises(InputError, match=f"{name}: there is a recipe or network {name} already"):
            register(name, echo)
    echo.NETWORKS = {"softmax": echo.NETWORKS["plain"]}  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="echo: there is a recipe or network softmax already"):
        register("echo", echo)
    del echo.about, echo.restore
    with pytest.raises(InputError, match="echo: expected a recipe's module, but it has no about, restore"):
        register("echo", echo)
    echo.load = None  # type: ignore[attr-defined]  # what has a trainer of its own gives back what it made by this
    with pytest.raises(InputError, match="echo: expected a recipe's module, but it has no about$"):
        register("echo", echo)
    assert recipes() == registry.RECIPES
