"""The child process that asks TensorFlow which devices it sees and measures how fast they are.

Where TensorFlow is not installed, PyTorch measures; see `peak_torch`.

Its arguments are `check`, or `measure DEVICE PRECISION`. The only file of this folder that imports TensorFlow, and only
`bench.host.ceilings.ceilings` starts it. The answer is one line of JSON, the last on stdout.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Sequence
from typing import Any

from bench.host.ceilings.ceilings import Ceiling, Ceilings, GpuCheck
from bench.host.ceilings.cuda_libraries import find_missing_libraries
from bench.host.ceilings.peak_sizes import (
    GPU_PRODUCTS,
    LSTM_PRODUCTS,
    LSTM_SHAPE,
    OPERANDS,
    SMALLEST_ARRAY_BYTES,
    SQUARE_SIZES,
    Clock,
    choose_array_bytes,
    time_best,
)
from bench.host.devices import Device, apply_affinity, device_settings
from bench.host.probe import Probe
from bench.plan.backends import is_installed
from bench.settings import Precision


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer one question and print it."""
    parser = argparse.ArgumentParser(prog="bench.host.ceilings.peak", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("check")
    measuring = verbs.add_parser("measure")
    measuring.add_argument("device")
    measuring.add_argument("precision", choices=sorted(OPERANDS))
    asked = parser.parse_args(arguments)
    answer = check() if asked.verb == "check" else measure(asked.device, asked.precision)
    print(answer.model_dump_json(), flush=True)


def _start_tensorflow() -> Any:
    """Import TensorFlow with GPU memory growth, so that a training running at the same time keeps its memory."""
    import tensorflow as tf  # noqa: PLC0415 - seconds, and only this process may pay them

    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)
    return tf


def check() -> GpuCheck:
    """Return the GPUs that TensorFlow sees, and whether a cuDNN LSTM actually runs on the first."""
    tf = _start_tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    cudnn_works, cudnn_error = _try_cudnn(tf) if gpus else (None, None)
    return GpuCheck(
        tensorflow=tf.__version__,
        built_with_cuda=tf.test.is_built_with_cuda(),
        gpus=tuple(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus),
        cudnn_works=cudnn_works,
        cudnn_error=cudnn_error,
        build={key: str(value) for key, value in sorted(tf.sysconfig.get_build_info().items())},
        missing_libraries=find_missing_libraries(tf.sysconfig.get_build_info()),
    )


def _try_cudnn(tf: Any) -> tuple[bool, str | None]:
    """Trace and run a small LSTM with `use_cudnn=True`; return whether cuDNN ran it, and if not, why."""
    import keras  # noqa: PLC0415 - see above

    try:
        layer = keras.layers.LSTM(8, use_cudnn=True)
        layer.build((2, 4, 3))
        forward = tf.function(layer).get_concrete_function(tf.TensorSpec((2, 4, 3), tf.float32))
        outputs = forward(tf.ones((2, 4, 3))).numpy()
    except (tf.errors.OpError, ValueError, RuntimeError, NotImplementedError) as error:
        return False, f"{type(error).__name__}: {str(error).strip()[:500]}"
    if "CudnnRNNV3" not in list_operations(forward.graph.as_graph_def()):
        return False, "the traced graph holds no CudnnRNNV3 operation, so TensorFlow's own loop ran instead"
    if not all(math.isfinite(value) for value in outputs.ravel()):
        return False, "its outputs are not finite"
    return True, None


def list_operations(graph_def: Any) -> frozenset[str]:
    """Return the types of all operations of a graph, including those of the functions it calls."""
    functions = (node for function in graph_def.library.function for node in function.node_def)
    return frozenset(node.op for nodes in (graph_def.node, functions) for node in nodes)


def measure(device: str = "cpu", precision: Precision = "float32", clock: Clock = time.perf_counter) -> Ceilings:
    """Measure one device under a trial's conditions: bound to its cores, with its number of threads."""
    settings = device_settings(device)
    if not is_installed("tensorflow"):
        from bench.host.ceilings.peak_torch import measure_with_torch  # noqa: PLC0415 - imports PyTorch

        return measure_with_torch(settings, precision, clock)
    tf = _start_on(settings)
    # Left on, the graph optimizer drops products whose result nobody reads and folds a chain of additions into one: it
    # made a machine of 170 GFLOP/s look like 830.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    return Ceilings(tensorflow=tf.__version__, devices=(_measure_device(tf, settings, precision, clock),))


