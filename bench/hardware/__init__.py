"""The question which machine suits which network: runs of several machines side by side."""
