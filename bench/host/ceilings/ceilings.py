"""What this machine can do at most, and whether its GPU works: asked of a child process.

Starting TensorFlow takes seconds, and a broken driver can hang or kill the process that asks it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from bench.child import ask_child
from bench.errors import ChildError
from bench.frozen import Frozen
from bench.host.devices import available_devices
from bench.host.environment import Environment
from bench.settings import Precision

PositiveFloat = Annotated[float, Field(gt=0)]
RunProbe = Callable[[Sequence[str], float], str]
Wanted = tuple[str, Precision]

_MAX_CACHE_BYTES = 65_536


class GpuCheck(Frozen):
    """What TensorFlow itself finds; `error` says why the child process could not tell anything.

    `cudnn_works` is True only where a cuDNN LSTM really ran: the operation CudnnRNNV3 stood in its traced graph and its
    outputs were finite. None where there is no GPU to try it on. `build` is what TensorFlow says of its own build, and
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
    """The most that one device reached in one precision, best of several repeats.

    `gemm_flops_per_s` is of a 1024³ or 2048³ product, whichever was faster; `lstm_gemm_flops_per_s` of one LSTM step's
    product at batch 32 and 128 units, (32, 128) by (128, 512); `bandwidth_bytes_per_s` counts the bytes read and
    written, as STREAM does. `tf32` says whether the products could round to TF32, which only some GPUs do. A `device`
    such as `cpu:2` was bound to that many cores; `precision` is a case's, of which the products' operands follow.
    """

    device: str
    gemm_flops_per_s: PositiveFloat
    lstm_gemm_flops_per_s: PositiveFloat
    bandwidth_bytes_per_s: PositiveFloat
    tf32: bool
    precision: Precision = "float32"


class Ceilings(Frozen):
    """The ceilings of a machine's devices, as one version of TensorFlow reached them."""

    tensorflow: str
    devices: tuple[Ceiling, ...]

    def find(self, device: str, precision: Precision = "float32") -> Ceiling | None:
        """Return what was measured for a device by its case's name; `gpu` and `gpu:0` are one device."""
        names = {"gpu", "gpu:0"} if device in {"gpu", "gpu:0"} else {device}
        return next((one for one in self.devices if one.device in names and one.precision == precision), None)


def ask_peak(arguments: Sequence[str], timeout_s: float, environ: Mapping[str, str] | None = None) -> str:
    """Return what the child process, `bench.host.ceilings.peak`, answers; raises as `ask_child`."""
    return ask_child("bench.host.ceilings.peak", *arguments, timeout_s=timeout_s, environ=environ)


def probe_gpu(timeout_s: float = 120.0, child: RunProbe = ask_peak) -> GpuCheck:
    """Ask TensorFlow in a child process for its GPUs and whether a cuDNN LSTM runs; a failure is in `error`."""
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
    """Return the ceilings of this machine's devices, measured once for each fingerprint and then read from a cache.

    A measurement takes some ten seconds for each device, in a process of its own: call it inside `measurement_lock`.

    Args:
        environment: the machine; its fingerprint names the cached file.
        wanted: pairs of device and precision; by default every device in float32.
        timeout_s: the most one child process may take.
        refresh: measure again although a cached figure exists, and keep the larger of the two: a ceiling that was
            measured beside other work is too low.
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
            with suppress(OSError):  # a cache that cannot be written costs the next run seconds, not this one figures
                _write_cache(path, known)
    found = (known.find(device, precision) for device, precision in asked) if known else ()
    return Ceilings(
        tensorflow=known.tensorflow if known else "", devices=tuple(one for one in found if one is not None)
    )


def read_cached_ceilings(environment: Environment, cache: Path | None = None) -> Ceilings | None:
    """Return what was measured on this machine before, or None; nothing is started."""
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
    """Return both; of a device and precision that both have, the larger of each figure, for a ceiling is a best."""
    best = {(one.device, one.precision): one for one in known.devices}
    for one in measured.devices:
        before = best.get((one.device, one.precision), one)
        figures = ("gemm_flops_per_s", "lstm_gemm_flops_per_s", "bandwidth_bytes_per_s")
        larger = {name: max(getattr(before, name), getattr(one, name)) for name in figures}
        best[one.device, one.precision] = one.model_copy(update=larger)
    return Ceilings(tensorflow=measured.tensorflow, devices=tuple(best.values()))


def _cache_path(environment: Environment, cache: Path | None) -> Path:
    return (cache or cache_folder()) / f"ceilings-2-{environment.fingerprint}.json"


def cache_folder() -> Path:
    """Return the user's cache folder for this program, by the XDG base directory specification or macOS's custom."""
    if sys.platform == "darwin":
        return Path("~/Library/Caches/rnn-or-cnn").expanduser()
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path("~/.cache").expanduser()) / "rnn-or-cnn"


def _read_cache(path: Path) -> Ceilings | None:
    """Return what is cached, or None where there is nothing or nothing that can be read."""
    try:
        if path.stat().st_size > _MAX_CACHE_BYTES:
            return None
        return Ceilings.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _write_cache(path: Path, ceilings: Ceilings) -> None:
    """Write the file whole or not at all: another process may read or write it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".ceilings-", delete=False, encoding="utf-8") as file:
        file.write(ceilings.model_dump_json())
    Path(file.name).replace(path)
