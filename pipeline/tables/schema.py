"""Every table, defined once: columns with type, unit and meaning, keys, enumerations.

Reads nothing, gives one table with its columns each. All else that speaks of a column is
derived from here: the strict pandera schema that checks each hand-over, DuckDB's types, constraints and comments, the
Parquet schemas, the data dictionary.

Columns hold Arrow types in pandas: integers stay integers next to nulls, and decimals are exact.
"""

from __future__ import annotations

from pipeline.tables.columns import Column, Table, binary, flag, points, text, value, whole
from pipeline.tables.figures import (
    COVERAGE_STATES,
    FIGURES,
    JURISDICTION,
    LOWER,
    OBSERVATION_STATUS,
    PERIOD,
    PERIODS,
    UPPER,
    YEAR,
)

TEXTS = 1 << 11
"""Rows at a time of a table that holds whole texts."""

_FILE = "File of the sheet, below the raw folder."
_SHEET_ID = "Sheet: reporting year and jurisdiction, as its text says; null if it does not."
_VALUE = "The number as printed; read it together with qualifier, lower and upper."
_QUALIFIER = "What the wording says of the number; see table qualifiers."
_BOX = "of printed on its page (of the line with its digits if it is broken over two), from the page's lower left corner; null if the sheet has no layout."


def _of(table: Table, *names: str) -> dict[str, Column]:
    """Columns that another table has too."""
    return {name: table.columns[name] for name in names}


RAW_SHEETS = Table(
    "raw_sheets", "One file of the raw folder.", ("file",), {
        "file": text(_FILE),
        "bytes": whole("Size of the file.", unit="byte"),
        "sha256": text("SHA-256 of the file's bytes; null if it could not be read.", nullable=True),
        "problem": text("Why the file cannot be taken; null if it can.", nullable=True),
        "recorded_sha256": text("SHA-256 in raw/manifest.csv; null if it is not listed.", nullable=True),
        "origin": text("Where the file came from, by the manifest.", nullable=True),
        "retrieved": text("When the file was taken, by the manifest; ISO 8601 date, or date and time in UTC.", nullable=True),
    },
)  # fmt: skip

SHEET_TEXTS = Table(
    "sheet_texts", "The decoded or extracted text of one file.", ("file",), {
        "file": text(_FILE),
        "sha256": text("SHA-256 of the file's bytes.", nullable=True),
        "format": text("Format by the content: Markdown is text; null if it is none that is read.", nullable=True, enum=("text", "pdf", "html", "docx")),
        "extractor": text("What made the text of the bytes, with its version; null if there is no text.", nullable=True),
        "encoding": text("Encoding that decodes the bytes to the text; null if none does, and for PDF and DOCX.", nullable=True),
        "text": text("The text, to whose characters all spans refer; null if there is none.", nullable=True),
        "text_sha256": text("SHA-256 of the text in UTF-8; null if there is none.", nullable=True),
        "skipped": text("What the extraction left out, as a JSON list of text, reason and offset; null if nothing.", nullable=True),
        "layout": binary("Where each character of a PDF's text stands, packed as in sheets.layout; null for other formats.", nullable=True),
        "pages": whole("Pages of the text; a form feed ends a page.", unit="page"),
        "characters": whole("Length of the text.", unit="character"),
        "problem": text("Why there is no text; null if there is.", nullable=True),
        "interrupted": flag("Whether the extraction was cut short, so that the next build tries again."),
    }, batch=TEXTS,
)  # fmt: skip

PARSED_SHEETS = Table(
    "parsed_sheets", "What one sheet says it is.", ("file",), {
        "file": text(_FILE),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "year": whole(YEAR, nullable=True),
        "jurisdiction": text("Jurisdiction of the sheet.", nullable=True),
        "figures_sha256": text("SHA-256 of the figures it states; the same for a sheet in another format, layout or markup.", nullable=True),
        "issued": text("Date of issue that the sheet names, ISO 8601 by day or by month; null where it names none.", nullable=True),
        "not_available": text("Figures that the sheet says are not available, as `metric of state: wording`, separated by semicolons; null if none.", nullable=True),
        "figures": whole("Statements captured from the sheet.", unit="statement"),
        "numerals": whole("Numerals of the sheet.", unit="numeral"),
        "unaccounted": whole("Numerals neither captured nor explained.", unit="numeral"),
    },
)  # fmt: skip

