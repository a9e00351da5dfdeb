"""`python -m bench …` as it is, but for paced workers that train nothing, and a lock that no other test waits for."""

import functools
import sys
from pathlib import Path

from bench.api import run, tune
from bench.cli import main
from bench.host import lock
from tests.without_figures import draw_no_figures

if __name__ == "__main__":
    worker = (sys.executable, "-I", "-S", str(Path(__file__).with_name("paced_worker.py")))
    run.run_session = functools.partial(run.run_session, worker_command=worker)
    tune.run_tuning = functools.partial(tune.run_tuning, worker_command=worker)
    draw_no_figures()
    lock.lock_folder = Path.cwd
    main()
