"""A run: its plan, its folder, the order of its trials, and how it is resumed."""
