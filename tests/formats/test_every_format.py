"""What makes a figure right or wrong is judged the same in every format that can carry it.

Each class has a wording that is refused and a twin that is read, with its value and its note; both
are set in a whole sheet, in each format.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pytest

from pipeline.checks import is_error
from pipeline.parse.sheet import ParsedSheet
from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError
from tests.formats.marked import MARKED
from tests.formats.typesetting import typst_pdf
from tests.parse.reading import figures, read, read_all
from tests.sheets_factory import change, render

SHEET = render()
TABLE = SHEET[
    SHEET.index("Children Missing From") : SHEET.index("\n\nNCMEC's Work to Combat Child Sex T")
]
ROWS = [line.replace(" :", "").split("\t") for line in TABLE.split("\n")]
FIRST = "\n".join(f"{number}\t{label}" for label, number in ROWS)
SHARES = "\n".join(
    f"{label}\t{number}\t{share}"
    for (label, number), share in zip(ROWS, ("66.8%", "22.6%", "10.6%"), strict=True)
)
NUMBERED = "\n".join(f"{n}. {label}\t{number}" for n, (label, number) in enumerate(ROWS, 1))
DOTTED = "\n".join(f"{label} ........\t{number}" for label, number in ROWS)
OTHER = "Cases\t45"

TO_POLICE = ("cybertipline_reports_to_law_enforcement", "state")
IDENTIFIED = ("cvip_children_identified", "US")
INCIDENTS = ("team_adam_incidents", "US")
ENGAGED = ("trafficking_engagements", "state")
RECEIVED = ("cybertipline_reports_received", "US")
ROW = ("missing_child_cases_other", "state")
FACILITY = ("missing_child_cases_social_services", "state")


class Case(NamedTuple):
    """What stands in the place of ``old``: ``refused``, and what is ``read`` as a figure; and the sheets' ends."""

    old: str
    refused: str
    read: str
    figure: tuple[str, str]
    value: str | None
    qualifier: str = "exact"
    note: str | None = None
    end: str = ""
    end_of_refused: str | None = None


AT_END = "**114 new law enforcement and child-serving professionals** in Kentucky."
CLOSED = ("connect_new_users", "state")

