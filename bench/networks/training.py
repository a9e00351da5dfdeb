"""How the tutorial trains: Adam whose rate falls with every update, sparse categorical cross-entropy, accuracy."""

from __future__ import annotations

from typing import Any, Literal

from bench.settings import DECAY, OWN_RATES, Jit, Optimizer

_JIT: dict[Jit, Literal["auto"] | bool] = {"auto": "auto", "on": True, "off": False}


def compile_model(
    model: Any,
    *,
    jit: Jit = "auto",
    steps_per_execution: int = 1,
    optimizer: Optimizer = "adam",
    learning_rate: float = OWN_RATES["adam"],
    decay: float = DECAY,
) -> None:
    """Compile a Keras model in place for training as in the tutorial.

    The tutorial's `Adam(lr=1e-3, decay=1e-5)` no longer exists; `InverseTimeDecay` with `decay_steps=1` is the same
    rule, lr / (1 + decay · n) after n updates (Keras 2.2, `keras/optimizers.py`, `Adam.get_updates`).

    Args:
        model: a Keras model whose output is (batch, num_classes) probabilities.
        jit: XLA or TorchDynamo compilation; `auto` leaves the choice to Keras.
        steps_per_execution: training steps that one call into the backend runs.
        optimizer: `adam` as in the tutorial, or plain gradient descent without momentum.
        learning_rate: rate of the first update.
        decay: share by which the rate's divisor grows per update.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    make = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[optimizer]
    rate = keras.optimizers.schedules.InverseTimeDecay(learning_rate, decay_steps=1, decay_rate=decay)
    model.compile(
        optimizer=make(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=_JIT[jit],
        steps_per_execution=steps_per_execution,
    )


def read_optimizer(model: Any) -> tuple[str, float, float]:
    """Return the optimizer, the rate of the first update and the decay that a model of `compile_model` really has.

    In half precision Keras wraps the optimizer in one that scales the loss: `LossScaleOptimizer(Adam)`.
    """
    outer = model.optimizer
    inner = getattr(outer, "inner_optimizer", outer)
    name = type(inner).__name__
    schedule = inner.get_config()["learning_rate"]["config"]
    return (
        name if inner is outer else f"{type(outer).__name__}({name})",
        float(schedule["initial_learning_rate"]),
        float(schedule["decay_rate"]),
    )
