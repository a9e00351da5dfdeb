import importlib.util
import os
import subprocess
import sys

import pytest

from models.trace_torch import classify_layer

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="the extra 'torch' is not installed")


@pytest.mark.parametrize(
    ("op_types", "unroll", "path", "evidence"),
    [
        ({"aten::_cudnn_rnn": 1, "aten::cat": 3}, False, "cudnn", "1 × aten::_cudnn_rnn dispatched"),
        ({"aten::mkldnn_rnn_layer": 1}, False, "fused", "1 × aten::mkldnn_rnn_layer dispatched"),
        (
            {"aten::mm": 28, "aten::addmm": 1},
            False,
            "generic loop",
            "no recurrent kernel and 29 matrix products dispatched",
        ),
        ({"aten::mm": 56}, True, "unrolled", "no recurrent kernel and 56 matrix products dispatched"),
        ({"aten::add": 4}, False, "not provable", "no product among 4 dispatched operations"),
    ],
)
def test_a_layers_dispatched_operations_tell_its_kernel(op_types, unroll: bool, path: str, evidence: str) -> None:
    found = classify_layer("lstm", op_types, unroll=unroll)
    assert (found.layer, found.path, found.evidence) == ("lstm", path, evidence)


PROGRAM = """
import sys
import keras
from models import lstm
from models.path import check_kernel_path, find_unmet_conditions, resolve_execution
from models.registry import builtin_models

model = getattr(lstm, sys.argv[1])((3, 2), 4, units=5)
before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
execution = resolve_execution(model, (3, 2))
after = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
assert all((old == new).all() for old, new in zip(before, after))
print(*(f"{path.layer}: {path.path}" for path in execution.layer_paths), *execution.op_devices, sep=", ")
spec = builtin_models()[sys.argv[1].removeprefix("build_").replace("_", "-")]
check_kernel_path(spec, execution.layer_paths, find_unmet_conditions(model, has_gpu=False))
"""


def _run(build: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, build], capture_output=True, text=True, check=False, env=environment
    )


@needs_torch
@pytest.mark.training
@pytest.mark.parametrize("build", ["build_lstm", "build_lstm_cpu"])
def test_a_loop_is_proven_on_pytorch_and_nothing_changes(build: str) -> None:
    result = _run(build)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "lstm_1: generic loop, lstm_2: generic loop, CPU"


@needs_torch
@pytest.mark.training
def test_keras_silent_fall_back_from_cudnn_on_pytorch_is_found_out() -> None:
    result = _run("build_lstm_cudnn")
    assert "lstm_1: generic loop" in result.stdout
    assert "a GPU must be visible, received none" in result.stderr.splitlines()[-1]
