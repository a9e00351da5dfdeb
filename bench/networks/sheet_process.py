"""Model sheets from a process of their own, so that a listing never imports Keras into its own process.

It reads one JSON object on standard input, which `describe_models` explains, and prints a JSON list as its last line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.errors import BenchError
from bench.networks.inputs import NetworkInput
from bench.networks.plugin import build_model, load_frameworks, load_spec
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.registry import DataLayout, Layout, ModelSpec
from bench.networks.sheet import describe_network


def describe_models(
    models: Sequence[str],
    input_shapes: Mapping[Layout, Sequence[int]],
    layout: DataLayout,
    num_classes: int,
    vocabulary: int | None = None,
    is_padded: bool = False,
) -> list[dict[str, Any]]:
    """Build each network and return its sheet; if one cannot be built, its sheet's `error` says why.

    Args:
        models: texts of `--model`.
        input_shapes: of one example, by the layout that a network takes.
        layout: the data's own, for networks that name none.
        num_classes: width of the output.
        vocabulary: number of ids of tokens, None where the data has none.
        is_padded: whether some examples end in padding.
    """

    def source_of(spec: ModelSpec) -> NetworkInput:
        return NetworkInput(tuple(input_shapes[spec.layout]), spec.layout, vocabulary, is_padded)

    load_frameworks(models)
    return [_describe(name, source_of, layout, num_classes) for name in models]


def _describe(
    name: str, source_of: Callable[[ModelSpec], NetworkInput], layout: DataLayout, num_classes: int
) -> dict[str, Any]:
    try:
        spec = load_spec(name, layout)
        source = source_of(spec)
        model = build_model(spec, source, num_classes)
    except BenchError as error:
        return {"model": name, "error": str(error)}
    sheet = describe_network(model)
    return {
        "model": name,
        "input_shape": model.input_shape if isinstance(model, TorchNetwork) else source.shape,
        **sheet,
        "layers": [layer.model_dump() for layer in sheet["layers"]],
    }


if __name__ == "__main__":
    print(json.dumps(describe_models(**json.load(sys.stdin))))
