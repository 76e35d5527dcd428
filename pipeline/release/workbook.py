"""The figures as a workbook, for who opens them in a spreadsheet.

Reads the table ``figures`` and the dictionary, gives one ``.xlsx`` file with three sheets: what to
know first, the figures, the columns. FIPS codes, wordings and ids are text, so that no spreadsheet
takes them for numbers; the only time in the file is the first day of the release's month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pipeline.release.api import plain
from pipeline.release.content import (
    LARGEST_IN_ONE_FILE,
    ReleaseContent,
    publisher,
)
from pipeline.release.dictionary import DICTIONARY_COLUMNS, DictionaryRow
from pipeline.storage.names import WORKBOOK
from pipeline.tables.figures import FIGURES

LONGEST_CELL = 32_767
"""Characters that a cell holds at most."""
CUT = " [cut: the CSV has the whole text]"
_WIDTHS = {"notes": 60, "quote": 60, "title": 40, "printed": 22, "meaning": 100, "metric": 40, "observation_id": 40}  # fmt: skip
_USUAL_WIDTH = 16


def write_workbook(
    content: ReleaseContent,
    first: Iterable[str],
    dictionary: Iterable[DictionaryRow],
    folder: Path,
    largest: int = LARGEST_IN_ONE_FILE,
) -> bool:
    """Write the workbook, unless there are more figures than a spreadsheet is good for.

    Args:
        content: the release.
        first: the lines of the sheet "Read me first".
        dictionary: what each column is.
        folder: the release's folder.
        largest: with more figures than that there is no workbook.

    Returns:
        Whether there is one.
    """
    if content.tables.rows(FIGURES.name) > largest:
        return False
    # Nothing is guessed from a text: no number, no formula, no link.
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(folder / WORKBOOK, options) as workbook:
        year, month = (int(part) for part in content.month.split("-"))
        # A workbook's times have no zone; this is a date that the version names, not a clock's.
        created = datetime(year, month, 1)  # noqa: DTZ001
        title = f"{publisher().title} {content.version}"
        workbook.set_properties({"title": title, "created": created})
        bold = workbook.add_format({"bold": True})
        text = workbook.add_format({"text_wrap": True, "valign": "top"})
        read_me = workbook.add_worksheet("Read me first")
        read_me.set_column(0, 0, 110, text)
        for place, line in enumerate(first):
            read_me.write_string(place, 0, line, bold if place == 0 else text)
        _write_rows(
            workbook.add_worksheet(FIGURES.name),
            list(FIGURES.columns),
            (
                row
                for batch in content.tables.batches(FIGURES.name)
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
            ),
            bold,
        )
        _write_rows(workbook.add_worksheet("dictionary"), DICTIONARY_COLUMNS, dictionary, bold)
    return True


def _write_rows(
    sheet: Worksheet, heads: Sequence[str], rows: Iterable[Iterable[Any]], bold: Any
) -> None:
    for column, head in enumerate(heads):
        sheet.set_column(column, column, _WIDTHS.get(head, _USUAL_WIDTH))
        sheet.write_string(0, column, head, bold)
    count = 0
    for count, row in enumerate(rows, start=1):  # the last count is the last row
        for column, value in enumerate(row):
            if value is not None:
                _write_cell(sheet, count, column, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, len(heads) - 1)


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    match value:
        case str():
            sheet.write_string(row, column, fitting(value))
        case bool():
            sheet.write_boolean(row, column, value)
        case int():
            sheet.write_number(row, column, value)
        case Decimal():
            sheet.write_number(row, column, plain(value))
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a cell")


def fitting(text: str) -> str:
    """A text as a cell can hold it: what is longer ends with a remark that it is cut."""
    units = text.encode("utf-16-le")  # as spreadsheets count
    if len(units) // 2 <= LONGEST_CELL:
        return text
    return units[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT
