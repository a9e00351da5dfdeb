"""What every library's ceilings have in common: the sizes of products and arrays, and how they are timed."""

from __future__ import annotations

from collections.abc import Callable

from bench.host.devices import Device
from bench.host.probe import Probe
from bench.host.sensors.cgroup import read_memory_limit
from bench.host.sensors.cpu import read_total_l3_bytes
from bench.host.sensors.memory import read_memory_bytes
from bench.settings import Precision

Clock = Callable[[], float]

SQUARE_SIZES = (1024, 2048)
LSTM_SHAPE = (32, 128, 512)  # batch 32 and 128 units: the recurrent product has 128 columns for each of four gates
LSTM_PRODUCTS = 64
GPU_PRODUCTS = 32  # enough to make one call's launch and read-back negligible
# Size of the array for measuring bandwidth; the smallest is for a GPU with little free memory.
CPU_ARRAY_BYTES = 256 * 1024**2
GPU_ARRAY_BYTES = 1024**3
SMALLEST_ARRAY_BYTES = 64 * 1024**2
CACHES_AN_ARRAY = 4  # STREAM's own rule: four times the sum of all last-level caches that the run uses
ARRAYS_A_MEMORY = 8  # three of them exist at once
REPEATS = 7
OPERANDS: dict[Precision, str] = {
    "float32": "float32", "float64": "float64", "mixed_float16": "float16", "mixed_bfloat16": "bfloat16",
}  # fmt: skip


def choose_array_bytes(device: Device, probe: Probe) -> int:
    """Return the size of an array that exceeds every cache of the device and fits into memory several times."""
    if device.is_gpu:
        return GPU_ARRAY_BYTES
    wanted = max(CPU_ARRAY_BYTES, CACHES_AN_ARRAY * (read_total_l3_bytes(probe) or 0))
    memories = (read_memory_bytes(probe), read_memory_limit(probe))
    return min([wanted, *(memory // ARRAYS_A_MEMORY for memory in memories if memory)])


def time_best(work: Callable[[], object], clock: Clock) -> float:
    """Return the shortest of several repeats in seconds, excluding the first call (tracing): a ceiling is a maximum."""
    work()
    seconds = []
    for _ in range(REPEATS):
        start = clock()
        work()
        seconds.append(clock() - start)
    return min(seconds)
