# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from typing import Any

import numpy as np
import pytest

from bench.errors import EXIT_USAGE
from bench.models.cnn import build_cnn, build_cnn_deep
from bench.models.lstm import build_lstm, build_lstm_cpu, build_lstm_cudnn
from bench.networks.proof.kernel import (
    KernelPathError,
    LayerPath,
    check_kernel_path,
    find_recurrent_layers,
    find_unmet_conditions,
    has_visible_gpu,
    resolve_execution,
)
from bench.networks.registry import builtin_models
from bench.networks.training import compile_model

CUDNN = LayerPath(layer="lstm_1", path="cudnn", evidence="1 × CudnnRNNV3 in the traced graph")
LOOP = LayerPath(layer="lstm_2", path="generic loop", evidence="1 × While in the traced graph")
UNPROVEN = LayerPath(
    layer="lstm_2", path="not provable", evidence="neither a loop nor a known kernel among 9 traced operations"
)


@pytest.mark.parametrize(
    ("model", "paths"),
    [("lstm-cudnn", (CUDNN, CUDNN)), ("lstm-cpu", (LOOP, LOOP)), ("lstm", (LOOP,)), ("cnn", ()), ("cnn", (CUDNN,))],
)
def test_a_proven_path_passes(model: str, paths: tuple[LayerPath, ...]) -> None:
    assert check_kernel_path(builtin_models()[model], paths) is None


@pytest.mark.parametrize("paths", [(CUDNN, LOOP), (CUDNN, UNPROVEN)])
def test_cudnn_is_refused_unless_every_layer_proves_it_and_the_layer_is_named(paths: tuple[LayerPath, ...]) -> None:
    spec = builtin_models()["lstm-cudnn"]
    unmet = {"lstm_1": (), "lstm_2": ("activation must be tanh, received relu",)}
    with pytest.raises(KernelPathError) as caught:
        check_kernel_path(spec, paths, unmet)
    message = str(caught.value)
    assert f"received lstm_2: {paths[1].path} ({paths[1].evidence})" in message
    assert "condition not met: activation must be tanh, received relu (lstm_2)" in message
    assert caught.value.exit_code == EXIT_USAGE


def test_cudnn_is_refused_where_there_is_no_recurrent_layer_to_prove() -> None:
    with pytest.raises(KernelPathError, match="received no recurrent layer; every condition that can be seen is met"):
        check_kernel_path(builtin_models()["lstm-cudnn"], ())


@pytest.mark.parametrize("model", ["lstm", "lstm-cpu"])
def test_a_cudnn_kernel_is_refused_where_none_may_be(model: str) -> None:
    with pytest.raises(KernelPathError, match=r"expects no cuDNN kernel .* received lstm_1: cudnn"):
        check_kernel_path(builtin_models()[model], (CUDNN, LOOP))


@pytest.mark.training
@pytest.mark.parametrize(
    ("settings", "condition"),
    [
        ({"activation": "relu"}, "activation must be tanh, received relu"),
        ({"recurrent_activation": "hard_sigmoid"}, "recurrent_activation must be sigmoid, received hard_sigmoid"),
        ({"use_bias": False}, "use_bias must be True, received False"),
        ({"unroll": True}, "unroll must be False, received True"),
        ({"recurrent_dropout": 0.25}, "recurrent_dropout must be 0, received 0.25"),
        ({"use_cudnn": False}, "use_cudnn must be True, received False"),
    ],
)
def test_each_condition_that_a_layer_does_not_meet_is_named(settings: dict[str, Any], condition: str) -> None:
    import keras

    model = keras.Sequential([keras.Input(shape=(3, 2)), keras.layers.LSTM(4, name="memory", **settings)])
    assert find_unmet_conditions(model, has_gpu=True) == {"memory": (condition,)}
    assert find_unmet_conditions(model, has_gpu=False)["memory"][1:] == ("a GPU must be visible, received none",)


@pytest.mark.training
def test_other_recurrent_layers_have_conditions_of_their_own() -> None:
    import keras

    layers = [keras.layers.GRU(4, reset_after=False, return_sequences=True), keras.layers.SimpleRNN(4)]
    model = keras.Sequential([keras.Input(shape=(3, 2)), *layers])
    assert list(find_unmet_conditions(model, has_gpu=True).values()) == [
        ("reset_after must be True, received False",),
        ("the layer must be an LSTM or GRU, received SimpleRNN",),
    ]


