"""Rows of CHECKS as Dagster asset checks.

Reads the checklist and a frame CHECKS, gives check specifications and their results. A failure
that quarantines a sheet is shown as an error but does not block: the good sheets go on.
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from pipeline.checklist import CHECKLIST, Stage
from pipeline.validate.frames import records

_SHOWN = 20
"""Failures shown with a check result; all of them are in the table checks."""

SOME_SHEET_IS_ACCEPTED = "some_sheet_is_accepted"


def specs(stage: Stage) -> list[dg.AssetCheckSpec]:
    """The checks that are shown at an asset."""
    return [
        dg.AssetCheckSpec(check.name, asset=stage, description=check.meaning)
        for check in CHECKLIST.values()
        if check.stage == stage
    ]


def results(stage: Stage, checks: pd.DataFrame) -> Iterator[dg.AssetCheckResult]:
    """The result of each of the asset's checks over all rows of a frame CHECKS."""
    rows = records(checks)
    for check in CHECKLIST.values():
        if check.stage != stage:
            continue
        own = [row for row in rows if row.check == check.name]
        failures = [row for row in own if not row.passed]
        error = check.level == "error"
        yield dg.AssetCheckResult(
            passed=not failures,
            check_name=check.name,
            asset_key=stage,
            severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
            description=failures[0].message if failures else f"{len(own)} results, all hold",
            metadata={
                "results": len(own),
                "failures": len(failures),
                "failed": dg.MetadataValue.md(_table(failures)),
            },
        )


def _table(failures: list[object]) -> str:
    if not failures:
        return "none"
    lines = ["| sheet | metric | expected | found | message |", "| --- | --- | --- | --- | --- |"]
    for row in failures[:_SHOWN]:
        cells = [
            str(getattr(row, name) or "")
            for name in ("file", "metric", "expected", "found", "message")
        ]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    if len(failures) > _SHOWN:
        lines.append(f"| and {len(failures) - _SHOWN} more | | | | |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text from a sheet or a file's name, made harmless in Markdown."""
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").split())
