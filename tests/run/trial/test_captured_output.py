"""The beginning and the end of what a worker prints, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from bench.run.trial.captured_output import HEAD_BYTES, SHOWN_BYTES, TAIL_BYTES, CappedOutput

CHUNK = 1 << 16  # as much as the parent takes out of the pipe at once


def filled(*chunks):
    output = CappedOutput()
    for chunk in chunks:
        output.add(chunk)
    return output


def test_what_fits_is_kept_whole_without_a_line_about_a_gap():
    output = filled(b"first\n", b"x" * HEAD_BYTES, b"", b"last\n")
    assert output.text() == "first\n" + "x" * HEAD_BYTES + "last\n"
    assert output.tail() == output.text()[-SHOWN_BYTES:]
    assert filled().text() == ""


def test_however_much_is_printed_the_beginning_and_the_end_are_kept():
    output = filled(b"first\n", *[b"x" * CHUNK] * 256, b"last\n")
    text = output.text()
    assert len(text) < HEAD_BYTES + TAIL_BYTES + CHUNK + 100
    assert text.startswith("first\nx")
    assert text.endswith("xlast\n")
    assert len(output.tail()) == SHOWN_BYTES == 4000
    assert output.tail().endswith("xlast\n")


def test_the_gap_says_how_much_is_left_out():
    num_bytes = 64 * CHUNK
    head, gap, tail = filled(*[b"x" * CHUNK] * 64).text().split("\n")
    assert gap == f"[{num_bytes - len(head) - len(tail):,} bytes left out]"
    assert len(head) == HEAD_BYTES
    assert TAIL_BYTES <= len(tail) < TAIL_BYTES + CHUNK


@given(st.lists(st.integers(0, CHUNK), max_size=12))
def test_in_whatever_pieces_it_comes_nothing_is_lost_that_is_not_told(sizes):
    printed = b"".join(bytes([97 + place % 26]) * size for place, size in enumerate(sizes))
    pieces, begin = [], 0
    for size in sizes:
        pieces.append(printed[begin : begin + size])
        begin += size
    head, gap, tail = filled(*pieces).text().partition("\n[")
    num_dropped, _, tail = tail.partition(" bytes left out]\n") if gap else ("0", "", "")
    assert len(head) + int(num_dropped.replace(",", "")) + len(tail) == len(printed)
    assert printed.decode().startswith(head)
    assert printed.decode().endswith(tail)


def test_a_letter_that_a_cut_goes_through_is_replaced_and_no_error():
    assert "\ufffd" in filled(b"x" * (HEAD_BYTES - 1) + "é".encode(), *[b"x" * CHUNK] * 4).text()
