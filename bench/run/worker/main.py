"""The one trial process: `bench.run.worker.main` reads its trial from standard input and writes its journal.

It holds nothing of the run but its own trial, so that whatever happens to it costs that trial alone.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.data.load import load_dataset
from bench.data.scaling import PreparedData, prepare
from bench.errors import DataError
from bench.host.devices import Device, apply_affinity, device_settings
from bench.host.identity import read_start_ticks
from bench.host.probe import Probe
from bench.host.sensors.energy import EnergyMeter, find_package_counters, has_unreadable_counters
from bench.host.sensors.gpu_watch import GpuWatch
from bench.host.sensors.noise import NoiseMeter
from bench.networks.guest_errors import named_errors
from bench.networks.left_out import refuse_left_out
from bench.networks.loaded_code import CodeHome, check_loaded_code
from bench.networks.plugin import load_spec
from bench.networks.registry import ModelSpec
from bench.plan.case import Case, select_data
from bench.run.worker.failure import describe_failure
from bench.run.worker.fit_input import for_evaluate, for_fit
from bench.run.worker.guards import install_guards
from bench.run.worker.spec import TurnsChannel, WorkerSpec
from bench.run.worker.time_ledger import Ledger
from bench.run.worker.turn_protocol import Turns
from bench.store.journal import JournalWriter
from bench.store.records import BuiltEvent, EndEvent, Event, StartEvent, Status, TrialError

if TYPE_CHECKING:
    from bench.run.worker.building import Built
    from bench.run.worker.framework import Framework
    from bench.run.worker.recorder import Recorder

WriteEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Prepared:
    """A trial that is ready to be fitted; `test` are the arguments of `evaluate` that say what validates."""

    spec: ModelSpec
    built: Built
    recorder: Recorder
    test: Mapping[str, Any]


def main() -> None:
    """Run the trial that standard input describes; exit status 1 where it did not end ok."""
    begin = time.perf_counter()
    home = _parse_home(sys.argv[1:])
    spec = WorkerSpec.model_validate_json(sys.stdin.buffer.read())
    install_guards(spec.start.pid, spec.memory_limit_bytes)
    start = spec.start.model_copy(update={"pid": os.getpid(), "start_ticks": read_start_ticks(os.getpid())})
    with JournalWriter(spec.journal) as journal:

        def write(event: Event) -> None:
            _tell_parent(spec.event_fd, journal.append(event))

        write(start)
        end = run_trial(
            start, write, begin, _open_turns(spec.turns), home, is_limited=spec.memory_limit_bytes is not None
        )
        write(end)
    sys.exit(0 if end.status == "ok" else 1)


def _parse_home(arguments: Sequence[str]) -> CodeHome | None:
    """Return where the network's code may come from, as a check's side names it; None where that does not matter."""
    parser = argparse.ArgumentParser(prog="bench.run.worker.main")
    parser.add_argument("--repository", type=Path)
    parser.add_argument("--home", type=Path, action="append", default=[])
    asked = parser.parse_args(arguments)
    return CodeHome(asked.repository, tuple(asked.home)) if asked.repository else None


def _open_turns(channel: TurnsChannel | None) -> Turns:
    return Turns(channel.slot, channel.peers, channel.board_fd, turn_s=channel.turn_s) if channel else Turns()


def run_trial(
    start: StartEvent, write: WriteEvent, begin: float, turns: Turns, home: CodeHome | None, *, is_limited: bool
) -> EndEvent:
    """Train, and turn every outcome into an end line; its seconds exclude the turns of others.

    `is_limited` is whether this worker has a limit of its own on memory, which the others do not touch.
    """
    recorder: Recorder | None = None
    error: TrialError | None = None
    recalls: tuple[float | None, ...] = ()
    total_s: float | None = None
    try:
        prepared = prepare_trial(start, write, turns, home)
        recorder = prepared.recorder
        _fit(prepared, start.case)
        status, error = judge_training(prepared.recorder, start.case)
        total_s = time.perf_counter() - begin - turns.waited_s
        # After all that is timed; beside other workers it is in this one's last turn, in which they wait. A check's
        # side is judged by its accuracy alone.
        if status == "ok" and home is None:
            recalls = _measure_recalls(prepared, start)
    except Exception as problem:  # noqa: BLE001 - the boundary: every failure becomes an end line
        status, error = describe_failure(problem, shares_memory=not (turns.is_alone or is_limited))
    return EndEvent(
        status=status,
        num_epochs=recorder.num_epochs if recorder else 0,
        total_s=time.perf_counter() - begin - turns.waited_s if total_s is None else total_s,
        error=error,
        recalls=recalls,
    )


def _measure_recalls(prepared: Prepared, start: StartEvent) -> tuple[float | None, ...]:
    from bench.run.worker.recalls import measure_recalls  # noqa: PLC0415 - imports Keras

    case, last_accuracy = start.case, prepared.recorder.val_accuracy
    return measure_recalls(prepared.built, case.batch_size, start.data.num_classes, last_accuracy)


def prepare_trial(start: StartEvent, write: WriteEvent, turns: Turns, home: CodeHome | None) -> Prepared:
    """Bind the device, import the framework, load the data, and build the model: all that comes before `fit`.

    Workers that take turns do all of this side by side, since it keeps one core busy. Other workers' joules and
    processes are counted in the same places as this one's, so that in turns there are no figures for them.
    """
    case = start.case
    device = device_settings(case.device)
    apply_affinity(device)
    framework, import_s = _timed(lambda: _import_framework(case, start.seed, device, turns), turns)
    watch = GpuWatch() if device.is_gpu else None
    meter = NoiseMeter(count_foreign=watch.count_foreign if watch and turns.is_alone else None)
    from bench.run.worker.building import build, describe  # noqa: PLC0415 - imports Keras
    from bench.run.worker.recorder import Recorder  # noqa: PLC0415 - imports Keras
    from bench.run.worker.validation import validate_apart  # noqa: PLC0415 - imports Keras

    with refuse_left_out(home) if home else contextlib.nullcontext():
        (spec, data, unscaled), data_s = _timed(lambda: _load_data(start), turns)
        built, build_s = _timed(lambda: build(case, spec, data, start.data, unscaled), turns)
    data = built.data
    if home is not None:
        check_loaded_code(home, sys.modules)
    facts = describe(built, spec, case, framework)
    energy = choose_energy_meter(watch, Probe()) if turns.is_alone else EnergyMeter()
    seconds = {"import_s": import_s, "data_s": data_s, "build_s": build_s}
    turns.arrive()
    write(BuiltEvent(**facts, **seconds, noise=meter.read(), energy_sensors=energy.sensors))
    ledger = Ledger(time.perf_counter)
    test = for_evaluate(case.input, data, case.batch_size)
    recorder = Recorder(
        case, len(data.y_train), framework, ledger, meter.read, write, energy, turns, built.accuracy,
        functools.partial(validate_apart, test=test),
    )  # fmt: skip
    return Prepared(spec, built, recorder, test)


def choose_energy_meter(watch: GpuWatch | None, probe: Probe) -> EnergyMeter:
    """Return the meter of a trial's joules, of the packages and the GPU; an empty one if any of them cannot be read."""
    gpus = watch.counters() if watch else ()
    if has_unreadable_counters(probe) or (watch and not gpus):
        return EnergyMeter()
    return EnergyMeter((*find_package_counters(probe), *gpus))


