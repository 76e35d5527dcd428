"""The catalog's language for wordings: what it means, and what it refuses."""

from __future__ import annotations

import pytest

from pipeline.catalog.templates import (
    Choice,
    Slot,
    TemplateError,
    Words,
    check_anchored,
    check_figure_in_words,
    read_template,
)
from pipeline.parse.patterns import SlotGrammar, compile_template

SLOTS = frozenset({"n", "state"})
GRAMMAR = SlotGrammar({"n": "[0-9]{1,4}", "state": "(?P<state>ohio|utah)"}, {"n": 4, "state": 4})


def test_a_template_is_words_slots_and_choices():
    assert read_template("had {n} case[s] in <a|the>", slots=SLOTS) == (
        Words("had "),
        Slot("n"),
        Words(" case"),
        Choice(((Words("s"),), ())),
        Words(" in "),
        Choice(((Words("a"),), (Words("the"),))),
    )


def test_a_slot_may_stand_within_brackets():
    assert read_template("x [{state} ]y", slots=SLOTS) == (
        Words("x "),
        Choice(((Slot("state"), Words(" ")), ())),
        Words("y"),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an empty template matches everything"),
        ("had {m} cases", "unknown slot {m} in 'had {m} cases'; known: {n}, {state}"),
        ("had {n cases", "stray '{' at character 4 in 'had {n cases'"),
        ("had n} cases", "stray '}' at character 5 in 'had n} cases'"),
        ("case[s", "stray '[' at character 4 in 'case[s'"),
        ("cases]", "stray ']' at character 5 in 'cases]'"),
        ("case[]", "stray '[' at character 4 in 'case[]'"),
        ("<a|b", "stray '<' at character 0 in '<a|b'"),
        ("{N}", "stray '{' at character 0 in '{N}'"),
        ("x[a <b|c>]", "a choice within brackets in 'x[a <b|c>]'; spell the alternatives out"),
    ],
)
def test_a_malformed_template_is_refused_with_the_place(text, reason):
    with pytest.raises(TemplateError) as refused:
        read_template(text, slots=SLOTS)
    assert str(refused.value) == reason


def test_ten_plain_characters_in_a_row_are_an_anchor_and_nine_are_not():
    check_anchored("0123456789{n}", read_template("0123456789{n}", slots=SLOTS))
    for text in ("012345678{n}012345678", "01234-5678{n}", "[0123456789]{n}"):
        with pytest.raises(TemplateError, match="has no 10 plain characters in a row"):
            check_anchored(text, read_template(text, slots=SLOTS))


@pytest.mark.parametrize("text", ["had {n} cases", "had <a|b> of {n}"])
def test_one_figure_with_words_before_it_is_a_figure_template(text):
    check_figure_in_words(text, read_template(text, slots=SLOTS))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no figure at all", "must hold exactly one {n} outside brackets"),
        ("had {n} and {n}", "must hold exactly one {n} outside brackets"),
        ("had [{n} ]cases", "must hold exactly one {n} outside brackets"),
        ("{n} cases", "must have words right before {n}"),
        ("had <a|b>{n}", "must have words right before {n}"),
        ("in {state}{n}", "must have words right before {n}"),
    ],
)
def test_a_figure_without_words_before_it_is_refused(text, reason):
    with pytest.raises(TemplateError) as refused:
        check_figure_in_words(text, read_template(text, slots=SLOTS))
    assert reason in str(refused.value)


def found(text, flat):
    return [match["n"] for match in compile_template(text, GRAMMAR).find(flat)]


@pytest.mark.parametrize(
    ("text", "flat", "numbers"),
    [
        ("had {n} case[s] in {state}", "had 5 cases in ohio", ["5"]),
        ("had {n} case[s] in {state}", "had 1 case in utah.", ["1"]),
        ("had {n} case[s] in {state}", "had 5 cases in ohio had 6 cases in utah", ["5", "6"]),
        ("had {n} <case|report>", "had 5 report", ["5"]),
        ("HAD {n} \u201clong-term\u201d cases", 'had 5 "longterm" cases', ["5"]),
        ("{state} had {n} cases found", "ohio had 5 cases found", ["5"]),
    ],
)
def test_a_template_finds_its_wording_wherever_it_stands(text, flat, numbers):
    assert found(text, flat) == numbers


@pytest.mark.parametrize(
    "flat",
    [
        "had 5 cases in iowa",
        "had 5  cases in ohio",
        "had five cases in ohio",
        "chad 5 cases in ohio",
        "had 5 cases in ohioan",
        "had 55555 cases in ohio",
        "had 5 casess in ohio",
        "had -5 cases in ohio",
        "cases in ohio had 5",
    ],
)
def test_a_template_finds_no_other_wording(flat):
    assert found("had {n} case[s] in {state}", flat) == []


def test_the_words_of_a_template_are_words_and_no_expression():
    assert found("had (.)+ {n} cases?", "had (.)+ 5 cases?") == ["5"]
    assert found("had (.)+ {n} cases?", "had aaaa 5 cases") == []
