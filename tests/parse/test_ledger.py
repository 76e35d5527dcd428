"""Every numeral of a sheet, and what became of it."""

from __future__ import annotations

import pytest

from tests.attack.bases import RAW
from tests.parse.reading import errors, failures, read
from tests.sheets_factory import change, html_entities, markdown_link, render


def dispositions(text):
    """Printed numeral, disposition and rule of what a text behind a sheet adds to its ledger."""
    sheet, _ = read(f"{render()}\n\n{text}")
    start = len(render())
    return [(n.printed, n.disposition, n.rule) for n in sheet.numerals if n.span.start > start]


@pytest.mark.parametrize(
    ("sentence", "numerals"),
    [
        ("In 2023, NCMEC answered 1,204 calls.", ["1,204"]),
        ("It grew by 12.5% since 2019.", ["12.5", "2019"]),
        ("It is 1 in 6.", ["1", "6"]),
        ("From 5-7 per cent.", ["5", "7"]),
        ("The rate doubled\u00b9.", ["\u00b9"]),
        ("It is \u00bd of them.", ["\u00bd"]),
        ("It is \u2462.", ["\u2462"]),
        ("It is \u0665\u0667 cases.", ["\u0665\u0667"]),
        ("It is 8 597 cases.", ["8", "597"]),
        ("It is 8,\n597 cases.", ["8", "597"]),
        ("In 2022, it was so.", ["2022"]),
        ("Item (12345) holds.", ["12345"]),
    ],
)
def test_a_figure_in_an_unknown_sentence_is_unaccounted_for(sentence, numerals):
    found = [
        printed
        for printed, disposition, _ in dispositions(sentence)
        if disposition == "unaccounted"
    ]
    assert found == numerals
    assert "numerals_are_accounted_for" in errors(f"{render()}\n\n{sentence}")


def test_the_finding_names_place_words_and_remedy():
    text = f"{render()}\n\nNCMEC answered 1,204 calls."
    start = text.index("1,204")
    (message,) = failures(text)
    assert message.startswith(
        f"2023/US-KY (2023/sheet.txt) page 1, characters {start}-{start + 5}: '1,204' in "
    )
    assert message.endswith(
        "NCMEC answered 1,204 calls.' is neither captured nor explained; add its sentence to sentences.yml or a rule to ignored.yml"
    )


@pytest.mark.parametrize(
    ("text", "numeral", "rule"),
    [
        ("It was so in 2023.", "2023", "reporting_year"),
        ("Throughout 2023 it was so.", "2023", "reporting_year"),
        ("It was so in 2023", "2023", "reporting_year"),
        ("Items: (1) this, (2) and so on.", "1", "list_marker"),
        ("Items: (1) and so on; (2) and\nso; or (3) more.", "3", "list_marker"),
        ("See https://example.org/2019/a7", "2019", "web_address"),
        ("See www.example.net/99", "99", "web_address"),
        ("Call 1-800-843-5678 now", "1", "telephone_number"),
        ("Page 1 of 2", "2", "page_number"),
        ("\u00a9 2024 NCMEC", "2024", "copyright_year"),
        ("\u00a9 2010-2024 NCMEC", "2010", "copyright_year"),
        ("Call (800) 843-5678 now", "800", "telephone_number"),
        ("Call 1.800.843.5678 now", "1.800.843.5678", "telephone_number"),
        ("333 John Carlyle Street, Suite 125, Alexandria, VA 22314", "22314", "postal_address"),
        ("NCMEC was founded in 1984.", "1984", "about_the_publisher"),
        ("A 501(c)(3) charity.", "501", "about_the_publisher"),
        ("Open 24/7, seven days a week.", "24", "about_the_publisher"),
        ("At no cost", "no", "idiom"),
        ("[site](https://example.org/2019)", "2019", "markup"),
        ("It&#39;s so", "39", "markup"),
    ],
)
def test_a_numeral_that_is_no_figure_is_explained_by_a_rule(text, numeral, rule):
    assert (numeral, "explained", rule) in dispositions(text)
    assert errors(f"{render()}\n\n{text}") == []


