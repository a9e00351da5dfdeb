"""What a side's workers find on their path: the running benchmark, and everything else from the revision."""

import itertools
import os
import sys
from pathlib import Path

import pytest

from bench.errors import ConfigError
from bench.gate.sides.installing import find_installable, install_side, own_requirements
from bench.gate.sides.revision import Repository, Revision
from bench.gate.sides.side import check_code, join_path, prepare_side
from bench.host.capture import capture_environment

pytestmark = pytest.mark.slow


@pytest.fixture
def side(tmp_path, environment, monkeypatch):
    """Return a side whose revision holds `mine`, and folders that could take the benchmark's place."""
    user, checkout = tmp_path / "user", tmp_path / "base" / "code"
    for folder in (user / "inner", checkout / "inner" / "src"):
        folder.mkdir(parents=True)
    for folder in (user / "inner", checkout / "inner"):
        (folder / "mine.py").write_text("")
        for name in ("bench", "models"):
            (folder / name).mkdir()
            (folder / name / "__init__.py").write_text("raise ImportError('the wrong one')")
    monkeypatch.syspath_prepend(user / "inner")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(user / "inner"), str(tmp_path / "other")]))
    repository = Repository(user, Path("inner"))
    revision = Revision("main", "0" * 40)
    return prepare_side("base", revision, checkout / "inner", repository, environment)


def test_the_benchmark_is_the_running_one_and_the_model_the_revisions(side, tmp_path):
    own = (tmp_path / "base" / "code" / "inner").resolve()
    assert Path(side.find_module("bench")).resolve() == own / "bench" / "__init__.py"  # whose import would raise
    assert side.capture_environment().boot_id == capture_environment().boot_id
    assert Path(side.find_module("mine")).resolve() == own / "mine.py"
    assert side.models is None


def test_nothing_of_the_users_folder_stays_on_the_path_and_src_is_on_it(side, tmp_path):
    path = side.environ["PYTHONPATH"].split(os.pathsep)
    inner = tmp_path / "base" / "code" / "inner"
    assert path[0] == str(inner)
    assert str(inner / "src") in path
    assert str(tmp_path / "other") in path
    assert not [entry for entry in path if entry.startswith(str(tmp_path / "user"))]
    assert side.environment.git_commit == "0" * 40


def test_this_projects_own_networks_come_from_the_revision(environment, tmp_path):
    for name in ("models/lstm.py", "bench/__main__.py"):
        (tmp_path / "code" / name).parent.mkdir(parents=True)
        (tmp_path / "code" / name).write_text("")
    repository, revision = Repository(tmp_path, Path()), Revision("main", "0" * 40)
    side = prepare_side("base", revision, tmp_path / "code", repository, environment)
    assert side.models == tmp_path / "code" / "models"
    assert ("--models", str(side.models)) in itertools.pairwise(side.worker_command)


def test_code_that_would_come_from_elsewhere_is_refused(side, tmp_path):
    check_code(side, ["mine:build", "lstm"])
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "elsewhere.py").write_text("")
    with pytest.raises(ConfigError, match=r"expected module 'elsewhere' in the revision, found .*other"):
        check_code(side, ["elsewhere:build"])
    with pytest.raises(ConfigError, match="found none"):
        check_code(side, ["nowhere.at.all:build"])
    with pytest.raises(ConfigError, match="both sides would train the same code"):
        check_code(side, ["lstm"])
    check_code(side, ["lstm"], is_installed=True)


def test_a_folder_whose_name_holds_the_paths_separator_is_refused():
    with pytest.raises(ConfigError, match=r"rename .*a:b"):
        join_path(["/somewhere", "/somewhere/a:b"])


def test_a_package_is_installed_or_else_its_requirements(tmp_path):
    with pytest.raises(ConfigError, match=r"expected pyproject\.toml, setup\.py or requirements\.txt"):
        find_installable(tmp_path)
    (tmp_path / "requirements.txt").write_text("")
    assert find_installable(tmp_path) == ["-r", str(tmp_path / "requirements.txt")]
    (tmp_path / "pyproject.toml").write_text("")
    assert find_installable(tmp_path) == [str(tmp_path)]


def test_the_benchmarks_own_needs_are_named_without_its_extras():
    names = own_requirements()
    assert any(name.startswith("keras>=") for name in names)
    assert not [name for name in names if name.startswith(("torch", "dask", "jax"))]


def test_an_installed_side_has_an_interpreter_of_its_own_and_a_failure_says_what_pip_said(side, tmp_path):
    (side.cwd / "requirements.txt").write_text("not a requirement at all\n")
    with pytest.raises(ConfigError, match=r"(?s)--install: base \(main\) cannot be installed:.*requirement"):
        install_side(side, tmp_path / "base" / "venv", requirements=())
    # What stands there spares the second making of an environment most of its time.
    (side.cwd / "requirements.txt").write_text("")
    with pytest.raises(ConfigError, match="its Python cannot run the benchmark: ModuleNotFoundError"):
        install_side(side, tmp_path / "base" / "venv", requirements=())
    python = tmp_path / "base" / "venv" / "bin" / "python"
    assert python.exists()
    assert str(python) != sys.executable
