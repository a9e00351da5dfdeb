from __future__ import annotations

import json
import subprocess
from importlib import metadata

import pytest

from bench.host.probe import Probe
from bench.host.software import read_build, read_git, read_keras_config, read_libraries, read_variables


def test_versions_come_from_metadata_and_missing_packages_are_left_out():
    versions = {"tensorflow": "2.21.0", "numpy": "2.4.6"}

    def version(name):
        if name in versions:
            return versions[name]
        raise metadata.PackageNotFoundError(name)

    assert read_libraries(version) == versions


def test_the_blas_of_numpy_is_told_with_its_version_and_kernels():
    pools = [
        {"user_api": "openmp", "internal_api": "openmp", "version": None, "num_threads": 2},
        {"user_api": "blas", "internal_api": "openblas", "version": "0.3.30", "architecture": "Zen", "num_threads": 2},
    ]
    assert read_build(lambda: pools) == {"NumPy's BLAS": "openblas 0.3.30 Zen"}
    assert read_build(list) == {}


@pytest.mark.parametrize("folder", ["numpy.libs", "numpy/.dylibs"])
def test_the_blas_of_numpy_is_not_that_of_scipy_in_whatever_order_they_are_found(folder):
    pools = [
        {"user_api": "blas", "internal_api": "openblas", "version": version, "filepath": f"/numpy/lib/{where}/lib.so"}
        for version, where in (("0.3.30", "scipy.libs"), ("0.3.31", folder))
    ]
    assert read_build(lambda: pools) == read_build(lambda: pools[::-1]) == {"NumPy's BLAS": "openblas 0.3.31"}


def test_variables_that_change_runs_are_kept_and_no_other():
    environ = {
        "KERAS_MAX_EPOCHS": "1",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "XLA_FLAGS": "--xla_x",
        "OMP_NUM_THREADS": "2",
        "CUDA_VISIBLE_DEVICES": "0",
        "HOME": "/home/someone",
        "PATH": "/bin",
        "MY_TF_X": "1",
    }
    assert list(read_variables(environ)) == sorted(set(environ) - {"HOME", "PATH", "MY_TF_X"})


@pytest.mark.parametrize(
    "name", ["TF_API_TOKEN", "KERAS_HUB_KEY", "XLA_SECRET_X", "TF_PASSWORD", "JAX_api_key", "MKL_CREDENTIALS"]
)
def test_a_variable_that_may_be_a_secret_is_never_recorded(name):
    assert read_variables({name: "hunter2"}) == {}


@pytest.mark.parametrize(
    "name",
    ["TF_CLI_ARGS", "TF_CLI_CONFIG_FILE", "TF_VAR_region", "TF_LOG", "TF_LOG_PATH", "TF_DATA_DIR", "TF_WORKSPACE"],
)
def test_terraforms_variables_are_not_taken_for_tensorflows(name):
    assert read_variables({name: "x"}) == {}


def test_a_long_value_is_cut():
    assert read_variables({"XLA_FLAGS": "x" * 10_000})["XLA_FLAGS"] == "x" * 500


def test_a_default_keras_json_shows_nothing(tmp_path):
    defaults = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
    (tmp_path / "keras.json").write_text(json.dumps({**defaults, "nnx_enabled": False}))
    assert read_keras_config({"KERAS_HOME": str(tmp_path)}) == ({}, None)


def test_values_of_keras_json_that_change_runs_are_shown(tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras/keras.json").write_text('{"floatx": "float16", "backend": "tensorflow", "new_switch": true}')
    assert read_keras_config({}, home=tmp_path) == ({"floatx": '"float16"', "new_switch": "true"}, None)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '"x"', "x" * 70_000, "\ufeff{}"])
def test_a_broken_keras_json_costs_a_note(tmp_path, text):
    (tmp_path / "keras.json").write_text(text)
    values, note = read_keras_config({"KERAS_HOME": str(tmp_path)})
    assert values == {}
    assert note.startswith("keras.json")


def test_a_missing_keras_json_is_the_defaults(tmp_path):
    assert read_keras_config({"KERAS_HOME": str(tmp_path)}) == ({}, None)


def git(folder, *arguments):
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)  # noqa: S607


def test_a_checkout_shows_its_commit_and_whether_it_was_changed(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-m", "one")
    (tmp_path / "untracked").write_text("journals lie beside the source and change nothing")
    commit, dirty = read_git(Probe(), tmp_path)
    assert len(commit) == 40
    assert dirty is False
    (tmp_path / "file").write_text("two")
    assert read_git(Probe(), tmp_path) == (commit, True)


@pytest.mark.parametrize("output", [None, "", "# branch.oid (initial)\n# branch.head main\n"])
def test_no_git_no_repository_or_no_commit_gives_no_figure(tmp_path, output):
    assert read_git(Probe(run=lambda _: output), tmp_path) == (None, None)
