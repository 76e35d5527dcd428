"""The ground: whole files or none, and one writer at a time."""
