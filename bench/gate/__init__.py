"""The question whether a revision is slower, larger or less accurate: pairs of fresh processes, and a verdict."""
