"""A figure counts only where every word of its sentence is accounted for."""

from __future__ import annotations

import pytest

from pipeline.sheets.decode import SheetText
from pipeline.sheets.extracted import SkippedText
from tests.parse.reading import errors, failures, figures, read, read_all, value
from tests.sheets_factory import KENTUCKY_2023, change, render

SHEET = render()
ENGAGEMENTS = "**In 2023, NCMEC had 6 engagements with Kentucky social service agencies on cases involving child sex trafficking.**"
REPORTS = (
    "**In 2023, 8,597 CyberTipline reports were made available to law enforcement in Kentucky.**"
)
IDENTIFIED = "NCMEC has supported law enforcement's identification of 27,130 children."
TEAM_ADAM = "In 2023, at the request of law enforcement, Team Adam was activated on 57 incidents involving critically missing children and provided assistance on 146 long-term missing children cases."


def with_sentence(old, new):
    return change(SHEET, old, new)


BESIDES = {
    "behind the state": (REPORTS, "in Kentucky.", "in Kentucky and neighboring states."),
    "another place": (REPORTS, "in Kentucky.", "in Kentucky City."),
    "or more": (REPORTS, "in Kentucky.", "in Kentucky, or more."),
    "a second state": (REPORTS, "in Kentucky.", "in Kentucky and Tennessee."),
    "each month": (ENGAGEMENTS, "**In 2023, NCMEC", "**On average each month in 2023, NCMEC"),
    "average before": (ENGAGEMENTS, "**In 2023,", "**On average each month, in 2023,"),
    "previous year": (ENGAGEMENTS, "**In 2023,", "**In the previous year, not in 2023,"),
    "behind the last word": (ENGAGEMENTS, "trafficking.", "trafficking each month."),
    "since it began": (IDENTIFIED, "27,130 children.", "27,130 children since the program began."),
    "before a name": (IDENTIFIED, "NCMEC has", "Since 1984 NCMEC has"),
    "words before": (IDENTIFIED, "NCMEC has", "Together with others, NCMEC has"),
    "a fiscal year": (ENGAGEMENTS, "In 2023", "In fiscal year 2023"),
    "half of the year": (ENGAGEMENTS, "In 2023", "In the first half of the year 2023"),
    "a full stop in the state": (REPORTS, "in Kentucky.", "in K.entucky."),
    "a part of the state": (REPORTS, "in Kentucky.", "in the east of Kentucky."),
    "a semicolon": (IDENTIFIED, "children.", "children; most were girls."),
    "a bracket": (IDENTIFIED, "children.", "children (worldwide)."),
    "in the middle": (TEAM_ADAM, "57 incidents", "57 unverified incidents"),
    "a doubled unit": (TEAM_ADAM, "57 incidents", "57 incidents a month"),
    "another noun": (TEAM_ADAM, "57 incidents", "57 leads"),
    "three full stops": (IDENTIFIED, "children.", "children..."),
    "an ellipsis": (IDENTIFIED, "children.", "children\u2026"),
    "behind a colon": ("from Kentucky as follows:", "follows:", "follows: each month"),
    "a colon twice": ("from Kentucky as follows:", "follows:", "follows: follows:"),
    "small letters on the next line": (REPORTS, "Kentucky.", "Kentucky.\nand neighboring states."),
    "small letters below a heading": (
        REPORTS,
        REPORTS,
        f"### {REPORTS[2:-3]}\nand neighboring states.",
    ),
    "a hyphen behind a number word": (ENGAGEMENTS, "6 engagements", "one-engagements"),
    "a hyphen before a number word": (ENGAGEMENTS, "had 6", "had-one"),
    "a question mark": (TEAM_ADAM, "children cases.", "children cases?"),
    "a question": (TEAM_ADAM, "In 2023, at", "Is it true that in 2023, at"),
    "a footnote that is nowhere": (IDENTIFIED, "27,130", "27,130\u2020"),
    "an unknown word before the number": (TEAM_ADAM, "on 57", "on barely 57"),
    "an unknown bracket": (TEAM_ADAM, "57 incidents", "57 (unverified) incidents"),
    "an aside of a later year": (TEAM_ADAM, "57 incidents", "57 incidents (up from 50 in 2024)"),
    "only, before the year": (TEAM_ADAM, "In 2023,", "In only 2023,"),
    "half of a number word": (ENGAGEMENTS, "had 6 engagements", "had twenty- engagements"),
    "only, before other words": (TEAM_ADAM, "Team Adam was", "only Team Adam was"),
    "exactly, before other words": (ENGAGEMENTS, "NCMEC had 6", "exactly NCMEC had 6"),
    "an aside without its number": (TEAM_ADAM, "57 incidents", "57 incidents (up from some)"),
}