def _start_on(device: Device) -> Any:
    """Bind this process to a device, then start TensorFlow; the order matters, as in a trial."""
    apply_affinity(device)
    if not device.is_gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    tf = _start_tensorflow()
    if device.num_threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(device.num_threads)
        tf.config.threading.set_inter_op_parallelism_threads(device.num_threads)
    return tf


def _measure_device(tf: Any, device: Device, precision: Precision, clock: Clock) -> Ceiling:
    num_products = GPU_PRODUCTS if device.is_gpu else 1
    operands = tf.as_dtype(OPERANDS[precision])
    with tf.device(f"/gpu:{device.gpu_index}" if device.is_gpu else "/cpu:0"):
        squares = [time_products(tf, (size, size, size), num_products, clock, operands) for size in SQUARE_SIZES]
        return Ceiling(
            device=device.name,
            precision=precision,
            gemm_flops_per_s=max(squares),
            lstm_gemm_flops_per_s=time_products(tf, LSTM_SHAPE, LSTM_PRODUCTS, clock, operands),
            bandwidth_bytes_per_s=measure_bandwidth(tf, device, num_products, clock, operands),
            tf32=device.is_gpu
            and precision == "float32"
            and bool(tf.config.experimental.tensor_float_32_execution_enabled()),
        )


def time_products(tf: Any, shape: tuple[int, int, int], num_products: int, clock: Clock, operands: Any = None) -> float:
    """Return FLOP/s of products (rows, inner) by (inner, columns) done one after another, at 2·m·k·n FLOP each.

    In sequence, because a recurrent network's steps depend on each other; in one graph, because a step includes no
    Python call. Each product has its own left operand: TensorFlow would compute equal ones only once.
    """
    rows, inner, columns = shape
    operands = operands or tf.float32
    lefts = [tf.cast(tf.random.uniform((rows, inner), seed=index), operands) for index in range(num_products)]
    right = tf.cast(tf.random.uniform((inner, columns), seed=num_products), operands)

    def multiply(lefts: list[Any], right: Any) -> Any:
        product = tf.matmul(lefts[0], right)
        for left in lefts[1:]:
            with tf.control_dependencies([product]):
                product = tf.matmul(left, right)
        return product[0, 0]

    graph = tf.function(multiply, jit_compile=False, autograph=False)
    best_s = time_best(lambda: graph(lefts, right).numpy(), clock)
    return 2 * rows * inner * columns * num_products / best_s


def measure_bandwidth(tf: Any, device: Device, num_passes: int, clock: Clock, operands: Any) -> float:
    """Return bytes per second with an array larger than every cache, halved until it fits into a full device."""
    array_bytes = choose_array_bytes(device, Probe())
    while True:
        try:
            return time_bandwidth(tf, array_bytes, num_passes, clock, operands)
        except tf.errors.ResourceExhaustedError:
            if array_bytes <= SMALLEST_ARRAY_BYTES:
                raise
            array_bytes //= 2


def time_bandwidth(tf: Any, array_bytes: int, num_passes: int, clock: Clock, operands: Any = None) -> float:
    """Return bytes per second, read and written, of adding one to every value of an array of that size.

    Counted as in STREAM's copy (J. D. McCalpin, "Memory bandwidth and machine balance in current high performance
    computers", 1995): cache lines fetched before they are written (write-allocate) are not counted.
    """
    operands = operands or tf.float32
    num_values = array_bytes // int(operands.size)
    array = tf.ones((num_values,), operands)

    def add(array: Any) -> Any:
        total = array
        for _ in range(num_passes):
            total = tf.add(total, tf.cast(1, operands))
        return total[0]

    graph = tf.function(add, jit_compile=False, autograph=False)
    best_s = time_best(lambda: graph(array).numpy(), clock)
    return 2 * int(operands.size) * num_values * num_passes / best_s


if __name__ == "__main__":
    main()
