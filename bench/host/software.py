"""The software that affects timings: library versions, variables, Keras' settings, the state of the checkout."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np  # noqa: F401 - loads the BLAS that `read_build` reports
import threadpoolctl  # type: ignore[import-untyped]

from bench.git import GitError, read_tree_state
from bench.home_folder import find_keras_home

# Read from the installed packages' metadata: importing any of them would start a framework in the parent.
LIBRARIES = (
    "tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tensorflow-metal", "tf-nightly", "keras",
    "keras-nightly", "numpy", "jax", "jaxlib", "jax-cuda12-plugin", "jax-cuda13-plugin", "torch", "nvidia-cudnn-cu12",
    "nvidia-cudnn-cu13", "nvidia-cublas-cu12", "nvidia-cuda-runtime-cu12", "nvidia-cuda-nvcc-cu12", "nvidia-ml-py",
)  # fmt: skip
_NUMPY = {"numpy", "numpy.libs"}  # the folders in which NumPy's wheel keeps its libraries
_BLAS_KEYS = ("internal_api", "version", "architecture")
# Frameworks, oneDNN under both of its names, the runtimes of OpenMP (Intel's KMP_, GNU's GOMP_), BLAS, and allocators.
_PREFIXES = (
    "KERAS_", "TF_", "XLA_", "JAX_", "PYTORCH_", "ONEDNN_", "DNNL_", "OMP_", "KMP_", "GOMP_", "OPENBLAS_", "MKL_",
    "BLIS_", "VECLIB_", "CUBLAS_", "CUDNN_", "MALLOC_", "TCMALLOC_", "MIMALLOC_",
)  # fmt: skip
_NAMES = frozenset({
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_LAUNCH_BLOCKING", "NVIDIA_TF32_OVERRIDE", "GLIBC_TUNABLES",
    "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONMALLOC", "PYTHONOPTIMIZE",
})  # fmt: skip
# threadpoolctl sets them in this program's own process.
_OWN = frozenset({"KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"})
# These affect only logging or the places of files, or the benchmark sets them for each trial.
HARMLESS_VARIABLES = ("TF_CPP_", "KERAS_HOME", "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")
# Terraform shares TensorFlow's prefix; its variables do not affect training and can contain secrets.
_TERRAFORM = re.compile(
    r"TF_(CLI|VAR|TOKEN|REGISTRY|PLUGIN|LOG|STATE|REATTACH|ENCRYPTION)(_|$)"
    r"|TF_(INPUT|DATA_DIR|WORKSPACE|IN_AUTOMATION|IGNORE|APPEND_USER_AGENT|SKIP_REMOTE_TESTS)$"
)
_SECRET = re.compile("TOKEN|KEY|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_MAX_VALUE = 500
_MAX_CONFIG_BYTES = 65_536
_GIT_TIMEOUT_S = 10.0  # of a slow disk under a large repository
KERAS_DEFAULTS: Mapping[str, object] = {
    "floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last",
}  # fmt: skip


def read_libraries(version: Callable[[str], str] = metadata.version) -> dict[str, str]:
    """Return the versions of the installed packages of `LIBRARIES`, without importing any."""
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def read_build(pools: Callable[[], list[dict[str, Any]]] = threadpoolctl.threadpool_info) -> dict[str, str]:
    """Return how the libraries that this process has loaded were built: NumPy's BLAS, its version and its kernels.

    Reading TensorFlow's build flags requires importing TensorFlow: `bench env --check` shows them.
    """
    loaded = [pool for pool in pools() if pool.get("user_api") == "blas"]
    # SciPy's wheel contains a second BLAS; the order of the two varies from process to process.
    own = [pool for pool in loaded if _NUMPY & {*Path(pool.get("filepath", "")).parts[-3:-1]}] or loaded[:1]
    if not own:
        return {}
    return {"NumPy's BLAS": " ".join(str(own[0][key]) for key in _BLAS_KEYS if own[0].get(key))}


def read_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables that can change a run, by name; no other variable is ever recorded.

    Names that look like secrets are left out, and values are truncated to 500 characters.
    """
    return {name: environ[name][:_MAX_VALUE] for name in sorted(environ) if _changes_runs(name)}


def _changes_runs(name: str) -> bool:
    if name in _OWN or not (name.startswith(_PREFIXES) or name in _NAMES):
        return False
    return not _TERRAFORM.match(name) and not _SECRET.search(name)


def read_keras_config(environ: Mapping[str, str], home: Path | None = None) -> tuple[dict[str, str], str | None]:
    """Return the values of keras.json that are not Keras' defaults, as JSON text, and a note if it cannot be read.

    Keras looks in the folder of `find_keras_home`, or in `home`; a missing file means the defaults.
    """
    path = (home / ".keras" if home else find_keras_home(environ)) / "keras.json"
    try:
        if path.stat().st_size > _MAX_CONFIG_BYTES:
            return {}, "keras.json is larger than 64 KiB and was not read"
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"keras.json could not be read ({type(error).__name__})"
    if not isinstance(values, dict):
        return {}, "keras.json holds no table and was not read"
    changed = {key: value for key, value in values.items() if _is_changed(key, value)}
    return {key: json.dumps(value)[:_MAX_VALUE] for key, value in sorted(changed.items())}, None


def _is_changed(key: str, value: object) -> bool:
    """Return whether a key of keras.json changes a run; keys added by newer versions are off if false or null."""
    return value != KERAS_DEFAULTS[key] if key in KERAS_DEFAULTS else bool(value)


def read_git(folder: Path | None = None, exclude: Sequence[Path] = ()) -> tuple[str | None, bool | None, str | None]:
    """Return the commit of a folder, the current one by default, whether it was changed, and why there is none.

    Args:
        folder: in the repository.
        exclude: what makes no tree changed, such as the folder of results.
    """
    try:
        state = read_tree_state(folder or Path.cwd(), exclude, timeout_s=_GIT_TIMEOUT_S)
    except (GitError, FileNotFoundError) as error:
        return None, None, str(error).splitlines()[0]
    if state.commit is None:
        return None, None, "the repository has no commit yet"
    return state.commit, state.is_dirty, None
