"""Damage by meaning: words around figures, other notations, hidden text, rules and tables.

What authors, editors and publishers write beside or in place of a figure, so that it stands for
something else, or for the same in another form. Reads and gives texts as `mutants` does.
"""

from __future__ import annotations

import random
import re

from tests.attack.mutants import Base

BEFORE = (
    "On average each month, ", "In the previous year, ", "Since the program began, ", "In a typical week, ",
    "Worldwide, ", "Not counting repeats, ", "Together with partners, ", "In the first half of the year, ",
    "It is not true that ", "By some accounts ", "Until March ", "Per capita, ", "As was planned, ", "If funded, ",
    "On avg. ", "In Tennessee and elsewhere, ", "Each year ", "Allegedly, ", "Excluding minors, ", "and in\n\n",
)  # fmt: skip
"""Words that begin a sentence anew; each changes what its figures mean."""

BEHIND = (
    " and neighboring states", " City", " County", ", or more", " or more", " each month", " a month", " per day",
    " since 1984", " since the program began", " and Tennessee", " (worldwide)", "; most were repeats", "; of these half were new",
    " in the first half of the year", " excluding duplicates", ", among other states", " if trends hold", " (unverified)",
    "\nand neighboring states", "\n\nand neighboring states", " \u2014 in two years", "\u2026", " for every family", " on average", " (fiscal year)", " (revised)",
    " (2024: 9,000)", ", up from 8,100 in 2029", " (up from some)", " (goal: 9,000)", ", a rise of many",
)  # fmt: skip
"""Words that go on with a sentence; each changes what its figures mean, or may."""

BESIDE = (
    "unverified ", "suspected ", "duplicate ", "monthly ", "fewer ", "international ", "not ", "nearly all of ", "new ",
    "(unverified) ", "per month ", "additional ", "other ", "percent of ", "dozen ", "or more ", "so-called ", "barely ", "hardly ",
)  # fmt: skip
"""Words right before or behind a number."""

LEADING_IN = ("fewer than", "in excess of", "or", "not", "nearly", "more than", "and", "a total of", "up to", "some", "per")  # fmt: skip
"""Words at the end of a heading, or of the paragraph before, that qualify what follows."""

ASIDES = (
    " (up from 8,100 in 2019)", ", up from 8,100 in 2019,", ", compared with 8,100 a year earlier,", " (2019: 8,100)",
    " (an increase of 12%)", ", an increase of 12%,", " (down 4% from 2019)", " (preliminary)", " (as of May 31, 2027)",
    " (8,100 in 2019)", ", down from 9,001 in the previous year,", " - up 4% over 2019 -", " (provisional figures)", " (subject to change)",
)  # fmt: skip
"""What a publisher may say besides: earlier figures, and remarks that travel as notes."""

NOT_NUMBERS = ("N/A", "n/a", "not available", "-", "\u2014", "", "TBD", "unknown", "see note", "many", "several", "a few", "dozens", "?", "*")  # fmt: skip
"""What is printed in place of a figure."""


def _end_of_sentence(text: str, at: int) -> int:
    found = re.compile(r"[.:](?:\*\*)?(?=\s|$)|\n").search(text, at)
    return found.start() if found else len(text)


def _start_of_sentence(text: str, at: int) -> int:
    return max((m.end() for m in re.finditer(r"[.:!?](?:\*\*)?\s+|\n+", text[:at])), default=0)


def _figure(chosen: random.Random, base: Base, text: str) -> tuple[int, int]:
    """A figure of the base; where the text is damaged already, a numeral."""
    if len(text) == len(base.text):
        return chosen.choice(base.figures)
    return chosen.choice([m.span() for m in re.finditer(r"\d[\d,]*", text)] or [(0, 1)])


def words_around(chosen: random.Random, base: Base, text: str) -> str:
    """Words before, behind or in the middle of a sentence with a figure."""
    start, end = _figure(chosen, base, text)
    where = chosen.choice(
        ("before", "behind", "behind", "middle", "beside", "aside", "aside", "heading")
    )
    if where == "heading":
        at = next((m.start() for m in re.finditer(r"\n+", text) if m.end() >= _start_of_sentence(text, start)), len(text))  # fmt: skip
        return f"{text[:at]} {chosen.choice(LEADING_IN)}{text[at:]}"
    if where == "before":
        at = _start_of_sentence(text, start)
        rest = text[at:]
        if chosen.random() < 0.6 and rest[:1].isupper() and rest[:2] != "NC":
            rest = rest[0].lower() + rest[1:]
        return text[:at] + chosen.choice(BEFORE) + rest
    if where == "behind":
        at = _end_of_sentence(text, end)
        return text[:at] + chosen.choice(BEHIND) + text[at:]
    if where == "beside":
        word = chosen.choice(BESIDE)
        return (
            f"{text[:start]}{word}{text[start:]}"
            if chosen.random() < 0.5
            else f"{text[:end]} {word.rstrip()}{text[end:]}"
        )
    last = _end_of_sentence(text, end)
    gaps = [
        m.start()
        for m in re.finditer(" ", text[:last])
        if m.start() >= _start_of_sentence(text, start)
    ]
    at = chosen.choice([*gaps, end, last])
    if where == "aside":
        at = chosen.choice((end, last, at))
        words = chosen.choice(ASIDES)
        return text[:at] + (words.rstrip(", -") if text[at : at + 1] in (".", ":") and words[-1] != ")" else words) + text[at:]  # fmt: skip
    return (
        text[:at] + chosen.choice((*BEHIND, *(f" {word.rstrip()}" for word in BESIDE))) + text[at:]
    )


