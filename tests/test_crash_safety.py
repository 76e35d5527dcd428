"""Killed, unplugged or out of room at any point: what stands stays, and the next build succeeds.

Each test starts from a release of three sheets and lets a build of all four die on it: at every
change of a name and at some random moments; with STATEDATA_TEST_KILLS=all also at every sync, with
many more random moments and a clean build after each.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.release.verify import verify
from pipeline.release.versions import latest_release, releases
from pipeline.storage.hashes import sha256_of
from pipeline.storage.lock import holder
from pipeline.storage.names import (
    BUILDING_PREFIX,
    LATEST,
    LOCK_FILE,
    RELEASES,
    SUMS,
    WAREHOUSE_FILE,
)
from tests.building import RAW, ask, contents
from tests.dying import Driver

pytestmark = pytest.mark.slow

THOROUGH = os.environ.get("STATEDATA_TEST_KILLS") == "all"
RANDOM_KILLS = 150 if THOROUGH else 12
SHARDS = 3
FIGURES = "select count(*), sum(value) from observations"


@dataclass(frozen=True)
class Scene:
    """What every build that dies starts from, and where one that lives ends."""

    driver: Driver
    three: Path
    """The raw folder of what every build starts from."""
    start: Path
    first_steps: list[str]
    """What the build of that did on disk."""
    steps: list[str]
    """What a build that lives does on disk."""
    seconds: float
    old_files: dict[str, bytes]
    figures: tuple[Any, Any]
    """The old answer of the warehouse and the new one."""
    digests: dict[str, str]
    """The tables of the new release."""
    verified: set[bytes] = field(default_factory=set)
    """The sums of the releases that were verified."""

    def begin(self, folder: Path) -> Path:
        """A warehouse of its own, with the release of three sheets."""
        shutil.rmtree(folder, ignore_errors=True)
        return shutil.copytree(self.start, folder, symlinks=True)

    def kill(self, folder: Path, **how: Any) -> dict[str, Any]:
        """Let a build of all four sheets die, and look at what is left."""
        answer = self.driver.build(RAW, folder, **how)
        assert answer["exit"] == -signal.SIGKILL, (how, answer["exit"], answer["text"])
        self.assert_whole(folder, str(how))
        return answer

    def assert_whole(self, folder: Path, when: str) -> None:
        """Demand complete releases, the old one untouched, and a warehouse that answers."""
        place = folder / RELEASES
        named = [entry for entry in place.iterdir() if entry.name[0].isdigit()]
        assert len(named) in (1, 2), when
        for release in named:
            assert_sums(release, when)
        latest = latest_release(folder)
        assert latest is not None, when
        self._assert_verified(latest.path, when)
        assert contents(place / "2026.1.1") == self.old_files, when
        assert ask(folder, FIGURES)[0] in self.figures, when
        assert ask(folder, "select count(*) from state_profiles")[0][0] in (3, 4), when
        index = json.loads((place / "index.json").read_text())
        assert index["latest"] in {release.name for release in named}, when
        assert json.loads((place / "latest.json").read_text())["version"], when
        assert holder(folder) is None, when

    def _assert_verified(self, release: Path, when: str) -> None:
        """Demand what `verify` finds of a release, once for each content that one has."""
        content = (release / SUMS).read_bytes()  # holds for every file, as was seen before
        if content not in self.verified:
            failing = [result for result in verify(release, None) if result.holds is False]
            assert not failing, (when, failing)
            self.verified.add(content)

    def recover(self, folder: Path, when: str) -> None:
        """Build once more: the right release, once, and nothing left lying about."""
        answer = self.driver.build(RAW, folder)
        assert answer["exit"] == 0, (when, answer["text"])
        self.assert_whole(folder, when)
        found = releases(folder)
        assert len(found) == 2, when
        latest = latest_release(folder)
        assert latest is not None
        assert latest.version == found[1].version, when
        assert latest.digests == self.digests, when
        assert ask(folder, FIGURES)[0] == self.figures[1], when
        assert leftovers(folder) == [], when


def assert_sums(release: Path, when: str) -> None:
    """What `sha256sum -c` and a look for unlisted files would say."""
    lines = (release / SUMS).read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    names = {p.relative_to(release).as_posix() for p in release.rglob("*") if p.is_file()}
    assert names == {*listed, SUMS}, when
    assert {name: sha256_of(release / name) for name in listed} == listed, when


def leftovers(folder: Path) -> list[str]:
    """Files and folders that only an interrupted build leaves."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if (path.name.startswith(".") and path.name != LOCK_FILE) or path.suffix == ".unfinished"
    )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crash")
    three = shutil.copytree(RAW, folder / "three")
    (three / "2023" / "missouri.txt").unlink()
    start, goal = folder / "start", folder / "goal"
    with Driver() as driver:
        first = driver.build(three, start, version="2026.1.1")
        assert first["exit"] == 0
        shutil.copytree(start, goal, symlinks=True)
        answer = driver.build(RAW, goal)
        assert answer["exit"] == 0
        new = latest_release(goal)
        assert new is not None
        yield Scene(
            driver, three, start, first["steps"], answer["steps"], answer["seconds"],
            contents(start / RELEASES / "2026.1.1"),
            (ask(start, FIGURES)[0], ask(goal, FIGURES)[0]), new.digests,
        )  # fmt: skip


