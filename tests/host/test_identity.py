"""One process and no other: real ones, and recorded ones with awkward names."""

import os
import subprocess
import sys

import pytest

from bench.host.identity import is_alive, read_start_ticks
from bench.host.probe import Probe
from bench.host.system import read_boot_id

STAT = "77 (a) b) S 1 77 77 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 {ticks} 1 1 1 1 1"

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process started")


@pytest.fixture
def machine(tmp_path):
    """Return a factory of machines with one process, 77."""

    def make(stat, boot_id="boot-1"):
        (tmp_path / "proc" / "77").mkdir(parents=True)
        (tmp_path / "proc" / "77" / "stat").write_text(stat)
        (tmp_path / "proc" / "sys" / "kernel" / "random").mkdir(parents=True)
        (tmp_path / "proc" / "sys" / "kernel" / "random" / "boot_id").write_text(f"{boot_id}\n")
        return Probe(root=tmp_path, system="Linux")

    return make


def test_a_name_with_spaces_and_parentheses_moves_no_field(machine):
    assert read_start_ticks(77, machine(STAT.format(ticks=123456))) == 123456


@pytest.mark.parametrize(
    "stat", ["", "77 (x", "77 (x) S 1 2", "77 (x) " + "z " * 30, STAT.replace(") S", ") Z").format(ticks=5)]
)
def test_a_process_that_ended_or_cannot_be_read_has_no_start(machine, stat):
    assert read_start_ticks(77, machine(stat)) is None


@pytest.mark.parametrize(
    ("ticks", "boot_id", "alive"),
    [(5, "boot-1", True), (6, "boot-1", False), (5, "boot-2", False), (None, "boot-1", False), (5, None, False)],
)
def test_number_start_and_boot_must_all_be_the_same(machine, ticks, boot_id, alive):
    assert is_alive(77, ticks, boot_id, machine(STAT.format(ticks=5))) is alive


@linux
def test_a_running_process_is_alive_and_one_that_ended_is_not_even_before_it_is_waited_for():
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE) as process:
        ticks, boot_id = read_start_ticks(process.pid), read_boot_id(Probe())
        assert is_alive(process.pid, ticks, boot_id)
        assert not is_alive(os.getpid(), ticks, boot_id)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(process.pid, ticks, boot_id)
