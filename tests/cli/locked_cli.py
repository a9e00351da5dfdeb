"""`python -m bench …` as it is, but for a lock in the current folder: it waits for nobody who measures on this host."""

from pathlib import Path

from bench.cli import main
from bench.host import lock

if __name__ == "__main__":
    lock.lock_folder = Path.cwd
    main()
