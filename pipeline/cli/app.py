"""The command line, ``statedata``: the rim where operators and readers come in.

Reads arguments and environment, calls one function a command, prints. Each command imports what
it needs by itself, so that none waits for another's libraries.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from enum import IntEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipeline.cli.group import Command, checked_version, group, show_version
from pipeline.cli.intake import add, watchlist
from pipeline.cli.releases import archive, cite, diff, publish, releases, verify, withdraw
from pipeline.cli.site import serve, site
from pipeline.cli.terminal import (
    Catalog,
    Json,
    Quiet,
    Raw,
    Warehouse,
    answer,
    console,
    print_json,
    print_labeled,
)
from pipeline.storage.names import ACCEPTANCES

app = group()


@app.callback()
def statedata(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=show_version, help="Show the version."),
    ] = False,
) -> None:
    """State fact sheets as a validated, traceable, reproducible dataset.

    Exit code 64: the command line cannot be understood; 70: a fault of this program. Each command
    says its others.
    """


catalog = group(help="What is known of the publisher's wording.", add_completion=False)
app.add_typer(catalog, name="catalog")


class Exit(IntEnum):
    """Exit codes of ``build``; other commands say theirs. 70 is a fault of this program."""

    ACCEPTED = 0
    LEFT_OUT = 1
    NOTHING_RELEASED = 2
    FAULT = 70


def main() -> None:
    """Entry of the console script; a fault of our own must not look like a quarantine."""
    if find_spec("fcntl") is None:
        sys.stderr.write(
            "statedata needs the file locks of Linux or macOS, which this system does not have; "
            "run it there, or on Windows in its Subsystem for Linux\n"
        )
        sys.exit(Exit.NOTHING_RELEASED)
    # A command makes much that stays, and is mostly over before any of it could be garbage.
    gc.set_threshold(20_000)
    # The catalog's models have none; looking for one reads every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        app()
    except Exception:  # noqa: BLE001  # the outermost rim: Python itself would end with 1
        traceback.print_exc()
        sys.exit(Exit.FAULT)


@app.command(cls=Command)
def build(
    raw: Raw = Path("raw"),
    warehouse: Warehouse = Path("warehouse"),
    accept_revisions: Annotated[
        bool,
        typer.Option(
            "--accept-revisions",
            help="Release even if published figures are removed or changed, and let pending sheets in.",
        ),
    ] = False,
    release_version: Annotated[
        str,
        typer.Option(
            callback=checked_version,
            help="Version of a new release, to reproduce one; else the next.",
        ),
    ] = "",
    _catalog: Catalog = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Parse, validate and load all sheets, and release the dataset if it changed.

    Exit code 0: all accepted; 1: released with something quarantined or pending; 2: nothing released.
    """
    from pipeline.cli.building import run_build, show, show_left_out
    from pipeline.outcome import BuildError
    from pipeline.release.versions import ReleaseError
    from pipeline.unchanged import Subject

    errors, home = console(stderr=True), os.environ.get("DAGSTER_HOME", "")
    subject = Subject(raw, warehouse, release_version, accept_revisions, home)
    try:
        outcome = run_build(subject, errors=errors, shown=console(stderr=True, quiet=quiet))
    except (BuildError, ReleaseError) as error:
        if as_json:
            print_json({"error": str(error)})
        errors.print(Text(f"nothing released: {error}", style="bold red"))
        raise typer.Exit(Exit.NOTHING_RELEASED) from error
    show_left_out(outcome, console(stderr=True, quiet=quiet))
    if as_json:
        print_json({**asdict(outcome), "complete": outcome.is_complete})
    else:
        show(outcome, console(quiet=quiet))
    raise typer.Exit(Exit.ACCEPTED if outcome.is_complete else Exit.LEFT_OUT)


