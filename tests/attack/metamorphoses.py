"""Changes that leave what a sheet says as it is, and random compositions of them.

Each takes a text and a random generator and gives a text. `SAFE` ones are what tools do between
words: the figures have to stay. `CUTTING` ones may cut into a number: the figures stay, or the
sheet is refused.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from pipeline.checks import is_error
from pipeline.sheets.formats import NotTextError
from tests import sheets_factory as made
from tests.parse.reading import figures, read
from tests.sheets_factory import ENCODINGS, TABLE_LABELS

Metamorphosis = Callable[[random.Random, str], str]

FURNITURE = (
    "Page 1 of 2",
    "\u00a9 2024 NCMEC",
    "Call 1-800-843-5678",
    "www.missingkids.org/2019/a1",
)
"""What stands between paragraphs and a rule explains."""


def _plain(flavour: made.Flavour) -> Metamorphosis:
    return lambda chosen, text: flavour(text)


def paragraphs_reordered(chosen: random.Random, text: str) -> str:
    """Sections in another order; the title first, the table with its header."""
    blocks = re.split(r"\n{2,}", text.strip("\n"))
    title, rest = blocks[0], blocks[1:]
    together: list[str] = []
    for block in rest:
        # A page that ends within a sentence goes on in small letters, behind its furniture too;
        # rows belong to their header.
        if together and (block[0].islower() or TABLE_LABELS[0] in block or block in FURNITURE):
            together[-1] += f"\n\n{block}"
        else:
            together.append(block)
    chosen.shuffle(together)
    return "\n\n".join([title, *together])


def spaces_widened(chosen: random.Random, text: str) -> str:
    """Runs of white space between words, of any kind but a line break."""
    kinds = ("  ", "\u00a0", "\u2003", "\u202f", "\t ")
    return re.sub(" ", lambda m: chosen.choice(kinds) if chosen.random() < 0.1 else " ", text)


def _outside_entities(between: str, new: Callable[[], str], text: str) -> str:
    """Something new between characters, but not within an entity or an address."""
    pattern = rf"&#?\w+;|\S*[/\\]\S*|{between}"
    return re.sub(pattern, lambda match: match[0] or new(), text)


def zero_width_between_letters(chosen: random.Random, text: str) -> str:
    """Invisible characters within words."""
    marks = "\u200b\u200c\u200d\u2060\u00ad"
    return _outside_entities(
        "(?<=[a-z])(?=[a-z])", lambda: chosen.choice(marks) if chosen.random() < 0.03 else "", text
    )


def words_hyphenated(chosen: random.Random, text: str) -> str:
    """Words broken over lines with a hyphen, as narrow columns do."""
    ends = ("-\n", "\u2010\n", "\u00ad\n", "\ufffe\n")
    return _outside_entities(
        "(?<=[a-z]{3})(?=[a-z]{3})",
        lambda: chosen.choice(ends) if chosen.random() < 0.01 else "",
        text,
    )


def capitals(chosen: random.Random, text: str) -> str:
    """Headings in capitals."""
    heading = re.compile(r"^NCMEC's [^.\n]+$", re.MULTILINE)
    return heading.sub(lambda m: m[0].upper() if chosen.random() < 0.5 else m[0], text)


def figures_in_bold(chosen: random.Random, text: str) -> str:
    """Marks around whole numbers."""
    mark = chosen.choice(("**", "_", "`", "***"))
    return re.sub(
        r"(?<=[ \t])\d[\d,.]*(?= [a-zA-Z])",
        lambda m: f"{mark}{m[0]}{mark}" if chosen.random() < 0.4 else m[0],
        text,
    )


def figures_linked(chosen: random.Random, text: str) -> str:
    """Whole numbers as the text of links to notes."""
    return re.sub(
        r"(?<=[ \t])\d[\d,.]*(?= [a-zA-Z])",
        lambda m: f"[{m[0]}](#note-{chosen.randrange(9)})" if chosen.random() < 0.2 else m[0],
        text,
    )


def letters_as_entities(chosen: random.Random, text: str) -> str:
    """Letters, digits and signs as entities, decimal and hexadecimal."""

    def written(match: re.Match[str]) -> str:
        if chosen.random() > 0.02 or len(match[0]) > 1:
            return match[0]
        return chosen.choice((f"&#{ord(match[0])};", f"&#x{ord(match[0]):X};"))

    # Beside a hyphen an entity is not seen to be a letter: such a word stays broken, and is refused.
    mark = "[-\u00ad\u2010-\u2014\u2212\ufffe\u200b-\u200d\u2060]"
    letter = rf"(?<!{mark})(?<!{mark}\s)[A-Za-z0-9,%](?!{mark})"
    return re.sub(rf"&#?\w+;|\S*[/\\]\S*|{letter}", written, text)


def lines_ended(chosen: random.Random, text: str) -> str:
    """Other line ends."""
    return re.sub("\n", chosen.choice(("\r\n", "\r", "\u2028", "\n", "\x0b\n", " \n")), text)


def leading_and_trailing(chosen: random.Random, text: str) -> str:
    """White space around the sheet."""
    blank = chosen.choice(("", "\n", "\n\n\n", " \t\n", "\ufeff"))
    return f"{blank}{text}{chosen.choice(('', chr(10), ' ', chr(12), chr(10) * 3))}"


def furniture(chosen: random.Random, text: str) -> str:
    """A page number and a notice, which a rule explains, between paragraphs."""
    blocks = text.split("\n\n")
    at = chosen.choice([i for i, block in enumerate(blocks) if TABLE_LABELS[0] not in block])
    blocks.insert(at, chosen.choice(FURNITURE))
    return "\n\n".join(blocks)


def table_rewritten(chosen: random.Random, text: str) -> str:
    """The table with other separators, marks and ends."""
    if "\t" not in text or "\n\n" not in text[text.index("\t") :]:
        return text  # without a table, or with nothing behind it
    kinds = (made.pipe_table, made.table("  "), made.table(" ", end=" "), made.table(before="- "),
             made.table(" | "), made.table("\u00a0"))  # fmt: skip
    return chosen.choice(kinds)(text)


def cut(mark: str) -> Metamorphosis:
    """A mark within a few numbers and words: thousands split over lines, marks within digits."""

    def metamorphosis(chosen: random.Random, text: str) -> str:
        places = [m.start() for m in re.finditer(r"(?<=\d)[\d,]", text)]
        for place in sorted(chosen.sample(places, min(2, len(places))), reverse=True):
            text = text[:place] + mark + text[place:]
        return text

    return metamorphosis


# In the order in which they may be composed: those that look for plain words come first.
SHAPES: dict[str, Metamorphosis] = {
    "order of sections": paragraphs_reordered,
    "table separators": table_rewritten,
    "page furniture": furniture,
}
SAFE: dict[str, Metamorphosis] = {
    "no bold": _plain(made.without_markup),
    "bold words": lambda chosen, text: made.bold_words(chosen.randrange(10**6))(text),
    "underlined words": lambda chosen, text: made.bold_words(chosen.randrange(10**6), "_")(text),
    "figures in bold": figures_in_bold,
    "headings": _plain(made.markdown_headings),
    "capital headings": capitals,
    "links": _plain(made.markdown_link),
    "figures linked": figures_linked,
    "entities": _plain(made.html_entities),
    "letters as entities": letters_as_entities,
    "backslash escapes": _plain(made.backslash_escapes),
    "no-break spaces": _plain(made.no_break_spaces),
    "wide spaces": spaces_widened,
    "zero width within words": zero_width_between_letters,
    "soft hyphens": _plain(made.soft_hyphens),
    "hyphenation": words_hyphenated,
    "hyphen variants": lambda chosen, text: made.hyphens(
        chosen.choice("\u2010\u2011\u2012\u2013\u2014\u2212")
    )(text),
    "ligatures": _plain(made.ligatures),
    "curly quotes": _plain(made.curly_quotes),
    "full-width digits": _plain(made.full_width_digits),
    "re-wrapping": lambda chosen, text: made.rewrapped(chosen.randint(1, 120))(text),
    "page breaks": lambda chosen, text: made.page_breaks(
        chosen.randrange(10**6), chosen.choice(("\n\n", "\f", "\n\f\n"))
    )(text),
    "line ends": lines_ended,
    "white space around": leading_and_trailing,
}
ESCAPES = ("entities", "backslash escapes")
LAST = ("line ends", "letters as entities")
CUTTING: dict[str, Metamorphosis] = {
    f"{mark!r} within numbers": cut(mark)
    for mark in ("\n", "\n\n", "\f", "\r\n", " ", "\u00a0", "\u202f", "\u00ad", "\u200b", "**", "_", "`", "-\n", "\\", "&nbsp;", "&shy;", "|", "\t", "\u00b9", "<br>", "'")
}  # fmt: skip


def compose(chosen: random.Random, text: str, *, cutting: bool) -> tuple[str | bytes, list[str]]:
    """A random composition: the text (or its bytes in some encoding), and what was done to it."""
    names = [name for name in SHAPES if chosen.random() < 0.4]
    chosen.shuffle(names)
    # What escapes signs comes first, entities for any letter last: a tool that escapes escapes
    # would change what is said. So would one that wraps lines whose ends it does not know.
    safe = chosen.sample(list(SAFE), chosen.randint(1, 6))
    safe.sort(key=lambda name: (name in LAST) - (name in ESCAPES))
    for name in names:
        text = SHAPES[name](chosen, text)
    for name in safe:
        text = SAFE[name](chosen, text)
    done = names + safe
    if cutting:
        name = chosen.choice(list(CUTTING))
        text, done = CUTTING[name](chosen, text), [*done, name]
    if chosen.random() < 0.3:
        encoding = chosen.choice(ENCODINGS)
        try:
            return made.encode(text, encoding), [*done, encoding]
        except UnicodeEncodeError:  # not every encoding holds every character
            return text, done
    return text, done


def outcome(number: int, seed: str, name: str, text: str, *, cutting: bool) -> tuple[str, str]:
    """What became of one composition, `unchanged`, `refused` or `changed`, and how to make it again."""
    composed, done = compose(random.Random(f"{seed} {number}"), text, cutting=cutting)  # noqa: S311
    recipe = f"{name}, composition {number}: {', '.join(done)}"
    original, _ = read(text, "undated.txt")
    try:
        sheet, findings = read(composed, "undated.txt")
    except NotTextError as error:
        assert done[-1] in ("cp1252", "mac_roman"), f"{recipe}: {error}"  # noqa: PT017
        return "refused", recipe
    if any(is_error(finding) for finding in findings):
        return "refused" if cutting else "changed", recipe
    same = sheet.sheet_id == original.sheet_id and figures(sheet) == figures(original)
    return "unchanged" if same else "changed", recipe
