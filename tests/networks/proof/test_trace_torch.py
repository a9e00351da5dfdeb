import importlib.util
import os
import subprocess
import sys
from typing import Any

import pytest

from bench.networks.inputs import NetworkInput
from bench.networks.proof.trace_torch import classify_layer, prove_module
from bench.networks.pytorch.network import TorchNetwork

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


def test_cudnn_of_an_uncompiled_pass_proves_nothing_of_a_compiled_step() -> None:
    found = classify_layer("lstm", {"aten::_cudnn_rnn": 1}, unroll=False, compiled=True)
    assert (found.path, found.evidence) == (
        "not provable",
        "1 × aten::_cudnn_rnn dispatched uncompiled, and Keras compiles without it",
    )
    assert classify_layer("lstm", {"aten::mm": 28}, unroll=False, compiled=True).path == "generic loop"


PROGRAM = """
import keras
import torch
from bench.models import lstm, lstm_both_ways
from bench.networks.proof import trace_torch
from bench.networks.proof.kernel import KernelPathError, check_kernel_path, find_unmet_conditions, resolve_execution
from bench.networks.registry import builtin_models
from bench.networks.training import compile_model

def prove(build, name):
    model = build((3, 2), 4, units=5)
    before = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    execution = resolve_execution(model, (3, 2))
    after = [keras.ops.convert_to_numpy(variable) for variable in model.variables]
    assert all((old == new).all() for old, new in zip(before, after))
    print(name, *(f"{path.layer}: {path.path}" for path in execution.layer_paths), *execution.op_devices, sep=", ")
    check_kernel_path(builtin_models()[name], execution.layer_paths, find_unmet_conditions(model, has_gpu=False))

prove(lstm.build_lstm, "lstm")
prove(lstm.build_lstm_cpu, "lstm-cpu")
try:
    prove(lstm.build_lstm_cudnn, "lstm-cudnn")
except KernelPathError as error:
    print(error)
def run_both(layer, sequences, initial_state):
    return torch.nn.LSTM(2, 5, batch_first=True, bidirectional=True)(sequences)[0][:, -1]

# As on a GPU, where Keras runs both directions in one call, and calls neither layer.
keras.layers.Bidirectional._call_fused_lstm = run_both
execution = resolve_execution(lstm_both_ways.build_lstm_both_ways((3, 2), 4, units=5), (3, 2))
print(*(f"{path.layer}: {path.path}" for path in execution.layer_paths), sep=", ")
# As if the products were a GPU's cuDNN: what a compiled step runs in its place cannot be seen.
trace_torch._CUDNN = frozenset(trace_torch._PRODUCTS)
for jit in ("off", "on"):
    model = lstm.build_lstm_cpu((3, 2), 4, units=5)
    compile_model(model, jit=jit)
    print(jit, *(path.path for path in resolve_execution(model, (3, 2)).layer_paths), sep=", ")
"""


@needs_torch
@pytest.mark.training
def test_loops_are_proven_on_pytorch_and_keras_silent_fall_back_from_cudnn_is_found_out() -> None:
    environment = os.environ | {"KERAS_BACKEND": "torch"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=environment
    )
    assert result.returncode == 0, result.stderr
    *proofs, refusal, both_ways, uncompiled, compiled = result.stdout.splitlines()
    assert both_ways == "forward_lstm: fused, backward_lstm: fused"
    assert proofs == [
        "lstm, lstm_1: generic loop, lstm_2: generic loop, CPU",
        "lstm-cpu, lstm_1: generic loop, lstm_2: generic loop, CPU",
        "lstm-cudnn, lstm_1: generic loop, lstm_2: generic loop, CPU",
    ]
    assert "expects cuDNN in every recurrent layer, received lstm_1: generic loop" in refusal
    assert "a GPU must be visible, received none (lstm_1, lstm_2)" in refusal
    assert (uncompiled, compiled) == ("off, cudnn, cudnn", "on, not provable, not provable")


@pytest.mark.training
def test_a_pytorch_networks_kernels_are_those_that_it_dispatched(torch: Any) -> None:
    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = torch.nn.LSTM(3, 4, num_layers=2, batch_first=True)
            self.gru = torch.nn.GRU(4, 4, batch_first=True)
            self.cell = torch.nn.LSTMCell(4, 2)

        def forward(self, x: Any) -> Any:
            return self.cell(self.gru(self.lstm(x)[0])[0][:, -1])[0]

    network = TorchNetwork(Net(), NetworkInput((5, 3), "sequence"))
    execution = prove_module(network)
    assert [(path.layer, path.path) for path in execution.layer_paths] == [
        ("lstm", "fused"),
        ("gru", "generic loop"),
        ("cell", "generic loop"),
    ]
    assert execution.layer_paths[0].evidence == "2 × aten::mkldnn_rnn_layer dispatched"
    assert list(execution.op_devices) == ["CPU"]
    network.is_compiled = True
    path = prove_module(network).layer_paths[0]
    assert (path.path, "dispatched uncompiled" in path.evidence) == ("not provable", True)
