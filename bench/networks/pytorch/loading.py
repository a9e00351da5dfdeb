"""Imports PyTorch so that TensorFlow can be imported after it."""

from __future__ import annotations


def load_torch() -> None:
    """Import PyTorch with the compiler that its first optimizer loads, Triton.

    A process in which TensorFlow was imported before Triton ends with a segmentation fault (PyTorch 2.14, TensorFlow
    2.21, on Linux); the other way round both work.
    """
    import torch  # noqa: PLC0415 - imported in the worker, and in the process of a sheet, alone

    torch.optim.SGD([torch.zeros(1)], lr=1.0)
