"""A damaged sheet is refused, or says what it prints: no damage changes a figure silently.

A few thousand mutants of `tests/attack`; `make attack` judges ninety thousand.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from decimal import Decimal
from html import unescape

import pytest

from pipeline.model import Figure
from pipeline.sheets.extracted import Extraction
from tests.attack import documents
from tests.attack.around import (
    Around,
    around,
    notes_of,
    place_of,
    strange_in_row,
    strange_in_sentence,
    struck_numbers,
    wrong_totals,
)
from tests.attack.judge import judge, undamaged
from tests.attack.kinds import KINDS
from tests.attack.mutants import LIKE_DIGITS
from tests.attack.reader import Reading, neighbours, read_figure
from tests.attack.run import HIDDEN, Tally, attack, bases, hide, report
from tests.parse.reading import errors, failures, figures, read, value
from tests.sheets_factory import (
    NATION_2023,
    NATIONAL_TEAM_ADAM,
    STATE_TEAM_ADAM,
    change,
    render,
)

MUTANTS = 400

KENTUCKY = render()


def test_no_damage_changes_a_figure_silently():
    tally = attack("default suite", range(MUTANTS))
    assert tally.silent == []
    outcomes = sum(tally.outcomes.values(), Counter())
    assert outcomes.total() == MUTANTS
    assert set(tally.outcomes) == set(KINDS)
    assert min(outcomes[o] for o in ("reported", "harmless", "another figure")) > 10


def test_every_kind_of_damage_changes_a_sheet():
    for kind, damage in KINDS.items():
        base = bases()[0].base
        mutants = {damage(random.Random(seed), base, base.text) for seed in range(8)}  # noqa: S311
        assert mutants - {base.text}, kind


# The judge can find fault


def expected_of_kentucky():
    return undamaged("kentucky", KENTUCKY)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("57 incidents", "5 7 incidents", "reported"),
        ("57 incidents", "**57** incidents", "harmless"),
        ("57 incidents", "571 incidents", "another figure"),
        ("57 incidents", "about 57 incidents", "another figure"),
    ],
)
def test_the_judge_tells_outcomes_apart(old, new, outcome):
    assert judge(expected_of_kentucky(), change(KENTUCKY, old, new)).outcome == outcome


def test_a_wrong_figure_a_lost_one_and_a_wrong_state_are_silent_mutants():
    mutant = change(KENTUCKY, "57 incidents", "56 incidents")
    wrong = undamaged("kentucky", KENTUCKY)
    wrong.around["team_adam_incidents", "US"] = Around(("activated", "by"), (), "", "incident")
    wrong.figures["never_printed", "US"] = next(iter(wrong.figures.values()))
    wrong.printed["never_printed", "US"] = "57"
    wrong.beside["never_printed", "US"] = ("on", "incident")
    wrong.led_in_by["never_printed", "US"] = "team adam wa activated"  # in the singular
    verdict = judge(wrong, mutant)
    assert verdict.outcome == "silent"
    assert [reason for reason in verdict.why if "('never_printed', 'US') is lost" in reason]
    assert [reason for reason in verdict.why if "stands behind 'activated on'" in reason]
    other = undamaged("ohio", render("US-OH"))
    assert "taken for a sheet of 2023/US-KY, it is one of 2023/US-OH" in judge(other, KENTUCKY).why


SENTENCE = "In 2023, NCMEC had 57 engagements with agencies."


@pytest.mark.parametrize(
    ("changed", "strange"),
    [
        (SENTENCE, None),
        (SENTENCE.replace("57", "58"), None),
        ("Many were helped. In\n2023 NCMEC had **57** engagement with agencies!", None),
        (SENTENCE.replace("57", "57 (up from 50 in 2022)"), None),
        (SENTENCE.replace("57", "57 (up from 50 in 2024)"), "before"),
        (SENTENCE.replace("In", "On average each month, in"), "begins behind"),
        (SENTENCE.replace("In", "On average each month,\n\nIn"), "begins behind"),
        (SENTENCE.replace("In", "On avg. In"), "begins behind"),
        (SENTENCE.replace("57", "57 unverified"), "before"),
        (SENTENCE.replace("57", "barely 57"), "behind"),
        (SENTENCE.replace("agencies.", "agencies, or more."), "ends before"),
        (SENTENCE.replace("agencies.", "agencies\nand others."), "ends before"),
        (SENTENCE.replace("agencies.", "agencies\u2026"), "ends before"),
        (SENTENCE.replace("57", "~~50~~ 57"), None),
    ],
)
def test_the_judge_sees_words_beside_a_sentence(changed, strange):
    at = SENTENCE.index("57")
    span = (at, at + 2)
    expected = around(place_of(SENTENCE, *span, [span], 2023), SENTENCE[:at], SENTENCE[at + 2 :])
    at = max(changed.rfind("57"), changed.rfind("58"))
    found = strange_in_sentence(expected, place_of(changed, at, at + 2, [(at, at + 2)], 2023))
    assert found is None if strange is None else strange in str(found)


def test_the_judge_sees_notes_totals_and_struck_numbers():
    text = (
        "It had 57\u00b9 cases (preliminary).\n\n\u00b9 Some twice.\nTotal\t58\n~~12~~<!-- 13 -->"
    )
    assert notes_of(text, 0, 34, 2023) == ["preliminary", "Some twice."]
    assert wrong_totals(text, Decimal(57)) == ["Total 58"]
    assert wrong_totals(text, Decimal(58)) == []
    assert struck_numbers(text, 0, len(text)) == ["~~12~~"]


def test_the_judge_sees_what_stands_in_a_row():
    text = "Boys\t45\nGirls\t12"
    expected = around(place_of(text, 5, 7, [(5, 7)], 2023), "Boys\t", "")

    def strange(row: str) -> str | None:
        at = row.index("45")
        place = place_of(row, at, at + 2, [(at, at + 2)], 2023)
        return strange_in_row(expected, place, Decimal(45), Decimal(100))

    for row in ("Boys\t45", "Boys .... 45 cases\nGirls", "45 Boys\nGirls", "Boys 45 (45%)"):
        assert strange(row) is None, row
    for row in ("Boys - 45", "Boys 45 or more", "Boys 45 (55%)", "Men 45", "5 or 45 Boys"):
        assert strange(row) is not None, row


def test_something_hidden_in_a_document_changes_no_figure_in_silence():
    tally = hide("default suite", range(120))
    assert tally.silent == []
    assert min(tally.outcomes[HIDDEN][o] for o in ("reported", "harmless")) > 20


def test_a_changed_figure_and_a_hidden_number_that_nothing_reports_are_silent_documents(
    monkeypatch,
):
    def everything(source: bytes) -> Extraction:
        text = re.sub(r"<!--.*?-->|<(style|script)>.*?</\1>", "", source.decode())
        return Extraction(unescape(re.sub(r"<[^>]*>", "", text.replace("</p>", "\n"))))

    monkeypatch.setattr(documents, "extract_html", everything)
    assert hide("default suite", range(60)).silent != []


def test_silent_mutants_are_reported_by_number_and_reason():
    tally = Tally()
    verdict = judge(undamaged("ohio", render("US-OH")), KENTUCKY)
    tally.add("lines moved", "ohio, mutant 7", verdict)
    assert "SILENT lines moved, ohio, mutant 7: taken for a sheet of 2023/US-KY" in report(tally)


@pytest.mark.parametrize(
    ("printed", "value", "qualifier", "lower", "upper"),
    [
        ("8,597", 8597, "exact", 8597, 8597),
        ("more than 105 million", 105_000_000, "more_than", 105_000_000, None),
        ("36.2 million", 36_200_000, "rounded", 36_150_000, 36_300_000),
        ("36.2**M**", 36_200_000, "rounded", 36_150_000, 36_300_000),
        ("about 19%", 19, "approximately", 18, 20),
        ("nearly 30,000", 30_000, "nearly", 20_000, 30_000),
        ("fewer than 5", 5, "fewer_than", 0, 5),
        ("27,800+", 27_800, "at_least", 27_800, None),
        ("twenty-\none", 21, "exact", 21, 21),
        ("5&#55;", 57, "exact", 57, 57),
        ("no", 0, "exact", 0, 0),
        ("none", 0, "exact", 0, 0),
        ("five (5)", 5, "exact", 5, 5),
        ("at least twenty-one (21)", 21, "at_least", 21, None),
        ("36.2 M", 36_200_000, "rounded", 36_150_000, 36_300_000),
        ("40 to 50", 40, "between", 40, 50),
        ("between\n40 and 50", 40, "between", 40, 50),
        ("from five to ten", 5, "between", 5, 10),
        ("40\u201350", 40, "between", 40, 50),
        ("36 million - 37.5 million", 36_000_000, "between", 36_000_000, 37_500_000),
        ("1 in 6", 6, "rounded", Decimal("5.5"), 7),
        ("one out of every six", 6, "rounded", Decimal("5.5"), 7),
        ("about 1 in 6", 6, "approximately", 5, 7),
        ("eight thousand five hundred and ninety-seven", 8597, "exact", 8597, 8597),
        ("36.2 million (36,210,368)", 36_210_368, "exact", 36_210_368, 36_210_368),
        ("8\u2009597", 8597, "exact", 8597, 8597),
        ("**8**,597", 8597, "exact", 8597, 8597),
        ("<10", 10, "fewer_than", 0, 10),
        ("8,600 (est.)", 8600, "approximately", 8500, 8700),
        ("~~7~~ 57", 57, "exact", 57, 57),
    ],
)
def test_the_small_reader_reads_figures(printed, value, qualifier, lower, upper):
    assert read_figure(printed) == Reading(value, qualifier, lower, upper)


@pytest.mark.parametrize(
    "printed", ["", "5 7", "5,7", "057", "5\u00ad7", "5**7**", "57\u00b9", "more than 57+", "57 dozen", "(57)", "five (6)",
     "5 (5)", "50 to 40", "40 to 40", "40 to\n50", "40\n- 50", "40 and 50", "between 40 to 50", "36 to 37 million", "five to 10", "40-50-60", "more than 40 to 50", "40 to 50%",
     "1 in 1", "2 in 6", "1 in 6.5", "more than 1 in 6", "1 in 6%", "1 in six (6)",
     "thousand five", "five two", "hundred", "five hundred seven thousand hundred", "36.2 million (37,210,368)", "8 597", "<b>8</b>597"]
)  # fmt: skip
def test_the_small_reader_is_not_sure_of_what_is_no_figure(printed):
    assert read_figure(printed) is None


def test_the_small_reader_sees_the_words_beside_a_figure():
    assert neighbours("on **57** incidents", 5, 7) == ("on", "incident")
    assert neighbours("on [57](#a) incidents", 4, 6) == ("on", "incident")
    assert neighbours("Cases\t45\nOther", 6, 8) == ("case", "\nother")
    assert neighbours("on 571 incidents", 3, 5) is None


# What mutants found


def both_team_adams(printed: str) -> str:
    """A sheet with the national and the state's sentence on Team Adam, of which it needs one."""
    sentences = NATIONAL_TEAM_ADAM, STATE_TEAM_ADAM
    national, state = (
        text.format(year=2023, name="Kentucky", nation=NATION_2023, local={"team_adam_cases_assisted": printed})
        for text in sentences
    )  # fmt: skip
    return change(KENTUCKY, national, f"{national} {state}")


