"""The catalog's files to one checked :class:`Catalog`; a bad entry fails here.

Reads the YAML and CSV files beside this module, gives the models of ``catalog.schema``, or says
which file and which entry cannot be used and why.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipeline.catalog.consistency import inconsistencies
from pipeline.catalog.lines import LinedMapping, line_of, place_of, read_yaml
from pipeline.catalog.schema import (
    Catalog,
    Correction,
    Corroboration,
    Jurisdiction,
    MetricsFile,
    Note,
    Population,
    Publisher,
    SentencesFile,
)
from pipeline.catalog.wording import Aside, Qualifier, Rule
from pipeline.model import NATION, UserError

FOLDER = Path(__file__).parent
ENVIRONMENT = "STATEDATA_CATALOG"
"""Names another folder, of another publisher; it reaches pools, workers and Dagster alike."""

_MODELS: tuple[tuple[str, type[BaseModel], str, str], ...] = (
    ("metrics.yml", MetricsFile, "", ""),
    ("sentences.yml", SentencesFile, "", ""),
    ("asides.yml", Aside, "asides", "aside"),
    ("qualifiers.yml", Qualifier, "qualifiers", "qualifier"),
    ("ignored.yml", Rule, "rules", "rule"),
    ("corrections.yml", Correction, "corrections", "sheet"),
    ("notes.yml", Note, "notes", "metric"),
    ("jurisdictions.csv", Jurisdiction, "jurisdictions", "jurisdiction"),
    ("publisher.yml", Publisher, "publisher", ""),
    ("population.csv", Population, "population", "jurisdiction"),
    ("corroboration.csv", Corroboration, "corroboration", "metric"),
)
"""Each file with the model of it or, where it is a list, of an entry; the catalog's field that it
is, none where its own fields are the catalog's; and by what field messages call an entry."""

FILES = tuple(name for name, *_ in _MODELS)

Model = TypeVar("Model", bound=BaseModel)


class CatalogError(UserError, ValueError):
    """A catalog entry that cannot be used; the message names file, entry and reason."""


def load_catalog(folder: Path = FOLDER) -> Catalog:
    """Read and check the catalog's files in ``folder``.

    Raises:
        CatalogError: a file is missing, is not YAML or CSV, or holds a bad entry.
    """
    if not folder.is_dir():
        raise CatalogError(f"{folder}: no such folder; name that of a catalog")
    contents = {name: _read(folder / name) for name in FILES}
    fields: dict[str, Any] = {}
    # What other entries refer to first: slips in whole files are told before those of a list.
    for name, model, field, key in sorted(_MODELS, key=lambda file: bool(file[3])):
        if key:
            entries = _entries(name, contents)
            fields[field] = [_checked(name, model, entry, key=key) for entry in entries]
        else:
            file = _checked(name, model, _yaml(name, contents[name]))
            fields |= {field: file} if field else dict(file)
    digest = hashlib.sha256(b"".join(hashlib.sha256(contents[n]).digest() for n in FILES))
    catalog = Catalog.model_validate({**fields, "digest": digest.hexdigest()})
    problems = inconsistencies(catalog)
    if problems:
        placed = [_with_line(problem, place_of(problem, contents)) for problem in problems]
        raise CatalogError(f"the catalog: {'; '.join(placed)}")
    return catalog


def default_catalog() -> Catalog:
    """The catalog in the folder of ``STATEDATA_CATALOG``, else the shipped one; read once a process.

    Raises:
        CatalogError: a file is missing, is not YAML or CSV, or holds a bad entry.
    """
    return _read_once(os.environ.get(ENVIRONMENT))


@cache
def _read_once(folder: str | None) -> Catalog:
    return load_catalog(Path(folder or FOLDER))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}; restore the catalog file") from error


def _yaml(name: str, content: bytes) -> Any:
    try:
        return read_yaml(content)
    except yaml.MarkedYAMLError as error:
        raise CatalogError(f"{name}: not YAML: {_yaml_reason(error, content)}") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise CatalogError(f"{name}: not YAML: {reason}") from error


def _yaml_reason(error: yaml.MarkedYAMLError, content: bytes) -> str:
    """Line, the entry that stands before it, and the problem, on one line."""
    mark = error.problem_mark or error.context_mark
    problem = " ".join(filter(None, (error.context, error.problem)))
    if mark is None:
        return problem
    lines = content.decode("utf-8", errors="replace").splitlines()[: mark.line + 1]
    entries = [match[1] for match in map(_ENTRY.match, lines) if match]
    entry = f" ({entries[-1]})" if entries else ""
    return f"line {mark.line + 1}, column {mark.column + 1}{entry}: {problem}"


_ENTRY = re.compile(
    r"\s*- ((?:metric|sentence|table|group|aside|qualifier|rule|sheet|whole|smaller): .+)"
)
_NAMED_BY = {"metrics": "metric", "sentences": "sentence", "tables": "table", "one_of": "group"}
"""By what field messages call the entries of a list."""


def _entries(name: str, contents: dict[str, bytes]) -> list[Any]:
    if name == "jurisdictions.csv":
        return _jurisdiction_rows(contents[name])
    if name.endswith(".csv"):
        return _csv_rows(name, contents[name])
    entries = _yaml(name, contents[name])
    if not isinstance(entries, list):
        kind = "dict" if isinstance(entries, dict) else type(entries).__name__
        raise CatalogError(f"{name}: expected a list of entries, found {kind}")
    return entries


def _jurisdiction_rows(content: bytes) -> list[LinedMapping]:
    rows = _csv_rows("jurisdictions.csv", content)
    for row in rows:
        also = row.pop("also_printed_as", "") or ""
        row["names"] = (row.get("name"), *(name for name in also.split(";") if name))
    if sum(row.get("jurisdiction") == NATION for row in rows) != 1:
        raise CatalogError(f"jurisdictions.csv: expected one row {NATION}")
    return rows


def _csv_rows(name: str, content: bytes) -> list[LinedMapping]:
    """The rows of a CSV file with their lines; an empty cell is None."""
    try:
        reader = csv.DictReader(content.decode("utf-8").splitlines())
        rows = []
        for row in reader:
            rows.append(LinedMapping(reader.line_num))
            rows[-1].update({key or "more cells": cell or None for key, cell in row.items()})
    except UnicodeDecodeError as error:
        raise CatalogError(f"{name}: not UTF-8: {error}") from error
    except csv.Error as error:
        raise CatalogError(f"{name}: not CSV: {error} (line {reader.line_num})") from error
    return rows


def _checked(name: str, model: type[Model], data: Any, *, key: str = "") -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        reasons = "; ".join(_reason(problem, data, key) for problem in error.errors())
        raise CatalogError(f"{name}: {reasons}") from error


def _reason(problem: ErrorDetails, data: Any, key: str) -> str:
    """What is wrong at which place, with the line of it."""
    place = [str(step) for step in problem["loc"]]
    if len(place) > 1 and place[0] in _NAMED_BY:
        entry, name = data[place[0]][int(place[1])], _NAMED_BY[place[0]]
        named = entry.get(name, "(unnamed)") if isinstance(entry, dict) else ""
        place[:2] = [f"{name} {named}".rstrip()]
    elif key and isinstance(data, dict):
        place.insert(0, f"{key} {data.get(key, '(unnamed)')}")
    reason = " ".join(problem["msg"].removeprefix("Value error, ").split())
    line = line_of(data, problem["loc"])
    reason = f"{' / '.join(place)}: {reason}" if place else reason
    return _with_line(reason, f"line {line}" if line else "")


def _with_line(reason: str, place: str) -> str:
    return f"{reason} ({place})" if place else reason
