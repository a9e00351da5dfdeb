"""Measures one side once in a fresh process: ours through the harness's own worker, PyTorch's by its own script."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peer_sides import PeerSettings, PeerSide

from bench.analysis.trial.throughput import steady_throughput
from bench.host.environment import Environment
from bench.host.lock import measurement_lock
from bench.plan.suite import Axes
from bench.reports.terminal.run_view import QuietView
from bench.run.session.open_session import start_session
from bench.run.session.planning import Request, make_plan
from bench.run.session.run_session import run_session
from bench.store.records import Journal
from bench.store.run_folder import load_run

TIMEOUT_S = 300.0
_TAIL = 2_000


class SideFailedError(Exception):
    """A process that did not end well, with what it said."""


def measure(
    side: PeerSide,
    model: str,
    settings: PeerSettings,
    sizes: dict[str, int],
    environment: Environment,
    torch_python: str,
) -> dict[str, Any]:
    """Return one process's record: examples per second over all epochs but the first, and the seconds behind it.

    `sizes` are batch_size, examples, epochs and seed; `torch_python` is the interpreter that has PyTorch.

    Raises:
        SideFailedError: where the process did not end well.
    """
    if side.framework == "torch":
        return _measure_torch(torch_python, model, settings, sizes)
    return _measure_keras(model, settings, sizes, environment)


def _measure_keras(
    model: str, settings: PeerSettings, sizes: dict[str, int], environment: Environment
) -> dict[str, Any]:
    axes = Axes(
        model=(model,), batch_size=(sizes["batch_size"],), train_size=(sizes["examples"],), test_size=100,
        epochs=sizes["epochs"], device=("cpu",), **{name: (value,) for name, value in settings.items()},
    )  # fmt: skip
    seed = sizes["seed"]
    plan = make_plan(Request("quick", axes, seeds=f"{seed}-{seed}", timeout_s=TIMEOUT_S), environment)
    with tempfile.TemporaryDirectory() as folder:
        session = start_session(plan, environment, Path(folder), ["peers"])
        run_session(session, QuietView(sys.stderr))
        (journal,) = load_run(session.folder).journals
    if journal.status != "ok" or journal.built is None:
        error = journal.end.error if journal.end else None
        raise SideFailedError(
            f"{journal.status}: {error.message if error else 'the process vanished without a message'}"
        )
    return _record(journal)


def _record(journal: Journal) -> dict[str, Any]:
    resolved = journal.built.resolved
    return {
        "examples_per_s": steady_throughput(journal.start.case, journal.epochs[1:]),
        "first_step_s": journal.epochs[0].first_step_s,
        "epoch_s": [epoch.train_s for epoch in journal.epochs],
        "iterator_s": [epoch.iterator_s for epoch in journal.epochs],
        "versions": {resolved.backend: resolved.backend_version, "keras": resolved.keras_version},
        "total_s": journal.end.total_s,
    }


def _measure_torch(python: str, model: str, settings: PeerSettings, sizes: dict[str, int]) -> dict[str, Any]:
    flags = {**{name.replace("_", "-"): value for name, value in sizes.items()}, **settings}
    command = [python, str(Path(__file__).with_name("torch_side.py")), model]
    command += [text for name, value in flags.items() for text in (f"--{name}", str(value))]
    with measurement_lock("peers", on_wait=lambda sentence: print(sentence, file=sys.stderr)):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
        except subprocess.CalledProcessError as error:
            raise SideFailedError(error.stderr[-_TAIL:]) from None
        except subprocess.TimeoutExpired:
            raise SideFailedError(f"no end within {TIMEOUT_S:.0f} s") from None
    found = json.loads(done.stdout)
    counted = found["epoch_s"][1:]
    return {**found, "examples_per_s": sizes["examples"] * len(counted) / sum(counted)}
