"""The style: contrast of every pair of colors that text and its ground make, in both schemes."""

from __future__ import annotations

import re

import pytest

from pipeline.site.pages import ASSETS, STYLE

CSS = (ASSETS / STYLE).read_text(encoding="utf-8")
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "quiet", "link")
        for ground in ("paper", "soft", "caveat", "warn")
    ),
    ("mark-ink", "mark"),
]
LINES = [("line", "paper"), ("link", "soft"), ("link", "caveat")]


def scheme(dark: bool) -> dict[str, str]:
    light_block, dark_block = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#\w{6});", light_block))
    return {**found, **dict(re.findall(r"--([\w-]+): (#\w{6});", dark_block))} if dark else found


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_the_contrast_of_wcag_aa(dark):
    colors = scheme(dark)
    assert len(colors) > 10
    assert [pair for pair in TEXT if contrast(colors[pair[0]], colors[pair[1]]) < 4.5] == []


@pytest.mark.parametrize("dark", [False, True])
def test_lines_that_tell_something_have_the_contrast_of_wcag_aa(dark):
    colors = scheme(dark)
    assert [pair for pair in LINES if contrast(colors[pair[0]], colors[pair[1]]) < 3] == []


def test_colors_are_named_once():
    beyond = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,6}\b", beyond) == []
