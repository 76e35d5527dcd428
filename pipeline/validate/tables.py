"""Every table, defined once: columns with type, unit and meaning, keys, enumerations.

Reads nothing, gives one strict pandera schema a table. All else that speaks of a column is
derived from here: the checks at each hand-over, DuckDB's types, constraints and comments, the
Parquet schemas, the data dictionary.

Columns hold Arrow types in pandas: integers stay integers next to nulls, and decimals are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow

DECIMAL = pyarrow.decimal128(18, 4)
"""Type of every printed value: exact, and lossless as a double below 10^11."""

_SHEET_STATUS = ("accepted", "duplicate", "superseded", "quarantined")
_COVERAGE = ("published", "absent_from_sheet", "sheet_missing", "quarantined")


def _column(
    type_: pyarrow.DataType,
    meaning: str,
    *,
    nullable: bool = False,
    unit: str | None = None,
    enum: tuple[str, ...] | None = None,
    refers_to: str | None = None,
    at_least: int | None = None,
) -> pa.Column:
    checks: list[pa.Check] = []
    if enum:
        checks.append(pa.Check.isin(enum))
    elif type_ == pyarrow.string():
        checks.append(pa.Check.str_length(min_value=1))  # CSV cannot tell '' from null
    if at_least is not None:
        checks.append(pa.Check.ge(at_least))
    metadata: dict[str, Any] = {"unit": unit, "enum": enum, "refers_to": refers_to}
    return pa.Column(
        pd.ArrowDtype(type_), checks, nullable=nullable, description=meaning, metadata=metadata
    )


def _text(meaning: str, **more: Any) -> pa.Column:
    return _column(pyarrow.string(), meaning, **more)


def _whole(meaning: str, **more: Any) -> pa.Column:
    return _column(pyarrow.int64(), meaning, **{"at_least": 0, **more})


def _value(meaning: str, **more: Any) -> pa.Column:
    return _column(DECIMAL, meaning, unit="as metrics.unit", **more)


def _flag(meaning: str, **more: Any) -> pa.Column:
    return _column(pyarrow.bool_(), meaning, **more)


@dataclass(frozen=True, eq=False)
class Table:
    """A table's schema with its key; ``key`` is unique and gives the order of the rows."""

    name: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]

    @property
    def description(self) -> str:
        """What one row is."""
        return str(self.schema.description)

    @property
    def columns(self) -> dict[str, pa.Column]:
        """The columns by name, in order."""
        return dict(self.schema.columns)

    def arrow_type(self, column: str) -> pyarrow.DataType:
        """The Arrow type of a column."""
        return self.schema.columns[column].dtype.type.pyarrow_dtype


def _table(name: str, row: str, key: tuple[str, ...], columns: dict[str, pa.Column]) -> Table:
    schema = pa.DataFrameSchema(
        columns, name=name, description=row, strict=True, ordered=True, unique=list(key)
    )
    return Table(name, schema, key)


_FILE = "File of the sheet, below the raw folder."
_SHEET_ID = "Sheet: reporting year and jurisdiction, as its text says; null if it does not."
_YEAR = "Reporting year."
_JURISDICTION = "ISO 3166-2 code of the jurisdiction that the figure is about; US for the nation."
_VALUE = "The number as printed; read it together with qualifier, lower and upper."
_QUALIFIER = "What the wording says of the number; see table qualifiers."
_LOWER = "Lower bound of the true number; null if the wording sets none."
_UPPER = "Upper bound of the true number; null if the wording sets none."

RAW_SHEETS = _table(
    "raw_sheets", "One file of the raw folder.", ("file",), {
        "file": _text(_FILE),
        "bytes": _whole("Size of the file.", unit="byte"),
        "sha256": _text("SHA-256 of the file's bytes; null if it could not be read.", nullable=True),
        "problem": _text("Why the file cannot be taken; null if it can.", nullable=True),
        "recorded_sha256": _text("SHA-256 in raw/manifest.csv; null if it is not listed.", nullable=True),
        "origin": _text("Where the file came from, by the manifest.", nullable=True),
        "retrieved": _text("When the file was taken, by the manifest; ISO 8601 date.", nullable=True),
    },
)  # fmt: skip

