"""The commands on releases: list, compare, verify, cite, publish, withdraw.

Reads a warehouse's releases; none of them changes a release that has its name. ``cli`` adds them
to the command line. Each command imports what it needs by itself.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table
from rich.text import Text

from pipeline.cli.terminal import (
    Catalog,
    Json,
    Quiet,
    Warehouse,
    answer,
    console,
    print_json,
)

if TYPE_CHECKING:
    from pipeline.release.versions import Release

CitationForm = Literal["text", "bibtex", "csl-json"]
Version = Annotated[str, typer.Argument(help="A version, or the path of a release's folder.")]


def releases(warehouse: Warehouse = Path("warehouse"), as_json: Json = False) -> None:
    """List the releases, newest last."""
    from pipeline.release.versions import latest_release
    from pipeline.release.versions import releases as all_releases

    found, latest = all_releases(warehouse), latest_release(warehouse)
    if as_json:
        listed = [_listed(release) for release in found]
        print_json({"latest": latest.version if latest else None, "releases": listed})
        return
    if not found:
        console(stderr=True).print(f"{warehouse}: no releases yet; `statedata build` makes one")
        return
    table = Table("version", "observations", "schema", "path", "")
    for release in found:
        one = _listed(release)
        is_latest = latest is not None and release.version == latest.version
        mark = "latest" if is_latest else "archived" if release.is_archived else ""
        cells = (f"{one['observations']:,}", one["schema_version"], Text(one["path"]), mark)
        table.add_row(release.version, *cells)
    console().print(table)


def _listed(release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "previous": release.previous,
        "observations": release.manifest["tables"]["observations"]["rows"],
        "schema_version": release.manifest["schema_version"],
        "archived": release.is_archived,
        "path": str(release.path),
    }


def diff(
    old: Version,
    new: Version,
    warehouse: Warehouse = Path("warehouse"),
    as_json: Json = False,
) -> None:
    """Show what changed from one release to another.

    Exit code 0: nothing; 1: something; 2: a release cannot be read.
    """
    from pipeline.release.changes import compare
    from pipeline.release.released import released_tables
    from pipeline.release.report import as_object, print_changes

    before = found_release(old, warehouse)
    after = found_release(new, warehouse)
    changes = compare(released_tables(before.path), released_tables(after.path))
    if as_json:
        print_json(as_object(before, after, changes))
    else:
        print_changes(before, after, changes, console())
    raise typer.Exit(0 if changes.change_class == "reserialised" else 1)


def verify(
    release: Version,
    warehouse: Warehouse = Path("warehouse"),
    raw: Annotated[
        Path | None, typer.Option("--raw", help="Rebuild from these sheets and compare.")
    ] = None,
    allowed_signers: Annotated[
        Path | None, typer.Option(help="Also check the signature against this file's keys.")
    ] = None,
    *,
    _catalog: Catalog = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check every claim of a release, and rebuild it if the raw sheets are given.

    Exit code 0: all holds; 1: something does not; 2: there is no such release; 3: nothing fails, but
    something cannot be compared, as another program made the release.
    """
    from pipeline.catalog.load import default_catalog
    from pipeline.release.verify import verify as verify_release

    found = found_release(release, warehouse)
    default_catalog()  # a slip in it says nothing of the release
    if raw is None:
        results = verify_release(found.path, None)
    else:
        from pipeline.rebuild import rebuilding

        with rebuilding(raw) as rebuild:
            results = verify_release(found.path, rebuild)
    if allowed_signers is not None:
        from pipeline.release.sign import check_signature

        results.append(check_signature(found.path, allowed_signers))
    if as_json:
        checks = [asdict(result) for result in results]
        print_json({"release": found.version, "path": found.path, "checks": checks})
    else:
        table = Table("check", "", "detail")
        for result in results:
            mark = "FAILS" if result.status == "fails" else result.status
            table.add_row(result.check, mark, Text(result.detail))
        console(quiet=quiet).print(table)
    statuses = {result.status for result in results}
    raise typer.Exit(1 if "fails" in statuses else 3 if "not comparable" in statuses else 0)


