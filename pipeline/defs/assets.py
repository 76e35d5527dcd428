"""The steps as Dagster assets, in the order of the straight line.

Each asset calls one step of :class:`pipeline.build.BuildSteps` and shows what it returns. Assets up
to the single sheets' checks are partitioned by reporting year (the folder under ``raw/``); what
compares sheets, and everything behind it, is not.

Annotations are not postponed in this module: Dagster reads them as they are.
"""

import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipeline.acceptance import (
    clear,
    demand_cleared,
    demand_revisions,
    demand_sheets,
    revisions,
)
from pipeline.defs.automation import schedule_at
from pipeline.defs.checks import (
    NO_UNACCEPTED_REVISION_SPEC,
    SOME_SHEET_IS_ACCEPTED_SPEC,
    results,
    results_on_the_whole,
    specs,
)
from pipeline.defs.idle import begin, settle
from pipeline.defs.pages import (
    FILE_KINDS,
    OPERATORS,
    OWNERS,
    READERS,
    TABLE_KINDS,
    described,
    publication_page,
    release_page,
    site_page,
    table_specs,
    validation_page,
)
from pipeline.defs.partitions import YEARS
from pipeline.defs.resources import Steps, Target, saying_why, writing
from pipeline.release.publish import publish
from pipeline.release.versions import latest_release
from pipeline.site.charts import NO_CHARTS, can_draw
from pipeline.site.make import make_site
from pipeline.storage.names import RELEASES, SITE
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

# Backfill policies are beta in Dagster by name only: without one, a run over several years would
# be one run a year. So are the links to the code.
_BETA = r".*(`backfill_policy`|[Cc]ode_?[Rr]eference)"
warnings.filterwarnings("ignore", _BETA, dg.BetaWarning)

Results = Iterator[dg.MaterializeResult]
_ONE_RUN = dg.BackfillPolicy.single_run()


class Validation(dg.Config):
    """What a maintainer allows a run to do; set in the launchpad or by ``--accept-revisions``."""

    accept_revisions: bool = False


class Naming(dg.Config):
    """The version of a new release, to reproduce one; else the next."""

    version: str = ""


@dg.asset(
    group_name="intake",
    partitions_def=YEARS,
    backfill_policy=_ONE_RUN,
    owners=OWNERS,
    kinds=FILE_KINDS,
    tags=OPERATORS,
)
def raw_sheets(context: dg.AssetExecutionContext, steps: Steps) -> dg.MaterializeResult:
    """The publisher's sheets as they came: every file below the raw folder, with size, sha256 and origin, or why it cannot be taken.

    One partition a reporting year, which is a folder.
    """
    with writing(steps, "raw_sheets"):
        begin(steps, context.partition_keys)
        listing = steps.list(context.partition_keys)
        files = [sheet for sheets in listing.values() for sheet in sheets]
        size = sum(sheet.size for sheet in files)
        return dg.MaterializeResult(metadata=described(RAW_SHEETS, len(files), bytes=size))


@dg.asset(
    group_name="intake", partitions_def=YEARS, backfill_policy=_ONE_RUN, deps=[raw_sheets],
    check_specs=specs("sheet_texts"), owners=OWNERS, kinds=TABLE_KINDS, tags=OPERATORS,
)  # fmt: skip
def sheet_texts(context: dg.AssetExecutionContext, steps: Steps) -> dg.MaterializeResult:
    """The text of every file, decoded or extracted from PDF, HTML or DOCX.

    Every figure later says from which of these characters it was read.
    """
    with writing(steps, "sheet_texts"):
        texts = steps.extract(steps.listed(context.partition_keys))
        return dg.MaterializeResult(
            metadata=described(SHEET_TEXTS, texts.rows(SHEET_TEXTS), unchanged=texts.kept),
            check_results=list(results("sheet_texts", texts.checks())),
        )


@dg.multi_asset(
    name="parse",
    group_name="parse",
    partitions_def=YEARS,
    backfill_policy=_ONE_RUN,
    specs=table_specs([STATEMENTS, NUMERALS], [sheet_texts]),
    check_specs=[*specs("statements"), *specs("numerals")],
)
def parse(context: dg.AssetExecutionContext, steps: Steps) -> Results:
    """Parse and check every sheet by itself: statements, and the ledger of every numeral."""
    with writing(steps, "parse"):
        parsed = steps.parse(steps.extracted(steps.listed(context.partition_keys)))
        found = parsed.checks()
        for table in (STATEMENTS, NUMERALS):
            yield dg.MaterializeResult(
                table.name,
                metadata=described(table, parsed.rows(table), unchanged=parsed.kept),
                check_results=list(results(table.name, found)),
            )


