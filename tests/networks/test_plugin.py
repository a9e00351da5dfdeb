import importlib
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.errors import ConfigError
from bench.models.cnn import build_cnn
from bench.networks import plugin
from bench.networks.inputs import NetworkInput
from bench.networks.plugin import build_model, known_models, load_spec, resolve_spec

Write = Callable[..., str]


@pytest.fixture
def write_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Write]:
    """Write a user's module into the current folder; returns its name, which no other test uses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    name = f"own_{abs(hash(request.node.nodeid)):x}"

    def write(source: str) -> str:
        Path(f"{name}.py").write_text(source, encoding="utf-8")
        return name

    yield write
    sys.modules.pop(name, None)


def _install(folder: Path, package: str, value: str) -> None:
    """Lay an installed package's record of its entry points into a folder of the path."""
    record = folder / f"{package}-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8")
    (record / "entry_points.txt").write_text(f"[rnn_or_cnn.models]\n{value}\n", encoding="utf-8")


def test_a_registry_name_is_its_own_spec() -> None:
    assert resolve_spec("cnn").build.load() is build_cnn
    assert load_spec("cnn", "sequence").layout == "image"


def test_an_unknown_name_is_refused_with_the_nearest_one_and_how_to_name_an_own_model() -> None:
    with pytest.raises(ConfigError, match=r"received 'lstm-cudn'; did you mean 'lstm-cudnn'\?.*package.module:build"):
        resolve_spec("lstm-cudn")


@pytest.mark.parametrize(
    "name", ["a b:build", "package.:build", ":build", "module:", "a:b:c", "a-b:c", "../x:y", "m:f()"]
)
def test_a_malformed_own_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"expects package\.module:build"):
        resolve_spec(name)


def test_resolving_an_own_model_imports_nothing(write_module: Write) -> None:
    name = write_module("raise SystemExit('imported')")
    spec = resolve_spec(f"{name}:build")
    assert (spec.name, spec.family, spec.options, spec.kernel_path) == (f"{name}:build", "other", frozenset(), "any")
    assert name not in sys.modules


def test_an_own_model_is_found_in_the_current_folder(write_module: Write) -> None:
    name = write_module(
        "class Nets:\n    @staticmethod\n    def build(shape, classes):\n        return (shape, classes)"
    )
    assert load_spec(f"{name}:Nets.build", "image").build((3, 2), 4) == ((3, 2), 4)


@pytest.mark.parametrize(
    ("line", "layout"),
    [("", "sequence"), ("build.layout = 'image'", "image"), ("build.layout = 'sequence'", "sequence")],
)
def test_the_build_functions_layout_wins_over_the_data_sets_own(write_module: Write, line: str, layout: str) -> None:
    name = write_module(f"def build(shape, classes): ...\n{line}\n")
    assert load_spec(f"{name}:build", "sequence").layout == layout


def test_a_layout_that_is_none_is_refused(write_module: Write) -> None:
    name = write_module("def build(shape, classes): ...\nbuild.layout = 'rows'\n")
    with pytest.raises(ConfigError, match="'sequence' or 'image', received 'rows'"):
        load_spec(f"{name}:build", "image")