SHEETS = Table(
    "sheets", "One file of the raw folder, and what became of it.", ("file",), {
        "file": text(_FILE),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "year": whole("Reporting year by the text; null if it is not settled.", nullable=True),
        "jurisdiction": text("Jurisdiction by the text; null if it is not settled.", nullable=True, refers_to="jurisdictions"),
        "status": text("Whether the sheet's figures are in observations.", enum=("accepted", "duplicate", "superseded", "pending", "quarantined")),
        "reason": text("Why the sheet is not accepted; null if it is.", nullable=True),
        **_of(RAW_SHEETS, "bytes", "sha256"),
        **_of(SHEET_TEXTS, "format", "extractor"),
        "encoding": text("Encoding that decodes the bytes to the text; null for PDF and DOCX.", nullable=True),
        **_of(SHEET_TEXTS, "text_sha256", "pages", "characters"),
        **_of(PARSED_SHEETS, "issued", "not_available", "figures", "numerals", "unaccounted"),
        "origin": text("Where the file came from, by raw/manifest.csv.", nullable=True),
        "retrieved": text("When the file was taken, by raw/manifest.csv; ISO 8601 date, or date and time in UTC.", nullable=True),
        "text": text("The decoded or extracted text, to whose characters all spans refer.", nullable=True),
    }, batch=TEXTS,
)  # fmt: skip

STATEMENTS = Table(
    "statements", "One figure as one sheet prints it, accepted or not.", ("statement_id",), {
        "statement_id": text("File, US or state, and metric; numbered where a sheet repeats a figure."),
        "file": text(_FILE, refers_to="sheets"),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "year": whole("Reporting year of the sheet; null if it is not settled.", nullable=True),
        "jurisdiction": text(JURISDICTION, nullable=True, refers_to="jurisdictions"),
        "metric": text("What is measured.", refers_to="metrics"),
        "value": value(_VALUE),
        "qualifier": text(_QUALIFIER, refers_to="qualifiers"),
        "lower": value(LOWER, nullable=True),
        "upper": value(UPPER, nullable=True),
        "printed": text("The figure with its qualifier, exactly as the text prints it."),
        "printed_start": whole("First character of printed in the text.", unit="character"),
        "printed_end": whole("Character behind printed in the text.", unit="character"),
        "quote": text("The sentence or table row that prints the figure, exactly as in the text."),
        "page": whole("Page of the text, from 1.", at_least=1),
        "char_start": whole("First character of quote in the text.", unit="character"),
        "char_end": whole("Character behind quote in the text.", unit="character"),
        "box_left": points(f"Left edge {_BOX}", nullable=True),
        "box_bottom": points(f"Lower edge {_BOX}", nullable=True),
        "box_right": points(f"Right edge {_BOX}", nullable=True),
        "box_top": points(f"Upper edge {_BOX}", nullable=True),
        "pattern": text("The catalog's sentence or table row that matched."),
        "note": text("What the sheet says of the figure in a footnote or an aside, as printed; null if nothing.", nullable=True),
        "corrected": value("What a maintainer's correction puts in the place of value; null if none.", nullable=True),
    }, grows_with_figures=True,
)  # fmt: skip

NUMERALS = Table(
    "numerals", "One numeral of one sheet, in digits or as a word, and what became of it.",
    ("file", "char_start"), {
        "file": text(_FILE, refers_to="sheets"),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "page": whole("Page of the text, from 1.", at_least=1),
        "char_start": whole("First character in the text.", unit="character"),
        "char_end": whole("Character behind it in the text.", unit="character"),
        "printed": text("The numeral, exactly as the text prints it."),
        "form": text("Digits or a word.", enum=("digits", "word")),
        "disposition": text("What became of it.", enum=("captured", "explained", "unaccounted")),
        "rule": text("The wording that captures it or the rule that explains it; null if unaccounted.", nullable=True),
    }, grows_with_figures=True,
)  # fmt: skip

