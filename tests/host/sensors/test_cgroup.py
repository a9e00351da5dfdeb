from __future__ import annotations

import pytest

from bench.host.sensors.cgroup import read_cpu_limit, read_memory_limit


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
