from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from wengu.regression import blocks
from wengu.regression.blocks import sum_over_rows, threads_of_blas


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("m", [1, 63, 64, 1000, 1001])
def test_every_row_is_added_once(m, threads, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1)
    x = np.arange(m, dtype=float)
    total, count = sum_over_rows(lambda rows: [x[rows].sum(), np.ones(2) * len(x[rows])], (m, 1), threads=threads)
    assert total == m * (m - 1) / 2
    assert count.tolist() == [m, m]


def test_threads_share_the_rows(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 1)
    meet, names = threading.Barrier(2, timeout=10), set()

    def part(rows):
        if threading.current_thread().name not in names:
            names.add(threading.current_thread().name)
            meet.wait()  # passes only where two threads are at work at once
        return [1]

    sum_over_rows(part, (1024, 1), threads=2)
    assert len(names) == 2


def test_blas_keeps_to_one_thread_only_within():
    blas = ThreadpoolController().select(user_api="blas")
    with blas.limit(limits=2):
        with threads_of_blas() as threads:
            assert threads == 2
            assert {library["num_threads"] for library in blas.info()} == {1}
        assert {library["num_threads"] for library in blas.info()} == {2}
