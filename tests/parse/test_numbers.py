"""What a printed number says of the true one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sheets.normalize import canonical_words
from tests.parse.reading import errors, value, wordings
from tests.sheets_factory import NATION_2023, change, render

NUMBERS = wordings().numbers


def reads(printed):
    """Value, qualifier, lower and upper, as strings."""
    figure = NUMBERS.read(canonical_words(printed))
    if figure is None:
        return None
    bounds = [None if bound is None else str(bound) for bound in (figure.lower, figure.upper)]
    return (str(figure.value), figure.qualifier, *bounds)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("57", ("57", "exact", "57", "57")),
        ("8,597", ("8597", "exact", "8597", "8597")),
        ("36,210,368", ("36210368", "exact", "36210368", "36210368")),
        ("8597", ("8597", "exact", "8597", "8597")),
        ("none", ("0", "exact", "0", "0")),
        ("8\u202f597", ("8597", "exact", "8597", "8597")),
        ("8\u2009597", ("8597", "exact", "8597", "8597")),
        ("36\u00a0210\u00a0368", ("36210368", "exact", "36210368", "36210368")),
        ("8&nbsp;597", ("8597", "exact", "8597", "8597")),
        ("8,<wbr>597", ("8597", "exact", "8597", "8597")),
        ("**8**,597", ("8597", "exact", "8597", "8597")),
        ("<b>8</b>,597", ("8597", "exact", "8597", "8597")),
        ("eight thousand five hundred ninety-seven", ("8597", "exact", "8597", "8597")),
        ("one hundred and five", ("105", "exact", "105", "105")),
        ("one thousand and five", ("1005", "exact", "1005", "1005")),
        ("two million", ("2000000", "exact", "2000000", "2000000")),
        ("36.2 million (36,210,368)", ("36210368", "exact", "36210368", "36210368")),
        ("five (5)", ("5", "exact", "5", "5")),
        ("0", ("0", "exact", "0", "0")),
        ("no", ("0", "exact", "0", "0")),
        ("No", ("0", "exact", "0", "0")),
        ("Zero", ("0", "exact", "0", "0")),
        ("two", ("2", "exact", "2", "2")),
    ],
)
def test_a_number_in_full_is_exact(printed, expected):
    assert reads(printed) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("36.2 million", ("36200000", "rounded", "36150000", "36300000")),
        ("36 million", ("36000000", "rounded", "35500000", "37000000")),
        ("36.21 Million", ("36210000", "rounded", "36205000", "36220000")),
        ("1.5 billion", ("1500000000", "rounded", "1450000000", "1600000000")),
        ("18 thousand", ("18000", "rounded", "17500", "19000")),
        ("18k", ("18000", "rounded", "17500", "19000")),
        ("36.2 M", ("36200000", "rounded", "36150000", "36300000")),
        ("105 MILLION", ("105000000", "rounded", "104500000", "106000000")),
        ("36.2M", ("36200000", "rounded", "36150000", "36300000")),
        ("1B", ("1000000000", "rounded", "500000000", "2000000000")),
    ],
)
def test_a_number_with_a_scale_is_rounded_or_cut_off_at_its_last_digit(printed, expected):
    assert reads(printed) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *((w, ("30000", "more_than", "30000", None)) for w in ("more than", "over", "greater than", "upwards of", "in excess of", "above", "exceeding")),
        *((w, ("30000", "at_least", "30000", None)) for w in ("at least", "no fewer than", "no less than", "not less than", "a minimum of")),
        *((w, ("30000", "fewer_than", "0", "30000")) for w in ("fewer than", "less than", "under", "below")),
        *((w, ("30000", "at_most", "0", "30000")) for w in ("at most", "no more than", "not more than", "up to", "a maximum of")),
        *((w, ("30000", "nearly", "20000", "30000")) for w in ("nearly", "almost", "close to", "just under")),
        *((w, ("30000", "approximately", "20000", "40000")) for w in ("approximately", "about", "around", "roughly", "an estimated", "some")),
    ],
)  # fmt: skip
def test_the_words_before_a_number_bound_it(words, expected):
    assert reads(f"{words} 30,000") == expected


def test_every_qualifier_of_the_catalog_is_read():
    for qualifier in wordings().catalog.qualifiers:
        for form in qualifier.ranges:
            assert reads(form.format(low="40", high="50"))[1] == qualifier.qualifier
        for words in qualifier.words:
            assert reads(f"{words} 30,000")[1] == qualifier.qualifier
        for sign in qualifier.signs:
            assert reads(f"{sign}30,000")[1] == qualifier.qualifier
        for suffix in qualifier.suffixes:
            assert reads(f"30,000{suffix}")[1] == qualifier.qualifier


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("27,800+", ("27800", "at_least", "27800", None)),
        ("27,800 or more", ("27800", "at_least", "27800", None)),
        ("5 or fewer", ("5", "at_most", "0", "5")),
        ("thirty-plus", None),
        ("<10", ("10", "fewer_than", "0", "10")),
        ("> 18,000", ("18000", "more_than", "18000", None)),
        ("\u2265 18,000", ("18000", "at_least", "18000", None)),
        ("~40", ("40", "approximately", "30", "50")),
        ("57 or so", ("57", "approximately", "56", "58")),
        ("57 (est.)", ("57", "approximately", "56", "58")),
        ("5 or less", ("5", "at_most", "0", "5")),
        ("fewer than 5", ("5", "fewer_than", "0", "5")),
        ("more than 105 million", ("105000000", "more_than", "105000000", None)),
        ("nearly 29,397", ("29397", "nearly", "29396", "29397")),
        ("about five", ("5", "approximately", "4", "6")),
        ("nearly 1", ("1", "nearly", "0", "1")),
        ("about zero", ("0", "approximately", "0", "1")),
    ],
)
def test_a_qualified_number_is_an_interval(printed, expected):
    assert reads(printed) == expected


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("between 40 and 50", ("40", "between", "40", "50")),
        ("from 40 to 50", ("40", "between", "40", "50")),
        ("40 to 50", ("40", "between", "40", "50")),
        ("40-50", ("40", "between", "40", "50")),
        ("40\u201350", ("40", "between", "40", "50")),
        ("40 \u2013 50", ("40", "between", "40", "50")),
        ("1,200 to 1,300", ("1200", "between", "1200", "1300")),
        ("five to twenty-one", ("5", "between", "5", "21")),
        ("36.2 million to 37 million", ("36200000", "between", "36200000", "37000000")),
        ("50 to 40", None),
        ("40 to 40", None),
        ("36.2 to 37 million", None),
        ("36 million to 37", None),
        ("five to 10", None),
        ("five (6)", None),
        ("36.2 million (37,210,368)", None),
        ("8,597 (8,597)", None),
        ("8-597", None),
        ("140-150", ("140", "between", "140", "150")),
        ("36.0", None),
        ("12.000", None),
    ],
)
def test_a_range_is_one_interval_with_its_lower_end_as_value_or_no_figure(printed, expected):
    assert reads(printed) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_range_reads_to_its_two_ends_if_they_are_in_order(low, high):
    expected = (str(low), "between", str(low), str(high)) if low < high else None
    assert reads(f"between {low:,} and {high:,}") == expected
    # "8-597" may be 8,597 in bad print: a short number and three digits are no range.
    doubtful = low < 100 <= high < 1000
    assert reads(f"{low}-{high}") == (None if doubtful else expected)


@pytest.mark.parametrize("printed", ["1 in 6", "one in six", "One in 6", "1 out of 6", "one out of every six", "1 in every 6", "1 of 6"])  # fmt: skip
def test_one_in_n_reads_to_n_in_every_form(printed):
    assert reads(printed) == ("6", "rounded", "5.5", "7")


def test_about_one_in_n_is_an_interval_on_both_sides_and_one_in_one_is_no_figure():
    assert reads("about 1 in 6") == ("6", "approximately", "5", "7")
    assert reads("1 in 1") is None
    assert reads("one in no") is None


@pytest.mark.parametrize("printed", ["more than 1 in 6", "nearly one in six", "at least 1 in 6", "up to 1 in 6", ">1 in 6", "1 in 6+", "1 in 6 or more"])  # fmt: skip
def test_a_bound_on_one_in_n_is_no_figure(printed):
    # It bounds the share, and so n on the other side, which no qualifier says.
    assert reads(printed) is None


@pytest.mark.parametrize("percent", ["19%", "19 %", "19 percent", "19 per cent", "19 Percent"])
def test_a_percentage_reads_the_same_in_every_form(percent):
    assert reads(percent) == ("19", "rounded", "18.5", "20")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("19.5%", ("19.5", "rounded", "19.45", "19.6")),
        ("100%", ("100", "rounded", "99.5", "100")),
        ("0%", ("0", "rounded", "0", "1")),
        ("more than 19%", ("19", "more_than", "19", "100")),
        ("19+%", ("19", "at_least", "19", "100")),
        ("nineteen percent", ("19", "rounded", "18.5", "20")),
    ],
)
def test_a_percentage_stays_within_0_and_100(printed, expected):
    assert reads(printed) == expected


UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}  # fmt: skip


@pytest.mark.parametrize("joint", ["-", " ", "\u2011"])
def test_number_words_are_read_up_to_ninety_nine(joint):
    for number in range(100):
        tens, unit = divmod(number, 10)
        word = (
            UNITS[number] if number < 20 else TENS[tens] + (f"{joint}{UNITS[unit]}" if unit else "")
        )
        assert reads(word) == (str(number), "exact", str(number), str(number))


@given(st.integers(0, 10**12 - 1))
def test_any_whole_number_reads_to_itself_with_and_without_commas(number):
    assert reads(f"{number:,}")[0] == reads(str(number))[0] == str(number)


@given(st.integers(1, 999), st.integers(0, 9), st.sampled_from(["thousand", "million", "billion"]))
def test_the_interval_of_a_shortened_number_holds_its_value(whole, tenth, scale):
    value_, _, lower, upper = reads(f"{whole}.{tenth} {scale}")
    assert Decimal(lower) < Decimal(value_) < Decimal(upper)


# In context: a number that is not well formed is no figure, and is not passed over.


def incidents(printed):
    return render(nation={**NATION_2023, "team_adam_incidents": printed})


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("57", "57"), ("fewer than 5", "5"), ("1,057", "1057"), ("no", "0"), ("fifty-seven", "57")],
)
def test_a_well_formed_number_is_accepted_in_its_sentence(printed, expected):
    assert errors(incidents(printed)) == []
    assert value(incidents(printed), "team_adam_incidents", "US") == expected


@pytest.mark.parametrize(
    "printed",
    [
        "85,97", "08,597", "0057", "8 597", "8,\n597", "8.597,00", "1,0570", "1,05", ",57", "57,",
        "-57", "\u221257", "5 700", "57\u00b9", "57**1**", "57[1](#note)", "57`1`", "57_1",
        "57\u200b1", "5.7", "57%", "57 percent", "barely 57", "hundred one", "5/7", "12.000", "57.0", "8-597", "8\u2014597",
        "1 in 6", "\u00bd", "57 dozen", "LVII", "", "57 million million", "\u0665\u0667",
        "1e3", "57 or so or more", "57?", "five two", "fifty-seven hundred", "(57)", "$57", "#57", "57 57", "57.0.1",
    ],
)  # fmt: skip
def test_a_malformed_number_is_refused_in_its_sentence(printed):
    assert errors(incidents(printed)) != []


def test_a_malformed_number_is_refused_in_the_table():
    for printed in (
        "2 1",
        "02,1",
        "21.",
        "-21",
        "21\u00b9",
        "2**1**",
        "21[1](n)",
        "22-21",
        "21*1",
        "21 million",
        "21 percent",
        "21 to 22 million",
        "21 (of 199)",
        "12.000",
        "21%",
    ):
        assert errors(change(render(), ":\t21\n", f":\t{printed}\n")) != [], printed
    assert errors(change(render(), ":\t21\n", ":\ttwenty-one\n")) == []
    assert errors(change(render(), ":\t21\n", ":\t21-22\n")) == []
