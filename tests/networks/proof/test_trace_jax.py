import importlib.util
import os
import subprocess
import sys

import pytest

from bench.networks.proof.trace_jax import classify_layer

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
import jax
import jaxlib.gpu_rnn
import keras
from bench.models import lstm, lstm_both_ways
from bench.networks.proof.kernel import resolve_execution

def prove(build, **options):
    model = build((3, 2), 4, units=5, **options)
    before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    paths = resolve_execution(model, (3, 2)).layer_paths
    after = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    assert all((old == new).all() for old, new in zip(before, after))
    print(model.name, *(f"{path.layer}: {path.path}" for path in paths), sep=", ")

prove(lstm.build_lstm)
prove(lstm.build_lstm, unroll=True)
# What Keras asks before it takes cuDNN, and what cuDNN would say of the memory it needs; tracing needs no device.
jax.default_backend = lambda: "gpu"
jaxlib.gpu_rnn.compute_rnn_workspace_reserve_space_sizes = lambda *_: (0, 16)
prove(lstm.build_lstm)
prove(lstm.build_lstm_cpu)
prove(lstm.build_lstm_cudnn)
prove(lstm_both_ways.build_lstm_both_ways)  # Keras runs both directions in one call of cuDNN's
"""


@needs_jax
@pytest.mark.training
def test_each_variant_is_proven_on_jax_and_nothing_changes() -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "lstm, lstm_1: generic loop, lstm_2: generic loop",
        "lstm, lstm_1: unrolled, lstm_2: unrolled",
        "lstm, lstm_1: generic loop, lstm_2: generic loop",
        "lstm_cpu, lstm_1: generic loop, lstm_2: generic loop",
        "lstm_cudnn, lstm_1: cudnn, lstm_2: cudnn",
        "lstm_both_ways, forward_lstm: cudnn, backward_lstm: cudnn",
    ]
