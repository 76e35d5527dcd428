"""Every page of the site as bytes by name, from one release.

Reads a :class:`Dataset` and templates, gives ``name -> bytes``: the same release always gives the
same bytes. Writing them is the business of ``site.folder``.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from pipeline.checks import CHECKLIST
from pipeline.model import NATION, number_text
from pipeline.release.api import figure_citation, plain
from pipeline.release.content import (
    CONTACT,
    LANGUAGE,
    LICENCE,
    LICENCE_URL,
    data_files,
    files_of,
    publisher,
)
from pipeline.site import words
from pipeline.site.cards import HOME, carded, cards
from pipeline.site.charts import can_draw, charts_of_states, panels_of_place, trends_of_nation
from pipeline.site.cookbook import ENGINES, SHOWN_ROWS, recipes
from pipeline.site.dataset import Dataset, Row, grouped, key_of
from pipeline.site.machine import dataset_of_metric, dataset_of_release, search_index
from pipeline.site.query import database_script, examples
from pipeline.site.scans import Scan, scans
from pipeline.site.text import Piece, breakable, pieces, visible
from pipeline.storage.formats import csv_text
from pipeline.storage.names import CHANGELOG, LICENSE, NOTICE
from pipeline.tables.figures import FIGURES
from pipeline.tables.sql import meaning

_FOLDER = Path(__file__).parent
ASSETS = _FOLDER / "assets"
STYLE = "style.css"
_COPIED = (STYLE, "site.js", "query.js", "sql-wasm-inline.js", "sql-wasm-inline.LICENSE.txt")
NOT_FOUND = "404.html"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a site says beside its release.

    ``url`` is the address that it will have, with a slash at its end; without one there are no
    absolute addresses and no sitemap. ``withdrawn`` is the reason if the release was taken back.
    ``releases`` are the index's entries, newest first, ``has_feed`` tells of a feed beside the pages,
    ``raw`` is the folder of the sheets, of which PDFs are shown as pictures.
    """

    url: str | None = None
    withdrawn: str | None = None
    releases: tuple[Mapping[str, Any], ...] = ()
    has_feed: bool = False
    raw: Path | None = None


@dataclass(frozen=True, slots=True)
class _Change:
    """A part of the changelog: its heading, and the sentences and list below it."""

    heading: str
    paragraphs: list[str]
    items: list[str]


