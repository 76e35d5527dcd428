"""Catalogs for tests: a copy of the shipped one, edited as an author would edit it."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.catalog.load import FILES, FOLDER, load_catalog
from pipeline.parse.patterns import Wordings, compile_catalog
from tests.sheets_factory import change


def copy_catalog(folder: Path) -> Path:
    """A copy of the shipped catalog in ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(FOLDER / name, folder / name)
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replace the only ``old`` in a file of the catalog."""
    path = folder / name
    path.write_text(change(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")


def add_metric(folder: Path, entry: str) -> None:
    """Add an entry to the list of metrics, as written in YAML from its own first column on."""
    _insert(folder, "metrics.yml", "metrics", entry)


def add_sentence(folder: Path, entry: str) -> None:
    """Add an entry to the list of sentences, as written in YAML from its own first column on."""
    _insert(folder, "sentences.yml", "sentences", entry)


def _insert(folder: Path, name: str, key: str, entry: str) -> None:
    indented = "".join(f"  {line}\n" if line else "\n" for line in entry.splitlines())
    edit(folder, name, f"\n{key}:\n", f"\n{key}:\n{indented}")


def append(folder: Path, name: str, entry: str) -> None:
    """Add an entry at the end of a file of the catalog that is a list."""
    path = folder / name
    path.write_text(f"{path.read_text(encoding='utf-8')}{entry.rstrip()}\n", encoding="utf-8")


def compiled(folder: Path) -> Wordings:
    """The catalog in a folder, checked and compiled."""
    return compile_catalog(load_catalog(folder))
