"""The process in which one backend shows what it runs on a GPU; started by `bench.gpu.watch_backend` alone.

`see BACKEND DEVICE FOLDER` trains a few steps of each network under the profiler and writes the evidence into the
folder after each, so that whatever ends the process costs no more than what it was at. `hold BACKEND DEVICE` keeps a
context on the GPU until its standard input closes: another process for NVML to see.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from bench.data.load import load_dataset
from bench.data.scaling import PreparedData, prepare
from bench.gpu.agreement import compare_variants, exact_products
from bench.gpu.kernels import busy_seconds, is_cudnn_recurrent, sum_kernels
from bench.gpu.profiling import profiled, wait_for_device
from bench.host.devices import device_settings
from bench.host.sensors.energy import EnergyMeter
from bench.host.sensors.gpu_watch import GpuWatch
from bench.host.sensors.noise import NoiseMeter
from bench.launch_module import own_command
from bench.networks.plugin import load_spec
from bench.plan.case import Case, select_data
from bench.run.worker.fit_input import for_fit
from bench.run.worker.framework import Framework, configure, prepare_variables
from bench.run.worker.guards import install_guards
from bench.run.worker.time_ledger import Ledger
from bench.settings import Backend, plan_defaults
from bench.store.gpu_evidence import (
    MAX_KERNELS,
    Agreement,
    BackendEvidence,
    GpuReading,
    KernelTime,
    ProfiledTraining,
    write_evidence,
)

NUM_STEPS = 8
BATCH, LARGE_BATCH = 512, 2048
READ_EPOCHS = 5
# What keeps a GPU busy, for its seconds, clocks and joules; the others are about which kernels there are.
HEAVY: Mapping[str, Any] = {"model": "cnn", "filters": 512, "batch_size": LARGE_BATCH}
VARIANTS = ("lstm-cudnn", "lstm-cpu")  # of one function
# What matters most comes first: a slow machine may not come to the end.
FIRST: tuple[Mapping[str, Any], ...] = ({"model": "lstm-cudnn"}, {"model": "lstm-cpu"}, HEAVY)
PROBED: tuple[Mapping[str, Any], ...] = (
    {"model": "lstm"},
    {"model": "gru"},
    {"model": "lstm-both-ways"},
    {"model": "lstm-cudnn", "precision": "mixed_float16"},
    {"model": "cnn", "precision": "mixed_float16"},
    {"model": "cnn", "precision": "mixed_bfloat16"},
    {"model": "cnn", "jit": "on"},
    {"model": "cnn", "jit": "off"},
)


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(prog="bench.gpu.probe")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("see", "hold"):
        asked = verbs.add_parser(verb)
        asked.add_argument("backend", choices=get_args(Backend))
        asked.add_argument("device")
    verbs.choices["see"].add_argument("folder", type=Path)
    options = parser.parse_args()
    install_guards(os.getppid())  # an orphan would go on using the GPU
    if options.verb == "hold":
        hold(options.backend, options.device)
    else:
        see(options.backend, options.device, options.folder)


def hold(backend: Backend, device: str) -> None:
    """Compute something on the device, say so, and wait until nobody listens any more."""
    start(probed_case(backend, device, FIRST[0]))
    import keras  # noqa: PLC0415 - after `start`

    keras.ops.convert_to_numpy(keras.ops.ones((8,)) + 1)
    print("ready", flush=True)
    sys.stdin.read()


def see(backend: Backend, device: str, folder: Path) -> None:
    """Collect a backend's evidence, and write it whenever there is more."""
    framework = start(probed_case(backend, device, FIRST[0]))
    evidence = BackendEvidence(backend=backend, version=framework.version, device_name=framework.device_name)
    for more in _collect(backend, device, framework):
        trainings, errors = (*evidence.trainings, *more.pop("trainings", ())), evidence.errors | more.pop("errors", {})
        evidence = evidence.model_copy(update={"trainings": trainings, "errors": errors, **more})
        write_evidence(folder, evidence)


def _collect(backend: Backend, device: str, framework: Framework) -> Iterator[dict[str, Any]]:
    """Yield fields of the evidence as they are found."""
    yield from _profile(FIRST, backend, device, framework)
    for name, find in (("agreement", _compare), ("reading", read_gpu)):
        try:
            yield {name: find(backend, device)}
        except Exception as error:  # noqa: BLE001 - the boundary: what a backend cannot do is what is asked
            yield {"errors": {name: _word(error)}}
    yield from _profile(PROBED, backend, device, framework)


def _compare(backend: Backend, device: str) -> Agreement:
    descent = {"optimizer": "sgd", "learning_rate": 1.0, "decay": 0.0}
    with exact_products(backend):
        (one, data), (other, _) = (build(probed_case(backend, device, {"model": name, **descent})) for name in VARIANTS)
        return compare_variants(one, other, data.x_train[:BATCH], data.y_train[:BATCH])


def _profile(
    probed: Sequence[Mapping[str, Any]], backend: Backend, device: str, framework: Framework
) -> Iterator[dict[str, Any]]:
    for settings in probed:
        yield {"trainings": [profile_training(probed_case(backend, device, settings), framework)]}


def _word(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip()[:1000]}"


