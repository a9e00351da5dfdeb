"""One trial's own figures, from its journal."""
