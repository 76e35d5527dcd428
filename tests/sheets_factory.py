"""Renders fact sheets in the wording of ``raw/2023``, and does to them what tools do to text.

Gives the text of a sheet for any jurisdiction, year and values, in the layout of Kentucky's
sheet (byte for byte, see ``test_four_sheets``). A flavour is a function from text to text that
changes what a sheet looks like and not what it says.
"""

from __future__ import annotations

import csv
import random
import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.catalog.load import FOLDER

Flavour = Callable[[str], str]

with (FOLDER / "jurisdictions.csv").open(encoding="utf-8", newline="") as _lines:
    NAMES: dict[str, str] = {
        row["jurisdiction"]: row["name"]
        for row in csv.DictReader(_lines)
        if row["kind"] != "nation"
    }
"""Plain name of every state, district and territory by its code."""

NATION_2023: dict[str, str] = {
    "cybertipline_reports_received": "36.2 million",
    "cybertipline_files_received": "more than 105 million",
    "cvip_children_identified": "27,130",
    "missing_child_cases": "28,886",
    "missing_child_cases_runaway_social_services": "22,442",
    "runaways_likely_trafficked_share": "19%",
    "trafficking_reports_received": "more than 18,400",
    "team_hope_supported": "5,759",
    "team_adam_incidents": "57",
    "team_adam_long_term_cases": "146",
    "connect_registered_users": "more than 18,000",
}
"""The national figures of 2023 as printed."""

KENTUCKY_2023: dict[str, str] = {
    "cybertipline_reports_to_law_enforcement": "8,597",
    "cvip_submissions_reviewed": "49",
    "missing_child_cases": "199",
    "missing_child_cases_social_services": "133",
    "missing_child_cases_other": "45",
    "missing_child_cases_orr": "21",
    "trafficking_engagements": "6",
    "team_hope_supported": "45",
    "faon_connections": "31",
    "connect_new_users": "114",
}
"""Kentucky's figures of 2023 as printed."""

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman")
"""Encodings of :func:`encode`; the UTF-16 ones are written with their byte order mark."""

NATIONAL_TEAM_ADAM = "In {year}, at the request of law enforcement, Team Adam was activated on {nation[team_adam_incidents]} incidents involving critically missing children and provided assistance on {nation[team_adam_long_term_cases]} long-term missing children cases."
STATE_TEAM_ADAM = "NCMEC's Team Adam program deploys former law enforcement consultants with specialized knowledge of cases involving abducted or missing children to the site of critical missing child incidents. **In {year}, Team Adam provided Team Adam critical case assistance on {local[team_adam_cases_assisted]} cases in {name}.**"

