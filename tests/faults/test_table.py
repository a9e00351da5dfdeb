"""The list of faults is whole, every test that it names is there, and the page says what the list says."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("fault_table", Path(__file__).with_name("table.py"))
table = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(table)


def functions_of(path):
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_fault_from_1_to_44_has_a_test():
    assert sorted(table.FAULTS) == list(range(1, 45))
    assert all(fault.tests for fault in table.FAULTS.values())


@pytest.mark.parametrize("number", sorted(table.FAULTS))
def test_every_test_of_a_fault_is_there(number):
    for test in table.FAULTS[number].tests:
        path, _, name = test.partition("::")
        assert name in functions_of(ROOT / path), test


def test_the_page_says_what_the_list_says():
    assert table.PAGE.read_text(encoding="utf-8") == table.render(), "run `python tests/faults/table.py`"
