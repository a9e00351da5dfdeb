"""How a network is trained: as the tutorial does, Adam whose rate falls with every update, or as its own compile says.

The loss is the cross-entropy that fits what the network ends in; see `bench.networks.outputs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from bench.errors import ConfigError
from bench.networks.outputs import Outputs
from bench.settings import DECAY, OWN_RATES, Jit, Optimizer

LOSSES: Mapping[Outputs, str] = {
    "softmax": "sparse categorical cross-entropy",
    "sigmoids": "sparse categorical cross-entropy",
    "logits": "sparse categorical cross-entropy on logits",
    "one sigmoid": "binary cross-entropy",
    "one logit": "binary cross-entropy on logits",
    "log-softmax": "negative log-likelihood",
}
# What `compile` calls the share of right answers, in the order in which it is looked for.
_ACCURACIES = ("accuracy", "acc", "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy")

_JIT: dict[Jit, Literal["auto"] | bool] = {"auto": "auto", "on": True, "off": False}


def compile_model(
    model: Any,
    *,
    jit: Jit = "auto",
    steps_per_execution: int = 1,
    optimizer: Optimizer = "adam",
    learning_rate: float = OWN_RATES["adam"],
    decay: float = DECAY,
    outputs: Outputs = "softmax",
) -> None:
    """Compile a Keras model in place for training as in the tutorial.

    The tutorial's `Adam(lr=1e-3, decay=1e-5)` no longer exists; `InverseTimeDecay` with `decay_steps=1` is the same
    rule, lr / (1 + decay · n) after n updates (Keras 2.2, `keras/optimizers.py`, `Adam.get_updates`).

    Args:
        model: a Keras model whose output is (batch, num_classes), or (batch, 1) for two classes.
        jit: XLA or TorchDynamo compilation; `auto` leaves the choice to Keras.
        steps_per_execution: training steps that one call into the backend runs.
        optimizer: `adam` as in the tutorial, or plain gradient descent without momentum.
        learning_rate: rate of the first update.
        decay: share by which the rate's divisor grows per update.
        outputs: what the model ends in.

    Raises:
        ConfigError: for a model whose class has a `compile` of its own that does not take these arguments.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    make = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[optimizer]
    rate = keras.optimizers.schedules.InverseTimeDecay(learning_rate, decay_steps=1, decay_rate=decay)
    made = make(rate)
    has_own_compile = type(model).compile is not keras.Model.compile
    try:
        model.compile(
            optimizer=made,
            loss=_make_loss(outputs),
            metrics=[_make_accuracy(outputs)],
            jit_compile=_JIT[jit],
            steps_per_execution=steps_per_execution,
        )
    except Exception as error:
        if not has_own_compile:
            raise
        raise _own_compile_error(model, str(error)) from error
    if has_own_compile and getattr(model.optimizer, "inner_optimizer", model.optimizer) is not made:
        raise _own_compile_error(model, "it put another optimizer in the place of the benchmark's")


def _make_loss(outputs: Outputs) -> Any:
    import keras  # noqa: PLC0415 - as above

    if outputs == "logits":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if outputs in ("one sigmoid", "one logit"):
        return keras.losses.BinaryCrossentropy(from_logits=outputs == "one logit")
    return "sparse_categorical_crossentropy"


def _make_accuracy(outputs: Outputs) -> Any:
    import keras  # noqa: PLC0415 - as above

    if outputs in ("one sigmoid", "one logit"):
        return keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.5 if outputs == "one sigmoid" else 0.0)
    return "accuracy"


def _own_compile_error(model: Any, reason: str) -> ConfigError:
    return ConfigError(
        f"{type(model).__name__} has a compile of its own, which does not take the benchmark's optimizer, loss, "
        f"metrics, jit_compile and steps_per_execution: {reason}; let it pass them on to keras.Model.compile, or "
        "compile the model in your build function and give --training own"
    )


def check_own_compile(model: Any) -> None:
    """Refuse to train a model by its own compile where `build` did not compile it.

    Raises:
        ConfigError: with what to do.
    """
    if not model.compiled:
        raise ConfigError(
            "--training own keeps the optimizer, loss and metrics of the model that build returns, which must be "
            "compiled; received one that is not: call model.compile(…, metrics=['accuracy']), or leave --training out"
        )


def find_accuracy(model: Any, x: Any, y: Any) -> str:
    """Return what a model of its own compile calls its accuracy, after one evaluation of a batch.

    Raises:
        ConfigError: where it has none.
    """
    logs = model.evaluate(x, y, batch_size=len(x), verbose=0, return_dict=True)
    found = next((name for name in _ACCURACIES if name in logs), None)
    if found is None:
        raise ConfigError(
            f"--training own needs the accuracy of every epoch, received the metrics {', '.join(logs) or 'none'}; "
            "compile the model with metrics=['accuracy']"
        )
    return found


def wants_one_hot(model: Any) -> bool:
    """Tell whether a model's own loss takes labels as rows of 0 and 1."""
    return name_loss(model).replace("_", "").lower() == "categoricalcrossentropy"


def name_loss(model: Any) -> str:
    """Return the name of the loss that a model was compiled with."""
    loss = model.loss
    if isinstance(loss, str):
        return loss
    return getattr(loss, "__name__", None) or type(loss).__name__


def describe_compile(model: Any) -> str | None:
    """Say with what a model is compiled: `SGD at 0.5, loss sparse_categorical_crossentropy`; None where it is not."""
    if not model.compiled:
        return None
    name, rate, _ = read_optimizer(model)
    at_rate = "" if rate is None else f" at {rate:g}"
    return f"{name}{at_rate}, loss {name_loss(model)}"


def read_optimizer(model: Any) -> tuple[str, float | None, float | None]:
    """Return the optimizer, the rate of the first update and its decay per update that a compiled model really has.

    The decay is None for an optimizer of the user's own, whose rate may follow any rule, and the rate for one that has
    none. In half precision Keras wraps the optimizer in one that scales the loss: `LossScaleOptimizer(Adam)`.
    """
    outer = model.optimizer
    inner = getattr(outer, "inner_optimizer", outer)
    name = type(inner).__name__
    name = name if inner is outer else f"{type(outer).__name__}({name})"
    config = inner.get_config().get("learning_rate") if hasattr(inner, "get_config") else None
    if isinstance(config, dict) and config.get("class_name") == "InverseTimeDecay":
        schedule = config["config"]
        if schedule["decay_steps"] == 1:
            return name, float(schedule["initial_learning_rate"]), float(schedule["decay_rate"])
    return name, read_rate(inner), None


def read_rate(optimizer: Any) -> float | None:
    """Return the rate of an optimizer's next update; None for one that has none."""
    rate = getattr(optimizer, "learning_rate", None)
    return None if rate is None else float(rate)


def has_own_train_step(model: Any) -> bool:
    """Tell whether a model's class trains a batch in a way of its own."""
    import keras  # noqa: PLC0415 - as above

    return type(model).train_step is not keras.Model.train_step