SHEET = """



The National Center for Missing and Exploited Children {name} Data

The National Center for Missing and Exploited Children (NCMEC) serves as the congressionally designated clearinghouse and resource center on issues relating to missing and exploited children. NCMEC supports families, law enforcement, child welfare, and members of the public to help find missing children, combat child sexual exploitation, and reduce child victimization.

Listed below are {name} specific statistics relating to NCMEC's work. For nationwide information on all of NCMEC's programs, please visit: missingkids.org/ourwork/impact.

NCMEC's Work to Combat Child Sexual Exploitation

NCMEC operates the CyberTipline, the national mechanism for members of the public and online platforms to report suspected child sexual exploitation. In {year}, the CyberTipline received {nation[cybertipline_reports_received]} reports related to child sexual exploitation, containing {nation[cybertipline_files_received]} pieces of reported content. **In {year}, {local[cybertipline_reports_to_law_enforcement]} CyberTipline reports were made available to law enforcement in {name}.**

NCMEC also operates the Child Victim Identification Program (CVIP) that helps identify children depicted in imagery seized by law enforcement during investigations. NCMEC has supported law enforcement's identification of {nation[cvip_children_identified]} children. **In {year}, NCMEC reviewed {local[cvip_submissions_reviewed]} submissions of child sexual exploitation material from {name} law enforcement.**

NCMEC's Work to Help Locate and Recover Missing Children

In {year}, NCMEC assisted law enforcement, families, and social service agencies on {nation[missing_child_cases]} missing child cases, {nation[missing_child_cases_runaway_social_services]} of which involved children who had run away from a social services facility. These children are uniquely vulnerable to homelessness, gang involvement, and sex trafficking. Based on NCMEC's analysis, {nation[runaways_likely_trafficked_share]} of these children were likely victims of child sex trafficking.

In {year}, NCMEC handled {local[missing_child_cases]} cases of missing children from {name} as follows:

Children Missing From Social Services Facility\t{local[missing_child_cases_social_services]}
Other Missing Children Cases\t{local[missing_child_cases_other]}
Children Reported Missing by Office of Refugee Resettlement (HHS-ORR) :\t{local[missing_child_cases_orr]}

NCMEC's Work to Combat Child Sex Trafficking

In {year}, NCMEC received {nation[trafficking_reports_received]} reports relating to child sex trafficking. NCMEC leverages open-source data and technology tools to support law enforcement's work on reports of child sex trafficking. NCMEC also provides recovery services to assist on child sex trafficking cases, including: (1) case-based assistance to develop trauma-informed, victim-centered recovery plans; (2) resources and support to develop effective strategies for youth engagement, trauma responses, and to address running

behavior; and (3) developing multidisciplinary efforts to prevent re-victimization. **In {year}, NCMEC had {local[trafficking_engagements]} engagements with {name} social service agencies on cases involving child sex trafficking.**

NCMEC's Work to Support Survivors/Families Impacted by a Missing or Exploited Child Case

NCMEC's Team HOPE is a peer support network of individuals who were missing or exploited as children or have experienced having a missing or exploited child. In {year}, Team HOPE supported {nation[team_hope_supported]} survivors and families with peer support, **including {local[team_hope_supported]} survivors/families in {name}.** NCMEC also facilitates the Family Advocacy Outreach Network, a network of experienced mental health professionals who provide free or low-cost therapeutic services to survivors/families. **In {year}, NCMEC connected {local[faon_connections]} survivors/families to mental health services in {name}.**

TEAM_ADAM

NCMEC's Education Resources for Law Enforcement and Child-Serving Professionals

NCMEC is committed to providing educational opportunities and resources to law enforcement and child-serving professionals through in-person education sessions across the country and online through NCMEC CONNECT. In {year}, NCMEC CONNECT had {nation[connect_registered_users]} registered users, including **{local[connect_new_users]} new law enforcement and child-serving professionals** in {name}."""

HEADINGS = tuple(
    line
    for line in SHEET.splitlines()
    if line.startswith(("NCMEC's Work to", "NCMEC's Education Resources"))
)
TABLE_LABELS = (
    "Children Missing From Social Services Facility",
    "Other Missing Children Cases",
    "Children Reported Missing by Office of Refugee Resettlement (HHS-ORR) :",
)


# Rendering


def render(
    jurisdiction: str = "US-KY",
    year: int = 2023,
    *,
    local: Mapping[str, str] = KENTUCKY_2023,
    nation: Mapping[str, str] = NATION_2023,
    name: str | None = None,
) -> str:
    """The text of a sheet.

    Args:
        jurisdiction: whose sheet it is, ``US-KY``.
        year: the reporting year.
        local: the state's figures as printed, by metric; with ``team_adam_cases_assisted`` the
            sheet has Missouri's sentence on Team Adam in place of the national one.
        nation: the national figures as printed, by metric.
        name: the jurisdiction's name as printed, if not the plain one.
    """
    team_adam = STATE_TEAM_ADAM if "team_adam_cases_assisted" in local else NATIONAL_TEAM_ADAM
    return SHEET.replace("TEAM_ADAM", team_adam).format(
        name=name or NAMES[jurisdiction], year=year, local=local, nation=nation
    )


def write_sheet(path: Path, text: str | None = None, *, encoding: str = "utf-8") -> Path:
    """Write a sheet (Kentucky's of 2023 unless told otherwise), making the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(render() if text is None else text, encoding))
    return path


def encode(text: str, encoding: str) -> bytes:
    """The text in one of ENCODINGS, with a byte order mark where UTF-16 needs it."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    return (mark + text).encode(encoding)


def change(text: str, old: str, new: str) -> str:
    """The text with its only ``old`` replaced; fails where a test's premise does not hold."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


# Flavours of markup


def without_markup(text: str) -> str:
    """No emphasis at all."""
    return text.replace("**", "")


def markdown_headings(text: str) -> str:
    """Title and headings as in Minnesota's sheet."""
    for heading in HEADINGS:
        text = text.replace(f"\n{heading}\n", f"\n### **{heading}**\n")
    return re.sub(r"\n(The National Center .* Data)\n", r"\n## **\1**\n", text, count=1)


