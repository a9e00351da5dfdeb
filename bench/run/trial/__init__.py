"""Starts one worker process, watches it, and ends its journal."""
