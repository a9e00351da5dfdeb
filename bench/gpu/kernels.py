"""The kernels that a GPU ran, read from a profile: how long each took, and which are cuDNN's recurrent ones."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.errors import ChildError
from bench.store.gpu_evidence import MAX_NAME, KernelTime

# What cuDNN 7 to 9 call them: persistent ones (RNN_blockPersist_fp_LSTM, persistRNN_addBias), and one for each step
# beside the products (elemWiseRNNcell, LSTM_elementWise_bp1). PyTorch's own fused cell is lstm_cell_forward, XLA's and
# Triton's are fusions: none of them is meant.
_CUDNN_RECURRENT = re.compile(r"RNN_blockPersist|persistRNN|elemWiseRNNcell|(?:RNN|LSTM|GRU)_elementWise_[fb]p")
_GPU_PLANE = "/device:GPU:"
_STREAM = "Stream #"
_COPIES = ("Memcpy", "Memset")
_MICROSECONDS, _NANOSECONDS, _PICOSECONDS = 1e-6, 1e-9, 1e-12


@dataclass(frozen=True)
class KernelSpan:
    """One kernel on the GPU, from its begin to its end, in seconds of the profile's clock."""

    name: str
    begin_s: float
    end_s: float


def is_cudnn_recurrent(name: str) -> bool:
    """Tell whether a kernel is one of those with which cuDNN computes an LSTM or GRU."""
    return _CUDNN_RECURRENT.search(name) is not None


def read_chrome_trace(content: bytes) -> tuple[KernelSpan, ...]:
    """Return the kernels of a trace in Chrome's format, gzipped or not, as PyTorch and JAX write it.

    PyTorch marks each by its category; in XLA's trace kernels and copies are what the streams of a GPU ran.

    Raises:
        ChildError: for what is no such trace.
    """
    try:
        found = json.loads(gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content)
        events = [event for event in found["traceEvents"] if event]
        return tuple(_spans_of_events(events))
    except (ValueError, LookupError, TypeError, AttributeError, EOFError, OSError, RecursionError, zlib.error) as error:
        raise ChildError(f"the profile cannot be read: {type(error).__name__}: {error}") from error


def _spans_of_events(events: Iterable[Mapping[str, Any]]) -> Iterator[KernelSpan]:
    events = list(events)
    named = [event for event in events if event.get("ph") == "M"]
    gpus = {event["pid"] for event in named if event["name"] == "process_name" and _is_gpu(event["args"]["name"])}
    streams = {
        (event["pid"], event["tid"])
        for event in named
        if event["name"] == "thread_name" and str(event["args"]["name"]).startswith(_STREAM) and event["pid"] in gpus
    }
    for event in events:
        is_kernel = event.get("cat") == "kernel" or (event.get("pid"), event.get("tid")) in streams
        if event.get("ph") == "X" and is_kernel and not event["name"].startswith(_COPIES):
            begin_s = event["ts"] * _MICROSECONDS
            yield KernelSpan(event["name"], begin_s, begin_s + event["dur"] * _MICROSECONDS)


def read_xspace(space: Any) -> tuple[KernelSpan, ...]:
    """Return the kernels of an `XSpace` message, which TensorFlow's profiler writes.

    Source: tsl/profiler/protobuf/xplane.proto.
    """
    return tuple(span for plane in space.planes if _is_gpu(plane.name) for span in _spans_of_plane(plane))


def _spans_of_plane(plane: Any) -> Iterator[KernelSpan]:
    for line in plane.lines:
        if not line.name.startswith(_STREAM):
            continue
        for event in line.events:
            name = plane.event_metadata[event.metadata_id].name
            if not name.startswith(_COPIES):
                begin_s = line.timestamp_ns * _NANOSECONDS + event.offset_ps * _PICOSECONDS
                yield KernelSpan(name, begin_s, begin_s + event.duration_ps * _PICOSECONDS)


def _is_gpu(name: object) -> bool:
    return str(name).startswith(_GPU_PLANE)


def sum_kernels(spans: Iterable[KernelSpan]) -> tuple[KernelTime, ...]:
    """Return each kernel's calls and seconds, the longest first."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for span in spans:
        seconds[span.name[:MAX_NAME]].append(span.end_s - span.begin_s)
    found = (KernelTime(name=name, calls=len(each), seconds=sum(each)) for name, each in seconds.items())
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.name)))


def busy_seconds(spans: Iterable[KernelSpan]) -> float:
    """Return the seconds in which at least one kernel ran: those of several streams count once."""
    total_s, until_s = 0.0, float("-inf")
    for span in sorted(spans, key=lambda one: one.begin_s):
        total_s += max(0.0, span.end_s - max(span.begin_s, until_s))
        until_s = max(until_s, span.end_s)
    return total_s
