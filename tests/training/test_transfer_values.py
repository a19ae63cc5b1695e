from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from wengu.core.checks import InputError
from wengu.training.transfer import PretrainedWeights, transfer
from wengu.training.transfer_values import value_of


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def changed(folder: Path, name: str, value: Tensor) -> Path:
    """A file of the network's weights, one of them another."""
    path = folder / "w.safetensors"
    save_file({**network().state_dict(), name: value}, path)
    return path


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_real_types_are_converted_and_it_is_said(tmp_path: Path, dtype: torch.dtype) -> None:
    weight = torch.rand(4, 3).to(dtype)
    model = network()
    done = transfer(model, changed(tmp_path, "0.weight", weight))
    assert model[0].weight.dtype == torch.float32 and torch.equal(model[0].weight, weight.float())
    assert f"converted, to what the network computes in: {str(dtype)[6:]} -> float32" in done.notes
    assert not any("converted" in note for note in transfer(network(), changed(tmp_path, "0.bias", torch.zeros(4))).notes)


@pytest.mark.parametrize("dtype", [
    torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.uint16, torch.uint32, torch.uint64, torch.bool,
    torch.complex64, torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu,
])  # fmt: skip
def test_what_are_no_real_numbers_is_refused_in_one_line_and_changes_nothing(tmp_path: Path, dtype: torch.dtype) -> None:
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(InputError, match=rf"w.safetensors: expected real numbers .* in 0.weight, got {str(dtype)[6:]}; convert") as caught:
        transfer(model, changed(tmp_path, "0.weight", torch.ones(4, 3).to(dtype)))
    assert "\n" not in str(caught.value)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_what_is_not_finite_is_refused(tmp_path: Path, bad: float, dtype: torch.dtype) -> None:
    with pytest.raises(InputError, match="holds numbers that are not finite, in 0.weight"):
        transfer(network(), changed(tmp_path, "0.weight", torch.full((4, 3), bad, dtype=dtype)))


def test_what_overflows_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds numbers that are too large for float32, in 0.weight"):
        transfer(network(), changed(tmp_path, "0.weight", torch.full((4, 3), 1e300, dtype=torch.float64)))
    with pytest.raises(InputError, match="too large for int8, in n"):
        value_of(torch.tensor(300), torch.tensor(1, dtype=torch.int8), "n", Path("w"))


def test_a_counter_is_a_whole_number_in_both(tmp_path: Path) -> None:
    """Batch normalisation counts its batches in int64, which published weights may hold in int32."""
    model = network()
    transfer(model, changed(tmp_path, "1.num_batches_tracked", torch.tensor(7, dtype=torch.int32)))
    assert model[1].num_batches_tracked == 7
    for wrong in (torch.tensor(7.5), torch.tensor(True), torch.tensor(1j)):
        with pytest.raises(InputError, match=r"expected int64 in 1.num_batches_tracked, got (float32|bool|complex64)"):
            transfer(network(), changed(tmp_path, "1.num_batches_tracked", wrong))


def test_complex_and_bool_have_their_place() -> None:
    for kind in (torch.complex64, torch.bool):
        value = torch.ones(2, dtype=kind)
        assert torch.equal(value_of(value, value, "w", Path("w")), value)
        with pytest.raises(InputError, match=f"expected {str(kind)[6:]} in w, got float32"):
            value_of(torch.ones(2), value, "w", Path("w"))


HEADERS = {
    "length": b"\xff" * 8 + b"{}",
    "promise": b'{"w":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}',
    "overflow": b'{"w":{"dtype":"F32","shape":[8589934592,8589934592],"data_offsets":[0,0]}}',
    "overlap": b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "unknown": b'{"w":{"dtype":"Q7","shape":[1],"data_offsets":[0,4]}}',
    "part": b'{"w":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}',
    "nested": b"[" * 100_000,
    "none": b"",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_lies_is_refused_in_one_line_and_takes_no_memory(tmp_path: Path, name: str) -> None:
    import resource

    head = HEADERS[name]
    (tmp_path / "w.safetensors").write_bytes((b"" if name == "length" else len(head).to_bytes(8, "little")) + head + bytes(4))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="w.safetensors cannot be read") as caught:
        PretrainedWeights.read(tmp_path / "w.safetensors")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