@pytest.mark.parametrize(
    "text",
    ["It was so by 2023.", "Items 4) and so on.", "See /2019/a7", "Call 843-5678 now", "Page 1 and 2", "2024 NCMEC", "(2024) NCMEC 5",
     "Items: (0) and so on.", "Items: (57) and so on.", "Items: (1) one, (3) three.", "Items: (1), (2), (2).", "Items: (1) a, (2) b, (10) c.", "Family Abductions (1)", "In 2023 more came.",
     "Found 1984 in 1985.", "Suite 126", "Open 23/7.", "501(c)(4)", "(800) 843-5679", "NCMEC was founded in 1985.", "\u00a9 2010-2024-7 NCMEC"],
)  # fmt: skip
def test_the_same_numeral_in_other_words_is_not_explained(text):
    assert "numerals_are_accounted_for" in errors(f"{render()}\n\n{text}")


@pytest.mark.parametrize("sheet", sorted(RAW.glob("2023/*.txt")), ids=lambda path: path.stem)
def test_the_marks_of_the_sheets_lists_count_up(sheet):
    text = sheet.read_text("utf-8")
    marks = [n.printed for n in read(text)[0].numerals if n.rule == "list_marker"]
    assert marks == ["1", "2", "3"]
    assert errors(text) == []
    assert errors(change(text, " (3) ", " (4) ")) == ["numerals_are_accounted_for"]
    assert errors(change(text, " (1) ", " ")) == ["numerals_are_accounted_for"]


def test_digits_of_link_targets_and_entities_stand_in_the_ledger_as_markup():
    link = change(render(), "missingkids.org/ourwork/impact", "[site](https://x.org/2019)")
    text = html_entities(link)
    sheet, _ = read(text)
    rules = [numeral.rule for numeral in sheet.numerals]
    assert rules.count("markup") == text.count("&#39;") + text.count("&#x2F;") + 1
    assert errors(text) == []
    assert "numerals_are_accounted_for" in errors(text.replace("[site]", "[2019]"))


def test_a_figure_hidden_in_link_text_is_read():
    text = change(render(), "on 57 incidents", "on [57](#note-3) incidents")
    assert errors(text) == []
    assert errors(change(render(), "on 57 incidents", "on 5[7](#note-3) incidents")) != []


@pytest.mark.parametrize(
    "word", ["two", "twelve", "twenty-one", "ninety nine", "hundreds", "a dozen", "a million", "half", "none"]
)  # fmt: skip
def test_a_number_word_in_an_unknown_sentence_is_unaccounted_for(word):
    text = f"{render()}\n\nNCMEC helped {word} of them."
    assert errors(text) == ["number_words_are_accounted_for"]


@pytest.mark.parametrize("word", ["no", "one", "No", "One"])
def test_an_everyday_number_word_is_a_warning(word):
    text = f"{render()}\n\nNCMEC left {word} child behind."
    assert errors(text) == []
    assert len(failures(text)) == 1


@pytest.mark.parametrize("word", ["someone", "network", "often", "anyone", "weights", "tent"])
def test_a_number_word_within_a_word_is_none(word):
    assert dispositions(f"NCMEC helped {word} there.") == []


@pytest.mark.parametrize("digits", ["8 597", "8\u2003597", "8,\n597", "8\n,597", "8,5 97", "85,97"])
def test_thousands_that_are_split_are_refused_not_cut(digits):
    text = change(render(), "8,597 CyberTipline", f"{digits} CyberTipline")
    assert "numerals_are_accounted_for" in errors(text)
    assert errors(change(render(), "8,597 CyberTipline", "8597 CyberTipline")) == []


@pytest.mark.parametrize(
    "footnote", ["\u00b9", "**1**", "*1*", "[1](#n)", "`1`", "<sup>1</sup>", "[^1]", "&sup1;"]
)
def test_a_footnote_digit_never_becomes_part_of_a_figure(footnote):
    text = change(render(), "handled 199 cases", f"handled 199{footnote} cases")
    sheet, _ = read(text)
    assert "1991" not in {str(statement.figure.value) for statement in sheet.statements}
    assert errors(text) != []


def test_every_digit_of_the_raw_text_stands_in_the_ledger_once():
    text = html_entities(markdown_link(render())) + "\n\nUnknown 12 and 3.4 [a](b/5) \u00b2"
    sheet, _ = read(text)
    covered = [place for n in sheet.numerals if n.form == "digits" for place in range(n.span.start, n.span.end)]  # fmt: skip
    digits = [place for place, char in enumerate(text) if char.isdigit()]
    assert len(covered) == len(set(covered))
    assert set(digits) <= set(covered)
