"""Puts the tuned case of each stock case beside it, from what `bench tune` found on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from bench.errors import ConfigError
from bench.host.environment import Environment
from bench.plan.case import Case
from bench.plan.expand import distinct
from bench.plan.tuning import SIZES, TunedCase, tuning_key
from bench.settings import TABLE
from bench.store.tunings_file import Tuning, Tunings, read_tunings

_TUNED_APART = tuple(setting for setting in TABLE.values() if setting.tuning == "apart")
# A tuning takes other networks and devices than a run where none are named.
_ALWAYS_NAMED = ("model", "device", "batch_size")
_MAX_SHOWN = 3


def add_tuned(
    cases: Sequence[Case], environment: Environment
) -> tuple[tuple[Case, ...], tuple[TunedCase, ...], tuple[Case, ...]]:
    """Return the cases with each tuned case behind its stock case, which belongs to which, and those without a tuning.

    Raises:
        ConfigError: where no case has a tuning that holds here, with what to run; for a tuned case that the suite has
            with another number of epochs or examples.
        StoreError: where the file of tunings is damaged.
    """
    tunings = read_tunings(environment)
    found = {case: tunings.by_key.get(tuning_key(case)) for case in cases}
    untuned = tuple(case for case, tuning in found.items() if tuning is None)
    if len(untuned) == len(cases):
        raise ConfigError(word_untuned(untuned, tunings))
    pairs = [(case, _tuned_case(case, tuning)) for case, tuning in found.items() if tuning]
    tuned = tuple(TunedCase(stock=stock.case_id, tuned=best and best.case_id) for stock, best in pairs)
    best_of = dict(pairs)
    both = (one for case in cases for one in (case, best_of.get(case)) if one)
    return distinct(both), tuned, untuned


def word_untuned(cases: Sequence[Case], tunings: Tunings | None = None) -> str:
    """Say that these cases have no tuning that holds here, why, and what to run."""
    names = ", ".join(case.case_id for case in cases)
    why = "; ".join(f"{name} {then} then, {now} now" for name, then, now in (tunings or Tunings()).others[:_MAX_SHOWN])
    elsewhere = f" (there is one of other versions, which is never used: {why})" if why else ""
    fixed = dict.fromkeys(name for case in cases for name in _not_tuned(case))
    if fixed:
        flags = ", ".join(TABLE[name].flag for name in fixed)
        return f"--tuned: no tuning for {names}: `bench tune` takes networks as they come; leave {flags} out"
    return f"--tuned: no tuning on this machine for {names}{elsewhere}; measure it with `{tune_command(cases)}`"


def _not_tuned(case: Case) -> list[str]:
    """Return which of a case's settings no tuning can have: those that change the network, or how it is run."""
    return [
        name for name, setting in TABLE.items() if setting.tuning in {"varies", "default"} and not case.is_default(name)
    ]


def tune_command(cases: Sequence[Case]) -> str:
    """Return the command that tunes these cases, and perhaps some combinations more."""
    others = (setting for setting in _TUNED_APART if setting.name not in _ALWAYS_NAMED)
    flags = []
    for setting in (*(TABLE[name] for name in _ALWAYS_NAMED), *others):
        values = dict.fromkeys(str(getattr(case, setting.name)) for case in cases)
        if setting.name in _ALWAYS_NAMED or not all(case.is_planned(setting.name) for case in cases):
            flags.append((setting.flag, ",".join(values)))
    return "python -m bench tune " + shlex.join(part for flag in flags for part in flag)


def _tuned_case(stock: Case, tuning: Tuning) -> Case | None:
    """Return the tuned case with the stock case's epochs and examples; None where stock settings are the fastest."""
    if tuning.tuned is None:
        return None
    return tuning.tuned.model_copy(update={name: getattr(stock, name) for name in SIZES})
