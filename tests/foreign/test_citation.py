"""`CITATION.cff` by cffconvert, and that what it makes of it names version and month."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.foreign


@pytest.fixture
def convert(run, release):
    return lambda *arguments: run(
        "cffconvert", "cffconvert", *arguments, "-i", "CITATION.cff", folder=release
    )


def test_cffconvert_takes_the_release(convert):
    done = convert("--validate")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("authors:\n", "writers:\n"),
        ("license: MIT", "license: Nobody's"),
        ('version: "2026.11.1"', "version: {}"),
        ("cff-version: 1.2.0", "cff-version: 9.9.9"),
        ("month: 11", "month: 13"),
        ("type: dataset", "type: pile"),
    ],
)
def test_cffconvert_refuses_a_fault(convert, release, said, instead):
    path = release / "CITATION.cff"
    text = path.read_text(encoding="utf-8")
    assert said in text
    path.write_text(text.replace(said, instead), encoding="utf-8")
    assert convert("--validate").returncode != 0
