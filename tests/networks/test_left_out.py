"""What a network asked its revision for and did not find is refused by name where the user's own folder has it."""

import importlib
import subprocess
import sys

import pytest

from bench.errors import ConfigError
from bench.networks.left_out import check_left_out, module_places, refuse_left_out
from bench.networks.loaded_code import CodeHome

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A repository that ignores `made*`, of which the user's folder has two files and the revision none."""
    user, checkout = tmp_path / "user", tmp_path / "a checkout"
    for folder in (user, checkout):
        folder.mkdir()
    subprocess.run(["git", "init", "--quiet", str(user)], check=True)  # noqa: S607 - the user's git
    (user / ".gitignore").write_text("made*\n")
    (user / "made_units.py").write_text("UNITS = 40\n")
    (user / "made weights.npy").write_bytes(b"weights")
    (user / "later.py").write_text("")
    monkeypatch.chdir(checkout)
    monkeypatch.setattr(sys, "path", [str(checkout), *sys.path])
    return CodeHome(user, (checkout,))


def try_import(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return 8
    return 40


def test_a_module_that_a_fallback_hides_is_named_with_what_lets_it_in(home):
    with (
        pytest.raises(ConfigError, match=r"made_units\.py is ignored by git, .*--with made_units\.py"),
        refuse_left_out(home),
    ):
        assert try_import("made_units") == 8


def test_a_file_that_is_missing_is_named_and_one_that_was_named_in_an_errors_text_too(home):
    with pytest.raises(ConfigError, match=r"made weights\.npy is ignored by git"), refuse_left_out(home):
        open("made weights.npy")  # noqa: PTH123, SIM115 - it is not there
    with pytest.raises(ConfigError, match=r"made weights\.npy is ignored by git"), refuse_left_out(home):
        raise ValueError("File not found: 'made weights.npy'" + "x" * 5000)


def test_what_the_revision_has_or_git_does_not_ignore_is_no_offence(home):
    (home.homes[0] / "made_units.py").write_text("UNITS = 8\n")
    with refuse_left_out(home):
        assert try_import("made_units") == 40
        assert try_import("later") == 8  # the head may have added it: the base lacks it rightly
        assert try_import("nowhere") == 8
    sys.modules.pop("made_units")
    with pytest.raises(RuntimeError, match="its own"), refuse_left_out(home):
        raise RuntimeError("its own")


def test_a_pointer_of_git_lfs_is_recognised(home):
    (home.homes[0] / "weights.npy").write_text(POINTER)
    with (
        pytest.raises(ConfigError, match=r"expected the content of weights\.npy, received a pointer of Git LFS"),
        refuse_left_out(home),
        open("weights.npy", "rb") as file,  # noqa: PTH123 - as a network does
    ):
        file.read()


def test_the_places_of_a_module_are_those_of_source_extension_and_package(home):
    places = module_places("made_units", [str(home.homes[0])])
    assert {place.name for place in places} >= {"made_units.py", "__init__.py"}
    with pytest.raises(ConfigError, match=r"made_units\.py is ignored"):
        check_left_out(home, places)
