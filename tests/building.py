"""Builds, command lines and questions to a warehouse, for the tests of the later stages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

from pipeline.build import BuildSteps
from pipeline.cli.app import app
from pipeline.sheets.collect import partitions
from pipeline.storage.names import WAREHOUSE_FILE

PROJECT = Path(__file__).parent.parent
RAW = PROJECT / "raw"
VERSION = "2026.11.1"


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query finds in the warehouse (or release) in a folder."""
    with duckdb.connect(str(folder / WAREHOUSE_FILE), read_only=True) as connection:
        return connection.execute(query).fetchall()


def load(raw: Path, warehouse: Path) -> None:
    """The warehouse file of a raw folder: every step of a build but the release."""
    steps = BuildSteps(raw, warehouse)
    listing = steps.list(partitions(raw))
    texts = steps.extract(listing)
    steps.load(steps.validate(listing, texts, steps.parse(texts)))


def run_python(
    *arguments: str | Path, settings: Mapping[str, str] | None = None, folder: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """Run this Python with the project on its path."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "COLUMNS": "400", **(settings or {})}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def statedata(
    *arguments: str | Path, settings: Mapping[str, str] | None = None, folder: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return run_python("-m", "pipeline", *arguments, settings=settings, folder=folder)


def invoke(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process: the same commands, without waiting for a start."""
    given = [str(argument) for argument in arguments]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    return subprocess.CompletedProcess(given, result.exit_code, result.stdout, result.stderr)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
