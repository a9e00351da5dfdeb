"""The report's figures; each module draws one from a summary, or returns None where there is nothing to draw."""
