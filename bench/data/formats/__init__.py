"""Readers of data files; none trusts what a file claims."""
