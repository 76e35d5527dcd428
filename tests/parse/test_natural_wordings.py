"""How publishers naturally print these facts, and what each wording is read as.

The number of wordings that are read right stands in docs/testing.md.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.parse.reading import errors, figures, read
from tests.sheets_factory import change, render

SHEET = render()
DOCS = Path(__file__).parents[2] / "docs" / "testing.md"

CYBER = (
    "**In 2023, 8,597 CyberTipline reports were made available to law enforcement in Kentucky.**"
)
IDENTIFIED = "NCMEC has supported law enforcement's identification of 27,130 children."
ENGAGED = "**In 2023, NCMEC had 6 engagements with Kentucky social service agencies on cases involving child sex trafficking.**"
RECEIVED = "In 2023, the CyberTipline received 36.2 million reports related to child sexual exploitation, containing more than 105 million pieces of reported content."
SHARE = (
    "Based on NCMEC's analysis, 19% of these children were likely victims of child sex trafficking."
)
CONNECTED = (
    "**In 2023, NCMEC connected 31 survivors/families to mental health services in Kentucky.**"
)
USERS = "more than 18,000 registered users"
ROW = "Other Missing Children Cases\t45"

# What is printed, in the place of what, and its metric, value, qualifier.
TO_POLICE = "cybertipline_reports_to_law_enforcement"
READ = {
    # Numbers
    "no comma": (CYBER, "8,597", "8597", TO_POLICE, 8597, "exact"),
    "a thin space": (CYBER, "8,597", "8\u2009597", TO_POLICE, 8597, "exact"),
    "a narrow no-break space": (CYBER, "8,597", "8\u202f597", TO_POLICE, 8597, "exact"),
    "a no-break space": (CYBER, "8,597", "8\u00a0597", TO_POLICE, 8597, "exact"),
    "a figure space": (CYBER, "8,597", "8\u2007597", TO_POLICE, 8597, "exact"),
    "full-width digits": (CYBER, "8,597", "\uff18,\uff15\uff19\uff17", TO_POLICE, 8597, "exact"),
    "words with hyphens": (CYBER, "8,597", "eight thousand five hundred ninety-seven", TO_POLICE, 8597, "exact"),
    "words with and": (CYBER, "8,597", "eight thousand five hundred and ninety-seven", TO_POLICE, 8597, "exact"),
    "words with a capital": (CYBER, "In 2023, 8,597", "In 2023, Eight thousand five hundred ninety-seven", TO_POLICE, 8597, "exact"),
    "words and digits": (ENGAGED, "6 ", "six (6) ", "trafficking_engagements", 6, "exact"),
    "a small number in words": (ENGAGED, "6 ", "six ", "trafficking_engagements", 6, "exact"),
    "one, in the singular": (ENGAGED, "6 engagements", "one engagement", "trafficking_engagements", 1, "exact"),
    "1, in the singular": (ENGAGED, "6 engagements", "1 engagement", "trafficking_engagements", 1, "exact"),
    "no": (ENGAGED, "6 ", "no ", "trafficking_engagements", 0, "exact"),
    "zero": (ENGAGED, "6 ", "zero ", "trafficking_engagements", 0, "exact"),
    "0": (ENGAGED, "6 ", "0 ", "trafficking_engagements", 0, "exact"),
    "M": (RECEIVED, "36.2 million", "36.2M", "cybertipline_reports_received", 36_200_000, "rounded"),
    "M set apart": (RECEIVED, "36.2 million", "36.2 M", "cybertipline_reports_received", 36_200_000, "rounded"),
    "millions in full behind": (RECEIVED, "36.2 million", "36.2 million (36,210,368)", "cybertipline_reports_received", 36_210_368, "exact"),
    "millions in full": (RECEIVED, "36.2 million", "36,210,368", "cybertipline_reports_received", 36_210_368, "exact"),
    "a range": (ENGAGED, "6 ", "5 to 10 ", "trafficking_engagements", 5, "between"),
    "a range with a dash": (ENGAGED, "6 ", "5\u201310 ", "trafficking_engagements", 5, "between"),
    "between": (ENGAGED, "6 ", "between 5 and 10 ", "trafficking_engagements", 5, "between"),
    "percent": (SHARE, "19%", "19 percent", "runaways_likely_trafficked_share", 19, "rounded"),
    "per cent": (SHARE, "19%", "19 per cent", "runaways_likely_trafficked_share", 19, "rounded"),
    "a percent sign set apart": (SHARE, "19%", "19 %", "runaways_likely_trafficked_share", 19, "rounded"),
    # Qualifiers
    "nearly": (CYBER, "8,597", "nearly 8,600", TO_POLICE, 8600, "nearly"),
    "almost": (CYBER, "8,597", "almost 8,600", TO_POLICE, 8600, "nearly"),
    "about": (CYBER, "8,597", "about 8,600", TO_POLICE, 8600, "approximately"),
    "approximately": (CYBER, "8,597", "approximately 8,600", TO_POLICE, 8600, "approximately"),
    "an estimated": (CYBER, "8,597", "an estimated 8,600", TO_POLICE, 8600, "approximately"),
    "approx.": (CYBER, "8,597", "approx. 8,600", TO_POLICE, 8600, "approximately"),
    "a tilde": (CYBER, "8,597", "~8,600", TO_POLICE, 8600, "approximately"),
    "a wavy equals sign": (CYBER, "8,597", "\u2248 8,600", TO_POLICE, 8600, "approximately"),
    "or so": (CYBER, "8,597", "8,600 or so", TO_POLICE, 8600, "approximately"),
    "est.": (CYBER, "8,597", "8,600 (est.)", TO_POLICE, 8600, "approximately"),
    "over": (CYBER, "8,597", "over 8,500", TO_POLICE, 8500, "more_than"),
    "just over": (CYBER, "8,597", "just over 8,500", TO_POLICE, 8500, "more_than"),
    "well over": (CYBER, "8,597", "well over 8,500", TO_POLICE, 8500, "more_than"),
    "slightly more than": (CYBER, "8,597", "slightly more than 8,500", TO_POLICE, 8500, "more_than"),
    "upwards of": (CYBER, "8,597", "upwards of 8,500", TO_POLICE, 8500, "more_than"),
    "a sign of more": (CYBER, "8,597", ">8,500", TO_POLICE, 8500, "more_than"),
    "at least": (CYBER, "8,597", "at least 8,500", TO_POLICE, 8500, "at_least"),
    "a plus": (USERS, "more than 18,000", "18,000+", "connect_registered_users", 18_000, "at_least"),
    "or more": (CYBER, "8,597", "8,500 or more", TO_POLICE, 8500, "at_least"),
    "fewer than": (ENGAGED, "6 ", "fewer than 10 ", "trafficking_engagements", 10, "fewer_than"),
    "a sign of less": (ENGAGED, "6 ", "<10 ", "trafficking_engagements", 10, "fewer_than"),
    "a sign of less set apart": (ENGAGED, "6 ", "< 10 ", "trafficking_engagements", 10, "fewer_than"),
    "up to": (ENGAGED, "6 ", "up to 10 ", "trafficking_engagements", 10, "at_most"),
    "as many as": (ENGAGED, "6 ", "as many as 10 ", "trafficking_engagements", 10, "at_most"),
    "or fewer": (ENGAGED, "6 ", "10 or fewer ", "trafficking_engagements", 10, "at_most"),
    # Words of the sentence
    "during": (CYBER, "In 2023,", "During 2023,", TO_POLICE, 8597, "exact"),
    "in the year alone": (CYBER, "In 2023,", "In 2023 alone,", TO_POLICE, 8597, "exact"),
    "in the calendar year": (CYBER, "In 2023,", "In calendar year 2023,", TO_POLICE, 8597, "exact"),
    "in the year": (CYBER, "In 2023,", "In the year 2023,", TO_POLICE, 8597, "exact"),
    "the state of": (CYBER, "in Kentucky", "in the state of Kentucky", TO_POLICE, 8597, "exact"),
    "a trademark": (CYBER, "CyberTipline", "CyberTipline\u00ae", TO_POLICE, 8597, "exact"),
    "without the comma behind the year": (CYBER, "In 2023,", "In 2023", TO_POLICE, 8597, "exact"),
    "a total of": (CYBER, "8,597", "a total of 8,597", TO_POLICE, 8597, "exact"),
    "exactly": (ENGAGED, "6 ", "exactly 6 ", "trafficking_engagements", 6, "exact"),
    "only": (ENGAGED, "6 ", "only 6 ", "trafficking_engagements", 6, "exact"),
    "without bold": (CYBER, CYBER, CYBER.strip("*"), TO_POLICE, 8597, "exact"),
    "a bold number": (IDENTIFIED, "27,130", "**27,130**", "cvip_children_identified", 27_130, "exact"),
    "capitals": (IDENTIFIED, IDENTIFIED, IDENTIFIED.upper(), "cvip_children_identified", 27_130, "exact"),
    "a curly apostrophe": (IDENTIFIED, "'", "\u2019", "cvip_children_identified", 27_130, "exact"),
    "an entity": (IDENTIFIED, "'", "&#39;", "cvip_children_identified", 27_130, "exact"),
    "a new line": (IDENTIFIED, "of 27,130 children", "of\n27,130\nchildren", "cvip_children_identified", 27_130, "exact"),
    "a hyphenated line": (IDENTIFIED, "children", "chil-\ndren", "cvip_children_identified", 27_130, "exact"),
    "a list's item": (IDENTIFIED, "NCMEC has", "\n\n- NCMEC has", "cvip_children_identified", 27_130, "exact"),
    "a link": (IDENTIFIED, "27,130", "[27,130](https://www.missingkids.org/cvip)", "cvip_children_identified", 27_130, "exact"),
    "one family": (CONNECTED, "31 survivors/families", "1 survivor/family", "faon_connections", 1, "exact"),
    # Remarks
    "an earlier year in brackets": (CYBER, "8,597", "8,597 (2022: 8,100)", TO_POLICE, 8597, "exact"),
    "an earlier year behind": (CYBER, "Kentucky.", "Kentucky, up from 8,100 in 2022.", TO_POLICE, 8597, "exact"),
    "an increase": (CYBER, "Kentucky.", "Kentucky, an increase of 6% from 2022.", TO_POLICE, 8597, "exact"),
    "a decrease": (CYBER, "Kentucky.", "Kentucky, a 6% decrease from the previous year.", TO_POLICE, 8597, "exact"),
    "a year earlier": (CYBER, "Kentucky.", "Kentucky (compared with 8,100 a year earlier).", TO_POLICE, 8597, "exact"),
    "preliminary": (CYBER, "8,597", "8,597 (preliminary)", TO_POLICE, 8597, "exact"),
    "as of a day": (IDENTIFIED, "children.", "children (as of May 31, 2024).", "cvip_children_identified", 27_130, "exact"),
    # Rows
    "a row with a colon": (ROW, "\t45", ": 45", "missing_child_cases_other", 45, "exact"),
    "a row with spaces": (ROW, "\t45", "   45", "missing_child_cases_other", 45, "exact"),
    "a row with dots": (ROW, "\t45", " ...... 45", "missing_child_cases_other", 45, "exact"),
    "a row with pipes": (ROW, ROW, "| Other Missing Children Cases | 45 |", "missing_child_cases_other", 45, "exact"),
    "a row with a unit": (ROW, "45", "45 cases", "missing_child_cases_other", 45, "exact"),
    "a row with its percentage": (ROW, "45", "45 (22.6%)", "missing_child_cases_other", 45, "exact"),
    "a row in words": (ROW, "45", "forty-five", "missing_child_cases_other", 45, "exact"),
    "a row with the number first": (ROW, ROW, "45 Other Missing Children Cases", "missing_child_cases_other", 45, "exact"),
    "a row in bold": (ROW, "45", "**45**", "missing_child_cases_other", 45, "exact"),
}  # fmt: skip


def printing(name: str) -> str:
    """Kentucky's sheet in that wording."""
    sentence, old, new, *_ = READ[name]
    return change(SHEET, sentence, change(sentence, old, new))


@pytest.mark.parametrize("name", READ)
def test_a_natural_wording_is_read_right(name):
    metric, value, qualifier = READ[name][3:]
    text = printing(name)
    found, before = figures(read(text)[0]), figures(read(SHEET)[0])
    assert errors(text) == []
    (key,) = [key for key in found if key[0] == metric]
    assert (found[key].value, found[key].qualifier) == (value, qualifier)
    assert {k: v for k, v in found.items() if k != key} == {
        k: v for k, v in before.items() if k != key
    }


def test_the_documentation_counts_these_wordings():
    counted = re.search(r"(\d+) natural wordings", DOCS.read_text("utf-8"))
    assert counted
    assert int(counted[1]) == len(READ)
    assert len({SHEET, *map(printing, READ)}) == len(READ) + 1
