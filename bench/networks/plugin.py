"""From the text of `--model` to a network: a registry name, an entry point, or `package.module:build`.

The parent process only looks at names; a network's code is imported in the worker alone. A user's `build` is called
as `build(input_shape, num_classes)`, and with `units=` and its like where it has such parameters. It may carry an
attribute `layout`, "sequence" or "image"; without one the network gets examples in the data set's own layout. So
`mine.py` in the current folder may hold

    import keras


    def build(input_shape, num_classes):
        return keras.Sequential(
            [
                keras.Input(shape=input_shape),
                keras.layers.Bidirectional(keras.layers.GRU(32)),
                keras.layers.Dense(num_classes, activation="softmax"),
            ]
        )


    build.layout = "sequence"

and trains with `python -m bench run --model mine:build,cnn`. It may as well return a `torch.nn.Module`, or be the class
of one: see `bench.networks.pytorch`. An installed package gives its function a name of its own by the entry point that
its pyproject.toml declares:

    [project.entry-points."rnn_or_cnn.models"]
    both-ways = "mine:build"
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from bench.errors import BenchError, ConfigError, suggest
from bench.install_hint import word_missing_backend
from bench.networks.builder import HOW_TO_NAME, Builder
from bench.networks.find_framework import find_framework
from bench.networks.find_function import find_source, read_function, search_path
from bench.networks.first_layers import count_ids, find_embedding
from bench.networks.flops import iterate_layers
from bench.networks.guest_errors import guest_error
from bench.networks.inputs import NetworkInput, join_input
from bench.networks.outputs import output_widths
from bench.networks.proof.kernel import find_recurrent_layers
from bench.networks.pytorch.loading import load_torch
from bench.networks.pytorch.wrapping import is_module, own_arguments, wrap_module
from bench.networks.registry import ALL_BACKENDS, DataLayout, Layout, ModelSpec, builtin_models
from bench.settings import MODEL_OPTIONS

ENTRY_POINT_GROUP = "rnn_or_cnn.models"
_DEFAULT_EPOCHS = 10
_NDIM = re.compile(r"expected (min_|max_)?ndim=")
_SHAPES: Mapping[str, str] = {"image": "(rows, columns, channels)", "sequence": "(steps, features)"}


def known_models() -> dict[str, ModelSpec]:
    """Return the networks of this package and those of installed packages by name, without importing the latter."""
    plugins = {point.name: _describe_user_model(point.name, point.value) for point in _entry_points()}
    return {**builtin_models(), **{name: spec for name, spec in plugins.items() if name not in builtin_models()}}


def resolve_spec(name: str) -> ModelSpec:
    """Resolve the text of `--model` without importing a user's code.

    The layout of a model that is not of this package is not known before its import: it reads "image" here, and
    `load_spec` gives the right one.

    Raises:
        ConfigError: nothing of that name exists, or it is no valid `package.module:build`.
    """
    models = builtin_models()
    if name in models:
        return models[name]
    if ":" in name:
        return _describe_user_model(name, name)
    points = {point.name: point.value for point in _entry_points()}
    if name in points:
        return _describe_user_model(name, points[name])
    raise ConfigError(
        f"--model expects one of {', '.join(sorted({*models, *points}))}, received {name!r}"
        f"{_suggest_model(name, (*models, *points))}; {HOW_TO_NAME}"
    )


def _suggest_model(name: str, known: Iterable[str]) -> str:
    stem = name.removesuffix(".py").strip("./").replace("/", ".")
    return f"; did you mean {stem}:build?" if name.endswith(".py") else suggest(name, known)


def load_spec(name: str, data_layout: DataLayout) -> ModelSpec:
    """Resolve the text of `--model` in the worker, with the layout that the network really takes.

    Args:
        name: the text of `--model`.
        data_layout: the data set's own layout, for a user's function that names none; tokens come as sequences.

    Raises:
        ConfigError: as `resolve_spec`, or the import fails, or the function's `layout` is no layout, or PyTorch is
            needed and not installed.
    """
    spec = resolve_spec(name)
    if spec.framework == "torch" and importlib.util.find_spec("torch") is None:
        raise ConfigError(word_missing_backend("torch"))
    if spec.build.is_built_in:
        return spec
    function = spec.build.load()
    if is_module(function) or _is_keras_model(function):
        raise ConfigError(
            f"model {name!r} expects a function that returns a network, or its class, received a network "
            f"({type(function).__name__}), whose weights all trials would share; make it in "
            "def build(input_shape, num_classes)"
        )
    layout = getattr(function, "layout", "sequence" if data_layout == "tokens" else data_layout)
    if layout not in get_args(Layout):
        raise ConfigError(f"model {name!r} expects its layout to be 'sequence' or 'image', received {layout!r}")
    return dataclasses.replace(spec, layout=layout)


def _is_keras_model(value: object) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.Model)


def load_frameworks(names: Iterable[str]) -> None:
    """Import PyTorch where one of these networks needs it, before any network imports TensorFlow: see `load_torch`."""
    for name in names:
        with contextlib.suppress(ConfigError):  # what is no network is refused when it is built
            if resolve_spec(name).framework == "torch" and importlib.util.find_spec("torch"):
                load_torch()


def build_model(spec: ModelSpec, source: NetworkInput, num_classes: int, **options: int | bool | str | None) -> Any:
    """Build a network with what comes before it, and check that it is one: a Keras model to (None, num_classes).

    For two classes one output is enough: (None, 1). A `torch.nn.Module` comes as a `TorchNetwork`, with nothing before.

    Args:
        spec: from `resolve_spec` or `load_spec`.
        source: what one example is.
        num_classes: expected width of the output.
        options: of `spec.options`; None and False mean the model's own value.

    Raises:
        ConfigError: the model takes no such option, raises, is no network, or has another output shape.
    """
    chosen = {option: value for option, value in options.items() if value is not None and value is not False}
    _check_options(spec, chosen)
    chosen |= own_arguments(spec, source)
    for_ids = _build_for_ids(spec, source, num_classes, chosen)
    if for_ids is not None:
        _check_keras_model(spec, for_ids, source, source.shape, num_classes)
        _check_mask(spec, for_ids, source)
        return for_ids
    shape = source.torch_shape if spec.framework == "torch" else source.network_shape
    model = call_user(spec, "building it", shape, lambda: spec.build(shape, num_classes, **chosen))
    if is_module(model):
        return wrap_module(spec, model, source, num_classes)
    _check_keras_model(spec, model, source, shape, num_classes)
    masks = any(True for _ in find_recurrent_layers(model))
    return call_user(spec, "joining it to its input", shape, lambda: join_input(model, source, masks=masks))


def _check_keras_model(
    spec: ModelSpec, model: Any, source: NetworkInput, shape: tuple[int, ...], num_classes: int
) -> None:
    """Refuse what is no Keras model, or cannot be trained on examples of this shape."""
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    if not isinstance(model, keras.Model) or spec.framework == "torch":
        expected = "a torch.nn.Module, as its source shows" if spec.framework == "torch" else "a keras.Model"
        raise ConfigError(
            f"model {spec.name!r} expects build to return {expected}, received {_kind(model)}; return the model"
        )
    _check_batches(spec, model)
    # A symbolic call also builds a subclassed model, and meets an Input that ignored input_shape.
    batch = keras.KerasTensor((None, *shape), dtype="float32")
    outputs = call_user(spec, "calling it", shape, lambda: model(batch))
    received = tuple(outputs.shape) if hasattr(outputs, "shape") else _kind(outputs)
    if received not in {(None, width) for width in output_widths(num_classes)}:
        raise ConfigError(
            f"model {spec.name!r} expects an output of shape (None, {num_classes}) for inputs of shape "
            f"{(None, *shape)}, received {received}; end it in a Dense layer of num_classes"
        )
    if source.is_padded and not all(getattr(layer, "takes_masks", True) for layer in find_recurrent_layers(model)):
        raise ConfigError(
            f"model {spec.name!r} takes no mask, and some series of this data set end in padding; choose --model "
            f"{spec.twin_of or 'lstm'}"
        )


def _build_for_ids(spec: ModelSpec, source: NetworkInput, num_classes: int, options: Mapping[str, Any]) -> Any:
    """Return a user's network for the ids of tokens where it begins with an Embedding of its own, else None.

    What it begins with is known only once it is built. Most that expect embedded tokens cannot be built for ids: that
    they fail here means nothing, and if it does mean something they fail again where it is reported.
    """
    if source.vocabulary is None or spec.build.is_built_in or spec.framework == "torch":
        return None
    try:
        model = spec.build(source.shape, num_classes, **options)
    except Exception:  # noqa: BLE001 - a user's code may raise anything
        return None
    return model if not is_module(model) and count_ids(model) is not None else None


def _check_mask(spec: ModelSpec, model: Any, source: NetworkInput) -> None:
    """Refuse recurrent layers that would read the padding behind an Embedding, which masks it only if told to."""
    if source.is_padded and any(True for _ in find_recurrent_layers(model)) and not find_embedding(model).mask_zero:
        raise ConfigError(
            f"model {spec.name!r} is not told where an example ends, and some of this data set end in padding, id 0; "
            "give its Embedding mask_zero=True"
        )


def _check_options(spec: ModelSpec, options: dict[str, int | bool | str]) -> None:
    for option, value in options.items():
        if option not in spec.options:
            known = ", ".join(sorted(spec.options)) or "no option"
            raise ConfigError(
                f"model {spec.name!r} takes {known}, received {option}={value}{suggest(option, spec.options)}; "
                "leave it out or choose another model"
            )


def _check_batches(spec: ModelSpec, model: Any) -> None:
    """Refuse a network for batches of one size alone: the last batch of an epoch, and validation's, may be smaller."""
    sizes = [tensor.shape[0] for tensor in getattr(model, "inputs", None) or () if tensor.shape[0] is not None]
    if sizes:
        raise ConfigError(
            f"model {spec.name!r} expects batches of {sizes[0]}, but the last batch of an epoch may be smaller; "
            "begin it with keras.Input(shape=input_shape), which leaves the batch open"
        )
    stateful = [layer.name for layer in iterate_layers(model) if getattr(layer, "stateful", False)]
    if stateful:
        raise ConfigError(
            f"model {spec.name!r} keeps its state from batch to batch (layer {stateful[0]!r} is stateful), but batches "
            "are shuffled and differ in size; leave stateful=True out"
        )