@pytest.mark.parametrize("besides", BESIDES)
def test_words_that_the_catalog_lacks_are_reported_wherever_they_stand(besides):
    sentence, old, new = BESIDES[besides]
    assert errors(SHEET) == []
    assert errors(with_sentence(sentence, change(sentence, old, new))) != []


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\n\n"])
@pytest.mark.parametrize("line", ["www.missingkids.org/2019/a1", "NCMEC helps.", "### A Heading"])
def test_a_line_of_its_own_is_no_part_of_the_sentence_above(line, line_end):
    text = with_sentence(REPORTS, f"{REPORTS}{line_end}{line}")
    assert errors(text) == []
    assert figures(read(text)[0]) == figures(read(SHEET)[0])


@pytest.mark.parametrize(
    "printed", ["twenty-o\u00adne", "twenty-o\u200dne", "twenty-o&#x6E;e", "twen\u00adty-one"]
)
def test_what_is_not_seen_within_a_number_word_parts_nothing(printed):
    text = with_sentence(ENGAGEMENTS, change(ENGAGEMENTS, "had 6", f"had {printed}"))
    assert errors(text) == []
    assert value(text, "trafficking_engagements") == "21"


def test_the_finding_quotes_the_sentence_and_the_words():
    text = with_sentence(REPORTS, REPORTS.replace("Kentucky.", "Kentucky and neighboring states."))
    message = next(m for m in failures(text) if "no whole sentence" in m)
    assert (
        "'In 2023, 8,597 CyberTipline reports were made available to law enforcement in Kentucky and neighboring states."
        in message
    )
    assert "'kentucky and neighboring states' is no jurisdiction of the catalog" in message


def test_a_sentence_of_words_alone_is_reported_too():
    # No digit is left that the ledger would miss.
    text = render(local={**KENTUCKY_2023, "team_adam_cases_assisted": "no"})
    assert errors(text) == []
    assert (
        errors(change(text, "on no cases in Kentucky", "on no cases in Kentucky each month")) != []
    )
    assert errors(change(text, "on no cases in Kentucky", "on no new cases in Kentucky")) != []


ASIDES = {
    "up from": (REPORTS, "in Kentucky.", "in Kentucky, up from 8,100 in 2022."),
    "an increase": (REPORTS, "in Kentucky.", "in Kentucky, an increase of 12%."),
    "bracketed year": (REPORTS, "8,597 CyberTipline", "8,597 (2022: 8,100) CyberTipline"),
    "a year earlier": (REPORTS, "in Kentucky.", "in Kentucky, compared with 8,100 a year earlier."),
    "alone": (REPORTS, "In 2023,", "In 2023 alone,"),
    "a total of": (REPORTS, "8,597", "a total of 8,597"),
    "exactly": (ENGAGEMENTS, "had 6", "had exactly 6"),
    "only": (ENGAGEMENTS, "had 6", "had only 6"),
    "a total of, before a word": (ENGAGEMENTS, "had 6", "had a total of six"),
    "within commas": (REPORTS, "reports were", "reports, up from 8,100 in 2022, were"),
    "within brackets": (REPORTS, "reports were", "reports (down from 9,001 in 2021) were"),
    "at the end in brackets": (ENGAGEMENTS, "trafficking.", "trafficking (8 in 2022)."),
    "without its comma": (REPORTS, "In 2023, 8,597", "In 2023 8,597"),
    "during": (REPORTS, "In 2023,", "During 2023,"),
    "calendar year": (REPORTS, "In 2023,", "In calendar year 2023,"),
    "the year": (REPORTS, "In 2023,", "In the year 2023,"),
    "the state of": (REPORTS, "in Kentucky.", "in the state of Kentucky."),
    "a trademark": (REPORTS, "CyberTipline", "CyberTipline\u00ae"),
}