def markdown_link(text: str) -> str:
    """The web address as a link, as in Minnesota's sheet."""
    address = "missingkids.org/ourwork/impact"
    return text.replace(address, f"[{address}](https://{address})")


def bold(words: str, mark: str = "**") -> Flavour:
    """Emphasis on some words."""
    return lambda text: text.replace(words, f"{mark}{words}{mark}")


def bold_words(seed: int, mark: str = "**") -> Flavour:
    """Emphasis on single words anywhere, in the middle of sentences too."""

    def flavour(text: str) -> str:
        chosen = random.Random(seed)  # noqa: S311
        plain = without_markup(text)
        return re.sub(
            r"(?<=[ ])[A-Za-z0-9][^\s*]*(?=[ ])",
            lambda word: f"{mark}{word[0]}{mark}" if chosen.random() < 0.1 else word[0],
            plain,
        )

    return flavour


def html_entities(text: str) -> str:
    """Quotation marks, ampersands and some spaces as entities."""
    text = text.replace("&", "&amp;").replace("'", "&#39;").replace("/", "&#x2F;")
    return text.replace("law enforcement", "law&nbsp;enforcement")


def backslash_escapes(text: str) -> str:
    """Punctuation escaped as Markdown writers do."""
    return re.sub(r"(?<=[a-z0-9)])([.\-()+!])|(?<= )(\()", r"\\\1\2", text)


# Flavours of characters


def crlf(text: str) -> str:
    """Line ends of Windows."""
    return text.replace("\n", "\r\n")


def cr(text: str) -> str:
    """Line ends of the old Macintosh."""
    return text.replace("\n", "\r")


def no_break_spaces(text: str) -> str:
    """A no-break space around every number and wherever a line could break badly."""
    return re.sub(r"(?<=\d) | (?=\d)", "\u00a0", text)


def soft_hyphens(text: str) -> str:
    """Invisible hyphens within longer words."""
    return re.sub(r"([a-z]{4})(?=[a-z]{3})", "\\1\u00ad", text)


def curly_quotes(text: str) -> str:
    """Typographic apostrophes."""
    return text.replace("'", "\u2019")


def hyphens(hyphen: str) -> Flavour:
    """Another character in place of every hyphen."""
    return lambda text: text.replace("-", hyphen)


def ligatures(text: str) -> str:
    """Ligatures, longest first."""
    for letters, ligature in (("ffi", "\ufb03"), ("ffl", "\ufb04"), ("ff", "\ufb00"), ("fi", "\ufb01"), ("fl", "\ufb02")):  # fmt: skip
        text = text.replace(letters, ligature)
    return text


def full_width_digits(text: str) -> str:
    """Full-width digits, as East Asian software prints them."""
    return text.translate({ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)})


# Flavours of layout


def rewrapped(width: int) -> Flavour:
    """Paragraphs wrapped at a width, at spaces only; the table's rows stay lines."""

    def flavour(text: str) -> str:
        return "\n".join(
            line
            if "\t" in line or line.startswith("|")
            else textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in text.split("\n")
        )

    return flavour


def page_breaks(seed: int, mark: str = "\n\n") -> Flavour:
    """Pages that end within sentences; ``mark`` is what stands for a break."""

    def flavour(text: str) -> str:
        chosen = random.Random(seed)  # noqa: S311
        return re.sub(
            r"(?<=[a-z,]) (?=[a-z0-9])",
            lambda space: mark if chosen.random() < 0.02 else space[0],
            text,
        )

    return flavour


def table(separator: str = "\t", *, before: str = "", after: str = "", end: str = "\n") -> Flavour:
    """The table with another separator, marks around its rows, and another end of its rows."""

    def flavour(text: str) -> str:
        start = text.index(TABLE_LABELS[0])
        rows, rest = text[start:].split("\n\n", 1)
        written = [f"{before}{row.replace(chr(9), separator)}{after}" for row in rows.split("\n")]
        return f"{text[:start]}{end.join(written)}\n\n{rest}"

    return flavour


def pipe_table(text: str) -> str:
    """The table as Markdown writes it, with a head and a rule."""
    text = table(" | ", before="| ", after=" |")(text)
    return text.replace(
        "| Children Missing", "| Category | Cases |\n| --- | --- |\n| Children Missing"
    )


def composed(*flavours: Flavour) -> Flavour:
    """One flavour after another."""

    def flavour(text: str) -> str:
        for one in flavours:
            text = one(text)
        return text

    return flavour
