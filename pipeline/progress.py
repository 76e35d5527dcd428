"""Who is told how a build goes, while it goes.

Given to the steps by whoever runs a build and wants to show it: the command line. What is shown,
and how, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def nobody(*_: object) -> None:
    """Is told, and does nothing."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is told what.

    ``working`` is told a step that is at work, how many sheets it has done and of how many, 0 of 0
    where it does not count them; ``done`` a step and, in words, what it has done; ``waiting`` for whom
    a build waits before its first step.
    """

    working: Callable[[str, int, int], object] = nobody
    done: Callable[[str, str], object] = nobody
    waiting: Callable[[str], None] = nobody


SILENT = Progress()
"""Nobody is told."""
