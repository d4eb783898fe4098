"""The terminal UI of the engineer on duty."""
