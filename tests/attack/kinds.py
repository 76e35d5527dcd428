"""Every kind of damage, and how often it is chosen."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.attack import mutants, notations
from tests.attack.mutants import Base

Damage = Callable[[random.Random, Base, str], str]

_SINGLE: dict[str, tuple[Damage, int]] = {
    "characters deleted": (mutants.deleted, 8),
    "characters inserted": (mutants.inserted, 12),
    "characters replaced": (mutants.replaced, 12),
    "characters transposed": (mutants.transposed, 6),
    "characters encoded": (mutants.encoded, 5),
    "words moved": (mutants.words_moved, 6),
    "words added": (mutants.words_added, 9),
    "lines moved": (mutants.lines_moved, 4),
    "lines joined": (mutants.lines_joined, 4),
    "sentences moved": (mutants.sentences_moved, 4),
    "figures moved": (mutants.figures_moved, 6),
    "names and years": (mutants.names_changed, 3),
    "words around figures": (notations.words_around, 16),
    "other notations": (notations.notations, 12),
    "hidden text": (notations.hidden_text, 8),
    "rules": (notations.rules, 5),
    "tables": (notations.tables, 6),
}


def composed(chosen: random.Random, base: Base, text: str) -> str:
    """Two to four kinds of damage on one sheet."""
    single = [damage for damage, _ in _SINGLE.values()]
    for damage in chosen.choices(single, k=chosen.choice((2, 2, 3, 4))):
        text = damage(chosen, base, text)
    return text


KINDS: dict[str, Damage] = {
    **{kind: damage for kind, (damage, _) in _SINGLE.items()},
    "two to four of these": composed,
}
WEIGHTS: dict[str, int] = {
    **{kind: weight for kind, (_, weight) in _SINGLE.items()},
    "two to four of these": 12,
}
