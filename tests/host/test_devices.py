from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import DeviceError
from bench.host.devices import (
    AvailableDevices,
    Device,
    all_devices,
    available_devices,
    choose_cores,
    device_settings,
    resolve_device,
)
from bench.host.environment import Gpu

CPU_ONLY = AvailableDevices(num_cpus=4, gpus=())
TWO_GPUS = AvailableDevices(num_cpus=4, gpus=("A", "B"))


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("cpu", Device("cpu")),
        ("cpu:1", Device("cpu:1", num_threads=1)),
        ("gpu", Device("gpu", gpu_index=0)),
        ("gpu:0", Device("gpu:0", gpu_index=0)),
        ("gpu:3", Device("gpu:3", gpu_index=3)),
    ],
)
def test_a_device_name_says_threads_or_gpu(name, device):
    assert device_settings(name) == device
    assert device.is_gpu == name.startswith("gpu")


@pytest.mark.parametrize(
    ("text", "available", "resolved"),
    [
        ("auto", CPU_ONLY, "cpu"),
        ("auto", TWO_GPUS, "gpu"),
        ("cpu", TWO_GPUS, "cpu"),
        ("cpu:4", CPU_ONLY, "cpu:4"),
        (" GPU:1 ", TWO_GPUS, "gpu:1"),
    ],
)
def test_a_device_that_is_there_resolves(text, available, resolved):
    assert resolve_device(text, available) == resolved


@pytest.mark.parametrize(
    ("text", "available", "words"),
    [
        ("gpu", CPU_ONLY, "no GPU is visible here; `python -m bench env`"),
        ("gpu:0", CPU_ONLY, "no GPU is visible"),
        ("gpu:2", TWO_GPUS, "gpu:0 to gpu:1"),
        ("cpu:5", CPU_ONLY, "asks for 5 cores, and this process may use 4: ask for cpu:4"),
        ("cpu:0", CPU_ONLY, "asks for no threads"),
        ("tpu", CPU_ONLY, "unknown device 'tpu': expected cpu, cpu:N"),
        ("gpus", CPU_ONLY, "did you mean 'gpu'?"),
        ("cpu:-1", CPU_ONLY, "unknown device"),
        ("cpu:01", CPU_ONLY, "unknown device"),
        ("gpu:", CPU_ONLY, "unknown device"),
        ("", CPU_ONLY, "unknown device ''"),
    ],
)
def test_a_device_that_is_not_there_is_an_error_with_what_to_do(text, available, words):
    with pytest.raises(DeviceError) as caught:
        resolve_device(text, available)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


@given(st.text(max_size=12))
def test_any_text_is_a_device_or_a_device_error(text):
    try:
        resolved = resolve_device(text, TWO_GPUS)
    except DeviceError:
        return
    assert device_settings(resolved).name == resolved


@given(st.integers(min_value=1, max_value=9999))
def test_the_number_of_threads_reads_back(num_threads):
    assert device_settings(f"cpu:{num_threads}").num_threads == num_threads


def build_gpu(name):
    return Gpu(
        name=name, memory_bytes=None, driver=None, compute_capability=None, power_limit_w=None, max_clock_mhz=None
    )


@pytest.mark.parametrize(
    ("visible", "gpus"),
    [
        (None, ("A", "B")),
        ("", ()),
        ("-1", ()),
        ("1", ("B",)),
        ("1,0", ("B", "A")),
        ("0,7,1", ("A",)),
        ("GPU-1234", ("NVIDIA GPU",)),
        ("none", ()),
    ],
)
def test_cuda_visible_devices_hides_gpus_as_cuda_does(environment, visible, gpus):
    variables = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    with_gpus = environment.model_copy(update={"gpus": (build_gpu("A"), build_gpu("B")), "variables": variables})
    assert available_devices(with_gpus) == AvailableDevices(num_cpus=2, gpus=gpus)


@pytest.mark.parametrize(
    ("num_cpus", "gpus", "names"),
    [
        (1, (), ("cpu:1", "gpu")),
        (2, (), ("cpu:1", "cpu:2", "gpu")),
        (8, ("A",), ("cpu:1", "cpu:4", "cpu:8", "gpu")),
        (16, ("A", "B"), ("cpu:1", "cpu:4", "cpu:16", "gpu:0", "gpu:1")),
        (96, (), ("cpu:1", "cpu:4", "cpu:16", "cpu:64", "cpu:96", "gpu")),
    ],
)
def test_all_is_threads_by_factors_of_four_and_every_gpu_also_where_there_is_none(num_cpus, gpus, names):
    assert all_devices(AvailableDevices(num_cpus, gpus)) == names


def test_only_a_cpu_with_threads_is_bound_to_cores(machine):
    allowed, probe = frozenset({3, 1, 7}), machine(None)
    assert choose_cores(Device("cpu:2", num_threads=2), allowed, probe) == {1, 3}
    assert choose_cores(Device("cpu"), allowed, probe) is None
    assert choose_cores(Device("gpu", gpu_index=0), allowed, probe) is None


@pytest.mark.parametrize(("num_threads", "cpus"), [(1, {0}), (2, {0, 2}), (3, {0, 1, 2}), (4, {0, 1, 2, 3})])
def test_two_threads_of_one_core_are_taken_only_once_every_core_has_one(machine, num_threads, cpus):
    probe = machine(None)
    for cpu in range(4):
        folder = probe.root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        folder.mkdir(parents=True)
        (folder / "core_cpus_list").write_text("0-1" if cpu < 2 else "2-3")
    device = Device(f"cpu:{num_threads}", num_threads=num_threads)
    assert choose_cores(device, frozenset(range(4)), probe) == cpus


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds a process to cores")
def test_a_worker_and_its_later_threads_are_bound_to_one_core():
    code = (
        "import os, threading; from bench.host.devices import apply_affinity, device_settings; "
        "cores = apply_affinity(device_settings('cpu:1')); seen = []; "
        "thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0))); "
        "thread.start(); thread.join(); "
        "print(len(cores), seen == [cores])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "True"]
