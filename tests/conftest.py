"""What the tests share: the four real sheets, and what one build makes of them."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from pipeline.build import build
from pipeline.outcome import Outcome
from tests.building import RAW, VERSION
from tests.readers import add_and_revise, write_two_years

T = TypeVar("T")

# Neither chance nor a busy machine decides what the suite says; `--hypothesis-profile random`
# searches anew and further, as `make attack` does.
STEADY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("random", derandomize=False, print_blob=True, max_examples=200, **STEADY)
settings.register_profile("fixed", derandomize=True, max_examples=40, **STEADY)
settings.load_profile("fixed")


# What is imported and collected stays to the end: looking through it for garbage is a third of the
# time that collecting takes, and some of every build's.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from here on, among what the tests themselves make."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Let the end of the process find all objects: extensions tell of those that it does not."""
    gc.unfreeze()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes that are no text by their argument: compressed ones may hold the time.

    Every worker collects for itself, and all have to give a test the same id.
    """
    if isinstance(val, bytes) and not (val.isascii() and val.decode("ascii").isprintable()):
        return argname
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks that `--strict-markers` asks for."""
    config.addinivalue_line("markers", "slow: takes long on two cores; CI runs it by itself")
    config.addinivalue_line(
        "markers", "foreign: needs tools in environments of their own; left out unless asked for"
    )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep an operator's folders and Dagster home out of the tests."""
    for name in os.environ:
        if name.startswith("STATEDATA_") or name == "DAGSTER_HOME":
            monkeypatch.delenv(name)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """A copy of the raw folder, for a test to change."""
    return shutil.copytree(RAW, tmp_path / "raw")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Where a test may build; not there yet."""
    return tmp_path / "warehouse"


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What ``make`` gives of a new folder: one worker makes it, and all of a run read it."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with FileLock(f"{folder}.lock"):
        given = folder / "given.pickle"
        if not given.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            folder.mkdir()
            given.write_bytes(pickle.dumps(make(folder)))
        return pickle.loads(given.read_bytes())  # type: ignore[no-any-return]  # noqa: S301  # our own


@pytest.fixture(scope="session")
def four_sheets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The four sheets built once: the outcome and the warehouse folder. Tests only read it."""

    def make(folder: Path) -> tuple[Outcome, Path]:
        return build(RAW, folder / "warehouse", version=VERSION), folder / "warehouse"

    return made_once(tmp_path_factory, "four_sheets", make)


@pytest.fixture(scope="session")
def built_warehouse(four_sheets: tuple[Outcome, Path]) -> Path:
    """The warehouse folder of the four sheets. Tests only read it."""
    return four_sheets[1]


@pytest.fixture(scope="session")
def built_release(four_sheets: tuple[Outcome, Path]) -> Path:
    """The release folder of the four sheets. Tests only read it."""
    return four_sheets[0].release


@pytest.fixture(scope="session")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of two years of sheets made to be misread. Tests only read it."""

    def make(folder: Path) -> Path:
        build(write_two_years(folder / "raw"), folder / "warehouse", version=VERSION)
        return folder / "warehouse"

    return made_once(tmp_path_factory, "two_years", make)


@pytest.fixture(scope="session")
def second_release(two_years: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two years' warehouse folder after one more release: a sheet more, a figure revised."""

    def make(folder: Path) -> Path:
        warehouse = shutil.copytree(two_years, folder / "warehouse", symlinks=True)
        raw = shutil.copytree(two_years.parent / "raw", folder / "raw")
        add_and_revise(raw)
        build(raw, warehouse, version="2026.12.1", accept_revisions=True)
        return warehouse

    return made_once(tmp_path_factory, "second_release", make)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with sixteen megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "statedata-test", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
