"""Checks summed up: how often each held and failed, and its first failures.

Reads rows of CHECKS, gives a summary that is small however many sheets there are; summaries of
batches add up to that of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.tables.files import TableFiles, rows
from pipeline.tables.schema import CHECKS

SHOWN = 20
"""Failures of one check that a summary lists; all of them are in the table checks."""

_SHOWN_COLUMNS = ("file", "metric", "expected", "found", "message")


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """For each check how often it held and how often it failed, and its first failures as rows."""

    counts: dict[str, tuple[int, int]]
    failures: dict[str, list[dict[str, Any]]]

    @classmethod
    def of_table(cls, tables: TableFiles) -> CheckSummary:
        """The summary of the whole table checks."""
        with tables.connection([CHECKS.name]) as connection:
            counted = rows(
                connection,
                "select check_name, count(*) filter (passed) as held, "
                "count(*) filter (not passed) as failed from checks group by 1 order by 1",
            )
            shown = ", ".join(f'"{name}"' for name in _SHOWN_COLUMNS)
            failing = connection.execute(
                f"select check_name, {shown} from checks where not passed qualify row_number() over "
                f"(partition by check_name order by check_id) <= {SHOWN} order by check_id"
            ).fetchall()
        failures: dict[str, list[dict[str, Any]]] = {}
        for check, *values in failing:
            shown_row = dict(zip(_SHOWN_COLUMNS, values, strict=True))
            failures.setdefault(check, []).append(shown_row)
        return cls({row[0]: (row.held, row.failed) for row in counted}, failures)
