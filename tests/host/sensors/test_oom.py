"""How many memory kills the kernel counts: of this process's own group, else of the host, else none."""

from __future__ import annotations

import pytest

from bench.host.sensors.oom import count_oom_kills

EVENTS = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n"
VMSTAT = "nr_free_pages 5211734\npgmajfault 961\noom_kill 5\nthp_fault_alloc 17\n"
GROUPS = {"container_xeon": "", "raspberry_pi": "/user.slice/user-1000.slice/session-1.scope"}


def write(probe, path, text):
    target = probe.root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_of_version_2_counts_its_own_kills_and_not_the_hosts(machine, name):
    probe = machine(name)
    write(probe, "/proc/vmstat", VMSTAT)
    write(probe, f"/sys/fs/cgroup{GROUPS[name]}/memory.events", EVENTS)
    assert count_oom_kills(probe) == 2


@pytest.mark.parametrize("name", ["cluster_job", "firecracker_epyc", "raspberry_pi", "container_xeon", None])
def test_without_such_a_count_the_hosts_is_taken(machine, name):
    probe = machine(name)
    write(probe, "/proc/vmstat", VMSTAT)
    assert count_oom_kills(probe) == 5


@pytest.mark.parametrize("name", ["cluster_job", "container_xeon", None])
def test_where_the_kernel_counts_nothing_there_was_no_kill(machine, name):
    assert count_oom_kills(machine(name)) == 0


@pytest.mark.parametrize("text", ["", "oom_kill\n", "oom_kill -1\n", "oom_kill many\n", f"oom_kill {'9' * 30}\n"])
def test_a_count_that_is_none_is_passed_over(machine, text):
    probe = machine("container_xeon")
    write(probe, "/sys/fs/cgroup/memory.events", text)
    assert count_oom_kills(probe) == 0
    write(probe, "/proc/vmstat", VMSTAT)
    assert count_oom_kills(probe) == 5


def test_this_machine_has_a_count():
    assert count_oom_kills() >= 0
