"""Whether validated tables may be loaded and released, and what they leave out.

A build asks between validation and warehouse; so does whoever runs a later step by itself.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.checks import CHECKLIST
from pipeline.outcome import NO_UNACCEPTED_REVISION, SOME_SHEET_IS_ACCEPTED, BuildError, FailedCheck
from pipeline.parts import key_of, read_json, write_json
from pipeline.release.figure_changes import FigureChanges, figure_changes
from pipeline.release.released import released_tables
from pipeline.release.sums import demand_intact
from pipeline.release.versions import latest_release
from pipeline.stages import Stages
from pipeline.tables.files import TableFiles, rows
from pipeline.tables.schema import CHECKS, QUARANTINE, SHEETS

_CLEARED = "cleared.json"


def revisions(tables: TableFiles, warehouse: Path) -> FigureChanges:
    """What the latest release published and these tables take away or change.

    Raises:
        ReleaseError: the latest release is damaged, so that nothing can follow it.
    """
    latest = latest_release(warehouse)
    if latest is None:
        return FigureChanges((), {})
    demand_intact(latest)
    return figure_changes(released_tables(latest.path), tables).without_added()


def demand_sheets(tables: TableFiles) -> None:
    """Demand that no check failed that stops every build, and that a sheet is accepted.

    Raises:
        BuildError: it says why no sheet is, or which correction does not apply.
    """
    for row in failing(tables):
        if CHECKLIST[row.check_name].blocking:
            raise BuildError(row.message, row.check_name, validated=True)
    if "accepted" not in tables.counts(SHEETS.name, "status"):
        reasons = [row.message for row in quarantined(tables)]
        message = "\n".join(["no sheet was accepted:", *reasons])
        raise BuildError(message, SOME_SHEET_IS_ACCEPTED, validated=True)


def demand_revisions(found: FigureChanges, *, accepted: bool) -> None:
    """Demand that no published figure is removed or changed, unless that is accepted.

    Raises:
        BuildError: it lists them.
    """
    if found.rows and not accepted:
        lines = "\n".join(f"- {line}" for line in found.lines())
        message = (
            f"{len(found.rows)} published figures are removed or changed; `latest` stays. Build "
            f"with --accept-revisions if this is right:\n{lines}"
        )
        raise BuildError(message, NO_UNACCEPTED_REVISION, validated=True)


def clear(stages: Stages, warehouse: Path) -> None:
    """Keep that the validated tables may follow the latest release, for a step that runs later."""
    write_json(stages.folder / _CLEARED, _subject(stages, warehouse))


def demand_cleared(stages: Stages, warehouse: Path) -> TableFiles:
    """The validated tables, if they may be released; asked anew where that is not known.

    Raises:
        BuildError: a check stops them, or they revise published figures and nobody accepted it.
    """
    tables = stages.validated()
    if read_json(stages.folder / _CLEARED) != _subject(stages, warehouse):
        demand_sheets(tables)
        demand_revisions(revisions(tables, warehouse), accepted=False)
    return tables


def failing(tables: TableFiles) -> list[FailedCheck]:
    """Every check that did not hold."""
    query = (
        "select check_name, file, year, metric, message from checks where not passed "
        "order by check_id"
    )
    with tables.connection([CHECKS.name]) as connection:
        return [FailedCheck(*row) for row in rows(connection, query)]


def quarantined(tables: TableFiles) -> list[FailedCheck]:
    """Every reason for which a sheet is not accepted."""
    with tables.connection([QUARANTINE.name]) as connection:
        found = rows(connection, "select check_name, file, message from quarantine")
    return [FailedCheck(row.check_name, row.file, None, None, row.message) for row in found]


def _subject(stages: Stages, warehouse: Path) -> str:
    """A name for the validated tables and the release that they are to follow."""
    latest = latest_release(warehouse)
    return key_of(stages.validated_sums(), latest and [latest.version, latest.digests])
