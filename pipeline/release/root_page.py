"""The root page of a published place: which releases there are, with links to the newest and to each.

It is rendered from the index alone and from what is at the target, so that no link is dead.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

import jinja2

from pipeline.release.content import (
    publisher,
)

_TEMPLATES = Path(__file__).parent / "templates"


def root_page(index: Mapping[str, Any], there: Set[str], *, has_feed: bool) -> str:
    """The page as HTML.

    Args:
        index: as ``index.json`` holds it.
        there: the versions that the target has.
        has_feed: whether ``feed.xml`` is there.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["source"] = publisher()
    return environment.get_template("root.html.j2").render(
        title=publisher().title,
        description=publisher().description,
        publisher=publisher().publisher,
        latest=index["latest"],
        releases=[
            {**entry, "is_there": entry["version"] in there} for entry in index["releases"][::-1]
        ],
        has_feed=has_feed,
    )
