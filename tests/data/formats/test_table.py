"""CSV, TSV and Parquet, wide and long."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_labels_without_a_heading_may_be_text_below_a_number(tmp_path):
    read = read_table(write(tmp_path / "mixed.csv", "7,0.1", "A,0.2"))
    assert list(read.y_train) == ["7", "A"]


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
        (["a,a,label", "1,2,3"], "columns of different names, received 'a' twice"),
        (["0.5,0.5,cat", "1,2,dog"], "received '0.5' twice; .*put a heading above it"),
        (["0.5,0.25,cat", "1,2,dog"], "expected a column named label, .*put a heading above it"),
        (["0.5,1", "1.5,2"], "expected classes in the first column, as a table without a heading has them"),
        (["a,class,target", "1,0,0"], "expected one column of labels, received 'class', 'target'"),
        (["a,Label,label", "1,0,0"], "expected one column of labels, received 'Label', 'label'"),
        (["x,y,z,activity", "1,0,0,2"], "expected a column named label, .*received 'x', 'y', 'z', 'activity'"),
        (["a;b;label", "0,5;1,5;1"], "such as '0,5'; write decimals with a point"),
        (["a,b,label", "1,2,0", ",2,1"], "expected a number in column 'a' of the example in row 3, received none"),
        (["a,b,label", "NA,2,0", "1,2,1"], "expected a number in column 'a' of the example in row 2"),
        (["a,b,label", "nan,nan,0", "1,2,1"], "expected a number in column 'a' of the example in row 2"),
        (["id,time,u,y", "1,9:00,1,0", "1,10:00,2,0"], "ISO dates .*received '9:00', whose order is unknown"),
        (["id,time,u,y", "1,3/1/2024,1,0", "1,10/1/2024,2,0"], "received '3/1/2024', whose order is unknown"),
        (["id,time,u,y", "1,3,1,0", "1,3,2,0"], "expected each time once in a series, received 3 twice"),
        (["id,time,u,y", "1,3,1,0", "1,,2,0"], "expected a time in each row"),
        (["a,label", "1" * 200_000 + ",1"], "cannot be read: field larger than"),
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


def test_labels_of_numbers_stay_numbers_and_neighbours_of_any_size_stay_two_classes(tmp_path):
    labels = [2**60, 2**60 + 1, -3]
    read = read_table(write(tmp_path / "w.csv", "u,y", *(f"1,{label}" for label in labels)))
    assert read.y_train.tolist() == labels


@pytest.mark.parametrize(
    ("content", "byte"),
    [("u,label\n1,Ä\n2,Ö\n".encode("latin-1"), "0xc4"), ("u,label\n1,a\n".encode("utf-16"), "0xff")],
)
def test_text_in_another_encoding_is_refused_since_two_classes_would_become_one(tmp_path, content, byte):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(DataError, match=f"expected text in UTF-8, received the byte {byte}; save it as CSV UTF-8"):
        read_table(tmp_path / "x.csv")


def test_names_with_spaces_divide_no_columns_and_the_first_row_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "x.csv").write_bytes("\ufeffsepal length in cm,label\n1.5,a\n2.5,b\n".encode())
    read = read_table(tmp_path / "x.csv")
    assert (read.x_train.tolist(), read.y_train.tolist()) == ([[[1.5]], [[2.5]]], ["a", "b"])


def test_the_test_halfs_columns_are_found_by_their_names(tmp_path):
    write(tmp_path / "M_TEST.csv", "b,label,a,", "20,1,10,0")
    read = read_table(write(tmp_path / "M_TRAIN.csv", "a,b,label", "1,2,0", "3,4,1"))
    assert read.x_test[..., 0].tolist() == [[10, 20]]


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("a,c,label", "expected the columns of M_TRAIN.csv, received none of 'b'; add them, or move this file"),
        ("a,b,c", "received none of 'label'"),
        ("a,b,label,c", "received also 'c'"),
    ],
)
def test_a_test_half_of_other_columns_is_refused(tmp_path, heading, message):
    write(tmp_path / "M_TEST.csv", heading, ",".join("1" * (heading.count(",") + 1)))
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path / "M_TRAIN.csv", "a,b,label", "1,2,0", "3,4,1"))


def test_series_of_several_lengths_are_padded_over_both_halves(tmp_path):
    write(tmp_path / "M_TEST.csv", "id,u,y", "7,1,0", "7,2,0", "7,3,0")
    read = read_table(write(tmp_path / "M_TRAIN.csv", "id,u,y", "1,1,0", "1,2,0", "2,3,1", "2,4,1", "3,5,1"))
    assert read.x_train[..., 0].tolist() == [[1, 2, 0], [3, 4, 0], [5, 0, 0]]
    assert (read.lengths_train.tolist(), read.lengths_test.tolist()) == ([2, 2, 1], [3])


def test_columns_of_very_different_size_are_told_to_be_scaled_together(tmp_path):
    rows = [f"{place},{1000 * place},{place % 2}" for place in range(4)]
    assert "varies 1,000 times as much" in read_table(write(tmp_path / "x.csv", "a,b,label", *rows)).source
    assert "scaled together" not in read_table(write(tmp_path / "y.csv", "a,label", "1,0", "2,1")).source


def test_what_was_left_out_and_taken_for_the_label_is_told(tmp_path):
    assert "left out 'id'" in read_table(write(tmp_path / "x.csv", "id,u,y", "1,5,0", "2,6,1")).source
    assert "the first column is the label" in read_table(write(tmp_path / "y.csv", "1,5", "2,6")).source


def test_of_several_tables_in_a_folder_the_user_is_asked_for_one(tmp_path):
    write(tmp_path / "a.csv", "u,y")
    write(tmp_path / "b.csv", "u,y")
    with pytest.raises(DataError, match=r"expected one table, received 'a.csv', 'b.csv'; give the path"):
        find_table(tmp_path)


def write_parquet(path, **columns):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415

    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_lists_in_parquet_are_the_steps_of_one_feature_each(tmp_path):
    read = read_table(write_parquet(tmp_path / "x.parquet", u=[[1, 2, 3]] * 2, v=[[4, 5, 6]] * 2, label=["a", "b"]))
    assert read.x_train[0].tolist() == [[1, 4], [2, 5], [3, 6]]


def test_parquets_dates_order_the_steps_and_pandas_index_is_no_feature(tmp_path):
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - as pandas writes them
    times = [start + timedelta(hours=hours) for hours in (1, 0, 0, 1)]
    read = read_table(
        write_parquet(
            tmp_path / "x.parquet", id=[1, 1, 2, 2], time=times, u=[2.0, 1.0, 3.0, 4.0], label=["a", "a", "b", "b"],
            __index_level_0__=[5, 6, 7, 8],
        )
    )  # fmt: skip
    assert read.x_train[..., 0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"u": [None, 1.5], "label": [0, 1]}, "expected a number in column 'u' of the example in row 2, received none"),
        ({"u": [[1.0], [1.0, 2.0]], "label": [0, 1]}, "expected lists of one length in 'u'"),
        ({"u": [[1.0], [2.0]], "v": [1.0, 2.0], "label": [0, 1]}, "received both or several lengths in 'u', 'v'"),
        ({"u": ["a", None], "label": [0, 1]}, "received text in 'u', such as 'a'"),
        ({"u": [1.5][:0], "label": [0][:0]}, "expected at least one row"),
    ],
)
def test_what_parquet_holds_but_no_network_takes_is_refused(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        read_table(write_parquet(tmp_path / "x.parquet", **columns))


@given(st.data())
def test_a_table_reads_back_whatever_divides_it_and_however_its_columns_stand(tmp_path_factory, data):
    """Known numbers, written in a drawn order of columns by a drawn dialect, come back in place."""
    shape = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 4)))
    numbers = st.floats(-1e6, 1e6, allow_nan=False) | st.integers(-(2**60), 2**60).map(float)
    x = data.draw(st.lists(st.lists(numbers, min_size=shape[1], max_size=shape[1]), min_size=1, max_size=shape[0]))
    words = st.text("abcäß é-", min_size=1).map(str.strip).filter(bool)
    y = data.draw(st.lists(words | st.integers(-(2**62), 2**62).map(str), min_size=len(x), max_size=len(x)))
    place = data.draw(st.integers(0, shape[1]))
    dialect = {"delimiter": data.draw(st.sampled_from("\t;,")), "quoting": data.draw(st.sampled_from([0, 1]))}
    text = io.StringIO()
    writer = csv.writer(text, **dialect)
    for row, label in [([f"f {n}" for n in range(shape[1])], "label"), *zip([list(map(repr, r)) for r in x], y)]:  # noqa: B905 - of one length
        writer.writerow([*row[:place], label, *row[place:]])
    path = tmp_path_factory.mktemp("drawn") / "x.csv"
    path.write_text(text.getvalue(), encoding=data.draw(st.sampled_from(["utf-8", "utf-8-sig"])))
    read = read_table(path)
    assert read.x_train[..., 0].tolist() == x
    assert [str(label) for label in read.y_train.tolist()] == [str(int(one)) if all_integers(y) else one for one in y]


def all_integers(labels):
    return all(label.lstrip("-").isdigit() for label in labels)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("drawn") / "x.csv"
    path.write_bytes(content)
    try:
        read = read_table(path)
    except DataError as error:
        assert str(error).startswith(str(path))
    else:
        assert len(read.x_train) == len(read.y_train)
