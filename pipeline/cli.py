"""The command line, ``statedata``: the rim where operators and readers come in.

Reads arguments and environment, calls one function a command, prints. Each command imports what
it needs by itself, so that none waits for another's libraries.
"""

from __future__ import annotations

import sys
import traceback
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pipeline.orchestration.build import Outcome
    from pipeline.release.versions import Release

app = typer.Typer(
    help="NCMEC's state fact sheets as a validated, traceable, reproducible dataset.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Raw = Annotated[
    Path, typer.Option("--raw", envvar="STATEDATA_RAW", help="Folder of the raw sheets.")
]
Warehouse = Annotated[
    Path,
    typer.Option(
        "--warehouse",
        envvar="STATEDATA_WAREHOUSE",
        help="Folder of the warehouse and its releases.",
    ),
]


class Exit(IntEnum):
    """Exit codes of ``build``; other commands say theirs. 70 is a fault of this program."""

    ACCEPTED = 0
    QUARANTINED = 1
    NOTHING_RELEASED = 2
    FAULT = 70


def main() -> None:
    """Entry of the console script; a fault of our own must not look like a quarantine."""
    try:
        app()
    except Exception:  # noqa: BLE001  # the outermost rim: Python itself would end with 1
        traceback.print_exc()
        sys.exit(Exit.FAULT)


@app.command()
def build(
    raw: Raw = Path("raw"),
    warehouse: Warehouse = Path("warehouse"),
    accept_revisions: Annotated[
        bool,
        typer.Option(
            "--accept-revisions", help="Release even if published figures are removed or changed."
        ),
    ] = False,
    release_version: Annotated[
        str, typer.Option(help="Version of a new release, to reproduce one; else the next.")
    ] = "",
) -> None:
    """Parse, validate and load all sheets, and release the dataset if it changed.

    Exit code 0: all accepted; 1: released with something quarantined; 2: nothing released.
    """
    from pipeline.orchestration.build import BuildError
    from pipeline.orchestration.build import build as run_build
    from pipeline.release.versions import ReleaseError, version_key

    console, errors = _console(), _console(stderr=True)

    def progress(step: str, message: str) -> None:
        if errors.is_terminal:
            errors.print(Text(f"{step:<12} {message}", style="dim"))

    try:
        if release_version:
            version_key(release_version)
        outcome = run_build(
            raw,
            warehouse,
            version=release_version,
            accept_revisions=accept_revisions,
            progress=progress,
        )
    except (BuildError, ReleaseError) as error:
        errors.print(Text(f"nothing released: {error}", style="bold red"))
        raise typer.Exit(Exit.NOTHING_RELEASED) from error
    _report(outcome, console, errors)
    raise typer.Exit(Exit.ACCEPTED if outcome.is_complete else Exit.QUARANTINED)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="A sheet.")],
) -> None:
    """Show every numeral of one sheet and what became of it.

    Exit code 0: the sheet passes by itself; 1: it would be quarantined; 2: it holds no text.
    """
    from pipeline.explain import ExplainError
    from pipeline.explain import explain as explain_sheet
    from pipeline.sheets.decode import NotTextError

    try:
        passes = explain_sheet(file, _console())
    except ExplainError as error:
        raise _refused(error) from error
    except NotTextError as error:
        raise _refused(NotTextError(f"{file}: {error}")) from error
    raise typer.Exit(0 if passes else 1)


@app.command()
def releases(warehouse: Warehouse = Path("warehouse")) -> None:
    """List the releases, newest last."""
    from pipeline.release.versions import ReleaseError, latest_release
    from pipeline.release.versions import releases as all_releases

    try:
        found, latest = all_releases(warehouse), latest_release(warehouse)
    except ReleaseError as error:
        raise _refused(error) from error
    if not found:
        _console(stderr=True).print(f"{warehouse}: no releases yet; `statedata build` makes one")
        return
    table = Table("version", "observations", "schema", "path", "")
    for release in found:
        rows = release.manifest["tables"]["observations"]["rows"]
        is_latest = latest is not None and release.version == latest.version
        mark = "latest" if is_latest else ""
        schema = release.manifest["schema_version"]
        table.add_row(release.version, f"{rows:,}", schema, Text(str(release.path)), mark)
    _console().print(table)