@dg.multi_asset(
    name="validate",
    group_name="validate",
    backfill_policy=_ONE_RUN,
    specs=[
        *table_specs([OBSERVATIONS, CHECKS, QUARANTINE], ["statements", "numerals"]),
        *table_specs([FIGURES], ["observations"]),
    ],
    check_specs=[
        *specs("observations"),
        SOME_SHEET_IS_ACCEPTED_SPEC,
        NO_UNACCEPTED_REVISION_SPEC,
    ],
)
def validate(steps: Steps, config: Validation) -> Results:
    """Settle which sheets and national figures count, and build what is published of them."""
    with writing(steps, "validate"):
        listing = steps.listed()  # of all years, whichever this run is about
        texts = steps.extracted(listing)
        tables = steps.validate(
            listing, texts, steps.parsed(texts), accept_pending=config.accept_revisions
        )
        revised = revisions(tables, steps.warehouse)
        checks = list(results_on_the_whole(tables, revised, accepted=config.accept_revisions))
        for table in (OBSERVATIONS, CHECKS, QUARANTINE, FIGURES):
            page = validation_page(table, tables, steps)
            shown = checks if table is OBSERVATIONS else []
            yield dg.MaterializeResult(table.name, metadata=page, check_results=shown)
        demand_sheets(tables)
        demand_revisions(revised, accepted=config.accept_revisions)
        clear(steps.stages, steps.warehouse)


@dg.asset(
    group_name="publish",
    deps=["figures", "observations", "checks", "quarantine"],
    backfill_policy=_ONE_RUN,
    pool="warehouse",
    owners=OWNERS,
    kinds={"python", "duckdb"},
    tags=READERS,
)
def warehouse(steps: Steps) -> dg.MaterializeResult:
    """The file to query: tables, views, keys and comments in DuckDB.

    It holds what is accepted, and is replaced as a whole, so that a reader never sees half of
    it.
    """
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
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=schedule_at(datetime.now(UTC)).stale_after),
    owners=OWNERS, kinds={"python", "parquet", "duckdb"}, tags=READERS,
)  # fmt: skip
def release(steps: Steps, config: Naming) -> dg.MaterializeResult:
    """A version to cite: a folder of Parquet, CSV, DuckDB, workbook and metadata that never changes.

    Data that did not change make no new one.
    """
    began = time.monotonic()
    with writing(steps, "release"):
        tables = demand_cleared(steps.stages, steps.warehouse)
        made, is_new = steps.release(tables, config.version)
        settle(steps, made, is_new=is_new)
        return dg.MaterializeResult(
            metadata=release_page(made, tables, began, is_new=is_new),
            data_version=dg.DataVersion(made.version),
        )


@dg.asset(
    group_name="publish", deps=[release], backfill_policy=_ONE_RUN,
    output_required=False, owners=OWNERS, kinds={"python", "html"}, tags=READERS,
)  # fmt: skip
def site(context: dg.AssetExecutionContext, steps: Steps, target: Target) -> Results:
    """The pages of the latest release: static HTML; skipped while there is no release."""
    with writing(steps, "site"):
        newest = latest_release(steps.warehouse)
        if newest is None:
            context.log.info("no pages to make: build a release")
            return
        made = make_site(newest, steps.warehouse, steps.warehouse / SITE, target.site_url or None)
    if not can_draw():
        context.log.warning(NO_CHARTS)
    data_version = dg.DataVersion(newest.version)
    yield dg.MaterializeResult(metadata=site_page(newest, made), data_version=data_version)


@dg.asset(
    group_name="publish", deps=[site], backfill_policy=_ONE_RUN,
    output_required=False, owners=OWNERS, kinds=FILE_KINDS, tags=READERS,
)  # fmt: skip
def publication(context: dg.AssetExecutionContext, steps: Steps, target: Target) -> Results:
    """The latest release where readers fetch it, signed if a key is set, with all that leads to it.

    After a new release by itself; absent while STATEDATA_TARGET names no target.
    """
    newest, listing = latest_release(steps.warehouse), steps.warehouse / RELEASES
    if newest is None:
        context.log.info("nothing to publish: build a release")
        return
    pages, key = steps.warehouse / SITE, target.signing_key
    with saying_why():
        done = publish(
            newest.path, target.url, listing=listing, site=pages, key=Path(key) if key else None
        )
    yield dg.MaterializeResult(metadata=publication_page(done))


def _with_code(assets: list[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    linked = dg.with_source_code_references(assets)
    return [asset for asset in linked if isinstance(asset, dg.AssetsDefinition)]


ASSETS = _with_code([raw_sheets, sheet_texts, parse, validate, warehouse, release])
"""What a build materialises."""
PAGES, PUBLICATION = _with_code([site, publication])
"""What follows a new release, where a target is set; pages can be made without one."""
