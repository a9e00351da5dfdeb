"""From the text of `--model` to a network: a registry name, an entry point, or `package.module:build`.

The parent process only looks at names; a user's code is imported in the worker alone. A user's `build` is called
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
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from bench.errors import BenchError, ConfigError, suggest
from bench.networks.registry import Layout, ModelSpec, builtin_models

ENTRY_POINT_GROUP = "rnn_or_cnn.models"
_DEFAULT_EPOCHS = 10
_HOW_TO_NAME = "name your own as package.module:build, called as build(input_shape, num_classes)"


@dataclass(frozen=True)
class UserBuilder:
    """A build function outside this package, imported when it is first called.

    Attributes:
        name: what `--model` received.
        module: dotted name of the module.
        attribute: dotted name of the function within it.
    """

    name: str
    module: str
    attribute: str

    def load(self) -> Callable[..., Any]:
        """Import the function; the current folder is importable, as with `python -m`.

        Raises:
            ConfigError: there is no such module or function, or its import raises.
        """
        folder = str(Path.cwd())
        if folder not in sys.path and "" not in sys.path:
            sys.path.insert(0, folder)
        found: Any = self._import_module()
        for part in self.attribute.split("."):
            if not hasattr(found, part):
                raise ConfigError(
                    f"model {self.name!r} expects {part!r} in {self.module}, received none"
                    f"{suggest(part, dir(found))}; {_HOW_TO_NAME}"
                )
            found = getattr(found, part)
        if not callable(found):
            raise ConfigError(f"model {self.name!r} expects a function, received {_kind(found)}; {_HOW_TO_NAME}")
        function: Callable[..., Any] = found
        return function

    def _import_module(self) -> Any:
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if not error.name or not f"{self.module}.".startswith(f"{error.name}."):
                raise _user_error(self.name, self.module, error, "importing it") from error
            raise ConfigError(
                f"model {self.name!r} expects a module {self.module!r}, received no module {error.name!r} in "
                f"{Path.cwd()} or among the installed packages; run in the module's folder or install its package"
            ) from error
        except Exception as error:
            raise _user_error(self.name, self.module, error, "importing it") from error

    def __call__(self, input_shape: tuple[int, ...], num_classes: int, **options: Any) -> Any:
        """Import the function and call it."""
        return self.load()(input_shape, num_classes, **options)


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
        f"{suggest(name, (*models, *points))}; {_HOW_TO_NAME}"
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
    if not isinstance(spec.build, UserBuilder):
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
    model = _call_user(spec, "building it", lambda: spec.build(input_shape, num_classes, **chosen))
    if not isinstance(model, keras.Model):
        raise ConfigError(f"model {spec.name!r} expects build to return a keras.Model, received {_kind(model)}")
    # A symbolic call also builds a subclassed model, and meets an Input that ignored input_shape.
    outputs = _call_user(spec, "calling it", lambda: model(keras.KerasTensor((None, *input_shape), dtype="float32")))
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


def _call_user(spec: ModelSpec, doing: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except BenchError:
        raise
    except Exception as error:
        module = spec.build.module if isinstance(spec.build, UserBuilder) else spec.build.__module__
        raise _user_error(spec.name, module, error, doing) from error


def _user_error(name: str, module: str, error: Exception, doing: str) -> ConfigError:
    """Name the exception and the last line of the user's own code that it passed."""
    package = module.partition(".")[0]
    own = [where for where, frame_package in _walk(error.__traceback__) if frame_package == package]
    text = str(error).strip().partition("\n")[0]
    place = f" at {own[-1]}" if own else ""
    return ConfigError(f"model {name!r} raised {type(error).__name__}{place} on {doing}: {text}; correct it")


def _walk(traceback: TracebackType | None) -> Iterator[tuple[str, str]]:
    """Yield `file.py, line 12, in build` and the top-level package of each frame."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        where = f"{Path(code.co_filename).name}, line {traceback.tb_lineno}, in {code.co_name}"
        yield where, str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        traceback = traceback.tb_next


def _describe_user_model(name: str, target: str) -> ModelSpec:
    module, _, attribute = target.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), *attribute.split("."))):
        raise ConfigError(f"--model expects package.module:build, received {name!r}; {_HOW_TO_NAME}")
    return ModelSpec(
        name=name,
        family="other",
        layout="image",
        summary=f"the user's {target}",
        default_epochs=_DEFAULT_EPOCHS,
        build=UserBuilder(name, module, attribute),
    )


def _entry_points() -> importlib.metadata.EntryPoints:
    return importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
