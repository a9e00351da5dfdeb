# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bench.errors import ConfigError, DataError
from bench.models.lstm import build_lstm_cpu, build_lstm_cudnn
from bench.models.weights import convert_cudnn_lstm, copy_weights, read_tf1_weights, set_weights


def test_each_gates_buffer_is_read_in_row_order_and_transposed_as_worked_by_hand() -> None:
    # A gate of 3 features and 2 units lies in memory as 1 2 3 4 5 6. cuDNN reads (2, 3): [1 2 3], [4 5 6]; its
    # transpose is what an LSTM multiplies by. A state's gate of 2×2 is plainly transposed.
    gate = np.array([[1.0, 2], [3, 4], [5, 6]])
    state = np.array([[1.0, 2], [3, 4]])
    kernel, recurrent_kernel, _ = convert_cudnn_lstm(
        np.hstack([gate, gate + 10, gate + 20, gate + 30]), np.hstack([state] * 4), np.zeros(16)
    )
    turned = np.array([[1.0, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(kernel, np.hstack([turned, turned + 10, turned + 20, turned + 30]))
    np.testing.assert_array_equal(recurrent_kernel, np.hstack([[[1.0, 3], [2, 4]]] * 4))


def test_the_two_biases_of_each_gate_are_summed() -> None:
    # TF1 starts with 1 in the state's forget gate: the sixth of eight blocks, so the second of four
    bias = np.array([1.0, 2, 3, 4, 10, 20, 30, 40])
    assert convert_cudnn_lstm(np.zeros((1, 4)), np.zeros((1, 4)), bias)[2].tolist() == [11, 22, 33, 44]


def test_a_keras_lstms_bias_is_no_cudnn_layers() -> None:
    with pytest.raises(DataError, match=r"\(8·units,\), received \(3, 8\), \(2, 8\) and \(8,\)"):
        convert_cudnn_lstm(np.zeros((3, 8)), np.zeros((2, 8)), np.zeros(8))


def _write_h5(path: Path, layers: dict[str, list[np.ndarray]], *, group: str | None = None) -> Path:
    with h5py.File(path, "w") as file:
        root = file.create_group(group) if group else file
        root.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            names = [f"{name}/array_{place}:0" for place in range(len(arrays))]
            folder = root.create_group(name)
            folder.attrs["weight_names"] = [text.encode() for text in names]
            for text, array in zip(names, arrays, strict=True):
                folder[text] = array
    return path


@pytest.mark.parametrize("group", [None, "model_weights"])
def test_an_old_file_is_read_in_the_order_of_its_layers(tmp_path: Path, group: str | None) -> None:
    layers = {"z_first": [np.arange(3.0), np.arange(2.0)], "dropout": [], "a_second": [np.ones(4)]}
    arrays = read_tf1_weights(_write_h5(tmp_path / "old.h5", layers, group=group))
    assert [array.tolist() for array in arrays] == [[0, 1, 2], [0, 1], [1, 1, 1, 1]]


@pytest.mark.parametrize("content", [b"no HDF5", b""])
def test_another_kind_of_file_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"expects the HDF5 layout of Keras 2.*save_weights"):
        read_tf1_weights(path)


def test_an_hdf5_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.ones(2)
    with pytest.raises(DataError, match="layer_names"):
        read_tf1_weights(tmp_path / "other.h5")


def _gradients(model: Any, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Outputs without dropout, and the gradients of a fixed weighting of them."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        outputs = model(x, training=False)
        target = tf.reduce_sum(outputs * tf.range(1.0, outputs.shape[-1] + 1))
    return outputs.numpy(), [gradient.numpy() for gradient in tape.gradient(target, model.trainable_variables)]


@pytest.mark.training
@pytest.mark.usefixtures("emulated_cudnn")
def test_with_the_same_weights_both_variants_give_the_same_outputs_and_gradients() -> None:
    source, target = build_lstm_cudnn((5, 3), 4, units=6), build_lstm_cpu((5, 3), 4, units=6)
    copy_weights(source, target)
    x = np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)
    (cudnn_outputs, cudnn_gradients), (outputs, gradients) = _gradients(source, x), _gradients(target, x)
    np.testing.assert_allclose(outputs, cudnn_outputs, rtol=1e-5, atol=1e-7)
    assert len(gradients) == 10
    for gradient, cudnn_gradient in zip(gradients, cudnn_gradients, strict=True):
        np.testing.assert_allclose(gradient, cudnn_gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.training
def test_imported_cudnn_weights_compute_what_tf1_computed(emulated_cudnn: Callable[..., Any]) -> None:
    """TF1's layer handed its variables to cuDNN as they lay in memory: gates split, flattened, biases at the end."""
    import keras

    random = np.random.default_rng(1)
    features, units = 3, 4
    kernel, state, bias = (
        random.standard_normal(shape).astype(np.float32)
        for shape in ((features, 4 * units), (units, 4 * units), (8 * units,))
    )
    x = random.standard_normal((2, 5, features)).astype(np.float32)
    flat = [gate.ravel() for matrix in (kernel, state) for gate in np.split(matrix, 4, axis=1)]
    zeros = np.zeros((2, 1, units), np.float32)
    expected = emulated_cudnn(
        input=x, input_h=zeros, input_c=zeros, params=np.concatenate([*flat, bias]), time_major=False
    )[0]
    model = keras.Sequential(
        [keras.Input(shape=(5, features)), keras.layers.LSTM(units, return_sequences=True, use_cudnn=False)]
    )
    set_weights(model, [kernel, state, bias])
    np.testing.assert_allclose(model(x), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.training
def test_a_whole_tf1_file_fits_the_network_that_it_became(tmp_path: Path) -> None:
    model = build_lstm_cpu((5, 3), 4, units=2)
    layers = {
        "cu_dnnlstm": [np.ones((3, 8)), np.ones((2, 8)), np.ones(16)],
        "cu_dnnlstm_1": [np.ones((2, 8)), np.ones((2, 8)), np.ones(16)],
        "dense": [np.ones((2, 32)), np.ones(32)],
        "dense_1": [np.ones((32, 4)), np.ones(4)],
    }
    set_weights(model, read_tf1_weights(_write_h5(tmp_path / "tf1.h5", layers)))
    assert [float(array.flat[0]) for array in model.get_weights()] == [1, 1, 2, 1, 1, 2, 1, 1, 1, 1]


@pytest.mark.training
def test_weights_of_another_size_are_refused_with_both_shapes() -> None:
    with pytest.raises(ConfigError, match=r"expects weights of shapes .*\(3, 24\).*, received .*\(3, 20\)"):
        copy_weights(build_lstm_cpu((5, 3), 4, units=5), build_lstm_cpu((5, 3), 4, units=6))
