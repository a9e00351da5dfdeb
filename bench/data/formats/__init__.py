"""File formats that data comes in, each read with suspicion."""
