"""From the journals of a check to its verdict."""
