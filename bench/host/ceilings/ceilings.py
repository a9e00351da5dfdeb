"""The machine's ceilings, and whether its GPU works, determined in a child process.

Starting TensorFlow takes seconds, and a broken driver can hang or kill the process that uses it.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from bench.atomic_file import open_atomic
from bench.child_process import ask_child
from bench.errors import ChildError
from bench.frozen_model import Frozen
from bench.home_folder import find_home
from bench.host.devices import available_devices
from bench.host.environment import Environment
from bench.settings import Precision

PositiveFloat = Annotated[float, Field(gt=0)]
RunProbe = Callable[[Sequence[str], float], str]
Wanted = tuple[str, Precision]

_MAX_CACHE_BYTES = 65_536
_RATES = ("gemm_flops_per_s", "lstm_gemm_flops_per_s", "bandwidth_bytes_per_s")


class GpuCheck(Frozen):
    """What TensorFlow itself finds; `error` says why the child process has no result.

    `cudnn_works` is True only if a cuDNN LSTM actually ran: its traced graph contained the operation CudnnRNNV3 and its
    outputs were finite. None if there is no GPU to try it on. `build` is TensorFlow's own build information, and
    `missing_libraries` names the CUDA libraries of that build that cannot be loaded here.
    """

    tensorflow: str | None = None
    built_with_cuda: bool | None = None
    gpus: tuple[str, ...] = ()
    cudnn_works: bool | None = None
    cudnn_error: str | None = None
    build: dict[str, str] = Field(default_factory=dict)
    missing_libraries: tuple[str, ...] = ()
    error: str | None = None


class Ceiling(Frozen):
    """The best that one device reached in one precision over several repeats.

    `gemm_flops_per_s` is of a 1024³ or 2048³ product, whichever was faster; `lstm_gemm_flops_per_s` of one LSTM step's
    product at batch 32 and 128 units, (32, 128) by (128, 512); `bandwidth_bytes_per_s` counts the bytes read and
    written, as STREAM does. `tf32` says whether the products could round to TF32, which only some GPUs do. A `device`
    such as `cpu:2` was bound to that many cores; `precision` is a case's and determines the products' operands.
    """

    device: str
    gemm_flops_per_s: PositiveFloat
    lstm_gemm_flops_per_s: PositiveFloat
    bandwidth_bytes_per_s: PositiveFloat
    tf32: bool
    precision: Precision = "float32"


class Ceilings(Frozen):
    """The ceilings of a machine's devices, reached with one version of TensorFlow, or without it of PyTorch.

    What fewer threads reach, more threads can reach by leaving the others idle, so that a ceiling of more threads is at
    least that of fewer in the same precision, however a short measurement came out. Memory is one in all precisions: it
    carries at least what it carried in any, also where adding 16-bit numbers takes longer than moving them.
    """

    tensorflow: str
    devices: tuple[Ceiling, ...]
    torch: str | None = None

    @field_validator("devices")
    @classmethod
    def _raise_to_fewer_threads(cls, devices: tuple[Ceiling, ...]) -> tuple[Ceiling, ...]:
        raised = [_best_of(one, [other for other in devices if _is_within(other, one)]) for one in devices]
        memory = {
            one.device: max(of.bandwidth_bytes_per_s for of in raised if of.device == one.device) for one in raised
        }
        return tuple(one.model_copy(update={"bandwidth_bytes_per_s": memory[one.device]}) for one in raised)

    def with_devices(self, devices: Iterable[Ceiling]) -> Ceilings:
        """Return the ceilings of other devices that the same library reached."""
        return Ceilings(**{**dict(self), "devices": tuple(devices)})

    def find(self, device: str, precision: Precision = "float32") -> Ceiling | None:
        """Return the ceiling of a device, by its name in a case; `gpu` and `gpu:0` are the same device."""
        names = {"gpu", "gpu:0"} if device in {"gpu", "gpu:0"} else {device}
        return next((one for one in self.devices if one.device in names and one.precision == precision), None)


def ask_peak(arguments: Sequence[str], timeout_s: float, environ: Mapping[str, str] | None = None) -> str:
    """Return the answer of the child process, `bench.host.ceilings.peak`; raises as `ask_child`."""
    return ask_child("bench.host.ceilings.peak", *arguments, timeout_s=timeout_s, environ=environ)


def probe_gpu(timeout_s: float = 120.0, child: RunProbe = ask_peak) -> GpuCheck:
    """Ask TensorFlow in a child process for its GPUs and whether a cuDNN LSTM runs; a failure is stored in `error`."""
    try:
        return GpuCheck.model_validate_json(child(("check",), timeout_s))
    except ValidationError:
        return GpuCheck(error="the answer of TensorFlow's process could not be read")
    except ChildError as error:
        return GpuCheck(error=str(error))


def measure_ceilings(
    environment: Environment,
    wanted: Sequence[Wanted] | None = None,
    *,
    timeout_s: float = 300.0,
    refresh: bool = False,
    cache: Path | None = None,
    child: RunProbe = ask_peak,
) -> Ceilings:
    """Return the ceilings of this machine's devices, measured once per fingerprint and then read from a cache.

    A measurement takes about ten seconds per device, in a separate process: call it inside `measurement_lock`.

    Args:
        environment: the machine; its fingerprint names the cached file.
        wanted: pairs of device and precision; by default every device in float32.
        timeout_s: time-out of one child process.
        refresh: measure again even if there is a cached value, and keep the larger of the two: a ceiling measured
            while other work was running is too low.
        cache: the folder of cached files; the user's own by default.
        child: what runs a child process.

    Raises:
        ChildError: a child process failed, hung, or answered nothing that can be read.
    """
    path = _cache_path(environment, cache)
    known = _read_cache(path)
    asked = default_devices(environment) if wanted is None else tuple(dict.fromkeys(wanted))
    for device, precision in asked:
        if refresh or known is None or known.find(device, precision) is None:
            measured = _measure(device, precision, timeout_s, child)
            known = measured if known is None else _add(known, measured)
            with suppress(OSError):  # a cache that cannot be written costs the next run seconds, nothing else
                _write_cache(path, known)
    found = (known.find(device, precision) for device, precision in asked) if known else ()
    devices = tuple(one for one in found if one is not None)
    return known.with_devices(devices) if known else Ceilings(tensorflow="", devices=devices)


def read_cached_ceilings(environment: Environment, cache: Path | None = None) -> Ceilings | None:
    """Return this machine's cached ceilings, or None; nothing is started."""
    return _read_cache(_cache_path(environment, cache))


