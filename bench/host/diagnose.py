"""Finds what would disturb a benchmark on this machine or hide a GPU, with advice for each fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bench.host.ceilings.ceilings import GpuCheck
from bench.host.devices import available_devices
from bench.host.environment import Environment
from bench.host.low_precision import find_instructions
from bench.host.probe import Probe
from bench.host.sensors.cgroup import read_throttling
from bench.host.sensors.energy import has_unreadable_counters
from bench.host.sensors.gpu import count_pci_gpus
from bench.host.software import HARMLESS_VARIABLES
from bench.install_hint import word_install
from bench.units import format_seconds

Severity = Literal["problem", "notice"]

_CUDA_WHEELS = ("nvidia-cudnn-cu12", "nvidia-cudnn-cu13")
_INSTALL_CUDA = word_install("cuda")
# Keras obeys these silently, so a run under them is not the run that was requested.
CUTS_RUNS_SHORT = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Diagnosis:
    """One fact and its advice; a `problem` makes runs fail or results wrong, a `notice` affects them."""

    level: Severity
    fact: str
    advice: str


def diagnose(
    environment: Environment, probe: Probe | None = None, check: GpuCheck | None = None
) -> tuple[Diagnosis, ...]:
    """Return what to know before measuring on this machine, problems first; empty if there is nothing to report.

    Args:
        environment: the machine, as captured.
        probe: where the PCI bus is read from; this machine by default.
        check: the result of the GPU and cuDNN check in a child process, if there was one.
    """
    found = (
        *_diagnose_gpu(environment, probe or Probe()),
        *(_diagnose_check(check, environment) if check else ()),
        *_diagnose_settings(environment),
        *_diagnose_packages(environment),
        *_diagnose_cores(environment),
        *_diagnose_quota(environment, probe or Probe()),
        *_diagnose_notes(environment),
        *_diagnose_energy(probe or Probe()),
    )
    return tuple(sorted(found, key=lambda diagnosis: diagnosis.level != "problem"))


def _diagnose_gpu(environment: Environment, probe: Probe) -> Iterator[Diagnosis]:
    if not environment.gpus:
        if num_gpus := count_pci_gpus(probe):
            yield Diagnosis(
                "problem",
                f"{num_gpus} NVIDIA GPU(s) on the PCI bus, but no driver shows them",
                "install NVIDIA's driver, or start the container with its GPUs (docker run --gpus all)",
            )
        return
    if not any(wheel in environment.libraries for wheel in _CUDA_WHEELS):
        yield Diagnosis(
            "problem",
            f"{environment.gpus[0].name} is there, but the CUDA libraries that TensorFlow needs are not installed",
            f"{_INSTALL_CUDA}, or check your own CUDA and cuDNN with `python -m bench env --check`",
        )
    if "nvidia-ml-py" not in environment.libraries:
        yield Diagnosis("notice", "nvidia-ml-py is missing: GPU memory and clocks are not recorded", _INSTALL_CUDA)
    if not available_devices(environment).gpus:
        yield Diagnosis(
            "problem",
            f"CUDA_VISIBLE_DEVICES={environment.variables['CUDA_VISIBLE_DEVICES']!r} hides every GPU",
            "unset CUDA_VISIBLE_DEVICES, or name the GPUs to use, as in 0",
        )


def _diagnose_check(check: GpuCheck, environment: Environment) -> Iterator[Diagnosis]:
    if check.error is not None:
        yield Diagnosis(
            "problem",
            f"the check in a child process failed: {check.error}",
            "see whether `python -c 'import tensorflow'` works in this environment",
        )
    elif available_devices(environment).gpus and not check.gpus:
        yield _explain_unseen_gpu(check, environment)
    elif check.gpus and not check.cudnn_works:
        yield Diagnosis(
            "problem",
            f"TensorFlow sees {check.gpus[0]}, but a cuDNN LSTM does not run on it: {check.cudnn_error}",
            f"{_INSTALL_CUDA}; CUDA, cuDNN and the driver must fit TensorFlow {check.tensorflow}",
        )


def _explain_unseen_gpu(check: GpuCheck, environment: Environment) -> Diagnosis:
    """Explain why TensorFlow sees none of the driver's GPUs: its build, a library, or an old driver."""
    fact = f"{environment.gpus[0].name} is there, but TensorFlow {check.tensorflow} sees no GPU"
    if check.built_with_cuda is False:
        return Diagnosis("problem", f"{fact}: it was built without CUDA", f"pip uninstall it, then {_INSTALL_CUDA}")
    if check.missing_libraries:
        return Diagnosis("problem", f"{fact}: {', '.join(check.missing_libraries)} cannot be loaded", _INSTALL_CUDA)
    newest = environment.gpus[0].cuda or "an unknown version"
    return Diagnosis(
        "problem",
        f"{fact}, although its libraries are there",
        f"update NVIDIA's driver: it runs CUDA up to {newest}, and this build requires "
        f"{check.build.get('cuda_version', 'another')}",
    )


