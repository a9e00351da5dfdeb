"""`python -m bench …` as it is, but for workers that take their figures from the revision's code and train nothing."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path

from bench.api import check, run
from bench.cli import main
from bench.gate.sides import side
from bench.host import lock
from tests.without_figures import draw_no_figures

# -P as a side's real worker has it. Without site-packages, which it does not need, it starts a third sooner.
WORKER = ("-P", "-S", str(Path(__file__).with_name("revision_worker.py")))

own_command, run_session, calibrate = side.own_command, run.run_session, check.calibrate


def quick_command(module, *arguments, python, models=None):
    if module == side.WORKER:
        return (python, *WORKER)
    return own_command(module, *arguments, python=python, models=models)


def train_nothing(set_attribute: Callable[[object, str, object], None] = setattr) -> None:
    """Let this process's checks and runs train nothing; until a test ends where `set_attribute` is its monkeypatch's.

    Whoever measures elsewhere on this host is not waited for: the lock lies beside the current folder.
    """
    set_attribute(side, "own_command", quick_command)
    quick_session = functools.partial(run_session, worker_command=(sys.executable, *WORKER))
    set_attribute(run, "run_session", quick_session)
    set_attribute(check, "calibrate", functools.partial(calibrate, num_checks=20))
    set_attribute(lock, "lock_folder", lambda: Path.cwd().parent)
    draw_no_figures(set_attribute)


if __name__ == "__main__":
    train_nothing()
    main()
