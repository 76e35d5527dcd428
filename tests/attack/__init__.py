"""Attacks on intake and parser: mutants, metamorphoses, fuzzing. `docs/testing.md` tells of them."""
