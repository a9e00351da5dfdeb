"""Journals and run folders: the only truth, from which everything else is rebuilt."""