@pytest.mark.parametrize("aside", ASIDES)
def test_what_the_catalog_allows_besides_changes_no_figure(aside):
    sentence, old, new = ASIDES[aside]
    text = with_sentence(sentence, change(sentence, old, new))
    assert errors(text) == []
    assert figures(read(text)[0]) == figures(read(SHEET)[0])


def test_an_earlier_figure_is_explained_with_its_year_and_never_captured():
    text = with_sentence(REPORTS, REPORTS.replace("Kentucky.", "Kentucky, up from 8,100 in 2022."))
    ledger = {n.printed: (n.disposition, n.rule) for n in read(text)[0].numerals}
    assert ledger["8,100"] == ledger["2022"] == ("explained", "earlier_figure (2022)")


def test_an_aside_may_end_the_sheet():
    text = SHEET.removesuffix(".") + ", up from 90 in 2022."
    assert errors(text) == []
    assert errors(text.removesuffix("."), words=None) == []
    assert errors(text.replace("in 2022.", "in 2024.")) != []


def test_an_aside_outside_a_captured_sentence_explains_nothing():
    assert "numerals_are_accounted_for" in errors(f"{SHEET}\n\nIt grew, up from 8,100 in 2022.")


@pytest.mark.parametrize(
    ("new", "qualifier", "note"),
    [
        ("27,130 (est.) children", "approximately", None),
        ("27,130 or so children", "approximately", None),
        ("27,130 (preliminary) children", "exact", "preliminary"),
        ("27,130 children (as of May 31st, 2024)", "exact", "as of May 31st, 2024"),
    ],
)
def test_a_qualifier_or_a_note_travels_with_the_figure(new, qualifier, note):
    sheet, _ = read(with_sentence(IDENTIFIED, IDENTIFIED.replace("27,130 children", new)))
    (statement,) = [s for s in sheet.statements if s.metric == "cvip_children_identified"]
    assert (str(statement.figure.value), statement.figure.qualifier, statement.note) == (
        "27130",
        qualifier,
        note,
    )


NOTES = {
    "a raised digit": ("27,130\u00b9 children", "\u00b9 Includes earlier years."),
    "brackets": ("27,130[1] children", "[1] Includes earlier years."),
    "Markdown": ("27,130[^1] children", "[^1]: Includes earlier years."),
    "a dagger": ("27,130\u2020 children", "\u2020 Includes earlier years."),
    "an asterisk": ("27,130* children", "* Includes earlier years."),
    "a tag": ("27,130<sup>1</sup> children", "\u00b9 Includes earlier years."),
    "behind the noun": ("27,130 children\u00b9", "\u00b9 Includes earlier years."),
}


@pytest.mark.parametrize("form", NOTES)
def test_a_footnote_travels_with_its_figure_and_without_its_text_is_reported(form):
    printed, note = NOTES[form]
    sentence = IDENTIFIED.replace("27,130 children", printed)
    text = with_sentence(IDENTIFIED, sentence)
    whole = f"{text}\n\n{note}"
    assert errors(whole) == []
    notes = {s.metric: s.note for s in read(whole)[0].statements if s.note}
    assert notes == {"cvip_children_identified": "Includes earlier years."}
    assert errors(text) != []


def test_a_row_with_a_footnote_keeps_its_mark():
    text = change(SHEET, "Facility\t133\n", "Facility\t133*\n")
    whole = f"{text}\n\n* Some are counted twice."
    assert errors(whole) == []
    assert [s.note for s in read(whole)[0].statements if s.note] == ["Some are counted twice."]
    assert errors(text) != []


