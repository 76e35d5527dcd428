"""HTML renderings of sheets with something that no reader sees, put into or beside a figure.

Reads the text of a sheet, gives the verdict: what is hidden never becomes a figure or changes one,
and where it holds a number within a captured sentence it is reported.
"""

from __future__ import annotations

import html
import random
from collections.abc import Sequence

from pipeline.checks import is_error
from pipeline.sheets.decode import SheetText, page_starts
from pipeline.sheets.web import extract_html
from tests.attack.judge import Expected, Verdict
from tests.parse.reading import figures, read_all

FORMS = (
    "<span style='display:none'>{}</span>", "<span style='visibility: hidden'>{}</span>", "<span hidden>{}</span>", "<span class='off'>{}</span>",
    "<del>{}</del>", "<s>{}</s>", "<i style='text-decoration: line-through'>{}</i>", "<b style='DISPLAY : NONE'>{}</b>",
    "<template>{}</template>", "<noscript>{}</noscript>", "<textarea>{}</textarea>", "<span style='font-size:0'>{}</span>", "<span style='opacity:0'>{}</span>",
    "<span style='letter-spacing:-1em'>{}</span>", "<b style='transform:scaleY(-1)'>{}</b>", "<i style='clip-path:polygon(0 0,1px 0,0 1px)'>{}</i>", "<span style='float:right'>{}</span>",
    "<i style='opacity:.3'><b style='opacity:.2'>{}</b></i>", "<span style='filter:blur(9px)'>{}</span>", "<b style='position:absolute;right:9999px'>{}</b>", "<mark style='color:yellow'>{}</mark>",
    "<span style='width:2ch;overflow:hidden'>{}</span>", "<span style='animation:fade 1s forwards'>{}</span>", "<span popover>{}</span>", "<b class=layered>{}</b>",
    "<!-- {} -->", "<script>{}</script>", "<style>.x{{content:'{}'}}</style>",
)  # fmt: skip
_CODE = ("<!--", "<script", "<style")
"""These are the page's own matter, and reported nowhere."""

WORDS = ("9", "8,100", "9,", "7 of ", "1,", "not ", "seven", "more than ", "and neighboring states", "{sentence}")  # fmt: skip


def judge_documents(made: Sequence[tuple[Expected, random.Random]]) -> list[Verdict]:
    """What the pipeline made of a document of each sheet with something hidden in it."""
    built = [_document(expected, chosen) for expected, chosen in made]
    extracted = [extract_html(source.encode()) for source, _ in built]
    texts = [
        SheetText(found.text, "utf-8", page_starts(found.text), skipped=found.skipped)
        for found in extracted
    ]
    verdicts = []
    for (expected, _), (_, touches), (sheet, findings) in zip(
        made, built, read_all(texts, "undated.html"), strict=True
    ):
        failing = {finding.check for finding in findings if is_error(finding)}
        differing = {
            key for key, value in figures(sheet).items() if expected.figures.get(key) != value
        }
        differing |= expected.figures.keys() - figures(sheet).keys()
        if failing:
            verdicts.append(Verdict("reported", checks=failing))
        elif differing or touches:
            why = f"{sorted(differing)} differ" if differing else "a hidden number is not reported"
            verdicts.append(Verdict("silent", [why], sorted(differing)))
        else:
            verdicts.append(Verdict("harmless"))
    return verdicts


def _document(expected: Expected, chosen: random.Random) -> tuple[str, bool]:
    """The source, and whether a number is hidden right within a captured sentence."""
    text = expected.base.text
    start, end = chosen.choice(expected.base.figures)
    words, form = chosen.choice(WORDS), chosen.choice(FORMS)
    line = text[text.rfind("\n", 0, start) + 1 : start]
    words = words.format(sentence=f"{line}9,999 children.") if "{" in words else words
    at = chosen.choice((start, end, chosen.randint(start, end)))
    gap = chosen.choice(("", " "))
    marked = f"{text[:at]}\x02{gap}{text[at:]}"
    paragraphs = "".join(
        f"<p>{html.escape(line)}</p>" for line in marked.split("\n") if line.strip()
    )
    source = paragraphs.replace("\x02", form.format(html.escape(words)))
    counts = any(map(str.isdigit, words)) or words == "seven"
    inside = not form.startswith(_CODE) and counts and start <= at <= end
    return (
        f"<!doctype html><style>.off {{ display: none }} .layered {{ opacity: 0 }} @layer late {{ .layered {{ opacity: 1 }} }}</style><body>{source}</body>",
        inside,
    )
