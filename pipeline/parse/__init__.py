"""Canonical text to statements, numerals and findings; `sheet` is read first."""