OBSERVATIONS = Table(
    "observations", "One figure of a year, jurisdiction and metric, from the accepted sheets.",
    ("observation_id",), {
        "observation_id": text("Year, jurisdiction and metric."),
        "year": whole(YEAR),
        "jurisdiction": text(JURISDICTION, refers_to="jurisdictions"),
        "metric": text("What is measured.", refers_to="metrics"),
        "value": value(_VALUE),
        "qualifier": text(_QUALIFIER, refers_to="qualifiers"),
        "lower": value(LOWER, nullable=True),
        "upper": value(UPPER, nullable=True),
        "status": text("Published as printed, or corrected by a maintainer.", enum=OBSERVATION_STATUS),
        "sheet_id": text("Sheet that prints the figure; null for the nation, whose figures stand on several sheets, though not each on every one.", nullable=True),
        "statements": whole("How many accepted sheets print the figure in just these words; a correction counts as printed.", unit="sheet", at_least=1),
    },
)  # fmt: skip

CHECKS = Table(
    "checks", "The result of one check on one subject.", ("check_id",), {
        "check_id": text("Subject, check and running number."),
        "check_name": text("Name of the check."),
        "level": text("What a failure means: error quarantines, warning reports.", enum=("error", "warning")),
        "passed": flag("Whether the check holds."),
        "file": text(_FILE, nullable=True, refers_to="sheets"),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "year": whole("Reporting year, where the check is about one.", nullable=True),
        "metric": text("Metric, where the check is about one.", nullable=True, refers_to="metrics"),
        "expected": text("What should be; null if the check holds.", nullable=True),
        "found": text("What is; null if the check holds.", nullable=True),
        "message": text("The result in words, with what to do about a failure."),
    }, grows_with_figures=True,
)  # fmt: skip

QUARANTINE = Table(
    "quarantine", "One reason for which a sheet is not accepted.", ("file", "check_name", "message"), {
        "file": text(_FILE),
        "sheet_id": text(_SHEET_ID, nullable=True),
        "check_name": text("Name of the failed check."),
        "message": text("What was expected, what was found and what to do."),
    },
)  # fmt: skip

COVERAGE = Table(
    "coverage", "Whether a figure is published for a year, jurisdiction and metric, and if not, why.",
    ("year", "jurisdiction", "metric"), {
        "year": whole(YEAR),
        "jurisdiction": text(JURISDICTION, refers_to="jurisdictions"),
        "metric": text("What is measured.", refers_to="metrics"),
        "coverage": text("Published, or why not.", enum=COVERAGE_STATES),
    },
)  # fmt: skip

METRICS = Table(
    "metrics", "What is measured.", ("metric",), {
        "metric": text("Id of the metric."),
        "title": text("Name of the metric."),
        "definition": text("What is counted, and what is not."),
        "program": text("The publisher's program that counts it."),
        "unit": text("What one counts; percent for shares."),
        "kind": text("Count, share in percent, or the n of 'one in n'.", enum=("count", "share", "one_in")),
        "period": text(PERIOD, enum=PERIODS),
        "of_nation": flag("Whether sheets print it for the nation."),
        "of_states": flag("Whether sheets print it for the state."),
    },
)  # fmt: skip

QUALIFIERS = Table(
    "qualifiers", "How the wording around a number bounds the true number.", ("qualifier",), {
        "qualifier": text("Id of the qualifier."),
        "meaning": text("What the wording says of the true number."),
        "lower_included": flag("Whether the true number can be the lower bound itself."),
        "upper_included": flag("Whether the true number can be the upper bound itself."),
    },
)  # fmt: skip

