"""The watchlist as a job with a schedule of its own; what it finds, the sensor sees and builds.

Annotations are not postponed in this module: Dagster reads them as they are.
"""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from pipeline.catalog.load import default_catalog
from pipeline.defs.resources import Steps, Watch
from pipeline.intake.add import Result
from pipeline.intake.connection import Settings
from pipeline.intake.fetch import Client
from pipeline.intake.watchlist import check_watchlist
from pipeline.parse.patterns import compile_catalog

WATCHING = "watchlist"
_DAILY = "0 5 * * *"


@dg.op(out=dg.Out(dg.Nothing))
def look_at_watchlist(context: dg.OpExecutionContext, steps: Steps, watch: Watch) -> None:
    """Look at every address of the watchlist once; fails only if none gives a sheet."""
    client = Client(Settings(allow_private=watch.allow_private))
    wordings = compile_catalog(default_catalog())
    now = datetime.now(UTC)
    found = list(check_watchlist(Path(watch.file), steps.raw, wordings, client, now=now))
    for one in found:
        log = context.log.warning if one.file is None else context.log.info
        log(_line(one))
    missed = [one for one in found if one.file is None]
    metadata: dict[str, dg.MetadataValue] = {
        "addresses": dg.MetadataValue.int(len(found)),
        "counts": dg.MetadataValue.json(dict(Counter(one.status for one in found))),
        "missed": dg.MetadataValue.json([_line(one) for one in missed]),
    }
    if len(missed) == len(found):
        raise dg.Failure("no address of the watchlist gives a sheet", metadata=metadata)
    context.add_output_metadata(metadata)


def _line(one: Result) -> str:
    file = f" {one.file}" if one.file else ""
    return f"{one.given}: {one.status}{file}" + (f": {one.note}" if one.note else "")


@dg.job(name=WATCHING, description="The addresses of the watchlist, for new sheets.")
def watching() -> None:
    """Look at the watchlist."""
    look_at_watchlist()


def watchlist_schedule_of(watchlist: Path) -> dg.ScheduleDefinition:
    """Look at the watchlist at the times of ``STATEDATA_WATCH_CRON``, daily by default."""

    @dg.schedule(
        name="watchlist_schedule",
        job=watching,
        cron_schedule=os.environ.get("STATEDATA_WATCH_CRON") or _DAILY,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Takes new sheets from the web into the raw folder, which the sensor builds.",
    )
    def watchlist_schedule() -> dg.RunRequest | dg.SkipReason:
        if not watchlist.is_file():
            return dg.SkipReason(f"{watchlist}: there is no watchlist")
        return dg.RunRequest()

    return watchlist_schedule
