"""One build: the same assets as in Dagster's UI, run in this process.

Reads the raw folder, gives the outcome with its numbers. The run is recorded in ``DAGSTER_HOME``
where that is set.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from pipeline.definitions import JOB, build_defs
from pipeline.defs.alerting import RunFailedError, failure_of
from pipeline.defs.partitions import range_tags, sync_partitions
from pipeline.sheets.collect import RawFolderError, partitions
from pipeline.sheets.manifest import read_manifest
from pipeline.stages import StageError, Stages
from pipeline.storage.lock import LockedError, locked
from pipeline.tables.files import rows
from pipeline.tables.schema import CHECKS, NUMERALS, OBSERVATIONS, QUARANTINE, SHEETS, STATEMENTS


class BuildError(RunFailedError):
    """Nothing was released; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build made: counts for the closing table, and what was left out and why."""

    sheets: dict[str, int]
    statements: int
    observations: int
    numerals: dict[str, int]
    checks: dict[str, int]
    quarantine: list[Any]
    withheld: list[Any]
    warnings: list[Any]
    version: str
    is_new: bool
    release: Path

    @property
    def is_complete(self) -> bool:
        """Whether every sheet and every figure was accepted."""
        return not self.quarantine and not self.withheld


def build(
    raw: Path,
    warehouse: Path,
    *,
    version: str = "",
    accept_revisions: bool = False,
    patience: float = 600,
    progress: Callable[[str, str], None] | None = None,
) -> Outcome:
    """Run every stage on the raw folder.

    Args:
        raw: the folder of sheets.
        warehouse: the folder of warehouse, releases and stages; made if missing.
        version: the version of a new release; else the next one.
        accept_revisions: whether published figures may be removed or changed.
        patience: seconds to wait while another process writes the warehouse.
        progress: told the name of each step and what it has done.

    Raises:
        BuildError: nothing was released.
    """
    waiting = (lambda text: progress("lock", text)) if progress else None
    try:
        found = partitions(raw)
        if not found:
            raise BuildError(
                f"{raw}: holds no sheets; add some, for example as {raw}/2023/missouri.txt"
            )
        read_manifest(raw)  # before anything is made: a manifest that says two things stops it all
        defs = build_defs(
            raw=str(raw),
            warehouse=str(warehouse),
            version=version,
            accept_revisions=accept_revisions,
            logger=_logger(progress),
        )
        with locked(warehouse, "statedata build", patience=patience, waiting=waiting):
            stages = Stages.of(warehouse)
            result = _run(defs, found)
            if not result.success:
                raise BuildError(failure_of(result.all_events, stages))
            return _outcome(result, stages)
    except (RawFolderError, LockedError, StageError) as error:
        raise BuildError(str(error)) from error
    except OSError as error:
        raise BuildError(
            f"{warehouse}: cannot be written: {error.strerror}; the old warehouse and releases are "
            "unchanged, make room or make the folder writable and build again"
        ) from error


def _run(defs: dg.Definitions, found: list[str]) -> dg.ExecuteInProcessResult:
    job = defs.resolve_job_def(JOB)
    persistent = bool(os.environ.get("DAGSTER_HOME"))
    with dg.DagsterInstance.get() if persistent else dg.DagsterInstance.ephemeral() as instance:
        keys = sync_partitions(instance, found)
        return job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags=range_tags(keys, keys),
            run_config={"loggers": {"console": {}}},
        )


def _outcome(result: dg.ExecuteInProcessResult, stages: Stages) -> Outcome:
    (materialization,) = result.asset_materializations_for_node("release")
    metadata = {name: value.value for name, value in materialization.metadata.items()}
    tables = stages.validated()
    with tables.connection([CHECKS.name, QUARANTINE.name]) as connection:
        failing = rows(connection, "select * from checks where not passed order by check_id")
        quarantine = rows(connection, "select * from quarantine")
    checks = tables.rows(CHECKS.name)
    return Outcome(
        sheets=tables.counts(SHEETS.name, "status"),
        statements=tables.rows(STATEMENTS.name),
        observations=tables.rows(OBSERVATIONS.name),
        numerals=tables.counts(NUMERALS.name, "disposition"),
        checks={"passed": checks - len(failing), "all": checks},
        quarantine=quarantine,
        withheld=[row for row in failing if row.level == "error" and row.file is None],
        warnings=[row for row in failing if row.level == "warning"],
        version=str(metadata["version"]),
        is_new=bool(metadata["new"]),
        release=Path(str(metadata["path"])),
    )


class _Listener(logging.Handler):
    """Hands the assets' own messages to whoever shows progress."""

    def __init__(self, progress: Callable[[str, str], None]) -> None:
        super().__init__(logging.INFO)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on a message of a step, drop Dagster's own events."""
        meta = getattr(record, "dagster_meta", {})
        if record.levelno == logging.INFO and meta.get("step_key"):
            self._progress(meta["step_key"], meta["orig_message"])


def _logger(progress: Callable[[str, str], None] | None) -> dg.LoggerDefinition:
    """A Dagster logger that passes progress on and keeps its engine's messages off the terminal."""

    def quiet(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("statedata", logging.INFO)
        logger.addHandler(_Listener(progress) if progress else logging.NullHandler())
        return logger

    return dg.LoggerDefinition(quiet, description="Progress of a build.")
