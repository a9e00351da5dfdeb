"""What a built network was made of must be the revision's: a copy that both sides share makes a check pass anything."""

import json
import sys
from types import ModuleType

import pytest

from bench.errors import ConfigError
from bench.networks.loaded_code import CodeHome, check_loaded_code


@pytest.fixture
def home(tmp_path):
    """Return the home of a revision that stands outside of the user's repository."""
    return CodeHome(tmp_path / "user", (tmp_path / "code", tmp_path / "venv"))


def module_at(file):
    module = ModuleType("any")
    module.__file__ = str(file)
    return module


class Installed:
    """A distribution with one file, and a record of where it was installed from."""

    def __init__(self, folder, source):
        self.folder, self.source, self.files = folder, source, ["helpers/__init__.py"]

    def read_text(self, name):
        return json.dumps({"url": self.source, "dir_info": {}}) if name == "direct_url.json" else None

    def locate_file(self, name):
        return self.folder / name


def test_the_revisions_own_code_and_libraries_from_elsewhere_are_fine(home, tmp_path):
    modules = {
        "mypkg.net": module_at(tmp_path / "code" / "mypkg" / "net.py"),
        "installed": module_at(tmp_path / "venv" / "lib" / "installed.py"),
        "numpy": module_at("/usr/lib/python3/numpy/__init__.py"),
        "built_in": ModuleType("built_in"),
    }
    check_loaded_code(home, modules, [])


def test_a_module_of_the_users_working_tree_is_refused_as_an_editable_install_brings_it(home, tmp_path):
    file = tmp_path / "user" / "libs" / "helpers" / "helpers" / "__init__.py"
    with pytest.raises(ConfigError, match=rf"'helpers' from {file}.*--install"):
        check_loaded_code(home, {"helpers": module_at(file)}, [])


def test_a_copy_that_was_installed_from_the_repository_is_refused(home, tmp_path):
    site = tmp_path / "site-packages"
    modules = {"helpers": module_at(site / "helpers" / "__init__.py")}
    with pytest.raises(ConfigError, match=r"'helpers' from .*installed from .*/user/libs/my helpers"):
        check_loaded_code(home, modules, [Installed(site, f"file://{tmp_path}/user/libs/my%20helpers")])
    check_loaded_code(home, modules, [Installed(site, f"file://{tmp_path}/elsewhere/helpers")])
    check_loaded_code(home, modules, [Installed(site, f"file://{tmp_path}/code/libs/helpers")])
    check_loaded_code(home, modules, [Installed(site, "https://example.org/helpers.whl")])


def test_an_environment_inside_the_repository_holds_libraries_and_none_of_its_code(home, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "user" / ".venv"))
    check_loaded_code(home, {"numpy": module_at(tmp_path / "user" / ".venv" / "lib" / "numpy.py")}, [])


def test_the_running_benchmark_is_shared_by_both_sides_but_its_networks_are_not(home, tmp_path):
    check_loaded_code(home, {"bench.run": module_at(tmp_path / "user" / "bench" / "run.py")}, [])
    with pytest.raises(ConfigError, match=r"bench\.models\.lstm"):
        check_loaded_code(home, {"bench.models.lstm": module_at(tmp_path / "user" / "models" / "lstm.py")}, [])