def test_a_sheet_may_print_both_sentences():
    sheet, _ = read(both_team_adams("one"))
    assert errors(both_team_adams("one")) == []
    assert figures(sheet)["team_adam_cases_assisted", "state"] == Figure(1, "exact", 1, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("on one cases", "on on\u0435 cases"),
        ("on one cases", "on many cases"),
        ("on one cases", "on a case"),
        ("on one cases", "0n one cases"),
        ("on one cases", "in one cases"),
        ("assistance on one cases", "assistanse on one cases"),
        ("on one cases", "on one cades"),
        ("on one cases", "on no kase"),
        ("assistance on one cases", "on one assistance cases"),
    ],
)
def test_an_optional_figure_in_words_is_not_lost_in_silence(old, new):
    assert errors(change(both_team_adams("one"), old, new)) != []


@pytest.mark.parametrize("printed", ["one out of", "one out of every"])
@pytest.mark.parametrize(
    "damaged",
    [
        " sx of",
        "six of",
        " s,ix of",
        " \u03bdix of",
        " six*of",
        " sox if",
        "is x of",
        " s\n\nix of",
    ],
)
def test_a_ratio_in_words_is_not_lost_in_silence(printed, damaged):
    sentence = " In 2023, {} the children reported missing to NCMEC who ran away were likely victims of child sex trafficking."
    assert errors(KENTUCKY + sentence.format(f"{printed} six of")) == []
    assert errors(KENTUCKY + sentence.format(f"{printed}{damaged}")) != []


