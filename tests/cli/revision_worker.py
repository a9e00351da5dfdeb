"""The quick worker of the fault suite, whose figures the user's own module tells: it is imported as a real one's is.

`COST` is what a step costs, `ACCURACY` what is reached; `FAILS` fails, `HANGS` is a pipe to hang at, `UNITS` stands as
the loss on the validation data. Each process has noise of its own, drawn from where its journal stands: 1 % of its
times, a thousandth of its accuracy.
"""

import importlib
import math
import random
import sys
import time

# A module that is changed within the second, and stays as long, has the same bytecode to Python.
sys.dont_write_bytecode = True
sys.path.insert(0, __file__.replace("/cli/revision_worker.py", "/faults"))
quick = importlib.import_module("quick_worker")
del sys.path[0]
quick_events = quick.events


def events(start):
    sys.path.append("")  # the current folder
    code = importlib.import_module(start["case"]["model"].partition(":")[0])
    own = start["run_id"].rpartition("-")[0].partition("Z-")[2]  # stage and side, without time and digits
    noise = random.Random(f"{own} {start['trial_id']}")  # noqa: S311 - no secret
    cost, accuracy = math.exp(noise.gauss(0, 0.01)) * code.COST, code.ACCURACY + noise.gauss(0, 0.001)
    for event in quick_events(start):
        if event["event"] == "epoch":
            hang(getattr(code, "HANGS", None))
            first_s = event["first_step_s"] or 0.0
            event["train_s"] = first_s + cost * (event["train_s"] - first_s)
            event["val_accuracy"] = accuracy
            event["val_loss"] = getattr(code, "UNITS", event["val_loss"])
        if event["event"] == "end" and getattr(code, "FAILS", False):
            event.update(status="failed", error={"type": "OwnError", "message": "out of ideas", "output_tail": ""})
        yield event


def hang(pipe):
    """Hang for good, once somebody reads from the pipe."""
    if pipe:
        open(pipe, "wb").close()  # noqa: PTH123 - as in the quick worker
        time.sleep(600)


if __name__ == "__main__":
    quick.events = events
    quick.main()
