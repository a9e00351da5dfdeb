"""What a trial's GPU has for new processes, asked of a stand-in for NVML with four GPUs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bench.host.sensors.gpu_room import GpuRoom, read_gpu_room

FREE = (20, 7, 9, 30)  # of each GPU, in the order in which NVML lists them


class NVMLError(Exception):
    """Stands in for pynvml's own."""


def fail(*_):
    raise NVMLError("Not Supported")


@pytest.fixture
def room():
    """Return what asks for the room of a GPU under some environment variables: `room(0, visible="3")`."""

    def ask(gpu_index=0, visible=None, order=None, **changes):
        answers = {
            "NVMLError": NVMLError,
            "nvmlInit": lambda: None,
            "nvmlShutdown": lambda: None,
            "nvmlDeviceGetCount": lambda: len(FREE),
            "nvmlDeviceGetHandleByIndex": lambda index: index,
            "nvmlDeviceGetName": lambda _: b"NVIDIA A100",
            "nvmlDeviceGetUUID": lambda handle: f"GPU-{handle}aaa-bbb".encode(),
            "NVML_COMPUTEMODE_DEFAULT": 0,
            "nvmlDeviceGetComputeMode": lambda _: 0,
            "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(free=FREE[handle]),
        }
        variables = {"CUDA_VISIBLE_DEVICES": visible, "CUDA_DEVICE_ORDER": order}
        environ = {name: value for name, value in variables.items() if value is not None}
        return read_gpu_room(gpu_index, environ, lambda: SimpleNamespace(**{**answers, **changes}))

    return ask


@pytest.mark.parametrize(
    ("gpu_index", "visible", "free"),
    [
        (0, None, 20),
        (3, None, 30),
        (0, "3", 30),
        (1, "3, 2", 9),
        (0, "GPU-2aaa-bbb", 9),
        (0, "GPU-3", 30),  # CUDA takes the beginning of an id, too
    ],
)
def test_free_is_what_the_trials_own_gpu_has_left(room, gpu_index, visible, free):
    assert room(gpu_index, visible).free_bytes == free


@pytest.mark.parametrize(
    ("gpu_index", "visible"),
    [(0, "MIG-3aaa"), (0, "GPU-"), (0, "GPU-9"), (7, None), (1, "3"), (0, "-1"), (0, "")],
)
def test_where_nobody_can_tell_which_it_is_the_fullest_one_counts(room, gpu_index, visible):
    assert room(gpu_index, visible).free_bytes == 7


@pytest.mark.parametrize(("order", "free"), [(None, 7), ("FASTEST_FIRST", 7), ("PCI_BUS_ID", 30)])
def test_of_unlike_gpus_a_number_tells_which_it_is_only_in_the_order_of_the_bus(room, order, free):
    def name(handle):
        return f"GPU model {handle}"

    assert room(3, order=order, nvmlDeviceGetName=name).free_bytes == free
    assert room(0, "GPU-3", order, nvmlDeviceGetName=name).free_bytes == 30


@pytest.mark.parametrize(
    ("gpu_index", "visible", "is_shared"), [(0, None, True), (3, None, False), (0, "MIG-1", False)]
)
def test_a_gpu_in_another_compute_mode_than_the_default_is_for_one_process(room, gpu_index, visible, is_shared):
    found = room(gpu_index, visible, nvmlDeviceGetComputeMode=lambda handle: 3 if handle == 3 else 0)
    assert found.is_shared is is_shared


def test_a_gpu_that_does_not_tell_its_mode_is_shared(room):
    assert room(nvmlDeviceGetComputeMode=fail) == GpuRoom(20, is_shared=True)


@pytest.mark.parametrize(
    "changes",
    [{"nvmlDeviceGetMemoryInfo": fail}, {"nvmlDeviceGetCount": lambda: 0}, {"nvmlInit": fail}],
)
def test_what_nvml_does_not_say_is_unknown(room, changes):
    assert room(**changes) == GpuRoom()


def test_nvml_is_shut_down_when_it_fails_half_way(room):
    calls = []
    assert room(nvmlDeviceGetCount=fail, nvmlShutdown=lambda: calls.append("shutdown")) == GpuRoom()
    assert calls == ["shutdown"]


def test_without_nvml_nobody_says_what_is_free():
    def without_nvml():
        raise ImportError("No module named 'pynvml'")

    assert read_gpu_room(0, {}, without_nvml) == GpuRoom()
