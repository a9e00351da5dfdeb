"""The question what changed from one run to another, or over many runs of one machine."""

from bench.callable_package import make_callable

make_callable(__name__)
