"""The quick worker of the fault suite with a pace for each way to run a case: unrolled is fast, XLA fails."""

import importlib.util
from pathlib import Path

_PATH = Path(__file__).parents[1] / "faults" / "quick_worker.py"
spec = importlib.util.spec_from_file_location("quick_worker", _PATH)
quick = importlib.util.module_from_spec(spec)
spec.loader.exec_module(quick)
quick_events = quick.events


def events(start):
    for event in quick_events(start):
        if event["event"] == "end" and start["case"]["jit"] == "on":
            event.update(status="failed", error={"type": "XlaError", "message": "no", "output_tail": ""})
        if event["event"] == "epoch":
            steady_s = event["train_s"] - (event["first_step_s"] or 0.0)
            faster = 2 + 0.01 * (start["seed"] % 3) if start["case"]["unroll"] else 1
            event["train_s"] -= steady_s * (1 - 1 / faster)
        yield event


if __name__ == "__main__":
    quick.events = events
    quick.main()
