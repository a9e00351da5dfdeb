"""Every test here needs PyTorch, which is an extra, in its own process."""

import pytest


@pytest.fixture(autouse=True)
def torch_first(torch):
    """Import PyTorch before a test can import TensorFlow."""
    return torch
