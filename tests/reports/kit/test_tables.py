from __future__ import annotations

import pytest

from bench.reports.kit.tables import (
    Table,
    numbers,
    rare,
    render_markdown,
    render_markdown_table,
    render_plain_table,
    without_empty_columns,
    words,
)
from bench.units import MISSING


def test_a_markdown_table_puts_figures_to_the_right_and_words_to_the_left() -> None:
    table = render_markdown_table([*words("model"), *numbers("examples/s")], [["lstm", "1,005"], ["cnn", "1,755"]])
    assert table.splitlines() == [
        "| model   |   examples/s |",
        "|:--------|-------------:|",
        "| lstm    |        1,005 |",
        "| cnn     |        1,755 |",
    ]


def test_text_that_looks_like_a_number_stays_text() -> None:
    table = render_markdown_table([*words("model"), *numbers("rate")], [["1e5", "1e5"], ["007", "0.90"]])
    assert "| 1e5" in table
    assert "1e5 |" in table
    assert "| 007" in table
    assert "0.90 |" in table


def test_hostile_cells_and_titles_make_no_new_cells() -> None:
    table = render_markdown_table(words("a|b"), [["x|<b>y</b>\nz"]])
    assert table.splitlines()[-1] == "| x&#124;&lt;b&gt;y&lt;/b&gt; z |"
    assert all(line.count("|") == 2 for line in table.splitlines())


def test_a_plain_table_holds_no_terminal_sequence() -> None:
    assert render_plain_table(words("name"), [["\x1b[31mred\x1b[0m"]]) == "name\n------\nred"


def test_a_table_without_rows_still_shows_its_headings() -> None:
    assert render_plain_table(words("name", "status"), []).splitlines()[0] == "name    status"


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 cells as there are columns, received 1"):
        render_plain_table(words("a", "b"), [["only one"]])


def test_a_note_stands_below_its_table_and_no_table_is_no_text() -> None:
    assert render_markdown(Table("t", words("a"), (("b",),), "n|")).endswith("| b   |\n\nn&#124;")
    assert render_markdown(None) == ""


def test_a_column_in_which_no_row_has_anything_is_left_out_and_a_table_without_rows_is_not() -> None:
    table = Table("t", (*words("case"), *numbers("USD", "joules")), (("lstm", MISSING, "1"), ("cnn", "", MISSING)))
    kept = without_empty_columns(table)
    assert ([column.title for column in kept.columns], kept.rows) == (
        ["case", "joules"],
        (("lstm", "1"), ("cnn", MISSING)),
    )
    empty = Table("t", words("case"), ())
    assert without_empty_columns(empty) is empty


def test_a_column_of_zeros_is_left_out_where_it_counts_what_seldom_happens() -> None:
    columns = (*words("case"), *numbers("first seed"), *rare("crashed", "killed"))
    table = without_empty_columns(Table("", columns, (("lstm", "0", "0", "0"), ("cnn", "0", "0", "1"))))
    assert [column.title for column in table.columns] == ["case", "first seed", "killed"]
    assert table.rows == (("lstm", "0", "0"), ("cnn", "0", "1"))
