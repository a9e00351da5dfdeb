from __future__ import annotations

import subprocess
import sys

import pytest

from bench.host.probe import Probe
from bench.host.sensors.memory import peak_rss_bytes, read_free_bytes, read_memory_bytes

STATUS = "Name:\tpython\nVmPeak:\t  900000 kB\nVmHWM:\t  123456 kB\nVmRSS:\t  100000 kB\n"


def test_memory_is_the_kernels_total(machine):
    assert read_memory_bytes(machine("firecracker_epyc")) == 24684092 * 1024


def test_macos_tells_its_memory_by_sysctl(machine):
    probe = machine(None, system="Darwin", run=lambda command: "38654705664\n" if command[-1] == "hw.memsize" else None)
    assert read_memory_bytes(probe) == 36 * 2**30


def test_a_machine_that_tells_nothing_has_no_figure(machine):
    assert read_memory_bytes(machine(None)) is None


def test_free_memory_is_what_the_kernel_could_give_away(machine):
    assert read_free_bytes(machine("firecracker_epyc")) == 24034864 * 1024


def test_no_more_memory_is_free_than_the_container_may_have(tmp_path):
    probe = Probe(root=tmp_path, system="Linux")
    for path, text in {
        "proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\n",
        "proc/self/cgroup": "0::/",
        "sys/fs/cgroup/memory.max": "4096000000",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert read_free_bytes(probe) == 4_096_000_000


def test_a_system_that_tells_only_how_much_memory_there_is_has_all_of_it_free(machine):
    probe = machine(None, system="Darwin", run=lambda command: "38654705664\n" if command[-1] == "hw.memsize" else None)
    assert read_free_bytes(probe) == 36 * 2**30
    assert read_free_bytes(machine(None)) is None


def test_linux_peak_memory_is_the_high_water_mark_of_this_process():
    assert peak_rss_bytes(lambda: STATUS, lambda: 1, "linux") == 123456 * 1024


def test_macos_peak_memory_is_in_bytes():
    assert peak_rss_bytes(lambda: None, lambda: 77_000_000, "darwin") == 77_000_000


@pytest.mark.parametrize("status", [None, "", "VmHWM:\tunknown kB\n"])
def test_an_unreadable_status_gives_no_figure(status):
    assert peak_rss_bytes(lambda: status, lambda: 1, "linux") is None


@pytest.mark.skipif(sys.platform != "linux", reason="the inherited figure is Linux's")
def test_a_child_does_not_report_its_large_parents_memory():
    ballast = bytearray(200 * 2**20)
    code = "from bench.host.sensors.memory import peak_rss_bytes; print(peak_rss_bytes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < len(ballast)
