"""Suite, case and trial: what to train, resolved from a TOML file and flags before anything runs."""
