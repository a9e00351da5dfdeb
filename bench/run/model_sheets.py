"""Asks a child process for the sheets of networks: layers, shapes, parameters and FLOPs, without training any."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError

from bench.child_process import ask_child
from bench.data.dataset import Dataset
from bench.data.scaling import arrange
from bench.errors import ChildError
from bench.frozen_model import Count, Frozen
from bench.networks.flops import LayerSheet
from bench.networks.registry import Layout

_TIMEOUT_S = 300.0

AskSheets = Callable[[str], str]


class ModelSheet(Frozen):
    """One network built for one data set; `error` says why it could not be built.

    `input_shape` is of one example, `flops_per_example` of one training step's forward and backward pass.
    """

    model: str
    input_shape: tuple[int, ...] = ()
    num_params: Count | None = None
    flops_per_example: Count | None = None
    layers: tuple[LayerSheet, ...] = ()
    error: str | None = None


def ask_sheets(request: str) -> str:
    """Return what the child process, `bench.networks.sheet_process`, answers to a request; raises as `ask_child`."""
    # The devices do not matter to a sheet, and a GPU may be measuring something.
    environ = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    return ask_child("bench.networks.sheet_process", request=request, timeout_s=_TIMEOUT_S, environ=environ)


def read_sheets(models: Sequence[str], dataset: Dataset, child: AskSheets = ask_sheets) -> list[ModelSheet]:
    """Return a sheet for each network, built for the examples and classes of a data set.

    Raises:
        ChildError: the child process failed, or its answer cannot be read.
    """
    request = {"models": list(models), **describe_data(dataset)}
    try:
        return TypeAdapter(list[ModelSheet]).validate_json(child(json.dumps(request)))
    except ValidationError:
        raise ChildError("the answer of the process that builds the networks could not be read") from None


def describe_data(dataset: Dataset) -> dict[str, object]:
    """Return what a child process must know of a data set to build a network for it."""
    return {
        "input_shapes": {layout: _input_shape(dataset, layout) for layout in get_args(Layout)},
        "layout": dataset.layout,
        "num_classes": dataset.info.num_classes,
        "vocabulary": dataset.info.vocabulary,
        "is_padded": dataset.info.is_padded,
    }


def _input_shape(dataset: Dataset, layout: Layout) -> tuple[int, ...]:
    """Return the shape of one example as a network of a layout gets it."""
    shape = dataset.info.example_shape
    return shape if dataset.layout == "tokens" else arrange(np.zeros((1, *shape), dtype=np.uint8), layout).shape[1:]
