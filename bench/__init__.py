"""Trains networks over fixed epoch budgets and hardware, and records accuracy per epoch and throughput.

In a notebook `bench.run(...)` trains, `bench.load("latest")` reads a run back, `bench.compare(a, b)` compares two and
`bench.claims(run)` judges statements by them: see `bench.api.notebook`.
"""

from typing import Any

__version__ = "0.1.0"
_IN_NOTEBOOKS = ("claims", "compare", "load", "run")


def __getattr__(name: str) -> Any:
    """Import what a notebook asks for, when it does: `import bench` itself costs a millisecond."""
    if name not in _IN_NOTEBOOKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - most who import this package ask for its version at most

    from bench.callable_package import find_function  # noqa: PLC0415

    return find_function(name) if name == "load" else importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    """List what a notebook may ask for among the rest, for its completion."""
    return sorted({*globals(), *_IN_NOTEBOOKS})
