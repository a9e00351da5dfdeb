from __future__ import annotations

import pytest

from bench.host.sensors.cgroup import Throttling, read_cpu_limit, read_memory_limit, read_throttling


@pytest.mark.parametrize(
    ("name", "cores", "memory_bytes"),
    [
        ("container_xeon", 3.5, 8 * 2**30),
        ("cluster_job", 4.0, 16 * 2**30),
        ("firecracker_epyc", None, None),
        ("raspberry_pi", None, None),
        (None, None, None),
    ],
)
def test_the_smallest_limit_up_to_the_root_counts(machine, name, cores, memory_bytes):
    probe = machine(name)
    assert read_cpu_limit(probe) == cores
    assert read_memory_limit(probe) == memory_bytes


def test_a_tighter_group_inside_a_limited_one_wins(machine):
    probe = machine("cluster_job")
    own = probe.root / "sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_7/step_0"
    (own / "cpu.cfs_quota_us").write_text("150000\n")
    assert read_cpu_limit(probe) == 1.5


def test_a_host_path_that_does_not_exist_in_the_container_falls_back_to_the_mounts_root(machine):
    probe = machine("container_xeon")
    (probe.root / "proc/self/cgroup").write_text("0::/kubepods/burstable/pod1/abc\n")
    assert read_cpu_limit(probe) == 3.5


@pytest.mark.parametrize("text", ["", "max", "max 100000", "-1 100000", "100000", "100000 0", "x y", "9" * 30 + " 1"])
def test_a_limit_that_is_none_or_no_number_is_none(machine, text):
    probe = machine("container_xeon")
    (probe.root / "sys/fs/cgroup/cpu.max").write_text(text)
    assert read_cpu_limit(probe) is None


def test_version_2_counts_what_the_quota_did_in_the_group_that_has_it(machine):
    probe = machine("container_xeon")
    stat = "usage_usec 1\nnr_periods 284\nnr_throttled 284\nthrottled_usec 1500000\n"
    (probe.root / "sys/fs/cgroup/cpu.stat").write_text(stat)
    assert read_throttling(probe) == Throttling(num_periods=284, num_throttled=284, throttled_s=1.5)


def test_version_1_counts_nanoseconds_in_the_tightest_group(machine):
    probe = machine("cluster_job")
    own = probe.root / "sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/job_7/step_0"
    (own / "cpu.cfs_quota_us").write_text("150000\n")
    (own / "cpu.stat").write_text("nr_periods 10\nnr_throttled 3\nthrottled_time 250000000\n")
    assert read_throttling(probe) == Throttling(num_periods=10, num_throttled=3, throttled_s=0.25)


@pytest.mark.parametrize("text", ["", "nr_periods", "nr_periods x\nnr_throttled 1", "usage_usec 5"])
def test_a_group_that_counts_nothing_gives_no_figure(machine, text):
    probe = machine("container_xeon")
    (probe.root / "sys/fs/cgroup/cpu.stat").write_text(text)
    assert read_throttling(probe) is None
    assert read_throttling(machine("firecracker_epyc")) is None
