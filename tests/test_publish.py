"""A release leaves the house: folder, object store, archive; broken connections and resumption."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import fsspec
import pytest
import s3fs
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer

from pipeline.build import BuildSteps, build
from pipeline.defs.alerting import failure_of
from pipeline.defs.assets import publication, site
from pipeline.defs.resources import Target
from pipeline.release.archive import archive
from pipeline.release.history import withdraw
from pipeline.release.publish import publish
from pipeline.release.store import PublishError
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, latest_release, read_release
from pipeline.site.make import make_site
from pipeline.storage.names import SITE_SUMS, SUMS
from tests.building import RAW, VERSION, contents, invoke
from tests.sheets_factory import render, write_sheet

DATABASE = "ncmec_state_data.duckdb"


@pytest.fixture
def release(built_release, tmp_path) -> Path:
    return shutil.copytree(built_release, tmp_path / "made" / VERSION)


@pytest.fixture
def listing(built_warehouse) -> dict[str, Path]:
    return {"listing": built_warehouse / "releases"}


@pytest.fixture(scope="module")
def with_site(built_warehouse, tmp_path_factory) -> dict[str, Path]:
    """The index of the built warehouse, and its site."""
    folder = tmp_path_factory.mktemp("site") / "site"
    newest = read_release((built_warehouse / "releases/latest").resolve())
    make_site(newest, built_warehouse, folder)
    return {"listing": built_warehouse / "releases", "site": folder}


def site_of(warehouse: Path) -> Path:
    return make_site(latest_release(warehouse), warehouse, warehouse / "site").folder


def pages_of(site: Path) -> set[str]:
    """The pages that a site or a published place lists, which are there as listed."""
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", SITE_SUMS], cwd=site, check=False
    )
    assert done.returncode == 0
    return {line[66:] for line in (site / SITE_SUMS).read_text(encoding="utf-8").splitlines()}


def holds(release: Path) -> bool:
    """Whether our checks and coreutils both find the release whole."""
    return sums_hold(release) and all(r.holds is not False for r in verify(release, None))


def sums_hold(folder: Path) -> bool:
    command = ["sha256sum", "-c", "--strict", "--quiet", SUMS]
    return subprocess.run(command, cwd=folder, check=False).returncode == 0


# A folder


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_folder_gets_the_release_and_the_listing(release, listing, tmp_path, scheme):
    target = tmp_path / "public"
    published = publish(release, f"{scheme}{target}/", **listing)
    assert contents(target / VERSION) == contents(release)
    assert holds(target / VERSION)
    for name in ("index.json", "latest.json"):
        assert (target / name).read_bytes() == (listing["listing"] / name).read_bytes()
    assert contents(target / "latest") == contents(release)
    assert sorted(published.written) == sorted(contents(target))
    assert (published.present, published.notes) == ((), ())


def test_the_sums_come_after_the_files_and_the_listing_last(release, with_site, tmp_path):
    order: list[str] = []
    publish(release, str(tmp_path / "public"), **with_site, progress=order.append)
    count = len(contents(release))
    assert order[count - 1 : count + 2] == [f"{VERSION}/{SUMS}", "index.json", "feed.xml"]
    assert order[-count:] == [*(name.replace(VERSION, "latest") for name in order[:count])]
    between = order[count + 2 : -count]
    assert (between[0], between[-2:]) == (SITE_SUMS, ["index.html", "latest.json"])
    assert set(between[1:-1]) == pages_of(with_site["site"])


def test_publishing_again_writes_nothing(release, with_site, tmp_path):
    target = tmp_path / "public"
    publish(release, str(target), **with_site)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    again = publish(release, str(target), **with_site)
    assert (again.written, len(again.present)) == ((), len(contents(release)))
    assert {path: path.stat().st_mtime_ns for path in target.rglob("*")} == before


def test_a_half_written_file_of_a_killed_run_is_no_obstacle(release, tmp_path):
    folder = tmp_path / "public" / VERSION
    folder.mkdir(parents=True)
    (folder / f".{DATABASE}.part").write_bytes(b"half")
    publish(release, str(tmp_path / "public"))
    assert contents(folder) == contents(release)


def test_without_a_listing_the_release_alone_is_published(release, tmp_path):
    target = tmp_path / "public"
    published = publish(release, str(target), listing=tmp_path)
    assert sorted(path.name for path in target.iterdir()) == [VERSION]
    assert len(published.notes) == 1


# A place to link to


@pytest.fixture(scope="module")
def two_releases(built_warehouse, tmp_path_factory) -> Path:
    """A warehouse with the release of the four sheets and one more, which adds a sheet."""
    folder = tmp_path_factory.mktemp("two")
    warehouse = shutil.copytree(built_warehouse, folder / "warehouse", symlinks=True)
    raw = shutil.copytree(RAW, folder / "raw")
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    build(raw, warehouse, version=NEWER)
    return warehouse


NEWER = "2026.12.1"


@pytest.mark.slow
def test_what_the_index_names_is_fetched_and_latest_is_a_copy_of_the_newest(two_releases, tmp_path):
    releases, target = two_releases / "releases", tmp_path / "public"
    publish(releases / VERSION, str(target), listing=releases, site=site_of(two_releases))
    for version in (VERSION, NEWER):
        assert contents(target / version) == contents(releases / version)
    assert contents(target / "latest") == contents(releases / NEWER)
    page = (target / "changes.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^":#]+)"', page))
    assert {f"{VERSION}/index.html", f"{NEWER}/index.html", "index.json", "feed.xml"} <= links
    assert [link for link in links if not (target / link).is_file()] == []


@pytest.mark.slow
def test_pages_that_are_gone_are_removed_and_a_release_never(two_releases, tmp_path):
    releases, target, site = two_releases / "releases", tmp_path / "public", tmp_path / "site"
    versions = [read_release(releases / version) for version in (NEWER, VERSION)]
    make_site(versions[0], two_releases, site)
    publish(releases / NEWER, str(target), listing=releases, site=site)
    pages, kept = pages_of(target), contents(target / VERSION)
    with (target / SITE_SUMS).open("a", encoding="utf-8") as sums:  # somebody's doing
        names = [f"{VERSION}/README.md", "latest/README.md", "index.json", "x/../index.json"]
        sums.writelines(f"{'0' * 64}  {name}\n" for name in names)
    make_site(versions[1], two_releases, site)
    publish(releases / NEWER, str(target), listing=releases, site=site)
    assert pages - pages_of(target) == {"sheet/2023/US-OH.html"}
    assert not (target / "sheet/2023/US-OH.html").exists()
    assert contents(target / VERSION) == kept
    assert (target / "index.json").is_file()


def test_an_interrupted_publication_of_pages_is_taken_up_again(release, with_site, flaky, tmp_path):
    shutil.copytree(with_site["site"], tmp_path / "site", symlinks=True)
    flaky.garbled = "dictionary.html"
    with pytest.raises(PublishError, match=r"dictionary\.html has the sha256"):
        publish(release, "flaky://public", **with_site)
    flaky.garbled = ""
    more = {**with_site, "site": tmp_path / "site"}
    sums = (tmp_path / "site" / SITE_SUMS).read_text(encoding="utf-8").splitlines(keepends=True)
    left = [line for line in sums if not line.endswith("  changes.html\n")]
    (tmp_path / "site" / SITE_SUMS).write_text("".join(left), encoding="utf-8")
    publish(release, "flaky://public", **more)
    there = {name.removeprefix("/public/") for name in Flaky.store}
    assert "dictionary.html" in there
    assert "changes.html" not in there  # written by the run that broke


def test_pages_that_are_not_as_listed_stay_at_home(release, with_site, tmp_path):
    site = shutil.copytree(with_site["site"], tmp_path / "site", symlinks=True)
    (site / "index.html").write_text("other", encoding="utf-8")
    with pytest.raises(PublishError, match=r"index\.html: is not as site\.sha256sums lists it"):
        publish(release, str(tmp_path / "public"), listing=with_site["listing"], site=site)
    assert not (tmp_path / "public").exists()


def test_a_list_of_pages_that_names_a_release_is_refused(release, with_site, tmp_path):
    site = shutil.copytree(with_site["site"], tmp_path / "site", symlinks=True)
    name = f"{VERSION}/README.md"
    digest = hashlib.sha256((release / "README.md").read_bytes()).hexdigest()
    (site / SITE_SUMS).write_text(f"{digest}  {name}\n", encoding="utf-8")
    with pytest.raises(PublishError, match="is not as site"):
        publish(release, str(tmp_path / "public"), listing=with_site["listing"], site=site)


@pytest.mark.slow
def test_pages_are_signed_with_the_key_and_no_signature_outlives_its_pages(two_releases, tmp_path):
    warehouse = shutil.copytree(two_releases, tmp_path / "warehouse", symlinks=True)
    releases, made = warehouse / "releases", {"site": site_of(warehouse)}
    key, target = tmp_path / "key", tmp_path / "public"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    publish(releases / NEWER, str(target), listing=releases, **made, key=key)
    public = key.with_suffix(".pub").read_text(encoding="utf-8")
    (tmp_path / "allowed").write_text(f"us {public}", encoding="utf-8")
    verify_it = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "allowed", "-I", "us", "-n", "ncmec-state-data", "-s", target / f"{SITE_SUMS}.sig"]  # fmt: skip
    sums = (target / SITE_SUMS).read_bytes()
    assert subprocess.run(verify_it, input=sums, check=False, capture_output=True).returncode == 0
    assert subprocess.run(verify_it, input=sums + b"x", check=False, capture_output=True).returncode
    publish(releases / NEWER, str(target), listing=releases, **made)
    assert not (target / f"{SITE_SUMS}.sig").exists()


def test_latest_follows_a_withdrawal_and_a_withdrawn_release_is_not_fetched(two_releases, tmp_path):
    warehouse = shutil.copytree(two_releases, tmp_path / "warehouse", symlinks=True)
    releases, target = warehouse / "releases", tmp_path / "public"
    (releases / NEWER / "more.txt").touch()  # would be refused if it were fetched
    withdraw(warehouse, NEWER, "Ohio's sheet was a forgery")
    publish(releases / VERSION, str(target), listing=releases, site=site_of(warehouse))
    assert not (target / NEWER).exists()
    assert contents(target / "latest") == contents(releases / VERSION)
    pages = {
        name: (target / name).read_text(encoding="utf-8")
        for name in pages_of(target)
        if name.endswith(".html")
    }
    assert [name for name, page in pages.items() if f'href="{NEWER}' in page] == []
    assert "withdrawn: Ohio&#39;s sheet was a forgery" in pages["changes.html"]
    assert "Ohio&#39;s sheet was a forgery" in pages[f"withdrawn/{NEWER}.html"]
    assert f"withdrawn/{NEWER}.html" in pages["changes.html"]


def test_latest_holds_nothing_of_the_release_before(release, listing, tmp_path):
    old = tmp_path / "public" / "latest" / "data" / "old.csv"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (tmp_path / "public" / "latest" / "README.md").write_text("old")
    publish(release, str(tmp_path / "public"), **listing)
    assert contents(tmp_path / "public" / "latest") == contents(release)


def test_a_release_that_the_index_names_and_nobody_has_is_refused(two_releases, tmp_path):
    releases = shutil.copytree(two_releases / "releases", tmp_path / "releases", symlinks=True)
    shutil.rmtree(releases / VERSION)
    with pytest.raises(PublishError, match=rf"lists {VERSION}, which is neither at the target nor"):
        publish(releases / NEWER, str(tmp_path / "public"), listing=releases)
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("umask", [pytest.param(0o027, marks=pytest.mark.slow), 0o077])
def test_everyone_may_read_what_is_published_whatever_the_umask(release, listing, tmp_path, umask):
    target = tmp_path / "public"
    before = os.umask(umask)
    try:
        publish(release, str(target), **listing)
        (target / VERSION / "README.md").chmod(0o640)  # as published by an older version
        publish(release, str(target), **listing)
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & 0o777 for path in [target, *target.rglob("*")]}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o644}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}


def test_the_raw_sheets_lie_beside_by_their_sha256_if_asked_for(release, listing, tmp_path):
    target = tmp_path / "public"
    publish(release, str(target), **listing)
    assert not (target / "raw").exists()
    publish(release, str(target), **listing, raw=RAW)
    sheets = {hashlib.sha256(path.read_bytes()).hexdigest() for path in RAW.rglob("*.txt")}
    assert {path.name for path in (target / "raw").iterdir()} == {f"{name}.txt" for name in sheets}


def test_raw_sheets_that_are_others_are_refused(release, raw, tmp_path):
    (raw / "2023/missouri.txt").write_text("another")
    with pytest.raises(PublishError, match=r"missouri\.txt: is not the sheet of the release"):
        publish(release, str(tmp_path / "public"), raw=raw)
    assert not (tmp_path / "public").exists()


@pytest.mark.slow
def test_command_and_asset_publish_the_same_signed(built_warehouse, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    published = []
    for number in ("command", "asset"):
        warehouse = shutil.copytree(built_warehouse, tmp_path / number, symlinks=True)
        target = tmp_path / f"public-{number}"
        if number == "command":
            done = invoke("publish", "latest", target, "--warehouse", warehouse, "--key", key)
            assert done.returncode == 0, done.stderr
        else:
            resources = {
                "steps": BuildSteps(RAW, warehouse),
                "target": Target(url=str(target), signing_key=str(key)),
            }
            assert dg.materialize([site, publication], resources=resources).success
        published.append(contents(target))
        assert len(pages_of(target)) > 100
    assert published[0] == published[1]
    assert {f"{VERSION}/SHA256SUMS.sig", f"{SITE_SUMS}.sig"} <= published[0].keys()


def test_before_a_release_the_asset_is_skipped_and_the_run_succeeds(tmp_path):
    resources = {"steps": BuildSteps(RAW, tmp_path), "target": Target(url=str(tmp_path / "public"))}
    result = dg.materialize([publication], resources=resources)
    assert result.success
    assert result.asset_materializations_for_node("publication") == []


def test_a_publication_that_fails_says_why_to_whoever_is_told(built_warehouse):
    target = Target(url="nowhere://bucket/data")
    resources = {"steps": BuildSteps(RAW, built_warehouse), "target": target}
    result = dg.materialize([publication], resources=resources, raise_on_error=False)
    assert str(failure_of(result.all_events)).startswith("nowhere://bucket/data: cannot be opened")


# Refusals


def damage(release: Path) -> None:
    with (release / DATABASE).open("r+b") as file:
        file.seek(5000)
        file.write(b"other")


def add_file(release: Path) -> None:
    (release / "notes.txt").write_text("unlisted")


def remove_file(release: Path) -> None:
    (release / "README.md").unlink()


@pytest.mark.parametrize("change", [damage, add_file, remove_file])
def test_a_release_that_does_not_verify_stays_at_home(release, tmp_path, change):
    change(release)
    with pytest.raises(ReleaseError, match="files_match_their_sums"):
        publish(release, str(tmp_path / "public"))
    with pytest.raises(ReleaseError, match="files_match_their_sums"):
        archive(release, tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_other_bytes_are_never_overwritten(release, listing, tmp_path):
    there = tmp_path / "public" / VERSION / "README.md"
    there.parent.mkdir(parents=True)
    there.write_text("somebody else's")
    with pytest.raises(PublishError, match=r"2026\.11\.1/README\.md has the sha256 .* expected"):
        publish(release, str(tmp_path / "public"), **listing)
    assert contents(tmp_path / "public") == {f"{VERSION}/README.md": b"somebody else's"}


def test_a_strange_file_in_the_releases_place_is_named(release, tmp_path):
    there = tmp_path / "public" / VERSION / "data" / "old.csv"
    there.parent.mkdir(parents=True)
    there.write_text("")
    with pytest.raises(PublishError, match=r"holds data/old\.csv"):
        publish(release, str(tmp_path / "public"))


def test_a_listing_that_knows_less_than_the_targets_is_refused(release, listing, tmp_path):
    target = tmp_path / "public"
    publish(release, str(target), **listing)
    index = json.loads((target / "index.json").read_text())
    index["releases"].append({**index["releases"][-1], "version": "2026.12.1"})
    (target / "index.json").write_text(json.dumps(index))
    before = contents(target)
    with pytest.raises(PublishError, match=r"index\.json lists 2026\.12\.1"):
        publish(release, str(target), **listing)
    assert contents(target) == before


def test_an_index_that_does_not_list_the_release_is_refused(release, tmp_path):
    (tmp_path / "index.json").write_text('{"releases": []}')
    with pytest.raises(PublishError, match=r"does not list 2026\.11\.1"):
        publish(release, str(tmp_path / "public"), listing=tmp_path)
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("target", ["nosuch://name:secret@host/path", "gs://bucket"])
def test_a_target_that_cannot_be_opened_is_named_without_its_password(release, target):
    with pytest.raises(PublishError, match="cannot be opened") as refusal:
        publish(release, target)
    assert "secret" not in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_named(release, tmp_path):
    (tmp_path / "public").write_text("a file")
    with pytest.raises(PublishError, match=r"public/2026\.11\.1.*(Error|failed)"):
        publish(release, str(tmp_path / "public"), pause=lambda _: None)


# Stores that fail


class Flaky(MemoryFileSystem):
    """A store in memory whose first ``failures`` writes break, and which may garble a file."""

    protocol = ("flaky", "memory")
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs: list[str] = [""]  # noqa: RUF012
    cachable = False
    failures = 0
    garbled = ""

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("flaky://", "memory://")))

    def put_file(self, lpath: str, rpath: str, **more: Any) -> None:
        if Flaky.failures:
            Flaky.failures -= 1
            raise ConnectionResetError("cut")
        if Flaky.garbled and rpath.endswith(Flaky.garbled):
            self.pipe_file(rpath, b"garbled")
        else:
            super().put_file(lpath, rpath, **more)


fsspec.register_implementation("flaky", Flaky, clobber=True)


@pytest.fixture
def flaky() -> type[Flaky]:
    Flaky.failures, Flaky.garbled = 0, ""
    Flaky.store.clear()
    return Flaky


def test_memory_gets_the_release(release, listing, flaky):
    published = publish(release, "flaky://public/data", **listing)
    there = {name: Flaky().cat_file(f"/public/data/{name}") for name in published.written}
    assert {n: b for n, b in there.items() if n.startswith(VERSION)} == {
        f"{VERSION}/{name}": content for name, content in contents(release).items()
    }


def test_a_passing_failure_is_tried_again_after_longer_and_longer_pauses(release, flaky):
    flaky.failures, pauses = 3, []
    publish(release, "flaky://public", pause=pauses.append)
    assert pauses == [0.5, 1.0, 2.0]


def test_a_failure_that_does_not_pass_ends_it_and_says_how_to_go_on(release, flaky):
    flaky.failures, pauses = 99, []
    with pytest.raises(PublishError, match=r"failed 2 times, last with ConnectionResetError"):
        publish(release, "flaky://public", attempts=2, pause=pauses.append)
    assert pauses == [0.5]


def test_what_the_store_garbles_is_noticed(release, listing, flaky):
    flaky.garbled = "observations.csv"
    with pytest.raises(PublishError, match=r"data/observations\.csv has the sha256"):
        publish(release, "flaky://public", **listing)
    names = {path.rpartition("/")[2] for path in Flaky.store}
    assert not {SUMS, "index.json", "index.html", "latest.json"} & names


# An object store, spoken to over its real protocol


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


def s3_options(port: int) -> dict[str, Any]:
    return {
        "key": "test",
        "secret": "test",
        "client_kwargs": {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-west-1"},
        "config_kwargs": {"retries": {"max_attempts": 0}, "read_timeout": 300, "proxies": {}},
    }


@dataclass(frozen=True)
class Bucket:
    """An empty bucket of the server on a port."""

    name: str
    port: int

    @property
    def url(self) -> str:
        return f"s3://{self.name}/ncmec/data"

    @property
    def options(self) -> dict[str, Any]:
        return s3_options(self.port)

    @property
    def store(self) -> s3fs.S3FileSystem:
        return s3fs.S3FileSystem(**self.options, use_listings_cache=False)

    def download(self, folder: Path) -> Path:
        self.store.get(f"{self.name}/ncmec/data", str(folder), recursive=True)
        return folder


@pytest.fixture
def bucket(s3_port) -> Bucket:
    made = Bucket(f"public-{uuid4().hex}", s3_port)
    made.store.mkdir(made.name)
    return made


@pytest.fixture(autouse=True)
def _one_try_of_the_client(monkeypatch):
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)  # ours are what is tested


class CuttingProxy:
    """Passes connections on to a port and cuts them after some bytes have gone there.

    ``cuts`` is how often: once cut for the last time, it passes everything on; while ``down``,
    it takes no connection at all.
    """

    def __init__(self, port: int, after: int, *, cuts: int, down: bool) -> None:
        self._to, self._after, self._left, self._cuts = port, after, after, cuts
        self._stays_down, self._down = down, False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if self._down:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._to))
                for pair in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16384):
                if counted and self.cut < self._cuts:
                    if len(data) > self._left:
                        target.sendall(data[: self._left])
                        self.cut, self._left, self._down = (
                            self.cut + 1,
                            self._after,
                            self._stays_down,
                        )
                        break
                    self._left -= len(data)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.mark.slow
def test_a_copy_on_s3_is_fetched_and_verifies(release, listing, bucket, tmp_path):
    published = publish(release, bucket.url, **listing, options=bucket.options)
    copy = bucket.download(tmp_path / "copy")
    assert sorted(contents(copy)) == sorted(published.written)
    assert contents(copy / VERSION) == contents(release)
    assert holds(copy / VERSION)
    assert publish(release, bucket.url, **listing, options=bucket.options).written == ()


def test_on_s3_too_other_bytes_are_never_overwritten(release, bucket):
    there = f"{bucket.name}/ncmec/data/{VERSION}/README.md"
    bucket.store.pipe_file(there, b"somebody else's")
    with pytest.raises(PublishError, match=r"README\.md has the sha256"):
        publish(release, bucket.url, options=bucket.options)
    assert bucket.store.find(bucket.name) == [there]


def test_a_bucket_that_does_not_exist_is_named_and_not_made(release, s3_port):
    nowhere = Bucket("nowhere", s3_port)
    with pytest.raises(PublishError, match=r"s3://nowhere/.*bucket exists"):
        publish(release, nowhere.url, options=nowhere.options)
    assert not nowhere.store.exists(nowhere.name)


@pytest.mark.slow
@pytest.mark.parametrize("after", [40_000, 600_000])
def test_a_connection_broken_for_good_is_taken_up_again(release, listing, bucket, tmp_path, after):
    proxy = CuttingProxy(bucket.port, after, cuts=1, down=True)
    with pytest.raises(PublishError, match="publish again to go on from here"):
        publish(
            release,
            bucket.url,
            **listing,
            options=s3_options(proxy.port),
            attempts=2,
            pause=lambda _: None,
        )
    proxy.close()
    half = contents(bucket.download(tmp_path / "half"))
    assert proxy.cut == 1
    assert 0 < len(half) < len(contents(release))
    assert not {f"{VERSION}/{SUMS}", "index.json", "latest.json"} & set(half)

    resumed = publish(release, bucket.url, **listing, options=bucket.options)
    assert sorted(resumed.present) == sorted(half)
    copy = bucket.download(tmp_path / "copy")
    assert contents(copy / VERSION) == contents(release)
    assert holds(copy / VERSION)
    assert (copy / "latest.json").read_bytes() == (listing["listing"] / "latest.json").read_bytes()


@pytest.mark.slow
def test_connections_that_break_now_and_then_are_got_over(release, listing, bucket, tmp_path):
    proxy = CuttingProxy(bucket.port, 300_000, cuts=2, down=False)
    options = s3_options(proxy.port)
    publish(release, bucket.url, **listing, options=options, pause=lambda _: None)
    proxy.close()
    assert proxy.cut == 2
    assert contents(bucket.download(tmp_path / "copy") / VERSION) == contents(release)


# The archive


def test_the_archive_has_the_same_bytes_wherever_it_is_made(release, built_release, tmp_path):
    first = archive(built_release, tmp_path / "a")
    for path in release.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    second = archive(release, tmp_path / "b")
    assert first.name == second.name == f"ncmec-state-data-{VERSION}.tar.gz"
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [first.name]


def test_the_archive_holds_the_same_files(release, tmp_path):
    made = archive(release, tmp_path)
    subprocess.run(["tar", "-xzf", made.name], cwd=tmp_path, check=True)
    extracted = tmp_path / f"ncmec-state-data-{VERSION}"
    assert contents(extracted) == contents(release)
    assert sums_hold(extracted)


def test_nothing_of_the_machine_shows_in_the_archive(release, tmp_path):
    made = archive(release, tmp_path)
    with tarfile.open(made) as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert {(m.mode, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0o644, 0, 0, "", "")}
    assert {member.mtime for member in members} == {1793491200}  # 2026-11-01
    header = made.read_bytes()[:10]
    assert (header[3], header[4:8]) == (0, b"\0\0\0\0")  # neither a name nor a time
    assert gzip.decompress(made.read_bytes())


def test_an_archive_within_its_release_is_refused(release):
    before = contents(release)
    with pytest.raises(ReleaseError, match="within the release"):
        archive(release, release / "data")
    assert contents(release) == before
