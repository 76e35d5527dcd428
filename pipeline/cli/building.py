"""The command ``build``: which way it goes, and the closing table.

Without ``DAGSTER_HOME`` the steps are called directly; where it is set they are materialised as
Dagster's assets, so that the run is recorded there. The bytes are the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.outcome import Outcome


def run_build(
    raw: Path, warehouse: Path, *, version: str, accept_revisions: bool, errors: Console
) -> Outcome:
    """Build, tell of it, and record it.

    Raises:
        pipeline.outcome.BuildError: nothing was released.
        pipeline.release.versions.ReleaseError: ``version`` is none.
    """
    from pipeline.alerts.events import Places
    from pipeline.alerts.reporting import reporting
    from pipeline.release.versions import version_key

    def progress(step: str, message: str) -> None:
        if errors.is_terminal:
            errors.print(Text(f"{step:<12} {message}", style="dim"))

    if version:
        version_key(version)
    # Dagster is imported only where a run is to be recorded.
    if os.environ.get("DAGSTER_HOME"):
        from pipeline.defs.recorded import record_build as build
    else:
        from pipeline.build import build
    with reporting(Places(raw, warehouse), at_terminal=errors.is_terminal):
        return build(
            raw,
            warehouse,
            version=version,
            accept_revisions=accept_revisions,
            scheduler=os.environ.get("STATEDATA_SCHEDULER", ""),
            progress=progress,
        )


def show_left_out(outcome: Outcome, errors: Console) -> None:
    """Print what was left out, and why."""
    for row in outcome.warnings:
        errors.print(Text(f"warning: {row.message}", style="yellow"))
    for row in outcome.withheld:
        errors.print(Text(f"withheld: {row.message}", style="red"))
    for row in outcome.quarantine:
        errors.print(Text(f"quarantined: {row.message}", style="red"))


def show(outcome: Outcome, output: Console) -> None:
    """Print the closing table."""
    table = Table(show_header=False)
    for label, text in _closing_lines(outcome):
        table.add_row(label, Text(text))
    output.print(table)


def _closing_lines(outcome: Outcome) -> list[tuple[str, str]]:
    sheets = ", ".join(f"{count:,} {status}" for status, count in sorted(outcome.sheets.items()))
    unaccounted = outcome.numerals.get("unaccounted", 0)
    numerals = sum(outcome.numerals.values())
    quarantined = len({row.file for row in outcome.quarantine})
    made = "new" if outcome.is_new else "data unchanged, no new release"
    return [
        ("sheets", sheets),
        ("figures", f"{outcome.statements:,} statements, {outcome.observations:,} observations"),
        ("numerals", f"{numerals:,}, {unaccounted:,} unaccounted"),
        ("checks", f"{outcome.checks['passed']:,} of {outcome.checks['all']:,} passed"),
        ("quarantined", f"{quarantined:,} sheets, {len(outcome.withheld):,} figures withheld"),
        ("release", f"{outcome.version} ({made})"),
        ("path", str(outcome.release)),
    ]
