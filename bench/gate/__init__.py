"""Is a revision slower, larger or less accurate than another? Pairs of fresh processes, and a verdict."""
