"""Which figure stands where: sentences, the closed table, and layouts that move numbers."""

from __future__ import annotations

import pytest

from tests.parse.reading import errors, failures, figures, read, value
from tests.sheets_factory import (
    KENTUCKY_2023,
    NATION_2023,
    TABLE_LABELS,
    backslash_escapes,
    bold_words,
    change,
    cr,
    crlf,
    curly_quotes,
    full_width_digits,
    html_entities,
    hyphens,
    ligatures,
    markdown_headings,
    markdown_link,
    no_break_spaces,
    page_breaks,
    pipe_table,
    render,
    rewrapped,
    soft_hyphens,
    table,
    without_markup,
)

FLAVOURS = {
    "no emphasis": without_markup,
    "headings": markdown_headings,
    "link": markdown_link,
    "bold anywhere": bold_words(1),
    "italics anywhere": bold_words(2, "_"),
    "entities": html_entities,
    "escapes": backslash_escapes,
    "Windows line ends": crlf,
    "Macintosh line ends": cr,
    "no-break spaces": no_break_spaces,
    "soft hyphens": soft_hyphens,
    "curly quotes": curly_quotes,
    "ligatures": ligatures,
    "full-width digits": full_width_digits,
    "page breaks": page_breaks(1),
    "form feeds": page_breaks(2, "\f"),
    "form feeds in blank lines": page_breaks(3, "\n\f\n"),
    "Markdown table": pipe_table,
    "table with spaces": table("   "),
    "table on one line": table(" ", end=" "),
    "table with bullets": table(before="\u2022 "),
    "table with blank lines": table(end="\n \n"),
    **{f"hyphen {ord(h):x}": hyphens(h) for h in "\u2010\u2011\u2012\u2013\u2014\u2212\u00ad"},
    **{f"wrapped at {width}": rewrapped(width) for width in (1, 12, 33, 72, 100)},
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_a_sheet_looks_like_does_not_change_what_it_says(flavour):
    text = FLAVOURS[flavour](render())
    assert text != render()
    sheet, findings = read(text)
    assert [finding.message for finding in findings if not finding.passed] == []
    assert figures(sheet) == figures(read(render())[0])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_figure_that_differs_is_seen_in_every_flavour(flavour):
    other = FLAVOURS[flavour](render(local={**KENTUCKY_2023, "cvip_submissions_reviewed": "50"}))
    assert value(other, "cvip_submissions_reviewed") == "50"


@pytest.mark.parametrize("metric", NATION_2023)
def test_a_national_figure_is_read_from_its_own_sentence(metric):
    text = render(nation={**NATION_2023, metric: "71%" if "share" in metric else "5,123"})
    assert value(text, metric, "US") == ("71" if "share" in metric else "5123")


@pytest.mark.parametrize("metric", KENTUCKY_2023)
def test_a_states_figure_is_read_from_its_own_sentence(metric):
    assert value(render(local={**KENTUCKY_2023, metric: "5,123"}), metric) == "5123"


def test_missouris_sentence_stands_in_for_the_national_one():
    text = render(local={**KENTUCKY_2023, "team_adam_cases_assisted": "2"})
    assert errors(text) == []
    assert value(text, "team_adam_cases_assisted") == "2"
    assert value(text, "team_adam_incidents", "US") is None
    assert errors(text.replace("critical case assistance", "assistance")) == [
        "numerals_are_accounted_for",
        "required_metrics_are_printed",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reviewed 49 submissions", "reviewed 1 submission"),
        ("had 6 engagements", "had 1 engagement"),
        ("including 45 survivors/families", "including 1 survivor/family"),
        ("connected 31 survivors/families", "connected 1 survivor/family"),
        ("on 57 incidents", "on 1 incident"),
        (
            "**114 new law enforcement and child-serving professionals**",
            "1 new law enforcement and child-serving professional",
        ),
        ("8,597 CyberTipline reports were", "1 CyberTipline report was"),
    ],
)
def test_the_singular_is_read_too(old, new):
    assert errors(change(render(), old, new)) == []
    assert errors(change(render(), old, new.replace(" 1 ", " 1 odd ").replace("1 new", "1 odd new").replace("1 Cyber", "1 odd Cyber"))) != []  # fmt: skip


@pytest.mark.parametrize("qualifier", ["barely", "hardly", "fully", "not", "twice", "-"])
def test_an_unknown_qualifier_is_not_passed_over(qualifier):
    assert errors(change(render(), "on 57 incidents", f"on {qualifier} 57 incidents")) != []


def test_a_figure_printed_twice_alike_is_one_and_otherwise_a_conflict():
    sentence = "NCMEC has supported law enforcement's identification of 27,130 children."
    assert errors(render() + f" {sentence}") == []
    other = f" {sentence.replace('27,130', '27,131')}"
    assert errors(render() + other) == ["metrics_are_printed_once"]


