"""The steps as Dagster assets, in the order of the straight line.

Each asset calls one step of :class:`pipeline.build.BuildSteps` and shows what it returns. Assets up
to the single sheets' checks are partitioned by reporting year (the folder under ``raw/``); what
compares sheets, and everything behind it, is not.

Annotations are not postponed in this module: Dagster reads them as they are.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.acceptance import (
    clear,
    demand_cleared,
    demand_revisions,
    demand_sheets,
    revisions,
)
from pipeline.alerts.runs import STALE_AFTER
from pipeline.defs.checks import (
    NO_UNACCEPTED_REVISION_SPEC,
    SOME_SHEET_IS_ACCEPTED_SPEC,
    results,
    results_on_the_whole,
    specs,
)
from pipeline.defs.partitions import YEARS
from pipeline.defs.resources import Steps, Target, writing
from pipeline.release.publish import publish
from pipeline.release.versions import latest_release
from pipeline.site.charts import NO_CHARTS, can_draw
from pipeline.site.make import make_site
from pipeline.storage.names import RELEASES, SITE
from pipeline.tables.columns import Table
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    QUARANTINE,
    RAW_SHEETS,
    SHEET_TEXTS,
    STATEMENTS,
)
from pipeline.validate.check_summary import CheckSummary

# Backfill policies are beta in Dagster by name only: without one, a run over several years would
# be one run a year.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)

_ONE_RUN = dg.BackfillPolicy.single_run()


class Validation(dg.Config):
    """What a maintainer allows a run to do; set in the launchpad or by ``--accept-revisions``."""

    accept_revisions: bool = False


class Naming(dg.Config):
    """The version of a new release, to reproduce one; else the next."""

    version: str = ""


def _described(table: Table, rows: int, **more: Any) -> dict[str, Any]:
    columns = [
        dg.TableColumn(name, table.arrow_type(name).__str__(), description=column.description)
        for name, column in table.columns.items()
    ]
    schema = dg.TableSchema(columns=columns)
    return {"dagster/row_count": rows, "dagster/column_schema": schema, **more}


def _specs(tables: list[Table], deps: list[Any]) -> list[dg.AssetSpec]:
    return [dg.AssetSpec(t.name, deps=deps, description=t.description) for t in tables]


@dg.asset(group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN)
def raw_sheets(context: dg.AssetExecutionContext, steps: Steps) -> dg.MaterializeResult:
    """The files below the raw folder, with size, sha256 and origin; or why one cannot be taken."""
    with writing(steps, "raw_sheets"):
        listing = steps.list(context.partition_keys)
        files = [sheet for sheets in listing.values() for sheet in sheets]
        size = sum(sheet.size for sheet in files)
        return dg.MaterializeResult(metadata=_described(RAW_SHEETS, len(files), bytes=size))


@dg.asset(
    group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN, deps=[raw_sheets],
    check_specs=specs("sheet_texts"),
)  # fmt: skip
def sheet_texts(context: dg.AssetExecutionContext, steps: Steps) -> dg.MaterializeResult:
    """The decoded text of every file, to whose characters all spans refer."""
    with writing(steps, "sheet_texts"):
        texts = steps.extract(steps.listed(context.partition_keys))
        return dg.MaterializeResult(
            metadata=_described(SHEET_TEXTS, texts.rows(SHEET_TEXTS), unchanged=texts.kept),
            check_results=list(results("sheet_texts", texts.checks())),
        )


@dg.multi_asset(
    name="parse", group_name="parse", partitions_def=YEARS, backfill_policy=_ONE_RUN,
    specs=_specs([STATEMENTS, NUMERALS], [sheet_texts]),
    check_specs=[*specs("statements"), *specs("numerals")],
)  # fmt: skip
def parse(context: dg.AssetExecutionContext, steps: Steps) -> Iterator[dg.MaterializeResult]:
    """Parse and check every sheet by itself: statements, and the ledger of every numeral."""
    with writing(steps, "parse"):
        parsed = steps.parse(steps.extracted(steps.listed(context.partition_keys)))
        found = parsed.checks()
        for table in (STATEMENTS, NUMERALS):
            yield dg.MaterializeResult(
                table.name,
                metadata=_described(table, parsed.rows(table), unchanged=parsed.kept),
                check_results=list(results(table.name, found)),
            )


@dg.multi_asset(
    name="validate", group_name="validate", backfill_policy=_ONE_RUN,
    specs=[
        *_specs([OBSERVATIONS, CHECKS, QUARANTINE], ["statements", "numerals"]),
        *_specs([FIGURES], ["observations"]),
    ],
    check_specs=[
        *specs("observations"), SOME_SHEET_IS_ACCEPTED_SPEC, NO_UNACCEPTED_REVISION_SPEC,
    ],
)  # fmt: skip
def validate(steps: Steps, config: Validation) -> Iterator[dg.MaterializeResult]:
    """Settle which sheets and national figures count, and build what is published of them."""
    accepted = config.accept_revisions
    with writing(steps, "validate"):
        listing = steps.listed()  # of all years, whichever this run is about
        texts = steps.extracted(listing)
        tables = steps.validate(listing, texts, steps.parsed(texts), accept_pending=accepted)
        revised = revisions(tables, steps.warehouse)
        checks = [*results("observations", CheckSummary.of_table(tables)), *results_on_the_whole(tables, revised, accepted=accepted)]  # fmt: skip
        for table in (OBSERVATIONS, CHECKS, QUARANTINE, FIGURES):
            metadata, shown = _described(table, tables.rows(table.name)), table is OBSERVATIONS
            yield dg.MaterializeResult(table.name, metadata=metadata, check_results=checks if shown else [])  # fmt: skip
        demand_sheets(tables)
        demand_revisions(revised, accepted=accepted)
        clear(steps.stages, steps.warehouse)


@dg.asset(
    group_name="publish",
    deps=["figures", "observations", "checks", "quarantine"],
    backfill_policy=_ONE_RUN,
    pool="warehouse",
)
def warehouse(steps: Steps) -> dg.MaterializeResult:
    """One DuckDB file with tables, views, keys and comments; replaced as a whole."""
    with writing(steps, "warehouse"):
        tables = demand_cleared(steps.stages, steps.warehouse)
        path = steps.load(tables)
        rows = sum(tables.rows(table.name) for table in PUBLISHED)
        place, size = dg.MetadataValue.path(path), path.stat().st_size
        return dg.MaterializeResult(
            metadata={"path": place, "dagster/row_count": rows, "bytes": size}
        )


@dg.asset(
    group_name="publish", deps=[warehouse], backfill_policy=_ONE_RUN, pool="warehouse",
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=STALE_AFTER),
)  # fmt: skip
def release(steps: Steps, config: Naming) -> dg.MaterializeResult:
    """An immutable folder of Parquet, CSV, DuckDB and metadata; none if the data did not change."""
    with writing(steps, "release"):
        tables = demand_cleared(steps.stages, steps.warehouse)
        made, is_new = steps.release(tables, config.version)
        path = dg.MetadataValue.path(made.path)
        return dg.MaterializeResult(metadata={"version": made.version, "new": is_new, "path": path})


@dg.asset(group_name="publish", deps=[release], backfill_policy=_ONE_RUN, output_required=False)
def site(
    context: dg.AssetExecutionContext, steps: Steps, target: Target
) -> Iterator[dg.MaterializeResult]:
    """The pages of the latest release: static HTML; skipped while there is no release."""
    with writing(steps, "site"):
        newest = latest_release(steps.warehouse)
        if newest is None:
            context.log.info("no pages to make: build a release")
            return
        made = make_site(newest, steps.warehouse, steps.warehouse / SITE, target.site_url or None)
    if not can_draw():
        context.log.warning(NO_CHARTS)
    counts = {"written": made.written, "kept": made.kept, "removed": made.removed}
    yield dg.MaterializeResult(
        metadata={"version": newest.version, "path": dg.MetadataValue.path(made.folder), **counts}
    )


@dg.asset(
    group_name="publish", deps=[site], backfill_policy=_ONE_RUN,
    output_required=False,
)  # fmt: skip
def publication(
    context: dg.AssetExecutionContext, steps: Steps, target: Target
) -> Iterator[dg.MaterializeResult]:
    """The latest release where readers fetch it; skipped while STATEDATA_TARGET names no target."""
    newest, listing = latest_release(steps.warehouse), steps.warehouse / RELEASES
    if newest is None or not target.url:
        context.log.info("nothing to publish: build a release, and set STATEDATA_TARGET")
        return
    key = Path(target.signing_key) if target.signing_key else None
    done = publish(
        newest.path, target.url, listing=listing, site=steps.warehouse / SITE, key=key,
        progress=context.log.info,
    )  # fmt: skip
    counts = {"written": len(done.written), "present": len(done.present)}
    yield dg.MaterializeResult(
        metadata={"version": done.version, "target": done.target, "notes": [*done.notes], **counts}
    )


ASSETS = [raw_sheets, sheet_texts, parse, validate, warehouse, release]
"""What a build materialises; pages and publication are a decision of their own."""
