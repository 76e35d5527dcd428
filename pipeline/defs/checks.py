"""Checks as Dagster asset checks.

Reads the checklist and a summary of the table checks, gives check specifications and their results. A failure
that quarantines a sheet is shown as an error but does not block: the good sheets go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipeline.checks import CHECKLIST
from pipeline.outcome import NO_UNACCEPTED_REVISION, SOME_SHEET_IS_ACCEPTED
from pipeline.release.figure_changes import FigureChanges
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import SHEETS
from pipeline.validate.check_summary import CheckSummary

SOME_SHEET_IS_ACCEPTED_SPEC = dg.AssetCheckSpec(
    SOME_SHEET_IS_ACCEPTED,
    asset="observations",
    blocking=True,
    description="At least one sheet is accepted; else nothing is loaded or released.",
)
NO_UNACCEPTED_REVISION_SPEC = dg.AssetCheckSpec(
    NO_UNACCEPTED_REVISION,
    asset="observations",
    blocking=True,
    description="No figure of the latest release is removed or changed, unless that is accepted.",
)


def specs(stage: str) -> list[dg.AssetCheckSpec]:
    """The checks that are shown at an asset."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=stage, description=check.meaning, blocking=check.blocking
        )
        for check in CHECKLIST.values()
        if check.stage == stage
    ]


def results(stage: str, found: CheckSummary) -> Iterator[dg.AssetCheckResult]:
    """The result of each of the asset's checks."""
    for check in CHECKLIST.values():
        if check.stage != stage:
            continue
        held, failed = found.counts.get(check.name, (0, 0))
        failures = found.failures.get(check.name, [])
        error = check.level == "error"
        yield dg.AssetCheckResult(
            passed=not failed,
            check_name=check.name,
            asset_key=stage,
            severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
            description=failures[0]["message"] if failures else f"{held} results, all hold",
            metadata={
                "results": held + failed,
                "failures": failed,
                "failed": dg.MetadataValue.md(_table(failures, failed)),
            },
        )


def results_on_the_whole(
    tables: TableFiles, revisions: FigureChanges, *, accepted: bool
) -> Iterator[dg.AssetCheckResult]:
    """The checks between sheets, whether any is accepted, and whether published figures stay."""
    yield from results("observations", CheckSummary.of_table(tables))
    statuses = tables.counts(SHEETS.name, "status")
    yield dg.AssetCheckResult(
        passed="accepted" in statuses,
        check_name=SOME_SHEET_IS_ACCEPTED,
        asset_key="observations",
        metadata={"accepted": statuses.get("accepted", 0), "sheets": sum(statuses.values())},
    )
    revised = len(revisions.rows)
    lines = "\n".join(f"- {line}" for line in revisions.lines())
    yield dg.AssetCheckResult(
        passed=accepted or not revised,
        check_name=NO_UNACCEPTED_REVISION,
        asset_key="observations",
        description=f"{revised} published figures are removed or changed"
        + (", as accepted" if accepted and revised else ""),
        metadata={"revisions": revised, "changes": dg.MetadataValue.md(lines or "none")},
    )


def _table(failures: list[dict[str, Any]], failed: int) -> str:
    if not failures:
        return "none"
    lines = ["| sheet | metric | expected | found | message |", "| --- | --- | --- | --- | --- |"]
    for row in failures:
        cells = [
            str(row[name] or "") for name in ("file", "metric", "expected", "found", "message")
        ]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    if failed > len(failures):
        lines.append(f"| and {failed - len(failures)} more | | | | |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text from a sheet or a file's name, made harmless in Markdown."""
    return " ".join(text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").split())
