"""From the text of `--model` to a network: a registry name, an entry point, or `package.module:build`.

The parent process only looks at names; a network's code is imported in the worker alone. A user's `build` is called
as `build(input_shape, num_classes)`. It may carry an attribute `layout`, "sequence" or "image"; without one the network
gets examples in the data set's own layout. So `mine.py` in the current folder may hold

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

and trains with `python -m bench run --model mine:build,cnn`. An installed package gives its function a name of its own
by the entry point that its pyproject.toml declares:

    [project.entry-points."rnn_or_cnn.models"]
    both-ways = "mine:build"
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
from collections.abc import Callable
from typing import Any, get_args

from bench.errors import BenchError, ConfigError, suggest
from bench.networks.builder import HOW_TO_NAME, Builder
from bench.networks.guest_errors import guest_error
from bench.networks.registry import Layout, ModelSpec, builtin_models

ENTRY_POINT_GROUP = "rnn_or_cnn.models"
_DEFAULT_EPOCHS = 10


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
        f"{suggest(name, (*models, *points))}; {HOW_TO_NAME}"
    )


def load_spec(name: str, data_layout: Layout) -> ModelSpec:
    """Resolve the text of `--model` in the worker, with the layout that the network really takes.

    Args:
        name: the text of `--model`.
        data_layout: the data set's own layout, for a user's function that names none.

    Raises:
        ConfigError: as `resolve_spec`, or the import fails, or the function's `layout` is no layout.
    """
    spec = resolve_spec(name)
    if spec.build.is_built_in:
        return spec
    layout = getattr(spec.build.load(), "layout", data_layout)
    if layout not in get_args(Layout):
        raise ConfigError(f"model {name!r} expects its layout to be 'sequence' or 'image', received {layout!r}")
    return dataclasses.replace(spec, layout=layout)


def build_model(
    spec: ModelSpec, input_shape: tuple[int, ...], num_classes: int, **options: int | bool | str | None
) -> Any:
    """Build a network and check that it is one: a Keras model from `input_shape` to (None, num_classes).

    Args:
        spec: from `resolve_spec` or `load_spec`.
        input_shape: of one example.
        num_classes: expected width of the output.
        options: of `spec.options`; None and False stand for the model's own value.

    Raises:
        ConfigError: the model takes no such option, raises, is no Keras model, or has another output shape.
    """
    import keras  # noqa: PLC0415 - the worker chooses the backend before Keras is imported

    chosen = {option: value for option, value in options.items() if value is not None and value is not False}
    _check_options(spec, chosen)
    model = call_user(spec, "building it", lambda: spec.build(input_shape, num_classes, **chosen))
    if not isinstance(model, keras.Model):
        raise ConfigError(f"model {spec.name!r} expects build to return a keras.Model, received {_kind(model)}")
    # A symbolic call also builds a subclassed model, and meets an Input that ignored input_shape.
    outputs = call_user(spec, "calling it", lambda: model(keras.KerasTensor((None, *input_shape), dtype="float32")))
    received = tuple(outputs.shape) if hasattr(outputs, "shape") else _kind(outputs)
    if received != (None, num_classes):
        raise ConfigError(
            f"model {spec.name!r} expects an output of shape (None, {num_classes}) for inputs of shape "
            f"{(None, *input_shape)}, received {received}; end it in a Dense layer of num_classes with softmax"
        )
    return model


def _check_options(spec: ModelSpec, options: dict[str, int | bool | str]) -> None:
    for option, value in options.items():
        if option not in spec.options:
            known = ", ".join(sorted(spec.options)) or "no option"
            raise ConfigError(
                f"model {spec.name!r} takes {known}, received {option}={value}{suggest(option, spec.options)}; "
                "leave it out or choose another model"
            )


def call_user(spec: ModelSpec, doing: str, call: Callable[[], Any]) -> Any:
    """Return what the user's code returns; its exceptions become a ModelError that names the network and its line."""
    try:
        return call()
    except BenchError:
        raise
    except Exception as error:
        if isinstance(error, ValueError) and spec.build.is_built_in:
            raise ConfigError(str(error)) from error  # its own refusal, a sentence as it is
        raise guest_error(spec.name, spec.build.module, error, doing) from error


def _describe_user_model(name: str, target: str) -> ModelSpec:
    module, _, attribute = target.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise ConfigError(f"--model expects package.module:build, received {name!r}; {HOW_TO_NAME}")
    return ModelSpec(
        name=name,
        family="other",
        layout="image",
        summary=f"the user's {target}",
        default_epochs=_DEFAULT_EPOCHS,
        build=Builder(name, module, attribute),
    )


def _entry_points() -> importlib.metadata.EntryPoints:
    return importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