def probed_case(backend: Backend, device: str, settings: Mapping[str, Any]) -> Case:
    """Return a case of so many steps of MNIST as `bench run` would plan it."""
    batch_size = settings.get("batch_size", BATCH)
    asked = {
        "backend": backend, "device": device, "batch_size": batch_size, "train_size": NUM_STEPS * batch_size,
        "test_size": 1000, "epochs": 1, **settings,
    }  # fmt: skip
    return Case(**{**plan_defaults(asked), **asked}).settled()


def start(case: Case) -> Framework:
    """Import and configure the backend as a worker does that shares its GPU."""
    device = device_settings(case.device)
    prepare_variables(case, device, shares_device=True)
    # Processes that compile for PyTorch would hold this one's output open.
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"
    # A graph of kernels would be one name in a profile.
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_gpu_enable_command_buffer=".strip()
    return configure(case, 0, device)


def build(case: Case) -> tuple[Any, PreparedData]:
    """Return a case's compiled model and its data, as a worker builds them."""
    model, _, data = _build(case)
    return model, data


def _build(case: Case) -> tuple[Any, Any, PreparedData]:
    import keras  # noqa: PLC0415 - after `start`

    from bench.run.worker.building import build as build_case  # noqa: PLC0415 - imports Keras

    keras.config.set_dtype_policy(case.precision)
    dataset = load_dataset(case.dataset, **select_data(case))
    spec = load_spec(case.model, dataset.layout)
    built = build_case(case, spec, prepare(dataset, case.scaling, spec.layout), dataset.info)
    return built.model, built.execution.layer_paths, built.data


def profile_training(case: Case, framework: Framework) -> ProfiledTraining:
    """Train an epoch to trace and compile, and another one under the profiler with a trial's own recorder."""
    from bench.run.worker.recorder import Recorder  # noqa: PLC0415 - imports Keras

    epochs: list[Any] = []
    try:
        model, layer_paths, data = _build(case)
        fed = _fed(case, data)
        model.fit(**fed, verbose=0)
        ledger = Ledger(time.perf_counter)
        recorder = Recorder(case, len(data.y_train), framework, ledger, NoiseMeter().read, epochs.append)
        last = _after_last_step(case.backend)
        wait_for_device(case.backend)  # once before, since JAX compiles what it waits by
        with profiled(case.backend) as spans:
            model.fit(**fed, verbose=0, callbacks=[recorder, last])
    except Exception as error:  # noqa: BLE001 - the boundary: what a backend cannot do is what is asked
        return ProfiledTraining(case=case, error=_word(error))
    (epoch,) = epochs
    return ProfiledTraining(
        case=case,
        layer_paths=layer_paths,
        kernels=choose_kernels(sum_kernels(spans)),
        num_launches=len(spans),
        num_steps=epoch.num_steps,
        busy_s=busy_seconds(spans),
        train_s=epoch.train_s,
        left_s=last.left_s,
        loss=epoch.loss,
    )


def _after_last_step(backend: Backend) -> Any:
    """Return the callback that finds out, after a trial's own, how long the device still takes."""
    import keras  # noqa: PLC0415 - after `start`

    class AfterLastStep(keras.callbacks.Callback):
        left_s = 0.0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras passes these by name
            if batch == self.params["steps"] - 1:
                begin = time.perf_counter()
                wait_for_device(backend)
                self.left_s = time.perf_counter() - begin

    return AfterLastStep()


def _fed(case: Case, data: PreparedData) -> dict[str, Any]:
    """Return what `fit` trains on, without what it would validate on."""
    fed = for_fit(case.input, data, case.batch_size, {"x": None, "y": None})
    return {name: value for name, value in fed.items() if name != "validation_data"}


def choose_kernels(kernels: Sequence[KernelTime]) -> tuple[KernelTime, ...]:
    """Return those that took the longest, and those of cuDNN's recurrent ones that did not."""
    others = [kernel for kernel in kernels[MAX_KERNELS:] if is_cudnn_recurrent(kernel.name)]
    return (*kernels[:MAX_KERNELS], *others[:MAX_KERNELS])


def read_gpu(backend: Backend, device: str) -> GpuReading:
    """Train what keeps the GPU busy, alone and beside another process, and ask NVML meanwhile."""
    case = probed_case(backend, device, HEAVY)
    model, data = build(case)
    fed = _fed(case, data)
    model.fit(**fed, verbose=0)
    watch = GpuWatch()
    num_alone, energy = watch.count_foreign(), EnergyMeter(watch.counters())
    begin = time.perf_counter()
    energy.begin()
    model.fit(**fed, verbose=0, epochs=READ_EPOCHS)
    energy.end()
    now = watch.read_now()
    seconds = time.perf_counter() - begin
    return GpuReading(
        sm_clock_mhz=now.sm_clock_mhz,
        memory_clock_mhz=now.memory_clock_mhz,
        power_w=now.power_w,
        energy_j=energy.joules(seconds),
        seconds=seconds,
        num_foreign=_count_beside(backend, device, watch),
        num_foreign_alone=num_alone,
    )


def _count_beside(backend: Backend, device: str, watch: GpuWatch) -> int | None:
    """Return how many others NVML sees while there is one; None where the other one did not start, too."""
    command = own_command("bench.gpu.probe", "hold", backend, device)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None  # noqa: S101 - tells the type checker what PIPE means
            is_ready = any(line.strip() == "ready" for line in other.stdout)
            return watch.count_foreign() if is_ready else None
        finally:
            other.kill()


if __name__ == "__main__":
    main()
