"""Proof of what really runs: the kernel of every recurrent layer and the devices of the operations.

Keras falls back from cuDNN without a word, so a setting proves nothing. The proof is what the backend was made to do in
a forward pass in training mode; the gradient's kernel follows from the forward one. See `trace_tensorflow`, `trace_jax`
and `trace_torch` for each backend's evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.errors import ConfigError
from bench.networks.proof.execution import ExecutionPath, LayerPath
from bench.networks.registry import ModelSpec

_NO_GPU = "a GPU must be visible, received none"


class KernelPathError(ConfigError):
    """A recurrent layer does not run the kernel that its model requires."""


def resolve_execution(model: Any, input_shape: tuple[int, ...], dtype: str = "float32") -> ExecutionPath:
    """Trace a forward pass of a built Keras model in training mode, run it on one example of ones, and read both.

    Weights, random states and moving averages are as before when it returns. It costs one more trace of the forward
    pass and no memory that lasts: 0.4 s for the `lstm` and 0.1 s for the `cnn` on two cores, 1.5 s where 28 steps are
    unrolled; their first steps take 3, 2 and 6 s there, with or without it. It belongs to the time to build. On a GPU
    it also pays for loading cuDNN, which is neither tracing nor compiling.

    Args:
        model: built, compiled or not; of one input.
        input_shape: of one example.
        dtype: of its values.

    Raises:
        KernelPathError: a layer with `use_cudnn=True` cannot be built into the trace; names the conditions not met.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    layers = tuple(find_recurrent_layers(model))
    try:
        return _prove(keras.backend.backend(), model, layers, input_shape, dtype)
    except ValueError as error:
        if "use_cudnn=True" not in str(error):
            raise
        unmet = find_unmet_conditions(model, has_gpu=has_visible_gpu())
        raise KernelPathError(_explain(f"model {model.name!r} asks for cuDNN", unmet)) from error


def _prove(backend: str, model: Any, layers: Sequence[Any], input_shape: tuple[int, ...], dtype: str) -> ExecutionPath:
    if backend == "tensorflow":
        from bench.networks.proof.trace_tensorflow import prove_execution  # noqa: PLC0415 - it imports this module
    elif backend == "jax":
        from bench.networks.proof.trace_jax import prove_execution  # noqa: PLC0415
    elif backend == "torch":
        from bench.networks.proof.trace_torch import prove_execution  # noqa: PLC0415
    else:
        reason = f"no way is known to see kernels of the backend {backend!r}"
        return ExecutionPath(
            tuple(LayerPath(layer=layer.name, path="not provable", evidence=reason) for layer in layers), {}
        )
    return prove_execution(model, layers, input_shape, dtype)


