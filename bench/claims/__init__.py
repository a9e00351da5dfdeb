"""The question whether a tutorial's statements hold: claims as data, the trials that speak for them, and verdicts."""

from bench.callable_package import make_callable

make_callable(__name__)
