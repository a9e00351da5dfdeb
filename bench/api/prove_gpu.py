"""Shows what a GPU really runs: plan, let each backend show its kernels, train, read back, judge, write."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.api.claims import claims
from bench.api.hardware import hardware
from bench.api.run import FinishedRun, ObserverFor, plan_run, train_and_report
from bench.claims.findings import Finding
from bench.gpu.checks import judge_backend
from bench.gpu.evidence import read_evidence
from bench.gpu.seen import Proof, Seen
from bench.gpu.watch_backend import watch_backend
from bench.host.capture import capture_environment
from bench.host.devices import available_devices, resolve_device
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.plan.suite import Axes
from bench.reports.gpu.page import write_gpu_report
from bench.run.session.executor import LocalExecutor
from bench.run.session.open_session import start_session
from bench.run.session.planning import Plan, Request
from bench.settings import Backend
from bench.store.run_folder import load_run

SUITE = "gpu"
DEFAULT_BUDGET_S = 480.0
_PROBES_SHARE = 0.6  # of the time, of which a backend that is done early leaves the rest to the next
_LAST_GROUP_S = 75.0  # what begins before the end takes so long after it
_LEAST_PROBE_S = 20.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ProvedGpu:
    """What was found on a GPU, the page that says it, and the run that it stands in."""

    proofs: tuple[Proof, ...]
    page: Path
    run: FinishedRun


def prove_gpu(
    output: Path,
    *,
    backends: Sequence[Backend] = (),
    budget_s: float = DEFAULT_BUDGET_S,
    watch: ObserverFor | None = None,
    tell: Tell = lambda _: None,
    command: Sequence[str] = ("bench.api.prove_gpu",),
) -> ProvedGpu:
    """Check on this machine's first GPU what was only traced elsewhere, and write the run with all evidence.

    Args:
        output: the folder that holds the runs.
        backends: those to ask; all that are installed where none is named.
        budget_s: seconds after which no further trial begins; what has not begun is not measured.
        watch: returns what is told of the session while it runs; nothing is where None.
        tell: called with a sentence before each backend is asked.
        command: what asked for it, as the run's record keeps it.

    Raises:
        DeviceError: where there is no GPU.
        ConfigError: for a backend that is not installed.
        StoreError: where the disk refuses.
    """
    begin = time.monotonic()
    environment = capture_environment(output=output)
    plan, asked = plan_proof(environment, backends)
    executor = LocalExecutor(environment)
    session = start_session(plan, environment, output, command)
    with measurement_lock(session.record.run_id, on_wait=tell):
        for place, backend in enumerate(asked):
            left_s = begin + _PROBES_SHARE * budget_s - time.monotonic()
            tell(f"{backend}: which kernels it runs")
            watch_backend(session.folder, backend, "gpu", max(left_s / (len(asked) - place), _LEAST_PROBE_S))
    left_s = begin + budget_s - _LAST_GROUP_S - time.monotonic()
    run = train_and_report(session, executor, watch, budget_s=left_s)
    return report_proof(run, output)


def plan_proof(environment: Environment, backends: Sequence[Backend] = ()) -> tuple[Plan, tuple[Backend, ...]]:
    """Return the trials of a proof and the backends that are asked, which are those that are installed.

    Raises:
        DeviceError: where there is no GPU.
        ConfigError: for a backend that is named and not installed.
    """
    resolve_device("gpu", available_devices(environment))
    request = Request(SUITE, Axes(backend=tuple(backends) or None))
    plan = plan_run(request, LocalExecutor(environment))
    # All seeds of what comes first in the suite, before the rest of it: the time may not reach for everything.
    place = {case: number for number, case in enumerate(plan.data)}
    ordered = sorted(plan.suite.trials, key=lambda trial: (place[trial.case], trial.seed))
    trials = tuple(trial.model_copy(update={"index": index}) for index, trial in enumerate(ordered))
    suite = plan.suite.model_copy(update={"trials": trials})
    return replace(plan, suite=suite), tuple(dict.fromkeys(trial.case.backend for trial in trials))


def report_proof(run: FinishedRun, output: Path) -> ProvedGpu:
    """Judge what stands in a run's folder, and write gpu.md, and hardware.md and claims.md beside it.

    Raises:
        StoreError: where the evidence is damaged or the disk refuses.
    """
    loaded = load_run(run.folder)
    journals = sorted(loaded.journals, key=lambda one: one.start.started_at)
    seen = [
        Seen(one, [journal for journal in journals if journal.start.case.backend == one.backend])
        for one in read_evidence(run.folder)
    ]
    proofs = tuple(proof for one in seen for proof in judge_backend(one))
    verdicts: tuple[Finding, ...] = ()
    claims_name = None
    if journals:
        hardware((str(run.folder),), output)
        judged = claims((str(run.folder),), output, SUITE)
        verdicts, claims_name = judged.findings, judged.page.name
    evidence = [one.evidence for one in seen]
    page = write_gpu_report(run.folder, loaded.record, evidence, proofs, verdicts, claims_name)
    return ProvedGpu(proofs, page, run)
