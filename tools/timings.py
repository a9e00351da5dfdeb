"""The timings of tests/perf as a Markdown table, with ratios against those that were saved before.

python -m tools.timings [FOLDER]    the last of FOLDER (default: .benchmarks), where pytest-benchmark saves
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from bench.errors import BenchError, NothingSelectedError, StoreError
from bench.plan.validation_errors import validate
from bench.reports.kit.escaping import escape_markdown, escape_terminal
from bench.reports.kit.tables import numbers, render_markdown_table, words
from bench.store.files import strict_json
from bench.store.files.bounded_file import read_bounded
from bench.units import MISSING, format_count, format_rate, format_ratio, format_seconds

SAVED_FOLDER = Path(".benchmarks")
_SAVED_FILES = "*/[0-9][0-9][0-9][0-9]_*.json"  # a folder a kind of machine, numbered from 0001
_MAX_BYTES = 64 << 20
_NUM_EXAMPLES = "num_examples"
_COMMIT_DIGITS = 7


class _Stats(BaseModel):
    median: float = Field(ge=0, allow_inf_nan=False)
    rounds: int = Field(ge=1)


class _Timing(BaseModel):
    fullname: str
    stats: _Stats
    extra_info: dict[str, Any] = {}

    @property
    def num_examples(self) -> int | None:
        """How many examples the timed call worked on, where the test says so."""
        found = self.extra_info.get(_NUM_EXAMPLES)
        return found if type(found) is int and found > 0 else None


class _Commit(BaseModel):
    id: str = "unknown"
    dirty: bool = False


class SavedTimings(BaseModel):
    """One file of pytest-benchmark, in so far as the table needs it; what else stands in it is passed over."""

    machine_info: dict[str, Any]
    commit_info: _Commit
    datetime: str
    benchmarks: tuple[_Timing, ...]

    @property
    def machine(self) -> tuple[str, ...]:
        """What two files must share for their times to compare: processor, cores and Python's version."""
        cpu = self.machine_info.get("cpu")
        parts = cpu if isinstance(cpu, dict) else {}
        values = (parts.get("brand_raw"), parts.get("count"), self.machine_info.get("python_version"))
        return tuple(str(value) for value in values)


def find_saved(folder: Path) -> tuple[Path, Path | None]:
    """Return the file that was saved last, and the one before it in the same folder, where there is one.

    Raises:
        NothingSelectedError: where none was saved.
    """
    saved = sorted(folder.glob(_SAVED_FILES))
    if not saved:
        raise NothingSelectedError(f"timings: nothing is saved in {folder}; run `tox -e perf`")
    latest = max(saved, key=lambda path: (path.stat().st_mtime, path.name))
    earlier = [path for path in saved if path.parent == latest.parent and path.name < latest.name]
    return latest, earlier[-1] if earlier else None


def read_saved(path: Path) -> SavedTimings:
    """Return one saved file.

    Raises:
        StoreError: where it is damaged, too large, or not pytest-benchmark's.
    """
    content = read_bounded(path, _MAX_BYTES, "a file of pytest-benchmark")
    return validate(SavedTimings, strict_json.loads(content, str(path)), str(path), StoreError)


def render_timings(latest: SavedTimings, before: SavedTimings | None) -> str:
    """Return the table as Markdown; a ratio stands only where both were timed on one machine."""
    comparable = before if before and before.machine == latest.machine else None
    known = {timing.fullname: timing.stats.median for timing in comparable.benchmarks} if comparable else {}
    columns = (*words("timing"), *numbers("median", "examples/s", "saved before", "ratio", "rounds"))
    rows = [_cells(timing, known) for timing in latest.benchmarks]
    notes = _word_notes(latest, before, comparable)
    return "\n\n".join([render_markdown_table(columns, rows), *map(escape_markdown, notes)]) + "\n"


def _cells(timing: _Timing, known: Mapping[str, float]) -> tuple[str, ...]:
    median, before = timing.stats.median, known.get(timing.fullname)
    rate = timing.num_examples / median if timing.num_examples and median else None
    return (
        _name(timing.fullname),
        format_seconds(median),
        format_rate(rate),
        format_seconds(before),
        format_ratio(median / before) if before else MISSING,
        format_count(timing.stats.rounds),
    )


def _name(fullname: str) -> str:
    """Return `train step [lstm-32]` for `tests/perf/test_networks.py::test_train_step[lstm-32]`."""
    test, bracket, parameters = fullname.rpartition("::")[2].partition("[")
    return test.removeprefix("test_").replace("_", " ") + (f" {bracket}{parameters}" if bracket else "")


def _word_notes(latest: SavedTimings, before: SavedTimings | None, comparable: SavedTimings | None) -> Sequence[str]:
    notes = [f"Now: {_origin(latest)}." + (f" Before: {_origin(before)}." if before else "")]
    if before is None:
        notes.append("Nothing was saved before: run it again after a change.")
    elif comparable is None:
        notes.append(f"No ratios: saved before on another machine ({', '.join(before.machine)}).")
    gone = sorted({timing.fullname for timing in before.benchmarks} - _names(latest)) if before else []
    notes += [f"Saved before and not timed now: {', '.join(map(_name, gone))}."] if gone else []
    notes.append("A ratio above 1 is slower. One process a side tells no change from noise; bench check does.")
    return notes


def _names(saved: SavedTimings) -> set[str]:
    return {timing.fullname for timing in saved.benchmarks}


def _origin(saved: SavedTimings) -> str:
    dirty = " with changes" if saved.commit_info.dirty else ""
    return f"commit {saved.commit_info.id[:_COMMIT_DIGITS]}{dirty}, {saved.datetime[:16].replace('T', ' ')}"


def main(arguments: Sequence[str]) -> int:
    """Print the table of the folder that the first argument names."""
    try:
        latest, before = find_saved(Path(arguments[0]) if arguments else SAVED_FOLDER)
        print(render_timings(read_saved(latest), read_saved(before) if before else None), end="")
    except BenchError as error:
        print(f"error: {escape_terminal(str(error))}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
