"""What browsers know of each tag: whether it is text, what it looks like; part of ``web``."""

from __future__ import annotations

from collections.abc import Mapping


class Styles(dict[str, str]):
    """The value of each property that holds for an element; empty for all others."""

    def __missing__(self, name: str) -> str:
        return ""


_BLOCKS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup html legend li listing "
    "main menu nav ol optgroup option p plaintext pre search section summary ul xmp"
)
KINDS: Mapping[str, str] = {
    **dict.fromkeys(_BLOCKS.split(), "block"),
    **dict.fromkeys(["tr", "tbody", "thead", "tfoot"], "row"),
    **dict.fromkeys(["td", "th"], "cell"),
    "table": "table",
}
"""What a tag parts: a block, table, row or cell."""

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

BY_TAG = {
    "s": Styles({"text-decoration": "line-through"}),
    "strike": Styles({"text-decoration": "line-through"}),
    "del": Styles({"text-decoration": "line-through"}),
    "sup": Styles({"vertical-align": "super", "font-size": "smaller"}),
    "sub": Styles({"vertical-align": "sub", "font-size": "smaller"}),
    "small": Styles({"font-size": "smaller"}),
    "big": Styles({"font-size": "larger"}),
    "pre": Styles({"white-space": "pre"}),
    "listing": Styles({"white-space": "pre"}),
    "xmp": Styles({"white-space": "pre"}),
    "plaintext": Styles({"white-space": "pre"}),
    "mark": Styles({"background-color": "yellow"}),
    "bdo": Styles({"unicode-bidi": "bidi-override"}),
    "table": Styles({"white-space": "normal", "text-indent": "0"}),
}
DISPLAYS = {"table-row": "row", "table-cell": "cell", "table": "table", "block": "block", "flex": "block",
             "grid": "block", "list-item": "block", "flow-root": "block", "table-caption": "block",
             "inline": "", "inline-block": "", "inline-flex": "", "contents": ""}  # fmt: skip
