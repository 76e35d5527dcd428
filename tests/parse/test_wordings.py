"""Forms of numbers in whole sheets: what is read and as what, and what quarantines a sheet.

The tables are the contract: an accepted form gives one figure and a clean ledger, a refused one
quarantines the sheet and gives no figure of its own for the metric that it stands at.
"""

from __future__ import annotations

import pytest

from tests.parse.reading import errors, figures, read
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, change, render

MILLIONS, FILES, COUNT, SHARE = (
    "cybertipline_reports_received",
    "cybertipline_files_received",
    "team_adam_incidents",
    "runaways_likely_trafficked_share",
)

ACCEPTED = [
    # In full
    (COUNT, "57", "57 exact 57..57"),
    (COUNT, "1,057", "1057 exact 1057..1057"),
    (COUNT, "1057", "1057 exact 1057..1057"),
    (MILLIONS, "36,210,368", "36210368 exact 36210368..36210368"),
    (COUNT, "8\u2009597", "8597 exact 8597..8597"),
    (COUNT, "8\u202f597", "8597 exact 8597..8597"),
    (MILLIONS, "36\u00a0210\u00a0368", "36210368 exact 36210368..36210368"),
    # Words
    (COUNT, "one", "1 exact 1..1"),
    (COUNT, "twenty-one", "21 exact 21..21"),
    (COUNT, "Twenty one", "21 exact 21..21"),
    (COUNT, "NINETY-NINE", "99 exact 99..99"),
    (COUNT, "five (5)", "5 exact 5..5"),
    (COUNT, "at least twenty-one (21)", "21 at_least 21.."),
    (COUNT, "one hundred", "100 exact 100..100"),
    (COUNT, "eight thousand five hundred ninety-seven", "8597 exact 8597..8597"),
    (COUNT, "one thousand and six", "1006 exact 1006..1006"),
    # Zero
    (COUNT, "0", "0 exact 0..0"),
    (COUNT, "no", "0 exact 0..0"),
    (COUNT, "zero", "0 exact 0..0"),
    (COUNT, "none", "0 exact 0..0"),
    # Precision
    (COUNT, "more than 57", "57 more_than 57.."),
    (COUNT, "over 50", "50 more_than 50.."),
    (COUNT, "nearly 50", "50 nearly 40..50"),
    (COUNT, "about 50", "50 approximately 40..60"),
    (COUNT, "approximately fifty", "50 approximately 40..60"),
    (COUNT, "fewer than 5", "5 fewer_than 0..5"),
    (COUNT, "at least 5", "5 at_least 5.."),
    (COUNT, "1,800+", "1800 at_least 1800.."),
    (COUNT, "5 or more", "5 at_least 5.."),
    (COUNT, "~40", "40 approximately 30..50"),
    (COUNT, "40 or so", "40 approximately 30..50"),
    (COUNT, "40 (est.)", "40 approximately 30..50"),
    (COUNT, ">40", "40 more_than 40.."),
    (COUNT, "<10", "10 fewer_than 0..10"),
    (COUNT, "< 5", "5 fewer_than 0..5"),
    (COUNT, "&lt;5", "5 fewer_than 0..5"),
    (COUNT, "\u2265 5", "5 at_least 5.."),
    # Scales
    (MILLIONS, "36.2 million (36,210,368)", "36210368 exact 36210368..36210368"),
    (MILLIONS, "36.2 million", "36200000 rounded 36150000..36300000"),
    (MILLIONS, "36.2M", "36200000 rounded 36150000..36300000"),
    (MILLIONS, "36.2 M", "36200000 rounded 36150000..36300000"),
    (FILES, "105 MILLION", "105000000 rounded 104500000..106000000"),
    (FILES, "0.1 billion", "100000000 rounded 50000000..200000000"),
    (FILES, "105,000 thousand", "105000000 rounded 104999500..105001000"),
    # Ranges: one interval, its value the lower end
    (COUNT, "between 40 and 50", "40 between 40..50"),
    (COUNT, "from 40 to 50", "40 between 40..50"),
    (COUNT, "40 to 50", "40 between 40..50"),
    (COUNT, "40-50", "40 between 40..50"),
    (COUNT, "40\u201350", "40 between 40..50"),
    (COUNT, "40 \u2013 50", "40 between 40..50"),
    (COUNT, "between five and ten", "5 between 5..10"),
    (MILLIONS, "between 36 million and 37 million", "36000000 between 36000000..37000000"),
    # Percent
    (SHARE, "19%", "19 rounded 18.5..20"),
    (SHARE, "19 %", "19 rounded 18.5..20"),
    (SHARE, "19 percent", "19 rounded 18.5..20"),
    (SHARE, "19 per cent", "19 rounded 18.5..20"),
    (SHARE, "nineteen percent", "19 rounded 18.5..20"),
    (SHARE, "19.5%", "19.5 rounded 19.45..19.6"),
    (SHARE, "over 19%", "19 more_than 19..100"),
    (SHARE, "nearly 20 percent", "20 nearly 10..20"),
]

