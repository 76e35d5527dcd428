"""What assets are given: the steps on their folders, and where releases go; how a step may fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import dagster as dg

from pipeline.build import BuildSteps, build_errors
from pipeline.defs.lost import running
from pipeline.outcome import BuildError
from pipeline.storage.lock import locked

Steps = dg.ResourceParam[BuildSteps]
"""The steps of a build, as an asset asks for them."""

_PATIENCE_SECONDS = 1800


class Target(dg.ConfigurableResource[None]):
    """Where releases are published: a folder or an fsspec URL; ``STATEDATA_TARGET``.

    ``signing_key`` is the file of an SSH key that signs them; ``STATEDATA_SIGNING_KEY``.
    ``site_url`` is the address that the target will have; ``STATEDATA_SITE_URL``.
    """

    url: str = ""
    signing_key: str = ""
    site_url: str = ""


class Watch(dg.ConfigurableResource[None]):
    """The file of addresses to look at, and whether they may be of machines on our own networks."""

    file: str
    allow_private: bool = False


def steps_resource(steps: BuildSteps) -> dg.ResourceDefinition:
    """The steps for a run, which is seen to live for as long as it has them."""

    def of_run(context: dg.InitResourceContext) -> Iterator[BuildSteps]:
        with running(steps.warehouse, context.run.run_id) if context.run else nullcontext():
            yield steps

    return dg.ResourceDefinition(of_run)


@contextmanager
def writing(steps: BuildSteps, name: str) -> Iterator[None]:
    """Hold the warehouse folder while a step writes to it.

    Raises:
        dagster.Failure: the step failed, and why.
    """
    with (
        saying_why(),
        build_errors(steps.warehouse),
        locked(steps.warehouse, f"Dagster's step {name}", patience=_PATIENCE_SECONDS),
    ):
        yield


@contextmanager
def saying_why() -> Iterator[None]:
    """Let a step fail in words that an alert can repeat.

    Raises:
        dagster.Failure: the step failed; its description is the error's message, its metadata the
            check that stopped it and whether all sheets were validated.
    """
    try:
        yield
    except BuildError as error:
        metadata: dict[str, str | bool] = {"check": error.check or "", "validated": error.validated}
        raise dg.Failure(str(error), metadata=metadata) from error
    except Exception as error:
        raise dg.Failure(str(error) or type(error).__name__) from error
