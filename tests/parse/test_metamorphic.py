"""What tools do to a text on its way does not change what it says, in any order and number.

Some hundred compositions of `tests/attack`; `make attack` makes ten thousand. Each change by
itself stands in `test_normalise`, `test_decode` and `test_round_trip`.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.attack.metamorphoses import CUTTING, SAFE, SHAPES
from tests.attack.run import transform
from tests.parse.reading import errors, figures, read
from tests.sheets_factory import change, render

COMPOSITIONS = 250


def test_no_composition_changes_a_figure_or_is_refused_where_it_leaves_numbers_alone():
    tally = transform("default suite", range(COMPOSITIONS))
    assert tally.silent == []
    assert sum(tally.outcomes.values(), Counter()).total() == COMPOSITIONS
    assert tally.outcomes["between words and numbers"]["unchanged"] > 100
    assert tally.outcomes["that may cut into numbers"]["refused"] > 100


@pytest.mark.parametrize("name", [*SHAPES, *SAFE])
def test_each_change_by_itself_leaves_the_figures(name):
    metamorphosis = {**SHAPES, **SAFE}[name]
    expected, _ = read(render())
    changed = 0
    for seed in range(3):
        text = metamorphosis(random.Random(seed), render())  # noqa: S311
        changed += text != render()
        sheet, _ = read(text)
        assert errors(text) == []
        assert figures(sheet) == figures(expected)
    assert changed


@pytest.mark.parametrize("name", CUTTING)
def test_a_mark_within_numbers_leaves_the_figures_or_refuses_the_sheet(name):
    expected, _ = read(render())
    text = CUTTING[name](random.Random(1), render())  # noqa: S311
    sheet, _ = read(text)
    assert errors(text) or figures(sheet) == figures(expected)


# What compositions found


def test_a_link_around_a_number_behind_its_qualifier_is_read():
    text = change(render(), "more than 18,000", "more than [18,000](#note-3)")
    sheet, _ = read(text)
    assert errors(text) == []
    assert figures(sheet)["connect_registered_users", "US"].value == 18_000
    assert errors(change(render(), "more than 18,000", "more than [18,000")) != []


@pytest.mark.parametrize("end", ["\u00ad\n", "\u00ad \r\n", "-\n", "\ufffe\n", "\u00ad"])
def test_a_word_broken_at_the_end_of_a_line_is_joined(end):
    assert errors(change(render(), "57 incidents", f"57 inci{end}dents")) == []
    assert errors(change(render(), "57 incidents", "57 inci\ndents")) != []


@pytest.mark.parametrize("end", ["\u00ad\n", "-\n", "\ufffe\n", "-"])
def test_a_word_broken_before_or_behind_a_ligature_is_joined(end):
    of_sheet = "likely victims of child sex trafficking"
    assert (
        errors(change(render(), of_sheet, f"likely victims of child sex traf{end}\ufb01cking"))
        == []
    )
    assert (
        errors(change(render(), of_sheet, f"likely victims of child sex tra\ufb00{end}icking"))
        == []
    )