Version = Annotated[str, typer.Argument(help="A version, or the path of a release's folder.")]


@app.command()
def diff(
    old: Version,
    new: Version,
    warehouse: Warehouse = Path("warehouse"),
    as_json: Annotated[bool, typer.Option("--json", help="For machines: one JSON object.")] = False,
) -> None:
    """Show what changed from one release to another.

    Exit code 0: nothing; 1: something; 2: a release cannot be read.
    """
    from pipeline.release.changes import compare, released_tables
    from pipeline.release.report import changes_as_json, print_changes

    before, after = _release(old, warehouse), _release(new, warehouse)
    changes = compare(released_tables(before.path), released_tables(after.path))
    if as_json:
        typer.echo(changes_as_json(before, after, changes))
    else:
        print_changes(before, after, changes, _console())
    raise typer.Exit(1 if changes.rows or changes.schemas else 0)


@app.command()
def verify(
    release: Version,
    warehouse: Warehouse = Path("warehouse"),
    raw: Annotated[
        Path | None, typer.Option("--raw", help="Rebuild from these sheets and compare.")
    ] = None,
) -> None:
    """Check every claim of a release, and rebuild it if the raw sheets are given.

    Exit code 0: all holds; 1: something does not; 2: there is no such release.
    """
    from pipeline.release.verify import verify as verify_release

    found = _release(release, warehouse)
    if raw is None:
        results = verify_release(found.path, None)
    else:
        from pipeline.orchestration.rebuild import rebuilding

        with rebuilding(raw) as rebuild:
            results = verify_release(found.path, rebuild)
    table = Table("check", "", "detail")
    for result in results:
        mark = {True: "holds", False: "FAILS", None: "not made"}[result.holds]
        table.add_row(result.check, mark, Text(result.detail))
    _console().print(table)
    raise typer.Exit(1 if any(result.holds is False for result in results) else 0)


@app.command()
def cite(
    observation: Annotated[str, typer.Argument(help="For example 2023/US-MO/missing_child_cases.")],
    release: Annotated[str, typer.Option(help="Version or folder; else the latest.")] = "latest",
    warehouse: Warehouse = Path("warehouse"),
) -> None:
    """Print a citation of one figure: sheet, page, sentence, hash, release."""
    from pipeline.release.cite import cite as cite_observation
    from pipeline.release.versions import ReleaseError

    try:
        typer.echo(cite_observation(_release(release, warehouse), observation))
    except ReleaseError as error:
        raise _refused(error) from error


@app.command()
def withdraw(
    version: Annotated[str, typer.Argument(help="A version.")],
    reason: Annotated[str, typer.Option(help="Why; readers see it in index.json.")],
    warehouse: Warehouse = Path("warehouse"),
) -> None:
    """Withdraw a release: its folder stays, `latest` moves to the newest one that stands."""
    from pipeline.release.history import withdraw as withdraw_release
    from pipeline.release.versions import ReleaseError

    try:
        withdraw_release(warehouse, version, reason)
    except ReleaseError as error:
        raise _refused(error) from error
    _console().print(Text(f"{version} is withdrawn: {reason}"))


def _release(name: str, warehouse: Path) -> Release:
    from pipeline.release.versions import RELEASES, ReleaseError, read_release

    folder = Path(name) if Path(name).is_dir() else warehouse / RELEASES / name
    try:
        return read_release(folder.resolve())
    except ReleaseError as error:
        raise _refused(error) from error


def _refused(error: Exception) -> typer.Exit:
    _console(stderr=True).print(Text(str(error), style="bold red"))
    return typer.Exit(2)


def _report(outcome: Outcome, console: Console, errors: Console) -> None:
    for row in outcome.warnings:
        errors.print(Text(f"warning: {row.message}", style="yellow"))
    for row in outcome.withheld:
        errors.print(Text(f"withheld: {row.message}", style="red"))
    for row in outcome.quarantine:
        errors.print(Text(f"quarantined: {row.message}", style="red"))
    table = Table(show_header=False)
    for label, text in _closing_lines(outcome):
        table.add_row(label, Text(text))
    console.print(table)


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


_PIPED_WIDTH = 160
"""Width of tables that go to a file or a pipe, which has none of its own."""


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    return console
