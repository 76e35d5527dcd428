"""What comparing sheets comes to: for every file whether it counts, and why.

Filled by ``cross_checks`` and ``national_checks``, read where observations are made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import duckdb
import pyarrow

from pipeline.model import Finding
from pipeline.validate.check_rows import Result
from pipeline.validate.national import Key, Vote


@dataclass
class Decisions:
    """For every file its status, as in SHEETS, and why.

    ``votes`` hold for each year and national metric what stands, if anything; ``originals`` the file
    that counts for each duplicate; ``reasons`` why a file that fails no check does not count.
    """

    status: dict[str, str]
    votes: dict[Key, Vote] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    findings: list[Result] = field(default_factory=list)

    def accepted(self) -> set[str]:
        """The files whose figures count."""
        return {file for file, status in self.status.items() if status == "accepted"}

    def set_aside(self, file: str, status: str, reason: str) -> None:
        """Let a file that fails no check not count."""
        self.status[file], self.reasons[file] = status, reason

    def quarantine(self, file: str, finding: Finding, year: int | None) -> None:
        """Take a file out, for the reason in the finding; those with the same figures with it."""
        self.status[file] = "quarantined"
        self.findings.append((finding, file, year))
        for other in [other for other, original in self.originals.items() if original == file]:
            self.status[other] = "quarantined"
            same = replace(finding, message=f"{other}: has the figures of {finding.message}")
            self.findings.append((same, other, year))


@contextmanager
def accepted_files(connection: duckdb.DuckDBPyConnection, decisions: Decisions) -> Iterator[None]:
    """The accepted files as a table, as they stand now."""
    files = pyarrow.array(sorted(decisions.accepted()), pyarrow.string())
    connection.register("accepted", pyarrow.table({"file": files}))
    yield
    connection.unregister("accepted")
