"""The container's files, as far as they can be judged where no engine runs."""

from __future__ import annotations

import re
import shlex
import tomllib
from fnmatch import fnmatch

import pytest
import yaml

from tests.building import PROJECT

TEXT = (PROJECT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "db"}
KNOWN = {"ARG", "FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "CMD"}


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction with its argument on one line, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in whole.splitlines() if line]


def of(kind: str) -> list[str]:
    return [argument for name, argument in instructions(TEXT) if name == kind]


def copied() -> list[str]:
    """What is copied from the project's folder."""
    words = [shlex.split(argument) for argument in of("COPY")]
    return [
        source
        for given in words
        if not any(word.startswith("--from") for word in given)
        for source in [word for word in given if not word.startswith("--")][:-1]
    ]


def ignored(path: str) -> bool:
    """Whether .containerignore keeps a path out: the last pattern that fits decides."""
    out = False
    for line in (PROJECT / ".containerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        fits = any(fnmatch(part, pattern) for part in (path, path.partition("/")[0]))
        if line and not line.startswith("#") and fits:
            out = not line.startswith("!")
    return out


def test_only_known_instructions_are_used():
    assert {name for name, _ in instructions(TEXT)} <= KNOWN


def test_what_is_copied_exists_and_is_not_ignored():
    assert len(copied()) >= 8
    for source in copied():
        assert (PROJECT / source).exists(), source
        assert not ignored(source), source
    for other in (".git", ".venv", "warehouse", "tests", ".env", "deploy/systemd/environment"):
        assert ignored(other), other


def test_both_engines_ignore_the_same():
    docker, podman = (PROJECT / ".dockerignore"), (PROJECT / ".containerignore")
    assert docker.read_bytes() == podman.read_bytes()


def test_the_program_runs_as_a_user_without_rights():
    last = [argument for name, argument in instructions(TEXT) if name in ("FROM", "USER")][-1]
    assert last.isdigit()
    assert int(last) > 0
    assert all("user" not in service for service in OURS.values())


def test_packages_come_from_the_locks_by_hash():
    installs = [run for run in of("RUN") if "pip" in run]
    assert len(installs) == 2
    for run in installs:
        assert "--no-deps" in run
        assert "--require-hashes" in run or "--no-build-isolation" in run
    for argument in re.findall(r"-r locks/(\S+)", " ".join(installs)):
        assert any(source.endswith(argument) for source in copied())


@pytest.mark.parametrize(
    "image",
    [*re.findall(r"^ARG \w+=(\S+)", TEXT, re.MULTILINE), COMPOSE["services"]["db"]["image"]],
)
def test_images_have_a_version(image):
    assert re.fullmatch(r"[a-z]+:\d[\w.-]*", image)


def test_the_image_has_a_python_that_the_project_supports():
    (image,) = re.findall(r"python:(\d+)\.(\d+)", TEXT)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
    assert tuple(map(int, image)) >= (3, 11)


def test_no_secret_stands_in_image_or_compose_file():
    secret = re.compile(r"(?i)password|secret|token|\bkey\b")
    assert not [line for line in of("ENV") + of("ARG") if secret.search(line)]
    found = re.findall(
        r"(?m)^.*PASSWORD.*$", (PROJECT / "compose.yaml").read_text(encoding="utf-8")
    )
    assert found
    assert all("${STATEDATA_DB_PASSWORD:?}" in line for line in found)


def test_services_are_confined_and_listen_on_loopback_only():
    assert set(OURS) == {"web", "daemon"}
    for name, service in OURS.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "privileged" not in service, name
        assert service["image"] == "statedata", name
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:3000:3000"]


def test_commands_and_settings_are_those_of_the_service():
    units = PROJECT / "deploy/systemd"
    for name, unit in (("web", "statedata-web"), ("daemon", "statedata-daemon")):
        text = (units / f"{unit}.service").read_text(encoding="utf-8")
        (start,) = re.findall(r"^ExecStart=\S+/bin/(.*)$", text, re.MULTILINE)
        command = " ".join(OURS[name]["command"]).replace("0.0.0.0", "127.0.0.1")  # noqa: S104  # in the container
        assert command == start
    documented = (PROJECT / "docs/operating.md").read_text(encoding="utf-8")
    settings = re.findall(r"\b(STATEDATA_\w+|DAGSTER_\w+)=", " ".join(of("ENV")))
    assert len(settings) == 4
    for setting in [*settings, *OURS["daemon"]["environment"]]:
        assert setting in documented or setting == "DAGSTER_DISABLE_TELEMETRY", setting


def test_the_data_outlives_the_container():
    (volume,) = of("VOLUME")
    for service in OURS.values():
        assert service["volumes"] == [f"data:{volume}"]
    homes = re.findall(r"=(/var\S+)", " ".join(of("ENV")))
    assert len(homes) == 3
    assert all(home.startswith(f"{volume}/") for home in homes)
