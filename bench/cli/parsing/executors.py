"""Turns `--executor` into what runs the trials: this machine, or the hosts of a dask cluster."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.errors import ConfigError
from bench.host.capture import capture_environment
from bench.host.fingerprint import explain_difference
from bench.install_hint import word_install
from bench.run.session.executor import Executor, LocalExecutor
from bench.store.records import RunRecord

LOCAL = "local"
_DASK_MODULES = ("dask", "distributed")


@contextlib.contextmanager
def open_executors(name: str, output: Path, *, allow_concurrent: bool) -> Iterator[Sequence[Executor]]:
    """Yield one executor for each kind of machine that `--executor` reaches; for `local` that is this one.

    Raises:
        ConfigError: for a name that is none, a missing extra, or a cluster that cannot take part.
    """
    if name == LOCAL:
        yield [LocalExecutor(capture_environment(output=output), allow_concurrent)]
        return
    try:
        from bench.run.cluster import dask_executor  # noqa: PLC0415 - an extra, which a run on this machine does without
    except ModuleNotFoundError as error:
        if error.name not in _DASK_MODULES:
            raise
        raise ConfigError(
            f"--executor {name} needs the extra dask: `{word_install('dask')}`, here and on every host"
        ) from None
    with dask_executor.open_executors(name, allow_concurrent=allow_concurrent) as executors:
        yield executors


def choose_executors(executors: Sequence[Executor], *, each_host: bool) -> Sequence[Executor]:
    """Return where a new run is run: one kind of machine, or with `--each-host` every kind, a run folder each.

    Raises:
        ConfigError: for several kinds without `--each-host`: their timings do not belong into one run.
    """
    if each_host or len(executors) == 1:
        return executors
    first, second = executors[0].environment, executors[1].environment
    shown = "; ".join(f"{field}: {ours} and {theirs}" for field, ours, theirs in explain_difference(first, second))
    raise ConfigError(
        f"--executor: the cluster's hosts are of {len(executors)} kinds, and timings of two kinds cannot be mixed in "
        f"one run ({shown}); --each-host runs every case on each kind, into a run folder of its own"
    )


def choose_for_resume(executors: Sequence[Executor], record: RunRecord, *, each_host: bool) -> Executor:
    """Return where an earlier run can be finished: on the kind of machine that it began on, if that is there.

    Raises:
        ConfigError: with `--each-host`, since a run folder is of one kind of machine.
    """
    if each_host:
        raise ConfigError("--each-host begins new runs; --resume finishes one run, on the kind of machine it began on")
    fitting = [one for one in executors if one.environment.fingerprint == record.environment.fingerprint]
    return (fitting or executors)[0]
