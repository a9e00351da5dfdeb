"""Builds and compiles a trial's model, and reads back what it really became before the first epoch."""

from __future__ import annotations

import os
from typing import Any

import keras

from bench.data.dataset import DataInfo
from bench.data.scaling import PreparedData
from bench.host.software import read_keras_config
from bench.networks.flops import count_params, count_training_flops, describe_layers
from bench.networks.plugin import build_model
from bench.networks.proof.execution import ExecutionPath
from bench.networks.proof.kernel import (
    check_kernel_path,
    find_recurrent_layers,
    find_unmet_conditions,
    has_visible_gpu,
    resolve_execution,
)
from bench.networks.registry import ModelSpec
from bench.networks.training import compile_model, read_optimizer
from bench.plan.case import Case
from bench.run.worker.framework import Framework
from bench.settings import MODEL_OPTIONS
from bench.store.records import Resolved


def build(case: Case, spec: ModelSpec, data: PreparedData, info: DataInfo) -> tuple[Any, ExecutionPath]:
    """Return the compiled model with the proof of what it runs.

    Raises:
        ConfigError: where the user's builder fails, or the kernel is not the one that the model stands for.
    """
    options = {name: value for name in MODEL_OPTIONS if (value := getattr(case, name))}
    input_shape = data.x_train.shape[1:]
    model = build_model(spec, input_shape, info.num_classes, **options)
    _name_batch_size(model, case.batch_size)
    compile_model(
        model,
        jit=case.jit,
        steps_per_execution=case.steps_per_execution,
        optimizer=case.optimizer,
        learning_rate=case.first_rate,
        decay=case.decay,
    )
    execution = resolve_execution(model, input_shape)
    check_kernel_path(spec, execution.layer_paths, find_unmet_conditions(model, has_gpu=has_visible_gpu()))
    return model, execution


def _name_batch_size(model: Any, batch_size: int) -> None:
    """Tell what asks for it how large batches are: where the last one is smaller, `fit` itself does not."""
    for part in (model, *find_recurrent_layers(model)):
        if hasattr(part, "expect_batches_of"):
            part.expect_batches_of(batch_size)


def describe(model: Any, spec: ModelSpec, execution: ExecutionPath, case: Case, framework: Framework) -> dict[str, Any]:
    """Return the fields of the built line that come from the model and the runtime."""
    return {
        "num_params": count_params(model),
        "flops_per_example": count_training_flops(model),
        "layers": describe_layers(model),
        "resolved": _resolve(model, execution, case, framework),
        "network_file": spec.build.find_file(),
    }


def _resolve(model: Any, execution: ExecutionPath, case: Case, framework: Framework) -> Resolved:
    intra_op_threads, inter_op_threads = framework.threads
    optimizer, learning_rate, decay = read_optimizer(model)
    return Resolved(
        backend=keras.backend.backend(),
        backend_version=framework.version,
        keras_version=keras.__version__,
        device=case.device,
        device_name=framework.device_name,
        layer_paths=execution.layer_paths,
        jit_compile=bool(model.jit_compile),
        steps_per_execution=model.steps_per_execution,
        precision=keras.config.dtype_policy().name,
        intra_op_threads=intra_op_threads,
        inter_op_threads=inter_op_threads,
        deterministic=case.deterministic,
        optimizer=optimizer,
        keras_config=read_keras_config(os.environ)[0],
        op_devices=dict(execution.op_devices),
        learning_rate=learning_rate,
        decay=decay,
    )