REFUSED = [
    # Separators
    (COUNT, "8 597"), (COUNT, "1,2345"), (COUNT, "12,34"), (COUNT, "8.597"), (COUNT, "1,057,"),
    (COUNT, "8-597"), (COUNT, "8\u2014597"), (COUNT, "8'597"), (COUNT, "8\u2009597\u20092"),
    # Not a count
    (COUNT, "1.5"), (COUNT, "36.0"), (COUNT, "12.000"), (COUNT, "-5"), (COUNT, "- 133"), (COUNT, "\u22125"), (COUNT, "1e6"), (COUNT, "5/7"), (COUNT, "57%"),
    (COUNT, "\u0663"), (COUNT, "\u00bd"), (COUNT, "1.5 to 2"), (COUNT, "1 to 2.5"), (COUNT, "1 in 6"),
    # Precision that is not understood, or twice
    (COUNT, "more than about 5"), (COUNT, "nearly over 50"), (COUNT, "barely 57"), (COUNT, "more than 40 to 50"),
    (COUNT, "~~40"), (COUNT, "><40"), (COUNT, "~40 or so"), (COUNT, "about 57 (est.)"), (COUNT, "57 or thereabouts"), (COUNT, "=40"),
    # Words that are no number
    (COUNT, "a dozen"), (COUNT, "hundreds of"), (COUNT, "several hundred"), (COUNT, "a hundred"), (COUNT, "a few"),
    (COUNT, "thirty-plus"), (COUNT, "one-in-six"), (COUNT, "twelve-month"), (COUNT, "fifty seven hundred three thousand"),
    (COUNT, "five (6)"), (COUNT, "5 (five)"), (COUNT, "twenty-eleven"), (COUNT, "thirty-zero"),
    # Ranges that contradict themselves, or of which half would be read
    (COUNT, "50 to 40"), (COUNT, "40 to 40"), (COUNT, "40-"), (COUNT, "40-\n50"), (COUNT, "40-50-60"),
    (COUNT, "between 40 and"), (COUNT, "between 40 to 50"), (COUNT, "40 and 50"), (COUNT, "40 or 50"), (COUNT, "five to 10"),
    (MILLIONS, "36.2 million (46,210,368)"), (MILLIONS, "36.2 to 37 million"), (MILLIONS, "36-37 million"), (MILLIONS, "36 million to 37"),
    # Scales
    (FILES, "105+ million"), (FILES, "105 million million"), (FILES, "105 trillion"), (FILES, "105 mn"),
    # Percent
    (SHARE, "19-20%"), (SHARE, "19% to 20%"), (SHARE, "19 pct"), (SHARE, "19"), (SHARE, "119%"), (SHARE, "19%%"),
    (SHARE, "one in five"),
]  # fmt: skip


def sheet_with(metric, printed):
    nation = {**NATION_2023, "cybertipline_files_received": "more than 205 million"}
    if metric == FILES:
        nation[MILLIONS] = "12.2 million"
    return render(nation={**nation, metric: printed})


def shown(figure):
    bounds = [f"{bound:f}" if bound is not None else "" for bound in (figure.lower, figure.upper)]
    return f"{figure.value:f} {figure.qualifier} {'..'.join(bounds)}"


@pytest.mark.parametrize(("metric", "printed", "expected"), ACCEPTED)
def test_an_accepted_form_is_one_figure_and_leaves_no_numeral_over(metric, printed, expected):
    text = sheet_with(metric, printed)
    assert errors(text) == []
    sheet, _ = read(text)
    assert shown(figures(sheet)[metric, "US"]) == expected
    assert [n.printed for n in sheet.numerals if n.disposition == "unaccounted"] == []
    assert [s.printed for s in sheet.statements if s.metric == metric and s.of == "US"] == [printed]


@pytest.mark.parametrize(("metric", "printed"), REFUSED)
def test_a_refused_form_quarantines_the_sheet(metric, printed):
    assert errors(sheet_with(metric, printed)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("had 6 engagements", "had one engagement"),
        ("had 6 engagements", "had no engagements"),
        ("8,597 CyberTipline reports were", "one CyberTipline report was"),
        ("on 28,886 missing child cases", "on 28,886 missing child case"),
    ],
)
def test_singular_and_plural_go_with_any_number(old, new):
    assert errors(change(render(), old, new)) == []


def test_a_range_is_held_against_the_bounds_at_both_ends():
    assert errors(sheet_with(COUNT, "9,000 to 10,000")) == []
    assert errors(sheet_with(COUNT, "9,000 to 10,001")) == ["values_are_within_bounds"]


def test_a_range_in_the_table_must_allow_the_stated_total():
    def rows(printed):
        return render(local={**KENTUCKY_2023, "missing_child_cases_orr": printed})

    assert errors(rows("20 to 25")) == []
    assert errors(rows("22 to 25")) == ["parts_sum_to_totals"]


# "1 in 6" beside "19%": a metric of its own


ONE_IN = "runaways_likely_trafficked_one_in"
SENTENCE = "In 2023, 1 in 6 of the children reported missing to NCMEC who ran away were likely victims of child sex trafficking."


@pytest.mark.parametrize(
    "printed",
    ["1 in 6", "one in six", "One in six", "1 out of 6", "one out of every six", "about 1 in 6"],
)
def test_one_in_six_is_a_metric_of_its_own_beside_the_share(printed):
    text = f"{render()} {SENTENCE.replace('1 in 6', printed)}"
    assert errors(text) == []
    found = figures(read(text)[0])
    assert str(found[ONE_IN, "US"].value) == "6"
    assert str(found[SHARE, "US"].value) == "19"


@pytest.mark.parametrize("printed", ["2 in 6", "1 in 6.5", "1 in 1", "1 in 101", "more than 1 in 6", "nearly 1 in 6", "1-in-6", "1/6", "1 to 6", "16%", "6", "1 in 6 to 7", "1 in six million"])  # fmt: skip
def test_other_ratios_quarantine_the_sheet(printed):
    # "More than 1 in 6" bounds the share from below and so n from above: no qualifier says that.
    assert errors(f"{render()} {SENTENCE.replace('1 in 6', printed)}") != []


def test_a_sheet_need_not_print_one_in_n():
    assert errors(render()) == []
    assert (ONE_IN, "US") not in figures(read(render())[0])
