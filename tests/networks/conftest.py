"""A GPU that Keras believes in, and cuDNN's LSTM written out for a CPU, so that its path can be built and run here."""

# ruff: noqa: PLC0415 - a framework is imported when a test runs, not when it is collected

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def visible_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let TensorFlow list one GPU, as it would on a machine with one; nothing can run on it."""
    import tensorflow as tf

    list_devices = tf.config.list_logical_devices
    gpu = tf.config.LogicalDevice(name="/device:GPU:0", device_type="GPU")

    def list_with_gpu(device_type: str | None = None) -> list[Any]:
        return [gpu] if device_type == "GPU" else list_devices(device_type)

    monkeypatch.setattr(tf.config, "list_logical_devices", list_with_gpu)


@pytest.fixture
def emulated_cudnn(visible_gpu: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:  # noqa: ARG001
    """Put a plain program in the place of the op `CudnnRNNV3`, so that Keras' cuDNN path computes on a CPU."""
    import tensorflow as tf

    monkeypatch.setattr(tf.raw_ops, "CudnnRNNV3", run_cudnn_lstm)
    return run_cudnn_lstm


def run_cudnn_lstm(*, input: Any, input_h: Any, input_c: Any, params: Any, time_major: bool, **_: Any) -> Any:  # noqa: A002
    """Compute what `CudnnRNNV3` documents for one LSTM layer and inputs of shape (batch, steps, features).

    The flat `params` hold, for the gates input, forget, cell, output: four input matrices (units, features), four
    recurrent matrices (units, units), four input biases and four recurrent biases, matrices in row order.
    """
    import tensorflow as tf

    assert not time_major
    _, steps, features = input.shape
    units = input_h.shape[-1]
    parts = tf.split(params, [units * features] * 4 + [units * units] * 4 + [units] * 8)
    from_input = [tf.reshape(part, (units, features)) for part in parts[:4]]
    from_state = [tf.reshape(part, (units, units)) for part in parts[4:8]]
    biases = [parts[8 + gate] + parts[12 + gate] for gate in range(4)]
    h, c, outputs = input_h[:, 0], input_c[:, 0], []
    for step in range(steps):
        i, f, g, o = (
            tf.matmul(input[:, step], w, transpose_b=True) + tf.matmul(h, r, transpose_b=True) + b
            for w, r, b in zip(from_input, from_state, biases, strict=True)
        )
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        outputs.append(h)
    return tf.stack(outputs, axis=1), h[:, None], c[:, None], tf.zeros(()), tf.zeros(())