@pytest.fixture
def survived(capsys: pytest.CaptureFixture[str]) -> Callable[[str, int], None]:
    """Says how many deaths were survived, in a line that a captured run shows too."""

    def say(what: str, count: int) -> None:
        with capsys.disabled():
            sys.stderr.write(f"\n{what}: {count} of {count} survived\n")

    return say


def publishing(steps: list[str]) -> int:
    """The step, counted from one, at which the warehouse is about to be replaced."""
    return steps.index("fsync ncmec_state_data.duckdb") + 1


def is_name(step: str) -> bool:
    """Whether a step changes which names there are."""
    return not step.startswith("fsync")


# Killed


def test_killed_again_and_again_before_the_warehouse(scene, tmp_path, survived):
    """Each build starts on what the one before it left, and gets one step further."""
    folder = scene.begin(tmp_path / "warehouse")
    points = range(1, publishing(scene.steps) + 1)
    for step in points:
        scene.kill(folder, die_at=step)
        assert latest_release(folder).version == "2026.1.1"
    scene.recover(folder, "after all of them")
    survived("killed at each stage's parts, one after another", len(points))


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_while_publishing(scene, tmp_path, survived, shard):
    """Each death on a warehouse of its own, and a build after it."""
    first = publishing(scene.steps)
    release = next(i for i, step in enumerate(scene.steps, 1) if step.startswith("replace 2"))
    points = [
        number
        for number, step in enumerate(scene.steps, 1)
        if (THOROUGH or (number >= first and is_name(step)) or number == len(scene.steps))
        or number in (release - 3, release + 1)
    ][shard::SHARDS]
    for step in points:
        folder = scene.begin(tmp_path / "warehouse")
        when = f"before step {step}, {scene.steps[step - 1]}"
        scene.kill(folder, die_at=step)
        scene.recover(folder, when)
    survived("killed while publishing, each followed by a build", len(points))


@pytest.mark.parametrize(
    "place",
    [
        "before its name",
        "after its name",
        "at the end",
    ],
)
def test_killed_around_the_name_of_the_very_first_release(scene, tmp_path, survived, place):
    folder, steps = tmp_path / "warehouse", scene.first_steps
    release = next(i for i, step in enumerate(steps, 1) if step.startswith("replace 2"))
    step = {"before its name": release, "after its name": release + 1, "at the end": len(steps)}
    assert scene.driver.build(scene.three, folder, die_at=step[place])["exit"] == -signal.SIGKILL
    assert len(releases(folder)) == (0 if place == "before its name" else 1)
    assert scene.driver.build(scene.three, folder)["exit"] == 0
    assert len(releases(folder)) == 1
    assert latest_release(folder).digests == latest_release(scene.start).digests
    assert leftovers(folder) == []
    survived(f"killed during the very first release, {place}", 1)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_random_moments(scene, tmp_path, survived, shard):
    folder, kills, seconds = scene.begin(tmp_path / "warehouse"), 0, scene.seconds
    chosen = random.Random(f"moments {shard}")  # noqa: S311
    while kills < RANDOM_KILLS // SHARDS:
        moment = chosen.uniform(0.2, 1.0) * seconds
        answer = scene.driver.build(RAW, folder, die_after=moment)
        assert answer["exit"] in (0, -signal.SIGKILL), answer
        scene.assert_whole(folder, f"after {moment:.3f} seconds")
        if answer["exit"] == 0:
            seconds = min(seconds, answer["seconds"])  # the machine is less busy than it was
        else:
            kills += 1
        if THOROUGH or answer["exit"] == 0 or len(releases(folder)) == 2:
            scene.recover(folder, f"after {moment:.3f} seconds")
            folder = scene.begin(folder)
    scene.recover(folder, "at the end")
    survived("killed at random moments", kills)


