"""Profiles what a backend runs on the GPU, by the backend's own profiler; imported in the probe's process alone."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.errors import ChildError
from bench.gpu.kernels import KernelSpan, read_chrome_trace, read_xspace
from bench.settings import Backend


@contextlib.contextmanager
def profiled(backend: Backend) -> Iterator[list[KernelSpan]]:
    """Profile the block; the list holds the kernels once it has ended.

    Raises:
        ChildError: where the profiler wrote nothing that can be read.
    """
    spans: list[KernelSpan] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with {"tensorflow": _profile_tensorflow, "jax": _profile_jax, "torch": _profile_torch}[backend](folder):
            yield spans
        files = sorted(path for path in folder.rglob("*") if path.name.endswith((".xplane.pb", ".json", ".json.gz")))
        read = _read_xplane if backend == "tensorflow" else _read_trace
        spans += read(files)


@contextlib.contextmanager
def _profile_tensorflow(folder: Path) -> Iterator[None]:
    import tensorflow as tf  # noqa: PLC0415 - the probe chooses the backend

    tf.profiler.experimental.start(str(folder))
    try:
        yield
    finally:
        tf.profiler.experimental.stop()


@contextlib.contextmanager
def _profile_jax(folder: Path) -> Iterator[None]:
    import jax  # noqa: PLC0415 - as above

    options = jax.profiler.ProfileOptions()
    options.host_tracer_level = options.python_tracer_level = 0  # kernels alone: a trace has room for so many events
    with jax.profiler.trace(folder, profiler_options=options):
        yield


@contextlib.contextmanager
def _profile_torch(folder: Path) -> Iterator[None]:
    import torch  # noqa: PLC0415 - as above

    kinds = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kinds.CUDA if torch.cuda.is_available() else kinds.CPU]) as trace:
        yield
    trace.export_chrome_trace(str(folder / "trace.json"))


def _read_xplane(files: list[Path]) -> tuple[KernelSpan, ...]:
    from tensorflow.tsl.profiler.protobuf import xplane_pb2  # noqa: PLC0415 - as above

    found = [path for path in files if path.name.endswith(".xplane.pb")]
    if not found:
        raise ChildError("TensorFlow's profiler wrote no profile")
    space = xplane_pb2.XSpace()
    space.ParseFromString(found[0].read_bytes())
    return read_xspace(space)


def _read_trace(files: list[Path]) -> tuple[KernelSpan, ...]:
    found = [path for path in files if not path.name.endswith(".pb")]
    if not found:
        raise ChildError("the profiler wrote no trace")
    return read_chrome_trace(found[0].read_bytes())


def wait_for_device(backend: Backend) -> None:
    """Return once the device has done all that it was told: by the backend's own means, whatever a trial uses."""
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415 - as above

        tf.test.experimental.sync_devices()
    elif backend == "jax":
        import jax  # noqa: PLC0415 - as above

        (jax.device_put(1.0) + 1).block_until_ready()  # a device runs programs in the order that it was given them
    else:
        import torch  # noqa: PLC0415 - as above

        if torch.cuda.is_available():
            torch.cuda.synchronize()
