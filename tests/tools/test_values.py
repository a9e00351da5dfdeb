"""The page of values is the one that the reports' notes come from."""

from pathlib import Path

import pytest

from bench.reports.kit.values import VALUES, hardware_notes, note_on, report_notes
from tools.values import PAGE, render_values


def test_the_page_is_as_the_values_have_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_values(), "run python -m tools.values"


@pytest.mark.parametrize("name", VALUES)
def test_a_value_says_its_unit_what_is_in_it_and_what_is_not_and_is_defined_where_it_says(name: str) -> None:
    value = VALUES[name]
    assert value.name
    assert value.unit
    assert value.holds
    assert value.excludes
    assert (Path(__file__).parents[2] / value.source).is_file()


def test_a_reports_notes_are_those_of_its_values() -> None:
    assert note_on("fit_throughput", "throughput") == f"{VALUES['fit_throughput'].note} {VALUES['throughput'].note}"
    assert all((report_notes() | hardware_notes()).values())
