"""Pages read as a browser reads them: strictly parsed, with their links, anchors and marks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import html5lib

from pipeline.release.versions import read_release
from pipeline.site.dataset import Dataset, read_dataset
from pipeline.site.pages import Settings, site


def dataset(warehouse: Path) -> Dataset:
    """The newest release of a warehouse."""
    return read_dataset(read_release((warehouse / "releases/latest").resolve()))


def made(warehouse: Path, **settings: Any) -> dict[str, bytes]:
    """Every file of the site of the newest release."""
    return dict(site(dataset(warehouse), Settings(**settings)))


@lru_cache(maxsize=512)
def parsed(page: bytes) -> Any:
    """A page's root element, which tests only read; a page that breaks the standard raises."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(page.decode())


def text_of(element: Any) -> str:
    """The text in an element."""
    return "".join(element.itertext())


def words_of(element: Any) -> str:
    """The text in an element on one line."""
    return " ".join(text_of(element).split())


def with_class(root: Any, name: str) -> list[Any]:
    """Every element of a class."""
    return [each for each in root.iter() if name in each.get("class", "").split()]


def with_id(root: Any, name: str) -> Any:
    """The one element with an id."""
    (found,) = (each for each in root.iter() if each.get("id") == name)
    return found


def links(root: Any) -> Iterator[str]:
    """Every address that a page leads to or loads."""
    for element in root.iter():
        for name in ("href", "src"):
            if element.get(name) is not None:
                yield element.get(name)


def broken(name: str, root: Any, ids: dict[str, set[str]], release: Path) -> list[str]:
    """The links of a page that lead nowhere within site and release."""
    found = []
    for link in links(root):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = _joined(name, unquote(parts.path)) if parts.path else name
        if target.startswith(f"{release.name}/"):
            is_there = (release.parent / target).is_file()
        else:
            is_there = target in ids and (
                not parts.fragment or unquote(parts.fragment) in ids[target]
            )
        if not is_there:
            found.append(link)
    return found


def _joined(name: str, path: str) -> str:
    parts = name.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
