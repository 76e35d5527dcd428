"""The pages of a release that people read, from templates beside this module.

Reads the release's content, gives its Markdown and HTML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from pipeline.release.content import (
    CREATOR,
    DESCRIPTION,
    LICENCE,
    NAME,
    PUBLISHER_OF_SHEETS,
    SCHEMA_VERSION,
    TITLE,
    ReleaseContent,
)
from pipeline.release.digest import FORMAT
from pipeline.validate.tables import PUBLISHED
from pipeline.warehouse.load import WAREHOUSE_FILE
from pipeline.warehouse.views import views

_TEMPLATES = Path(__file__).parent / "templates"


def write_readme(content: ReleaseContent, folder: Path) -> None:
    """Write README.md: scope, how to load, how to read, tables, how to check."""
    _write("README.md.j2", content, folder / "README.md")


def _write(template: str, content: ReleaseContent, path: Path, **more: Any) -> None:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(["html.j2"], default_for_string=False),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(template).render(
        title=TITLE,
        name=NAME,
        description=DESCRIPTION,
        creator=CREATOR,
        publisher=PUBLISHER_OF_SHEETS,
        version=content.version,
        schema_version=SCHEMA_VERSION,
        licence=LICENCE,
        years=content.years,
        accepted=content.tables["sheets"].column("status").to_pylist().count("accepted"),
        tables=[(table, content.tables[table.name].num_rows) for table in PUBLISHED],
        views=list(views(content.catalogue)),
        qualifiers=content.catalogue.qualifiers,
        database=WAREHOUSE_FILE,
        digest_format=FORMAT,
        **more,
    )
    path.write_text(text, encoding="utf-8")
