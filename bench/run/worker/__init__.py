"""The process that trains one trial and writes its journal."""
