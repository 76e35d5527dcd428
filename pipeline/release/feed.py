"""``feed.xml``: an Atom feed of the releases, which says in words what each changed.

It is a function of the index and of the releases' changelogs. A release is dated by its version,
the finest date there is: the first of its month, releases of a month a second after each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.release.content import publisher
from pipeline.release.versions import version_key
from pipeline.storage.names import FEED, PAGE

_ATOM = "http://www.w3.org/2005/Atom"


def feed(index: Mapping[str, Any], texts: Mapping[str, Sequence[str]]) -> str:
    """The feed of an index, newest release first, with the sentences that say what each changed."""
    entries = index["releases"][::-1]
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "title", publisher().title)
    _add(root, "subtitle", f"C{publisher().compiled[1:]}.")
    _add(root, "id", uuid.uuid5(uuid.NAMESPACE_OID, publisher().name).urn)
    dates = [_date(entry["version"]) for entry in entries] or ["1970-01-01T00:00:00Z"]
    _add(root, "updated", max(dates))
    _add(_add(root, "author"), "name", publisher().creator)
    _add(root, "link", rel="self", type="application/atom+xml", href=FEED)
    _add(root, "link", rel="alternate", type="text/html", href=PAGE)
    for entry, date in zip(entries, dates, strict=False):
        _add_entry(root, entry, date, texts.get(entry["version"], ()))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="utf-8"?>\n', "\n")
    )


def _add_entry(root: ET.Element, entry: Mapping[str, Any], date: str, texts: Sequence[str]) -> None:
    version, status = entry["version"], entry["status"]
    made = _add(root, "entry")
    mark = " (withdrawn)" if status == "withdrawn" else ""
    _add(made, "title", f"{publisher().title} {version}{mark}")
    _add(made, "id", uuid.uuid5(uuid.NAMESPACE_OID, f"{publisher().name}/{version}").urn)
    _add(made, "updated", date)
    if not mark:
        _add(made, "link", rel="alternate", type="text/html", href=f"{version}/index.html")
    said = [f"Withdrawn: {entry['reason']}", *texts] if mark else list(texts)
    _add(made, "content", "\n".join(said) or entry["change_class"], type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, name, attributes)
    made.text = text
    return made


def _date(version: str) -> str:
    year, month, number = version_key(version)
    date = datetime(year, month, 1, tzinfo=UTC) + timedelta(seconds=number - 1)
    return date.strftime("%Y-%m-%dT%H:%M:%SZ")