JURISDICTIONS = Table(
    "jurisdictions", "A state, district or territory, or the nation.", ("jurisdiction",), {
        "jurisdiction": text("ISO 3166-2 code; US for the nation."),
        "fips": text("FIPS code; 00 for the nation."),
        "name": text("Name in English."),
        "kind": text("What it is.", enum=("nation", "state", "district", "territory")),
    },
)  # fmt: skip

POPULATION = Table(
    "population", "Resident population on July 1, by one vintage of the U.S. Census Bureau's estimates.",
    ("vintage", "year", "jurisdiction"), {
        "vintage": whole("Year of the estimates' publication; vintages revise each other."),
        "year": whole("Year of the population."),
        "jurisdiction": text(JURISDICTION, refers_to="jurisdictions"),
        "population": whole("Residents of all ages.", unit="resident"),
        "population_under_18": whole("Residents under 18; null where the Bureau's table has none.", unit="resident", nullable=True),
    },
)  # fmt: skip

CORROBORATION = Table(
    "corroboration", "An exact national figure that the publisher printed elsewhere.", ("year", "jurisdiction", "metric"), {
        "year": whole(YEAR),
        "jurisdiction": text(JURISDICTION, refers_to="jurisdictions"),
        "metric": text("What is measured.", refers_to="metrics"),
        "value": value("The number as printed there."),
        "source": text("Document that prints it."),
        "page": whole("Page of the document.", at_least=1),
    },
)  # fmt: skip

COMPARABILITY = Table(
    "comparability", "What must not be misread about a metric's figures of some years, or keeps them from being compared as they are.",
    ("metric", "from_year", "kind"), {
        "metric": text("What is measured.", refers_to="metrics"),
        "from_year": whole("First reporting year it concerns."),
        "to_year": whole("Last reporting year it concerns; null if it goes on.", nullable=True),
        "kind": text("What kind of note: a break in the series, what the figure does not stand for, other counts of the publisher, its wording, its definition, or where it is printed.", enum=("series_break", "use", "other_counts", "wording", "definition", "coverage")),
        "note": text("The note in words."),
        "source": text("Document that shows it."),
    },
)  # fmt: skip

CORRECTIONS = Table(
    "corrections", "A printed figure that a maintainer replaced, with the reason.", ("sheet_id", "sha256", "metric", "of"), {
        "sheet_id": text("Sheet that prints the figure."),
        "sha256": text("SHA-256 of the file's bytes for which the correction holds."),
        "metric": text("What is measured.", refers_to="metrics"),
        "of": text("Whether it is the nation's or the state's figure.", enum=("US", "state")),
        "printed": text("The figure as printed."),
        "corrected": value("The figure that is published instead."),
        "reason": text("Why."),
        "link": text("Where that is documented."),
    },
)  # fmt: skip

ACCEPTANCES = Table(
    "acceptances", "A newer text of a published sheet that a maintainer let in although it revises figures.", ("sheet_id", "replaces"), {
        "sheet_id": text("Sheet whose figures it revises."),
        "sha256": text("SHA-256 of the bytes of the file that was let in."),
        "replaces": text("SHA-256 of the bytes of the file that was published before."),
        "accepted": text("Day of the decision, ISO 8601."),
        "reason": text("Why, in the maintainer's words; null if none are given.", nullable=True),
    },
)  # fmt: skip

PUBLISHED = (
    FIGURES, OBSERVATIONS, COVERAGE, STATEMENTS, SHEETS, METRICS, QUALIFIERS, COMPARABILITY, JURISDICTIONS,
    POPULATION, CORROBORATION, CORRECTIONS, ACCEPTANCES, CHECKS, NUMERALS,
)  # fmt: skip
"""The tables of the warehouse and of a release, what readers ask for first."""

KEYS = {table.name: table.key[0] for table in PUBLISHED if len(table.key) == 1}
"""The key column of each table that another may refer to."""

BY_NAME = {
    table.name: table for table in (*PUBLISHED, QUARANTINE, RAW_SHEETS, SHEET_TEXTS, PARSED_SHEETS)
}
"""The tables that move as files, by name."""
