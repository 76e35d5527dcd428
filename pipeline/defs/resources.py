"""What assets are given from outside: folders and the calendar; the rim to environment and clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from pipeline.executors import Workers
from pipeline.stages import Stages
from pipeline.storage.lock import locked
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.warehouse.load import cannot_write

_PATIENCE_SECONDS = 1800


class Folders(dg.ConfigurableResource[None]):
    """The raw folder and the warehouse folder."""

    raw: str
    warehouse: str

    @property
    def raw_path(self) -> Path:
        """Where the sheets lie."""
        return Path(self.raw)

    @property
    def warehouse_path(self) -> Path:
        """Where the warehouse, its releases and its stages lie."""
        return Path(self.warehouse)

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file."""
        return self.warehouse_path / WAREHOUSE_FILE

    @contextmanager
    def writing(self, step: str) -> Iterator[None]:
        """Hold the warehouse folder while a step writes to it.

        Raises:
            pipeline.storage.lock.LockedError: another process holds it for too long.
            pipeline.warehouse.load.WarehouseError: the folder cannot be written or is full.
        """
        folder = self.warehouse_path
        try:
            with locked(folder, f"Dagster's step {step}", patience=_PATIENCE_SECONDS):
                yield
        except OSError as error:
            raise cannot_write(folder, error) from error

    @property
    def stages(self) -> Stages:
        """The frames between stages."""
        return Stages.of(self.warehouse_path)


class Cluster(dg.ConfigurableResource[None]):
    """Where batches are worked on: a Dask scheduler's address, ``STATEDATA_SCHEDULER``, or here."""

    scheduler: str = ""

    @property
    def workers(self) -> Workers:
        """Who works on batches."""
        return Workers(self.scheduler)


class Target(dg.ConfigurableResource[None]):
    """Where releases are published: a folder or an fsspec URL; ``STATEDATA_TARGET``.

    ``signing_key`` is the file of an SSH key that signs them; ``STATEDATA_SIGNING_KEY``.
    """

    url: str = ""
    signing_key: str = ""


class Watch(dg.ConfigurableResource[None]):
    """The file of addresses to look at, and whether they may be of machines on our own networks."""

    file: str
    allow_private: bool = False


class Policy(dg.ConfigurableResource[None]):
    """What a maintainer allows a run to do; set in the launchpad or by ``--accept-revisions``."""

    accept_revisions: bool = False


class Calendar(dg.ConfigurableResource[None]):
    """The version of a new release: one that is given, or the next of today's month (UTC)."""

    version: str = ""

    @property
    def date(self) -> date:
        """Today."""
        return datetime.now(UTC).date()