def test_an_installed_packages_entry_point_is_a_model_by_name(
    write_module: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = write_module("def build(shape, classes):\n    return 'built'\n")
    _install(tmp_path, "transformers_bench", f"tiny-transformer = {name}:build")
    monkeypatch.syspath_prepend(tmp_path)
    assert resolve_spec("tiny-transformer").summary == f"the user's {name}:build"
    assert resolve_spec("tiny-transformer").build((3,), 2) == "built"
    assert list(known_models())[-1] == "tiny-transformer"
    with pytest.raises(ConfigError, match="did you mean 'tiny-transformer'"):
        resolve_spec("tiny-transfomer")


def test_a_missing_module_is_refused_with_where_it_was_sought(write_module: Write, tmp_path: Path) -> None:
    write_module("")
    with pytest.raises(ConfigError, match=f"received no module 'nowhere' in {tmp_path}"):
        load_spec("nowhere.at_all:build", "image")


def test_a_module_that_lacks_another_is_told_from_a_missing_module(write_module: Write) -> None:
    name = write_module("x = 1\nimport surely_not_installed\n")
    with pytest.raises(
        ConfigError, match=rf"raised ModuleNotFoundError at {name}.py, line 2, in <module> on importing"
    ):
        load_spec(f"{name}:build", "image")


def test_a_missing_function_is_refused_with_the_nearest_one(write_module: Write) -> None:
    name = write_module("def build_net(shape, classes): ...\n")
    with pytest.raises(
        ConfigError, match=rf"expects 'build_nett' in {name}, received none; did you mean 'build_net'\?"
    ):
        load_spec(f"{name}:build_nett", "image")


def test_something_that_cannot_be_called_is_refused(write_module: Write) -> None:
    name = write_module("build = 3\n")
    with pytest.raises(ConfigError, match="expects a function, received a int"):
        load_spec(f"{name}:build", "image")


@pytest.mark.training
def test_the_recipe_followed_to_the_letter_is_an_own_model(write_module: Write) -> None:
    recipe = re.search(r"`mine\.py` in the current folder may hold\n\n((?:    .*\n|\n)+)", plugin.__doc__ or "")
    assert recipe
    name = write_module(textwrap.dedent(recipe.group(1)))
    spec = load_spec(f"{name}:build", "image")
    assert spec.layout == "sequence"
    assert build_model(spec, NetworkInput((5, 3), "sequence"), 4).output_shape == (None, 4)


@pytest.mark.training
def test_a_builtin_model_is_built_with_its_options_and_none_or_false_means_its_own() -> None:
    source = NetworkInput((3, 2), "sequence")
    model = build_model(resolve_spec("lstm-cpu"), source, 4, units=5, unroll=False, filters=None, depth=None)
    assert model.layers[0].units == 5
    assert build_model(resolve_spec("lstm-cpu"), source, 4, units=None).layers[0].units == 128


@pytest.mark.training
@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("lstm-cudnn", {"unroll": True}, "'lstm-cudnn' takes units, received unroll=True"),
        (
            "cnn",
            {"filter": 3},
            r"'cnn' takes activation, filters, output_activation, received filter=3; did you mean 'filters'\?",
        ),
        ("own:build", {"units": 3}, "'own:build' takes no option, received units=3"),
    ],
)
def test_an_option_that_a_model_does_not_take_is_refused(model: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model(resolve_spec(model), NetworkInput((10, 10, 1), "image"), 4, **options)


@pytest.mark.training
def test_a_builtin_models_own_refusal_passes_as_it_is() -> None:
    with pytest.raises(ConfigError, match="at least 10 rows"):
        build_model(resolve_spec("cnn"), NetworkInput((4, 4, 1), "image"), 4)


SUBCLASSED = """
import keras

class Net(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.flatten, self.dense = keras.layers.Flatten(), keras.layers.Dense(classes, activation="softmax")

    def call(self, inputs):
        return self.dense(self.flatten(inputs))

def build(input_shape, num_classes):
    return Net(num_classes)
"""


@pytest.mark.training
def test_a_subclassed_model_is_built_and_accepted(write_module: Write) -> None:
    model = build_model(resolve_spec(f"{write_module(SUBCLASSED)}:build"), NetworkInput((3, 2), "sequence"), 4)
    assert model.count_params() == 4 * (6 + 1)


@pytest.mark.training
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return None", "expects build to return a keras.Model, received None"),
        ("return keras.layers.Dense(4)", "expects build to return a keras.Model, received a Dense"),
        (
            "return keras.Sequential([keras.Input(shape=shape), keras.layers.Dense(classes)])",
            r"expects an output of shape \(None, 4\) for inputs of shape \(None, 3, 2\), received \(None, 3, 4\)",
        ),
        (
            "x = keras.Input(shape=shape)\n    f = keras.layers.Flatten()(x)\n    return keras.Model(x, [f, f])",
            r"expects an output of shape \(None, 4\) .* received a list",
        ),
        (
            "return keras.Sequential([keras.Input(shape=(9,)), keras.layers.Dense(classes)])",
            "raised ValueError on calling it",
        ),
    ],
    ids=["nothing", "a layer", "another shape", "two outputs", "another input"],
)
def test_what_is_no_model_for_the_data_is_refused(write_module: Write, body: str, message: str) -> None:
    name = write_module(f"import keras\n\ndef build(shape, classes):\n    {body}\n")
    with pytest.raises(ConfigError, match=message):
        build_model(resolve_spec(f"{name}:build"), NetworkInput((3, 2), "sequence"), 4)


@pytest.mark.training
def test_an_exception_of_the_users_code_names_the_last_line_of_its_own(write_module: Write) -> None:
    name = write_module(
        "import keras\n\ndef widen(units):\n    return keras.layers.Dense(units)\n\n"
        "def build(shape, classes):\n    return widen(-classes)\n"
    )
    with pytest.raises(
        ConfigError, match=rf"raised ValueError at {name}.py, line 4, in widen on building it: .*-4"
    ) as caught:
        build_model(resolve_spec(f"{name}:build"), NetworkInput((3, 2), "sequence"), 4)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.fixture
def own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """A package without `__init__.py` in the current folder, and one of its name with one elsewhere on the path."""
    name = f"package_{abs(hash(request.node.nodeid)):x}"
    for folder, built in ((tmp_path / "user", "ours"), (tmp_path / "other", "theirs")):
        (folder / name).mkdir(parents=True)
        (folder / name / "net.py").write_text(f"def build(shape, classes):\n    return {built!r}\n", encoding="utf-8")
    (tmp_path / "other" / name / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "other"), *sys.path])
    monkeypatch.chdir(tmp_path / "user")
    yield name
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        sys.modules.pop(module)


def test_the_current_folders_package_wins_over_a_namesake_on_the_path(own_package: str) -> None:
    build = resolve_spec(f"{own_package}.net:build").build
    assert build((3,), 2) == "ours"
    assert build.find_file() == f"{own_package}/net.py"


def test_a_namesake_that_was_imported_before_is_refused(own_package: str, tmp_path: Path) -> None:
    importlib.import_module(f"{own_package}.net")
    expected = f"expects {tmp_path}/user/{own_package}/net.py, received {tmp_path}/other/{own_package}/net.py"
    with pytest.raises(ConfigError, match=expected):
        resolve_spec(f"{own_package}.net:build").build.load()
