"""Intervals, effects and tests: arrays in, values out."""
