"""What stands between the data and a network: one embedding for tokens, and the mask of padded steps.

Every network takes tokens through the same embedding, whatever it is, so that networks are compared and not their
embeddings. A mask goes to networks with recurrent layers alone: no other layer here can use one, and a convolution
would see zeros with it or without. See docs/decisions/data/076-padding-and-tokens.md.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.networks.registry import Layout

EMBEDDING_SIZE = 32
# Marks a padded step where a mask is made: the mask's layer turns it into 0. A power of two, exact in every precision.
PADDING_MARK = -16384.0


@dataclass(frozen=True)
class NetworkInput:
    """One example as the data has it.

    Attributes:
        shape: (steps, features), (rows, columns, channels), or (steps,) of tokens.
        layout: what the network takes; tokens become (steps, EMBEDDING_SIZE), with one channel for an image.
        vocabulary: number of ids of tokens, the first of which pads; None where examples are no tokens.
        is_padded: whether some examples end in padding.
    """

    shape: tuple[int, ...]
    layout: Layout
    vocabulary: int | None = None
    is_padded: bool = False

    @property
    def network_shape(self) -> tuple[int, ...]:
        """The shape of an example that the network itself is built for."""
        if self.vocabulary is None:
            return self.shape
        embedded = (*self.shape, EMBEDDING_SIZE)
        return embedded if self.layout == "sequence" else (*embedded, 1)

    @property
    def torch_shape(self) -> tuple[int, ...]:
        """The shape of an example that a PyTorch network is built for: channels first, and tokens as they are."""
        if self.vocabulary is None and self.layout == "image":
            return self.shape[-1], *self.shape[:-1]
        return self.shape

    @property
    def dtype(self) -> str:
        """The type of the values that go in."""
        return "float32" if self.vocabulary is None else "int32"


def join_input(network: Any, source: NetworkInput, *, masks: bool) -> Any:
    """Return the network with what comes before it, or the network itself where nothing does.

    Args:
        network: a built Keras model for `source.network_shape`.
        source: what goes in.
        masks: whether the network has recurrent layers, which get a mask of what is padded.
    """
    makers = [*_embedding(source, masks=masks), *_mask(source, masks=masks)]
    if not makers:
        return network
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    # A model within a model passes its mask on to its layers, and Keras says that nothing behind it will see one.
    warnings.filterwarnings("ignore", message=r"Layer '.*' \(of type .*\) was passed an input with a mask")
    inputs = keras.Input(shape=source.shape, dtype=source.dtype)
    outputs = inputs
    for make in makers:
        outputs = make()(outputs)
    return keras.Model(inputs, network(outputs), name=network.name)


def takes_marks(model: Any) -> bool:
    """Tell whether a model of `join_input` makes its mask of `PADDING_MARK`."""
    return any(type(layer).__name__ == "Masking" and layer.name == "mask" for layer in model.layers)


def _embedding(source: NetworkInput, *, masks: bool) -> list[Callable[[], Any]]:
    if source.vocabulary is None:
        return []
    import keras  # noqa: PLC0415 - as above

    is_masked = source.is_padded and masks
    makers = [lambda: keras.layers.Embedding(source.vocabulary, EMBEDDING_SIZE, mask_zero=is_masked, name="embedding")]
    if source.layout == "image":
        makers.append(lambda: keras.layers.Reshape(source.network_shape, name="channel"))
    return makers


def _mask(source: NetworkInput, *, masks: bool) -> list[Callable[[], Any]]:
    if source.vocabulary is not None or not (source.is_padded and masks):
        return []
    import keras  # noqa: PLC0415 - as above

    return [lambda: keras.layers.Masking(PADDING_MARK, name="mask")]