SHEET_TEXTS = _table(
    "sheet_texts", "The decoded text of one file.", ("file",), {
        "file": _text(_FILE),
        "sha256": _text("SHA-256 of the file's bytes.", nullable=True),
        "encoding": _text("Encoding that decodes the bytes to the text; null if none does.", nullable=True),
        "text": _text("The text, to whose characters all spans refer; null if there is none.", nullable=True),
        "problem": _text("Why there is no text; null if there is.", nullable=True),
    },
)  # fmt: skip

PARSED_SHEETS = _table(
    "parsed_sheets", "What one sheet says it is.", ("file",), {
        "file": _text(_FILE),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "year": _whole(_YEAR, nullable=True),
        "jurisdiction": _text("Jurisdiction of the sheet.", nullable=True),
        "canonical_sha256": _text("SHA-256 of the canonical text; the same for texts that differ in markup alone.", nullable=True),
    },
)  # fmt: skip

SHEETS = _table(
    "sheets", "One file of the raw folder, and what became of it.", ("file",), {
        "file": _text(_FILE),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "year": _whole("Reporting year by the text; null if it is not settled.", nullable=True),
        "jurisdiction": _text("Jurisdiction by the text; null if it is not settled.", nullable=True, refers_to="jurisdictions"),
        "status": _text("Whether the sheet's figures are in observations.", enum=_SHEET_STATUS),
        "reason": _text("Why the sheet is not accepted; null if it is.", nullable=True),
        "bytes": _whole("Size of the file.", unit="byte"),
        "sha256": _text("SHA-256 of the file's bytes; null if it could not be read.", nullable=True),
        "encoding": _text("Encoding that decodes the bytes to the text.", nullable=True),
        "pages": _whole("Pages of the text; a form feed ends a page.", unit="page"),
        "characters": _whole("Length of the text.", unit="character"),
        "figures": _whole("Statements captured from the sheet.", unit="statement"),
        "numerals": _whole("Numerals of the sheet.", unit="numeral"),
        "unaccounted": _whole("Numerals neither captured nor explained.", unit="numeral"),
        "origin": _text("Where the file came from, by raw/manifest.csv.", nullable=True),
        "retrieved": _text("When the file was taken, by raw/manifest.csv; ISO 8601 date.", nullable=True),
        "text": _text("The decoded text, to whose characters all spans refer.", nullable=True),
    },
)  # fmt: skip

STATEMENTS = _table(
    "statements", "One figure as one sheet prints it, accepted or not.", ("statement_id",), {
        "statement_id": _text("File, US or state, and metric; numbered where a sheet repeats a figure."),
        "file": _text(_FILE, refers_to="sheets"),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "year": _whole("Reporting year of the sheet; null if it is not settled.", nullable=True),
        "jurisdiction": _text(_JURISDICTION, nullable=True, refers_to="jurisdictions"),
        "metric": _text("What is measured.", refers_to="metrics"),
        "value": _value(_VALUE),
        "qualifier": _text(_QUALIFIER, refers_to="qualifiers"),
        "lower": _value(_LOWER, nullable=True),
        "upper": _value(_UPPER, nullable=True),
        "printed": _text("The figure with its qualifier, exactly as the text prints it."),
        "printed_start": _whole("First character of printed in the text.", unit="character"),
        "printed_end": _whole("Character behind printed in the text.", unit="character"),
        "quote": _text("The sentence or table row that prints the figure, exactly as in the text."),
        "page": _whole("Page of the text, from 1.", at_least=1),
        "char_start": _whole("First character of quote in the text.", unit="character"),
        "char_end": _whole("Character behind quote in the text.", unit="character"),
        "pattern": _text("The catalogue's wording that matched."),
        "corrected": _value("What a maintainer's correction puts in the place of value; null if none.", nullable=True),
    },
)  # fmt: skip

