"""Makes one static site of a folder of runs: read every run, sort them, write the pages."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.api.answers import page_answers
from bench.api.found_runs import FoundRun, open_found, spread_folders
from bench.api.named_runs import Tell, say_nothing
from bench.errors import NothingSelectedError, StoreError
from bench.reports.site.write_site import prepare_output, write_run, write_site
from bench.site.collect import collect_site
from bench.site.site_types import SiteRun, UnreadRun
from bench.store.ceilings_file import read_ceilings
from bench.store.document import tell_within
from bench.store.run_folder import load_run

DEFAULT_TITLE = "RNN or CNN? Results"


def site(folder: Path, output: Path, *, title: str = DEFAULT_TITLE, tell: Tell = say_nothing) -> Path:
    """Write a site of all runs in a folder, and return the path of its first page; the same runs give the same bytes.

    A run that cannot be read, or whose id another one has, is named on the site with the reason, and keeps no other
    from being shown. Every page is made anew from journals: no page that lies beside them is copied.

    Args:
        folder: holds runs and archives, also in folders of its own.
        output: the folder to write into: a new or empty one, or one that holds a site.
        title: what the site is called.
        tell: called with a sentence for each run that is left out.

    Raises:
        ConfigError: for an output folder that holds anything else.
        NothingSelectedError: where the folder holds no run.
        StoreError: where the folder does not exist, or the output cannot be written.
    """
    if not folder.is_dir():
        raise StoreError(f"site: expected a folder of runs, there is no folder {folder}")
    paths = spread_folders([str(folder)], folder)
    if not paths:
        raise NothingSelectedError(f"site: there is no run and no archive in {folder}")
    prepare_output(output)
    runs, unread = _read(paths, folder, output)
    for one in unread:
        tell(f"warning: left out: {one.source}: {one.why}")
    return write_site(output, collect_site(runs, unread), title)


def _read(paths: Sequence[Path], folder: Path, output: Path) -> tuple[list[SiteRun], list[UnreadRun]]:
    """Return the runs that can be read, the first of each id, and why the others are not among them.

    Each one's own page is written while its folder is there.
    """
    runs: dict[str, SiteRun] = {}
    sources: dict[str, str] = {}
    unread: list[UnreadRun] = []
    with tempfile.TemporaryDirectory(prefix="rnn-or-cnn-") as unpacked:
        for found in open_found(paths, Path(unpacked)):
            source = _name(found.source, folder)
            one = _load(found)
            if isinstance(one, str):
                unread.append(UnreadRun(source, one))
            elif one.run_id in runs:
                unread.append(UnreadRun(source, f"run {one.run_id} lies in {sources[one.run_id]}, too"))
            else:
                runs[one.run_id], sources[one.run_id] = one, source
                write_run(output, one, page_answers(one.run))
    return list(runs.values()), unread


def _load(found: FoundRun) -> SiteRun | str:
    """Return a run, or why it cannot be read: a sentence that does not tell where it was unpacked."""
    if found.folder is None:
        return found.problem
    try:
        return SiteRun(load_run(found.folder), read_ceilings(found.folder))
    except StoreError as error:
        return tell_within(found.folder, error)


def _name(source: Path, folder: Path) -> str:
    """Return where a run lies within the folder, so that a site does not tell where it was made."""
    return source.name if source == folder else source.relative_to(folder).as_posix()