_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
_TENS = [
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]


def spelled(number: int, joint: str = "-", and_: str = " ") -> str:
    """A number in words."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (joint + _ONES[number % 10] if number % 10 else "")
    for size, name in (
        (10**9, "billion"),
        (10**6, "million"),
        (1000, "thousand"),
        (100, "hundred"),
    ):
        if number >= size:
            rest = spelled(number % size, joint, and_) if number % size else ""
            gap = and_ if size == 100 else " "
            return f"{spelled(number // size, joint, and_)} {name}{gap + rest if rest else ''}"
    raise AssertionError(number)


MARKS = ("*", "\u00b9", "\u2020", "[1]", "[^1]", "<sup>1</sup>", " *", "\u00b2", "1")


def notations(chosen: random.Random, base: Base, text: str) -> str:
    """A figure in another form: of the same number, of another, or of none."""
    start, end = _figure(chosen, base, text)
    printed = text[start:end]
    digits = re.search(r"\d[\d,]*", printed)
    number = int(digits[0].replace(",", "")) if digits else chosen.randrange(2, 900)
    plain, grouped = str(number), f"{number:,}"
    forms = [
        spelled(number), spelled(number, " "), spelled(number, and_=" and "), f"{spelled(number)} ({grouped})", f"{spelled(number)} ({number + 1})",
        *(grouped.replace(",", gap) for gap in ("\u2009", "\u202f", "\u00a0", " ", ".", "-", "\u2014", "'", ", ", ",\n", "<wbr>", ",<wbr>", "\u200b", ";", "/")),
        f"{grouped}.000", f"{grouped}.0", f"{number}.5", f"<{grouped}", f"< {grouped}", f">{grouped}", f"~{grouped}", f"\u2264{grouped}", f"\u2248 {grouped}",
        f"{grouped} (est.)", f"{grouped} or so", f"{grouped} (estimated)", f"{grouped}+", f"{grouped}-plus", f"- {grouped}", f"-{grouped}", f"({grouped})", f"\u2212{grouped}",
        f"{number / 1e6:.1f} million ({grouped})", f"36.2 million ({grouped})", f"{max(1, number // 1000)}K ({grouped})", f"{number // 1000}.{number % 1000:03} thousand",
        f"{grouped[:-1]} {grouped[-1]}", f"**{grouped[0]}**{grouped[1:]}", f"<b>{grouped[0]}</b>{grouped[1:]}", f"{plain[:-1]}\u00b9{plain[-1]}", f"0{grouped}", f"1.{grouped}", f"No. {grouped}", f"#{grouped}", f"{grouped}th", f"{number}e3",
        f"{grouped}/{number + 7}", f"{grouped} of {number + 7}", f"{grouped} out of {number + 7}", f"{grouped}:{number}", f"{grouped} (of {number + 7})", f"{number // 10 + 1}x{number}", f"${grouped}", f"{grouped}%", f"{number + 1} {grouped}",
        f"{spelled(number)}-", f"-{spelled(number)}", f"{spelled(number)}-to-{spelled(number + 2)}",
        *NOT_NUMBERS,
    ]  # fmt: skip
    if chosen.random() < 0.25:
        mark = chosen.choice(MARKS)
        note = chosen.choice(
            ("", "Includes earlier years.", "Some counted twice.", "8,100 in 2019.")
        )
        gap = chosen.choice(("\n\n", "\n", "\n\nNotes\n"))
        plain_mark = mark.strip().replace("<sup>1</sup>", "\u00b9")
        return f"{text[:end]}{mark}{text[end:]}" + (f"{gap}{plain_mark} {note}" if note else "")
    return text[:start] + chosen.choice(forms) + text[end:]


def hidden_text(chosen: random.Random, base: Base, text: str) -> str:
    """Text struck out or put in comments: a figure, words, a sentence, or an older figure besides."""
    start, end = _figure(chosen, base, text)
    first, last = _start_of_sentence(text, start), _end_of_sentence(text, end)
    wrap = chosen.choice(("~~{}~~", "<del>{}</del>", "<s>{}</s>", "<!-- {} -->", "<!--{}-->", "<strike>{}</strike>", "<span>{}</span>", "~{}~", "<DEL>{}</DEL>", "<span hidden>{}</span>", "<b style='display:none'>{}</b>", "<font color=white>{}</font>"))  # fmt: skip
    stretch = chosen.choice(
        ((start, end), (start, end), (first, last), (first, start), (end, last))
    )
    if chosen.random() < 0.5:
        a, b = stretch
        return text[:a] + wrap.format(text[a:b]) + text[b:]
    at = chosen.choice((start, end, first, last, len(text), (start + end) // 2))
    words = chosen.choice(("8,100", "7", "one", "not", " nearly ", "and neighboring states", "7 of ", "more than", text[first:last]))  # fmt: skip
    return f"{text[:at]}{chosen.choice(('', ' '))}{wrap.format(words)}{chosen.choice(('', ' '))}{text[at:]}"


RULES = (
    "In 2023 additional cases came.", "in {y} additional families", "NCMEC spoke for {y} families.", "Family Abductions (1)", "\u00a9 8597 cases", "\u00a9 {y} cases",
    "\u00a9 {y} NCMEC", "Page 1 of 2", "Page 1 of 2 reports", "Call 1-800-843-5678", "Call 1-800-THE-LOST", "(1) this; and (2) that.", "It was so: (1) and more.",
    "No one of 5 knew.", "No longer 7.", "one of the 7 most", "During {y} of them it was so.", "Issued March 5, 2027", "Issued March 5, 2027 to 300 schools",
    "missingkids.org/2023/45 cases", "www.missingkids.org/45", "45 cases: www.missingkids.org", "Throughout {y} we 5", "calendar year {y} 57", "no cost 5", "one-in-six", "thirty-plus", "two-thirds",
    "Up from 8,100 in 2019.", "(2019: 8,100)", "a total of 57", "* 57 cases", "\u00b9 57 cases", "Total\t57", "Total cases: 57",
)  # fmt: skip


def rules(chosen: random.Random, base: Base, text: str) -> str:
    """Numerals that a rule explains, or nearly, on a line or within a sentence."""
    year = re.search(r"\b20\d\d\b", text)
    words = chosen.choice(RULES).format(y=year[0] if year else 2023)
    start, end = _figure(chosen, base, text)
    at = chosen.choice(
        (len(text), _start_of_sentence(text, start), _end_of_sentence(text, end), start, end)
    )
    gap = chosen.choice((" ", "\n", "\n\n"))
    return f"{text[:at]}{gap}{words}{gap}{text[at:]}"


_LABELS = re.compile(
    r"(?P<label>Children Missing From[^\n\t|:]{5,30}?y|Other Missing Children Cases|Children Reported Missing by[^\n\t|]{5,60}?\)) ?:?(?P<gap>[ \t|*]+)(?P<n>\d[\d,]*)",
    re.IGNORECASE,
)


def tables(chosen: random.Random, base: Base, text: str) -> str:
    """The table in another form: numbers first, leaders, numbered, totals and percents right or wrong."""
    rows = list(_LABELS.finditer(text))
    total = sum(int(row["n"].replace(",", "")) for row in rows)
    if len(rows) < 2 or not total:
        return notations(chosen, base, text)
    wrong = chosen.random() < 0.5
    form = chosen.choice(("first", "total", "total", "percent", "percent", "numbered", "leaders", "dash", "words", "colon"))  # fmt: skip
    odd = chosen.randrange(len(rows)) if wrong else -1
    written = text
    for index in reversed(range(len(rows))):
        row = rows[index]
        label, gap, n = row["label"], row["gap"], row["n"]
        count = int(n.replace(",", ""))
        share = f"{100 * count / total + (chosen.choice((5, -3, 11)) if index == odd else 0):.{chosen.choice((0, 1))}f}%"
        new = {
            "first": f"{n}{chosen.choice((' ', chr(9)))}{'or ' if index == odd else ''}{label}",
            "total": row[0],
            "percent": f"{label}{gap}{n} {chosen.choice((share, f'({share})'))}",
            "numbered": f"{index + (3 if index == odd else 1)}. {label}{gap}{n}",
            "leaders": f"{label} ........ {n[0] + ' ' + n[1:] if index == odd and n[1:] else n}",
            "dash": f"{label}{' - ' if index == odd else gap}{n}",
            "words": f"{label}{gap}{n} {chosen.choice(('cases', 'of which 3 twice', 'a month', 'each', 'or more')) if index == odd else ''}",
            "colon": f"{label}: {n}{chosen.choice((' *', ' 5', ' (5)', ' to 9')) if index == odd else ''}",
        }[form]
        written = written[: row.start()] + new + written[row.end() :]
    if form == "total":
        at = rows[-1].end()
        stated = total + (chosen.choice((1, -1, 10)) if wrong else 0)
        label = chosen.choice(
            ("Total", "Total cases", "Total missing child cases", "Total:", "TOTAL")
        )
        written = f"{written[:at]}\n{label}\t{stated:,}{written[at:]}"
    return written
