from __future__ import annotations

import io

import pytest

from bench.data.formats.limits import check_size, read_exactly
from bench.errors import DataError


class Trickle(io.BytesIO):
    """A stream that returns at most three bytes a read, as a decompressor may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 3) if size is not None and size >= 0 else 3)


def test_short_reads_are_put_together():
    assert read_exactly(Trickle(b"abcdefgh"), 7, "s").tobytes() == b"abcdefg"


def test_a_stream_that_ends_early_is_refused_with_both_counts():
    with pytest.raises(DataError, match=r"s: cut short: expected 9 bytes of values, received 8"):
        read_exactly(Trickle(b"abcdefgh"), 9, "s")


def test_a_size_at_the_limit_passes_and_one_byte_more_does_not():
    check_size("s", "the file", 2048, 2048)
    with pytest.raises(DataError, match=r"s: the file would take 2\.00 KiB \(2,049 bytes\); the limit is 2\.00 KiB"):
        check_size("s", "the file", 2049, 2048)
