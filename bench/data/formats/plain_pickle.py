"""Reads pickles that contain only numbers, text, lists, dictionaries and NumPy arrays.

A pickle is a program that can call anything it can import. Here it can import nothing: the three names that NumPy
arrays need are provided explicitly, and any other name is rejected before anything is called.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

from bench.errors import DataError

# The list in pickle's documentation is open-ended; these are what its opcodes and NumPy's `__setstate__` raise.
_PICKLE_ERRORS = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
)


def read_plain_pickle(content: bytes, source: str) -> dict[str, Any]:
    """Return the dictionary in a pickle that Python 2 wrote, its keys as text.

    Raises:
        DataError: if the pickle names anything but NumPy's arrays and dtypes, is damaged, or is not a dictionary.
    """
    try:
        value = _PlainUnpickler(io.BytesIO(content), encoding="bytes").load()
        if isinstance(value, dict):
            return {key.decode(): item for key, item in value.items()}
    except _PICKLE_ERRORS as error:
        raise DataError(f"{source}: expected a pickle of plain arrays and lists; received {error}") from error
    raise DataError(f"{source}: expected a pickled dictionary, received {type(value).__name__}")


class _PlainUnpickler(pickle.Unpickler):
    """An unpickler that imports nothing."""

    def find_class(self, module_name: str, global_name: str, /) -> object:
        """Return the replacement for one of the three names that a NumPy array needs."""
        try:
            return _ALLOWED[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"the name {module_name}.{global_name}, which is not loaded: the file may be malicious"
            ) from None


def _start_array(*_: object) -> np.ndarray[Any, Any]:
    """Return an empty array, which the pickle then fills with shape, dtype and values."""
    return np.empty(0, dtype=np.uint8)


_ALLOWED = {
    ("numpy", "ndarray"): None,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _start_array,
}
