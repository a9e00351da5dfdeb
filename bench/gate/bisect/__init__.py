"""Which commit made a network slower, larger or less accurate: checks of commits against a good one."""
