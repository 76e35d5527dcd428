"""Checks as Dagster asset checks.

Reads the checklist and a summary of the table checks, gives check specifications and their results. A failure
that quarantines a sheet is shown as an error but does not block: the good sheets go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from pipeline.checks import CHECKLIST, Stage
from pipeline.release.figure_changes import FigureChanges
from pipeline.validate.check_summary import CheckSummary

SOME_SHEET_IS_ACCEPTED = dg.AssetCheckSpec(
    "some_sheet_is_accepted",
    asset="observations",
    blocking=True,
    description="At least one sheet is accepted; else nothing is loaded or released.",
)
NO_UNACCEPTED_REVISION = dg.AssetCheckSpec(
    "no_unaccepted_revision",
    asset="observations",
    blocking=True,
    description="No figure of the latest release is removed or changed, unless that is accepted.",
)


def specs(stage: Stage) -> list[dg.AssetCheckSpec]:
    """The checks that are shown at an asset."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=stage, description=check.meaning, blocking=check.blocking
        )
        for check in CHECKLIST.values()
        if check.stage == stage
    ]


def results(stage: Stage, found: CheckSummary) -> Iterator[dg.AssetCheckResult]:
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


def result_of_acceptance(statuses: Mapping[str, int]) -> dg.AssetCheckResult:
    """Whether any sheet is accepted, by how many sheets there are of each status."""
    accepted = statuses.get("accepted", 0)
    return dg.AssetCheckResult(
        passed=accepted > 0,
        check_name=SOME_SHEET_IS_ACCEPTED.name,
        asset_key="observations",
        metadata={"accepted": accepted, "sheets": sum(statuses.values())},
    )


def result_of_revisions(found: FigureChanges, *, accepted: bool) -> dg.AssetCheckResult:
    """Whether published figures stay; if they do not, what changes, as a list."""
    revisions = found.rows
    lines = "\n".join(f"- {line}" for line in found.lines())
    return dg.AssetCheckResult(
        passed=accepted or not revisions,
        check_name=NO_UNACCEPTED_REVISION.name,
        asset_key="observations",
        description=f"{len(revisions)} published figures are removed or changed"
        + (", as accepted" if accepted and revisions else ""),
        metadata={"revisions": len(revisions), "changes": dg.MetadataValue.md(lines or "none")},
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
