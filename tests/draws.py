"""How many draws a simulation takes: all of them in `tox -e full`, a quarter where someone waits for the tests."""

import os

_SHARE = 1 if os.environ.get("FULL_DRAWS") else 4


def draws(full: int) -> int:
    """Return the number of draws to take where all are `full`; the bounds of such a test hold for both."""
    return full // _SHARE
