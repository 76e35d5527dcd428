"""Every check by name: its level, what it means, and at which asset it is shown.

Read by the stages that report findings and by the orchestration that shows them. What a sheet's
figures must keep is made in ``validate.sheet_checks``, a class with the check's name each. An error
quarantines the sheet it is about; a warning is reported and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.model import Finding, Level

Stage = Literal["sheet_texts", "statements", "numerals", "observations"]


@dataclass(frozen=True, slots=True)
class Check:
    """One named check: ``level`` of its failures, ``stage`` (asset) it belongs to, meaning.

    A failure of a ``blocking`` check stops the build: nothing is loaded or released.
    """

    name: str
    level: Level
    stage: Stage
    meaning: str
    blocking: bool = False


_CHECKS = (
    Check("file_is_readable", "error", "sheet_texts", "The file can be read, lies inside the raw folder and is within the size cap."),
    Check("file_holds_text", "error", "sheet_texts", "The file is a text, PDF, HTML or DOCX document within the limits, and its text is not empty and without control characters."),
    Check("manifest_agrees", "warning", "sheet_texts", "The file's sha256 is the one recorded in raw/manifest.csv, where it is listed."),
    Check("is_a_state_fact_sheet", "error", "statements", "The text names a state in its title or holds a sentence of the catalog with a figure."),
    Check("one_state_is_named", "error", "statements", "Title and sentences name one jurisdiction of the catalog, and the same one."),
    Check("one_year_is_named", "error", "statements", "The text names exactly one reporting year."),
    Check("folder_and_year_agree", "error", "statements", "A year in the file's folder is the year the text names."),
    Check("required_metrics_are_printed", "error", "statements", "Every metric the catalog requires of the year is printed."),
    Check("sentences_are_whole", "error", "statements", "A sentence with figures holds the catalog's words and asides, and no others."),
    Check("announced_figures_are_read", "error", "statements", "Where the words around an optional metric's figure stand, its figure is read."),
    Check("captured_text_is_all_visible", "error", "statements", "No hidden or struck-out number stands in or beside a captured sentence."),
    Check("hidden_text_holds_no_number", "warning", "statements", "Nothing that a reader does not see holds a number."),
    Check("metrics_are_printed_once", "error", "statements", "A metric printed more than once has the same figure each time."),
    Check("table_rows_are_known", "error", "statements", "Every row of a table is one of the catalog's closed set, each once."),
    Check("wording_is_evidenced", "warning", "statements", "The wording is evidenced for the sheet's reporting year."),
    Check("spans_reread", "error", "statements", "Reading each statement's spans again yields its quote and its printed figure."),
    Check("values_are_within_bounds", "error", "statements", "Values lie within the catalog's bounds, counts are whole, shares are percentages."),
    Check("parts_sum_to_totals", "error", "statements", "The parts of a total add up to the total that is stated."),
    Check("parts_do_not_exceed_wholes", "error", "statements", "A part is not larger than its whole, a state not larger than the nation."),
    Check("numerals_are_accounted_for", "error", "numerals", "Every numeral in digits is captured by one metric or explained by a rule."),
    Check("number_words_are_accounted_for", "error", "numerals", "Every number word that may hide a figure is captured or explained."),
    Check("everyday_words_are_accounted_for", "warning", "numerals", "The words 'no' and 'one' are captured or explained."),
    Check("state_and_year_come_once", "error", "observations", "No two sheets of the same state and year state different figures."),
    Check("newer_texts_are_let_in", "warning", "observations", "No newer text of a published sheet waits since it would change or drop a figure of it."),
    Check("acceptances_apply", "warning", "observations", "Every revision in raw/acceptances.csv is of a file that is there, and let in."),
    Check("national_figures_agree", "error", "observations", "No sheet of a year contradicts the national figure that most of them print."),
    Check("national_wordings_agree", "warning", "observations", "All sheets of a year print a national figure in the same words; else those of most sheets are published."),
    Check("national_figures_have_a_majority", "error", "observations", "A national figure on which sheets differ has a majority; without one it is withheld."),
    Check("manifest_is_complete", "warning", "observations", "raw/manifest.csv, where there is one, lists the files of the raw folder and no others."),
    Check("corrections_apply", "error", "observations", "Every correction finds its sheet's bytes and the printed figure it replaces.", blocking=True),
    Check("corroborated_elsewhere", "warning", "observations", "A national figure's interval holds the exact number the publisher printed elsewhere."),
    Check("no_jump_between_years", "warning", "observations", "A value is within a factor of three of the year before."),
)  # fmt: skip

CHECKLIST: dict[str, Check] = {check.name: check for check in _CHECKS}
"""Checks by name, in the order in which they are made."""


def passed(name: str, message: str, *, metric: str | None = None) -> Finding:
    """A finding that the named check holds."""
    return Finding(CHECKLIST[name].name, True, message, metric=metric)


def failed(
    name: str, message: str, *, expected: str, found: str, metric: str | None = None
) -> Finding:
    """A finding that the named check does not hold; the message says what to do about it."""
    return Finding(CHECKLIST[name].name, False, message, expected, found, metric)


def is_error(finding: Finding) -> bool:
    """Whether the finding is a failure that quarantines its sheet."""
    return not finding.passed and CHECKLIST[finding.check].level == "error"
