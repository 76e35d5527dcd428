"""Sheets rendered from random values say those values, or are refused; never anything else.

A sheet in an ordinary layout has to be accepted. A sheet whose layout cuts into its numbers may
be refused, but may not be accepted with a value that was not printed.
"""

from __future__ import annotations

import os
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.checks import is_error
from tests.attack.reader import NUMBER_WORDS, PREFIXES, Reading, read_figure
from tests.parse.reading import figures, read
from tests.sheets_factory import (
    ENCODINGS,
    KENTUCKY_2023,
    NAMES,
    NATION_2023,
    backslash_escapes,
    bold_words,
    composed,
    cr,
    crlf,
    curly_quotes,
    encode,
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

EXAMPLES = int(os.environ.get("ROUND_TRIPS", "50"))
SETTINGS = settings(max_examples=EXAMPLES)
SEEDS = st.integers(0, 10_000)

TABLES = st.sampled_from([lambda text: text, pipe_table, table("  "), table(" ", end=" "), table(before="- "), table(" | ")])  # fmt: skip
MARKUP = st.one_of(
    st.sampled_from([lambda text: text, without_markup, markdown_headings, markdown_link, html_entities, backslash_escapes]),
    SEEDS.map(bold_words),
    SEEDS.map(lambda seed: bold_words(seed, "_")),
)  # fmt: skip
CHARACTERS = st.one_of(
    st.sampled_from([lambda text: text, no_break_spaces, soft_hyphens, curly_quotes, ligatures, full_width_digits]),
    st.sampled_from("\u2010\u2011\u2012\u2013\u2014\u2212\u00ad").map(hyphens),
)  # fmt: skip
LAYOUT = st.one_of(
    st.integers(1, 120).map(rewrapped),
    SEEDS.map(page_breaks),
    SEEDS.map(lambda seed: page_breaks(seed, "\f")),
    SEEDS.map(lambda seed: page_breaks(seed, "\n\f\n")),
)
LINE_ENDS = st.sampled_from([lambda text: text, crlf, cr])
ORDINARY = st.tuples(TABLES, CHARACTERS, MARKUP, LAYOUT, LINE_ENDS).map(
    lambda all_: composed(*all_)
)


def cuts(mark):
    """Flavours that put a mark at a few places, within numbers too."""

    def at(seed):
        def flavour(text):
            chosen = random.Random(seed)  # noqa: S311
            for place in sorted(chosen.sample(range(len(text)), 12), reverse=True):
                text = text[:place] + mark + text[place:]
            digits = [place for place, char in enumerate(text) if char.isdigit()]
            place = chosen.choice(digits)
            return text[:place] + mark + text[place:]

        return flavour

    return SEEDS.map(at)


RISKY = st.sampled_from(["**", "*", "_", "`", "\u00ad", "\u200b", "\n", "\n\n", "\f", "-\n", "\u00a0", "&nbsp;", "&shy;", "\\", "[^1]", "](x)", "\u00b9", "|"]).flatmap(cuts)  # fmt: skip


def printed_numbers(largest):
    """A whole number with its value, as printed with commas and without."""
    return st.integers(0, largest).flatmap(
        lambda number: st.sampled_from([f"{number:,}", str(number)]).map(
            lambda text: (number, text)
        )
    )


@st.composite
def sheets(draw):
    """Jurisdiction, year, state and national figures as (value, printed) that fit each other."""
    local = {metric: draw(printed_numbers(9_999)) for metric in KENTUCKY_2023}
    parts = [
        "missing_child_cases_social_services",
        "missing_child_cases_other",
        "missing_child_cases_orr",
    ]
    total = sum(local[part][0] for part in parts)
    local["missing_child_cases"] = (total, f"{total:,}")
    local["team_hope_supported"] = draw(printed_numbers(100))
    local["connect_new_users"] = draw(printed_numbers(1_000))
    if draw(st.booleans()):
        local["team_adam_cases_assisted"] = draw(printed_numbers(99))
    tenths = draw(st.integers(100, 999))
    cases, runaways, percent = (
        draw(st.integers(40_000, 99_999)),
        draw(st.integers(100, 40_000)),
        draw(st.integers(0, 100)),
    )
    nation = {
        "cybertipline_reports_received": (tenths * 100_000, f"{tenths / 10} million"),
        "cybertipline_files_received": (200_000_000, draw(st.sampled_from(["more than 200 million", "200,000,000", "nearly 200M"]))),
        "cvip_children_identified": draw(printed_numbers(9_000_000).filter(lambda n: n[0] >= 10_000)),
        "missing_child_cases": (cases, f"{cases:,}"),
        "missing_child_cases_runaway_social_services": (runaways, f"{runaways:,}"),
        "runaways_likely_trafficked_share": (percent, draw(st.sampled_from([f"{percent}%", f"{percent} percent"]))),
        "trafficking_reports_received": (27_800, draw(st.sampled_from(["27,800+", "over 27,800", "approximately 27,800"]))),
        "team_hope_supported": draw(printed_numbers(9_999).filter(lambda n: n[0] >= 100)),
        "team_adam_incidents": draw(printed_numbers(9_999)),
        "team_adam_long_term_cases": draw(st.sampled_from([(0, "no"), (5, "fewer than 5"), (21, "twenty-one"), (146, "146")])),
        "connect_registered_users": draw(printed_numbers(999_999).filter(lambda n: n[0] >= 1_000)),
    }  # fmt: skip
    assert nation.keys() == NATION_2023.keys()
    return draw(st.sampled_from(sorted(NAMES))), draw(st.integers(2015, 2035)), local, nation


def rendered(sheet):
    jurisdiction, year, local, nation = sheet
    return render(
        jurisdiction,
        year,
        local={metric: printed for metric, (_, printed) in local.items()},
        nation={metric: printed for metric, (_, printed) in nation.items()},
    )


def expected(sheet):
    """Values by metric and whether they are of the nation or the state."""
    _, _, local, nation = sheet
    values = {(metric, "state"): value for metric, (value, _) in local.items()}
    values |= {(metric, "US"): value for metric, (value, _) in nation.items()}
    if "team_adam_cases_assisted" in local:
        del values["team_adam_incidents", "US"], values["team_adam_long_term_cases", "US"]
    return values


def read_undated(sheet):
    """The parsed sheet and the checks by which it is refused."""
    parsed, findings = read(sheet, "undated.txt")
    return parsed, [finding.check for finding in findings if is_error(finding)]


def read_values(parsed):
    return {key: figure.value for key, figure in figures(parsed).items()}


@SETTINGS
@given(sheets(), ORDINARY)
def test_an_ordinary_layout_is_accepted_and_says_what_was_rendered(sheet, flavour):
    parsed, refused = read_undated(flavour(rendered(sheet)))
    assert refused == []
    assert read_values(parsed) == expected(sheet)
    assert (parsed.jurisdiction, parsed.year) == sheet[:2]


@SETTINGS
@given(sheets(), ORDINARY, RISKY)
def test_a_layout_that_cuts_into_numbers_is_refused_or_says_what_was_rendered(sheet, flavour, risk):
    parsed, refused = read_undated(risk(flavour(rendered(sheet))))
    if not refused:
        assert read_values(parsed) == expected(sheet)
        assert (parsed.jurisdiction, parsed.year) == sheet[:2]


@settings(SETTINGS, max_examples=60)
@given(
    sheets(),
    st.sampled_from([curly_quotes, no_break_spaces, without_markup]),
    st.sampled_from(ENCODINGS),
)
def test_an_encoding_does_not_change_what_was_rendered(sheet, flavour, encoding):
    parsed, refused = read_undated(encode(flavour(rendered(sheet)), encoding))
    assert refused == []
    assert read_values(parsed) == expected(sheet)


def test_every_jurisdiction_prints_its_own_values_in_every_year():
    for number, jurisdiction in enumerate(NAMES):
        local = {**KENTUCKY_2023, "cvip_submissions_reviewed": str(1000 + number)}
        parsed, _ = read(render(jurisdiction, 2015 + number % 21, local=local), "undated.txt")
        assert parsed.sheet_id == f"{2015 + number % 21}/{jurisdiction}"
        assert figures(parsed)["cvip_submissions_reviewed", "state"].value == 1000 + number


def worded(low, high):
    """A count in any wording: a qualifier or none, digits, a scale, a number word, a suffix."""
    before = st.sampled_from([f"{words} " for all_ in PREFIXES.values() for words in all_])
    number = st.integers(low, high)
    shortened = [
        st.integers(max(1, low // unit + 1), high // unit).map(lambda n, scale=scale: f"{n}{scale}")
        for unit, scale in ((1_000, "k"), (1_000, " thousand"), (10**6, " million"), (10**6, "M"))
        if high // unit > max(1, low // unit + 1)
    ]
    few = st.sampled_from(
        [word for word, n in NUMBER_WORDS.items() if low <= n <= high] or [f"{low:,}"]
    )
    digits = number.map("{:,}".format) | number.map(str)
    bare = st.one_of(digits, few, *shortened)
    return st.one_of(
        bare,
        st.tuples(before, digits).map("".join),
        st.tuples(digits, st.sampled_from(["+", " or more", " or fewer", " or less"])).map("".join),
    )


WORDED = {
    ("cybertipline_reports_to_law_enforcement", "state"): worded(0, 900_000),
    ("cvip_submissions_reviewed", "state"): worded(0, 90_000),
    ("trafficking_engagements", "state"): worded(0, 9_000),
    ("faon_connections", "state"): worded(0, 9_000),
    ("cvip_children_identified", "US"): worded(10_000, 9_000_000),
    ("trafficking_reports_received", "US"): worded(100, 9_000_000),
    ("team_adam_incidents", "US"): worded(0, 9_000),
    ("team_adam_long_term_cases", "US"): worded(0, 90_000),
}


@SETTINGS
@given(
    st.sampled_from(sorted(NAMES)), st.integers(2015, 2035), st.fixed_dictionaries(WORDED), MARKUP
)
def test_a_figure_in_any_wording_is_read_as_a_person_reads_it(jurisdiction, year, printed, markup):
    local = {**KENTUCKY_2023, **{m: text for (m, of), text in printed.items() if of == "state"}}
    nation = {**NATION_2023, **{m: text for (m, of), text in printed.items() if of == "US"}}
    parsed, refused = read_undated(markup(render(jurisdiction, year, local=local, nation=nation)))
    assert refused == []
    assert parsed.sheet_id == f"{year}/{jurisdiction}"
    found = figures(parsed)
    for key, text in printed.items():
        figure = found[key]
        reading = Reading(figure.value, figure.qualifier, figure.lower, figure.upper)
        assert reading == read_figure(text), text
