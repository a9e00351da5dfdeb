"""What a setting was when a network trained, which is not always what was asked for."""

from __future__ import annotations

from typing import Any

from bench.plan.case import Case
from bench.settings import OF_THE_COMPILE
from bench.store.records import Resolved


def in_force(name: str, case: Case, resolved: Resolved | None) -> Any:
    """Return a setting's value as read back from the built model; where none was built, as asked for.

    Whether a compiler is used, Keras decides. With `--training own` the user's compile decides all of `OF_THE_COMPILE`,
    where nobody asked for the benchmark's defaults: None where it has no such value.
    """
    is_own = case.training == "own" and name in OF_THE_COMPILE
    if resolved is None or not (is_own or name == "jit"):
        return case.stated(name)
    return getattr(resolved, name)