@pytest.mark.parametrize(
    ("note", "twin"),
    [
        ("2022 figure.", "Preliminary figure."),
        ("Figure for 2022", "Figure for 2023"),
        ("Counts of the previous year.", "Down from 8,100 the previous year."),
        ("Of fiscal year 2022.", "Up from 8,100 in 2022."),
        ("Includes 12 adults.", "Includes adults."),
        ("In thousands.", "In all states."),
        ("2024: 8,100", "2022: 8,100"),
        ("Two of them twice.", "Some are counted twice."),
        ("Counts of the\nprevious year.", "Counts of the\nwhole country."),
        ("Counts of the previous\nyear", "Counts of\nNew England"),
        ("adult " * 200, "adult " * 150 + "cases"),
    ],
)
def test_a_footnote_explains_no_number_and_no_other_year_unless_it_is_an_aside(note, twin):
    text = with_sentence(IDENTIFIED, IDENTIFIED.replace("27,130", "27,130\u00b9"))
    assert errors(f"{text}\n\n\u00b9 {note}") != []
    assert errors(f"{text}\n\n\u00b9 {twin}") == []
    (told,) = {s.note for s in read(f"{text}\n\n\u00b9 {twin}")[0].statements if s.note}
    assert told == twin.replace("\n", " ")


@pytest.mark.parametrize(
    "before",
    ["\n\n", ".\n\n", "\n\n## A Heading\n", "\nNCMEC Helps Kentucky\n", "\n- ", "\n\u2022 "],
)
def test_a_sentence_may_begin_behind_a_heading_an_item_or_a_paragraph(before):
    text = with_sentence(ENGAGEMENTS, f"And so on.{before}{ENGAGEMENTS.strip('*')}")
    assert errors(text) == []
    assert value(text, "trafficking_engagements") == "6"


LEADING_IN = ["fewer than", "in excess of", "nearly", "not", "or", "exactly", "up to", "over the"]


@pytest.mark.parametrize("words", LEADING_IN)
@pytest.mark.parametrize("mark", ["", "### "])
def test_words_that_lead_in_to_a_figure_are_not_the_end_of_a_heading_or_a_paragraph(words, mark):
    heading = "NCMEC's Work to Help Locate and Recover Missing Children\n"
    for line in (f"{mark}{heading.strip()} {words}\n", f"{mark}We helped {words}\n"):
        assert "sentences_are_whole" in errors(change(SHEET, heading, line))
    for line in (
        f"{mark}{heading}",
        f"{mark}What They Ask About\n",
        f"{mark}Of What We Are Proud\n",
    ):
        assert errors(change(SHEET, heading, line)) == []


def test_an_item_of_a_list_may_end_in_and_before_the_next():
    begins = "In 2023, NCMEC assisted law enforcement"
    assert errors(change(SHEET, begins, f"- We help; and\n- {begins}")) == []
    assert errors(change(SHEET, begins, f"- We help over\n- {begins}")) != []


@pytest.mark.parametrize(
    "before", ["On average each month,\n", "On average each month\n", "On avg. ", "and in\n\n"]
)
def test_a_sentence_that_begins_on_an_earlier_line_is_not_whole(before):
    for earlier in ("And so on. ", "And so on.\n\n"):
        text = with_sentence(ENGAGEMENTS, f"{earlier}{before}{ENGAGEMENTS.strip('*')}")
        assert errors(text) != []


@pytest.mark.parametrize(
    ("line", "issued"),
    [
        ("Issued March 5, 2024", "2024-03-05"),
        ("As of May 31st, 2024.", "2024-05-31"),
        ("Data as of 2024-05-31", "2024-05-31"),
        ("Last updated: June 2024", "2024-06"),
        ("Published on Sept. 3, 2024.", "2024-09-03"),
        ("Revised 3rd June 2024", "2024-06-03"),
    ],
)
def test_a_date_of_issue_is_kept(line, issued):
    for end in ("", "\n", " \n\n"):
        text = f"{SHEET}\n\n{line}{end}"
        assert errors(text) == []
        assert read(text)[0].issued == issued


@pytest.mark.parametrize(
    "line",
    [
        "Issued February 31, 2024",
        "Issued 31 February 2024",
        "Issued 3 June 4, 2024",
        "Issued March 5, 2024 to 300 schools",
        "It was issued March 5, 2024",
    ],
)
def test_what_is_no_date_of_issue_is_reported(line):
    assert errors(f"{SHEET}\n\n{line}") != []


