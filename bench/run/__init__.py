"""Runs trials: the parent that starts and watches worker processes, and the worker that trains."""

from bench.callable_package import make_callable

make_callable(__name__)
