"""Sets a PyTorch network up for its training as a case says, and reads back its effective settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.data.scaling import PreparedData
from bench.networks.proof.trace_torch import prove_module
from bench.networks.pytorch.endings import find_ending
from bench.networks.pytorch.network import TorchNetwork
from bench.networks.pytorch.wrapping import try_on_data
from bench.networks.registry import ModelSpec
from bench.networks.training import LOSSES
from bench.plan.case import Case
from bench.plan.torch_settings import check_torch_settings

_NUM_EXAMPLES = 32  # of which the outputs are looked at


def set_up(case: Case, spec: ModelSpec, network: TorchNetwork, data: PreparedData) -> dict[str, Any]:
    """Choose loss and optimizer, prove what runs, and put the data on the device; return the fields of `Built`.

    Raises:
        ConfigError: for a setting that a PyTorch network does not take, outputs that fit no loss, or as `try_on_data`.
    """
    check_torch_settings(case)
    x_train, x_test = network.put(data.x_train, data.lengths_train), network.put(data.x_test, data.lengths_test)
    examples = tuple(part[:_NUM_EXAMPLES] for part in x_train)
    num_last, num_last_test = (
        len(labels) % case.batch_size or case.batch_size for labels in (data.y_train, data.y_test)
    )
    outputs = find_ending(try_on_data(spec, network, examples, num_last, num_last_test))
    network.compile(
        optimizer=case.optimizer,
        learning_rate=case.first_rate,
        decay=case.decay,
        outputs=outputs,
        jit=case.jit == "on",
        is_bfloat16=case.precision == "mixed_bfloat16",
    )
    labels = {"y_train": network.put_labels(data.y_train), "y_test": network.put_labels(data.y_test)}
    on_device: dict[str, Any] = {"x_train": x_train, "x_test": x_test, **labels}
    return {
        "execution": prove_module(network),
        "data": replace(data, **on_device),
        "loss": LOSSES[outputs],
        "outputs": outputs,
    }


def read_back(network: TorchNetwork) -> dict[str, Any]:
    """Return the fields of `Resolved` that the network itself has, and none of Keras'."""
    return {
        "keras_version": "",
        "keras_config": {},
        "jit_compile": network.is_compiled,
        "steps_per_execution": 1,
        "precision": network.precision,
        "optimizer": type(network.optimizer.inner).__name__,
        "learning_rate": network.optimizer.learning_rate,
        "decay": network.optimizer.decay,
    }
