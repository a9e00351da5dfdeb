"""The user's cache of tunings: the fastest settings per network, for one machine and one set of library versions.

There is one file per fingerprint. A tuning measured with other versions is kept for reference and never used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bench import __version__
from bench.errors import StoreError
from bench.frozen_model import Frozen
from bench.host.ceilings.ceilings import cache_folder
from bench.host.environment import Environment
from bench.plan.case import Case
from bench.plan.tuning import is_way_to_run, tuning_key
from bench.store.document import read_document, write_document
from bench.store.records import Moment

MAX_TUNINGS_BYTES = 4 << 20
CacheText = Annotated[str, Field(max_length=200)]
Positive = Annotated[float, Field(gt=0, le=1e12)]


class Tuning(Frozen):
    """The fastest way to train one case: stock (`tuned` is None), or as another case of the same function.

    `gain` is the ratio of rates from the last rung's pairs, with its interval, even if it was not large enough.
    """

    stock: Case
    tuned: Case | None
    gain: Positive | None
    gain_low: Positive | None
    gain_high: Positive | None
    num_pairs: Annotated[int, Field(ge=0, le=10**6)]
    run_id: CacheText
    measured_at: Moment


class _Record(Frozen):
    """The file: tunings and the versions they were measured with."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    fingerprint: CacheText
    versions: dict[CacheText, CacheText]
    tunings: tuple[Tuning, ...]


@dataclass(frozen=True)
class Tunings:
    """Tunings of this machine by `tuning_key`; `others` are (name, then, now) of versions that differ."""

    by_key: Mapping[str, Tuning] = field(default_factory=dict)
    others: Sequence[tuple[str, str, str]] = ()


def tunings_path(environment: Environment, cache: Path | None = None) -> Path:
    """Return the path of a machine's tunings; `cache` is the folder, the user's own by default."""
    return (cache or cache_folder()) / f"tunings-1-{environment.fingerprint}.json"


def read_tunings(environment: Environment, cache: Path | None = None) -> Tunings:
    """Return the tunings valid for a machine and its library versions; none if nothing was tuned there.

    Raises:
        StoreError: if the file is damaged, too large, of a newer schema, or of another machine.
    """
    path = tunings_path(environment, cache)
    if not os.path.lexists(path):
        return Tunings()
    record = _read(path)
    if record.fingerprint != environment.fingerprint:
        raise StoreError(f"{path}: belongs to machine {record.fingerprint}, expected {environment.fingerprint}")
    differences = version_differences(record.versions, versions_of(environment))
    if differences:
        return Tunings(others=differences)
    return Tunings({tuning_key(tuning.stock): tuning for tuning in record.tunings})


def write_tunings(environment: Environment, tunings: Sequence[Tuning], cache: Path | None = None) -> Path:
    """Add tunings to a machine's valid ones, replacing older ones of the same case; return the path.

    Tunings of other versions, and an unreadable file, are overwritten: they would never be used again.

    Raises:
        StoreError: if the folder cannot be written.
    """
    path = tunings_path(environment, cache)
    try:
        known = read_tunings(environment, cache).by_key
    except StoreError:
        known = {}
    both = {**known, **{tuning_key(tuning.stock): tuning for tuning in tunings}}
    record = _Record(
        fingerprint=environment.fingerprint, versions=versions_of(environment), tunings=tuple(both.values())
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot keep tunings in {path.parent}: {error.strerror}; make it writable") from None
    write_document(path, record)
    return path


def versions_of(environment: Environment, version: str | None = None) -> dict[str, str]:
    """Return the versions that must match between a tuning and its use: the libraries and this program.

    `version` is the program's; the current one if None.
    """
    return {"rnn-or-cnn": version or __version__, **environment.libraries}


def version_differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return (name, then, now) of each version that differs or is missing on one side."""
    names = dict.fromkeys([*then, *now])
    return [(name, then.get(name, "none"), now.get(name, "none")) for name in names if then.get(name) != now.get(name)]


def _read(path: Path) -> _Record:
    try:
        record = read_document(path, _Record, MAX_TUNINGS_BYTES, "a file of tunings")
        _check_functions(record, path)
    except StoreError as error:
        raise StoreError(f"{error}\nremove {path}, then measure again with `python -m bench tune`") from None
    return record


def _check_functions(record: _Record, path: Path) -> None:
    """Reject tunings that would train another network under a network's name."""
    for one in record.tunings:
        if one.tuned is not None and not is_way_to_run(one.stock, one.tuned):
            raise StoreError(
                f"{path}: expected a way to run {one.stock.case_id}, received another network's: {one.tuned.case_id}"
            )