def _import_framework(case: Case, seed: int, device: Device, turns: Turns) -> Framework:
    from bench.run.worker.framework import configure, prepare_variables  # noqa: PLC0415 - its seconds are import_s

    prepare_variables(case, device, shares_device=not turns.is_alone)
    return configure(case, seed, device)


def _load_data(start: StartEvent) -> tuple[ModelSpec, PreparedData, Callable[[], PreparedData]]:
    """Load the data that the parent checked, refuse any other, and arrange it for the model.

    The last value returns the same data unscaled.
    """
    case = start.case
    dataset = load_dataset(case.dataset, **select_data(case))
    if dataset.info != start.data:
        raise DataError(f"dataset {case.dataset} changed while the run went on: {start.data} then, {dataset.info} now")
    spec = load_spec(case.model, dataset.layout)
    return spec, prepare(dataset, case.scaling, spec.layout), lambda: prepare(dataset, "none", spec.layout)


def _fit(prepared: Prepared, case: Case) -> None:
    """Train with the options that anyone's `model.fit` has, and one callback."""
    function = prepared.spec.build
    with contextlib.nullcontext() if function.is_built_in else named_errors(case.model, function.module, "training it"):
        prepared.built.model.fit(
            **for_fit(case.input, prepared.built.data, case.batch_size, prepared.test),
            epochs=case.epochs,
            callbacks=[prepared.recorder],
            verbose=0,
        )


def judge_training(recorder: Recorder, case: Case) -> tuple[Status, TrialError | None]:
    """Return the status of a training: complete, diverged, or stopped early for whatever reason."""
    if recorder.diverged:
        names = ", ".join(recorder.diverged)
        return "diverged", TrialError(type="Diverged", message=f"{names} not finite in epoch {recorder.num_epochs}")
    if recorder.is_short:
        message = f"epoch {recorder.num_epochs} ended before its last step; is KERAS_MAX_STEPS_PER_EPOCH set?"
        return "failed", TrialError(type="ShortRun", message=message)
    if recorder.num_epochs != case.epochs:
        message = f"expected {case.epochs} epochs, Keras ran {recorder.num_epochs}; is KERAS_MAX_EPOCHS set?"
        return "failed", TrialError(type="ShortRun", message=message)
    return "ok", None


def _timed(action: Callable[[], Any], turns: Turns) -> tuple[Any, float]:
    """Return what `action` returns and the seconds it took; those in which other workers had the cores were waited."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    returned = action()
    seconds = time.perf_counter() - begin
    beside_others_s = 0.0 if turns.is_alone else max(0.0, seconds - (time.process_time() - begin_cpu))
    turns.waited_s += beside_others_s
    return returned, seconds - beside_others_s


def _tell_parent(descriptor: int, line: bytes) -> None:
    """Copy a line to the parent; if the parent is gone, the journal still has it."""
    try:
        os.write(descriptor, line)
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
