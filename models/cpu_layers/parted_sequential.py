"""A stack of layers that takes each part of a batch through all of them by itself."""

from __future__ import annotations

from typing import Any

import keras

from .parts import CutsBatches, part_sizes

# At batches of 128 and 512 no other number from 8 to 64 was faster beyond noise; a batch of 32 has a part a core.
ROWS_A_PART = 32


@keras.saving.register_keras_serializable("rnn_or_cnn")
class PartedSequential(CutsBatches, keras.Sequential):
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

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the outputs of all examples, in their order."""
        if keras.backend.backend() != "tensorflow" or mask is not None:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf  # noqa: PLC0415 - the other backends do without

        sizes = part_sizes(tf.shape(inputs)[0], self.count_parts_of(inputs, ROWS_A_PART))
        parts = tf.split(inputs, sizes)
        for part in parts:
            part.set_shape([None, *inputs.shape[1:]])
        call = super().call
        return tf.concat([call(part, training=training) for part in parts], 0)
