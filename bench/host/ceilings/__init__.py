"""The machine's ceilings, measured in a separate process."""
