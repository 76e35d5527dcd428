"""The pages of a release that people read, from templates beside this module.

Reads the release's content, gives its Markdown and HTML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from pipeline.release.content import (
    CONTACT,
    DOI,
    LARGEST_IN_ONE_FILE,
    LICENCE,
    LICENCE_URL,
    NO_CONTACT,
    SCHEMA_VERSION,
    ReleaseContent,
    files_of,
    publisher,
)
from pipeline.release.description import (
    LANGUAGE,
    citation,
    data_files,
    identifier,
    observed_jurisdictions,
    sources,
)
from pipeline.release.digest import FORMAT
from pipeline.storage.names import (
    API,
    DATA,
    DATASET,
    DATASHEET,
    LICENSE,
    LLMS,
    MANIFEST,
    NOTICE,
    PAGE,
    README,
    SUMS,
    WAREHOUSE_FILE,
    WORKBOOK,
)
from pipeline.tables.figures import FIGURES
from pipeline.tables.files import rows
from pipeline.tables.schema import PUBLISHED
from pipeline.warehouse.views import views

_SHOWN = 6
"""Figures of the nation, and of states, that a page shows before it says where the others are."""
_TEMPLATES = Path(__file__).parent / "templates"
_WRITTEN_LATER = (MANIFEST, SUMS)
"""Files that describe the page too, so that they cannot be there when it is written."""


def write_readme(content: ReleaseContent, folder: Path, *, has_workbook: bool) -> None:
    """Write README.md: what is in it, how to load and read it, tables, how to check.

    Its front matter is read by Hugging Face, whose loader takes no empty table.
    """
    filled = [table.name for table in PUBLISHED if content.tables.rows(table.name)]
    front = {
        "license": LICENCE.lower(),
        "language": [LANGUAGE],
        "pretty_name": publisher().title,
        "tags": list(publisher().keywords),
        "configs": [
            {
                "config_name": name,
                **({"default": True} if place == 0 else {}),
                "data_files": f"{DATA}/{name}.parquet",
            }
            for place, name in enumerate(filled)
        ],
    }
    _write(
        "README.md.j2",
        content,
        folder / README,
        front_matter=yaml.safe_dump(front, sort_keys=False, allow_unicode=True),
        has_workbook=has_workbook,
    )


def write_llms(content: ReleaseContent, folder: Path) -> None:
    """Write llms.txt: what there is, what must not be misread, and queries to begin with."""
    _write("llms.txt.j2", content, folder / LLMS)


def read_me_first(content: ReleaseContent) -> list[str]:
    """The lines that a reader of the workbook meets first."""
    return _rendered("read_me_first.txt.j2", content).splitlines()


def write_datasheet(content: ReleaseContent, folder: Path) -> None:
    """Write DATASHEET.md: why, what, how and for what, by the usual questions for datasets."""
    tables = content.tables
    retrieved = sorted({taken[:10] for taken in tables.counts("sheets", "retrieved")})
    observed = {row["jurisdiction"]: row["name"] for row in observed_jurisdictions(content)}
    _write(
        "DATASHEET.md.j2",
        content,
        folder / DATASHEET,
        statuses=tables.counts("sheets", "status"),
        coverage=tables.counts("coverage", "coverage"),
        dispositions=tables.counts("numerals", "disposition"),
        observed=observed,
        retrieved=retrieved,
        metrics=content.tables.read("metrics").to_pylist(),
        notes=tables.read("comparability").to_pylist(),
        corrections=tables.rows("corrections"),
    )


def write_notice(content: ReleaseContent, folder: Path) -> None:
    """Write NOTICE.md: what our licence covers, and whose the rest is."""
    _write("NOTICE.md.j2", content, folder / NOTICE)


def write_licence(content: ReleaseContent, folder: Path) -> None:
    """Write LICENSE: the project's own, which the template is a link to."""
    _write("LICENSE.j2", content, folder / LICENSE)