def test_two_short_sentences_of_one_metric_in_a_row_are_both_read():
    # The window around the second one reaches back over the first.
    sentence = "In 2023, 8,597 CyberTipline reports were made available to law enforcement in Iowa."
    text = change(
        render("US-IA"), f"**{sentence}**", f"{sentence} {sentence.replace('8,597', 'no')}"
    )
    assert errors(text) == ["metrics_are_printed_once"]
    assert errors(text.replace("2023, no Cyber", "2023, 8,597 Cyber")) == []


# The table


ROWS = [f"{label}\t{number}" for label, number in zip(TABLE_LABELS, (133, 45, 21), strict=True)]
TABLE = "\n".join(ROWS)


def with_table(rows):
    return change(render(), TABLE, rows)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_rows_are_read_in_any_order(order):
    text = with_table("\n".join(ROWS[index] for index in order))
    assert errors(text) == []
    assert value(text, "missing_child_cases_other") == "45"


@pytest.mark.parametrize("leader", [" ", "\t", ": ", " : ", " ..... ", " . . . . ", " | "])
def test_a_row_may_have_a_leader_between_label_and_number(leader):
    row = f"Other Missing Children Cases{leader}45"
    assert errors(with_table(f"{ROWS[0]}\n{row}\n{ROWS[2]}")) == []
    assert errors(with_table(f"{ROWS[0]}\n{row}6\n{ROWS[2]}")) == ["parts_sum_to_totals"]


def test_an_unknown_row_is_named():
    text = with_table(f"{TABLE}\nChildren Missing From Foster Care\t7")
    assert errors(text) == ["numerals_are_accounted_for", "table_rows_are_known"]
    message = (
        "2023/US-KY (2023/sheet.txt): table missing_child_cases_breakdown has the unknown row "
        "'Children Missing From Foster Care\\t7'; add it to sentences.yml"
    )
    assert message in failures(text)


@pytest.mark.parametrize("place", range(4))
def test_an_unknown_row_is_refused_wherever_it_stands(place):
    rows = [*ROWS[:place], "Family abductions\t0", *ROWS[place:]]
    assert "table_rows_are_known" in errors(with_table("\n".join(rows)))


def test_an_unknown_row_is_refused_on_one_line_too():
    text = with_table(" ".join([ROWS[0], "Family abductions 7", *ROWS[1:]]).replace("\t", " "))
    assert "numerals_are_accounted_for" in errors(text)


@pytest.mark.parametrize("row", range(3))
def test_a_missing_row_is_refused(row):
    text = with_table("\n".join(ROWS[:row] + ROWS[row + 1 :]))
    assert errors(text) == ["parts_sum_to_totals", "required_metrics_are_printed"]


@pytest.mark.parametrize("number", ["133", "134"])
def test_a_repeated_row_is_refused_with_the_same_number_or_another(number):
    text = with_table(f"{TABLE}\n{TABLE_LABELS[0]}\t{number}")
    assert "table_rows_are_known" in errors(text)


@pytest.mark.parametrize("joint", ["\n", " "])
def test_labels_first_and_numbers_after_them_are_refused(joint):
    labels = [label.removesuffix(" :") for label in TABLE_LABELS]
    assert errors(with_table(joint.join([*labels, "133", "45", "21"]))) != []
    assert errors(with_table(joint.join(["133", "45", "21", *labels]))) != []
    assert (
        errors(with_table(joint.join(["133", labels[0], "45", labels[1], "21", labels[2]]))) != []
    )


def test_rows_that_do_not_add_up_are_refused():
    assert errors(with_table(TABLE.replace("45", "46"))) == ["parts_sum_to_totals"]
    message = (
        "2023/US-KY (2023/sheet.txt) missing_child_cases: rows 133 + 46 + 21 = 200, stated 199; "
        "compare the table with the sheet"
    )
    assert message in failures(with_table(TABLE.replace("45", "46")))


def test_a_table_without_its_header_is_refused():
    assert errors(change(render(), "as follows:", "as stated:")) != []


def test_a_sentence_behind_the_table_that_ends_in_a_number_is_no_row():
    text = with_table(f"{TABLE}\n\nThe hotline is 1-800-843-5678")
    assert errors(text) == []
    assert "table_rows_are_known" in errors(with_table(f"{TABLE}\n\nThe hotline is 843"))


@pytest.mark.parametrize("behind", [" %", "%", " 45", "/2", " = 133"])
def test_a_sign_behind_a_rows_number_makes_it_no_row(behind):
    # Read as a plain 133, a percentage or a second column would be lost without a word.
    sheet = render()
    assert errors(sheet) == []
    assert errors(sheet.replace("Facility\t133", f"Facility\t133{behind}")) != []
