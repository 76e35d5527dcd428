"""Raw files to canonical text with a way back to every character."""
