"""Trains networks over fixed epoch budgets and hardware, and records accuracy per epoch and throughput."""

__version__ = "0.1.0"