def cite(
    observation: Annotated[str, typer.Argument(help="For example 2023/US-MO/missing_child_cases.")],
    release: Annotated[str, typer.Option(help="Version or folder; else the latest.")] = "latest",
    warehouse: Warehouse = Path("warehouse"),
    form: Annotated[
        CitationForm, typer.Option("--format", help="For people, or for a list of references.")
    ] = "text",
    _catalog: Catalog = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print a citation of one figure: sheet, page, sentence, hash, release."""
    from pipeline.release.cite import cite as cite_observation

    found = found_release(release, warehouse)
    citation = cite_observation(found, observation, form)
    said = {
        "observation": observation,
        "release": found.version,
        "format": form,
        "citation": citation,
    }
    answer(citation.splitlines(), said, as_json=as_json, quiet=quiet)


def withdraw(
    version: Annotated[str, typer.Argument(help="A version.")],
    reason: Annotated[str, typer.Option(help="Why; readers see it in index.json.")],
    warehouse: Warehouse = Path("warehouse"),
    _catalog: Catalog = None,
    *,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Withdraw a release: its folder stays, `latest` moves to the newest one that stands."""
    from pipeline.release.history import withdraw as withdraw_release
    from pipeline.release.versions import latest_release

    withdraw_release(warehouse, version, reason)
    latest = latest_release(warehouse)
    said = {"version": version, "reason": reason, "latest": latest.version if latest else None}
    answer([f"{version} is withdrawn: {reason}"], said, as_json=as_json, quiet=quiet)


def archive(
    warehouse: Warehouse = Path("warehouse"),
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay as they are.")] = 12,
    unpack: Annotated[str, typer.Option(help="Bring this version back instead.")] = "",
) -> None:
    """Pack old releases to save room: each stays in the list, with its digests and its history.

    Exit code 0: done; 2: it is not, and why.
    """
    from pipeline.release.archive import pack_old
    from pipeline.release.archive import unpack as unpack_release

    if unpack:
        console().print(Text(f"unpacked: {unpack_release(warehouse, unpack)}"))
        return
    done = pack_old(warehouse, keep)
    for path in done:
        console().print(Text(f"packed: {path}"))
    if not done:
        console().print(Text(f"nothing to pack: the newest {keep} releases stay as they are"))


def publish(
    release: Version,
    target: Annotated[str, typer.Argument(help="A folder, s3://bucket/prefix or any fsspec URL.")],
    warehouse: Warehouse = Path("warehouse"),
    *,
    key: Annotated[
        Path | None,
        typer.Option(envvar="STATEDATA_SIGNING_KEY", help="SSH key to sign the release with."),
    ] = None,
    raw: Annotated[
        Path | None, typer.Option("--raw", help="Also copy its raw sheets from here, by sha256.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(help="Also pack the release as .tar.gz into this folder.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="STATEDATA_SITE_URL", help="Address that the target will have."),
    ] = None,
    _catalog: Catalog = None,
) -> None:
    """Copy a verified release to where readers fetch it, with pages, feed and latest/ last.

    The pages are those of the newest release; they are made in WAREHOUSE/site.

    An interrupted publication goes on where it stopped; other bytes are never overwritten.
    Exit code 0: it is there; 2: it is not, and why.
    """
    from pipeline.release.archive import archive as archive_release
    from pipeline.release.publish import publish as publish_release
    from pipeline.release.versions import latest_release
    from pipeline.site.charts import NO_CHARTS, can_draw
    from pipeline.site.make import make_site
    from pipeline.storage.names import INDEX, RELEASES, SIGNATURE, SITE

    found, output, errors = found_release(release, warehouse), console(), console(stderr=True)
    folder = warehouse / RELEASES

    def progress(name: str) -> None:
        if errors.is_terminal:
            errors.print(Text(name, style="dim"))

    pages = None
    if (folder / INDEX).is_file():
        newest = latest_release(warehouse) or found
        pages = make_site(newest, warehouse, warehouse / SITE, url, raw).folder
        if not can_draw():
            errors.print(Text(f"warning: {NO_CHARTS}", style="yellow"))
    done = publish_release(
        found.path, target, listing=folder, site=pages, key=key, raw=raw, progress=progress
    )
    packed = None if archive is None else archive_release(found.path, archive)
    signed = "signed" if (found.path / SIGNATURE).is_file() else "unsigned"
    for note in done.notes:
        errors.print(Text(f"warning: {note}", style="yellow"))
    output.print(
        Text(
            f"{done.target}: {done.version} ({signed}), {len(done.written):,} files written, "
            f"{len(done.present):,} were there"
        )
    )
    if packed is not None:
        output.print(Text(f"archive: {packed}"))


def found_release(name: str, warehouse: Path) -> Release:
    """A release by its version or by the path of its folder.

    Raises:
        pipeline.release.versions.ReleaseError: there is none, or it cannot be read.
    """
    from pipeline.release.versions import ReleaseError, archived, read_release
    from pipeline.storage.names import ARCHIVE, RELEASES

    folder = Path(name) if Path(name).is_dir() else warehouse / RELEASES / name
    if not folder.is_dir() and (folder.parent / ARCHIVE / name).is_dir():
        raise ReleaseError(archived(name))
    if not folder.is_dir():
        there = warehouse / RELEASES
        names = sorted(path.name for path in there.glob("[0-9]*")) if there.is_dir() else []
        listed = f"there are {', '.join(names)}" if names else f"{warehouse} has none yet"
        raise ReleaseError(f"{name}: no such release; {listed}")
    return read_release(folder.resolve())
