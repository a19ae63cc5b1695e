"""A pickle of numpy arrays, read by an unpickler that knows nothing else.

A pickle names functions and has them called: read by Python's own, a file can run any code. Here it may name those
three by which an array is made, and plain lists, tuples, dicts, numbers and texts need none.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np

from wengu.core.checks import InputError
from wengu.core.i18n import say
from wengu.core.regular_file import open_regular

_MAKE = np.zeros(0).__reduce__()[0]  # numpy's own function that begins an array; older files name its older place
ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _MAKE, ("numpy._core.multiarray", "_reconstruct"): _MAKE,
}  # fmt: skip


def read_array_pickle(path: Path) -> Any:
    """What is pickled in the file, of arrays and plain values.

    Raises: InputError for a file that is damaged, and for one that names anything else; nothing of it is run.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (file := Path(folder) / "a.pkl").write_bytes(pickle.dumps({"W": np.arange(3)}))
    ...     read_array_pickle(file)
    {'W': array([0, 1, 2])}
    """
    try:
        with open_regular(path) as file:
            return _Arrays(file).load()
    except Exception as error:  # what Python's reader happens to meet in a damaged file
        raise InputError(say("{path} is no pickle of arrays, or damaged: {error}", path=path, error=error)) from None


class _Arrays(pickle.Unpickler):
    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return ADMITTED[module, name]
        except KeyError:
            asked = f"{module}.{name}"
            raise pickle.UnpicklingError(say("it asks for {name}, which makes no array", name=asked)) from None
