"""`python -m bench …` as it is, but for workers that train nothing, and a lock that no other test waits for."""

import functools
import os
import sys
from pathlib import Path

from bench.cli import main, run_verb
from bench.host import lock

if __name__ == "__main__":
    worker = (sys.executable, "-I", "-S", os.environ["FAULTS_WORKER"])
    run_verb.run_session = functools.partial(run_verb.run_session, worker_command=worker)
    lock.lock_folder = lambda: Path(os.environ["FAULTS_LOCK"])
    main()
