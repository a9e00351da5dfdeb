"""Journals and run folders: the source of truth, from which everything else is rebuilt."""
