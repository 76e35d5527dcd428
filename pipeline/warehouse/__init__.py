"""Frames to one DuckDB file."""
