"""Corpora of any size with their truth, and what the pipeline costs on them.

``corpus`` writes sheets; ``__main__`` measures, one topic a module: ``parsing``, ``building``,
``starting``, ``extracting``, ``clustering``, ``querying``. ``measure`` runs a measurement in a process
of its own and ``report`` writes the tables. Nothing in ``pipeline`` imports this package.
"""