# Power cuts: what was not synced is lost


def after_names(steps: list[str]) -> list[int]:
    """The steps right after a rename, before its folder is synced."""
    return [i for i in range(publishing(steps), len(steps) + 1) if i > 1 and is_name(steps[i - 2])]


@pytest.mark.parametrize("lose", ["renames", "contents"])
def test_power_cut_once_the_release_has_its_name(scene, tmp_path, survived, lose):
    """Names, or contents, that no sync had covered are gone, as POSIX allows."""
    release = next(i for i, step in enumerate(scene.steps, 1) if step.startswith("replace 2"))
    cut_power(scene, tmp_path, survived, lose, [release + 1])


@pytest.mark.parametrize("lose", ["renames", "contents"])
def test_power_cut_while_publishing(scene, tmp_path, survived, lose):
    """At the start, and when all is said to be done."""
    points = after_names(scene.steps)
    quick = [publishing(scene.steps) + 2, points[-1]]
    cut_power(scene, tmp_path, survived, lose, points if THOROUGH else quick)


def cut_power(scene: Scene, tmp_path: Path, survived: Any, lose: str, points: list[int]) -> None:
    """Cut the power before each step, each on a warehouse of its own, and build after it."""
    steps = scene.steps
    for step in points:
        folder = scene.begin(tmp_path / "warehouse")
        when = f"{lose} lost before step {step}, {steps[step - 1]}"
        scene.kill(folder, die_at=step, lose=lose)
        scene.recover(folder, when)
    survived(f"power cuts with {lose} lost", len(points))


# No room


def test_disk_full(scene, small_disk, survived):
    """The room ends in the stages, the warehouse, the release's data, its last files."""
    folder, filler = small_disk / "warehouse", small_disk / "filler"
    database = (scene.start / WAREHOUSE_FILE).stat().st_size
    release = sum(len(content) for content in scene.old_files.values())
    rooms = (0, 40_000, database // 2, database + 40_000, release - 4_096)
    for room in rooms:
        scene.begin(folder)
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(b"\0" * (free - room - (free - room) % 4096))
        answer = scene.driver.build(RAW, folder)
        assert answer["exit"] == 2, (room, answer)
        assert "nothing released: " in answer["text"], room
        assert "make room" in answer["text"], (room, answer["text"])
        assert "Traceback" not in answer["text"], room
        scene.assert_whole(folder, f"{room:,} bytes of room")
        assert not [name for name in leftovers(folder) if BUILDING_PREFIX in name], room
        filler.unlink()
    scene.recover(folder, "with room again")
    survived("disk full", len(rooms))


@pytest.mark.parametrize("limit", [4_096, 300_000])
def test_no_file_may_grow_further(scene, tmp_path, limit):
    """A quota on file sizes: writing fails in a stage's part, in the warehouse."""
    folder = scene.begin(tmp_path / "warehouse")
    answer = scene.driver.build(RAW, folder, file_limit=limit)
    assert answer["exit"] == 2, answer
    assert "nothing released: " in answer["text"]
    assert "make room" in answer["text"], answer["text"]
    assert "Traceback" not in answer["text"]
    scene.assert_whole(folder, f"files up to {limit:,} bytes")
    assert not [name for name in leftovers(folder) if BUILDING_PREFIX in name]
    scene.recover(folder, f"files up to {limit:,} bytes")


def test_latest_is_a_link_that_names_a_version(scene):
    # A copy of the whole folder must not point back to where it was built.
    assert (scene.start / RELEASES / LATEST).readlink() == Path("2026.1.1")