def write_index(content: ReleaseContent, folder: Path) -> None:
    """Write index.html with ``dataset.jsonld``, which is there already, embedded.

    The page holds no program and asks nothing of anyone; it opens from a folder as from a server.
    """
    dataset = json.loads((folder / DATASET).read_text(encoding="utf-8"))
    present = {path.name for path in files_of(folder) if path.parent == folder}
    files = data_files(folder)
    # Within the element only "</" ends it; "<" as an escape is the same JSON.
    embedded = json.dumps(dataset, indent=2, ensure_ascii=False).replace("<", r"\u003c")
    _write(
        "index.html.j2",
        content,
        folder / PAGE,
        dataset=embedded,
        downloads={
            table.name: [file for file in files if file.table is table] for table in PUBLISHED
        },
        whole=[file for file in files if file.table is None],
        json_files=_json_files(content, folder),
        documents=sorted({*present, *_WRITTEN_LATER} - {PAGE, *(file.path for file in files)}),
        metrics=content.tables.read("metrics").to_pylist(),
    )


def _json_files(content: ReleaseContent, folder: Path) -> dict[str, list[tuple[str, str]]]:
    """The files of the static API by kind, each with the name it is linked by."""
    kinds = {"": "all", "year": "by year", "state": "by place", "metric": "by metric"}
    names = {each.jurisdiction: each.name for each in content.catalog.jurisdictions}
    names |= {each.metric: each.title for each in content.catalog.metrics}
    found: dict[str, list[tuple[str, str]]] = {}
    for below, kind in kinds.items():
        paths = sorted((folder / API / below).glob("*.json"))
        if paths:
            found[kind] = [
                (path.relative_to(folder).as_posix(), names.get(path.stem, path.stem))
                for path in paths
            ]
    return found


def _write(template: str, content: ReleaseContent, path: Path, **more: Any) -> None:
    path.write_text(_rendered(template, content, **more), encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    """The templates, each compiled once a process."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=jinja2.select_autoescape(["html.j2"], default_for_string=False),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rendered(template: str, content: ReleaseContent, **more: Any) -> str:
    return (
        _templates()
        .get_template(template)
        .render(**_read_of(content), contact=CONTACT or NO_CONTACT, doi=DOI, **more)
    )


@lru_cache(maxsize=1)
def _read_of(content: ReleaseContent) -> dict[str, Any]:
    """What every template may say of a release; the tables are read for the first of them."""
    return {
        "source": publisher(),
        "title": publisher().title,
        "name": publisher().name,
        "description": publisher().description,
        "creator": publisher().creator,
        "publisher": publisher().publisher,
        "version": content.version,
        "schema_version": SCHEMA_VERSION,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "licence_file": LICENSE,
        "notice_file": NOTICE,
        "language": LANGUAGE,
        "keywords": publisher().keywords,
        "sources": sources(),
        "identifier": identifier(content),
        "citation": citation(content),
        "month": content.month,
        "years": content.years,
        "accepted": content.tables.counts("sheets", "status").get("accepted", 0),
        "tables": [(table, content.tables.rows(table.name)) for table in PUBLISHED],
        "views": list(views(content.catalog)),
        "qualifiers": content.catalog.qualifiers,
        "database": WAREHOUSE_FILE,
        "digest_format": FORMAT,
        "contents": contents(content),
        "largest": LARGEST_IN_ONE_FILE,
        "workbook": WORKBOOK,
        "api": API,
    }


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a release, for people: places by year, how many figures, and the first of them."""

    places: dict[int, list[str]]
    figures: int
    published: int
    first: list[Any]


def contents(content: ReleaseContent) -> Contents:
    """What is in a release."""
    with content.tables.connection([FIGURES.name]) as connection:
        named = rows(
            connection,
            "select year, list(distinct name order by name) as places from figures "
            "where scope = 'state' and observation_id is not null group by year order by year",
        )
        (counted,) = rows(
            connection,
            "select count(*) as figures, count(observation_id) as published from figures",
        )
        first = rows(
            connection,
            "select year, name, title, printed, coverage, "
            "row_number() over (partition by scope order by year, jurisdiction, metric) as place "
            f"from figures qualify place <= {_SHOWN} order by scope, place",
        )
    places = {row.year: row.places for row in named}
    return Contents(places, counted.figures, counted.published, first)
