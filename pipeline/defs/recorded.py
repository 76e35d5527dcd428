"""A build whose steps are Dagster's assets, in this process, so that the run is on record.

The instance is the one of ``DAGSTER_HOME``. What the build returns, and why it fails, comes from
the same functions as that of build without Dagster, and so do the bytes.
"""

from __future__ import annotations

import logging

import dagster as dg

from pipeline.build import BuildSteps, outcome
from pipeline.definitions import JOB, build_defs
from pipeline.defs.lost import fail_lost_runs
from pipeline.defs.partitions import range_tags, sync_partitions
from pipeline.outcome import BuildError, Outcome
from pipeline.release.versions import latest_release


def record_build(
    steps: BuildSteps, partitions: list[str], *, version: str, accept_revisions: bool
) -> Outcome:
    """Materialise every asset of a build, as :func:`pipeline.build.run_steps` makes it.

    Raises:
        BuildError: nothing was released.
    """
    quiet = dg.LoggerDefinition(_quiet, description="The terminal is told by the steps.")
    job = build_defs(steps=steps, logger=quiet).resolve_job_def(JOB)
    config = {"accept_revisions": accept_revisions}
    before = latest_release(steps.warehouse)
    with dg.DagsterInstance.get() as instance:
        fail_lost_runs(instance, steps.warehouse)
        keys = sync_partitions(instance, partitions)
        try:
            job.execute_in_process(
                instance=instance,
                # The daemon cannot retry what it has not started.
                tags={**range_tags(keys, keys), "dagster/max_retries": "0"},
                run_config=dg.RunConfig(
                    ops={
                        "validate": {"config": config},
                        "release": {"config": {"version": version}},
                    },
                    loggers={"console": {}},
                ),
            )
        except dg.Failure as failure:
            raise failure.__cause__ or BuildError(str(failure)) from failure
    release = latest_release(steps.warehouse)
    assert release is not None, "a run that succeeds leaves a release"
    texts = steps.extracted(steps.listed())
    is_new = before is None or before.version != release.version
    return outcome(steps.stages.validated(), texts, release, is_new=is_new)


def _quiet(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("statedata", logging.INFO)
    logger.addHandler(logging.NullHandler())
    return logger