def call_user(spec: ModelSpec, doing: str, input_shape: tuple[int, ...], call: Callable[[], Any]) -> Any:
    """Return what the user's code returns; its exceptions become an error that names the network and its line."""
    try:
        return call()
    except BenchError:
        raise
    except Exception as error:
        if isinstance(error, ValueError) and spec.build.is_built_in:
            raise ConfigError(str(error)) from error  # its own refusal, a sentence as it is
        raise guest_error(spec.name, spec.build.module, error, doing, _hint(spec, error, input_shape)) from error


def _hint(spec: ModelSpec, error: Exception, input_shape: tuple[int, ...]) -> str:
    """Say how a build function asks for the other layout where a layer met the wrong number of axes."""
    if not _NDIM.search(str(error)):
        return ""
    other = "image" if spec.layout == "sequence" else "sequence"
    return (
        f"; it received examples of shape {input_shape}, the {spec.layout} layout: set "
        f"{spec.build.attribute}.layout = {other!r} below the function for {_SHAPES[other]}, or fit the layers to this"
    )


def _describe_user_model(name: str, target: str) -> ModelSpec:
    module, _, attribute = target.partition(":")
    if module.endswith(".py") or "/" in module:
        dotted = module.removesuffix(".py").strip("./").replace("/", ".")
        raise ConfigError(
            f"--model expects package.module:build, received the file {module!r}; did you mean "
            f"{dotted}:{attribute or 'build'}?"
        )
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise ConfigError(f"--model expects package.module:build, received {name!r}; {HOW_TO_NAME}")
    framework = find_framework(module, attribute)
    return ModelSpec(
        name=name,
        family="other",
        layout="image",
        summary=f"the user's {target}",
        default_epochs=_DEFAULT_EPOCHS,
        options=_read_options(module, attribute),
        build=Builder(name, module, attribute),
        backends=frozenset({"torch"}) if framework == "torch" else ALL_BACKENDS,
        framework=framework,
    )


def _read_options(module: str, attribute: str) -> frozenset[str]:
    """Return the options that a user's function takes by name, as its source says."""
    file = find_source(module, search_path())
    parameters = read_function(file, attribute).parameters if isinstance(file, Path) else frozenset()
    return frozenset(MODEL_OPTIONS) if "**" in parameters else parameters & frozenset(MODEL_OPTIONS)


def _entry_points() -> importlib.metadata.EntryPoints:
    return importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
