"""Measures what a run's devices can do at most, before its first trial and under the same lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.errors import ChildError
from bench.host.ceilings.ceilings import Ceilings, Wanted, measure_ceilings
from bench.host.environment import Environment
from bench.store.ceilings_file import read_ceilings, write_ceilings
from bench.store.records import RunRecord

MeasureCeilings = Callable[[Environment, list[Wanted]], Ceilings]


def record_ceilings(
    folder: Path, record: RunRecord, tell: Callable[[str], None], measure: MeasureCeilings = measure_ceilings
) -> None:
    """Measure the ceilings of every device and precision of a run, and keep them in its folder.

    A resumed run has them already. A measurement that fails is reported, and the run only lacks its efficiencies.

    Args:
        folder: the run's.
        record: the run, whose machine this is.
        tell: called with a sentence before a measurement, and where it fails.
        measure: measures, or reads what this machine reached before.

    Raises:
        StoreError: where the folder cannot be written.
    """
    machine = record.environment
    wanted = list(dict.fromkeys((trial.case.device, trial.case.precision) for trial in record.suite.trials))
    if machine.fingerprint in read_ceilings(folder):
        return
    tell(f"measuring what {', '.join(dict.fromkeys(device for device, _ in wanted))} can do at most")
    try:
        ceilings = measure(machine, wanted)
    except ChildError as error:
        tell(f"no ceilings, so no efficiencies: {error}")
        return
    write_ceilings(folder, machine.fingerprint, ceilings)
