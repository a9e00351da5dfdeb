"""Which settings a PyTorch network takes: those of how it is trained, and none that is Keras' alone."""

from __future__ import annotations

from bench.errors import ConfigError
from bench.plan.case import Case

_PRECISIONS = ("float32", "mixed_bfloat16")


def check_torch_settings(case: Case) -> None:
    """Refuse what a plain loop of PyTorch has not; planning asks where it knows the network for one, the worker always.

    Raises:
        ConfigError: with what to do.
    """
    network = f"model {case.model} is a PyTorch network, which"
    if case.backend != "torch":
        raise ConfigError(f"{network} expects backend torch, received {case.backend}: add --backend torch")
    if case.training == "own":
        raise ConfigError(f"{network} has no compile of its own to keep: leave --training out")
    if case.precision not in _PRECISIONS:
        raise ConfigError(
            f"{network} expects precision {' or '.join(_PRECISIONS)} (torch.autocast), received {case.precision}: "
            "leave --precision out"
        )
