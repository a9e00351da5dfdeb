"""The errors a user can meet, each with its exit status; a message says what was expected, received, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_OK = 0
EXIT_TRIAL_FAILED = 1
EXIT_FLAWED = 1
EXIT_USAGE = 2
EXIT_REGRESSION = 3
EXIT_INCONCLUSIVE = 4
EXIT_NOTHING_SELECTED = 5
EXIT_SIGINT = 130


class BenchError(Exception):
    """Base of every error that is shown as one sentence, without a traceback."""

    exit_code = EXIT_USAGE


class ConfigError(BenchError):
    """A suite, a flag or a setting is not valid."""


class DataError(BenchError):
    """A data set is missing, altered, or not of the expected shape."""


class MissingDataError(DataError):
    """A known data set is not on this machine."""


class DeviceError(BenchError):
    """A device was asked for that this machine does not have."""


class StoreError(BenchError):
    """A run folder or a journal cannot be read or written."""


class ChildError(BenchError):
    """A process that was asked for facts failed, hung, or answered nothing that can be read."""


class ClusterLostError(BenchError):
    """The scheduler or the last host went away while a run went on; what had ended is kept."""

    exit_code = EXIT_TRIAL_FAILED


class NothingSelectedError(BenchError):
    """The filters left nothing to do."""

    exit_code = EXIT_NOTHING_SELECTED


def suggest(received: str, allowed: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest allowed word, or an empty string where none is near."""
    matches = difflib.get_close_matches(received, list(allowed), n=1)
    return f"; did you mean {matches[0]!r}?" if matches else ""
