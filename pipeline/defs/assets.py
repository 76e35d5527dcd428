"""The stages as Dagster assets, in the order of the straight line.

Each asset calls one stage, hands its frames on as Parquet parts, and reports rows, schema and
checks. Assets up to the single sheets' checks are partitioned by reporting year (the folder
under ``raw/``); what compares sheets, and everything behind it, is not.

Annotations are not postponed in this module: Dagster reads them as they are.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.alerts.runs import STALE_AFTER
from pipeline.catalog.load import default_catalog
from pipeline.checks import Stage
from pipeline.defs.checks import (
    NO_UNACCEPTED_REVISION,
    SOME_SHEET_IS_ACCEPTED,
    result_of_acceptance,
    result_of_revisions,
    results,
    specs,
)
from pipeline.defs.partitions import YEARS
from pipeline.defs.resources import Calendar, Cluster, Folders, Policy, Target
from pipeline.release.export import make_release, release_content, table_digests
from pipeline.release.figure_changes import FigureChanges, figure_changes
from pipeline.release.history import write_index
from pipeline.release.publish import publish
from pipeline.release.released import released_tables
from pipeline.release.sums import demand_intact
from pipeline.release.versions import latest_release, named_versions, next_version, releases, sweep
from pipeline.sheets.collect import partitions
from pipeline.steps import (
    extract_texts,
    list_sheets,
    listed_sheets,
    parse_sheets,
    validate_sheets,
)
from pipeline.storage.names import BUILDING_PREFIX, RELEASES
from pipeline.tables.columns import Table
from pipeline.tables.figures import FIGURES
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    QUARANTINE,
    RAW_SHEETS,
    SHEET_TEXTS,
    SHEETS,
    STATEMENTS,
)
from pipeline.validate.check_summary import CheckSummary
from pipeline.warehouse.load import load_warehouse

# Backfill policies are beta in Dagster by name only: without one, a run over several years would
# be one run a year.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

_ONE_RUN = dg.BackfillPolicy.single_run()


def _described(table: Table, rows: int, **more: Any) -> dict[str, Any]:
    columns = [
        dg.TableColumn(name, table.arrow_type(name).__str__(), description=column.description)
        for name, column in table.columns.items()
    ]
    schema = dg.TableSchema(columns=columns)
    return {"dagster/row_count": rows, "dagster/column_schema": schema, **more}


@dg.asset(group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN)
def raw_sheets(context: dg.AssetExecutionContext, folders: Folders) -> dg.MaterializeResult:
    """The files below the raw folder, with size, sha256 and origin; or why one cannot be taken."""
    with folders.writing("raw_sheets"):
        listing = list_sheets(folders.raw_path, folders.stages, context.partition_keys)
        files = [sheet for sheets in listing.values() for sheet in sheets]
        size = sum(sheet.size for sheet in files)
        context.log.info(f"{len(files):,} files, {size:,} bytes")
        return dg.MaterializeResult(metadata=_described(RAW_SHEETS, len(files), bytes=size))


@dg.asset(
    group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN, deps=[raw_sheets],
    check_specs=specs("sheet_texts"),
)  # fmt: skip
def sheet_texts(
    context: dg.AssetExecutionContext, folders: Folders, cluster: Cluster
) -> dg.MaterializeResult:
    """The decoded text of every file, to whose characters all spans refer."""
    with folders.writing("sheet_texts"):
        raw, stages = folders.raw_path, folders.stages
        listing = listed_sheets(raw, stages, context.partition_keys)
        texts = extract_texts(raw, listing, stages, cluster.workers)
        context.log.info(f"{texts.made:,} files decoded, {texts.kept:,} unchanged")
        return dg.MaterializeResult(
            metadata=_described(SHEET_TEXTS, texts.rows(SHEET_TEXTS), unchanged=texts.kept),
            check_results=list(results("sheet_texts", texts.checks())),
        )


@dg.multi_asset(
    name="parse", group_name="parse", partitions_def=YEARS, backfill_policy=_ONE_RUN,
    specs=[
        dg.AssetSpec("statements", deps=[sheet_texts], description=STATEMENTS.description),
        dg.AssetSpec("numerals", deps=[sheet_texts], description=NUMERALS.description),
    ],
    check_specs=[*specs("statements"), *specs("numerals")],
)  # fmt: skip
def parse(
    context: dg.AssetExecutionContext, folders: Folders, cluster: Cluster
) -> Iterator[dg.MaterializeResult]:
    """Parse and check every sheet by itself: statements, and the ledger of every numeral."""
    with folders.writing("parse"):
        raw, stages = folders.raw_path, folders.stages
        listing = listed_sheets(raw, stages, context.partition_keys)
        texts = extract_texts(raw, listing, stages, cluster.workers, again=False)
        parsed = parse_sheets(texts, cluster.workers)
        statements, numerals = parsed.rows(STATEMENTS), parsed.rows(NUMERALS)
        context.log.info(
            f"{statements:,} statements, {numerals:,} numerals; {parsed.made:,} sheets parsed, "
            f"{parsed.kept:,} unchanged"
        )
        found = parsed.checks()
        counted: list[tuple[Stage, Table, int]] = [
            ("statements", STATEMENTS, statements),
            ("numerals", NUMERALS, numerals),
        ]
        for stage, table, count in counted:
            yield dg.MaterializeResult(
                stage,
                metadata=_described(table, count, unchanged=parsed.kept),
                check_results=list(results(stage, found)),
            )


@dg.multi_asset(
    name="validate", group_name="validate", backfill_policy=_ONE_RUN,
    specs=[
        dg.AssetSpec("observations", deps=["statements", "numerals"], description=OBSERVATIONS.description),
        dg.AssetSpec("checks", deps=["statements", "numerals"], description=CHECKS.description),
        dg.AssetSpec("quarantine", deps=["statements", "numerals"], description=QUARANTINE.description),
        dg.AssetSpec("figures", deps=["observations"], description=FIGURES.description),
    ],
    check_specs=[
        *specs("observations"),
        SOME_SHEET_IS_ACCEPTED,
        NO_UNACCEPTED_REVISION,
    ],
)  # fmt: skip
def validated(
    context: dg.AssetExecutionContext, folders: Folders, cluster: Cluster, policy: Policy
) -> Iterator[dg.MaterializeResult]:
    """Settle which sheets and national figures count, and build what is published of them."""
    with folders.writing("validated"):
        raw, stages = folders.raw_path, folders.stages
        # Of all years, whichever this run is about; what is lost of another is made again here.
        known = sorted({*stages.partitions()}.intersection(partitions(raw)))
        listing = listed_sheets(raw, stages, known)
        texts = extract_texts(raw, listing, stages, cluster.workers, again=False)
        parsed = parse_sheets(texts, cluster.workers)
        tables = validate_sheets(raw, listing, texts, parsed, stages)
        statuses = tables.counts(SHEETS.name, "status")
        counts = {
            table.name: tables.rows(table.name)
            for table in (OBSERVATIONS, CHECKS, QUARANTINE, FIGURES)
        }
        context.log.info(
            f"{counts[OBSERVATIONS.name]:,} observations of {sum(statuses.values()):,} sheets"
        )
        shown = [
            *results("observations", CheckSummary.of_table(tables)),
            result_of_acceptance(statuses),
            result_of_revisions(
                _revisions(tables, folders.warehouse_path), accepted=policy.accept_revisions
            ),
        ]
        for table in (OBSERVATIONS, CHECKS, QUARANTINE, FIGURES):
            yield dg.MaterializeResult(
                table.name,
                metadata=_described(table, counts[table.name]),
                check_results=shown if table is OBSERVATIONS else [],
            )


def _revisions(tables: TableFiles, folder: Path) -> FigureChanges:
    """What the latest release published and these observations take away or change."""
    latest = latest_release(folder)
    if latest is None:
        return FigureChanges((), {})
    demand_intact(latest)
    return figure_changes(released_tables(latest.path), tables).without_added()


def _publishable(folders: Folders, policy: Policy) -> TableFiles:
    """The published tables, as the last validation left them.

    Raises:
        dg.Failure: they revise published figures unasked; a blocked run leaves such tables behind.
    """
    tables = folders.stages.validated()
    revisions = _revisions(tables, folders.warehouse_path)
    if revisions.rows and not policy.accept_revisions:
        said = f"{len(revisions.rows)} published figures would be removed or changed"
        raise dg.Failure(f"{said}; build with --accept-revisions if this is right")
    return tables


@dg.asset(
    group_name="publish",
    deps=["figures", "observations", "checks", "quarantine"],
    backfill_policy=_ONE_RUN,
    pool="warehouse",
)
def warehouse(
    context: dg.AssetExecutionContext, folders: Folders, policy: Policy
) -> dg.MaterializeResult:
    """One DuckDB file with tables, views, keys and comments; replaced as a whole."""
    with folders.writing("warehouse"):
        sweep(folders.warehouse_path, BUILDING_PREFIX)
        tables = _publishable(folders, policy)
        path = load_warehouse(tables, default_catalog(), folders.warehouse_path)
        rows = sum(tables.rows(table.name) for table in PUBLISHED)
        context.log.info(f"{rows:,} rows in {path.name}")
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(path),
                "dagster/row_count": rows,
                "bytes": path.stat().st_size,
            }
        )


@dg.asset(
    group_name="publish", deps=[warehouse], backfill_policy=_ONE_RUN, pool="warehouse",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
)  # fmt: skip
def release(
    context: dg.AssetExecutionContext, folders: Folders, calendar: Calendar, policy: Policy
) -> dg.MaterializeResult:
    """An immutable folder of Parquet, CSV, DuckDB and metadata; none if the data did not change."""
    with folders.writing("release"):
        folder = folders.warehouse_path
        if releases(folder):
            write_index(folder)  # a run that was ended right after its release left it out
        tables, latest = _publishable(folders, policy), latest_release(folder)
        digests = table_digests(tables)
        if latest is not None and latest.digests == digests:
            context.log.info(f"{latest.version} is unchanged")
            return _released(latest.version, latest.path, is_new=False)
        version = calendar.version or next_version(named_versions(folder), calendar.date)
        content = release_content(
            tables, digests, database=folders.warehouse_file, catalog=default_catalog(),
            version=version, previous=latest,
        )  # fmt: skip
        path = make_release(content, folder)
        write_index(folder)
        context.log.info(f"{version} released")
        return _released(version, path, is_new=True)


@dg.asset(group_name="publish", deps=[release])
def publication(
    context: dg.AssetExecutionContext, folders: Folders, target: Target
) -> dg.MaterializeResult:
    """The latest release where readers fetch it; complete and checked before the index names it."""
    newest, listing = latest_release(folders.warehouse_path), folders.warehouse_path / RELEASES
    if newest is None or not target.url:
        raise dg.Failure("nothing to publish: build a release, and set STATEDATA_TARGET")
    key = Path(target.signing_key) if target.signing_key else None
    done = publish(newest.path, target.url, listing=listing, key=key, progress=context.log.info)
    counts = {"written": len(done.written), "present": len(done.present)}
    return dg.MaterializeResult(
        metadata={"version": done.version, "target": done.target, "notes": [*done.notes], **counts}
    )


def _released(version: str, path: Path, *, is_new: bool) -> dg.MaterializeResult:
    place = dg.MetadataValue.path(path)
    return dg.MaterializeResult(metadata={"version": version, "new": is_new, "path": place})


ASSETS = [raw_sheets, sheet_texts, parse, validated, warehouse, release]
"""What a build materialises; publication is a decision of its own."""
