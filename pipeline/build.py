"""One build, from the raw folder to a release: a call a step, each a function that returns values.

Dagster's assets (:mod:`pipeline.defs`) call the same :class:`BuildSteps`, one an asset. What a step
does is found in the module that it calls; what a build returns, in :mod:`pipeline.outcome`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from pipeline.acceptance import (
    accept_all,
    demand_revisions,
    demand_sheets,
    failing,
    published_sheets,
    quarantined,
    revisions,
)
from pipeline.catalog.load import default_catalog
from pipeline.checks import CHECKLIST
from pipeline.executors import Workers
from pipeline.model import UserError
from pipeline.outcome import NEWER_TEXTS_ARE_LET_IN, BuildError, Outcome
from pipeline.parts import SheetParts
from pipeline.progress import SILENT, Progress
from pipeline.release.content import ReleaseContent
from pipeline.release.export import make_release, table_digests
from pipeline.release.history import write_index
from pipeline.release.versions import (
    Release,
    latest_release,
    named_versions,
    next_version,
    read_release,
    releases,
    sweep,
)
from pipeline.sheets.collect import partitions as raw_partitions
from pipeline.sheets.manifest import read_manifest
from pipeline.stages import Stages
from pipeline.steps import (
    Listing,
    extract_texts,
    list_sheets,
    listed_sheets,
    parse_sheets,
    validate_sheets,
)
from pipeline.storage.lock import locked
from pipeline.storage.names import WAREHOUSE_FILE
from pipeline.tables.files import TableFiles
from pipeline.tables.schema import (
    CHECKS,
    NUMERALS,
    OBSERVATIONS,
    PUBLISHED,
    SHEETS,
    STATEMENTS,
)
from pipeline.warehouse.load import load_warehouse

_PATIENCE_SECONDS = 600
"""How long a build waits while another process writes the warehouse."""


def build(
    raw: Path,
    warehouse: Path,
    *,
    version: str = "",
    accept_revisions: bool = False,
    repeating: bool = False,
    scheduler: str = "",
    progress: Progress = SILENT,
) -> Outcome:
    """Run every step on the raw folder.

    Args:
        raw: the folder of sheets.
        warehouse: the folder of warehouse, releases and stages; made if missing.
        version: the version of a new release; else the next one.
        accept_revisions: whether published figures may be removed or changed; sheets that wait are
            let in, which is written beside them.
        repeating: whether a release is made again: what it revised is revised, what waited waits.
        scheduler: the address of a Dask scheduler whose workers do the work; else this machine.
        progress: who is told how it goes.

    Raises:
        BuildError: nothing was released.
    """
    steps = BuildSteps(raw, warehouse, scheduler, progress)
    with holding(steps) as partitions:
        return run_steps(
            steps, partitions, version=version, accept_revisions=accept_revisions,
            repeating=repeating,
        )  # fmt: skip


@contextmanager
def holding(steps: BuildSteps) -> Iterator[list[str]]:
    """Hold the warehouse for a build of what the raw folder holds; the partitions that it has.

    Raises:
        BuildError: nothing can be built, or what was built inside failed for a known reason.
    """
    raw, warehouse, waiting = steps.raw, steps.warehouse, steps.progress.waiting
    with build_errors(warehouse):
        partitions = raw_partitions(raw)
        if not partitions:
            raise BuildError(
                f"{raw}: holds no sheets; add some, for example as {raw}/2023/missouri.txt"
            )
        read_manifest(raw)  # before anything is made: a manifest that says two things stops it all
        with locked(warehouse, "statedata build", patience=_PATIENCE_SECONDS, waiting=waiting):
            yield partitions


def run_steps(
    steps: BuildSteps,
    partitions: list[str],
    *,
    version: str,
    accept_revisions: bool,
    repeating: bool = False,
) -> Outcome:
    """Run every step on folders that are held; the options are those of :func:`build`."""
    listing = steps.list(partitions)
    texts = steps.extract(listing)
    parsed = steps.parse(texts)
    tables = steps.validate(listing, texts, parsed, accept_pending=accept_revisions)
    demand_sheets(tables)
    demand_revisions(revisions(tables, steps.warehouse), accepted=accept_revisions or repeating)
    steps.load(tables)
    release, is_new = steps.release(tables, version)
    return outcome(tables, texts, release, is_new=is_new)


@contextmanager
def build_errors(warehouse: Path) -> Iterator[None]:
    """Turn what a user can mend into :class:`BuildError`; faults of this program pass."""
    try:
        yield
    except BuildError:
        raise
    except UserError as error:
        raise BuildError(str(error)) from error
    except OSError as error:
        raise BuildError(
            f"{warehouse}: cannot be written: {error.strerror}; the old warehouse and releases are "
            "unchanged, make room or make the folder writable and build again"
        ) from error


@dataclass(frozen=True, slots=True)
class BuildSteps:
    """The steps of a build on one raw folder and one warehouse folder; each says what it did."""

    raw: Path
    warehouse: Path
    scheduler: str = ""
    progress: Progress = SILENT

    @property
    def stages(self) -> Stages:
        """What the steps keep between builds."""
        return Stages.of(self.warehouse)

    def list(self, partitions: Collection[str]) -> Listing:
        """List the files of some partitions, with their hashes."""
        self._begins("raw_sheets")
        listing = list_sheets(self.raw, self.stages, partitions)
        files = [sheet for sheets in listing.values() for sheet in sheets]
        size = sum(sheet.size for sheet in files)
        self.progress.done("raw_sheets", f"{len(files):,} files, {size:,} bytes")
        return listing

    def listed(self, partitions: Collection[str] | None = None) -> Listing:
        """The files of some partitions, or of all, as they were last listed."""
        if partitions is None:
            partitions = set(self.stages.partitions()).intersection(raw_partitions(self.raw))
        return listed_sheets(self.raw, self.stages, sorted(partitions))

    def extract(self, listing: Listing) -> SheetParts:
        """Decode the listed files; what was interrupted earlier is tried again."""
        texts = extract_texts(self.raw, listing, self.stages, self._workers("sheet_texts"))
        self.progress.done("sheet_texts", f"{texts.made:,} files decoded, {texts.kept:,} unchanged")
        return texts

    def extracted(self, listing: Listing) -> SheetParts:
        """The texts of the listed files as they were last decoded; what is lost is made again."""
        return extract_texts(
            self.raw, listing, self.stages, self._workers("sheet_texts"), again=False
        )

    def parse(self, texts: SheetParts) -> SheetParts:
        """Parse and check every text by itself."""
        parsed = self.parsed(texts)
        statements, numerals = parsed.rows(STATEMENTS), parsed.rows(NUMERALS)
        self.progress.done(
            "parse",
            f"{statements:,} statements, {numerals:,} numerals; {parsed.made:,} sheets parsed, "
            f"{parsed.kept:,} unchanged",
        )
        return parsed

    def parsed(self, texts: SheetParts) -> SheetParts:
        """What was parsed of these texts; what is lost is made again."""
        return parse_sheets(texts, self._workers("parse"))

    def validate(
        self,
        listing: Listing,
        texts: SheetParts,
        parsed: SheetParts,
        *,
        accept_pending: bool = False,
    ) -> TableFiles:
        """Settle which sheets and national figures count, and write what is published of them.

        With ``accept_pending`` the sheets that wait are let in, and settled again with that.
        """
        self._begins("validate")
        settle = partial(
            validate_sheets, self.raw, listing, texts, parsed, self.stages,
            published=published_sheets(self.warehouse),
        )  # fmt: skip
        tables = settle()
        if accept_pending and (let_in := accept_all(self.raw, self.warehouse, tables, _today())):
            self.progress.done("validate", f"{len(let_in):,} sheets that waited are let in")
            tables = settle()
        sheets = sum(tables.counts(SHEETS.name, "status").values())
        observations = tables.rows(OBSERVATIONS.name)
        self.progress.done("validate", f"{observations:,} observations of {sheets:,} sheets")
        return tables

    def load(self, tables: TableFiles) -> Path:
        """Replace the DuckDB file; its path."""
        self._begins("warehouse")
        sweep(self.warehouse)
        path = load_warehouse(tables, default_catalog(), self.warehouse)
        count = sum(tables.rows(table.name) for table in PUBLISHED)
        self.progress.done("warehouse", f"{count:,} rows in {path.name}")
        return path

    def release(self, tables: TableFiles, version: str = "") -> tuple[Release, bool]:
        """Release the tables unless the latest release holds the same; whether it is new.

        Args:
            tables: the published tables, which the warehouse file holds too.
            version: of a new release; else the next one of this month (UTC).
        """
        self._begins("release")
        folder = self.warehouse
        if releases(folder):
            write_index(folder)  # a run that was ended right after its release left it out
        latest, digests = latest_release(folder), table_digests(tables)
        if latest is not None and latest.digests == digests:
            self.progress.done("release", f"{latest.version} is unchanged")
            return latest, False
        version = version or next_version(named_versions(folder), _today())
        database, catalog = folder / WAREHOUSE_FILE, default_catalog()
        content = ReleaseContent(version, tables, digests, database, catalog, latest)
        path = make_release(content, folder)
        write_index(folder)
        self.progress.done("release", f"{version} released")
        return read_release(path), True

    def _begins(self, step: str) -> None:
        self.progress.working(step, 0, 0)

    def _workers(self, step: str) -> Workers:
        return Workers(self.scheduler, told=partial(self.progress.working, step))


def _today() -> date:
    return datetime.now(UTC).date()


def outcome(tables: TableFiles, texts: SheetParts, release: Release, *, is_new: bool) -> Outcome:
    """What a build made that ended with this release."""
    failed, checks = failing(tables), tables.rows(CHECKS.name)
    levels = {row.check_name: CHECKLIST[row.check_name].level for row in failed}
    return Outcome(
        sheets=tables.counts(SHEETS.name, "status"),
        statements=tables.rows(STATEMENTS.name),
        observations=tables.rows(OBSERVATIONS.name),
        numerals=tables.counts(NUMERALS.name, "disposition"),
        checks={"passed": checks - len(failed), "all": checks},
        quarantine=quarantined(tables),
        withheld=[row for row in failed if levels[row.check_name] == "error" and row.file is None],
        pending=[row for row in failed if row.check_name == NEWER_TEXTS_ARE_LET_IN],
        warnings=[
            row
            for row in failed
            if levels[row.check_name] == "warning" and row.check_name != NEWER_TEXTS_ARE_LET_IN
        ],
        interrupted=texts.interrupted(),
        version=release.version,
        is_new=is_new,
        release=release.path,
    )