def check_kernel_path(
    spec: ModelSpec, layer_paths: Sequence[LayerPath], unmet: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Check the proven paths against what the model requires.

    Args:
        spec: `kernel_path` says what must be proven: `cudnn` in every recurrent layer, or in none.
        layer_paths: from `resolve_execution`.
        unmet: conditions by layer from `find_unmet_conditions`, for the message.

    Raises:
        KernelPathError: with each layer's path and evidence, and the conditions not met.
    """
    if spec.kernel_path == "any":
        return
    wants_cudnn = spec.kernel_path == "cudnn"
    wrong = [path for path in layer_paths if (path.path == "cudnn") != wants_cudnn]
    if layer_paths and not wrong:
        return
    found = "; ".join(f"{path.layer}: {path.path} ({path.evidence})" for path in wrong) or "no recurrent layer"
    expected = "cuDNN in every recurrent layer" if wants_cudnn else "no cuDNN kernel in any recurrent layer"
    message = f"model {spec.name!r} expects {expected}, received {found}"
    raise KernelPathError(_explain(message, unmet or {}) if wants_cudnn else f"{message}; choose --model lstm-cudnn")


def find_unmet_conditions(model: Any, *, has_gpu: bool) -> dict[str, tuple[str, ...]]:
    """Name each condition of cuDNN that a recurrent layer of a built Keras model does not meet, by layer.

    The conditions are those of Keras' LSTM and GRU layers. TensorFlow takes masks that are padded on the right, which
    only running shows; JAX and PyTorch take none. Compiled by PyTorch, Keras leaves cuDNN out.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    conditions = [] if has_gpu else [_NO_GPU]
    backend, source = keras.backend.backend(), _find_mask(model)
    if source and backend != "tensorflow":
        conditions.append(f"no mask may come with the backend {backend}, received one from {source}")
    if backend == "torch" and model.jit_compile:
        conditions.append("the step must not be compiled with the backend torch, received --jit on")
    return {layer.name: (*_unmet(layer), *conditions) for layer in find_recurrent_layers(model)}


def _find_mask(model: Any) -> str | None:
    """Return the name of the first layer that makes a mask."""
    for layer in _children(model):
        if type(layer).__name__ == "Masking" or getattr(layer, "mask_zero", False):
            return str(layer.name)
        if name := _find_mask(layer):
            return name
    return None


def _unmet(layer: Any) -> Iterator[str]:
    kind = type(layer).__name__
    if kind not in ("LSTM", "GRU"):
        yield f"the layer must be an LSTM or GRU, received {kind}"
        return
    for field, expected, received in (
        ("activation", "tanh", layer.activation.__name__),
        ("recurrent_activation", "sigmoid", layer.recurrent_activation.__name__),
        ("use_bias", True, layer.use_bias),
        ("unroll", False, layer.unroll),
        ("reset_after", True, getattr(layer, "reset_after", True)),
        ("recurrent_dropout", 0, layer.recurrent_dropout),
        ("use_cudnn", True, layer.use_cudnn is not False),  # "auto" asks too
    ):
        if received != expected:
            yield f"{field} must be {expected}, received {received}"


def has_visible_gpu() -> bool:
    """Ask the backend in use for a GPU that it may use; initialises the backend's runtime."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf  # noqa: PLC0415

        return bool(tf.config.list_logical_devices("GPU"))
    if backend == "jax":
        import jax  # noqa: PLC0415

        return bool(jax.default_backend() == "gpu")
    if backend == "torch":
        import torch  # noqa: PLC0415

        return bool(torch.cuda.is_available())
    return False


def find_recurrent_layers(model: Any) -> Iterator[Any]:
    """Yield each of Keras' recurrent layers in a model, nested models and wrappers unfolded."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    for layer in _children(model):
        if isinstance(layer, keras.layers.RNN):
            yield layer
        else:
            yield from find_recurrent_layers(layer)


def find_owners(model: Any) -> dict[int, Any]:
    """Return the Bidirectional that each recurrent layer of one belongs to, by the layer's `id`.

    Where a backend can, Keras 3.15 runs both directions in one call, and calls neither layer.
    """
    owners: dict[int, Any] = {}
    for layer in _children(model):
        if type(layer).__name__ == "Bidirectional":
            owners |= {id(inner): layer for inner in _children(layer)}
        owners |= find_owners(layer)
    return owners


def _children(layer: Any) -> Iterator[Any]:
    if type(layer).__name__ == "Bidirectional":
        yield from (layer.forward_layer, layer.backward_layer)
        return
    yield from getattr(layer, "layers", ())
    if type(layer).__name__ == "TimeDistributed":
        yield layer.layer


def _explain(message: str, unmet: Mapping[str, Sequence[str]]) -> str:
    """Add the conditions that are not met, each once, and what to do."""
    by_condition: dict[str, list[str]] = {}
    for layer, conditions in unmet.items():
        for condition in conditions:
            by_condition.setdefault(condition, []).append(layer)
    reasons = "; ".join(f"{condition} ({', '.join(names)})" for condition, names in by_condition.items())
    missing = f"condition not met: {reasons}" if reasons else "every condition that can be seen is met"
    return (
        f"{message}; {missing}; run `python -m bench env` to see whether a GPU and cuDNN work, or use --model lstm-cpu"
    )