NUMERALS = _table(
    "numerals", "One numeral of one sheet, in digits or as a word, and what became of it.",
    ("file", "char_start"), {
        "file": _text(_FILE, refers_to="sheets"),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "page": _whole("Page of the text, from 1.", at_least=1),
        "char_start": _whole("First character in the text.", unit="character"),
        "char_end": _whole("Character behind it in the text.", unit="character"),
        "printed": _text("The numeral, exactly as the text prints it."),
        "form": _text("Digits or a word.", enum=("digits", "word")),
        "disposition": _text("What became of it.", enum=("captured", "explained", "unaccounted")),
        "rule": _text("The wording that captures it or the rule that explains it; null if unaccounted.", nullable=True),
    },
)  # fmt: skip

OBSERVATIONS = _table(
    "observations", "One figure of a year, jurisdiction and metric, from the accepted sheets.",
    ("observation_id",), {
        "observation_id": _text("Year, jurisdiction and metric."),
        "year": _whole(_YEAR),
        "jurisdiction": _text(_JURISDICTION, refers_to="jurisdictions"),
        "metric": _text("What is measured.", refers_to="metrics"),
        "value": _value(_VALUE),
        "qualifier": _text(_QUALIFIER, refers_to="qualifiers"),
        "lower": _value(_LOWER, nullable=True),
        "upper": _value(_UPPER, nullable=True),
        "status": _text("Published as printed, or corrected by a maintainer.", enum=("published", "corrected")),
        "sheet_id": _text("Sheet that prints the figure; null for the nation, whose figures all sheets print.", nullable=True),
        "statements": _whole("How many accepted sheets print the figure.", unit="sheet", at_least=1),
    },
)  # fmt: skip

CHECKS = _table(
    "checks", "The result of one check on one subject.", ("check_id",), {
        "check_id": _text("Check, subject and running number."),
        "check": _text("Name of the check."),
        "level": _text("What a failure means: error quarantines, warning reports.", enum=("error", "warning")),
        "passed": _flag("Whether the check holds."),
        "file": _text(_FILE, nullable=True, refers_to="sheets"),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "year": _whole("Reporting year, where the check is about one.", nullable=True),
        "metric": _text("Metric, where the check is about one.", nullable=True, refers_to="metrics"),
        "expected": _text("What should be; null if the check holds.", nullable=True),
        "found": _text("What is; null if the check holds.", nullable=True),
        "message": _text("The result in words, with what to do about a failure."),
    },
)  # fmt: skip

QUARANTINE = _table(
    "quarantine", "One reason for which a sheet is not accepted.", ("file", "check", "message"), {
        "file": _text(_FILE),
        "sheet_id": _text(_SHEET_ID, nullable=True),
        "check": _text("Name of the failed check."),
        "message": _text("What was expected, what was found and what to do."),
    },
)  # fmt: skip

COVERAGE = _table(
    "coverage", "Whether a figure is published for a year, jurisdiction and metric, and if not, why.",
    ("year", "jurisdiction", "metric"), {
        "year": _whole(_YEAR),
        "jurisdiction": _text(_JURISDICTION, refers_to="jurisdictions"),
        "metric": _text("What is measured.", refers_to="metrics"),
        "coverage": _text("Published, or why not.", enum=_COVERAGE),
    },
)  # fmt: skip

