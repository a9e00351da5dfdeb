"""Shows what a GPU really runs: plan, let each backend show its kernels, train, read back, judge, write."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.api.claims import claims
from bench.api.gpu_page import GPU_CLAIMS
from bench.api.hardware import hardware
from bench.api.run import FinishedRun, ObserverFor, plan_run, train_and_report
from bench.gpu.watch_backend import watch_backend
from bench.host.capture import capture_environment
from bench.host.devices import available_devices, resolve_device
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.plan.backends import check_backend
from bench.plan.suite import Axes
from bench.run.session.executor import LocalExecutor
from bench.run.session.open_session import Session, start_session
from bench.run.session.planning import Plan, Request
from bench.settings import BACKEND_NAMES, Backend

SUITE = "gpu"
DEFAULT_BUDGET_S = 480.0
_PROBES_SHARE = 0.6  # of the time, of which a backend that is done early leaves the rest to the next
_LAST_GROUP_S = 75.0  # about what trials that begin just before the end take
_LEAST_PROBE_S = 20.0

Tell = Callable[[str], None]


def prove_gpu(
    output: Path,
    *,
    backends: Sequence[Backend] = (),
    budget_s: float = DEFAULT_BUDGET_S,
    watch: ObserverFor | None = None,
    tell: Tell = lambda _: None,
    command: Sequence[str] = ("bench.api.prove_gpu",),
) -> FinishedRun:
    """Check on this machine's first GPU what was only traced elsewhere, and write the run with all evidence.

    Returns:
        The run; its `gpu` is what was seen and the page that says it, None where nothing was.

    Args:
        output: the folder that holds the runs.
        backends: those to ask; all that are installed where none is named.
        budget_s: about how many seconds it takes; no trial begins in the last 75 of them, and none is tried again.
        watch: returns what is told of the session while it runs; nothing is where None.
        tell: called with a sentence before each backend is asked.
        command: what asked for it, as the run's record keeps it.

    Raises:
        DeviceError: where there is no GPU.
        ConfigError: for a backend that is named and not installed.
        NothingSelectedError: where no backend is installed.
        StoreError: where the disk refuses.
    """
    environment = capture_environment(output=output)
    plan, asked = plan_proof(environment, backends)
    executor = LocalExecutor(environment)
    session = start_session(plan, environment, output, command)
    run = train_and_report(session, executor, watch, prepare=lambda: _ask_backends(session, asked, budget_s, tell))
    if run.summary.num_by_status:
        hardware((str(run.folder),), output)
        claims((str(run.folder),), output, GPU_CLAIMS)
    return run


def _ask_backends(session: Session, backends: Sequence[Backend], budget_s: float, tell: Tell) -> float:
    """Let one backend after the other show what it runs, and return the seconds that are left for trials to begin."""
    with measurement_lock(session.record.run_id, on_wait=tell, remedy=""):
        begin = time.monotonic()
        for place, backend in enumerate(backends):
            tell(f"{BACKEND_NAMES[backend]}: which kernels it runs")
            left_s = (begin + _PROBES_SHARE * budget_s - time.monotonic()) / (len(backends) - place)
            watch_backend(session.folder, backend, "gpu", max(left_s, _LEAST_PROBE_S))
        return begin + budget_s - _LAST_GROUP_S - time.monotonic()


def plan_proof(environment: Environment, backends: Sequence[Backend] = ()) -> tuple[Plan, tuple[Backend, ...]]:
    """Return the trials of a proof and the backends that are asked, which are those that are installed.

    All seeds of what comes first in the suite come before the rest of it: the time may not reach for everything.

    Raises:
        DeviceError: where there is no GPU.
        ConfigError: for a backend that is named and not installed.
        NothingSelectedError: where no backend is installed.
    """
    resolve_device("gpu", available_devices(environment))
    for backend in backends:
        check_backend(backend)
    plan = plan_run(Request(SUITE, Axes(backend=tuple(backends) or None)), LocalExecutor(environment))
    blocks = itertools.groupby(plan.data, key=lambda case: (case.device, case.batch_size))
    place = {case: number for number, (_, cases) in enumerate(blocks) for case in cases}
    ordered = sorted(plan.suite.trials, key=lambda one: place[one.case])
    trials = tuple(trial.model_copy(update={"index": index}) for index, trial in enumerate(ordered))
    suite = plan.suite.model_copy(update={"trials": trials})
    return replace(plan, suite=suite), tuple(dict.fromkeys(trial.case.backend for trial in trials))
