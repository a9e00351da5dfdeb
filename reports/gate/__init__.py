"""The verdict of a check, rendered."""