@pytest.mark.training
@pytest.mark.parametrize(
    ("backend", "unmet"),
    [("tensorflow", ()), ("jax", ("no mask may come with the backend jax, received one from hide_zeros",))],
)
def test_a_mask_is_named_where_the_backend_takes_none(
    backend: str, unmet: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    layers = [keras.layers.Masking(name="hide_zeros"), keras.layers.LSTM(4, name="memory")]
    model = keras.Sequential([keras.Input(shape=(3, 2)), *layers])
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    assert find_unmet_conditions(model, has_gpu=True) == {"memory": unmet}


@pytest.mark.training
@pytest.mark.parametrize(
    ("jit", "unmet"),
    [("off", ()), ("on", ("the step must not be compiled with the backend torch, received --jit on",))],
)
def test_a_compiled_step_is_named_where_pytorch_compiles_it(
    jit: Any, unmet: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    model = keras.Sequential([keras.Input(shape=(3, 2)), keras.layers.LSTM(4, use_cudnn=False, name="memory")])
    compile_model(model, jit=jit)
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert find_unmet_conditions(model, has_gpu=True)["memory"][1:] == unmet


@pytest.mark.training
def test_the_cudnn_variant_meets_every_condition_where_a_gpu_is_visible() -> None:
    model = build_lstm_cudnn((3, 2), 4, units=5)
    assert find_unmet_conditions(model, has_gpu=True) == {"lstm_1": (), "lstm_2": ()}


@pytest.mark.training
def test_recurrent_layers_are_found_in_nested_models_and_wrappers() -> None:
    import keras

    inner = keras.Sequential([keras.Input(shape=(3, 2)), keras.layers.GRU(4, return_sequences=True, name="gru")])
    both = keras.layers.Bidirectional(keras.layers.LSTM(4, name="lstm"))
    model = keras.Sequential([keras.Input(shape=(3, 2)), inner, both, keras.layers.Dense(2)])
    assert [layer.name for layer in find_recurrent_layers(model)] == ["gru", "forward_lstm", "backward_lstm"]


@pytest.mark.training
def test_a_visible_gpu_is_asked_of_the_backend(visible_gpu: None) -> None:  # noqa: ARG001
    assert has_visible_gpu()


@pytest.mark.training
def test_asking_for_cudnn_without_a_gpu_names_the_unmet_condition_and_keeps_keras_error() -> None:
    with pytest.raises(KernelPathError, match=r"a GPU must be visible, received none \(lstm_1, lstm_2\)") as caught:
        resolve_execution(build_lstm_cudnn((3, 2), 4, units=5), (3, 2))
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.training
def test_another_error_of_the_model_is_not_taken_for_a_missing_cudnn() -> None:
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        resolve_execution(build_lstm_cpu((3, 2), 4, units=5), (3, 7))


@pytest.mark.training
@pytest.mark.parametrize(
    ("build", "options", "path"),
    [
        (build_lstm, {}, "generic loop"),
        (build_lstm, {"unroll": True}, "unrolled"),
        (build_lstm_cpu, {}, "generic loop"),
    ],
)
def test_without_a_gpu_each_layer_runs_what_it_was_built_to_run(build, options, path: str) -> None:
    execution = resolve_execution(build((3, 2), 4, units=5, **options), (3, 2))
    assert [(layer.layer, layer.path) for layer in execution.layer_paths] == [("lstm_1", path), ("lstm_2", path)]
    assert set(execution.op_devices) == {"CPU:0"}
    assert execution.op_devices["CPU:0"] > 0


@pytest.mark.training
def test_what_else_ran_between_two_proofs_is_not_counted() -> None:
    """A data set's functions name no device; TensorFlow once went on collecting graphs after the first proof."""
    import tensorflow as tf

    def prove():
        return resolve_execution(build_lstm((3, 2), 4, units=5), (3, 2)).op_devices

    first = prove()
    list(tf.data.Dataset.range(2).map(lambda number: number + 1))
    assert prove() == first


@pytest.mark.training
def test_a_convolutional_network_has_no_kernel_to_prove_but_a_device() -> None:
    execution = resolve_execution(build_cnn((10, 10, 1), 4, filters=2), (10, 10, 1))
    assert execution.layer_paths == ()
    assert set(execution.op_devices) == {"CPU:0"}


@pytest.mark.training
@pytest.mark.parametrize(("build", "shape"), [(build_lstm, (3, 2)), (build_cnn_deep, (4, 4, 1))])
def test_resolving_leaves_weights_optimizer_and_random_state_as_they_were(build, shape: tuple[int, ...]) -> None:
    model = build(shape, 4)
    compile_model(model)
    model.optimizer.build(model.trainable_variables)
    before = [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]
    resolve_execution(model, shape)
    after = [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]
    assert len(before) == len(after)
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))
    assert not any("call" in vars(layer) for layer in model.layers)


@pytest.mark.training
def test_training_after_resolving_goes_as_without_it() -> None:
    import keras

    losses = []
    for resolve in (False, True):
        keras.utils.set_random_seed(3)
        memory = keras.layers.SimpleRNN(4, unroll=True)
        model = keras.Sequential(
            [keras.Input(shape=(3, 2)), memory, keras.layers.Dropout(0.5), keras.layers.Dense(4, activation="softmax")]
        )
        compile_model(model)
        if resolve:
            resolve_execution(model, (3, 2))
        x, y = np.random.default_rng(0).random((8, 3, 2), dtype=np.float32), np.arange(8) % 4
        losses.append(model.fit(x, y, batch_size=4, epochs=2, verbose=0).history["loss"])
    assert losses[0] == losses[1]
