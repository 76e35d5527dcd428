"""Whether validated tables may be loaded and released, and what they leave out.

A build asks between validation and warehouse; so does whoever runs a later step by itself.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline.checks import CHECKLIST
from pipeline.outcome import NO_UNACCEPTED_REVISION, SOME_SHEET_IS_ACCEPTED, BuildError, FailedCheck
from pipeline.parts import key_of
from pipeline.release.figure_changes import Cause, FigureChanges, figure_changes
from pipeline.release.released import released_tables
from pipeline.release.sums import demand_intact
from pipeline.release.versions import Release, latest_release
from pipeline.sheets.acceptances import (
    Acceptance,
    read_acceptances,
    versions_let_in,
    write_acceptances,
)
from pipeline.sheets.collect import RawFolderError
from pipeline.stages import Stages
from pipeline.storage.lock import locked
from pipeline.storage.names import ACCEPTANCES
from pipeline.storage.sealed import read_sealed, write_sealed
from pipeline.tables.files import TableFiles, rows
from pipeline.tables.schema import CHECKS, QUARANTINE, SHEETS
from pipeline.validate.pending import Review, released_acceptances

_CLEARED = "cleared.json"
_PATIENCE_SECONDS = 60

_MENDING: dict[Cause, str] = {
    "overwritten_sheet": "a file was overwritten: put the published bytes back under its name and give the new ones to `statedata add`, so that they wait by themselves",
    "removed_sheet": "a sheet is gone: put its file back",
    "quarantine": "a sheet is quarantined: `statedata explain` it, and settle what fails",
    "correction": "a correction came or went: compare pipeline/catalog/corrections.yml with the sheet",
    "national": f"sheets of the year tip a national figure: compare them; one that was let in goes with its line in raw/{ACCEPTANCES}",
    "reading": "the program or the catalog reads the same bytes otherwise: `statedata explain` the sheet, and see what changed",
}
"""What has happened for each cause of a revision, and how to mend it."""


def published_sheets(warehouse: Path) -> dict[str, str]:
    """The sha256 of the file of each sheet whose figures the latest release has.

    Raises:
        ReleaseError: the latest release is damaged, so that nothing can follow it.
    """
    latest = _intact(warehouse)
    return _published(latest) if latest else {}


def revisions(tables: TableFiles, warehouse: Path) -> FigureChanges:
    """What the latest release published and these tables take away or change, unless it was let in.

    A sheet that was let in may revise its state's figures; those of the nation are another matter.
    That the release is intact is demanded before, once a build: every file of it is hashed for that.
    """
    latest = latest_release(warehouse)
    if latest is None:
        return FigureChanges((), {})
    found = figure_changes(released_tables(latest.path), tables)
    reviewed = Review(_published(latest), released_acceptances(tables))
    let_in = {
        (row.year, row.jurisdiction)
        for row in _sheets(tables, "accepted")
        if row.sha256 in reviewed.versions(row.sheet_id)[1:]
    }
    left = (one for one in found.revisions if (one.year, one.jurisdiction) not in let_in)
    return FigureChanges(tuple(left), found.whole)


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
        causes = Counter(change.cause for change in found.rows)
        mending = "\n".join(
            f"- {text} ({causes[cause]} of the figures)"
            for cause, text in _MENDING.items()
            if causes[cause]
        )
        message = (
            f"{len(found.rows)} published figures are removed or changed; `latest` stays. Build "
            f"with --accept-revisions if this is right:\n{lines}\nif it is not:\n{mending}"
        )
        raise BuildError(message, NO_UNACCEPTED_REVISION, validated=True)


def clear(stages: Stages, warehouse: Path) -> None:
    """Keep that the validated tables may follow the latest release, for a step that runs later."""
    write_sealed(stages.folder / _CLEARED, _subject(stages, warehouse))


def demand_cleared(stages: Stages, warehouse: Path) -> TableFiles:
    """The validated tables, if they may be released; asked anew where that is not known.

    Raises:
        BuildError: a check stops them, or they revise published figures and nobody accepted it.
        ReleaseError: the latest release is damaged, so that nothing can follow it.
    """
    tables = stages.validated()
    if read_sealed(stages.folder / _CLEARED) != _subject(stages, warehouse):
        demand_sheets(tables)
        _intact(warehouse)
        demand_revisions(revisions(tables, warehouse), accepted=False)
    return tables


def accept(
    raw: Path, warehouse: Path, names: list[str], today: date, reason: str = ""
) -> list[Acceptance]:
    """Let sheets in that wait, by their ids or files; the next build publishes them.

    Args:
        raw: the raw folder, where the decisions are written.
        warehouse: whose last validation says what waits.
        names: of sheets, ``2023/US-OH``, or of their files below the raw folder.
        today: the day of the decision.
        reason: why, in one line.

    Raises:
        BuildError: one of them does not wait; then none is let in.
        RawFolderError: the decisions cannot be read or written.
        ReleaseError: the latest release is damaged.
        pipeline.stages.StageError: the tables of the last validation are damaged.
        pipeline.storage.lock.LockedError: another process is adding sheets for too long.
    """
    try:
        tables = Stages.of(warehouse).validated([SHEETS.name])
    except FileNotFoundError:
        raise BuildError(
            f"{warehouse}: nothing was built there yet; `statedata build` first"
        ) from None
    waiting = _sheets(tables, "pending")
    known = {name: row for row in waiting for name in (row.sheet_id, row.file)}
    for name in names:
        if name not in known:
            raise BuildError(_not_waiting(name, known, tables))
    chosen = {row.sheet_id: row for row in map(known.__getitem__, names)}
    return _let_in(raw, warehouse, list(chosen.values()), today, reason)


def accept_all(raw: Path, warehouse: Path, tables: TableFiles, today: date) -> list[Acceptance]:
    """Let in every sheet that waits by these tables.

    Raises:
        RawFolderError: the decisions cannot be read or written.
    """
    return _let_in(raw, warehouse, _sheets(tables, "pending"), today, "")


def _let_in(
    raw: Path, warehouse: Path, waiting: list[Any], today: date, reason: str
) -> list[Acceptance]:
    published, day = published_sheets(warehouse), today.isoformat()
    new = [Acceptance(r.sheet_id, r.sha256, published[r.sheet_id], day, reason) for r in waiting]
    if not new:
        return []
    try:
        with locked(raw, "accepting revisions", patience=_PATIENCE_SECONDS):
            found = read_acceptances(raw)
            for one in new:
                # What had been let in since, and did not get published, is overruled.
                chain = versions_let_in(one.sheet, one.replaces, found)
                overruled = {*chain, one.sha256}
                found = [a for a in found if a.sheet != one.sheet or a.replaces not in overruled]
            write_acceptances(raw, [*found, *new])
    except OSError as error:
        raise RawFolderError(
            f"{raw / ACCEPTANCES}: cannot be written: {error.strerror}; make room or make the "
            "folder writable"
        ) from error
    return new


def _not_waiting(name: str, known: dict[str, Any], tables: TableFiles) -> str:
    found = [row for row in _sheets(tables) if name in (row.sheet_id, row.file)]
    listed = ", ".join(sorted({row.sheet_id for row in known.values()})) or "none"
    if found:
        reason = f", {found[0].reason}" if found[0].reason else ""
        return f"{name}: does not wait, it is {found[0].status}{reason}; pending: {listed}"
    close = get_close_matches(name, known, n=3)
    meant = f"; did you mean {' or '.join(close)}?" if close else f"; pending: {listed}"
    return f"{name}: is no sheet of the last build; after `statedata add`, build first{meant}"


def _sheets(tables: TableFiles, status: str = "") -> list[Any]:
    """The sheets of a status, or all, without their texts."""
    query = "select file, sheet_id, year, jurisdiction, status, reason, sha256 from sheets"
    with tables.connection([SHEETS.name]) as connection:
        return rows(connection, f"{query} where $1 in ('', status) order by file", [status])


def _intact(warehouse: Path) -> Release | None:
    """The latest release, if it still holds the files it was made of."""
    latest = latest_release(warehouse)
    if latest is not None:
        demand_intact(latest)
    return latest


def _published(release: Release) -> dict[str, str]:
    return {row.sheet_id: row.sha256 for row in _sheets(released_tables(release.path), "accepted")}


def failing(tables: TableFiles) -> list[FailedCheck]:
    """Every check that did not hold."""
    of_checks = "year, metric, message from checks where not passed order by check_id"
    return _failed(tables, CHECKS.name, of_checks)


def quarantined(tables: TableFiles) -> list[FailedCheck]:
    """Every reason for which a sheet is not accepted."""
    return _failed(tables, QUARANTINE.name, "null, null, message from quarantine")


def _failed(tables: TableFiles, table: str, query: str) -> list[FailedCheck]:
    with tables.connection([table]) as connection:
        found = connection.execute(f"select check_name, file, {query}").fetchall()
    return [FailedCheck(*row) for row in found]


def _subject(stages: Stages, warehouse: Path) -> str:
    """A name for the validated tables and the release that they are to follow."""
    latest = latest_release(warehouse)
    return key_of(stages.validated_sums(), latest and [latest.version, latest.digests])
