"""The question what changed from one run to another, or over many runs of one machine."""
