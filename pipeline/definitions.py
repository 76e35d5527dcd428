"""The code location: assets, checks, resources, jobs, schedules, sensors; nothing else lives here."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg

from pipeline.alerts.events import Places
from pipeline.build import BuildSteps
from pipeline.defs.alerting import PUBLISHING, sensors_of
from pipeline.defs.assets import ASSETS, PAGES, PUBLICATION
from pipeline.defs.automation import (
    AFTER_A_RELEASE,
    publishing_sensor_of,
    schedule_of,
    sensor_of,
)
from pipeline.defs.lost import lost_runs_sensor_of
from pipeline.defs.resources import Target, Watch, steps_resource
from pipeline.defs.retention import old_runs
from pipeline.defs.watching import watching, watchlist_schedule_of
from pipeline.intake.watchlist import watchlist_of
from pipeline.progress import Progress

JOB = "build"


def build_defs(
    *, steps: BuildSteps | None = None, logger: dg.LoggerDefinition | None = None
) -> dg.Definitions:
    """Fresh definitions; what is not given comes from the environment.

    Args:
        steps: the folders, and who works on them; else ``STATEDATA_RAW`` or ``raw``,
            ``STATEDATA_WAREHOUSE`` or ``warehouse``, and ``STATEDATA_SCHEDULER``.
        logger: takes the place of Dagster's console logger.
    """
    steps = steps or _steps_of_environment()
    places = Places(steps.raw, steps.warehouse)
    target = Target(
        url=os.environ.get("STATEDATA_TARGET", ""),
        signing_key=os.environ.get("STATEDATA_SIGNING_KEY", ""),
        site_url=os.environ.get("STATEDATA_SITE_URL", ""),
    )
    listed = os.environ.get("STATEDATA_WATCHLIST")
    watchlist = watchlist_of(steps.raw, Path(listed) if listed else None)
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(*(key for asset in ASSETS for key in asset.keys)),
        description="Raw sheets to warehouse and release.",
    )
    published = _published() if target.url else []
    return dg.Definitions(
        # What cannot be made is absent: Dagster counts an asset that is skipped as one that failed.
        assets=[*ASSETS, *(published or [PAGES])],
        jobs=[job, watching, *([_publishing(published)] if published else [])],
        schedules=[schedule_of(job, steps), watchlist_schedule_of(watchlist)],
        sensors=[
            sensor_of(job, steps),
            lost_runs_sensor_of(steps.warehouse),
            old_runs,
            *sensors_of(places, target.url),
            *([publishing_sensor_of(published)] if published else []),
        ],
        resources={
            "steps": steps_resource(steps),
            "target": target,
            "watch": Watch(file=str(watchlist)),
        },
        executor=dg.in_process_executor,
        loggers={"console": logger} if logger else None,
    )


def _published() -> list[dg.AssetsDefinition]:
    """Pages and publication, each after a new release by itself."""
    return [
        asset.map_asset_specs(
            lambda spec: spec.replace_attributes(automation_condition=AFTER_A_RELEASE)
        )
        for asset in (PAGES, PUBLICATION)
    ]


def _publishing(published: list[dg.AssetsDefinition]) -> dg.UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        PUBLISHING,
        selection=dg.AssetSelection.assets(*published),
        description="The latest release and its pages to where readers fetch them.",
    )


def _steps_of_environment() -> BuildSteps:
    return BuildSteps(
        Path(os.environ.get("STATEDATA_RAW", "raw")),
        Path(os.environ.get("STATEDATA_WAREHOUSE", "warehouse")),
        os.environ.get("STATEDATA_SCHEDULER", ""),
        Progress(done=lambda _, message: dg.get_dagster_logger().info(message)),
    )


defs = build_defs()
