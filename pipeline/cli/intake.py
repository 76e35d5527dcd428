"""The commands by which sheets come in: from files and addresses, and from the watchlist.

Every file that an operator gives gets a line. Each command imports what it needs by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.cli.terminal import Catalog, Json, Quiet, Raw, console, print_json, refused
from pipeline.model import UserError

if TYPE_CHECKING:
    from pipeline.intake.add import Result

AllowPrivate = Annotated[
    bool,
    typer.Option("--allow-private", help="Also ask machines on this machine's own networks."),
]

_UNFOLDED = 1 << 16
"""Width of a report that goes to a file or a pipe: a line for each file, whatever its length."""


def add(
    given: Annotated[list[str], typer.Argument(metavar="FILE|FOLDER|URL...")],
    raw: Raw = Path("raw"),
    origin: Annotated[
        str, typer.Option(help="Where the files come from, for the manifest; else their names.")
    ] = "",
    allow_private: AllowPrivate = False,
    *,
    _catalog: Catalog = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take sheets into the raw folder, each under its year and state, as they are.

    Nothing is overwritten. Exit code 0: all taken or there already; 1: some refused; 2: none taken.
    """
    from pipeline.catalog.load import default_catalog
    from pipeline.intake.add import add as take
    from pipeline.intake.connection import Settings
    from pipeline.intake.fetch import Client
    from pipeline.parse.patterns import compile_catalog

    if not origin.isprintable():
        raise typer.BadParameter("expected one line of text", param_hint="--origin")
    client = Client(Settings(allow_private=allow_private))
    wordings = compile_catalog(default_catalog())
    found = take(given, raw, wordings, client, now=datetime.now(UTC), origin=origin or None)
    _report(found, as_json=as_json, quiet=quiet)


def watchlist(
    raw: Raw = Path("raw"),
    file: Annotated[
        Path | None,
        typer.Option(
            "--watchlist",
            envvar="STATEDATA_WATCHLIST",
            help="File of addresses, one a line; else watchlist.txt beside the raw folder.",
        ),
    ] = None,
    allow_private: AllowPrivate = False,
    *,
    _catalog: Catalog = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look once at every address of the watchlist and take what is new.

    Exit code 0: all looked at; 1: some refused or failed; 2: none answered with a sheet.
    """
    from pipeline.catalog.load import default_catalog
    from pipeline.intake.connection import Settings
    from pipeline.intake.fetch import Client
    from pipeline.intake.watchlist import check_watchlist, watchlist_of
    from pipeline.parse.patterns import compile_catalog

    client = Client(Settings(allow_private=allow_private))
    wordings = compile_catalog(default_catalog())
    listed = watchlist_of(raw, file)
    found = check_watchlist(listed, raw, wordings, client, now=datetime.now(UTC))
    _report(found, as_json=as_json, quiet=quiet)


def _report(found: Iterator[Result], *, as_json: bool, quiet: bool) -> None:
    """Print a line for every file and the counts; ends with the exit code that they mean."""
    results: list[Result] = []
    failure: Exception | None = None
    try:
        for one in found:
            results.append(one)
            if not (quiet or as_json):
                _progress(one)
    except UserError as error:
        failure = error
    except OSError as error:
        why = f"{error.filename or 'the raw folder'}: {error.strerror}"
        failure = OSError(f"{why}; make room or make it writable, and give the files again")
    if as_json:
        print_json(_object(results, failure))
    elif results:
        _print(results, console(quiet=quiet))
    if failure is not None:
        raise refused(failure)
    missed = sum(one.file is None for one in results)
    if missed:
        raise typer.Exit(2 if missed == len(results) else 1)


def _progress(one: Result) -> None:
    errors = console(stderr=True)
    if errors.is_terminal:
        errors.print(Text(f"{one.status:<14} {one.given}", style="dim"))


def _object(results: list[Result], failure: Exception | None) -> dict[str, Any]:
    """What became of every file, for machines; ``error`` says what ended it before its time."""
    said = {"error": str(failure)} if failure else {}
    return {
        **said,
        "given": len(results),
        "counts": dict(sorted(Counter(one.status for one in results).items())),
        "results": [asdict(one) for one in results],
    }


def _print(results: list[Result], output: Console) -> None:
    if not output.is_terminal:
        output.width = _UNFOLDED
    table = Table("result", "file", "given", "note")
    for column in table.columns:
        column.overflow = "fold"
    for one in results:
        style = "red" if one.file is None else ""
        cells = (one.status, one.file or "", one.given, one.note)
        table.add_row(*(Text(cell, style=style) for cell in cells))
    output.print(table)
    counts = sorted(Counter(one.status for one in results).items())
    text = ", ".join(f"{count:,} {result}" for result, count in counts)
    output.print(Text(f"{len(results):,} given: {text}"))
