"""The operating system: distribution, boot, and the containers and virtual machines around this process."""

from __future__ import annotations

import re

from bench.host.probe import Probe


def read_virtualization(probe: Probe) -> str | None:
    """Name the containers and virtual machines around this process, or None if there is no sign of any."""
    layers = [_read_container(probe), _read_hypervisor(probe)]
    return " in ".join(layer for layer in layers if layer) or None


def _read_container(probe: Probe) -> str | None:
    if probe.exists("/.dockerenv"):
        return "docker"
    if probe.exists("/run/.containerenv"):
        return "podman"
    groups = probe.text("/proc/1/cgroup") or ""
    return next((name for name in ("kubepods", "docker", "containerd", "lxc") if name in groups), None)


def _read_hypervisor(probe: Probe) -> str | None:
    if "microsoft" in (probe.text("/proc/version") or "").lower():
        return "WSL"
    flagged = re.search(r"^flags\s*:.*\bhypervisor\b", probe.text("/proc/cpuinfo") or "", re.MULTILINE)
    vendor = probe.text("/sys/class/dmi/id/sys_vendor") or probe.text("/sys/hypervisor/type")
    if flagged:
        return f"virtual machine ({vendor})" if vendor else "virtual machine"
    known = ("QEMU", "VMware", "innotek", "Xen", "Amazon EC2", "Google", "OpenStack", "Parallels")
    return f"virtual machine ({vendor})" if vendor and vendor.startswith(known) else None


def read_distribution(probe: Probe) -> str | None:
    """Return the Linux distribution's name, or None."""
    text = probe.text("/etc/os-release") or probe.text("/usr/lib/os-release") or ""
    match = re.search(r"^PRETTY_NAME=\"?([^\"\n]+)\"?$", text, re.MULTILINE)
    return match[1] if match else None


def read_boot_id(probe: Probe) -> str | None:
    """Return an id that is different for each boot of this machine, or None."""
    return probe.text("/proc/sys/kernel/random/boot_id") or probe.sysctl("kern.bootsessionuuid")
