"""An LSTM layer for the CPU: function and weights of `keras.layers.LSTM`, and each half of a batch on its own core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from .parts import CutsBatches, part_sizes
from .recurrence import ACTIVATIONS, NUM_GATES, Recurrence, compile_recurrence

# Sixteen rows keep what a part stores for its gradient in a core's own cache: batches of 512 train 1.05 to 1.08 times
# as fast in 32 parts as in 8. Tracing costs some 50 ms for each part, once.
ROWS_A_PART = 16


@keras.saving.register_keras_serializable("rnn_or_cnn")
class FastLSTM(CutsBatches, keras.layers.LSTM):
    """Keras' LSTM with the loops compiled by XLA, products hoisted out of them, and a hand-written gradient.

    A batch is cut into parts that run side by side, so threads between operations are what it wants, and one within an
    operation (`--intra-op-threads 1`). Outputs and gradients are those of `keras.layers.LSTM` but for rounding.

    Args:
        units: width of the state.
        num_parts: parts of a batch; None for one per 16 examples, at least one a thread and at most 32, and 1 on a GPU.
            Where the size is open in a traced graph, as in `fit` with a last batch that is smaller, it is taken to be
            what `expect_batches_of` named; where nothing was named, there is one part a thread.
        kwargs: as for `keras.layers.LSTM`; an initial state, masks, dropout inside the layer, and running backwards,
            stateful or unrolled are not there.

    Input shape: (B, T, F) with T known.

    Output shape: (B, T, units) with `return_sequences`, else (B, units).

    Raises:
        ValueError: for an option that the compiled loop does not have, for sequences of an unknown number of steps, or
            on another backend than TensorFlow.
    """

    # The layer whose products `bench.networks.flops` counts for this one.
    function_of = "LSTM"
    takes_masks = False

    def __init__(self, units: int, *, num_parts: int | None = None, **kwargs: Any) -> None:
        super().__init__(units, **{"use_cudnn": False, **kwargs})
        if keras.backend.backend() != "tensorflow":
            raise ValueError(f"FastLSTM expects the backend tensorflow, received {keras.backend.backend()}")
        self._check_options()
        self.num_parts = num_parts

    def _check_options(self) -> None:
        allowed = (
            ("activation", self.activation.__name__, tuple(ACTIVATIONS)),
            ("recurrent_activation", self.recurrent_activation.__name__, ("sigmoid",)),
            ("use_bias", self.use_bias, (True,)),
            *(
                (name, getattr(self, name), (False, 0))
                for name in ("dropout", "recurrent_dropout", "go_backwards", "stateful", "unroll", "return_state")
            ),
        )
        for name, received, expected in allowed:
            if received not in expected:
                raise ValueError(
                    f"FastLSTM expects {name} to be {' or '.join(map(str, expected))}, received {received}; "
                    "use keras.layers.LSTM for it"
                )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again."""
        return {**super().get_config(), "num_parts": self.num_parts}

    def build(self, sequences_shape: tuple[int | None, ...], initial_state_shape: Any = None) -> None:
        """Create the weights, as `keras.layers.LSTM` does."""
        _check_steps(sequences_shape)
        super().build(sequences_shape, initial_state_shape)

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:  # noqa: ARG002 - Keras' signature
        """Return the states of all steps or of the last one."""
        if initial_state is not None or mask is not None:
            raise ValueError("FastLSTM expects neither an initial state nor a mask; use keras.layers.LSTM for them")
        _check_steps(sequences.shape)  # a layer that was built for some number of steps may be called with any
        cell = self.cell
        weights = (tf.convert_to_tensor(weight) for weight in (cell.kernel, cell.recurrent_kernel, cell.bias))
        recurrence = compile_recurrence(self.activation.__name__)
        num_parts = self.num_parts or self.count_parts_of(sequences, ROWS_A_PART)
        return _run(recurrence, num_parts, self.return_sequences, sequences, *weights)


def _check_steps(shape: Sequence[int | None]) -> None:
    """Refuse sequences whose number of steps is open: the compiled loop is of so many steps."""
    if shape[1] is None:
        raise ValueError(
            f"FastLSTM expects sequences of a known number of steps, (B, T, F), received shape {tuple(shape)}; state "
            "the steps in keras.Input, or use keras.layers.LSTM"
        )


def _run(
    recurrence: Recurrence, num_parts: int, return_sequences: bool, inputs: Any, kernel: Any, recurrent: Any, bias: Any
) -> Any:
    """Cut the batch, run each part through the recurrence, and join the outputs; the gradient goes the same way."""
    num_steps, num_features = inputs.shape[1:]
    num_units = recurrent.shape[0]
    sizes = part_sizes(tf.shape(inputs)[0], num_parts)

    @tf.custom_gradient
    def run(inputs: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        by_gate = tf.reshape(tf.concat([kernel, recurrent], 0), [num_features + num_units, NUM_GATES, num_units])
        weights, gate_bias = tf.transpose(by_gate, [1, 0, 2]), tf.reshape(bias, [NUM_GATES, 1, num_units])
        parts = [_swap(part) for part in tf.split(inputs, sizes)]
        for part in parts:
            part.set_shape([num_steps, None, num_features])
        kept = [recurrence.forward(part, weights, gate_bias) for part in parts]
        states = [states for _, _, states in kept]
        outputs = tf.concat([_swap(part) if return_sequences else part[-1] for part in states], 0)

        def gradient(d_outputs: Any) -> tuple[Any, ...]:
            d_states = [
                _swap(part) if return_sequences else tf.pad(part[None], [[num_steps - 1, 0], [0, 0], [0, 0]])
                for part in tf.split(d_outputs, sizes)
            ]
            transposed = tf.transpose(weights[:, num_features:], [0, 2, 1])  # once for all parts
            found = [
                recurrence.backward(part, transposed, *of_part, d_part)
                for part, of_part, d_part in zip(parts, kept, d_states, strict=True)
            ]
            # Outside of the compiled program, so that TensorFlow leaves it out where nobody wants it.
            d_inputs = tf.concat([_swap(tf.matmul(d_sums, kernel, transpose_b=True)) for d_sums, *_ in found], 0)
            return d_inputs, *(tf.add_n(parts) for parts in list(zip(*found, strict=True))[1:])

        return outputs, gradient

    return run(inputs, kernel, recurrent, bias)


def _swap(sequences: Any) -> Any:
    """Turn (B, T, F) into (T, B, F), or back."""
    return tf.transpose(sequences, [1, 0, 2])
