"""Asks a child process for the sheets of networks: layers, shapes, parameters and FLOPs, without training any."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError

from bench.data.dataset import Dataset
from bench.data.scaling import arrange
from bench.errors import ConfigError
from bench.networks.registry import Layout
from bench.plan.case import Frozen
from bench.store.records import Count, LayerSheet

_TIMEOUT_S = 300.0
_TAIL_CHARACTERS = 500

Child = Callable[[str], str]


class ModelSheet(Frozen):
    """One network built for one data set; `error` says why there is none.

    `input_shape` is of one example, `flops_per_example` of one training step's forward and backward pass.
    """

    model: str
    input_shape: tuple[int, ...] = ()
    num_params: Count | None = None
    flops_per_example: Count | None = None
    layers: tuple[LayerSheet, ...] = ()
    error: str | None = None


def run_child(request: str) -> str:
    """Run `python -m bench.networks.sheet_process` on a request and return the last line it printed.

    Raises:
        ConfigError: it ended with an error or took longer than five minutes.
    """
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    environ = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONPATH": path, "KERAS_BACKEND": "tensorflow"}
    # The devices do not matter to a sheet, and a GPU may be measuring something.
    environ["CUDA_VISIBLE_DEVICES"] = "-1"
    try:
        done = subprocess.run(
            (sys.executable, "-m", "bench.networks.sheet_process"), input=request, capture_output=True, text=True, errors="replace",
            timeout=_TIMEOUT_S, env=environ, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ConfigError(f"expected the networks' layers within {_TIMEOUT_S:g} s, received nothing") from None
    if done.returncode != 0:
        last_words = done.stderr.strip().rpartition("\n")[2][-_TAIL_CHARACTERS:]
        raise ConfigError(f"the process that builds the networks ended with {done.returncode}: {last_words}")
    return done.stdout.strip().rpartition("\n")[2]


def read_sheets(models: Sequence[str], dataset: Dataset, child: Child = run_child) -> list[ModelSheet]:
    """Return a sheet for each network, built for the examples and classes of a data set.

    Raises:
        ConfigError: the child process failed, or its answer cannot be read.
    """
    example = np.zeros((1, *dataset.info.example_shape), dtype=np.uint8)
    request = {
        "models": list(models),
        "input_shapes": {layout: arrange(example, layout).shape[1:] for layout in get_args(Layout)},
        "layout": dataset.layout,
        "num_classes": dataset.info.num_classes,
    }
    try:
        return TypeAdapter(list[ModelSheet]).validate_json(child(json.dumps(request)))
    except ValidationError:
        raise ConfigError("the answer of the process that builds the networks could not be read") from None
