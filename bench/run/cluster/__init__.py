"""Trials on the hosts of a dask cluster."""
