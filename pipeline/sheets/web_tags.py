"""What browsers know of each tag: what it ends, what it looks like, whether it is text; part of ``web``."""

from __future__ import annotations

from collections.abc import Mapping

CELLS = frozenset(["td", "th"])
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
BLOCKS = HEADINGS | frozenset(
    ["address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frameset", "header", "hgroup", "html", "legend", "li", "listing", "main", "menu", "nav", "ol", "optgroup", "option", "p", "plaintext", "pre", "search", "section", "summary", "tbody", "tfoot", "thead", "ul", "xmp"]
)  # fmt: skip
VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "image",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
IGNORED = frozenset(["head", "body", "html"])
FORMATTING = frozenset(
    [
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    ]
)
SPECIAL = BLOCKS | CELLS | frozenset(
    ["applet", "button", "colgroup", "iframe", "marquee", "noembed", "noframes", "noscript", "object", "select", "style", "script", "table", "template", "textarea", "title", "tr"]
)  # fmt: skip
SCOPE = frozenset(["applet", "caption", "marquee", "object", "table", "td", "template", "th"])
MARKERS = frozenset(["applet", "caption", "marquee", "object", "td", "template", "th"])
ENDS_P = (BLOCKS - {"html", "body", "caption", "legend", "optgroup", "option", "tbody", "tfoot", "thead"}) | {"table", "hr"}  # fmt: skip
BREAKS_OUT = HEADINGS | frozenset(
    ["b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var"]
)  # fmt: skip
FOREIGN = frozenset(["svg", "math"])
KEEP_HTML = frozenset(["foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"])  # fmt: skip
P_SCOPE = SCOPE | {"button"}
_TABLE_SCOPE = frozenset(["table", "template"])
ENDED_WITHIN: Mapping[str, frozenset[str]] = {
    "li": SCOPE | {"ol", "ul"},
    "p": P_SCOPE,
    **dict.fromkeys(["td", "th", "tr", "tbody", "thead", "tfoot", "caption"], _TABLE_SCOPE),
    "table": frozenset(["template"]),
    **{tag: SCOPE - {tag} for tag in ("applet", "marquee", "object", "template")},
}
"""Beyond which elements an end tag of a block does not reach, where it is not ``SCOPE``."""

_ROWS = CELLS | {"tr", "caption", "tbody", "thead", "tfoot"}
CLOSED_BY: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset(["li"]), SCOPE | {"ul", "ol", "menu", "dir"}),
    **dict.fromkeys(["dd", "dt"], (frozenset(["dd", "dt"]), SCOPE | {"dl"})),
    "option": (frozenset(["option"]), frozenset(["select", "datalist"])),
    "optgroup": (frozenset(["optgroup", "option"]), frozenset(["select"])),
    **dict.fromkeys(CELLS, (CELLS, _TABLE_SCOPE)),
    "tr": (CELLS | {"tr", "caption"}, _TABLE_SCOPE),
    **dict.fromkeys(["tbody", "thead", "tfoot", "caption", "colgroup"], (_ROWS, _TABLE_SCOPE)),
    "button": (frozenset(["button"]), SCOPE),
    **{tag: (frozenset([tag]), MARKERS) for tag in ("a", "nobr")},
    **dict.fromkeys(["rt", "rp"], (frozenset(["rt", "rp"]), frozenset(["ruby"]))),
}
"""What a start tag ends, up to which elements around it."""

OBJECTS = {
    "svg": "part of a drawing",
    "math": "a formula",
    "select": "in a form field",
    "datalist": "in a form field",
    "object": "shown without its object only",
    "applet": "shown without its object only",
    "canvas": "shown without its picture only",
    "video": "shown without its film only",
    "audio": "shown without its sound only",
    "meter": "shown without its picture only",
    "progress": "shown without its picture only",
    "map": "part of a picture",
    "template": "hidden",
    "rp": "hidden",
    "rt": "set above other words",
}
"""Elements whose content is no text of the page."""

SEEN_OBJECTS = frozenset(["audio", "canvas", "embed", "iframe", "img", "image", "input", "map", "math", "meter", "object", "progress", "select", "svg", "textarea", "video", "rt"])  # fmt: skip
HIDING_CLASSES = frozenset(
    ["sr-only", "sr-only-focusable", "visually-hidden", "visuallyhidden", "visually-hidden-focusable", "screen-reader-text", "screen-reader-only", "screenreader-only", "show-for-sr", "usa-sr-only", "a11y-hidden", "assistive-text", "element-invisible", "element-hidden", "offscreen", "d-none", "hidden", "hide", "is-hidden", "invisible", "is-invisible", "uk-hidden", "displaynone"]
)  # fmt: skip
PLAIN = frozenset(["span", "font", "wbr", "time", "data", "bdi", "label", "output", "nobr"])
"""Tags that change no look unless their attributes do."""

BY_TAG: Mapping[str, Mapping[str, str]] = {
    "s": {"text-decoration": "line-through"},
    "strike": {"text-decoration": "line-through"},
    "del": {"text-decoration": "line-through"},
    "sup": {"vertical-align": "super", "font-size": "smaller"},
    "sub": {"vertical-align": "sub", "font-size": "smaller"},
    "small": {"font-size": "smaller"},
    "big": {"font-size": "larger"},
    "pre": {"white-space": "pre"},
    "listing": {"white-space": "pre"},
    "xmp": {"white-space": "pre"},
    "plaintext": {"white-space": "pre"},
    "bdo": {"unicode-bidi": "bidi-override"},
    "table": {"white-space": "normal", "text-indent": "0"},
}
DISPLAYS = {"table-row": "row", "table-cell": "cell", "table": "table", "block": "block", "flex": "block",
             "grid": "block", "list-item": "block", "flow-root": "block", "table-caption": "block",
             "inline": "", "inline-block": "", "inline-flex": "", "contents": ""}  # fmt: skip