@pytest.mark.parametrize("printed", ["N/A", "n/a", "not available", "Not applicable"])
def test_a_figure_that_is_not_available_is_absent_and_not_missing(printed):
    text = render(local={**KENTUCKY_2023, "trafficking_engagements": printed})
    sheet, _ = read(text)
    assert errors(text) == []
    assert value(text, "trafficking_engagements") is None
    assert sheet.absent == {("trafficking_engagements", "state"): printed}
    assert errors(text.replace(printed, "unknown")) != []


@pytest.mark.parametrize(("other", "accepted"), [("45", True), ("66", True), ("67", False)])
def test_a_row_that_is_not_available_counts_for_what_the_others_leave(other, accepted):
    local = {"missing_child_cases_orr": "N/A", "missing_child_cases_other": other}
    text = render(local={**KENTUCKY_2023, **local})
    assert errors(text) == ([] if accepted else ["parts_sum_to_totals"])
    assert value(text, "missing_child_cases_orr") is None


TABLE = SHEET[
    SHEET.index("Children Missing From") : SHEET.index("\n\nNCMEC's Work to Combat Child Sex T")
]
ROWS = [line.replace(" :", "").split("\t") for line in TABLE.split("\n")]
TABLES = {
    "numbers first": "\n".join(f"{n} {label}" for label, n in ROWS),
    "a total row": f"{TABLE}\nTotal\t199",
    "a grand total": f"{TABLE}\nGrand total\t199",
    "a total of cases": f"{TABLE}\nTotal missing child cases: 199",
    "percents": "\n".join(
        f"{label} {n} {p}" for (label, n), p in zip(ROWS, ("66.8%", "22.6%", "10.6%"), strict=True)
    ),
    "percents in brackets": "\n".join(
        f"{label} {n} ({p})" for (label, n), p in zip(ROWS, ("67%", "23%", "11%"), strict=True)
    ),
    "numbered": "\n".join(f"{i}. {label}\t{n}" for i, (label, n) in enumerate(ROWS, 1)),
    "dot leaders": "\n".join(f"{label} ........ {n}" for label, n in ROWS),
    "on one line": " ".join(f"{label} {n}" for label, n in ROWS),
    "spaced dot leaders": "\n".join(f"{label} . . . . . {n}" for label, n in ROWS),
}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_is_read_in_the_forms_that_people_set(form):
    text = change(SHEET, TABLE, TABLES[form])
    assert failures(text) == []
    assert figures(read(text)[0]) == figures(read(SHEET)[0])


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("a total row", "Total\t199", "Total\t198"),
        ("a total row", "Total\t199", "Subtotal\t199"),
        ("percents", "66.8%", "76.8%"),
        ("percents in brackets", "(23%)", "(24.9%)"),
        ("numbered", "2. ", "5. "),
        ("numbers first", "45 Other", "45 or Other"),
        ("dot leaders", "........ 21", "....... 2 1"),
        ("percents", "133 66.8%", "133 of 66.8%"),
    ],
)
def test_what_a_table_prints_besides_is_checked(form, old, new):
    assert errors(change(SHEET, TABLE, TABLES[form].replace(old, new))) != []


@pytest.mark.parametrize("leader", [" - ", "\t- ", " \u2013 ", "\t-"])
def test_a_dash_before_a_rows_number_may_be_its_sign(leader):
    assert (
        errors(
            change(
                SHEET, "Other Missing Children Cases\t45", f"Other Missing Children Cases{leader}45"
            )
        )
        != []
    )


@pytest.mark.parametrize(
    "text",
    [
        "In 2023 additional cases came.",
        "NCMEC spoke for 2023 families.",
        "Family Abductions (1)",
        "\u00a9 8597 cases",
        "\u00a9 2023 cases",
        "Page 1 of 2 reports",
        "During 2023 of them it was so.",
        "It was so: (1) and more.",
    ],
)
def test_a_rule_is_closed_too(text):
    assert "numerals_are_accounted_for" in errors(f"{SHEET}\n\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "It was so in 2023.",
        "In 2023, it was so.",
        "(in 2023)",
        "\u00a9 2024",
        "\u00a9 2024 NCMEC. All rights reserved.",
        "Page 1 of 2",
        "So: (1) this, and (2) that.",
    ],
)
def test_what_a_rule_explains_is_explained(text):
    assert errors(f"{SHEET}\n\n{text}") == []


