"""Partitions through their batches: what is there already is kept, the rest is worked on.

Reads the files and parts of partitions, gives the parts of each stage. A batch whose part is
there costs a look; in a batch that has changed, only the sheets that have changed are read and
parsed again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.batches.executors import Workers, work_through
from pipeline.batches.plan import batches, code_key, key_of
from pipeline.batches.stages import Stages
from pipeline.batches.store import Part
from pipeline.batches.work import PARSE, TEXTS, ParseTask, Task, TextsTask, make_parse, make_texts
from pipeline.catalog.load import default_catalog
from pipeline.sheets.collect import list_files, partition_of
from pipeline.sheets.manifest import read_manifest
from pipeline.sheets.rows import raw_frame
from pipeline.tables.frames import records


@dataclass(frozen=True, slots=True)
class Worked:
    """What a stage came to: its parts, and how many sheets were worked on and how many kept."""

    parts: list[Part]
    made: int
    kept: int

    def rows(self, table: str) -> int:
        """The rows of a table in all parts."""
        return sum(part.rows[table] for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch that is to have a part: the keys of its sheets' results, and where they come from."""

    partition: str
    key: str
    sheets: dict[str, str]
    source: Any


@dataclass(frozen=True, slots=True)
class _Stage:
    """What is done with a batch: the worker's function, and the task for a batch's fresh files."""

    name: str
    function: Callable[[Any], str]
    task: Callable[[_Batch, set[str], dict[str, Any]], Task]


def take_stock(raw: Path, stages: Stages, partitions: Iterable[str]) -> tuple[int, int]:
    """List the files of partitions with their hashes; gives how many there are, and their bytes.

    Raises:
        pipeline.sheets.collect.RawFolderError: the folder or its manifest cannot be read.
    """
    manifest = read_manifest(raw)
    by_partition = _files(raw)
    files = size = 0
    for partition in partitions:
        seen = stages.seen(partition)
        listed = by_partition[partition]
        data = raw_frame((seen.sheet(file, path, raw) for file, path in listed.items()), manifest)
        stages.write_raw(partition, data, seen)
        files, size = files + len(data), size + int(data["bytes"].sum())
    return files, size


def texts_of(raw: Path, stages: Stages, partitions: Iterable[str], workers: Workers) -> Worked:
    """Decode the files of partitions, as far as that is not done.

    Raises:
        pipeline.sheets.collect.RawFolderError: a file has changed since it was listed.
    """
    by_partition = _files(raw)
    wanted = list(partitions)

    def planned() -> Iterator[_Batch]:
        for partition in wanted:
            rows = [tuple(row) for row in records(stages.read_raw(partition))]
            for place in batches([row[0] for row in rows]):
                batch = rows[place]
                keys = [key_of([code_key(), *row[:5]]) for row in batch]
                sheets = {key: row[0] for key, row in zip(keys, batch, strict=True)}
                yield _Batch(partition, key_of([TEXTS, *keys]), sheets, batch)

    def task(batch: _Batch, fresh: set[str], common: dict[str, Any]) -> TextsTask:
        rows = [row for row in batch.source if row[0] in fresh]
        paths = by_partition[batch.partition]
        return TextsTask(
            **common, raw=raw.absolute(), rows=rows,
            paths={row[0]: paths[row[0]].absolute() for row in rows if row[0] in paths},
        )  # fmt: skip

    return _worked(_Stage(TEXTS, make_texts, task), wanted, planned(), stages, workers)


def parse_of(stages: Stages, partitions: Iterable[str], workers: Workers) -> Worked:
    """Parse and check the texts of partitions, as far as that is not done."""
    wanted = list(partitions)
    catalog = default_catalog().digest

    def planned() -> Iterator[_Batch]:
        for partition in wanted:
            for part in stages.parts(TEXTS, partition):
                sheets = {key_of([catalog, key]): file for key, file in part.sheets().items()}
                yield _Batch(partition, key_of([PARSE, *sheets]), sheets, part.key)

    def task(batch: _Batch, fresh: set[str], common: dict[str, Any]) -> ParseTask:
        return ParseTask(**common, texts=batch.source, files=sorted(fresh))

    return _worked(_Stage(PARSE, make_parse, task), wanted, planned(), stages, workers)


def _files(raw: Path) -> Mapping[str, dict[str, Path]]:
    """The path of each file by its name, for each partition, in the order of the names."""
    by_partition: dict[str, dict[str, Path]] = defaultdict(dict)
    for file, path in list_files(raw):
        by_partition[partition_of(file)][file] = path
    return by_partition


def _worked(
    stage: _Stage,
    partitions: list[str],
    planned: Iterator[_Batch],
    stages: Stages,
    workers: Workers,
) -> Worked:
    """Have the parts made that are missing, and keep in the plans which ones there are."""
    plans: dict[str, list[str]] = {partition: [] for partition in partitions}
    counted: Counter[str] = Counter()

    def tasks() -> Iterator[tuple[Task, int]]:
        sources: dict[str, str] | None = None
        for batch in planned:
            plans[batch.partition].append(batch.key)
            counted["sheets"] += len(batch.sheets)
            if stages.store.find(stage.name, batch.key) is not None:
                continue
            sources = stages.store.sources(stage.name) if sources is None else sources
            reused = dict(_reusable(stage.name, batch, sources, stages))
            fresh = set(batch.sheets.values()).difference(*reused.values())
            counted["made"] += len(fresh)
            yield stage.task(batch, fresh, _common(batch, reused, stages)), len(fresh)

    for _ in work_through(stage.function, tasks(), workers):
        pass
    for partition, keys in plans.items():
        stages.write_plan(stage.name, partition, keys)
    parts = [part for partition in partitions for part in stages.parts(stage.name, partition)]
    return Worked(parts, counted["made"], counted["sheets"] - counted["made"])


def _common(batch: _Batch, reused: dict[str, list[str]], stages: Stages) -> dict[str, Any]:
    """What the tasks of both stages say."""
    return {
        "store": stages.store.folder.absolute(), "key": batch.key, "sheets": batch.sheets,
        "reused": reused, "code": code_key(), "catalog": default_catalog().digest,
    }  # fmt: skip


def _reusable(
    stage: str, batch: _Batch, sources: dict[str, str], stages: Stages
) -> Iterator[tuple[str, list[str]]]:
    """The parts that hold results of a batch's sheets, each with the files of those."""
    files: dict[str, list[str]] = defaultdict(list)
    for key, file in batch.sheets.items():
        if key in sources:
            files[sources[key]].append(file)
    for source, found in files.items():
        if stages.store.find(stage, source) is not None:
            yield source, sorted(found)
