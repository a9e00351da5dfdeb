"""A quick worker that keeps the real memory limit, and in the first trial needs more than that."""

import io
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import quick_worker  # noqa: E402 - it stands beside this file

from bench.run.worker.guards import limit_memory  # noqa: E402

if __name__ == "__main__":
    content = sys.stdin.buffer.read()
    spec = json.loads(content)
    limit_memory(spec["memory_limit_bytes"])
    if spec["start"]["index"] == 0:
        kept = bytearray(1 << 30)
    sys.stdin = io.TextIOWrapper(io.BytesIO(content))
    quick_worker.main()
