"""What every command of the command line shares: options, consoles, JSON, refusals.

Reads nothing; imported by every module of commands.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

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


def _choose_catalog(context: typer.Context, folder: Path | None) -> Path | None:
    """Choose the catalog for this command and for every process that it starts."""
    if folder is not None:
        before = os.environ.get("STATEDATA_CATALOG")
        os.environ["STATEDATA_CATALOG"] = str(folder.absolute())

        def choose_again() -> None:
            os.environ.pop("STATEDATA_CATALOG")
            if before is not None:
                os.environ["STATEDATA_CATALOG"] = before

        context.call_on_close(choose_again)
    return folder


# Named ``_catalog`` by commands that leave it to the callback.
Catalog = Annotated[
    Path | None,
    typer.Option(
        "--catalog",
        envvar="STATEDATA_CATALOG",
        callback=_choose_catalog,
        help="Folder of the publisher's catalog; else the shipped one.",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="For machines: one JSON object, and nothing else."),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Only errors; the exit code tells how it ended."),
]

_PIPED_WIDTH = 160
"""Width of tables that go to a file or a pipe, which has none of its own."""


def console(*, stderr: bool = False, quiet: bool = False) -> Console:
    """A console for results, or for what is said beside them; tables fit a pipe.

    Brackets and colons are what they are: the name of a file or folder may hold them.
    """
    made = Console(
        stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, quiet=quiet
    )
    if not made.is_terminal:
        made.width = _PIPED_WIDTH
    return made


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; all of it ASCII, so that no terminal or pipe can refuse it."""
    typer.echo(json.dumps(value, indent=2, default=_in_json))


def _in_json(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def print_labeled(lines: Iterable[tuple[str, str]], output: Console) -> None:
    """Print lines as a table, each behind its label."""
    table = Table(show_header=False)
    for label, text in lines:
        table.add_row(label, Text(text))
    output.print(table)


def answer(lines: Iterable[str], value: Mapping[str, Any], *, as_json: bool, quiet: bool) -> None:
    """Print what a command has done: lines for people, or one object for machines."""
    if as_json:
        print_json(value)
        return
    output = console(quiet=quiet)
    for line in lines:
        output.print(Text(line))


def refused(error: Exception, *, as_json: bool = False) -> typer.Exit:
    """Say in one line why a command does nothing, and give the exit with code 2 to raise."""
    if as_json:
        print_json({"error": str(error)})
    console(stderr=True).print(Text(str(error), style="bold red"))
    return typer.Exit(2)
