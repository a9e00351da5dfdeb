"""How much a test does where someone waits for it, and in `tox -e full`, where nobody does."""

import os
from collections.abc import Sequence
from typing import TypeVar

IS_FULL = bool(os.environ.get("FULL_DRAWS"))
_SHARE = 1 if IS_FULL else 4
_Case = TypeVar("_Case")


def draws(full: int) -> int:
    """Return the number of draws to take where all are `full`; the bounds of such a test hold for both."""
    return full // _SHARE


def some(cases: Sequence[_Case], *every_time: _Case) -> Sequence[_Case]:
    """Return all cases of a test that trains for each of them, or those alone that are tried every time."""
    return cases if IS_FULL else every_time
