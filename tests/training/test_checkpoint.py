"""Checkpoints are whole, checked, and never unpickled."""

import resource
import threading
import zipfile
from pathlib import Path

import pytest
import torch

from wengu.core.checks import InputError
from wengu.core.files import sha256
from wengu.core.run_folder import RunFolder
from wengu.training import checkpoint, load_best, load_checkpoint, load_newest, save_checkpoint
from wengu.training.checkpoint import forget_checkpoints, steps_kept
from wengu.training.state import State


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for step in (10, 20, 30):
        save_checkpoint(tmp_path, step, {"w": torch.full((3,), float(step))}, {"step": step, "m": [1, {"a": 0.5}]})
    return tmp_path


def test_what_was_saved_comes_back(folder: Path) -> None:
    weights, state = load_checkpoint(folder, 20)
    assert torch.equal(weights["w"], torch.full((3,), 20.0)) and state == {"step": 20, "m": [1, {"a": 0.5}]}
    assert sorted(p.name for p in (folder / "20").iterdir()) == ["model.safetensors", "sha256", "state.pt"]


@pytest.mark.parametrize("name", ["model.safetensors", "state.pt", "sha256"])
def test_a_flipped_bit_is_found_and_the_one_before_used(folder: Path, name: str) -> None:
    content = bytearray((folder / "30" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "30" / name).write_bytes(content)
    with pytest.raises(InputError, match="checkpoint .*30.* is damaged"):
        load_checkpoint(folder, 30)
    said: list[str] = []
    _, state = load_newest(folder, warn=said.append)
    assert state["step"] == 20
    assert len(said) == 1 and "damaged" in said[0] and "step 20 is used" in said[0]


def test_a_missing_file_is_damage_too(folder: Path) -> None:
    (folder / "30" / "state.pt").unlink()
    assert load_newest(folder, warn=lambda _: None)[1]["step"] == 20


def test_the_best_is_what_the_newest_sound_one_says(folder: Path) -> None:
    said: list[str] = []
    assert load_best(folder, warn=said.append)[1]["step"] == 30  # no epoch has ended
    for step, best in ((40, 20), (50, 40)):
        save_checkpoint(folder, step, {}, {"step": step, "best": {"step": best}})
    assert load_best(folder, warn=said.append)[1]["step"] == 40 and not said
    (folder / "50" / "state.pt").unlink()
    assert load_best(folder, warn=said.append)[1]["step"] == 20 and "step 40 is used" in said.pop()
    (folder / "20" / "state.pt").unlink()
    assert load_best(folder, warn=said.append)[1]["step"] == 40 and "/20/" in said[-1]


def test_none_left_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no checkpoint that can be read"):
        load_newest(tmp_path, warn=lambda _: None)


def test_the_last_and_the_best_are_kept(folder: Path) -> None:
    save_checkpoint(folder, 40, {}, {})
    forget_checkpoints(folder, keep={10}, last=2)
    assert steps_kept(folder) == [10, 30, 40]


def test_a_pickle_is_not_run(folder: Path) -> None:
    """A state.pt that carries code is refused, even with a matching SHA-256."""
    from wengu.core.files import sha256

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (folder / "ran",))

    torch.save({"step": 30, "x": Evil()}, folder / "30" / "state.pt")
    (folder / "30" / "sha256").write_text(
        "".join(f"{sha256(folder / '30' / n)}  {n}\n" for n in ("model.safetensors", "state.pt"))
    )
    with pytest.raises(InputError, match="was changed after wengu wrote it"):
        load_checkpoint(folder, 30)
    assert not (folder / "ran").exists()


def test_the_thread_that_writes_calls_nothing_of_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second thread with torch's own threads behind it makes every kernel of the first one slower."""
    threads = []
    for of, name in ((checkpoint.torch, "save"), (checkpoint, "save")):
        def noted(*given: object, real: object = getattr(of, name), **more: object) -> object:
            threads.append(threading.current_thread())
            return real(*given, **more)  # type: ignore[operator]

        monkeypatch.setattr(of, name, noted)
    run = RunFolder.create(tmp_path / "r")
    weights = {"w": torch.ones(3)}
    with checkpoint.Writer(run) as writer:
        writer.write(State(epochs=1, steps_per_epoch=1, examples_per_step=1), weights, {"step": 0})
        weights["w"].zero_()  # training goes on
    assert threads == [threading.main_thread()] * 2
    assert torch.equal(checkpoint.load_checkpoint(run.path / "checkpoints", 0)[0]["w"], torch.ones(3))


def test_a_state_that_is_packed_is_not_unpacked(folder: Path) -> None:
    """400 MB of zeros in a file of 400 kB, with the right sum: torch itself would unpack it."""
    at = folder / "30"
    torch.save({"step": 30, "w": torch.zeros(4)}, at / "state.pt")
    with zipfile.ZipFile(at / "state.pt") as file:
        parts = {name: file.read(name) for name in file.namelist()}
    n = 100_000_000
    with zipfile.ZipFile(at / "state.pt", "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            content = content.replace(b"K\x04", b"J" + n.to_bytes(4, "little")) if name.endswith("data.pkl") else content
            file.writestr(name, bytes(4 * n) if name.endswith("data/0") else content)
    (at / "sha256").write_text("".join(f"{sha256(at / name)}  {name}\n" for name in ("model.safetensors", "state.pt")))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="30 was changed after wengu wrote it"):
        load_checkpoint(folder, 30)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