CASES = {
    # 1. Sentences
    "words behind": Case("enforcement in Kentucky.", "enforcement in Kentucky and neighboring states.", "enforcement in the state of Kentucky.", TO_POLICE, "8597"),
    "words before": Case("**In 2023, NCMEC had", "**On average each month, in 2023, NCMEC had", "**During 2023, NCMEC had", ENGAGED, "6"),
    "words within": Case("on 57 incidents", "on 57 unverified incidents", "on exactly 57 incidents", INCIDENTS, "57"),
    "another year": Case("**In 2023, 8,597", "**In the previous year, 8,597", "**In calendar year 2023, 8,597", TO_POLICE, "8597"),
    "an aside": Case("on 57 incidents", "on 57 incidents (up from 50 in 2024)", "on 57 incidents (up from 50 in 2022)", INCIDENTS, "57"),
    "an aside at the end": Case("enforcement in Kentucky.", "enforcement in Kentucky, an increase of some.", "enforcement in Kentucky, an increase of 12%.", TO_POLICE, "8597"),
    "a qualifier": Case("of 27,130 children", "of 27,130 (unverified) children", "of 27,130 (est.) children", IDENTIFIED, "27130", "approximately"),
    "a remark": Case("of 27,130 children", "of 27,130 (worldwide) children", "of 27,130 (preliminary) children", IDENTIFIED, "27130", note="preliminary"),
    "a closed rule": Case(AT_END, f"{AT_END} In 2023 additional cases came.", f"{AT_END} In 2023, it was so.", CLOSED, "114"),
    "a closed list": Case(AT_END, f"{AT_END} Family Abductions (1).", f"{AT_END} It is so: (1) this, and (2) that.", CLOSED, "114"),
    "a copyright": Case(AT_END, f"{AT_END}\n\n\u00a9 8597 cases", f"{AT_END}\n\n\u00a9 2024 NCMEC", CLOSED, "114"),
    # 2. Numbers
    "a decimal point": Case("on 57 incidents", "on 1.057 incidents", "on 1,057 incidents", INCIDENTS, "1057"),
    "a dash": Case("on 57 incidents", "on 8\u2014597 incidents", "on 140\u2013150 incidents", INCIDENTS, "140", "between"),
    "a sign": Case("on 57 incidents", "on - 57 incidents", "on ~57 incidents", INCIDENTS, "57", "approximately"),
    "a hyphened number word": Case(AT_END, f"{AT_END} It is two-thirds of them.", f"{AT_END} It is so round-the-clock.", CLOSED, "114"),
    "a space in thousands": Case("**In 2023, 8,597", "**In 2023, 8 597", "**In 2023, 8597", TO_POLICE, "8597"),
    "number words": Case("had 6 engagements", "had twenty hundred engagements", "had two thousand five hundred and six engagements", ENGAGED, "2506"),
    "a note's mark": Case("of 27,130 children", "of 27,130<sup>2</sup> children", "of 27,130<sup>1</sup> children", IDENTIFIED, "27130", note="Includes earlier years.", end="\n\n<sup>1</sup> Includes earlier years."),
    "a note's dagger": Case("of 27,130 children", "of 27,130\u2021 children", "of 27,130\u2020 children", IDENTIFIED, "27130", note="Includes earlier years.", end="\n\n\u2020 Includes earlier years."),
    "a note's bracket": Case("of 27,130 children", "of 27,130[2] children", "of 27,130[1] children", IDENTIFIED, "27130", note="Includes earlier years.", end="\n\n[1] Includes earlier years."),
    "a row's asterisk": Case("Facility\t133", "Facility\t133\u2020", "Facility\t133*", FACILITY, "133", note="Some are counted twice.", end="\n\n* Some are counted twice."),
    "a note of another year": Case("of 27,130 children", "of 27,130\u2020 children", "of 27,130\u2020 children", IDENTIFIED, "27130", note="8,100 in 2022.", end="\n\n\u2020 8,100 in 2022.", end_of_refused="\n\n\u2020 2022 figure."),
    "another weight": Case("**In 2023, 8,597", "**In 2023, 85<b>97</b>", "**In 2023, <b>8</b>,597", TO_POLICE, "8597"),
    "a number in full behind": Case("received 36.2 million reports", "received 36.2 million (37,210,368) reports", "received 36.2 million (36,210,368) reports", RECEIVED, "36210368"),
    "a sign of less": Case("had 6 engagements", "had <>10 engagements", "had <10 engagements", ENGAGED, "10", "fewer_than"),
    "not available": Case("had 6 engagements", "had unknown engagements", "had N/A engagements", ENGAGED, None),
    "a table with numbers first": Case(TABLE, FIRST.replace("45", "45 or"), FIRST, ROW, "45"),
    "a total row": Case(TABLE, f"{TABLE}\nTotal\t198", f"{TABLE}\nTotal\t199", ROW, "45"),
    "percentages": Case(TABLE, SHARES.replace("66.8", "76.8"), SHARES, ROW, "45"),
    "numbered rows": Case(TABLE, NUMBERED.replace("2. ", "5. "), NUMBERED, ROW, "45"),
    "dot leaders": Case(TABLE, DOTTED.replace("\t45", "\t4 5"), DOTTED, ROW, "45"),
    "a row's sign": Case(OTHER, "Cases\t-45", "Cases\t45", ROW, "45"),
    "a row of words": Case(OTHER, "Cases\tforty-", "Cases\tforty-five", ROW, "45"),
    "a date of issue": Case(AT_END, f"{AT_END}\n\nIssued February 31, 2024", f"{AT_END}\n\nIssued March 5, 2024", CLOSED, "114"),
    # 3. What is not seen
    "a struck out number": Case("of 27,130 children", "of <s>26,000</s> 27,130 children", "of <s>the</s> 27,130 children", IDENTIFIED, "27130"),
    "a hidden number": Case("of 27,130 children", "of <hide>more than 26,000</hide> 27,130 children", "of <hide>all</hide> 27,130 children", IDENTIFIED, "27130"),
    "hidden beside": Case("of 27,130 children", "of <hide>7</hide>27,130 children", "of <b>27,130</b> children", IDENTIFIED, "27130"),
    "a hidden figure": Case("on 57 incidents", "on <hide>57</hide> incidents", "on <b>57</b> incidents", INCIDENTS, "57"),
    "a mark that is hidden": Case("of 27,130 children", "of 27,130<hide>1</hide> children", "of 27,130<sup>1</sup> children", IDENTIFIED, "27130", note="Includes earlier years.", end="\n\n<sup>1</sup> Includes earlier years."),
}  # fmt: skip

