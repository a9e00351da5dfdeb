"""Copies ended trials to the trackers people already have, one file a tracker; the journal stays the truth."""
