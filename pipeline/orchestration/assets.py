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
import pandas as pd

from pipeline.alerts.runs import STALE_AFTER
from pipeline.catalogue.load import default_catalogue
from pipeline.orchestration.checks import (
    NO_UNACCEPTED_REVISION,
    SOME_SHEET_IS_ACCEPTED,
    result_of_acceptance,
    result_of_revisions,
    results,
    specs,
)
from pipeline.orchestration.partitions import YEARS
from pipeline.orchestration.resources import Calendar, Folders, Policy, Target
from pipeline.orchestration.stages import Stages
from pipeline.parse.patterns import compile_catalogue
from pipeline.release.changes import Change, compare_table, released_tables
from pipeline.release.export import make_release, release_content, table_digests
from pipeline.release.history import INDEX, LATEST_JSON, write_index
from pipeline.release.publish import publish
from pipeline.release.versions import RELEASES, latest_release, next_version, releases, sweep
from pipeline.sheets.collect import RawFolderError, collect, partitions, read_manifest
from pipeline.validate.batch import ParsedBatch, check_files, decode_sheets, parse_batch, raw_frame
from pipeline.validate.columns import Table
from pipeline.validate.frames import to_arrow
from pipeline.validate.observations import validate
from pipeline.validate.reference import reference_frames
from pipeline.validate.tables import (
    CHECKS,
    CORROBORATION,
    NUMERALS,
    OBSERVATIONS,
    PARSED_SHEETS,
    PUBLISHED,
    QUARANTINE,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)
from pipeline.warehouse.load import BUILDING_PREFIX, load_warehouse

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
        stages, manifest = folders.stages, read_manifest(folders.raw_path)
        files = size = 0
        for partition in context.partition_keys:
            data = raw_frame(collect(folders.raw_path, partition=partition), manifest)
            stages.write("raw_sheets", RAW_SHEETS, data, partition)
            files, size = files + len(data), size + int(data["bytes"].sum())
        context.log.info(f"{files:,} files, {size:,} bytes")
        return dg.MaterializeResult(metadata=_described(RAW_SHEETS, files, bytes=size))


@dg.asset(
    group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN, deps=[raw_sheets],
    check_specs=specs("sheet_texts"),
)  # fmt: skip
def sheet_texts(context: dg.AssetExecutionContext, folders: Folders) -> dg.MaterializeResult:
    """The decoded text of every file, to whose characters all spans refer."""
    with folders.writing("sheet_texts"):
        stages, checks, texts = folders.stages, [], 0
        for partition in context.partition_keys:
            raw = stages.read("raw_sheets", RAW_SHEETS, partition)
            data = decode_sheets(collect(folders.raw_path, partition=partition))
            _same_files(raw, data)
            stages.write("sheet_texts", SHEET_TEXTS, data, partition)
            checks.append(check_files(raw, data))
            stages.write("sheet_texts", CHECKS, checks[-1], partition)
            texts += int(data["text"].notna().sum())
        context.log.info(f"{texts:,} texts")
        return dg.MaterializeResult(
            metadata=_described(SHEET_TEXTS, texts),
            check_results=list(results("sheet_texts", pd.concat(checks))),
        )


@dg.multi_asset(
    name="parse", group_name="parse", partitions_def=YEARS, backfill_policy=_ONE_RUN,
    specs=[
        dg.AssetSpec("statements", deps=[sheet_texts], description=STATEMENTS.description),
        dg.AssetSpec("numerals", deps=[sheet_texts], description=NUMERALS.description),
    ],
    check_specs=[*specs("statements"), *specs("numerals")],
)  # fmt: skip
def parse(context: dg.AssetExecutionContext, folders: Folders) -> Iterator[dg.MaterializeResult]:
    """Parse and check every sheet by itself: statements, and the ledger of every numeral."""
    with folders.writing("parse"):
        stages, wordings = folders.stages, compile_catalogue(default_catalogue())
        checks, statements, numerals = [], 0, 0
        for partition in context.partition_keys:
            batch = parse_batch(stages.read("sheet_texts", SHEET_TEXTS, partition), wordings)
            stages.write("parse", PARSED_SHEETS, batch.sheets, partition)
            stages.write("parse", STATEMENTS, batch.statements, partition)
            stages.write("parse", NUMERALS, batch.numerals, partition)
            stages.write("parse", CHECKS, batch.checks, partition)
            checks.append(batch.checks)
            statements, numerals = (
                statements + len(batch.statements),
                numerals + len(batch.numerals),
            )
        context.log.info(f"{statements:,} statements, {numerals:,} numerals")
        found = pd.concat(checks)
        yield dg.MaterializeResult(
            "statements",
            metadata=_described(STATEMENTS, statements),
            check_results=list(results("statements", found)),
        )
        yield dg.MaterializeResult(
            "numerals",
            metadata=_described(NUMERALS, numerals),
            check_results=list(results("numerals", found)),
        )


