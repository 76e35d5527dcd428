"""Whether a text is a state fact sheet at all; what it lacks beyond that does not matter then.

Reads one parsed sheet, gives one finding. Imports no pandas: a foreign file is told at once.
"""

from __future__ import annotations

from pipeline.checks import failed, passed
from pipeline.model import Finding
from pipeline.parse.sheet import ParsedSheet

IS_A_SHEET = "is_a_state_fact_sheet"


def kind_of(sheet: ParsedSheet) -> Finding:
    """A text that names no state and holds no known sentence with a figure is something else."""
    if sheet.jurisdiction is not None or sheet.statements:
        return passed(IS_A_SHEET, f"{sheet.name}: a state fact sheet")
    year = "" if sheet.year else "no reporting year, "
    message = (
        f"{sheet.name}: is no state fact sheet: no title with a state, {year}no sentence with a "
        "figure that the catalog knows; remove it from the raw folder"
    )
    return failed(IS_A_SHEET, message, expected="a state fact sheet", found="another text")
