"""Which machine or device for which network? Runs of several machines side by side."""
