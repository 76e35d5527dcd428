"""Canonical text, and the way back from it to every raw character."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sheets.normalize import normalize
from tests.sheets_factory import bold_words, markdown_headings, markdown_link, pipe_table, render

PIECES = st.sampled_from(
    [*"aZ09,. \t\n\r\f*_`#>|[]()&;:\\-%'", "**", "\u00a0", "\u00ad", "\u200b", "\ufb01", "\ufb03",
     "\u2019", "\u2013", "\u00b9", "\uff15", "\u2022 ", "&amp;", "&#39;", "&#49;", "&nbsp;", "[a](b/1)",
     "word-\n", "8,597", "\n\n", "\n## ", "\n| --- | --- |\n", "\\*", "in 2023"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("**In 2023, 8,597 Reports**", "in 2023, 8,597 reports"),
        ("including **163 new** users", "including 163 new users"),
        ("_six_ and `seven` and ***eight***", "six and seven and eight"),
        ("text\n### **Heading**\ntext", "text\nheading\ntext"),
        ("[site](https://x.org/a1) next", "site next"),
        ("NCMEC\u2019s \u201cwork\u201d", 'ncmec\'s "work"'),
        ("law\u00a0enforcement", "law enforcement"),
        ("exploi\u00adtation", "exploitation"),
        ("twenty\u00adone, twenty\u00ad\none", "twenty one, twenty one"),
        ("seven\u00adteen no\u00adthing", "seventeen nothing"),
        (
            "long-term, long\u2011term, long\u2013term, long-\nterm, long\\-term",
            "longterm, longterm, longterm, longterm, longterm",
        ),
        ("o\ufb03ce of \ufb01rst \ufb02oor", "office of first floor"),
        ("a&amp;b &#39;c&#39; &#x2F; d&nbsp;e", "a&b 'c' / d e"),
        ("one  two \t three", "one two three"),
        ("running\r\n\r\nbehavior", "running\nbehavior"),
        ("running\fbehavior", "running\nbehavior"),
        ("| Label | 133 |", " label 133 "),
        ("\\(1\\) a\\.", "(1) a."),
        ("\uff18,\uff15\uff19\uff17", "8,597"),
        ("text\n- item\n\u2022 item", "text\nitem\nitem"),
    ],
)
def test_what_tools_do_to_a_text_is_undone(raw, expected):
    assert normalize(raw).text == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("199\u00b9", "199\u00b9"),
        ("199**1**", "199*1"),
        ("**199**1", "199*1"),
        ("199*1*", "199*1"),
        ("199`1`", "199*1"),
        ("199_1_", "199_1"),
        ("199[1](#note)", "199*1"),
        ("199\u200b1", "199*1"),
        ("<span hidden>6</span>", "<span hidden>6"),
        ("<b style='display:none'>6</b>", "<b style='display:none'>6"),
        ("<font color=white>6</font>", "<font color=white>6"),
        ("<font color=red>6</font>", "6"),
        ("<span lang='en'>6</span>", "6"),
        ("199*\u00ad1", "199*1"),
        ("199** 1**", "199** 1**"),
        ("199\n1", "199\n1"),
        ("8,**597**", "8,597"),
        ("85**97**", "85*97"),
        ("2`,442", "2*,442"),
        ("28,_886", "28,*886"),
        ("8 597", "8 597"),
        ("1-2", "1-2"),
        ("\u00bd", "\u00bd"),
    ],
)
def test_digits_that_are_printed_apart_stay_apart(raw, expected):
    assert normalize(raw).text == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("**199**", "199"),
        ("**8,597**, *2*", "8,597, 2"),
        ("2023,**8**", "2023,*8"),
        ("199&#49;", "1991"),
        ("a**1**b", "a1b"),
    ],
)
def test_marks_around_a_whole_number_vanish(raw, expected):
    assert normalize(raw).text == expected


@given(TEXTS)
def test_every_canonical_character_maps_back_to_raw_characters_in_order(raw):
    canonical = normalize(raw)
    assert len(canonical.text) == len(canonical.flat)
    last = 0
    for offset in range(len(canonical.text)):
        span = canonical.raw_span(offset, offset + 1)
        assert 0 <= span.start < span.end <= len(raw)
        assert span.start >= last or span.end >= last, "the way back never runs backwards"
        last = span.start


@given(TEXTS)
def test_a_digit_maps_back_to_the_digit_or_the_entity_that_printed_it(raw):
    canonical = normalize(raw)
    for match in re.finditer("[0-9]", canonical.flat):
        behind = canonical.raw_span(match.start(), match.end()).of(raw)
        assert normalize(behind).flat == match[0]


@given(TEXTS)
def test_removed_and_kept_stretches_cover_the_raw_text(raw):
    canonical = normalize(raw)
    covered = [False] * len(raw)
    for span in canonical.removed():
        for place in range(span.start, span.end):
            assert not covered[place], "removed stretches do not overlap"
            covered[place] = True
    kept = [place for place, is_removed in enumerate(covered) if not is_removed]
    spans = {canonical.raw_span(o, o + 1) for o in range(len(canonical.text))}
    reached = {place for span in spans for place in range(span.start, span.end)}
    assert reached.issuperset(kept)


@given(TEXTS)
def test_no_two_digits_come_together_that_markup_kept_apart(raw):
    canonical = normalize(raw)
    for match in re.finditer(r"[0-9](?:[.,]?[0-9])+", canonical.flat):
        spans = [canonical.raw_span(o, o + 1) for o in range(match.start(), match.end())]
        for one, other in pairwise(spans):
            assert one.end == other.start, canonical.raw_span(match.start(), match.end()).of(raw)


@given(TEXTS)
def test_canonical_text_has_single_spaces_and_no_capitals(raw):
    canonical = normalize(raw)
    assert canonical.flat == canonical.text.replace("\n", " ")
    assert not re.search("[A-Z\t\r\f\u00a0]", canonical.text)
    assert "  " not in canonical.flat


@pytest.mark.parametrize("flavour", [markdown_headings, markdown_link, bold_words(7), pipe_table])
def test_markup_does_not_show_in_the_canonical_text(flavour):
    expected = normalize(render()).flat.split()
    found = normalize(flavour(render())).flat.split()
    assert [word for word in found if word not in ("category", "cases")] == [
        word for word in expected if word not in ("category", "cases")
    ]
    assert normalize(render("US-OH")).flat.split() != expected