def test_the_finding_says_what_is_announced_and_where():
    text = change(both_team_adams("one"), "on one cases", "on many cases")
    assert failures(text) == [
        "2023/US-KY (2023/sheet.txt): 'In 2023, Team Adam provided Team Adam critical case assistance "
        "on many cases in Kentucky.' is no whole sentence team_adam_of_the_state: 'many' cannot be "
        "read as the figure of team_adam_cases_assisted; compare it with the sheet, then add the "
        "sentence to sentences.yml or its words to asides.yml",
        "2023/US-KY (2023/sheet.txt): 'In 2023, Team Adam provided Team Adam critical case assistance "
        "on many cases in Kentucky.' announces team_adam_cases_assisted, but is not the sentence "
        "team_adam_of_the_state; compare it with sentences.yml",
    ]


def test_other_sentences_with_everyday_words_announce_nothing():
    text = f"{KENTUCKY}\n\nNo case is closed before one child is found; no longer on one of these."
    assert errors(text) == []
    assert len(failures(text)) == 3


@pytest.mark.parametrize(
    "behind", ["dozen", "hundred", "percent", "per cent", "no", "one", "to", "to dozen", "to 5", "in 6", "of 50", "out of 50", "(3)", "(12)", "plus two", "\nsixteen"]
)  # fmt: skip
def test_a_word_that_goes_on_with_a_rows_number_is_not_passed_over(behind):
    row = "Refugee Resettlement (HHS-ORR) :\t21"
    assert errors(change(KENTUCKY, row, f"{row} {behind}")) != []
    assert errors(change(KENTUCKY, row, f"{row} cases")) == []


