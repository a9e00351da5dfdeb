"""Builds and compiles a trial's model, and reads back its effective settings before the first epoch."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bench.data.dataset import DataInfo
from bench.data.scaling import PreparedData, mark_padding
from bench.errors import ConfigError
from bench.host.software import read_keras_config
from bench.networks.first_layers import count_ids, find_own_preparation
from bench.networks.flops import iterate_layers
from bench.networks.inputs import PADDING_MARK, NetworkInput, takes_marks
from bench.networks.outputs import Outputs, find_outputs
from bench.networks.plugin import build_model
from bench.networks.proof.execution import ExecutionPath
from bench.networks.proof.kernel import (
    check_kernel_path,
    find_recurrent_layers,
    find_unmet_conditions,
    has_visible_gpu,
    resolve_execution,
)
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.registry import ModelSpec
from bench.networks.sheet import describe_network
from bench.networks.source_files import hash_source_files
from bench.networks.training import (
    LOSSES,
    check_own_compile,
    compile_model,
    describe_compile,
    find_accuracy,
    has_own_train_step,
    name_loss,
    read_optimizer,
    wants_one_hot,
)
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.run.worker.torch_building import read_back, set_up
from bench.settings import MODEL_OPTIONS
from bench.store.records import Resolved


@dataclass(frozen=True)
class Built:
    """A compiled model, and how it came to be trained as it is.

    Attributes:
        model: ready for `fit`; a Keras model, or a `TorchNetwork`.
        execution: the proof of what it runs.
        data: what it is trained on, with labels as its loss takes them; tensors on the device for a PyTorch network.
        loss: its name.
        accuracy: what the logs of `fit` call the accuracy.
        replaced_compile: with what `build` had compiled the model, where the benchmark compiled it anew.
        outputs: what it ends in; None where its own loss is kept.
        prepared_by: the kind of its first layer where that scales or looks up ids, so that the data came unscaled.
    """

    model: Any
    execution: ExecutionPath
    data: PreparedData
    loss: str
    accuracy: str = "accuracy"
    replaced_compile: str | None = None
    outputs: Outputs | None = None
    prepared_by: str | None = None


def build(
    case: Case,
    spec: ModelSpec,
    data: PreparedData,
    info: DataInfo,
    unscaled: Callable[[], PreparedData] | None = None,
) -> Built:
    """Return the compiled model with the proof of what it runs; padded steps are marked for its mask.

    Args:
        case: what to build.
        spec: its network.
        data: scaled as the case says.
        info: what the data are.
        unscaled: returns the data as they are, for a network whose first layer scales them or looks up ids.

    Raises:
        ConfigError: where the user's builder fails, its outputs fit no loss, or the kernel is not the one that the
            model stands for.
    """
    options = {name: value for name in MODEL_OPTIONS if (value := getattr(case, name))}
    source = NetworkInput(data.x_train.shape[1:], spec.layout, info.vocabulary, info.is_padded)
    model = build_model(spec, source, info.num_classes, **options)
    if isinstance(model, TorchNetwork):
        return Built(model=model, **set_up(case, spec, model, data))
    _name_batch_size(model, case.batch_size)
    prepared_by = find_own_preparation(model)
    if prepared_by and unscaled and case.scaling != "none":
        data = unscaled()
    check_ids(spec, model, data)
    if takes_marks(model):
        mark_padding(data, PADDING_MARK)
    facts = _keep_compile(case, model, data, info) if case.training == "own" else _compile(case, model, data)
    execution = resolve_execution(model, source.shape, source.dtype)
    check_kernel_path(spec, execution.layer_paths, find_unmet_conditions(model, has_gpu=has_visible_gpu()))
    return Built(model=model, execution=execution, prepared_by=prepared_by, **{"data": data, **facts})


def _compile(case: Case, model: Any, data: PreparedData) -> dict[str, Any]:
    """Compile a model as the benchmark trains, with the loss that fits what it ends in."""
    outputs = find_outputs(model, data.x_train)
    replaced = describe_compile(model)
    compile_model(
        model,
        jit=case.jit,
        steps_per_execution=case.steps_per_execution,
        optimizer=case.optimizer,
        learning_rate=case.first_rate,
        decay=case.decay,
        outputs=outputs,
    )
    return {"loss": LOSSES[outputs], "replaced_compile": replaced, "outputs": outputs}


def _keep_compile(case: Case, model: Any, data: PreparedData, info: DataInfo) -> dict[str, Any]:
    """Keep a model as `build` compiled it; a loss that takes rows of 0 and 1 gets the labels as such."""
    check_own_compile(model)
    if wants_one_hot(model):
        rows: Any = np.eye(info.num_classes, dtype=np.float32)
        data = replace(data, y_train=rows[data.y_train], y_test=rows[data.y_test])
    accuracy = find_accuracy(model, data.x_test[: case.batch_size], data.y_test[: case.batch_size])
    return {"data": data, "loss": name_loss(model), "accuracy": accuracy}


def check_ids(spec: ModelSpec, model: Any, data: PreparedData) -> None:
    """Refuse what an Embedding that a network begins with does not know: on a GPU it would look up zeros for it."""
    num_ids = count_ids(model)
    if num_ids is None:
        return
    for x in (data.x_train, data.x_test):
        unknown = x[(x < 0) | (x >= num_ids) | (x != np.round(x))]
        if len(unknown):
            raise ConfigError(
                f"model {spec.name!r} begins with an Embedding of {num_ids:,} ids: it expects integers from 0 to "
                f"{num_ids - 1:,}, received {unknown[0]:,g}; raise its input_dim, limit the ids with --vocabulary, or "
                "leave the Embedding out where the values are no ids"
            )


def _name_batch_size(model: Any, batch_size: int) -> None:
    """Pass the batch size to every part that asks for it: `fit` does not if the last batch is smaller."""
    for part in (model, *find_recurrent_layers(model)):
        if hasattr(part, "expect_batches_of"):
            part.expect_batches_of(batch_size)


def describe(built: Built, spec: ModelSpec, case: Case, framework: Framework) -> dict[str, Any]:
    """Return the fields of the built line that come from the model and the runtime."""
    return {
        **describe_network(built.model),
        "resolved": _resolve(built, case, framework),
        "network_file": spec.build.find_file(),
        "source_files": hash_source_files(sys.modules, Path.cwd()),
    }


def _resolve(built: Built, case: Case, framework: Framework) -> Resolved:
    model, execution = built.model, built.execution
    intra_op_threads, inter_op_threads = framework.threads
    read = read_back if isinstance(model, TorchNetwork) else _read_back
    return Resolved(
        backend=keras.backend.backend(),
        backend_version=framework.version,
        device=case.device,
        device_name=framework.device_name,
        layer_paths=execution.layer_paths,
        intra_op_threads=intra_op_threads,
        inter_op_threads=inter_op_threads,
        deterministic=case.deterministic,
        op_devices=dict(execution.op_devices),
        loss=built.loss,
        prepared_by=built.prepared_by,
        replaced_compile=built.replaced_compile,
        **read(model),
    )


def _read_back(model: Any) -> dict[str, Any]:
    """Return what Keras itself made of the settings."""
    optimizer, learning_rate, decay = read_optimizer(model)
    return {
        "keras_version": keras.__version__,
        "keras_config": read_keras_config(os.environ)[0],
        "jit_compile": bool(model.jit_compile),
        "steps_per_execution": model.steps_per_execution,
        "precision": ", ".join(_find_policies(model)),
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "decay": decay,
        "has_own_train_step": has_own_train_step(model),
    }


def _find_policies(model: Any) -> list[str]:
    """Return the precision of all layers, which a layer of the user's may have chosen for itself."""
    policies = (layer.dtype_policy.name for layer in iterate_layers(model))
    return list(dict.fromkeys((keras.config.dtype_policy().name, *policies)))
