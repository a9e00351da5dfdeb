"""The named data sets, one module per source."""
