# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import Any

import pytest

from bench.models.lstm import build_lstm, build_lstm_cpu, build_lstm_cudnn
from bench.networks.proof.kernel import find_recurrent_layers
from bench.networks.proof.trace_tensorflow import (
    UNPLACED,
    classify_layer,
    count_op_devices,
    count_op_types,
    short_device,
    trace_forward,
)
from bench.networks.training import compile_model


@pytest.mark.parametrize(
    ("op_types", "unroll", "path", "evidence"),
    [
        ({"CudnnRNNV3": 1, "While": 1}, False, "cudnn", "1 × CudnnRNNV3 in the traced graph"),
        ({"BlockLSTMV2": 1, "MatMul": 2}, False, "fused", "1 × BlockLSTMV2 in the traced graph"),
        ({"While": 2, "MatMul": 2}, False, "generic loop", "2 × While in the traced graph"),
        (
            {"While": 2, "XlaMustCompile": 2},
            False,
            "compiled loop",
            "2 × While, 2 × XlaMustCompile in the traced graph",
        ),
        ({"MatMul": 1, "XlaMustCompile": 2}, False, "not provable", "neither a loop nor a known kernel among 3"),
        ({"StatelessWhile": 1}, True, "generic loop", "1 × StatelessWhile in the traced graph"),
        ({"MatMul": 56, "Mul": 9}, True, "unrolled", "no loop and 56 × MatMul in the traced graph"),
        ({"MatMul": 56}, False, "not provable", "neither a loop nor a known kernel among 56 traced operations"),
        ({}, True, "not provable", "neither a loop nor a known kernel among 0 traced operations"),
    ],
)
def test_a_layers_operations_tell_its_kernel(op_types, unroll: bool, path: str, evidence: str) -> None:
    found = classify_layer("lstm", op_types, unroll=unroll)
    assert (found.layer, found.path) == ("lstm", path)
    assert found.evidence.startswith(evidence)


@pytest.mark.parametrize(
    ("device", "short"),
    [
        ("/job:localhost/replica:0/task:0/device:GPU:1", "GPU:1"),
        ("/device:CPU:0", "CPU:0"),
        ("", UNPLACED),
    ],
)
def test_devices_are_named_as_a_user_asks_for_them(device: str, short: str) -> None:
    assert short_device(device) == short


def _node(op: str, device: str = "", **functions: str) -> Any:
    attributes = {
        key: SimpleNamespace(func=SimpleNamespace(name=name), list=SimpleNamespace(func=()))
        for key, name in functions.items()
    }
    return SimpleNamespace(name=f"{op}_node", op=op, device=device, attr=attributes)


def _graph(nodes: list[Any], **functions: list[Any]) -> Any:
    library = [
        SimpleNamespace(
            signature=SimpleNamespace(name=name), node_def=body, attr=defaultdict(lambda: SimpleNamespace(b=False))
        )
        for name, body in functions.items()
    ]
    return SimpleNamespace(node=nodes, library=SimpleNamespace(function=library))


def test_operations_within_called_functions_count_at_any_depth_and_once_a_function() -> None:
    graph = _graph(
        [_node("While", body="outer"), _node("While", body="outer"), _node("Mul")],
        outer=[_node("PartitionedCall", f="inner")],
        inner=[_node("CudnnRNNV3"), _node("While", body="inner")],
        unused=[_node("Conv2D")],
    )
    assert +count_op_types(graph) == {"While": 3, "Mul": 1, "PartitionedCall": 1, "CudnnRNNV3": 1}
    assert count_op_types(graph, ["Mul_node"]) == {"Mul": 1}


def test_a_function_that_xla_must_compile_counts_once() -> None:
    graph = _graph([_node("PartitionedCall", f="loop"), _node("PartitionedCall", f="loop")], loop=[_node("While")])
    graph.library.function[0].attr["_XlaMustCompile"] = SimpleNamespace(b=True)
    assert count_op_types(graph) == {"PartitionedCall": 2, "While": 1, "XlaMustCompile": 1}


