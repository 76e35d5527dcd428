"""The quality of a release as data: what was checked, what failed, what is missing.

Reads the release's content, gives ``quality.json``. Every number in it can be counted again in
the tables; it is there for who wants the answer without loading them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.checks import CHECKLIST
from pipeline.release.content import ReleaseContent
from pipeline.release.description import write_json
from pipeline.storage.names import QUALITY
from pipeline.tables.files import rows
from pipeline.tables.schema import CHECKS
from pipeline.validate.check_summary import CheckSummary


def write_quality(content: ReleaseContent, folder: Path) -> None:
    """Write ``quality.json``."""
    write_json(quality(content), folder / QUALITY)


def quality(content: ReleaseContent) -> dict[str, Any]:
    """Counts of sheets, numerals, coverage and checks, and every failure in words."""
    tables = content.tables
    counted = CheckSummary.of_table(tables).counts
    with tables.connection([CHECKS.name]) as connection:
        failures = rows(
            connection,
            "select check_name, level, file, sheet_id, message from checks where not passed "
            "order by check_id",
        )
    return {
        "version": content.version,
        "sheets": tables.counts("sheets", "status"),
        "numerals": tables.counts("numerals", "disposition"),
        "coverage": tables.counts("coverage", "coverage"),
        "observations": tables.counts("observations", "status"),
        "checks": [
            {
                "check_name": check.name,
                "level": check.level,
                "meaning": check.meaning,
                "passed": counted.get(check.name, (0, 0))[0],
                "failed": counted.get(check.name, (0, 0))[1],
            }
            for check in CHECKLIST.values()
        ],
        "failures": [row._asdict() for row in failures],
    }
