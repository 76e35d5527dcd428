"""The table that readers use first: ``figures``, self-contained, from which all views read.

Reads nothing, gives its schema; ``tables.schema`` lists it with the others. How its rows come about
is told in ``validate.figures``.
"""

from __future__ import annotations

from pipeline.tables.columns import Column, Table, flag, rate, text, value, whole

# Meanings and values that other tables have too.
COVERAGE_STATES = ("published", "absent_from_sheet", "sheet_missing", "quarantined")
OBSERVATION_STATUS = ("published", "corrected")
PERIODS = ("calendar_year", "cumulative", "stock")
PERIOD = "What the figure covers: the calendar year, all years so far, or a stock in the year, of a day that the sheets do not name."
YEAR = "Reporting year."
JURISDICTION = "ISO 3166-2 code of the jurisdiction that the figure is about; US for the nation."
LOWER = "Lower bound of the true number; null if the wording sets none."
UPPER = "Upper bound of the true number; null if the wording sets none."


def _rates() -> dict[str, Column]:
    """Rates by residents and by residents under 18, each with the bounds of its interval."""
    bases = {"residents": "residents", "under_18": "residents under 18"}
    null = "Null for the nation, for what is no count, for small counts, and where the Bureau has no population."
    columns = {}
    for base, people in bases.items():
        unit = f"per 100,000 {people}"
        columns[f"per_100000_{base}"] = rate(
            f"A state's count per 100,000 {people}, rounded to four decimals. {null}", unit=unit
        )
        for bound in ("lower", "upper"):
            columns[f"per_100000_{base}_{bound}"] = rate(
                f"The rate of {bound}; null too if the wording sets no such bound.", unit=unit
            )
    return columns


FIGURES = Table(
    "figures", "One figure that a reader could ask for, present or absent, with all that belongs to it: of each place that has a sheet of the year, and of the nation, every metric that sheets of the year print of such a place.",
    ("year", "jurisdiction", "metric"), {
        "year": whole(YEAR),
        "jurisdiction": text(JURISDICTION, refers_to="jurisdictions"),
        "name": text("Name of the jurisdiction in English."),
        "fips": text("FIPS code of the jurisdiction, two digits as text; 00 for the nation."),
        "scope": text("Whether the figure is of the nation or of a state, district or territory; add up figures of states only.", enum=("nation", "state")),
        "program": text("The publisher's program that counts it."),
        "metric": text("What is measured.", refers_to="metrics"),
        "title": text("Name of the metric."),
        "unit": text("What one counts; percent for shares."),
        "period": text(PERIOD, enum=PERIODS),
        "coverage": text("Published, or why not.", enum=tuple(state for state in COVERAGE_STATES if state != "sheet_missing")),
        "value": value("The number as printed, or as corrected; read it together with qualifier, lower and upper. Null if no figure is published.", nullable=True),
        "printed": text("The figure as its sheet prints it, with the words that qualify it, on one line; null if no figure is published.", nullable=True),
        "qualifier": text("What the wording says of the number; see table qualifiers. Null if no figure is published.", nullable=True, refers_to="qualifiers"),
        "lower": value(LOWER, nullable=True),
        "upper": value(UPPER, nullable=True),
        "status": text("Published as printed, or corrected by a maintainer; null if no figure is published.", nullable=True, enum=OBSERVATION_STATUS),
        **_rates(),
        "population_vintage": whole("Vintage of the population estimates in the rates; null where the Bureau has no figure, and for the nation.", nullable=True),
        "small_count": flag("Whether a count may rest on 20 cases or fewer, judged by lower, or by 0 where the wording sets no lower bound; such counts get no rate and no rank. Null if no figure is published.", nullable=True),
        "notes": text("All that must not be misread: why the figure is absent or corrected, and what keeps it from being compared as it is. Null if nothing is known.", nullable=True),
        "quote": text("The sentence or table row that prints the figure, on one line; of the nation, from the first accepted sheet with the published wording.", nullable=True),
        "file": text("File of the sheet with the quote; null if no figure is published.", nullable=True, refers_to="sheets"),
        "printed_start": whole("First character of printed in the text of that sheet.", unit="character", nullable=True),
        "printed_end": whole("Character behind printed in the text of that sheet.", unit="character", nullable=True),
        "observation_id": text("Id of the published figure: year, jurisdiction and metric; null if none is published.", nullable=True, refers_to="observations"),
        "statements": whole("How many accepted sheets print the figure; null if none is published.", unit="sheet", nullable=True, at_least=1),
    },
)  # fmt: skip