ROW = "Refugee Resettlement (HHS-ORR) :\t21"


@pytest.mark.parametrize("printed", ["21 to 50", "21-50", "21 - 50", "between 21 and 50"])
def test_a_row_with_a_range_is_one_interval(printed):
    text = change(KENTUCKY, ROW, ROW.replace("21", printed))
    sheet, _ = read(text)
    assert errors(text) == []
    assert figures(sheet)["missing_child_cases_orr", "state"] == Figure(21, "between", 21, 50)


@pytest.mark.parametrize(
    "behind", [" to\n50", "\nto 50", " -\n50", "\n- 50", "-\n50", " and\n50", "\n\n\f50"]
)
def test_a_range_does_not_reach_over_the_end_of_a_line(behind):
    assert errors(change(KENTUCKY, ROW, f"{ROW}{behind}")) != []
    assert errors(change(KENTUCKY, "on 57 incidents", f"on 57{behind} incidents")) != []


@pytest.mark.parametrize("end", ["\n\n", "\n"])
def test_a_sentence_behind_the_last_row_may_begin_with_the_year(end):
    rest = "\n\nIn 2023, NCMEC assisted"
    assert rest in KENTUCKY
    assert errors(change(KENTUCKY, f"{ROW}\n", f"{ROW}{end}In 2023, cases were many.\n")) == []


@pytest.mark.parametrize(
    "printed", ["more than 18,000 or fewer", "more than 18,000+", "at least 18,000 or less"]
)
def test_a_figure_with_two_qualifiers_is_not_read(printed):
    assert "required_metrics_are_printed" in errors(change(KENTUCKY, "more than 18,000", printed))


@pytest.mark.parametrize("printed", ["19+%+", "more than 19%+", "fewer than 19+%"])
def test_a_share_with_two_qualifiers_is_not_read(printed):
    assert "required_metrics_are_printed" in errors(change(KENTUCKY, "19%", printed))


@pytest.mark.parametrize("gap", [" ", "  ", "\t"])
def test_a_sign_wrapped_before_its_number_is_read_and_no_mark_of_a_quotation(gap):
    text = change(KENTUCKY, "had more than 18,000", f"had\n>{gap}18,000")
    assert errors(text) == []
    assert value(text, "connect_registered_users", "US") == "18000"
    assert errors(change(KENTUCKY, "had more than 18,000", f"had\n>{gap}more than 18,000")) == []


@pytest.mark.parametrize("numeral", [char for char in LIKE_DIGITS if char.isnumeric()])
def test_a_numeral_of_any_script_stands_in_the_ledger(numeral):
    assert "numerals_are_accounted_for" in errors(f"{KENTUCKY}\n\nNCMEC helped {numeral} of them.")
