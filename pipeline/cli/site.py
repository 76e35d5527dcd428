"""The commands on the site: make the pages of a release, show them.

Reads a release of the warehouse; the folder of the pages is all that is written. ``cli`` adds them
to the command line. Each command imports what it needs by itself.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from pipeline.cli.releases import Version, found_release
from pipeline.cli.terminal import (
    Catalog,
    Json,
    Quiet,
    Raw,
    Warehouse,
    answer,
    console,
)
from pipeline.model import UserError
from pipeline.storage.names import PAGE, SITE

if TYPE_CHECKING:
    from pipeline.release.versions import Release
    from pipeline.site.folder import SiteResult

Out = Annotated[
    Path | None, typer.Option("--out", help="Folder of the pages; else WAREHOUSE/site.")
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="STATEDATA_SITE_URL",
        help="Address that the pages will have: adds a sitemap and absolute links.",
    ),
]


def site(
    release: Version = "latest",
    warehouse: Warehouse = Path("warehouse"),
    out: Out = None,
    *,
    url: Url = None,
    raw: Raw = Path("raw"),
    _catalog: Catalog = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the pages of a release: static HTML that opens from a folder as from a server.

    Exit code 0: they are there; 2: they are not, and why.
    """
    found, written = _written(release, warehouse, out, url, raw)
    from pipeline.site.charts import NO_CHARTS, can_draw

    if not can_draw():
        console(stderr=True, quiet=quiet).print(Text(f"warning: {NO_CHARTS}", style="yellow"))
    page = written.folder / PAGE
    line = (
        f"{written.folder}: {written.written:,} files written, {written.kept:,} were there, "
        f"{written.removed:,} removed; open {page}"
    )
    said = {"release": found.version, **asdict(written), "page": page}
    answer([line], said, as_json=as_json, quiet=quiet)


def serve(
    release: Version = "latest",
    warehouse: Warehouse = Path("warehouse"),
    out: Out = None,
    raw: Raw = Path("raw"),
    _catalog: Catalog = None,
    *,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
) -> None:
    """Make the pages of a release and show them, with its files, on this machine only.

    Exit code 0: ended by Ctrl-C; 2: not served, and why.
    """
    from pipeline.site.server import open_server

    _, written = _written(release, warehouse, out, None, raw)
    try:
        server = open_server(written.folder, port)
    except OSError as error:
        raise UserError(f"127.0.0.1:{port}: {error.strerror}; name another --port") from error
    with server:
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        console().print(Text(f"{address} shows {written.folder}; Ctrl-C ends it"))
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            console().print("ended")


def _written(
    release: str, warehouse: Path, out: Path | None, url: str | None, raw: Path
) -> tuple[Release, SiteResult]:
    from pipeline.site.make import make_site

    folder = out or warehouse / SITE
    found = found_release(release, warehouse)
    try:
        return found, make_site(found, warehouse, folder, url, raw if raw.is_dir() else None)
    except OSError as error:
        raise UserError(f"{folder}: {error}; name another --out") from error
