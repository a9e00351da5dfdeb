"""What the program knows about a network: its name, how it is loaded, trained and counted, and what it runs."""
