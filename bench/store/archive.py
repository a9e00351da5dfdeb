"""Packs runs into one reproducible `.tar.gz`, and unpacks such archives without trusting them.

This module decides what an archive may contain: for each run its record, its ceilings, what was seen on a GPU and its
journals, as regular files under the run's id. Every name is validated against that layout and then rebuilt, so that no
name, link or mode from the archive reaches the disk.
See docs/decisions/data/026-archives-are-checked.md.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from bench.atomic_file import open_atomic
from bench.errors import StoreError
from bench.store.ceilings_file import CEILINGS_FILE, MAX_CEILINGS_BYTES
from bench.store.files.bounded_file import read_bounded
from bench.store.gpu_evidence import EVIDENCE_FILES, MAX_EVIDENCE_BYTES
from bench.store.journal import MAX_JOURNAL_BYTES
from bench.store.run_folder import MAX_RUN_FILE_BYTES, RUN_FILE, RUN_ID, TRIALS_FOLDER, read_record

ARCHIVE_SUFFIX = ".tar.gz"
MAX_FILES = 100_000
MAX_TOTAL_BYTES = 2 << 30
_MAX_READ_BYTES = 1 << 20
_MODE = 0o644
# What a run's folder may have beside its record and its journals, with the most bytes of each.
_BESIDE = {CEILINGS_FILE: MAX_CEILINGS_BYTES, **dict.fromkeys(EVIDENCE_FILES, MAX_EVIDENCE_BYTES)}
_JOURNAL = re.compile(r"[A-Za-z0-9._-]{1,240}\.jsonl")
# Early releases of 3.11 lack it; the checks below do not depend on it.
_DATA_FILTER: Any = getattr(tarfile, "data_filter", None)


def write_archive(path: Path, folders: Sequence[Path]) -> None:
    """Write the runs in `folders` to one archive, whole or not at all; the same runs give the same bytes.

    Reports and figures are left out: they can be rebuilt from the rest.

    Raises:
        StoreError: if a run cannot be read, two runs have the same id, or the archive cannot be written.
    """
    ids = [read_record(folder).run_id for folder in folders]
    if len(set(ids)) != len(ids):
        raise StoreError(f"--archive: each run may be given only once, received {', '.join(ids)}")
    try:
        with open_atomic(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            _write_runs(packed, dict(zip(ids, folders, strict=True)))
    except OSError as error:
        raise StoreError(f"--archive: cannot write {path}: {error.strerror or error}; name another file") from None


def _write_runs(packed: gzip.GzipFile, folders: dict[str, Path]) -> None:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for run_id, folder in folders.items():
            for name in _names(folder):
                content = read_bounded(folder / name, _limit(PurePosixPath(name)), "a file of a run")
                member = tarfile.TarInfo(f"{run_id}/{name}")
                member.size, member.mode = len(content), _MODE
                tar.addfile(member, io.BytesIO(content))


def _names(folder: Path) -> Iterator[str]:
    """Yield the files of a run that belong in an archive, relative to its folder, in a fixed order."""
    yield RUN_FILE
    yield from (name for name in _BESIDE if os.path.lexists(folder / name))
    for path in sorted((folder / TRIALS_FOLDER).glob("*.jsonl")):
        if _JOURNAL.fullmatch(path.name):
            yield f"{TRIALS_FOLDER}/{path.name}"


def unpack_archive(path: Path, into: Path) -> list[Path]:
    """Unpack an archive into an empty folder and return the run folders in it, in the archive's order.

    Raises:
        StoreError: for anything but regular files under run ids, within the limits of number and size. What
            was unpacked before stays in `into`, which is for the caller to remove.
    """
    try:
        with gzip.open(path, "rb") as packed, tarfile.open(fileobj=_Bounded(packed, path), mode="r:") as tar:
            runs = dict.fromkeys(_unpack(tar, member, path, into) for member in _checked(tar, path))
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, OverflowError) as error:
        raise StoreError(f"{path}: cannot be read as {ARCHIVE_SUFFIX} of `bench export --archive`: {error}") from None
    if not runs:
        raise StoreError(f"{path}: contains no run; make one with `python -m bench export RUN --archive {path.name}`")
    return [into / run for run in runs]


def _checked(tar: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield the members that may be unpacked; reject the archive at the first that may not."""
    names: set[str] = set()
    total_bytes = 0
    for number, member in enumerate(tar, start=1):
        total_bytes += member.size
        problem = _find_problem(member)
        if member.name in names:
            problem = "appears twice"
        elif number > MAX_FILES:
            problem = f"is one of more than {MAX_FILES:,} files"
        elif total_bytes > MAX_TOTAL_BYTES:
            problem = f"makes the archive larger than {MAX_TOTAL_BYTES:,} bytes"
        if problem:
            raise StoreError(f"{path}: {member.name[:100]!r} {problem}; expected an archive of `bench export`")
        names.add(member.name)
        yield member


def _find_problem(member: tarfile.TarInfo) -> str:
    """Return what is wrong with one member, or an empty string."""
    parts = PurePosixPath(member.name)
    if not member.isreg() or member.issparse():
        return "is not a regular file"
    if not _is_of_a_run(member.name):
        return f"is not a file of a run, such as RUN/{RUN_FILE} or RUN/{TRIALS_FOLDER}/TRIAL.jsonl"
    if not 0 <= member.size <= _limit(parts):
        return f"has {member.size:,} bytes, more than the limit of {_limit(parts):,}"
    return ""


def _is_of_a_run(name: str) -> bool:
    run, _, rest = name.partition("/")
    folder, _, file = rest.partition("/")
    is_journal = folder == TRIALS_FOLDER and _JOURNAL.fullmatch(file) is not None
    return RUN_ID.fullmatch(run) is not None and (rest in (RUN_FILE, *_BESIDE) or is_journal)


def _limit(name: PurePosixPath) -> int:
    return {RUN_FILE: MAX_RUN_FILE_BYTES, **_BESIDE}.get(name.name, MAX_JOURNAL_BYTES)


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, into: Path) -> str:
    """Write one checked member to a new file, and return its run's id."""
    if _DATA_FILTER is not None:
        _DATA_FILTER(member, str(into))  # a second opinion: raises for what it would not unpack
    content = tar.extractfile(member)
    if content is None:
        raise StoreError(f"{path}: {member.name!r} is not a regular file")
    target = into / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while chunk := content.read(_MAX_READ_BYTES):
            file.write(chunk)
    return member.name.partition("/")[0]


class _Bounded(io.RawIOBase):
    """Limits reading of the unpacked bytes against decompression bombs: tarfile reads headers of any claimed size."""

    def __init__(self, packed: gzip.GzipFile, path: Path) -> None:
        super().__init__()
        self._packed = packed
        self._path = path

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; reject a size that no genuine archive needs."""
        if not 0 <= size <= _MAX_READ_BYTES or self._packed.tell() > MAX_TOTAL_BYTES:
            raise StoreError(f"{self._path}: too large for an archive of `bench export`, or made to seem so")
        return self._packed.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Seek in the unpacked bytes, up to the limit."""
        if offset > MAX_TOTAL_BYTES:
            raise StoreError(f"{self._path}: larger than {MAX_TOTAL_BYTES:,} bytes")
        return self._packed.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the unpacked bytes."""
        return self._packed.tell()