def default_devices(environment: Environment) -> tuple[Wanted, ...]:
    """Return every device of a machine in float32: all usable cores together, then each visible GPU."""
    gpus = available_devices(environment).gpus
    return (("cpu", "float32"), *((f"gpu:{index}", "float32") for index in range(len(gpus))))


def _measure(device: str, precision: Precision, timeout_s: float, child: RunProbe) -> Ceilings:
    try:
        return Ceilings.model_validate_json(child(("measure", device, precision), timeout_s))
    except ValidationError as error:
        raise ChildError("the answer of TensorFlow's process could not be read as ceilings") from error


def _add(known: Ceilings, measured: Ceilings) -> Ceilings:
    """Merge both; where they overlap keep the larger of each value, because a ceiling is a maximum."""
    best = {(one.device, one.precision): one for one in known.devices}
    for one in measured.devices:
        best[one.device, one.precision] = _best_of(one, [best.get((one.device, one.precision), one)])
    return measured.with_devices(best.values())


def _best_of(ceiling: Ceiling, others: Sequence[Ceiling]) -> Ceiling:
    """Return a ceiling with the largest of each of its and the others' rates."""
    larger = {name: max(getattr(one, name) for one in (ceiling, *others)) for name in _RATES}
    return ceiling.model_copy(update=larger)


def _is_within(fewer: Ceiling, more: Ceiling) -> bool:
    """Tell whether one ceiling is of the same processor with fewer threads, in the same precision."""
    threads, all_threads = (_num_threads(one.device) for one in (fewer, more))
    is_of_cpu = threads is not None and all_threads is not None
    return is_of_cpu and fewer.precision == more.precision and (threads or 0) < (all_threads or 0)


def _num_threads(device: str) -> float | None:
    """Return the threads of `cpu:2`, all for `cpu`, and None for a GPU."""
    name, _, number = device.partition(":")
    if name != "cpu":
        return None
    return int(number) if number else math.inf


def _cache_path(environment: Environment, cache: Path | None) -> Path:
    return (cache or cache_folder()) / f"ceilings-2-{environment.fingerprint}.json"


def cache_folder() -> Path:
    """Return the user's cache folder for this program, by the XDG base directory specification or macOS'.

    A user without a home folder has it in the current one: a folder that others may write to is no place for it.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    if sys.platform != "darwin" and Path(named).is_absolute():
        return Path(named) / "rnn-or-cnn"
    home = find_home()
    if home is None:
        return Path(".rnn-or-cnn-cache").absolute()
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "rnn-or-cnn"


def _read_cache(path: Path) -> Ceilings | None:
    """Return what is cached, or None if there is nothing readable."""
    try:
        if path.stat().st_size > _MAX_CACHE_BYTES:
            return None
        return Ceilings.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _write_cache(path: Path, ceilings: Ceilings) -> None:
    """Write the file atomically: another process may read or write it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_atomic(path) as file:
        file.write(ceilings.model_dump_json().encode())
