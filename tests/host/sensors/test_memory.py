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


@pytest.fixture
def container(tmp_path):
    """Return the probe of a machine with 6 GB free, in a group that has files of its own."""

    def build(group, **files):
        mount = "memory" if group.startswith("4:memory") else ""
        for path, text in {
            "proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 6000000 kB\n",
            "proc/self/cgroup": group,
            **{f"sys/fs/cgroup/{mount}/{path.replace('__', '.')}": text for path, text in files.items()},
        }.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return Probe(root=tmp_path, system="Linux")

    return build


@pytest.mark.parametrize(
    ("used", "free"),
    [
        ({}, 4_096_000_000),
        ({"memory__current": "1000000000"}, 3_096_000_000),
        ({"memory__current": "1000000000", "memory__stat": "anon 5\ninactive_file 900000000"}, 3_996_000_000),
        ({"memory__current": "1000", "memory__stat": "inactive_file 4096"}, 4_096_000_000),
        ({"memory__current": "4200000000"}, 0),
    ],
)
def test_no_more_memory_is_free_than_others_left_of_the_containers(container, used, free):
    assert read_free_bytes(container("0::/", memory__max="4096000000", **used)) == free


def test_version_1_tells_what_is_free_by_other_names(container):
    files = {
        "memory__limit_in_bytes": "4096000000",
        "memory__usage_in_bytes": "3000000000",
        "memory__stat": "inactive_file 1\ntotal_inactive_file 500000000",
    }
    assert read_free_bytes(container("4:memory:/", **files)) == 1_596_000_000


def test_the_fullest_group_up_to_the_root_counts(container):
    """The job's own limit leaves 2 GB, and others in the group above it have all but one of theirs."""
    probe = container("0::/job", memory__max="5000000000", memory__current="4000000000")
    (probe.root / "sys/fs/cgroup/job").mkdir()
    (probe.root / "sys/fs/cgroup/job/memory.max").write_text("3000000000")
    (probe.root / "sys/fs/cgroup/job/memory.current").write_text("1000000000")
    assert read_free_bytes(probe) == 1_000_000_000


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
