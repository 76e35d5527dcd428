"""Foreign validators: where each one is, and when these tests run.

They run by ``make validators``, which sets up an environment for each tool; the default suite
does not collect them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.building import PROJECT
from tests.describing import described

HOME = PROJECT / ".venv-validators"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests alone unless they are asked for by their mark."""
    return None if "foreign" in config.option.markexpr else True


@pytest.fixture(scope="session")
def _release(built_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return described(built_release, tmp_path_factory.mktemp("foreign") / "release")


@pytest.fixture
def release(_release: Path, tmp_path: Path) -> Path:
    """A described release of the four sheets, for a test to corrupt."""
    return shutil.copytree(_release, tmp_path / "release")


@pytest.fixture(scope="session")
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a program of a validator's environment in a folder."""

    def run_tool(
        environment: str, program: str, *arguments: str | Path, folder: Path
    ) -> subprocess.CompletedProcess[str]:
        path = HOME / environment / "bin" / program
        assert path.exists(), f"{environment} is not set up: run `make validators`"
        return subprocess.run(
            [path, *map(str, arguments)],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run_tool


@pytest.fixture
def schema_takes(
    run: Callable[..., subprocess.CompletedProcess[str]], release: Path
) -> Callable[[str, str], bool]:
    """Whether a JSON Schema takes a file of the release; the schema by its place in the packages."""

    def validate(name: str, schema: str) -> bool:
        (path,) = HOME.glob(f"jsonschema/lib/python*/site-packages/{schema}")
        done = run("jsonschema", "check-jsonschema", "--schemafile", path, name, folder=release)
        return done.returncode == 0

    return validate


@pytest.fixture
def corrupt(release: Path) -> Callable[[str, Callable[[Any], None]], None]:
    """Change one thing in a JSON file of the release."""

    def change(name: str, edit: Callable[[Any], None]) -> None:
        path = release / name
        data = json.loads(path.read_text(encoding="utf-8"))
        before = json.dumps(data)
        edit(data)
        assert json.dumps(data) != before, "the corruption changed nothing"
        path.write_text(json.dumps(data), encoding="utf-8")

    return change