def _diagnose_packages(environment: Environment) -> Iterator[Diagnosis]:
    """Find packages that hide each other, or an extra that does not fit the machine."""
    found = [name for name in ("tensorflow", "tensorflow-cpu", "tf-nightly") if name in environment.libraries]
    if len(found) > 1:
        yield Diagnosis(
            "problem",
            f"{' and '.join(found)} are both installed, and each overwrites the other's files",
            f"pip uninstall {' '.join(found)}, then install the one that you want",
        )
    if environment.gpus and found == ["tensorflow-cpu"]:
        yield Diagnosis(
            "problem",
            f"{environment.gpus[0].name} is there, but tensorflow-cpu cannot use it",
            f"pip uninstall tensorflow-cpu, then {_INSTALL_CUDA}",
        )
    has_jax_plugin = any(name.startswith("jax-cuda") for name in environment.libraries)
    if environment.gpus and "jax" in environment.libraries and not has_jax_plugin:
        yield Diagnosis(
            "notice",
            f"{environment.gpus[0].name} is there, but this JAX has no CUDA plugin: its trials cannot use it",
            "python -m pip install 'jax[cuda12]'",
        )


def _diagnose_energy(probe: Probe) -> Iterator[Diagnosis]:
    if has_unreadable_counters(probe):
        yield Diagnosis(
            "notice",
            "the processor counts its energy, but only root may read it: no joules are recorded",
            "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj, if nobody untrusted uses this machine",
        )


def _diagnose_settings(environment: Environment) -> Iterator[Diagnosis]:
    for name, value in environment.variables.items():
        shown = f"{name}={value[:_SHOWN_CHARACTERS]!r}"
        if name in CUTS_RUNS_SHORT:
            yield Diagnosis("problem", f"{shown} cuts every training short", f"unset {name}")
        elif not name.startswith(HARMLESS_VARIABLES):
            yield Diagnosis("notice", f"{shown} can change results", f"unset {name} unless you mean to measure it")
    for key, value in environment.keras_config.items():
        # The worker chooses the backend itself, by KERAS_BACKEND, which overrides the file.
        if key != "backend":
            yield Diagnosis(
                "notice",
                f"keras.json sets {key} to {value[:_SHOWN_CHARACTERS]}",
                "remove it from keras.json in ~/.keras or KERAS_HOME, or point KERAS_HOME to an empty folder",
            )


def _diagnose_notes(environment: Environment) -> Iterator[Diagnosis]:
    for note in environment.notes:
        if not note.startswith("nvidia-ml-py"):  # reported above, with how to install it
            yield Diagnosis("notice", note, "fix it, or continue without the values it would have provided")


def _diagnose_quota(environment: Environment, probe: Probe) -> Iterator[Diagnosis]:
    """Find a CPU quota that stops threads in the middle of their work."""
    quota, num_threads = environment.cgroup_cpu_limit, environment.num_cpus_allowed
    if quota is not None and num_threads is not None and quota < num_threads:
        yield Diagnosis(
            "notice",
            f"the CPU quota is {quota:g}, and a framework starts a thread for each of {num_threads} cores: all of them "
            "stop together once it is spent",
            f"bench run --device cpu:{max(1, int(quota))}, or a larger quota (docker --cpus)",
        )
    throttling = read_throttling(probe)
    if throttling and throttling.num_throttled:
        yield Diagnosis(
            "notice",
            f"the CPU quota has stopped this group in {throttling.num_throttled:,} of {throttling.num_periods:,} "
            f"periods, for {format_seconds(throttling.throttled_s)} in all",
            "give the container or job a larger quota (docker --cpus), or fewer threads (--device cpu:N)",
        )
    if environment.niceness:
        yield Diagnosis(
            "notice",
            f"niceness is {environment.niceness}: other processes get the CPU before this one, or after it",
            "start it without nice",
        )


def _diagnose_cores(environment: Environment) -> Iterator[Diagnosis]:
    usable, online = environment.num_cpus_usable, environment.num_cpus_online
    if online is not None and usable < online:
        quota = environment.cgroup_cpu_limit
        why = f"a CPU quota of {quota:g}" if quota is not None and quota < online else "the process's affinity"
        yield Diagnosis(
            "notice",
            f"{usable} of {online} cores are usable, because of {why}",
            "give the container or job more cores (docker --cpus, sbatch --cpus-per-task, taskset), or read "
            "the figures as those of the cores it has",
        )
    if environment.cpu_governor == "powersave":
        yield Diagnosis(
            "notice",
            "the CPU governor is powersave: the clock follows the load and timings vary",
            "sudo cpupower frequency-set --governor performance",
        )
    if environment.machine == "x86_64" and environment.cpu_flags and "avx2" not in environment.cpu_flags:
        yield Diagnosis(
            "notice",
            "the processor (or its virtual machine) shows no AVX2: every product runs at a fraction of the usual speed",
            "choose a virtual machine type that passes the host's processor through",
        )
    bfloat16 = find_instructions("mixed_bfloat16", environment)
    if bfloat16:
        yield Diagnosis(
            "notice",
            f"the processor multiplies bfloat16 ({', '.join(bfloat16)}), which Keras uses only where it is told to",
            "measure what it gains with `python -m bench run precision`",
        )