METRICS = _table(
    "metrics", "What is measured.", ("metric",), {
        "metric": _text("Id of the metric."),
        "title": _text("Name of the metric."),
        "definition": _text("What is counted, and what is not."),
        "programme": _text("The publisher's programme that counts it."),
        "unit": _text("What one counts; percent for shares."),
        "kind": _text("Count or share.", enum=("count", "share")),
        "period": _text("What the figure covers: the year, all years so far, or the year's end.", enum=("calendar_year", "cumulative", "stock")),
        "of_nation": _flag("Whether sheets print it for the nation."),
        "of_states": _flag("Whether sheets print it for the state."),
    },
)  # fmt: skip

QUALIFIERS = _table(
    "qualifiers", "How the wording around a number bounds the true number.", ("qualifier",), {
        "qualifier": _text("Id of the qualifier."),
        "meaning": _text("What the wording says of the true number."),
        "lower_included": _flag("Whether the true number can be the lower bound itself."),
        "upper_included": _flag("Whether the true number can be the upper bound itself."),
    },
)  # fmt: skip

JURISDICTIONS = _table(
    "jurisdictions", "A state, district or territory, or the nation.", ("jurisdiction",), {
        "jurisdiction": _text("ISO 3166-2 code; US for the nation."),
        "fips": _text("FIPS code; 00 for the nation."),
        "name": _text("Name in English."),
        "kind": _text("What it is.", enum=("nation", "state", "district", "territory")),
    },
)  # fmt: skip

POPULATION = _table(
    "population", "Resident population on July 1, by one vintage of the U.S. Census Bureau's estimates.",
    ("vintage", "year", "jurisdiction"), {
        "vintage": _whole("Year of the estimates' publication; vintages revise each other."),
        "year": _whole("Year of the population."),
        "jurisdiction": _text(_JURISDICTION, refers_to="jurisdictions"),
        "population": _whole("Residents of all ages.", unit="resident"),
        "population_under_18": _whole("Residents under 18; null where the Bureau's table has none.", unit="resident", nullable=True),
    },
)  # fmt: skip

CORROBORATION = _table(
    "corroboration", "An exact national figure that the publisher printed elsewhere.",
    ("year", "jurisdiction", "metric"), {
        "year": _whole(_YEAR),
        "jurisdiction": _text(_JURISDICTION, refers_to="jurisdictions"),
        "metric": _text("What is measured.", refers_to="metrics"),
        "value": _value("The number as printed there."),
        "source": _text("Document that prints it."),
        "page": _whole("Page of the document.", at_least=1),
    },
)  # fmt: skip

COMPARABILITY = _table(
    "comparability", "A reason why a metric's figures of some years are not comparable as they are.",
    ("metric", "from_year", "kind"), {
        "metric": _text("What is measured.", refers_to="metrics"),
        "from_year": _whole("First reporting year it concerns."),
        "to_year": _whole("Last reporting year it concerns; null if it goes on.", nullable=True),
        "kind": _text("What kind of reason.", enum=("series_break", "wording", "definition", "coverage")),
        "note": _text("The reason in words."),
        "source": _text("Document that shows it."),
    },
)  # fmt: skip

CORRECTIONS = _table(
    "corrections", "A printed figure that a maintainer replaced, with the reason.",
    ("sheet_id", "sha256", "metric", "of"), {
        "sheet_id": _text("Sheet that prints the figure."),
        "sha256": _text("SHA-256 of the file's bytes for which the correction holds."),
        "metric": _text("What is measured.", refers_to="metrics"),
        "of": _text("Whether it is the nation's or the state's figure.", enum=("US", "state")),
        "printed": _text("The figure as printed."),
        "corrected": _value("The figure that is published instead."),
        "reason": _text("Why."),
        "link": _text("Where that is documented."),
    },
)  # fmt: skip

PUBLISHED = (
    METRICS, QUALIFIERS, JURISDICTIONS, POPULATION, CORROBORATION, COMPARABILITY, CORRECTIONS, SHEETS, STATEMENTS, NUMERALS,
    OBSERVATIONS, CHECKS, COVERAGE,
)  # fmt: skip
"""The tables of the warehouse and of a release; a table stands behind those it refers to."""
