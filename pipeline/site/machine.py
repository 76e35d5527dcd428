"""What pages hold for machines: the index of the search, and schema.org's description of a dataset.

Reads a :class:`Dataset`, gives JavaScript and JSON that may stand within a page.
"""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from pipeline.model import NATION
from pipeline.release.content import LICENCE_URL, publisher
from pipeline.site.dataset import Dataset, Row
from pipeline.site.text import visible
from pipeline.storage.names import DATASET


def search_index(data: Dataset) -> str:
    """A script with the title, kind and address of every place, figure and sheet."""
    entries = [
        (row["name"], _kind(data, row), f"state/{row['jurisdiction']}.html")
        for row in sorted(data.jurisdictions, key=lambda row: row["name"])
    ]
    entries += [
        (row["title"], f"figure, {row['program']}", f"metric/{row['metric']}.html")
        for row in data.metrics
        if row["metric"] in data.by_metric
    ]
    names = {row["jurisdiction"]: row["name"] for row in data.jurisdictions}
    entries += [
        (
            f"{names.get(sheet['jurisdiction'], 'Unknown place')} {sheet['year'] or ''}".strip(),
            visible(f"sheet, {file}"),
            f"{data.sheet_name(file)}.html",
        )
        for file, sheet in data.sheet_of.items()
    ]
    lines = ",\n".join(_within_page(entry) for entry in entries)
    return f"window.statedataIndex = [\n{lines}\n];\n"


def dataset_of_release(data: Dataset) -> Markup:
    """The release's own description."""
    path = data.release.path / DATASET
    return Markup(_within_page(json.loads(path.read_text(encoding="utf-8"))))  # noqa: S704


def dataset_of_metric(data: Dataset, metric: Row, url: str | None) -> Markup:
    """The description of one metric's figures, with absolute addresses where the site has one."""
    years = sorted({row["year"] for row in data.by_metric[metric["metric"]]})
    covered = str(years[0]) if len(years) == 1 else f"{years[0]}/{years[-1]}"
    page = f"{url}metric/{metric['metric']}" if url else None
    said: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{metric['title']} ({publisher().title})",
        "description": f"{metric['definition']} Compiled from {publisher().sheets} of the {publisher().publisher}; every figure as printed, with its interval and notes.",
        "variableMeasured": {
            "@type": "PropertyValue",
            "name": metric["title"],
            "unitText": metric["unit"],
        },
        "version": data.release.version,
        "temporalCoverage": covered,
        "spatialCoverage": "United States",
        "isAccessibleForFree": True,
        "license": LICENCE_URL,
        "creator": {"@type": "Organization", "name": publisher().creator},
        "isBasedOn": {
            "@type": "CreativeWork",
            "name": "State fact sheets",
            "publisher": publisher().publisher,
        },
    }
    if page:
        said["url"] = f"{page}.html"
        said["distribution"] = {
            "@type": "DataDownload",
            "encodingFormat": "text/csv",
            "contentUrl": f"{page}.csv",
        }
    return Markup(_within_page(said))  # noqa: S704


def _kind(data: Dataset, place: Row) -> str:
    has = place["jurisdiction"] in data.by_place
    return f"{'the nation' if place['jurisdiction'] == NATION else place['kind']}{'' if has else ', no sheet yet'}"


def _within_page(value: Any) -> str:
    """JSON in ASCII; within a script's element only ``</`` and ``<!--`` could mean something else."""
    return json.dumps(value, ensure_ascii=True).replace("<", r"\u003c")
