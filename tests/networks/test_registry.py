import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import models
from bench.errors import ConfigError
from bench.networks import registry
from bench.networks.inputs import NetworkInput
from bench.networks.plugin import build_model, resolve_spec
from bench.networks.registry import builtin_models


@pytest.fixture
def fresh_registry() -> Iterator[None]:
    builtin_models.cache_clear()
    yield
    builtin_models.cache_clear()
    sys.modules.pop("bench.models.elman", None)


def test_every_network_of_the_design_is_listed_with_what_its_kernel_must_prove() -> None:
    proofs = {name: spec.kernel_path for name, spec in builtin_models().items()}
    assert proofs == {
        "cnn": "any",
        "cnn-deep": "any",
        "lstm": "not-cudnn",
        "lstm-cudnn": "cudnn",
        "lstm-cpu": "not-cudnn",
        "lstm-fast": "not-cudnn",
        "lstm-cpu-fast": "not-cudnn",
        "cnn-fast": "any",
        "cnn-1d": "any",
        "fcn": "any",
        "tcn": "any",
        "gru": "any",
        "lstm-both-ways": "any",
        "lstm-pytorch": "any",
        "cnn-pytorch": "any",
    }


def test_the_names_layouts_and_budgets_follow_the_tutorial() -> None:
    models = builtin_models()
    assert {name: spec.layout for name, spec in models.items() if spec.family == "recurrent"} == dict.fromkeys(
        ("lstm", "lstm-cudnn", "lstm-cpu", "lstm-fast", "lstm-cpu-fast", "gru", "lstm-both-ways", "lstm-pytorch"),
        "sequence",
    )
    assert (models["lstm"].default_epochs, models["cnn"].default_epochs) == (3, 10)
    assert "does not show its CNN" in models["cnn"].caveat


def test_cudnn_takes_no_unroll_since_it_runs_its_own_loop() -> None:
    models = builtin_models()
    assert models["lstm"].options == {"units", "unroll"}
    assert models["lstm-cudnn"].options == {"units"}


def test_the_registry_is_read_without_a_framework() -> None:
    program = (
        "import sys; from bench.networks.plugin import resolve_spec; resolve_spec('lstm'); "
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'h5py'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.training
@pytest.mark.usefixtures("fresh_registry")
def test_the_recipe_followed_to_the_letter_adds_a_network_by_one_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = re.search(r"`elman\.py`:\n\n((?:    .*\n|\n)+)", registry.__doc__ or "")
    assert recipe
    (tmp_path / "elman.py").write_text(textwrap.dedent(recipe.group(1)), encoding="utf-8")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    model = build_model(resolve_spec("elman"), NetworkInput((5, 3), "sequence"), 4, units=2)
    assert model.count_params() == 2 * (3 + 2 + 1) + 4 * (2 + 1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("NETWORKS = {'x': {'build': name}}", "expected NETWORKS to be a literal, received an expression"),
        ("NETWORKS = {'x': {'build': 'build'}}", r"NETWORKS\['x'\] describes no network: .*family"),
        ("NETWORKS = {'x': {'build': 'b', 'famly': 'other'}}", "famly"),
        ("NETWORKS = {'x': 'build'}", r"NETWORKS\['x'\] describes no network"),
    ],
)
@pytest.mark.usefixtures("fresh_registry")
def test_a_table_that_describes_no_network_is_refused_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, message: str
) -> None:
    (tmp_path / "mine.py").write_text(table, encoding="utf-8")
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    with pytest.raises(ConfigError, match=rf"(?s){tmp_path}/mine\.py.*{message}"):
        builtin_models()


@pytest.mark.usefixtures("fresh_registry")
def test_reading_the_registry_runs_nothing_of_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    assert "lstm" in builtin_models()
