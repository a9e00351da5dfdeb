"""Kernels from profiles in the three backends' forms; what is on the host, and copies, are none."""

import gzip
import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ChildError
from bench.gpu.kernels import (
    KernelSpan,
    busy_seconds,
    is_cudnn_recurrent,
    read_chrome_trace,
    read_xspace,
    sum_kernels,
)
from bench.store.gpu_evidence import MAX_NAME
from tests.gpu.made import CUDNN, GENERIC

# As PyTorch 2.13 writes a trace on a CPU, with the events of a GPU as its documentation has them.
TORCH = {
    "schemaVersion": 1,
    "deviceProperties": [],
    "traceEvents": [
        {"ph": "M", "name": "process_name", "ts": 5238.1, "pid": 6175, "tid": 0, "args": {"name": "python"}},
        {"ph": "X", "cat": "cpu_op", "name": "aten::_cudnn_rnn", "pid": 6175, "tid": 6175, "ts": 10.0, "dur": 90.0},
        {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 6175, "tid": 6175, "ts": 11.0, "dur": 4},
        {"ph": "X", "cat": "kernel", "name": CUDNN[0], "pid": 0, "tid": 7, "ts": 20.0, "dur": 30.0},
        {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD", "pid": 0, "tid": 7, "ts": 51, "dur": 2},
        {"ph": "X", "cat": "kernel", "name": GENERIC[1], "pid": 0, "tid": 7, "ts": 60.0, "dur": 5.5},
        {"ph": "i", "name": "Record Window End", "pid": "", "tid": "", "ts": 99.0, "s": "g"},
    ],
}  # fmt: skip
# As JAX 0.10 writes one: the last event is empty, processes are planes and threads lines.
JAX = {
    "displayTimeUnit": "ns",
    "metadata": {"highres-ticks": True},
    "traceEvents": [
        {"ph": "M", "pid": 701, "name": "process_name", "args": {"name": "/host:CPU"}},
        {"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "/device:GPU:0 NVIDIA H200"}},
        {"ph": "M", "pid": 1, "tid": 13, "name": "thread_name", "args": {"name": "Stream #13(Compute,MemcpyH2D)"}},
        {"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "XLA Ops"}},
        {"ph": "M", "pid": 701, "tid": 13, "name": "thread_name", "args": {"name": "Stream #13(Compute)"}},
        {"ph": "X", "pid": 1, "tid": 13, "ts": 20.0, "dur": 30.0, "name": CUDNN[0], "args": {"hlo_op": "rnn_fwd"}},
        {"ph": "X", "pid": 1, "tid": 2, "ts": 20.0, "dur": 30.0, "name": "rnn_fwd.1"},
        {"ph": "X", "pid": 1, "tid": 13, "ts": 51.0, "dur": 2.0, "name": "MemcpyH2D"},
        {"ph": "X", "pid": 1, "tid": 13, "ts": 60.0, "dur": 5.5, "name": GENERIC[1]},
        {"ph": "X", "pid": 701, "tid": 13, "ts": 1.0, "dur": 1.0, "name": "PjitFunction(step)"},
        {},
    ],
}
EXPECTED = [(CUDNN[0], 30e-6), (GENERIC[1], 5.5e-6)]


def told(spans):
    return [(span.name, pytest.approx(span.end_s - span.begin_s)) for span in spans]


@pytest.mark.parametrize("trace", [TORCH, JAX], ids=["torch", "jax"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_trace_has_the_kernels_of_the_gpu(trace, pack):
    assert told(read_chrome_trace(pack(json.dumps(trace).encode()))) == EXPECTED


def test_a_profile_of_tensorflows_has_the_kernels_of_the_gpus_streams():
    metadata = {number: SimpleNamespace(name=name) for number, name in enumerate((CUDNN[0], "MemcpyH2D", GENERIC[1]))}

    def event(number, offset, duration):
        return SimpleNamespace(metadata_id=number, offset_ps=offset * 10**6, duration_ps=int(duration * 10**6))

    streams = SimpleNamespace(
        name="Stream #13(Compute,MemcpyH2D)",
        timestamp_ns=1000,
        events=[event(0, 20, 30), event(1, 51, 2), event(2, 60, 5.5)],
    )
    others = SimpleNamespace(name="TensorFlow Ops", timestamp_ns=1000, events=[event(0, 20, 30)])
    gpu = SimpleNamespace(name="/device:GPU:0", lines=[streams, others], event_metadata=metadata)
    host = SimpleNamespace(name="/host:CPU", lines=[streams], event_metadata=metadata)
    spans = read_xspace(SimpleNamespace(planes=[host, gpu]))
    assert told(spans) == EXPECTED
    assert spans[0].begin_s == pytest.approx(21e-6)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\x1f\x8b",
        pytest.param(gzip.compress(b"{}", mtime=0)[:-9], id="cut"),  # a time in a name would be another in each process
        b'{"traceEvents": ["x"]}',
        b'{"traceEvents": [{"ph": "M", "name": "process_name", "pid": 1}]}',
        pytest.param(100_000 * b"[", id="nested"),
        b"\xff",
    ],
)
def test_what_is_no_trace_is_told(content):
    with pytest.raises(ChildError, match="the profile cannot be read"):
        assert read_chrome_trace(content) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in CUDNN),
        ("void RNN_blockPersist_fp_GRU<__half, __half, float, 128>", True),
        ("RNN_blockPersist_fp_LSTM_HMMA", True),
        ("void elemWiseRNNcell<float, float, float, (cudnnRNNMode_t)2, (cudnnRNNBiasMode_t)2>(int, int)", True),
        ("void LSTM_elementWise_bp1<float, float, float>(int, int)", True),
        ("GRU_elementWise_bp1", True),
        *((name, False) for name in GENERIC),
        ("void at::native::(anonymous namespace)::kernel::lstm_cell_forward<float, float, int, 1>", False),
        ("_fused_gru_elementwise_kernel", False),  # of somebody's own, in Triton
        ("loop_add_tanh_fusion", False),
        ("aten::_cudnn_rnn", False),  # an operation of the host
        ("cudnn::ops::nchwToNhwcKernel", False),  # a convolution's
    ],
)
def test_cudnns_recurrent_kernels_are_known_by_name(name, expected):
    assert is_cudnn_recurrent(name) is expected


def test_a_name_of_kilobytes_is_cut():
    (one,) = sum_kernels([KernelSpan("void f<" + 9999 * "a, ", 0.0, 1.0)])
    assert len(one.name) == MAX_NAME


def test_the_calls_of_a_kernel_are_summed_longest_first():
    spans = [KernelSpan("a", 0.0, 1.0), KernelSpan("b", 1.0, 4.0), KernelSpan("a", 4.0, 5.0)]
    assert [(one.name, one.calls, one.seconds) for one in sum_kernels(spans)] == [("b", 1, 3.0), ("a", 2, 2.0)]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10))))
def test_seconds_in_which_several_kernels_ran_count_once(pairs):
    spans = [KernelSpan("any", float(begin), float(begin + length)) for begin, length in pairs]
    covered = {second for begin, length in pairs for second in range(begin, begin + length)}
    assert busy_seconds(spans) == len(covered)
