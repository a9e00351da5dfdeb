import importlib.util
import os
import subprocess
import sys

import pytest

from models.trace_jax import classify_layer

needs_jax = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="the extra 'jax' is not installed")


@pytest.mark.parametrize(
    ("primitives", "unroll", "path", "evidence"),
    [
        ({"rnn_fwd": 1, "transpose": 3}, False, "cudnn", "primitive rnn_fwd in the jaxpr"),
        ({"scan": 1, "dot_general": 2}, False, "generic loop", "1 × scan in the jaxpr"),
        ({"while": 2}, True, "generic loop", "2 × while in the jaxpr"),
        ({"dot_general": 56}, True, "unrolled", "no loop and 56 × dot_general in the jaxpr"),
        ({"dot_general": 56}, False, "not provable", "neither a loop nor a known kernel among 56 primitives"),
    ],
)
def test_a_layers_primitives_tell_its_kernel(primitives, unroll: bool, path: str, evidence: str) -> None:
    found = classify_layer("lstm", primitives, unroll=unroll)
    assert (found.layer, found.path, found.evidence) == ("lstm", path, evidence)


PROGRAM = """
import sys
import jax, keras
from models import lstm
from models.path import resolve_execution

if sys.argv[2] == "gpu":
    jax.default_backend = lambda: "gpu"  # what Keras asks before it takes cuDNN; tracing needs no device
model = getattr(lstm, sys.argv[1])((3, 2), 4, units=5, **({"unroll": True} if sys.argv[2] == "unroll" else {}))
before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
paths = resolve_execution(model, (3, 2)).layer_paths
after = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
assert all((old == new).all() for old, new in zip(before, after))
print(*(f"{path.layer}: {path.path}" for path in paths), sep=", ")
"""


@needs_jax
@pytest.mark.training
@pytest.mark.parametrize(
    ("build", "setting", "path"),
    [
        ("build_lstm", "cpu", "generic loop"),
        ("build_lstm", "unroll", "unrolled"),
        ("build_lstm_cpu", "gpu", "generic loop"),
        ("build_lstm_cudnn", "gpu", "cudnn"),
    ],
)
def test_each_variant_is_proven_on_jax_and_nothing_changes(build: str, setting: str, path: str) -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", PROGRAM, build, setting]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert result.stdout.splitlines()[-1] == f"lstm_1: {path}, lstm_2: {path}"
