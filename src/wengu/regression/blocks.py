"""Sums over the rows of a matrix, block by block, by several threads.

A sum over m rows reads X once: all that is computed of a block is computed while it is in the cache. The threads take
the place of those of BLAS, which gain little in a product of matrix and vector and stall on a busy machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from scipy.sparse import issparse
from threadpoolctl import ThreadpoolController

BLOCK = 2**18  # numbers in a block: two megabytes in float64


def rows_of(x: Any, rows: slice | Any, shift: Any = None) -> Any:
    """These rows as a dense matrix, less `shift`: of a sparse matrix no more than a block is ever dense."""
    part = x[rows].toarray() if issparse(x) else x[rows]
    return part if shift is None else part - shift


def density(x: Any) -> tuple[int, int]:
    """How many rows, and how many numbers a row has that are kept: all, unless the matrix is sparse."""
    return x.shape[0], max(1, x.nnz // x.shape[0]) if issparse(x) else x.shape[1]


def sum_over_rows(part: Callable[[slice], list[Any]], shape: tuple[int, ...], *, threads: int) -> list[Any]:
    """`part(rows)`, a list of numbers or arrays, added up entry by entry over blocks of the rows of a matrix.

    NaN and infinity pass into the sums without a warning, for the caller to judge.

    >>> sum_over_rows(lambda rows: [rows.stop - rows.start], (10**6, 100), threads=2)
    [1000000]
    """
    m, n = shape
    step = max(64, BLOCK // max(n, 1))
    threads = max(1, min(threads, m // (4 * step)))  # a thread costs more than a few blocks

    def share(k: int) -> list[Any]:
        low, high = m * k // threads, m * (k + 1) // threads
        with np.errstate(over="ignore", invalid="ignore"):
            total = part(slice(low, min(low + step, high)))
            for i in range(low + step, high, step):
                for j, value in enumerate(part(slice(i, min(i + step, high)))):
                    total[j] += value
        return total

    if threads == 1:
        return share(0)
    with ThreadPoolExecutor(threads) as pool:
        return [sum(values[1:], start=values[0]) for values in zip(*pool.map(share, range(threads)), strict=True)]


@contextmanager
def threads_of_blas() -> Iterator[int]:
    """How many threads BLAS was allowed: ours meanwhile, while BLAS has one."""
    blas = _libraries().select(user_api="blas")
    threads = max((int(library["num_threads"]) for library in blas.info()), default=1)
    with blas.limit(limits=1):
        yield threads


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
