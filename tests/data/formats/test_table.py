"""CSV, TSV and Parquet, wide and long."""

import numpy as np
import pytest

from bench.data.formats.table import find_table, read_table
from bench.errors import DataError


def write(path, *rows):
    path.write_text("\n".join(rows) + "\n")
    return path


def test_a_row_is_an_example_and_the_label_is_found_wherever_it_stands(tmp_path):
    read = read_table(write(tmp_path / "wide.csv", "a,Label,b", "1,cat,2", "3,dog,4.5"))
    assert read.x_train.tolist() == [[[1], [2]], [[3], [4.5]]]
    assert read.y_train.tolist() == ["cat", "dog"]
    assert (read.x_test, read.layout) == (None, "sequence")
    assert "label 'Label', 2 columns as steps" in read.source


@pytest.mark.parametrize("heading", ["", "Unnamed: 0", "index"])
def test_a_column_that_counts_rows_is_no_feature(tmp_path, heading):
    read = read_table(write(tmp_path / "wide.csv", f"{heading},x,y", "0,1,0", "1,2,1"))
    assert read.x_train.tolist() == [[[1]], [[2]]]


def test_a_series_id_makes_it_a_table_of_steps_in_the_order_of_time(tmp_path):
    rows = ["id,time,u,v,target", "b,1,3,4,1", "a,2,7,8,0", "a,1,5,6,0", "b,0,1,2,1"]
    read = read_table(write(tmp_path / "long.csv", *rows))
    assert read.x_train.tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    assert read.y_train.tolist() == [1, 0]
    assert "one series for each id, ordered by time, features u, v" in read.source


def test_without_time_the_rows_order_counts(tmp_path):
    read = read_table(write(tmp_path / "long.csv", "id,u,y", "9,1,0", "4,2,1", "9,3,0", "4,4,1"))
    assert read.x_train[..., 0].tolist() == [[1, 3], [2, 4]]


def test_an_id_of_each_row_is_no_series(tmp_path):
    read = read_table(write(tmp_path / "wide.csv", "id,u,y", "1,5,0", "2,6,1"))
    assert read.x_train.shape == (2, 1, 1)


def test_ucrs_files_have_no_heading_the_label_first_and_two_halves(tmp_path):
    train = write(tmp_path / "Trace_TRAIN.tsv", "1\t0.5\t0.25", "2\t-1\t1e-3")
    write(tmp_path / "Trace_TEST.tsv", "2\t7\t8")
    read = read_table(train)
    assert read.x_train[..., 0].tolist() == [[0.5, 0.25], [-1, 0.001]]
    assert (read.y_train.tolist(), read.x_test.shape, read.y_test.tolist()) == ([1, 2], (1, 2, 1), [2])
    assert find_table(tmp_path) == train


def test_parquet_is_read_as_csv_is(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(pyarrow.table({"x": [1.5, 2.5], "class": ["b", "a"]}), tmp_path / "wide.parquet")
    read = read_table(tmp_path / "wide.parquet")
    assert (read.x_train.tolist(), read.y_train.tolist()) == ([[[1.5]], [[2.5]]], ["b", "a"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,b", "1,x"], "expected a column named label, .*received 'a', 'b'"),
        (["a,label", "x,1"], "expected numbers in every column but the label's, received text in 'a'"),
        (["label", "1"], "expected columns of numbers beside the label's"),
        (["a,label", "1,1,1"], "row 2: expected 2 values as in the first row, received 3"),
        (["a,label"], "expected at least one row below the heading"),
        ([""], "received an empty file"),
        (["a,a,label", "1,2,3"], "columns of different names"),
        (["id,u,y", "1,1,0", "1,2,0", "2,3,1", "2,4,1", "2,5,1"], "series of one length, received 2 to 3 steps"),
        (["id,u,y", "1,1,0", "1,2,1", "2,3,1", "2,4,1"], "one label for each id"),
    ],
)
def test_what_is_no_such_table_is_refused_by_what_it_lacks(tmp_path, rows, message):
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path / "bad.csv", *rows))


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"needs pyarrow; .*\[parquet\]"):
        read_table(tmp_path / "x.parquet")


def test_labels_of_numbers_stay_numbers(tmp_path):
    assert read_table(write(tmp_path / "w.csv", "u,y", "1,3", "2,4")).y_train.dtype == np.float64
