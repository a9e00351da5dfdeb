"""`python -m bench …` as it is, but for workers that take their figures from the revision's code and train nothing."""

import functools
import sys
from pathlib import Path

from bench.api import check, run
from bench.cli import main
from bench.gate.sides import side
from bench.host import lock
from tests.without_figures import draw_no_figures

WORKER = str(Path(__file__).with_name("revision_worker.py"))

own_command = side.own_command


def quick_command(module, *arguments, python, models=None):
    if module == side.WORKER:
        return (python, "-P", WORKER)
    return own_command(module, *arguments, python=python, models=models)


if __name__ == "__main__":
    side.own_command = quick_command
    run.run_session = functools.partial(run.run_session, worker_command=(sys.executable, WORKER))
    check.calibrate = functools.partial(check.calibrate, num_checks=20)
    draw_no_figures()
    lock.lock_folder = lambda: Path.cwd().parent
    main()
