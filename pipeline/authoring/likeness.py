"""Which words of a sentence carry meaning: how alike two sentences are, what a figure counts."""

from __future__ import annotations

import re

_PLAIN = frozenset([
    "about", "all", "also", "among", "an", "and", "are", "as", "at", "been", "between", "by",
    "during", "for", "from", "had", "has", "have", "in", "into", "including", "is", "it", "its",
    "more", "of", "on", "or", "other", "over", "than", "that", "the", "their", "them", "these",
    "they", "this", "those", "through", "to", "was", "were", "which", "who", "whom", "with",
    "ncmec", "year", "state"
])  # fmt: skip
"""Words that join others and say nothing of what is counted."""


def content_words(text: str) -> frozenset[str]:
    """The words of a sentence or template that carry meaning, in the singular."""
    return frozenset(map(singular, nouns(text)))


def nouns(text: str) -> list[str]:
    """The words of a sentence or template that carry meaning, in their order."""
    spelled = re.sub(r"\{[\w:]+\}|\[s\]", "", text).replace("|", " ").lower()
    words: list[str] = re.findall(r"[a-z]{2,}", spelled.replace("'s", ""))
    return [word for word in words if word not in _PLAIN]


def singular(word: str) -> str:
    """A word without the ending of its plural."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
