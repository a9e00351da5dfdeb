from __future__ import annotations

import pytest

from bench.host.system import read_boot_id, read_distribution, read_virtualization


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("firecracker_epyc", "docker in virtual machine"),
        ("container_xeon", "kubepods in virtual machine (Amazon EC2)"),
        ("cluster_job", None),
        ("raspberry_pi", None),
        (None, None),
    ],
)
def test_containers_and_virtual_machines_are_named(machine, name, layers):
    assert read_virtualization(machine(name)) == layers


def test_windows_subsystem_for_linux_is_named(machine):
    probe = machine("cluster_job")
    (probe.root / "proc/version").write_text("Linux version 5.15.153.1-microsoft-standard-WSL2")
    assert read_virtualization(probe) == "WSL"


def test_the_distribution_names_itself(machine):
    assert read_distribution(machine("firecracker_epyc")) == "Debian GNU/Linux 12 (bookworm)"
    assert read_distribution(machine(None)) is None


def test_the_boot_is_told_by_the_kernel_or_by_sysctl(machine):
    assert read_boot_id(machine("firecracker_epyc")) == "11111111-2222-4333-8444-555555555555"
    mac = machine(
        None, system="Darwin", run=lambda command: "UUID\n" if command[-1] == "kern.bootsessionuuid" else None
    )
    assert read_boot_id(mac) == "UUID"
