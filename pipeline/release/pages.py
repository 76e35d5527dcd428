"""The pages of a release that people read, from templates beside this module.

Reads the release's content, gives its Markdown and HTML.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from pipeline.release.content import (
    CONTACT,
    DOI,
    LANGUAGE,
    LARGEST_IN_ONE_FILE,
    LICENCE,
    LICENCE_URL,
    NO_CONTACT,
    SCHEMA_VERSION,
    DataFile,
    ReleaseContent,
    publisher,
    sources,
)
from pipeline.release.digest import FORMAT
from pipeline.storage.names import (
    API,
    DATA,
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


def read_me_first(content: ReleaseContent) -> list[str]:
    """The lines that a reader of the workbook meets first."""
    return _rendered("read_me_first.txt", content).splitlines()


def write_pages(content: ReleaseContent, folder: Path) -> None:
    """Write the texts beside the data files, which are there already.

    README.md says what is in the release, how to load and read it and how to check it; llms.txt
    what must not be misread, with queries to begin with; DATASHEET.md answers the usual questions
    for datasets; NOTICE.md says what our licence covers, and whose the rest is; LICENSE is the
    project's own, which its template is a link to.
    """
    tables = content.tables
    has_workbook = (folder / WORKBOOK).exists()
    _write(README, content, folder, front_matter=_front_matter(content), has_workbook=has_workbook)
    _write(LLMS, content, folder)
    _write(
        DATASHEET,
        content,
        folder,
        statuses=tables.counts("sheets", "status"),
        coverage=tables.counts("coverage", "coverage"),
        dispositions=tables.counts("numerals", "disposition"),
        observed={row["jurisdiction"]: row["name"] for row in content.observed},
        retrieved=sorted({taken[:10] for taken in tables.counts("sheets", "retrieved")}),
        metrics=tables.read("metrics").to_pylist(),
        notes=tables.read("comparability").to_pylist(),
        corrections=tables.rows("corrections"),
    )
    _write(NOTICE, content, folder)
    _write(LICENSE, content, folder)


def _front_matter(content: ReleaseContent) -> str:
    """What Hugging Face reads of a README; its loader takes no empty table."""
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
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=True)


def write_index(
    content: ReleaseContent, folder: Path, files: list[DataFile], dataset: dict[str, Any]
) -> None:
    """Write index.html with its links, and ``dataset.jsonld`` embedded.

    The page holds no program and asks nothing of anyone; it opens from a folder as from a server.
    """
    present = {path.name for path in folder.iterdir() if path.is_file()}
    # Within the element only "</" ends it; "<" as an escape is the same JSON.
    embedded = json.dumps(dataset, indent=2, ensure_ascii=False).replace("<", r"\u003c")
    _write(
        PAGE,
        content,
        folder,
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


def _write(name: str, content: ReleaseContent, folder: Path, **more: Any) -> None:
    (folder / name).write_text(_rendered(name, content, **more), encoding="utf-8")


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


def _rendered(name: str, content: ReleaseContent, **more: Any) -> str:
    said = {**_read_of(content), "contact": CONTACT or NO_CONTACT, "doi": DOI, **more}
    return _templates().get_template(f"{name}.j2").render(said)


@lru_cache(maxsize=1)
def _read_of(content: ReleaseContent) -> dict[str, Any]:
    """What every template may say of a release; the tables are read for the first of them."""
    return {
        **dict(publisher()),  # title, description, creator and the like
        "source": publisher(),
        "version": content.version,
        "schema_version": SCHEMA_VERSION,
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "licence_file": LICENSE,
        "notice_file": NOTICE,
        "language": LANGUAGE,
        "sources": sources(),
        "identifier": content.identifier,
        "citation": content.citation,
        "month": content.month,
        "years": content.years,
        "accepted": content.tables.counts("sheets", "status").get("accepted", 0),
        "tables": [(table, content.tables.rows(table.name)) for table in PUBLISHED],
        "views": list(views(content.catalog)),
        "qualifiers": content.catalog.qualifiers,
        "database": WAREHOUSE_FILE,
        "digest_format": FORMAT,
        "contents": _contents(content),
        "largest": LARGEST_IN_ONE_FILE,
        "workbook": WORKBOOK,
        "api": API,
    }


def _contents(content: ReleaseContent) -> dict[str, Any]:
    """What is in a release, for people: places by year, how many figures, and the first of them."""
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
    return {
        "places": {row.year: row.places for row in named},
        "figures": counted.figures,
        "published": counted.published,
        "first": first,
    }
