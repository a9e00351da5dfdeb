"""A user's build function, looked for in its source before anything is imported."""

import pytest

from bench.errors import ConfigError
from bench.networks.check_source import check_source
from bench.networks.find_function import find_source, read_function
from bench.networks.plugin import resolve_spec

SOURCE = """
import other
from helpers import imported


def build(input_shape, num_classes, units=64, *, filters=8, note=""):
    raise SystemExit("run")


def anything(input_shape, num_classes, **options): ...


class Nets:
    @staticmethod
    def small(input_shape, num_classes): ...


made = imported(3)
raise SystemExit("imported")
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SOURCE)
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "deep.py").write_text("def build(input_shape, num_classes): ...")
    return tmp_path / "mine.py"


@pytest.mark.parametrize("name", ["build", "anything", "Nets.small"])
def test_a_function_is_there(mine, name):
    assert read_function(mine, name).is_there is True


@pytest.mark.parametrize("name", ["imported", "made", "other.build"])
def test_what_only_running_can_tell_is_left_open(mine, name):
    assert read_function(mine, name).is_there is None


def test_a_function_that_is_not_there_is_refused_with_the_nearest(mine):
    with pytest.raises(ConfigError, match=r"expects 'biuld' in .*mine\.py, received none; did you mean 'build'\?"):
        check_source("mine:biuld")
    assert read_function(mine, "Nets.large").is_there is None


@pytest.mark.parametrize("line", ["from helpers import *", "globals()['x'] = 1", "def __getattr__(name): ..."])
def test_a_module_that_may_make_names_is_not_judged(mine, line):
    mine.write_text(line)
    assert read_function(mine, "build").is_there is None


def test_a_missing_module_is_refused_with_the_nearest(mine):
    with pytest.raises(ConfigError, match=r"expects a module 'mnie', received none .*did you mean 'mine'\?"):
        check_source("mnie:build")
    check_source("mine:build")
    check_source("nets.deep:build")
    check_source("lstm")
    assert find_source("nets.shallow", [str(mine.parent)]) is False


@pytest.mark.parametrize(
    ("name", "meant"),
    [("own.py:build", "own:build"), ("nets/own.py:build", "nets.own:build"), ("./own.py:", "own:build")],
)
def test_a_file_is_turned_into_the_name_that_was_meant(name, meant):
    with pytest.raises(ConfigError, match=rf"did you mean {meant}\?"):
        resolve_spec(name)


@pytest.mark.usefixtures("mine")
def test_options_are_those_that_the_function_takes():
    assert resolve_spec("mine:build").options == {"units", "filters"}
    assert {"units", "depth", "activation"} <= resolve_spec("mine:anything").options
    assert resolve_spec("mine:Nets.small").options == frozenset()


def test_a_file_that_is_no_python_is_left_to_its_import(mine):
    mine.write_text("def build(:")
    assert read_function(mine, "build").is_there is None
