"""A stack of layers that takes each part of a batch through all of them by itself."""

from __future__ import annotations

from typing import Any

import keras

# Of 8 to 64 rows the fastest at batches of 128 and 512, by some percent; a batch of 32 has a part a core.
ROWS_A_PART = 32


@keras.saving.register_keras_serializable("rnn_or_cnn")
class PartedSequential(keras.Sequential):
    """`keras.Sequential` whose batches are cut into parts that run side by side from the first layer to the last.

    A core then stays with its own examples: no layer waits for another core, and what one layer writes the next reads
    from the core's own cache. It wants threads between operations, and one within an operation (`--intra-op-threads
    1`). Outputs and gradients are those of `keras.Sequential` but for rounding, as long as no layer mixes examples (as
    batch normalisation does) and none draws random numbers. On another backend than TensorFlow, on a GPU and with a
    mask, it is `keras.Sequential`.

    Args:
        layers: as for `keras.Sequential`, with the input first.
        kwargs: as for `keras.Sequential`.

    Input shape: (B, ...), one tensor with the examples along its first axis.
    """

    def __init__(self, layers: Any = None, **kwargs: Any) -> None:
        super().__init__(layers, **kwargs)
        self._usual_batch_size: int | None = None

    def expect_batches_of(self, batch_size: int) -> None:
        """Cut batches whose size is open in a traced graph as batches of `batch_size` are cut where it is known.

        A graph that was traced before stays as it is. No part of the configuration.
        """
        self._usual_batch_size = batch_size

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the outputs of all examples, in their order."""
        if keras.backend.backend() != "tensorflow" or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf  # noqa: PLC0415 - the other backends do without

        from models.kernels.parts import count_parts, part_sizes  # noqa: PLC0415 - it imports TensorFlow

        num_parts = count_parts(inputs.shape[0] or self._usual_batch_size, ROWS_A_PART)
        parts = tf.split(inputs, part_sizes(tf.shape(inputs)[0], num_parts))
        for part in parts:
            part.set_shape([None, *inputs.shape[1:]])
        call = super().call
        return tf.concat([call(part, training=training) for part in parts], 0)
