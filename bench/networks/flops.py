"""What a network costs: parameters, and the FLOPs of its matrix and convolution products per example.

Convention. Only the multiply-adds of matrix and convolution products count, each as 2 FLOPs; activations, biases,
pooling, normalisation and data movement count as none, which is the "model FLOPs" of Chowdhery et al. 2022 (PaLM,
appendix B). A backward pass repeats each forward product twice, once for the weights' gradient and once for the input's
(Amodei and Hernandez 2018, "AI and Compute"); no input gradient is needed before the first layer that learns. A layer
that this module does not know has no figure (None), and then neither has the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.frozen_model import Count, Frozen, PositiveInt

_FLOPS_PER_MULTIPLY_ADD = 2
_PRODUCT_FREE = (
    "Activation", "ActivityRegularization", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D",
    "AveragePooling3D", "BatchNormalization", "Concatenate", "Cropping1D", "Cropping2D", "Cropping3D", "Dropout", "ELU",
    "Embedding", "Flatten", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization",
    "Identity", "InputLayer", "LayerNormalization", "LeakyReLU", "Masking", "MaxPooling1D", "MaxPooling2D",
    "MaxPooling3D", "Maximum", "Minimum", "Multiply", "Normalization", "PReLU", "Permute", "ReLU", "RepeatVector",
    "Rescaling", "Reshape", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Subtract",
    "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D",
    "ZeroPadding3D",
)  # fmt: skip


Shape = tuple[int | None, ...]


class LayerSheet(Frozen):
    """One layer of the model sheet.

    Attributes:
        name: the layer's own name.
        kind: its class.
        output_shape: of one example; None where a size is open, empty where Keras cannot tell.
        num_params: trainable or not.
        flops: of one forward pass of one example, None where they are not known.
    """

    name: str
    kind: str
    output_shape: tuple[PositiveInt | None, ...]
    num_params: Count
    flops: Count | None


@dataclass(frozen=True)
class Products:
    """Forward FLOPs of a layer's products; `input_flops` is the part that multiplies the layer's own input."""

    flops: int
    input_flops: int


@dataclass(frozen=True)
class Shapes:
    """Input and output shape of one example."""

    input: Shape
    output: Shape


def count_params(model: Any) -> int:
    """Count the parameters of a built Keras model, or a PyTorch network, trainable or not."""
    return int(model.count_params())


def describe_layers(model: Any) -> tuple[LayerSheet, ...]:
    """Describe each layer of a built Keras model, nested models unfolded, in the order in which data passes them."""
    return tuple(_describe(layer) for layer in iterate_layers(model))


def count_training_flops(model: Any) -> int | None:
    """Count the product FLOPs of one forward and backward pass of one example, or None where a layer is not known.

    Exact for chains of layers; where branches join, each layer behind a learning layer of any branch is taken to pass
    a gradient on.
    """
    total = 0
    upstream_learns = False
    for layer in iterate_layers(model):
        products = count_products(layer)
        if products is None:
            return None
        learns = bool(layer.trainable_weights)
        total += _count_with_backward(products, learns=learns, upstream_learns=upstream_learns)
        upstream_learns = upstream_learns or learns
    return total


def _count_with_backward(products: Products, *, learns: bool, upstream_learns: bool) -> int:
    total = products.flops  # forward
    if learns:
        total += products.flops  # the weights' gradient
        total += products.flops - products.input_flops  # back through the layer's own states
    if upstream_learns:
        total += products.input_flops
    if upstream_learns and not learns:
        total += products.flops - products.input_flops
    return total


def count_products(layer: Any) -> Products | None:
    """Count the forward product FLOPs of one built Keras layer and one example, or None where it is not known.

    Keras' own layers alone are known, and those whose attribute `function_of` names the one whose function they
    compute: any other subclass may compute anything.
    """
    kind = _known_kind(layer)
    if kind is None:
        return None
    if kind in _PRODUCT_FREE:
        return Products(0, 0)
    count = _COUNTERS.get(kind)
    shapes = _read_shapes(layer)
    return count(layer, shapes) if count and shapes else None


def _known_kind(layer: Any) -> str | None:
    """Return the name of the Keras layer whose function a layer computes."""
    module = type(layer).__module__
    if module.partition(".")[0] == "keras":
        return type(layer).__name__
    return getattr(layer, "function_of", None)


def _count_dense(layer: Any, shapes: Shapes) -> Products | None:
    return _products(layer.kernel, shapes.output[:-1])


def _count_convolution(layer: Any, shapes: Shapes) -> Products | None:
    return _products(layer.kernel, _positions(layer, shapes.output))


def _count_transposed(layer: Any, shapes: Shapes) -> Products | None:
    return _products(layer.kernel, _positions(layer, shapes.input))


def _count_separable(layer: Any, shapes: Shapes) -> Products | None:
    """Count a depthwise product, which reads the layer's input, and a pointwise one, which reads the first's output."""
    positions = _positions(layer, shapes.output)
    depthwise = _products(layer.depthwise_kernel, positions)
    pointwise = _products(layer.pointwise_kernel, positions)
    if depthwise is None or pointwise is None:
        return None
    return Products(depthwise.flops + pointwise.flops, depthwise.flops)


def _count_recurrent(layer: Any, shapes: Shapes) -> Products | None:
    """Count both products of each step: the input by the kernel, and the state by the recurrent kernel."""
    return _count_cells([layer.cell], shapes)


def _count_bidirectional(layer: Any, shapes: Shapes) -> Products | None:
    cells = [getattr(side, "cell", None) for side in (layer.forward_layer, layer.backward_layer)]
    return _count_cells(cells, shapes) if all(hasattr(cell, "recurrent_kernel") for cell in cells) else None


def _count_cells(cells: Sequence[Any], shapes: Shapes) -> Products | None:
    steps = shapes.input[:1]
    from_input = [_products(cell.kernel, steps) for cell in cells]
    from_state = [_products(cell.recurrent_kernel, steps) for cell in cells]
    if any(products is None for products in (*from_input, *from_state)):
        return None
    input_flops = sum(products.flops for products in from_input if products)
    return Products(input_flops + sum(products.flops for products in from_state if products), input_flops)


_COUNTERS: dict[str, Callable[[Any, Shapes], Products | None]] = {
    "Dense": _count_dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "DepthwiseConv1D", "DepthwiseConv2D"), _count_convolution),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _count_transposed),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _count_separable),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), _count_recurrent),
    "Bidirectional": _count_bidirectional,
}


def _products(kernel: Any, repeats: Sequence[int | None]) -> Products | None:
    """Every element of a kernel is multiplied and added once per position or step; None where a size is open."""
    sizes = [size for size in repeats if size is not None]
    if len(sizes) < len(repeats):
        return None
    flops = _FLOPS_PER_MULTIPLY_ADD * math.prod(kernel.shape) * math.prod(sizes)
    return Products(flops, flops)


def _positions(layer: Any, shape: Shape) -> Shape:
    """Drop the channels of one example's shape."""
    return shape[1:] if layer.data_format == "channels_first" else shape[:-1]


def _describe(layer: Any) -> LayerSheet:
    shapes = _read_shapes(layer)
    products = count_products(layer)
    return LayerSheet(
        name=layer.name,
        kind=type(layer).__name__,
        output_shape=shapes.output if shapes else (),
        num_params=int(layer.count_params()),
        flops=None if products is None else products.flops,
    )


def _read_shapes(layer: Any) -> Shapes | None:
    """Read the input and output shapes of one example; None for a layer that is used more than once, or never."""
    if len(layer._inbound_nodes) != 1:  # noqa: SLF001 - Keras has no public count of a layer's uses
        return None
    return Shapes(_example_shape(layer.input), _example_shape(layer.output))


def _example_shape(tensor: Any) -> Shape:
    """Drop the batch; of several tensors (a layer that returns its states) the first counts."""
    while isinstance(tensor, list | tuple):
        tensor = tensor[0]
    return tuple(tensor.shape[1:])


def iterate_layers(model: Any) -> Iterator[Any]:
    """Yield the layers that are no models themselves, without the input layers, which compute nothing."""
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            continue
        if hasattr(layer, "layers"):
            yield from iterate_layers(layer)
        else:
            yield layer
