"""Hostile texts cost work in proportion to their length, however they are made.

Work is counted, not timed: the characters given to the catalog's regular expressions, and the
steps of Python that a text takes, for a text and for one four times as long.
"""

from __future__ import annotations

import re
import sys

import pytest

from pipeline.parse.sheet import parse_sheet
from pipeline.sheets import normalize as normalizing
from pipeline.sheets.decode import MAX_CHARACTERS, decode
from tests.attack.properties import CHARACTERS_SEARCHED, counting_wordings
from tests.parse.reading import read, wordings

HEADER = "In 2023, NCMEC handled 199 cases of missing children from Kentucky as follows:\n"
ANCHORS = {one.name: one.template.anchor for one in wordings().sentences}
HOSTILE = {
    "digits": "1",
    "thousands": ",000",
    "anchors": ANCHORS["missing_children_of_the_state"],
    "anchors of an optional metric": ANCHORS["team_adam_of_the_state"],
    "list markers": "(1) ",
    "brackets": "[",
    "brackets with text": "[a",
    "links": "[a](b1)",
    "ends of links": "](a",
    "entities": "&#49;",
    "ampersands": "&",
    "asterisks": "*",
    "asterisks within numbers": "1*",
    "underscores": "_a",
    "backslashes": "\\",
    "dashes": "-",
    "dashes and colons": ":- ",
    "rows": "Other Missing Children Cases\t45\n",
    "tables": f"{HEADER}Other Missing Children Cases\t45\nUnknown\t7\n",
    "unknown rows": f"{HEADER}Unknown\t7\n",
    "headers": HEADER,
    "number words": "no one twenty ",
    "scales": "1 million ",
    "ends of sentences": 'a." ',
    "quotation marks": '."',
    "spaces": " ",
    "blank lines": " \n",
    "form feeds": "\fa",
    "zero width": "\u200b",
    "soft hyphens": "a\u00ad\n",
    "titles": "Center for Missing and Exploited Children a ",
    "addresses": "www.a ",
    "years": "in 2023 in 2024 ",
    "asides": ", up from 8,100 in 2022",
    "asides in brackets": " (2022: 8,100)",
    "openings of asides": " (up from ",
    "footnotes": "a\u00b9\n\u00b9 b\n",
    "footnotes of one mark": "a* b* c\n* d\n",
    "sentences": "In 2023, NCMEC had 6 engagements with Kentucky social service agencies on cases involving child sex trafficking. ",
    "sentences without an end": "In 2023, NCMEC had 6 engagements with Kentucky social service agencies on cases involving child sex trafficking ",
    "slots": "In 2023, Team Adam provided critical case assistance on ",
    "struck": "~~1",
    "tags": "<b>1</b>",
    "comments": "<!-- ",
    "thin spaces": "1\u202f",
    "words that count": "eight thousand five hundred ",
    "headings": "NCMEC's Work to Combat Child Sex Trafficking ",
    "lines": "A Heading\nIn it\n",
    "dates": "Issued March 5, 2024. ",
}
SHORT = 4_000


def made_of(name: str, size: int) -> str:
    """A text of about that many characters that begins and ends in a letter."""
    return f"x\n{HOSTILE[name] * (size // len(HOSTILE[name]))}x"


def steps(text: str) -> int:
    """How many calls, of Python and of C, parsing a text takes."""
    decoded, compiled, count = decode(text.encode()), wordings(), 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        parse_sheet("2023/hostile.txt", decoded, compiled)
    finally:
        sys.setprofile(before)
    return count


def searched(text: str) -> int:
    """How many characters parsing a text gives to the catalog's regular expressions."""
    compiled, counts = counting_wordings()
    counts.clear()
    parse_sheet("2023/hostile.txt", decode(text.encode()), compiled)
    return sum(counts)


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_as_the_text_does(name):
    short, long = made_of(name, SHORT), made_of(name, 4 * SHORT)
    read(short)  # what is compiled once is compiled now
    assert steps(long) <= 4.5 * steps(short) + 2_000
    assert searched(long) <= 4.5 * searched(short) + 2_000
    assert searched(long) <= CHARACTERS_SEARCHED * len(long)


@pytest.mark.parametrize(
    "name", ["digits", "dashes", "asterisks", "brackets", "spaces", "zero width"]
)
def test_a_text_at_the_size_cap_is_read_through(name):
    text = made_of(name, MAX_CHARACTERS - 10)
    sheet = parse_sheet("2023/hostile.txt", decode(text.encode()), wordings())
    assert sheet.statements == ()


def quantifiers(regex: re.Pattern[str]) -> list[str]:
    """Unbounded repetitions that stand right behind one another: what backtracks quadratically."""
    unbounded = r"(?:\\?.|\[[^\]]*\])(?:[*+]|\{\d+,\})"
    return re.findall(rf"{unbounded}{unbounded}", regex.pattern)


def test_no_two_unbounded_repetitions_stand_side_by_side():
    for name, regex in vars(normalizing).items():
        if isinstance(regex, re.Pattern):
            assert quantifiers(regex) == [], name
    assert quantifiers(re.compile(r":?-{2,}[ \t:-]*(?=\n|$)"))
    assert quantifiers(re.compile(r"\w+\s*:"))


def test_work_out_of_proportion_would_be_seen():
    once = counting_wordings()[0].sentences[0].template
    assert searched(made_of("anchors", 4 * SHORT)) > searched(made_of("spaces", 4 * SHORT))
    assert once.regex.search("nothing here") is None
    assert steps(made_of("list markers", SHORT)) > steps(made_of("digits", SHORT))