def site(data: Dataset, settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Every file of the site by its name."""
    render, drawn = _Renderer(data, settings), scans(data, settings.raw)
    names = []
    for name, page in _pages(data, settings, render, drawn):
        names.append(name)
        yield name, page.encode()
    if settings.url:
        _, listed = render("sitemap.xml", names=[name for name in names if name != NOT_FOUND])
        yield "sitemap.xml", listed.encode()
        yield from cards(data)
    yield "search-index.js", search_index(data).encode()
    yield "query-data.js", database_script(data).encode()
    for metric, rows in data.by_metric.items():
        yield f"metric/{metric}.csv", _csv(rows).encode()
    for pictures in drawn.values():
        yield from ((picture.name, picture.png) for picture in pictures)
    for name in _COPIED:
        yield name, (ASSETS / name).read_bytes()


def _pages(
    data: Dataset, settings: Settings, render: _Renderer, drawn: Mapping[str, list[Scan]]
) -> Iterator[tuple[str, str]]:
    places = {row["jurisdiction"]: row for row in data.jurisdictions}
    metrics = {row["metric"]: row for row in data.metrics if row["metric"] in data.by_metric}
    yield render("index.html", grid=_grid(places), places=places, metrics=metrics)
    for code, place in places.items():
        yield render(
            f"state/{code}.html",
            "state.html.j2",
            place=place,
            figures=data.by_place.get(code, []),
            sheets=_sheets_of(data, code),
            panels=panels_of_place(data, code),
        )
    for name, metric in metrics.items():
        notes = [row for row in data.comparability if row["metric"] == name]
        yield render(
            f"metric/{name}.html",
            "metric.html.j2",
            metric=metric,
            figures=data.by_metric[name],
            notes=notes,
            places=places,
            charts=charts_of_states(data, name),
            trends=trends_of_nation(data, name),
            has_card=can_draw() and bool(carded(data, data.by_metric[name])),
        )
    for file, sheet in data.sheet_of.items():
        yield render(
            f"{data.sheet_name(file)}.html",
            "sheet.html.j2",
            sheet=sheet,
            place=places.get(sheet["jurisdiction"]),
            statements=data.by_file.get(file, []),
            missing=data.not_printed(sheet),
            failed=data.failed.get(file, []),
            scans=drawn.get(file, []),
        )
    yield render("dictionary.html", metrics=metrics, meaning=meaning)
    yield render("changes.html", changes=_changes(data))
    for release in settings.releases:
        if release["status"] == "withdrawn":
            yield render(
                f"withdrawn/{release['version']}.html", "withdrawn.html.j2", release=release
            )
    yield render(
        "method.html",
        checks=_checks(data),
        sheets=dict(sorted(grouped(data.sheets, "status").items())),
    )
    yield render("downloads.html", files=data_files(data.release.path), documents=_documents(data))
    if render.recipes:
        yield render("cookbook.html", engines=ENGINES, shown_rows=SHOWN_ROWS)
    yield render("query.html", examples=examples(data))
    yield render(NOT_FOUND)


class _Renderer:
    """Renders a template with what every page shares."""

    def __init__(self, data: Dataset, settings: Settings) -> None:
        self._settings = settings
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.recipes = recipes(data.release.path, publisher().name)
        self._templates.globals.update(source=publisher(), recipes=self.recipes)
        self._templates.globals.update(_shared(data, settings))

    def __call__(self, name: str, template: str | None = None, **more: Any) -> tuple[str, str]:
        page = self._templates.get_template(template or f"{name}.j2")
        return name, page.render(page=name, root="../" * name.count("/"), **more)


def _finalize(value: Any) -> Any:
    """What every expression of a template passes: numbers as they are, text made visible."""
    if isinstance(value, Markup | jinja2.Undefined):
        return value
    assert value is not None, "a template shows a value that is not there"
    return visible(str(value))


def _shared(data: Dataset, settings: Settings) -> dict[str, Any]:
    version = data.release.version
    year, month, _ = version.split(".")
    return {
        "title": publisher().title, "description": publisher().description, "publisher": publisher().publisher,
        "language": LANGUAGE, "version": version, "month": f"{year}-{int(month):02d}",
        "licence": LICENCE, "licence_url": LICENCE_URL, "licence_file": LICENSE,
        "notice_file": NOTICE, "contact": CONTACT or "tell whoever publishes this copy.",
        "url": settings.url, "card": HOME if can_draw() else None,
        "withdrawn": settings.withdrawn, "has_feed": settings.has_feed,
        "releases": settings.releases, "nation": NATION,
        "titles": {row["metric"]: row["title"] for row in data.metrics},
        "names": {row["jurisdiction"]: row["name"] for row in data.jurisdictions},
        "data": data, "key_of": key_of, "structured": dataset_of_release(data),
        "structured_metric": lambda metric: dataset_of_metric(data, metric, settings.url),
        "shown": words.shown, "number": number_text, "place_of": words.place,
        "statuses": words.STATUSES, "periods": words.PERIODS, "breakable": breakable,
        "interval": lambda row: words.interval(row, data.qualifiers[row["qualifier"]]),
        "rates": lambda row: _rates(data, row),
        "cite": lambda row: figure_citation(row, version),
        "quote": lambda row: _quote(data, row),
        "marked": lambda sheet: _marked(data, sheet),
        "sort_key": lambda value: "" if value is None else plain(value),
        "anchor": lambda row: f"{row['year']}-{row['metric']}",
    }  # fmt: skip


def _rates(data: Dataset, row: Row) -> list[str]:
    """The rates of a figure that has any."""
    if row["qualifier"] is None:
        return []
    qualifier = data.qualifiers[row["qualifier"]]
    found = [words.rate(row, column, qualifier) for column in words.RATES]
    return [each for each in found if each is not None]


def _quote(data: Dataset, figure: Row) -> list[Piece]:
    """The sentence of a published figure, its number marked."""
    statement = data.statement_of(figure)
    assert statement is not None, f"{figure['observation_id']}: no sheet prints it"
    text = data.sheet_of[statement["file"]]["text"][statement["char_start"] : statement["char_end"]]
    span = (statement["printed_start"], statement["printed_end"], statement)
    return list(pieces(text, [span], statement["char_start"]))


def _marked(data: Dataset, sheet: Row) -> list[Piece]:
    """A sheet's whole text, every figure marked."""
    statements = data.by_file.get(sheet["file"], ())
    spans = ((row["printed_start"], row["printed_end"], row) for row in statements)
    first, *others = pieces(sheet["text"], spans)
    return [replace(first, text=first.text.lstrip("\r\n")), *others]  # no empty lines at the top


def _sheets_of(data: Dataset, place: str) -> dict[int, list[Row]]:
    """The sheets of a place by year, the accepted one first."""
    ordered = sorted(
        data.sheet_of.values(), key=lambda row: (row["status"] != "accepted", row["file"])
    )
    return grouped((row for row in ordered if row["jurisdiction"] == place and row["year"]), "year")


def _grid(places: Mapping[str, Row]) -> list[tuple[Row, int, int]]:
    """The states and territories in the order of their names, each with its tile's row and column."""
    with (ASSETS / "tiles.csv").open(encoding="utf-8", newline="") as file:
        tiles = {row["jurisdiction"]: row for row in csv.DictReader(file)}
    states = sorted(
        (row for row in places.values() if row["jurisdiction"] != NATION),
        key=lambda row: row["name"],
    )
    return [
        (row, int(tiles[row["jurisdiction"]]["row"]), int(tiles[row["jurisdiction"]]["column"]))
        for row in states
    ]


def _changes(data: Dataset) -> list[_Change]:
    """The release's changelog: its headings, sentences and lists."""
    found: list[_Change] = []
    text = (data.release.path / CHANGELOG).read_text(encoding="utf-8")
    for line in filter(None, text.splitlines()):
        if line.startswith("## "):
            found.append(_Change(line.removeprefix("## "), [], []))
        elif not found:
            continue  # the title of the file
        elif line.startswith("- "):
            found[-1].items.append(line.removeprefix("- "))
        else:
            found[-1].paragraphs.append(line)
    return found


def _checks(data: Dataset) -> list[dict[str, Any]]:
    """Each check with its meaning and how often it held and failed."""
    counted = Counter((row["check_name"], row["passed"]) for row in data.checks)
    known = {name: check.meaning for name, check in CHECKLIST.items()}
    levels = {row["check_name"]: row["level"] for row in data.checks}
    return [
        {
            "name": name,
            "level": levels[name],
            "meaning": known.get(name, "A check of an earlier program."),
            "held": counted[name, True],
            "failed": counted[name, False],
        }
        for name in sorted(levels)
    ]


def _documents(data: Dataset) -> list[str]:
    """The other files of a release, but the thousands that the static API may have."""
    folder = data.release.path
    tables = {file.path for file in data_files(folder)}
    return [name for name in files_of(folder) if name not in tables and "/" not in name]


def _csv(rows: list[Row]) -> str:
    columns = list(FIGURES.columns)
    return csv_text([columns, *([plain(row[name]) for name in columns] for row in rows)])
