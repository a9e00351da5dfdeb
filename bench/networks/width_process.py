"""Finds the width at which a network has a given number of parameters, in a process of its own; see `sheet_process`.

It reads one JSON object on standard input, which `find_widths` explains, and prints a JSON list as its last line.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.errors import BenchError
from bench.networks.flops import count_params
from bench.networks.inputs import NetworkInput
from bench.networks.plugin import build_model, load_frameworks, load_spec
from bench.networks.registry import DataLayout, Layout

MAX_WIDTH = 4096


def find_widths(
    models: Sequence[Sequence[str | None]],
    input_shapes: Mapping[Layout, Sequence[int]],
    layout: DataLayout,
    num_classes: int,
    vocabulary: int | None,
    is_padded: bool,
) -> list[dict[str, Any]]:
    """Return a width and a number of parameters for each network; of a fixed one, or one without a width, its own.

    The target is the fixed network's number: the one without a width, or else the smallest.

    Args:
        models: pairs of the text of `--model` and the option that sets its width, None where it has none.
        input_shapes: of one example, by the layout that a network takes.
        layout: the data's own.
        num_classes: width of the output.
        vocabulary: number of ids of tokens, None where the data has none.
        is_padded: whether some examples end in padding.
    """

    def count(model: str, **options: int) -> int:
        spec = load_spec(model, layout)
        source = NetworkInput(tuple(input_shapes[spec.layout]), spec.layout, vocabulary, is_padded)
        return count_params(build_model(spec, source, num_classes, **options))

    load_frameworks(str(model) for model, _ in models)
    own = {str(model): count(str(model)) for model, _ in models}
    fixed = [str(model) for model, option in models if option is None] or [min(own, key=own.__getitem__)]
    target = own[fixed[0]]
    return [
        {"model": model, "width": None, "num_params": own[str(model)]}
        if model in fixed or option is None
        else {"model": model, **_nearest(_by_width(count, str(model), option), target)}
        for model, option in models
    ]


def _by_width(count: Callable[..., int], model: str, option: str) -> Callable[[int], int]:
    return functools.cache(lambda width: count(model, **{option: width}))  # each count builds the network


def _nearest(count: Callable[[int], int], target: int) -> dict[str, int]:
    """Return the width whose number of parameters is nearest to the target, by bisection: they grow with the width."""
    low, high = 1, 2
    while high < MAX_WIDTH and count(high) < target:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < target else (low, middle)
    width = min((low, high), key=lambda one: abs(count(one) - target))
    return {"width": width, "num_params": count(width)}


if __name__ == "__main__":
    try:
        print(json.dumps(find_widths(**json.load(sys.stdin))))
    except BenchError as error:
        print(json.dumps([{"error": str(error)}]))
