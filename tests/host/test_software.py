from __future__ import annotations

import json
import subprocess
from importlib import metadata

import pytest

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


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init")
    (folder / "file").write_text("one")
    git(folder, "add", "file")
    git(folder, "commit", "-m", "one")
    return folder


def test_a_checkout_shows_its_commit_and_whether_a_file_was_changed_or_is_new(checkout):
    commit, dirty, note = read_git(checkout)
    assert (len(commit), dirty, note) == (40, False, None)
    (checkout / "mine.py").write_text("a network that is in no commit")
    assert read_git(checkout) == (commit, True, None)
    (checkout / "mine.py").unlink()
    (checkout / "file").write_text("two")
    assert read_git(checkout) == (commit, True, None)


def test_results_make_no_tree_dirty_be_they_a_folder_or_a_link(checkout, tmp_path):
    results = checkout / "results"
    results.mkdir()
    (results / "journal").write_text("")
    assert read_git(checkout)[1] is True
    assert read_git(checkout, exclude=[results])[1] is False
    (results / "journal").unlink()
    results.rmdir()
    results.symlink_to(tmp_path)
    assert read_git(checkout, exclude=[results])[1] is False


def test_the_folder_decides_and_not_a_hooks_variables(checkout, monkeypatch, tmp_path):
    expected = read_git(checkout)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert read_git(checkout) == expected


def test_without_a_commit_the_reason_is_told(tmp_path, monkeypatch):
    assert read_git(tmp_path)[2].startswith("git rev-parse: fatal: not a git repository")
    git(tmp_path, "init")
    assert read_git(tmp_path) == (None, None, "the repository has no commit yet")
    assert "No such file" in read_git(tmp_path / "gone")[2]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_git(tmp_path) == (None, None, "git is not installed")


def test_a_foreign_owner_is_the_reason(checkout, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests
    commit, dirty, note = read_git(checkout)
    assert (commit, dirty) == (None, None)
    assert "dubious ownership" in note


@pytest.mark.parametrize(
    "name",
    ["DNNL_MAX_CPU_ISA", "KMP_BLOCKTIME", "MALLOC_ARENA_MAX", "GOMP_CPU_AFFINITY", "GLIBC_TUNABLES", "LD_PRELOAD",
     "PYTHONMALLOC", "PYTHONOPTIMIZE", "ONEDNN_MAX_CPU_ISA"],
)  # fmt: skip
def test_what_changes_speed_is_recorded(name):
    assert read_variables({name: "x"}) == {name: "x"}
