"""The fuzzer's corpus, its findings among it, checked in the default suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sheets.normalize import normalize
from tests.attack import properties
from tests.building import PROJECT
from tests.parse.reading import errors, read
from tests.sheets_factory import change, render

CORPUS = PROJECT / "tests" / "attack" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_property_holds_of_the_corpus(path: Path):
    properties.check(path.read_bytes())


def test_the_corpus_is_small_and_there():
    assert len(FILES) > 10
    assert sum(path.stat().st_size for path in FILES) < 200_000


def test_a_property_that_does_not_hold_would_be_found(monkeypatch):
    monkeypatch.setattr(properties, "CHARACTERS_SEARCHED", 1)
    with pytest.raises(AssertionError):
        properties.check(render().encode())


# What the fuzzer found


def test_an_invisible_character_written_as_an_entity_vanishes():
    assert normalize("law&#8203; enforce&shy;ment").text == "law enforcement"
    assert normalize("5&#8203;7").text == "5*7"
    assert normalize("o&#xfb03;ce").text == "office"
    assert errors(change(render(), "57 incidents", "57&#8203; incidents")) == []
    assert errors(change(render(), "57 incidents", "5&#8203;7 incidents")) != []


def test_the_digits_of_an_entity_that_prints_a_digit_stand_in_the_ledger_once():
    text = change(render(), "57 incidents", "5&#55; incidents")
    sheet, _ = read(text)
    at = text.index("5&#55;")
    assert [n.printed for n in sheet.numerals if at <= n.span.start < at + 6] == ["5&#55;"]
    assert errors(text) == []
