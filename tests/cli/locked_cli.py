"""`python -m bench …` as it is, but for a lock in the current folder: it waits for nobody who measures on this host."""

from pathlib import Path

from bench.cli import main
from bench.host import lock
from tests.without_figures import heed_no_figures

if __name__ == "__main__":
    heed_no_figures()
    lock.lock_folder = Path.cwd
    main()
