"""Runs trials: the parent that starts and watches worker processes, and the worker that trains."""
