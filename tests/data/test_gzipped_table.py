from __future__ import annotations

import gzip
import resource
from pathlib import Path

import pytest

from wengu.core.checks import InputError
from wengu.data.table_file import content, read_sheet


def bomb(path: Path, piece: bytes, n: int) -> Path:
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(n):
            file.write(piece)
    return path


@pytest.mark.parametrize(("piece", "said"), [
    (b"1,2\n" * 250_000, "unpack to more than 64 MB, as no table does; if it is one, gunzip it and give that file"),
    (bytes(1_000_000), "not a text file"),
])  # fmt: skip
def test_a_bomb_is_refused_before_it_is_in_memory(tmp_path: Path, piece: bytes, said: str) -> None:
    """300 MB in 0.3 to 1.2 MB."""
    file = bomb(tmp_path / "x.csv.gz", piece, 300)
    assert file.stat().st_size < 1_500_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=said) as caught:
        content(file)
    assert "\n" not in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB: 64 MB, once more joined


def test_a_table_that_packs_well_is_read(tmp_path: Path) -> None:
    """A one-hot column packs to a fiftieth and more."""
    file = bomb(tmp_path / "x.csv.gz", b"0,0,0,1,0,a\n", 100_000)
    text = gzip.decompress(file.read_bytes())
    assert len(text) > 100 * file.stat().st_size
    assert content(file)[1] == text
    file.write_bytes(gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n"))  # of several members, as logs are joined
    assert read_sheet(file).frame.to_numpy().tolist() == [[1, 2], [3, 4]]


def test_damage_is_one_line(tmp_path: Path) -> None:
    whole = gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)
    file = tmp_path / "x.csv.gz"
    for bit in range(16, 8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        try:
            content(file)
        except InputError as error:
            assert "\n" not in str(error)
