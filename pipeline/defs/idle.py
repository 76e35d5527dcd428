"""A time of the schedule at which nothing has changed: it is said in a line, and no run is made.

What a run over all years began with is kept until its release is made, and then compared by the
schedule as the command line does it (:mod:`pipeline.unchanged`). A run over some years settles
nothing: the next time of the schedule builds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from pipeline.alerts.reporting import report_unchanged
from pipeline.alerts.runs import read
from pipeline.build import BuildSteps, outcome
from pipeline.release.versions import Release
from pipeline.sheets.collect import partitions
from pipeline.storage.names import INPUTS
from pipeline.storage.sealed import read_sealed, write_sealed
from pipeline.unchanged import Inputs, Snapshot, Subject, forget, inputs_of, remember, unchanged


def begin(steps: BuildSteps, years: Sequence[str]) -> None:
    """Keep what a run is about to read, if it reads everything."""
    subject, file = _subject(steps), steps.stages.folder / INPUTS
    forget(subject)
    file.unlink(missing_ok=True)
    inputs = inputs_of(subject) if set(years) == set(partitions(steps.raw)) else None
    if inputs is not None:
        kept = {"key": inputs.key, "raw": [inputs.raw.marks, inputs.raw.sums]}
        write_sealed(file, kept)


def settle(steps: BuildSteps, release: Release, *, is_new: bool) -> None:
    """Remember what the run made of that, for the next time of the schedule."""
    begun = read_sealed(steps.stages.folder / INPUTS)
    if begun is not None:
        texts = steps.extracted(steps.listed())
        made = outcome(steps.stages.validated(), texts, release, is_new=is_new)
        remember(_subject(steps), Inputs(begun["key"], Snapshot(*begun["raw"])), made)


def idle(steps: BuildSteps, instance: dg.DagsterInstance, now: datetime) -> str | None:
    """In a line that a build would change nothing, which renews the release; None if it could."""
    runs = read(steps.stages.folder)
    if runs is None or runs.last.failure is not None:
        return None
    found = unchanged(_subject(steps))
    if found is None:
        return None
    report_unchanged("Dagster's schedule", now, steps.warehouse)
    said = {**_numbers(instance), "version": found.version, "new": False}
    tags = {"dagster/data_version": found.version}
    instance.report_runless_asset_event(
        dg.AssetMaterialization("release", description="unchanged", metadata=said, tags=tags)
    )
    return f"unchanged: nothing differs from the last build, and {found.version} stays"


def _numbers(instance: dg.DagsterInstance) -> dict[str, Any]:
    """What the page of the release shows of it, but for how long making it took."""
    event = instance.get_latest_materialization_event(dg.AssetKey("release"))
    if event is None or event.asset_materialization is None:
        return {}
    shown = event.asset_materialization.metadata
    return {name: value for name, value in shown.items() if name != "seconds"}


def _subject(steps: BuildSteps) -> Subject:
    return Subject(steps.raw, steps.warehouse, version="", accept_revisions=False, home="")
