from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host.probe import Probe, parse_int, run_command


def test_a_command_that_is_missing_gives_nothing():
    assert run_command(("no-such-command-anywhere",)) is None


def test_a_command_that_fails_gives_nothing():
    assert run_command((sys.executable, "-c", "print('half'); raise SystemExit(3)")) is None


def test_a_command_that_hangs_is_ended():
    assert run_command((sys.executable, "-c", "import time; time.sleep(600)"), timeout_s=0.05) is None


def test_a_command_that_works_gives_its_output():
    assert run_command((sys.executable, "-c", "print('fine')")) == "fine\n"


def test_a_file_is_read_below_the_root_and_stripped(tmp_path):
    (tmp_path / "model").write_bytes(b"Board \xff\0\n")
    probe = Probe(root=tmp_path)
    assert probe.text("/model") == "Board \ufffd"
    assert probe.text("/missing") is None
    assert probe.text("/") is None
    assert probe.paths("/mod*") == ("/model",)


def test_sysctl_is_asked_on_macos_alone(tmp_path):
    linux = Probe(root=tmp_path, system="Linux", run=lambda _: "1")
    mac = Probe(root=tmp_path, system="Darwin", run=lambda _: "1\n")
    assert linux.sysctl("hw.ncpu") is None
    assert mac.sysctl("hw.ncpu") == "1"


@given(st.integers(min_value=-(2**60), max_value=2**60))
def test_a_whole_number_reads_back(number):
    assert parse_int(str(number)) == number


@pytest.mark.parametrize("text", [None, "", "max", "1.5", "9" * 5000])
def test_what_is_no_figure_is_none(text):
    assert parse_int(text) is None
