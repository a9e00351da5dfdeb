"""What the instrument knows of a network: its name, how it is loaded, trained and counted, and what it really runs."""
