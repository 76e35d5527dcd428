"""Realistic sheets in any number, with the truth beside them.

Run as ``python -m benchmarks.corpus FOLDER --sheets N``. Gives ``FOLDER/raw`` (sheets and their
manifest), ``FOLDER/truth.parquet`` (every figure of every good sheet) and ``FOLDER/faults.csv``
(the bad sheets, if any were asked for). The same arguments give the same bytes, and a smaller
corpus is the beginning of a larger one.

A year has 56 sheets. After ``YEARS`` years, further texts are vintages of the same sheets with
other state figures (``missouri.2.txt``), taken later: texts without dates would compete.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow
import pyarrow.parquet

from benchmarks.figures import Fact, Printed, chance, nation, state
from benchmarks.flavours import flavoured
from pipeline.model import NATION
from pipeline.tables.columns import DECIMAL
from tests.sheets_factory import NAMES, render

FIRST_YEAR = 2023
YEARS = 40
"""Reporting years of a corpus; beyond them a corpus grows by vintages."""

FAULTS = ("sum", "numeral", "cut", "binary")
"""What is wrong with a bad sheet: its rows miss the stated total by one, a sentence has a number
that nothing explains, its last third is missing, it is no text."""

SHEETS_AT_ONCE = 2_000
ORIGIN = "made by benchmarks/corpus.py"

TRUTH = pyarrow.schema(
    [
        ("file", pyarrow.string()),
        ("sheet_id", pyarrow.string()),
        ("metric", pyarrow.string()),
        ("of", pyarrow.string()),
        ("value", DECIMAL),
        ("qualifier", pyarrow.string()),
        ("lower", DECIMAL),
        ("upper", DECIMAL),
    ]
)
"""Columns of ``truth.parquet``; ``of`` is ``US`` or ``state``."""


class CorpusError(Exception):
    """A corpus cannot be written there; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its place, its bytes, its figures, and what is wrong with it, if anything."""

    file: str
    sheet_id: str
    vintage: int
    content: bytes
    national: Printed
    local: Printed
    fault: str | None

    @property
    def retrieved(self) -> str:
        """When the text was taken: one day later for each vintage."""
        taken = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.vintage)
        return f"{taken:%Y-%m-%dT%H:%M:%SZ}"

    def facts(self) -> Iterator[tuple[str, str, Fact]]:
        """Metric, ``US`` or ``state``, and fact of every figure that the sheet prints."""
        own_team_adam = "team_adam_cases_assisted" in self.local
        for metric, fact in self.national.items():
            if not (own_team_adam and metric.startswith("team_adam")):
                yield metric, NATION, fact
        for metric, fact in self.local.items():
            yield metric, "state", fact


def sheet(number: int, seed: int = 0, *, bad: float = 0.0, revision: int = 0) -> Sheet:
    """The sheet of that number.

    Args:
        number: from 0; jurisdictions run fastest, then years, then vintages.
        seed: another seed gives other figures and flavours.
        bad: share of sheets with a fault of FAULTS.
        revision: another one gives other state figures and another flavour.
    """
    vintage, place = divmod(number, YEARS * len(NAMES))
    year, jurisdiction = FIRST_YEAR + place // len(NAMES), list(NAMES)[place % len(NAMES)]
    national, local = nation(seed, year), state(seed, year, jurisdiction, (vintage, revision))
    chosen = chance(seed, "sheet", number, revision)
    fault = chosen.choice(FAULTS) if chosen.random() < bad else None
    text = render(
        jurisdiction,
        year,
        local=_as_printed(local, fault),
        nation={metric: fact.printed for metric, fact in national.items()},
    )
    content = _damaged(flavoured(text, chosen), text, fault)
    name = "".join(c if c.isalpha() else "-" for c in NAMES[jurisdiction].lower().replace(".", ""))
    suffix = f".{vintage + 1}" if vintage else ""
    file = f"{year}/{name}{suffix}.txt"
    return Sheet(file, f"{year}/{jurisdiction}", vintage, content, national, local, fault)


def write_corpus(folder: Path, sheets: int, seed: int = 0, *, bad: float = 0.0) -> None:
    """Write that many sheets with manifest and truth.

    Raises:
        CorpusError: the folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CorpusError(f"{folder}: is not empty; name a new folder, or remove this one")
    raw = folder / "raw"
    for year in range(FIRST_YEAR, FIRST_YEAR + min(YEARS, -(-sheets // len(NAMES)))):
        (raw / str(year)).mkdir(parents=True)
    with (
        pyarrow.parquet.ParquetWriter(folder / "truth.parquet", TRUTH) as truth,
        (raw / "manifest.csv").open("w", encoding="utf-8", newline="") as manifest_file,
        (folder / "faults.csv").open("w", encoding="utf-8", newline="") as faults_file,
    ):
        manifest = csv.writer(manifest_file, lineterminator="\n")
        faults = csv.writer(faults_file, lineterminator="\n")
        manifest.writerow(["file", "sha256", "bytes", "origin", "retrieved"])
        faults.writerow(["file", "fault"])
        for first in range(0, sheets, SHEETS_AT_ONCE):
            numbers = range(first, min(first + SHEETS_AT_ONCE, sheets))
            made = [sheet(number, seed, bad=bad) for number in numbers]
            for one in made:
                (raw / one.file).write_bytes(one.content)
            manifest.writerows(manifest_row(one) for one in made)
            faults.writerows((one.file, one.fault) for one in made if one.fault)
            truth.write_table(truth_of(made))


def manifest_row(one: Sheet) -> tuple[str, str, int, str, str]:
    """The sheet's row of ``raw/manifest.csv``."""
    digest = hashlib.sha256(one.content).hexdigest()
    return one.file, digest, len(one.content), ORIGIN, one.retrieved


def truth_of(sheets: list[Sheet]) -> pyarrow.Table:
    """Every figure of the sheets that have no fault, in the columns of TRUTH."""
    rows = [
        (one.file, one.sheet_id, metric, of, fact.value, fact.qualifier, fact.lower, fact.upper)
        for one in sheets
        if one.fault is None
        for metric, of, fact in one.facts()
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(TRUTH)
    arrays = [
        pyarrow.array(values, type=field.type) for values, field in zip(columns, TRUTH, strict=True)
    ]
    return pyarrow.Table.from_arrays(arrays, schema=TRUTH)


def _as_printed(local: Printed, fault: str | None) -> dict[str, str]:
    printed = {metric: fact.printed for metric, fact in local.items()}
    if fault == "sum":
        printed["missing_child_cases"] = f"{local['missing_child_cases'].value + 1:,}"
    return printed


def _damaged(content: bytes, text: str, fault: str | None) -> bytes:
    """The bytes of a bad sheet, in the plain flavour where the fault is in the text."""
    match fault:
        case None | "sum":
            return content
        case "numeral":
            return f"{text}\n\nAnother list had 417 entries.\n".encode()
        case "cut":
            return text[: len(text) * 2 // 3].encode()
        case "binary":
            return b"\x7fELF\x01\x02\x03" + content[:100]
        case unknown:
            raise AssertionError(unknown)


def main() -> None:
    """Write a corpus as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="a new folder")
    parser.add_argument("--sheets", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bad", type=float, default=0.0, help="share of bad sheets, 0 to 1")
    given = parser.parse_args()
    if given.sheets < 1 or not 0 <= given.bad <= 1:
        parser.error("--sheets must be at least 1, and --bad lie between 0 and 1")
    try:
        write_corpus(given.folder, given.sheets, given.seed, bad=given.bad)
    except CorpusError as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
