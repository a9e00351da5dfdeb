"""`python -m bench …` as it is, but for workers that train nothing, and a lock that no other test waits for.

`FAULTS_PIPE` is a pipe at which it hangs in the midst of writing a report, once somebody reads from it.
"""

import functools
import os
import sys
import time
from pathlib import Path

from bench.api import run
from bench.cli import main
from bench.host import lock
from tests.without_figures import heed_no_figures


def hang(_descriptor):
    """Stand in for the sync of a file that is written, but not yet in its place."""
    Path(os.environ["FAULTS_PIPE"]).open("wb").close()
    time.sleep(600)


def write_and_hang(write_report, *arguments):
    os.fsync = hang
    return write_report(*arguments)


if __name__ == "__main__":
    worker = (sys.executable, "-I", "-S", os.environ["FAULTS_WORKER"])
    run.run_session = functools.partial(run.run_session, worker_command=worker)
    if "FAULTS_PIPE" in os.environ:
        run.write_report = functools.partial(write_and_hang, run.write_report)
    heed_no_figures()
    lock.lock_folder = lambda: Path(os.environ["FAULTS_LOCK"])
    main()
