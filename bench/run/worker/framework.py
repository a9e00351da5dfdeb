"""What a worker asks of each backend: devices, threads, seeds, synchronisation and memory.

Only the worker process imports this module's frameworks, and only after `prepare_variables` has set what they read
while they are imported.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.errors import ConfigError, DeviceError
from bench.host.devices import Device, name_gpu
from bench.import_without import import_without, import_without_collections
from bench.install_hint import word_missing_backend
from bench.networks.pytorch.loading import load_torch
from bench.plan.case import Case
from bench.settings import Backend


def _nothing_compiled() -> int:
    """Stand in for the count of compiled graphs where a new shape alone makes a backend compile."""
    return 0


@dataclass(frozen=True)
class Framework:
    """One backend, imported and configured.

    Attributes:
        version: the backend library's version.
        device_name: the device as the backend names it.
        synchronize: wait until the step that returned these logs is done, with all before it.
        peak_device_bytes: the most memory the device held so far; None on a CPU.
        threads: threads within and between operations; None where the backend does not tell.
        steps_can_be_timed: whether a step is finished when its call returns, also where no callback asks for its logs;
            only then are single steps' times told.
        count_compilations: graphs compiled so far, for a backend that also compiles again at a known shape.
    """

    version: str
    device_name: str
    synchronize: Callable[[object], None]
    peak_device_bytes: Callable[[], int | None]
    threads: tuple[int | None, int | None]
    steps_can_be_timed: bool
    count_compilations: Callable[[], int] = _nothing_compiled


def prepare_variables(case: Case, device: Device, *, shares_device: bool = False) -> None:
    """Set the environment variables that frameworks read while they are imported."""
    os.environ["KERAS_BACKEND"] = case.backend
    # Left to itself, Keras takes Apple's GPU where there is one. A number after `cuda` would miss what Keras does for
    # the device "cuda" alone (`get_device() == "cuda"` in its backend/torch/numpy.py): `set_device` says which it is.
    os.environ["KERAS_TORCH_DEVICE"] = "cpu" if device.gpu_index is None else "cuda"
    if device.gpu_index is None:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    elif case.backend == "jax":
        # JAX takes memory of every GPU that it sees, and would count as a user of them all.
        os.environ["CUDA_VISIBLE_DEVICES"] = name_gpu(device.gpu_index, os.environ.get("CUDA_VISIBLE_DEVICES"))
    if shares_device:
        # JAX would take three quarters of a GPU's memory at once, and leave the other worker too little.
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    if device.num_threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(device.num_threads)
    if case.deterministic:
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()
        # PyTorch refuses deterministic products on a GPU without it.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def configure(case: Case, seed: int, device: Device) -> Framework:
    """Import the backend, bind it to the device, and seed it, before any model exists."""
    with import_without(*_NOT_FOR_TRAINING), import_without_collections():  # TensorFlow imports Keras, too
        framework = _BACKENDS[case.backend](case, device)
        keras = importlib.import_module("keras")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float64" if case.precision == "float64" else "float32")
    keras.config.set_dtype_policy(case.precision)
    keras.utils.set_random_seed(seed)
    return framework


def configure_tensorflow(case: Case, device: Device) -> Framework:
    """Import TensorFlow and set the device, threads and determinism that the case asks for."""
    tf = _import("tensorflow")
    for stated, set_threads in (
        (case.intra_op_threads, tf.config.threading.set_intra_op_parallelism_threads),
        (case.inter_op_threads, tf.config.threading.set_inter_op_parallelism_threads),
    ):
        if (num_threads := stated or device.num_threads) is not None:
            set_threads(num_threads)
    gpus = tf.config.list_physical_devices("GPU")
    if device.gpu_index is None:
        tf.config.set_visible_devices([], "GPU")
    else:
        gpu = _pick_gpu(gpus, device.gpu_index, device, "tensorflow")
        tf.config.set_visible_devices(gpu, "GPU")
        tf.config.experimental.set_memory_growth(gpu, True)
    if case.deterministic:
        tf.config.experimental.enable_op_determinism()
    on_gpu = device.gpu_index is not None
    return Framework(
        version=tf.__version__,
        device_name=tf.config.list_logical_devices("GPU" if on_gpu else "CPU")[0].name,
        synchronize=(lambda _: tf.test.experimental.sync_devices()) if on_gpu else _nothing_to_wait_for,
        peak_device_bytes=(lambda: int(tf.config.experimental.get_memory_info("GPU:0")["peak"]))
        if on_gpu
        else _no_figure,
        # 0 means that TensorFlow chooses, which it does by the cores that the process may use.
        threads=(
            tf.config.threading.get_intra_op_parallelism_threads() or None,
            tf.config.threading.get_inter_op_parallelism_threads() or None,
        ),
        steps_can_be_timed=not on_gpu,
    )


def configure_jax(case: Case, device: Device) -> Framework:
    """Import JAX and bind it to the device; raise DeviceError for threads or a GPU that it cannot have."""
    _check_threads_of_jax(device)
    jax = _import("jax")
    if case.precision == "float64":
        jax.config.update("jax_enable_x64", True)
    devices = jax.devices("cpu") if device.gpu_index is None else jax.devices()
    if device.gpu_index is None:
        chosen = devices[0]
    else:
        # The only one that `prepare_variables` left visible.
        chosen = _pick_gpu([one for one in devices if one.platform == "gpu"], 0, device, "jax")
        jax.config.update("jax_default_device", chosen)
    return Framework(
        version=jax.__version__,
        # A GPU by its kind: JAX numbers the one that it sees 0, whichever it is.
        device_name=str(chosen) if device.gpu_index is None else str(chosen.device_kind),
        # A step is one compiled program, whose outputs are ready together: the logs stand for the weights. As numbers,
        # which Keras makes of them before it calls a callback, they have been waited for already.
        synchronize=jax.block_until_ready,
        peak_device_bytes=_no_figure if device.gpu_index is None else lambda: _peak_of(chosen.memory_stats()),
        threads=(device.num_threads, None),
        steps_can_be_timed=False,
    )


def configure_torch(case: Case, device: Device) -> Framework:
    """Import PyTorch and bind it to the device and its threads."""
    torch = _import("torch")
    load_torch()  # a user's file may import TensorFlow, too
    if device.num_threads is not None:
        torch.set_num_threads(device.num_threads)
    if device.gpu_index is not None:
        _pick_gpu(range(torch.cuda.device_count()), device.gpu_index, device, "torch")
        torch.cuda.set_device(device.gpu_index)
    if case.deterministic:
        torch.use_deterministic_algorithms(True)
    on_gpu = device.gpu_index is not None
    return Framework(
        version=torch.__version__,
        device_name=torch.cuda.get_device_name() if on_gpu else "cpu",
        synchronize=(lambda _: torch.cuda.synchronize()) if on_gpu else _nothing_to_wait_for,
        peak_device_bytes=torch.cuda.max_memory_allocated if on_gpu else _no_figure,
        threads=(torch.get_num_threads(), torch.get_num_interop_threads()),
        steps_can_be_timed=not on_gpu,
        count_compilations=_count_torch_graphs,
    )


_BACKENDS: dict[Backend, Callable[[Case, Device], Framework]] = {
    "tensorflow": configure_tensorflow,
    "jax": configure_jax,
    "torch": configure_torch,
}


# What Keras imports where it is installed, to take tables as data and to draw galleries.
_NOT_FOR_TRAINING = ("pandas", "matplotlib", "matplotlib.pyplot")


def _count_torch_graphs() -> int:
    """Count the graphs that TorchDynamo compiled; it recompiles a known shape if an assumed constant has changed."""
    dynamo = sys.modules.get("torch._dynamo.utils")  # there once something was compiled; PyTorch has no public count
    return int(dynamo.counters["stats"]["unique_graphs"]) if dynamo else 0


def _nothing_to_wait_for(_logs: object) -> None:
    """Stand in for synchronisation on a CPU, where a step is done when its call returns."""


def _no_figure() -> None:
    """Stand in for device memory on a CPU, which has none of its own."""


def _import(backend: Backend) -> Any:
    try:
        return importlib.import_module(backend)
    except ModuleNotFoundError as error:
        if error.name != backend:
            raise
        raise ConfigError(word_missing_backend(backend)) from None


def _pick_gpu(gpus: Sequence[Any], index: int, device: Device, backend: Backend) -> Any:
    """Return the GPU of that index, or refuse: falling back to the CPU in silence would be wrong."""
    if index >= len(gpus):
        raise DeviceError(
            f"device {device.name}: {backend} sees {len(gpus)} GPUs; "
            "`python -m bench env --check` tells what is missing"
        )
    return gpus[index]


def _check_threads_of_jax(device: Device) -> None:
    """Refuse a number of threads that nothing would hold JAX to: it takes as many as the cores it is bound to."""
    if device.num_threads is not None and not hasattr(os, "sched_setaffinity"):
        raise DeviceError(
            f"device {device.name} expects a system that binds a process to cores where the backend is jax, which has "
            "no setting for its threads, received one that does not; ask for cpu, or for another backend"
        )


def _peak_of(stats: dict[str, int] | None) -> int | None:
    return (stats or {}).get("peak_bytes_in_use")
