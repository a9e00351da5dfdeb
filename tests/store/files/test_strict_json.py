"""JSON from strangers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import StoreError
from bench.store.files.strict_json import MAX_DEPTH, loads

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(values)
def test_what_strict_json_allows_reads_back(value):
    assert loads(json.dumps(value).encode(), "a.jsonl:1") == value


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": NaN}', "NaN is not a JSON number"),
        (b'{"a": Infinity}', "Infinity is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"a": 1, "a": 2}', "key 'a' appears twice"),
        (b'{"b": {"a": 1, "a": 1}}', "key 'a' appears twice"),
        (b'{"a": 1e999}', "the number 1e999 is out of range"),
        (b'{"a": -1E+0400}', "the number -1E+0400 is out of range"),
        (b'{"a": ' + b"9" * 300 + b"e99}", "the number 9999"),
        (b'{"a": ' + b"9" * 401 + b"}", "a number has 401 digits, more than the limit of 400"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number has 5,000 digits, more than the limit of 400"),
        (b"[" * 100_000, "nested deeper than 32 levels"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "nested deeper than 32 levels"),
        (b'{"a": 1', "not valid JSON"),
        (b"", "not valid JSON"),
        (b"\xff\xff", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"\x00" * 100, "not valid JSON"),
    ],
)
def test_what_it_does_not_allow_is_named_with_file_and_line(content, reason):
    with pytest.raises(StoreError, match=r"^a\.jsonl:7: ") as caught:
        loads(content, "a.jsonl:7")
    assert reason in str(caught.value)


@given(
    st.text("0123456789", min_size=1, max_size=450), st.sampled_from(["", "e", "E", "e+", "e-"]), st.integers(0, 999)
)
def test_a_number_reads_as_python_reads_it_or_is_refused(digits, exponent, power):
    text = f"{digits.lstrip('0') or '0'}{exponent}{power if exponent else ''}"
    value = float(text) if exponent else int(text)
    is_fine = value < float("inf") if exponent else len(text) <= 400
    if is_fine:
        assert loads(text.encode(), "a") == value
    else:
        with pytest.raises(StoreError):
            loads(text.encode(), "a")


def test_brackets_inside_a_text_are_no_nesting():
    text = "[" * 1000 + '\\"{' * 100
    assert loads(json.dumps({"message": text}).encode(), "a") == {"message": text}


def test_nesting_up_to_the_limit_is_fine():
    content = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert json.dumps(loads(content, "a")).encode() == content


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_clear_error(content):
    try:
        value = loads(content, "a.jsonl:1")
    except StoreError as error:
        assert str(error).startswith("a.jsonl:1: not valid JSON: ")
    else:
        json.dumps(value, allow_nan=False)