@app.command(cls=Command)
def accept(
    sheets: Annotated[
        list[str], typer.Argument(metavar="SHEET...", help="2023/US-OH, or its file below raw/.")
    ],
    raw: Raw = Path("raw"),
    warehouse: Warehouse = Path("warehouse"),
    reason: Annotated[str, typer.Option(help="Why, in one line; it is published.")] = "",
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Let pending sheets in: the next build publishes their figures in the place of those before.

    The decision is a line of acceptances.csv in the raw folder; removing the line takes it back.
    Exit code 0: written; 2: one of them is not pending, and nothing was written.
    """
    from pipeline.acceptance import accept as accept_sheets
    from pipeline.alerts.events import Places

    if not reason.isprintable():
        raise typer.BadParameter("expected one line of text", param_hint="--reason")
    done = accept_sheets(raw, warehouse, sheets, datetime.now(UTC).date(), reason)
    path, command = raw / ACCEPTANCES, Places(raw, warehouse).build()
    lines = [f"{one.sheet}: {one.sha256[:12]} is let in for {one.replaces[:12]}" for one in done]
    lines.append(f"written to {path}; next: {command}")
    said = {"accepted": [asdict(one) for one in done], "path": path, "next": command}
    answer(lines, said, as_json=as_json, quiet=quiet)


@app.command(cls=Command)
def explain(
    file: Annotated[Path, typer.Argument(help="A sheet.")],
    _catalog: Catalog = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show every numeral of one sheet, what became of it, and the entries it would need.

    Exit code 0: the sheet passes by itself; 1: it would be quarantined; 2: it holds no text.
    """
    from pipeline.cli.explain import as_object, show
    from pipeline.cli.explain import explain as explain_sheet

    found = explain_sheet(file)
    if as_json:
        print_json(as_object(found))
    else:
        show(found, console(quiet=quiet))
    raise typer.Exit(0 if found.passes else 1)


@catalog.command("check", cls=Command)
def check_catalog(
    raw: Raw = Path("raw"),
    folder: Catalog = None,
    quiet: Quiet = False,
) -> None:
    """Judge the catalog: its entries by themselves, and every wording on every sheet.

    Exit code 0: no errors, every numeral accounted for; 1: not so; 2: it cannot be loaded.
    """
    from pipeline.authoring.check import check_catalog
    from pipeline.catalog.load import FOLDER

    is_well = check_catalog(folder or FOLDER, raw, console(quiet=quiet))
    raise typer.Exit(0 if is_well else 1)


@app.command(cls=Command)
def status(
    raw: Raw = Path("raw"),
    warehouse: Warehouse = Path("warehouse"),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the last run, the last release and its age, what is left out, and what is next.

    Exit code 0: all is well; 1: no release, or a run failed, was missed or is blocked, or the data
    is stale or unpublished; 2: unreadable.
    """
    from pipeline.cli.status import as_object, lines
    from pipeline.cli.status import status as status_of

    found = status_of(warehouse, raw, datetime.now(UTC))
    if as_json:
        print_json(as_object(found))
    else:
        print_labeled(lines(found), console(quiet=quiet))
    raise typer.Exit(0 if found.is_well else 1)


@app.command(cls=Command)
def cache(
    warehouse: Warehouse = Path("warehouse"),
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Remove what was extracted from documents that are gone."),
    ] = False,
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove everything; the next build makes it anew.")
    ] = False,
) -> None:
    """Show what is kept of earlier builds so that only what has changed is worked on; remove it.

    Exit code 0: done; 2: another process is writing the warehouse.
    """
    from pipeline.stages import Stages
    from pipeline.storage.lock import locked

    stages = Stages.of(warehouse)
    if prune or clear:
        with locked(warehouse, "statedata cache", patience=0):
            if clear:
                stages.clear()
            stages.prune(spare=0)
    table = Table("kept", "files", "bytes")
    for label, paths in stages.usage().items():
        size = sum(path.stat().st_size for path in paths)
        table.add_row(label, f"{len(paths):,}", f"{size:,}")
    console().print(table)


for command in (
    add, watchlist, releases, diff, verify, cite, publish, withdraw, archive, site, serve,
):  # fmt: skip
    app.command(cls=Command)(command)
