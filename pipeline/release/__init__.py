"""The warehouse to an immutable, verifiable folder for readers."""