@pytest.mark.parametrize(
    "words",
    [
        "one-in-six",
        "two-thirds",
        "twelve-month",
        "thirty-plus",
        "cases\u2014two of them",
        "one\u2010third",
    ],
)
def test_number_words_count_before_hyphens_go(words):
    assert errors(f"{SHEET}\n\nThere were {words} there.") != [] or words.startswith("one\u2010")
    assert failures(f"{SHEET}\n\nThere were {words} there.") != []


def test_struck_out_numbers_are_no_text_and_are_reported():
    text = with_sentence(IDENTIFIED, IDENTIFIED.replace("27,130", "~~26,000~~ 27,130"))
    assert value(text, "cvip_children_identified", "US") == "27130"
    assert errors(text) == ["captured_text_is_all_visible"]
    elsewhere = f"{SHEET}\n\nWe helped ~~12~~ many."
    assert errors(elsewhere) == []
    assert len(failures(elsewhere)) == 1


@pytest.mark.parametrize(
    ("old", "new", "twin"),
    [
        ("**In 2023, Team Adam provided", "~~In 2023, Team Adam provided~~", "**In 2023, Team Adam provided"),
        ("Team Adam critical case assistance on", "~~Team Adam critical case assistance on~~", "Team Adam critical case assistance on"),
        ("cases in Kentucky.**", "~~cases in Kentucky.~~", "cases in Kentucky.**\n\n~~So it was.~~"),
    ],
)  # fmt: skip
def test_an_everyday_number_word_whose_sentence_is_struck_out_in_part_is_reported(old, new, twin):
    text = render(local={**KENTUCKY_2023, "team_adam_cases_assisted": "one"})
    assert "number_words_are_accounted_for" in errors(change(text, old, new))
    assert errors(change(text, old, twin)) == []
    assert value(change(text, old, twin), "team_adam_cases_assisted") == "1"


def test_words_that_are_shown_but_are_no_text_are_reported_within_a_sentence_alone():
    def checks(words, why, at):
        left = (SkippedText(words, why, SHEET.index(at)),)
        sheet, findings = read_all([SheetText(SHEET, "utf-8", (0,), skipped=left)])[0]
        assert len(sheet.statements) == 21
        return {finding.check for finding in findings if not finding.passed}

    assert checks("more than", "part of a drawing", "27,130") == {"captured_text_is_all_visible"}
    assert checks("more than", "written by the style sheet", "27,130") != set()
    assert checks("more than", "perhaps cut off", "27,130") == {"captured_text_is_all_visible"}
    assert checks("more than", "inserted in a tracked change", "27,130") != set()
    assert checks("more than", "hidden", "27,130") == set()
    assert checks("\u2022", "part of a drawing", "27,130") == set()
    # A drawing between two paragraphs is of neither; what the style sheet puts before a sentence is.
    assert checks("not so:", "part of a drawing", "NCMEC has supported law") == set()
    assert checks("not so:", "written by the style sheet", "NCMEC has supported law") != set()
    assert checks("more than", "part of a drawing", "Listed below") == set()


def test_a_last_sentence_without_its_mark_is_whole():
    for end in ("", ".", "\n", " .\n"):
        assert errors(SHEET.removesuffix(".") + end) == [], repr(end)
    assert errors(SHEET.removesuffix(".") + " area") != []


@pytest.mark.parametrize("gap", [" ", "\n", " \u2022 ", " 1. "])
def test_rows_may_begin_behind_the_colon_on_its_line(gap):
    text = change(SHEET, "as follows:\n\nChildren", f"as follows:{gap}Children")
    assert figures(read(text)[0]) == figures(read(SHEET)[0])
    assert errors(text.replace(f"follows:{gap}", f"follows: so{gap}", 1)) != []
