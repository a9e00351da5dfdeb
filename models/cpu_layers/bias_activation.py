"""Bias and activation of a convolution, as a layer of their own, so that pooling can come before both."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable("rnn_or_cnn")
class BiasActivation(keras.layers.Layer):
    """Add one bias a channel and apply an activation.

    Behind a maximum pooling it is what `Conv2D` with bias and activation is before one, on a quarter of the numbers: a
    rising function of rising sums keeps the largest of a window the largest. Where several of a window are equal, the
    gradient may go to another of them.

    Args:
        activation: a name that Keras knows; it must not fall anywhere for the above to hold.
        kwargs: as for `keras.layers.Layer`.

    Input shape: (B, ..., channels); output shape: the same.
    """

    # The layer whose products `bench.networks.flops` counts for this one: none.
    function_of = "Activation"

    def __init__(self, activation: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the bias, at zero as a convolution's own."""
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Return activation(inputs + bias)."""
        return self.activation(inputs + self.bias)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again."""
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation)}