UNDAMAGED = figures(read(SHEET)[0])


def formats_of(case: Case) -> list[str]:
    """A text has nothing that its reader does not see but what is struck through."""
    return [format_ for format_ in MARKED if format_ != "text" or "<hide>" not in case.refused]


def checked(contents: Iterable[bytes]) -> list[tuple[ParsedSheet, list[str]]]:
    """Each sheet, and the checks by which it is quarantined."""
    found = read_all(map(extract, contents))
    return [(sheet, [f.check for f in findings if is_error(f)]) for sheet, findings in found]


@pytest.mark.parametrize("name", CASES)
def test_a_class_is_refused_and_its_twin_is_read_in_every_format(name):
    case = CASES[name]
    formats = formats_of(case)
    end = case.end if case.end_of_refused is None else case.end_of_refused
    refused = change(SHEET, case.old, case.refused) + end
    twin = change(SHEET, case.old, case.read) + case.end
    found = checked(MARKED[format_](text) for text in (refused, twin) for format_ in formats)
    assert [f for f, (_, errors) in zip(formats, found, strict=False) if not errors] == []
    for format_, (sheet, errors) in zip(formats, found[len(formats) :], strict=True):
        assert (format_, errors) == (format_, [])
        read_as = figures(sheet)
        figure = read_as.pop(case.figure, None)
        value = None if figure is None else (str(figure.value), figure.qualifier)
        assert value == (None if case.value is None else (case.value, case.qualifier)), format_
        assert read_as == {key: one for key, one in UNDAMAGED.items() if key != case.figure}
        notes = {statement.note for statement in sheet.statements if statement.note}
        assert notes == ({case.note} if case.note else set()), format_


@pytest.mark.parametrize("format_", MARKED)
def test_a_hidden_number_beside_no_figure_is_a_warning(format_):
    mark = "s" if format_ == "text" else "hide"
    text = f"{SHEET}\n\nNCMEC helps <{mark}>12</{mark}> many."
    ((sheet, findings),) = read_all([extract(MARKED[format_](text))])
    assert [f.check for f in findings if not f.passed] == ["hidden_text_holds_no_number"]
    assert figures(sheet) == UNDAMAGED


SETTING_ANY_SPACE = {**MARKED, "pdf": typst_pdf}


@pytest.mark.parametrize("space", ["\u2009", "\u202f", "\u2007", "\u00a0"])
@pytest.mark.parametrize("format_", SETTING_ANY_SPACE)
def test_thin_spaces_part_thousands_in_every_format(format_, space):
    text = change(SHEET, "8,597", f"8{space}597")
    ((sheet, errors),) = checked([SETTING_ANY_SPACE[format_](text)])
    assert (errors, figures(sheet)) == ([], UNDAMAGED)


@pytest.mark.parametrize("turning", ["\u202e", "\u202d"])
@pytest.mark.parametrize("format_", ["text", "html", "docx"])
def test_a_character_that_turns_the_order_of_digits_is_refused_in_every_format(format_, turning):
    """No font draws one, so that no PDF holds it."""
    make = MARKED[format_]
    with pytest.raises(
        NotTextError, match=f"control character U\\+{ord(turning):04X} at character"
    ):
        extract(make(change(SHEET, "on 57 incidents", f"on {turning}75\u202c incidents")))
    ((sheet, errors),) = checked([make(change(SHEET, "on 57 incidents", "on 57 inci\u00addents"))])
    assert (errors, figures(sheet)) == ([], UNDAMAGED)
