"""Turns journals into frames, statistics and verdicts: arrays in, values out, no I/O."""
