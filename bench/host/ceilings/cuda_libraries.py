"""Finds the CUDA libraries that TensorFlow needs and cannot load, which is why it sees no GPU.

TensorFlow itself says only that "some GPU libraries" are missing. The names are those of its dynamic loader,
third_party/xla/xla/tsl/cuda; a version is the one that the build asks for.
"""

from __future__ import annotations

import ctypes
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

_DRIVER = "libcuda.so.1"
# Major versions follow CUDA's own, except that cuFFT's and cuSOLVER's are one behind (11 in CUDA 12).
_BY_CUDA = {
    "12": ("libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11", "libcusolver.so.11",
           "libcusparse.so.12"),
    "13": ("libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcufft.so.12", "libcusolver.so.12",
           "libcusparse.so.12"),
}  # fmt: skip


def find_missing_libraries(
    build: Mapping[str, object],
    load: Callable[[str], object] = ctypes.CDLL,
    packages: Path | None = None,
) -> tuple[str, ...]:
    """Return the shared libraries that a CUDA build of TensorFlow needs and this machine does not have.

    A library counts as present if the system's loader finds it or an NVIDIA wheel contains it.

    Args:
        build: `tensorflow.sysconfig.get_build_info()`; the result is empty for a build without CUDA.
        load: opens a shared library by name, or raises OSError.
        packages: the folder of installed packages; this interpreter's by default.
    """
    if not build.get("is_cuda_build"):
        return ()
    folder = packages or Path(sysconfig.get_paths()["purelib"])
    return tuple(name for name in _needed(build) if not (_loads(load, name) or _is_in_a_wheel(folder, name)))


def _needed(build: Mapping[str, object]) -> tuple[str, ...]:
    cuda = str(build.get("cuda_version", "")).partition(".")[0]
    cudnn = str(build.get("cudnn_version", "")).partition(".")[0]
    return (_DRIVER, *_BY_CUDA.get(cuda, ()), *((f"libcudnn.so.{cudnn}",) if cudnn else ()))


def _loads(load: Callable[[str], object], name: str) -> bool:
    try:
        load(name)
    except OSError:
        return False
    return True


def _is_in_a_wheel(folder: Path, name: str) -> bool:
    return name != _DRIVER and any(folder.glob(f"nvidia/*/lib/{name}"))
