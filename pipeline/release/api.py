"""The figures as static JSON: what a page or a script fetches without a database.

Reads the table ``figures``, gives ``api/figures.json``, a file a state and a file a metric. Every
object stands for itself: number, wording, interval, notes and citation are in it, also where the
figure is absent. Of a large release the whole is one file a year.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from pipeline.model import number_text
from pipeline.release.content import (
    LARGEST_IN_ONE_FILE,
    ReleaseContent,
    heading,
    publisher,
    write_json,
)
from pipeline.storage.formats import json_text
from pipeline.storage.names import API
from pipeline.tables.figures import FIGURES


def write_api(content: ReleaseContent, folder: Path, largest: int = LARGEST_IN_ONE_FILE) -> None:
    """Write the files; of more figures than ``largest`` the whole is one file a year."""
    api = folder / API
    head = {**heading(content.version), "description": publisher().description}
    described = {row["metric"]: row for row in content.tables.read("metrics").to_pylist()}
    with ExitStack() as files:

        def opened(name: str, about: dict[str, Any]) -> Callable[[str], None]:
            return files.enter_context(_figures_file(api / name, head | about))

        counts = partial(content.tables.counts, FIGURES.name)
        years: dict[Any, Callable[[str], None]]
        if content.tables.rows(FIGURES.name) <= largest:
            years = dict.fromkeys(counts("year"), opened("figures.json", {}))
        else:
            names = {year: f"year/{year}.json" for year in counts("year")}
            why = f"There are more than {largest:,} figures, so there is one file a year."
            whole = {**head, "note": why, "by_year": [*names.values()]}
            api.mkdir(exist_ok=True)
            write_json(whole, api / "figures.json")
            years = {year: opened(name, {"year": year}) for year, name in names.items()}
        places = {
            place: opened(f"state/{place}.json", {"jurisdiction": place})
            for place in counts("jurisdiction")
        }
        metrics = {
            metric: opened(f"metric/{metric}.json", described[metric])
            for metric in counts("metric")
        }
        for batch in content.tables.batches(FIGURES.name):
            for row in batch.to_pylist():
                said = {**row, "citation": figure_citation(row, content.version)}
                line = json.dumps(said, default=plain, ensure_ascii=False, allow_nan=False)
                years[row["year"]](line)
                places[row["jurisdiction"]](line)
                metrics[row["metric"]](line)


@contextmanager
def _figures_file(path: Path, head: dict[str, Any]) -> Iterator[Callable[[str], None]]:
    """One JSON object, its figures a line each, so that a large file is never a text in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(json_text(head, sort_keys=False).removesuffix("\n}\n") + ',\n  "figures": [')
        separators = chain(["\n"], repeat(",\n"))

        def write(line: str) -> None:
            file.write(f"{next(separators)}    {line}")

        yield write
        file.write("\n  ]\n}\n")


def figure_citation(row: dict[str, Any], version: str) -> str:
    """A figure as it can stand in a footnote: what is printed where, and who compiled it."""
    source = publisher()
    what = f"{row['title']}, {row['name']}, {row['year']}"
    compiled = (
        f"compiled from {source.short}'s {source.sheets} in {source.title} {version}, "
        f"not {source.short}'s own dataset"
    )
    if row["observation_id"] is None:
        return f"{what}: no figure published ({row['coverage']}); {compiled}."
    corrected = (
        f", corrected to {number_text(row['value'])}" if row["status"] == "corrected" else ""
    )
    return (
        f'{what}: "{row["printed"]}"{corrected}. {source.publisher}, fact sheet {row["file"]}; '
        f"{compiled}, {row['observation_id']}."
    )


def plain(value: Any) -> Any:
    """A value as JSON has it: a whole number without a point, any other number exactly as it is."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
