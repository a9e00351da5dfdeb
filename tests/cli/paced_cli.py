"""`python -m bench …` as it is, but for paced workers that train nothing, and a lock that no other test waits for."""

import functools
import sys
from pathlib import Path

from bench.cli import main, run_verb, tune_verb
from bench.host import lock

if __name__ == "__main__":
    worker = (sys.executable, "-I", "-S", str(Path(__file__).with_name("paced_worker.py")))
    run_verb.run_session = functools.partial(run_verb.run_session, worker_command=worker)
    tune_verb.run_tuning = functools.partial(tune_verb.run_tuning, worker_command=worker)
    lock.lock_folder = Path.cwd
    main()