@dg.multi_asset(
    name="validate", group_name="validate", backfill_policy=_ONE_RUN,
    specs=[
        dg.AssetSpec("observations", deps=["statements", "numerals"], description=OBSERVATIONS.description),
        dg.AssetSpec("checks", deps=["statements", "numerals"], description=CHECKS.description),
        dg.AssetSpec("quarantine", deps=["statements", "numerals"], description=QUARANTINE.description),
    ],
    check_specs=[
        *specs("observations"),
        SOME_SHEET_IS_ACCEPTED,
        NO_UNACCEPTED_REVISION,
    ],
)  # fmt: skip
def validated(
    context: dg.AssetExecutionContext, folders: Folders, policy: Policy
) -> Iterator[dg.MaterializeResult]:
    """Settle which sheets and national figures count, and build what is published of them."""
    with folders.writing("validated"):
        stages, catalogue = folders.stages, default_catalogue()
        stages.keep_only(partitions(folders.raw_path))
        reference = reference_frames(catalogue)
        found = validate(
            stages.read_all("raw_sheets", RAW_SHEETS),
            stages.read_all("sheet_texts", SHEET_TEXTS),
            _all_parsed(stages),
            reference[CORROBORATION.name],
            catalogue,
        )
        for table in (*PUBLISHED, QUARANTINE):
            stages.write_validated(table, {**reference, **found.by_table()}[table.name])
        counts = f"{len(found.observations):,} observations of {len(found.sheets):,} sheets"
        context.log.info(counts)
        shown = [
            *results("observations", found.checks),
            result_of_acceptance(found.sheets),
            result_of_revisions(
                _revisions(found.observations, folders.warehouse_path),
                accepted=policy.accept_revisions,
            ),
        ]
        for table in (OBSERVATIONS, CHECKS, QUARANTINE):
            yield dg.MaterializeResult(
                table.name,
                metadata=_described(table, len(found.by_table()[table.name])),
                check_results=shown if table is OBSERVATIONS else [],
            )


def _all_parsed(stages: Stages) -> ParsedBatch:
    own = [stages.read_all(stage, CHECKS) for stage in ("sheet_texts", "parse")]
    return ParsedBatch(
        stages.read_all("parse", PARSED_SHEETS),
        stages.read_all("parse", STATEMENTS),
        stages.read_all("parse", NUMERALS),
        pd.concat(own, ignore_index=True),
    )


def _revisions(observations: pd.DataFrame, folder: Path) -> list[Change]:
    """What the latest release published and these observations take away or change."""
    latest = latest_release(folder)
    if latest is None:
        return []
    old = released_tables(latest.path)[OBSERVATIONS.name]
    changes = compare_table(OBSERVATIONS, old, to_arrow(OBSERVATIONS, observations))
    return [change for change in changes if change.is_revision]


def _publishable(folders: Folders, policy: Policy) -> dict[str, pd.DataFrame]:
    """The frames of ``PUBLISHED`` by name, as the last validation left them.

    Raises:
        dg.Failure: they revise published figures unasked; a blocked run leaves such frames behind.
    """
    tables = {table.name: folders.stages.read_validated(table) for table in PUBLISHED}
    revisions = _revisions(tables[OBSERVATIONS.name], folders.warehouse_path)
    if revisions and not policy.accept_revisions:
        said = f"{len(revisions)} published figures would be removed or changed"
        raise dg.Failure(f"{said}; build with --accept-revisions if this is right")
    return tables


@dg.asset(
    group_name="publish",
    deps=["observations", "checks", "quarantine"],
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
        path = load_warehouse(tables, default_catalogue(), folders.warehouse_path)
        rows = sum(len(data) for data in tables.values())
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
        folder, existing = folders.warehouse_path, releases(folders.warehouse_path)
        if existing:
            write_index(folder)  # a run that was ended right after its release left it out
        tables, latest = _publishable(folders, policy), latest_release(folder)
        if latest is not None and latest.digests == table_digests(tables):
            context.log.info(f"{latest.version} is unchanged")
            return _released(latest.version, latest.path, is_new=False)
        version = calendar.version or next_version([old.version for old in existing], calendar.date)
        content = release_content(
            tables, folders.warehouse_file, default_catalogue(), version, latest
        )
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
    done = publish(
        newest.path, target.url, index=listing / INDEX, latest=listing / LATEST_JSON,
        progress=context.log.info,
    )  # fmt: skip
    counts = {"written": len(done.written), "present": len(done.present)}
    return dg.MaterializeResult(
        metadata={"version": done.version, "target": done.target, "notes": [*done.notes], **counts}
    )


def _released(version: str, path: Path, *, is_new: bool) -> dg.MaterializeResult:
    place = dg.MetadataValue.path(path)
    return dg.MaterializeResult(metadata={"version": version, "new": is_new, "path": place})


def _same_files(raw: pd.DataFrame, texts: pd.DataFrame) -> None:
    """Demand that no file changed between hashing and decoding.

    Raises:
        RawFolderError: naming the files that did.
    """
    before = dict(zip(raw["file"], raw["sha256"].fillna(""), strict=True))
    after = dict(zip(texts["file"], texts["sha256"].fillna(""), strict=True))
    changed = sorted(f for f in {*before, *after} if before.get(f) != after.get(f))
    if changed:
        raise RawFolderError(f"{', '.join(changed)}: changed during the build; build again")


ASSETS = [raw_sheets, sheet_texts, parse, validated, warehouse, release]
"""What a build materialises; publication is a decision of its own."""
