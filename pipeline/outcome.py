"""What a build returns: what it made, or why it released nothing.

Plain values that need no library, so that a build which has nothing to do can repeat them. The
steps that make them are in :mod:`pipeline.build`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.model import UserError

SOME_SHEET_IS_ACCEPTED = "some_sheet_is_accepted"
"""At least one sheet is accepted; else nothing is loaded or released."""
NEWER_TEXTS_ARE_LET_IN = "newer_texts_are_let_in"
"""The check that a sheet which waits does not pass; it is told by itself, not as a warning."""
NO_UNACCEPTED_REVISION = "no_unaccepted_revision"
"""No figure of the latest release is removed or changed, unless that is accepted."""


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check that did not hold: of which file, if of one, year and metric; and what to do."""

    check_name: str
    file: str | None
    year: int | None
    metric: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build made: counts for the closing table, and what was left out and why.

    ``sheets`` counts by status and ``numerals`` by disposition. ``interrupted`` are the files whose
    extraction was cut short, which the next build tries again.
    """

    sheets: dict[str, int]
    statements: int
    observations: int
    numerals: dict[str, int]
    checks: dict[str, int]
    quarantine: list[FailedCheck]
    withheld: list[FailedCheck]
    pending: list[FailedCheck]
    warnings: list[FailedCheck]
    interrupted: list[str]
    version: str
    is_new: bool
    release: Path

    @property
    def is_complete(self) -> bool:
        """Whether every sheet and every figure was accepted, and none waits."""
        return not self.quarantine and not self.withheld and not self.pending


class BuildError(UserError):
    """Nothing was released; the message says why and what to do.

    Args:
        message: one line, or a line and a list below it.
        check: the check that stopped the build, if one did.
        validated: whether the build got as far as validating all sheets.
    """

    def __init__(self, message: str, check: str | None = None, *, validated: bool = False) -> None:
        super().__init__(message)
        self.check, self.validated = check, validated
