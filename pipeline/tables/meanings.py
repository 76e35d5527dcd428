"""What is said of a column in several tables, once: meanings and enumerations.

Reads nothing. The tables that use them are in ``tables.schema`` and ``tables.figures``.
"""

from __future__ import annotations

COVERAGE_STATES = ("published", "absent_from_sheet", "sheet_missing", "quarantined")
OBSERVATION_STATUS = ("published", "corrected")
PERIODS = ("calendar_year", "cumulative", "stock")
PERIOD = "What the figure covers: the calendar year, all years so far, or a stock in the year, of a day that the sheets do not name."
YEAR = "Reporting year."
JURISDICTION = "ISO 3166-2 code of the jurisdiction that the figure is about; US for the nation."
VALUE = "The number as printed; read it together with qualifier, lower and upper."
QUALIFIER = "What the wording says of the number; see table qualifiers."
LOWER = "Lower bound of the true number; null if the wording sets none."
UPPER = "Upper bound of the true number; null if the wording sets none."
