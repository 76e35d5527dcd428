"""What every command of the command line shares: options, consoles, refusals.

Reads nothing; imported by ``cli`` and ``release_commands``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
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

_PIPED_WIDTH = 160
"""Width of tables that go to a file or a pipe, which has none of its own."""


def console(*, stderr: bool = False) -> Console:
    """A console for results, or for what is said beside them; tables fit a pipe."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not made.is_terminal:
        made.width = _PIPED_WIDTH
    return made


def refused(error: Exception) -> typer.Exit:
    """Say why a command does nothing, and give the exit with code 2 to raise."""
    console(stderr=True).print(Text(str(error), style="bold red"))
    return typer.Exit(2)
