"""`python -m bench`."""

import sys

if __name__ == "__main__":
    # Python put the current folder first on the path. It is the user's: a `secrets.py` there must not replace Python's.
    if not sys.flags.safe_path:
        del sys.path[0]
    from bench.cli import main

    main()
