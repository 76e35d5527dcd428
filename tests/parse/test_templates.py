"""The catalog's language for wordings: what it means, and what it refuses."""

from __future__ import annotations

import pytest

from pipeline.catalog.templates import (
    Choice,
    Slot,
    TemplateError,
    Words,
    check_anchored,
    check_slots,
    check_slots_apart,
    read_template,
    slots_of,
)
from pipeline.parse.templates import compile_template


def test_a_template_is_words_slots_and_choices():
    assert read_template("had {n} case[s] in <a|the>") == (
        Words("had "),
        Slot("n"),
        Words(" case"),
        Choice(((Words("s"),), ())),
        Words(" in "),
        Choice(((Words("a"),), (Words("the"),))),
    )


def test_brackets_may_nest_and_hold_slots_and_several_options():
    assert read_template("x [<a|{earlier}> |b ]y") == (
        Words("x "),
        Choice(
            (
                (Choice(((Words("a"),), (Slot("earlier"),))), Words(" ")),
                (Words("b "),),
                (),
            )
        ),
        Words("y"),
    )
    assert slots_of("{US:one} [{year} ]<{state}|x> {state:one}") == ["US:one", "year", "state", "state:one"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an empty template matches everything"),
        ("had {n cases", "stray '{' at character 4 in 'had {n cases'"),
        ("had n} cases", "stray '}' at character 5 in 'had n} cases'"),
        ("{N}", "stray '{' at character 0 in '{N}'"),
        ("{ohio:cases}", "stray '{' at character 0 in '{ohio:cases}'"),
        ("cases]", "stray ']' at character 5 in 'cases]'"),
        ("a|b", "stray '|' at character 1 in 'a|b'"),
        ("case[s", "no ']' closes what is opened in 'case[s'"),
        ("<a|b", "no '>' closes what is opened in '<a|b'"),
        ("<a|[b>", "stray '>' at character 5 in '<a|[b>'"),
    ],
)
def test_a_malformed_template_is_refused_with_the_place(text, reason):
    with pytest.raises(TemplateError) as refused:
        read_template(text)
    assert str(refused.value) == reason


def refused(check, *arguments):
    try:
        check(*arguments)
    except TemplateError as error:
        return str(error)
    return None


def test_a_slot_is_known_and_stands_once_unless_its_value_is_not_read():
    known = frozenset({"state", "i", "n"}).__contains__
    assert refused(check_slots, "page {i} of {i} in {state} <{n}|or {n}>", known) is None
    assert refused(check_slots, "page {m}", known) == "unknown slot {m} in 'page {m}'"
    assert refused(check_slots, "{state} [and {state}]", known) == (
        "'{state} [and {state}]' holds {state} twice; shorten the wording"
    )


def test_ten_plain_characters_in_a_row_are_an_anchor_and_nine_are_not():
    assert refused(check_anchored, "0123456789{n}") is None
    for text in ("012345678{n}012345678", "01234-5678{n}", "01234,56789{n}", "[0123456789]{n}"):
        assert "has no 10 plain characters in a row" in refused(check_anchored, text)
    for text in (" 0123456789{n}", "{n}0123456789 "):
        assert "begins or ends with a space" in refused(check_anchored, text)


def test_words_stand_between_any_two_slots_even_where_a_choice_is_left_out():
    for text in ("{n} cases in {state}", "In {year}, {n} cases", "{n} or {i}", "{n}[s], a {i}"):
        assert refused(check_slots_apart, text) is None
    for text in ("{n} {i}", "{n}, {i}", "{n} ({i})", "{n}[ or ] {i}"):
        assert refused(check_slots_apart, text) == f"{text!r} holds {{n}} and {{i}} side by side"
    for text in ("had {n}{state}", "had {n}[ in ]{state}", "had {n}<, | of >{state}"):
        assert (
            refused(check_slots_apart, text) == f"{text!r} holds {{n}} and {{state}} side by side"
        )


SLOTS = {"n": ("(?P<n>[0-9]{1,4})", 4), "state": ("(?P<state>ohio|utah)", 4)}


def found(text, flat):
    return [match["n"] for match in compile_template(text, SLOTS).find(flat)]


@pytest.mark.parametrize(
    ("text", "flat", "numbers"),
    [
        ("had {n} case[s] in {state}", "had 5 cases in ohio", ["5"]),
        ("had {n} case[s] in {state}", "had 1 case in utah.", ["1"]),
        ("had {n} case[s] in {state}", "had 5 cases in ohio had 6 cases in utah", ["5", "6"]),
        ("had {n} <case|report>", "had 5 report", ["5"]),
        ("had {n} [new |old ]cases", "had 5 old cases", ["5"]),
        ("HAD {n} \u201clong-term\u201d cases", 'had 5 "longterm" cases', ["5"]),
        ("{state} had {n} cases found", "ohio had 5 cases found", ["5"]),
        ("of those, {n} cases", "of those 5 cases", ["5"]),
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
        "had, 5 cases in ohio",
    ],
)
def test_a_template_finds_no_other_wording(flat):
    assert found("had {n} case[s] in {state}", flat) == []


def test_the_words_of_a_template_are_words_and_no_expression():
    assert found("had (.)+ {n} cases?", "had (.)+ 5 cases?") == ["5"]
    assert found("had (.)+ {n} cases?", "had aaaa 5 cases") == []


def test_what_is_sought_in_one_text_is_matched_in_another_of_the_same_length():
    (match,) = compile_template("had {n} cases in {state}", SLOTS).find(
        "had 5 cases in ohio", "had 5 cases\nin ohio"
    )
    assert match[0] == "had 5 cases\nin ohio"
