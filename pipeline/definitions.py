"""The code location: assets, checks, resources, jobs, schedules, sensors; nothing else lives here."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from pipeline.alerts.events import Places
from pipeline.defs.alerting import sensors_of
from pipeline.defs.assets import ASSETS, publication
from pipeline.defs.automation import schedule_of, sensor_of
from pipeline.defs.resources import Calendar, Cluster, Folders, Policy, Target, Watch
from pipeline.defs.watching import watching, watchlist_schedule_of
from pipeline.intake.watchlist import watchlist_of

JOB = "build"


def build_defs(
    *,
    raw: str | None = None,
    warehouse: str | None = None,
    version: str = "",
    accept_revisions: bool = False,
    logger: dg.LoggerDefinition | None = None,
) -> dg.Definitions:
    """Fresh definitions; what is not given comes from the environment.

    Args:
        raw: the raw folder; else ``STATEDATA_RAW``, else ``raw``.
        warehouse: the warehouse folder; else ``STATEDATA_WAREHOUSE``, else ``warehouse``.
        version: the version of a new release; else the next one.
        accept_revisions: whether published figures may be removed or changed.
        logger: takes the place of Dagster's console logger.
    """
    folders = Folders(
        raw=raw or os.environ.get("STATEDATA_RAW", "raw"),
        warehouse=warehouse or os.environ.get("STATEDATA_WAREHOUSE", "warehouse"),
    )
    places = Places(folders.raw_path, folders.warehouse_path)
    listed = os.environ.get("STATEDATA_WATCHLIST")
    watchlist = watchlist_of(folders.raw_path, Path(listed) if listed else None)
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(*(key for asset in ASSETS for key in asset.keys)),
        description="Raw sheets to warehouse and release.",
    )
    publishing = dg.define_asset_job(
        "publish",
        selection=dg.AssetSelection.assets(publication),
        description="The latest release to where readers fetch it.",
    )
    return dg.Definitions(
        assets=[*ASSETS, publication],
        jobs=[job, publishing, watching],
        schedules=[schedule_of(job, folders.raw_path), watchlist_schedule_of(watchlist)],
        sensors=[sensor_of(job, folders.raw_path), *sensors_of(places)],
        resources={
            "folders": folders,
            "calendar": Calendar(version=version),
            "cluster": Cluster(scheduler=os.environ.get("STATEDATA_SCHEDULER", "")),
            "target": Target(
                url=os.environ.get("STATEDATA_TARGET", ""),
                signing_key=os.environ.get("STATEDATA_SIGNING_KEY", ""),
            ),
            "watch": Watch(file=str(watchlist)),
            "policy": Policy(accept_revisions=accept_revisions),
        },
        executor=dg.in_process_executor,
        loggers={"console": logger} if logger else None,
    )


defs = build_defs()
