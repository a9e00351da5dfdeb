"""A folder of runs as one static site."""