def test_operations_are_counted_by_device_with_their_functions() -> None:
    gpu, cpu = "/job:localhost/replica:0/task:0/device:GPU:0", "/job:localhost/replica:0/task:0/device:CPU:0"
    graph = _graph([_node("MatMul", gpu), _node("Mul", cpu)], body=[_node("Add", gpu)])
    assert count_op_devices([graph, _graph([_node("Identity")])]) == {"GPU:0": 2, "CPU:0": 1, UNPLACED: 1}


def _train_step_types(model: Any, shape: tuple[int, ...]) -> Counter[str]:
    """Trace what `fit` traces: the model's own train step, with loss, gradient and update."""
    import keras
    import tensorflow as tf

    # Trace through Keras' symbolic build, as its trainer does where it may not create variables while tracing.
    spec = (keras.KerasTensor((4, *shape)), keras.KerasTensor((4,), dtype="int64"))
    model._symbolic_build(data_batch=spec)
    step = tf.function(model.train_step, autograph=False)
    specs = (tf.TensorSpec((4, *shape), tf.float32), tf.TensorSpec((4,), tf.int64))
    return count_op_types(step.get_concrete_function(specs).graph.as_graph_def())


@pytest.mark.training
@pytest.mark.usefixtures("visible_gpu")
def test_with_a_gpu_visible_the_train_step_of_the_cudnn_variant_holds_cudnns_kernels() -> None:
    model = build_lstm_cudnn((3, 2), 4, units=5)
    compile_model(model)
    types = _train_step_types(model, (3, 2))
    assert (types["CudnnRNNV3"], types["CudnnRNNBackpropV3"], types["While"]) == (2, 2, 0)


@pytest.mark.training
@pytest.mark.usefixtures("visible_gpu")
@pytest.mark.parametrize("build", [build_lstm, build_lstm_cpu])
def test_with_a_gpu_visible_the_train_step_of_the_others_holds_none(build) -> None:
    model = build((3, 2), 4, units=5)
    compile_model(model)
    types = _train_step_types(model, (3, 2))
    assert not [name for name in types if name.startswith("Cudnn")]
    assert types["While"] >= 2


@pytest.mark.training
@pytest.mark.usefixtures("visible_gpu")
@pytest.mark.parametrize(
    ("build", "path"), [(build_lstm_cudnn, "cudnn"), (build_lstm, "generic loop"), (build_lstm_cpu, "generic loop")]
)
def test_the_cheaper_forward_trace_gives_the_train_steps_answer_layer_by_layer(build, path: str) -> None:
    model = build((3, 2), 4, units=5)
    layers = list(find_recurrent_layers(model))
    function, op_names = trace_forward(model, layers, (3, 2))
    graph_def = function.graph.as_graph_def()
    for layer in layers:
        types = count_op_types(graph_def, op_names[id(layer)])
        assert classify_layer(layer.name, types, unroll=False).path == path


@pytest.mark.training
@pytest.mark.usefixtures("visible_gpu")
def test_layers_of_one_model_are_told_apart_whatever_their_names() -> None:
    import keras

    layers = [
        keras.layers.LSTM(4, return_sequences=True, use_cudnn=True, name="lstm"),
        keras.layers.LSTM(4, return_sequences=True, activation="relu", name="lstm_1"),
        keras.layers.LSTM(4, use_cudnn=False, unroll=True, name="lstm_1_1"),
    ]
    model = keras.Sequential([keras.Input(shape=(3, 2)), *layers])
    function, op_names = trace_forward(model, layers, (3, 2))
    graph_def = function.graph.as_graph_def()
    paths = [
        classify_layer(layer.name, count_op_types(graph_def, op_names[id(layer)]), unroll=layer.unroll).path
        for layer in layers
    ]
    assert paths == ["cudnn", "generic loop", "unrolled"]
