"""A display that is gone: real pipes, really closed."""

import io
import os
import subprocess
import sys

import pytest

from bench.reports.terminal.lasting_stream import lasting


def test_what_can_be_written_is_written():
    stream = io.StringIO()
    written = lasting(stream)
    assert written.write("a line\n") == 7
    written.flush()
    assert stream.getvalue() == "a line\n"
    assert written.isatty() is False


def test_a_closed_pipe_drops_what_it_is_told_and_never_fails():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        written = lasting(stream)
        for _ in range(3):
            assert written.write("x" * 10_000) == 10_000
            written.flush()


@pytest.mark.parametrize("size", [1, 100_000])
def test_a_program_whose_reader_left_ends_as_if_it_had_stayed(size):
    """With little in the buffer, the first write that fails is Python's own at exit."""
    program = (
        "import sys; from bench.reports.terminal.lasting_stream import lasting; sys.stdin.readline();"
        "out = lasting(sys.stdout);"
        f"[(out.write('x' * {size}), out.flush()) for _ in range(3)]; sys.stderr.write('done')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        process.stdin.write("go\n")
        process.stdin.close()
        assert process.stderr.read() == "done"
    assert process.returncode == 0
