"""A library is imported as if others were not installed, and they can be imported afterwards."""

import gc
import importlib
import sys

import pytest

from bench.import_without import import_without, import_without_collections


@pytest.fixture
def optional(tmp_path, monkeypatch):
    """The name of a module that is installed and not imported yet."""
    (tmp_path / "optional_module.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "optional_module"
    sys.modules.pop("optional_module", None)


def test_it_cannot_be_imported_within_and_can_after_an_error_too(optional):
    with pytest.raises(ModuleNotFoundError), import_without(optional):
        importlib.import_module(optional)
    assert importlib.import_module(optional).__name__ == optional


def test_what_is_there_already_stays(optional):
    module = importlib.import_module(optional)
    with import_without(optional):
        assert importlib.import_module(optional) is module
    assert sys.modules[optional] is module


def test_nothing_is_collected_within_and_the_collector_is_as_it_was_after_an_error_too():
    with import_without_collections():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ModuleNotFoundError), import_without_collections():
        importlib.import_module("a_module_that_is_not_installed")
    assert gc.isenabled()
