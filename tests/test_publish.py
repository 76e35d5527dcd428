"""A release leaves the house: folder, object store, archive; broken connections and resumption."""

from __future__ import annotations

import gzip
import json
import os
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

import fsspec
import pytest
import s3fs
from fsspec.implementations.memory import MemoryFileSystem
from moto.server import ThreadedMotoServer

from pipeline.release.archive import archive
from pipeline.release.export import SUMS
from pipeline.release.publish import PublishError, publish
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError
from tests.building import VERSION, contents

DATABASE = "ncmec_state_data.duckdb"


@pytest.fixture
def release(built_release, tmp_path) -> Path:
    return shutil.copytree(built_release, tmp_path / "made" / VERSION)


@pytest.fixture
def listing(built_warehouse) -> dict[str, Path]:
    folder = built_warehouse / "releases"
    return {"index": folder / "index.json", "latest": folder / "latest.json"}


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
    assert (target / "index.json").read_bytes() == listing["index"].read_bytes()
    assert (target / "latest.json").read_bytes() == listing["latest"].read_bytes()
    assert sorted(published.written) == sorted(contents(target))
    assert (published.present, published.notes) == ((), ())


def test_the_sums_come_after_the_files_and_the_listing_last(release, listing, tmp_path):
    order: list[str] = []
    publish(release, str(tmp_path / "public"), **listing, progress=order.append)
    assert order[-3:] == [f"{VERSION}/{SUMS}", "index.json", "latest.json"]
    assert len(order) == len(contents(release)) + 2


def test_publishing_again_writes_nothing(release, listing, tmp_path):
    target = tmp_path / "public"
    publish(release, str(target), **listing)
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*")}
    again = publish(release, str(target), **listing)
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
    published = publish(release, str(target), index=tmp_path / "none.json")
    assert sorted(path.name for path in target.iterdir()) == [VERSION]
    assert len(published.notes) == 2


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


def with_version(listing: dict[str, Path], version: str, folder: Path) -> dict[str, Path]:
    """A listing that knows one more release, the newest."""
    index = json.loads(listing["index"].read_text())
    index["releases"].append({**index["releases"][-1], "version": version})
    paths = {name: folder / f"{name}.json" for name in listing}
    paths["index"].write_text(json.dumps(index))
    paths["latest"].write_text(json.dumps({"version": version}))
    return paths


def test_a_listing_that_knows_less_than_the_targets_is_refused(release, listing, tmp_path):
    target = str(tmp_path / "public")
    publish(release, target, **with_version(listing, "2026.12.1", tmp_path))
    before = contents(tmp_path / "public")
    with pytest.raises(PublishError, match=r"index\.json lists 2026\.12\.1"):
        publish(release, target, **listing)
    assert contents(tmp_path / "public") == before


def test_latest_never_names_a_release_that_the_target_lacks(release, listing, tmp_path):
    newer = with_version(listing, "2026.12.1", tmp_path)
    published = publish(release, str(tmp_path / "public"), **newer)
    assert (tmp_path / "public/index.json").exists()
    assert not (tmp_path / "public/latest.json").exists()
    assert [note.split(",")[0] for note in published.notes] == [
        "index.json names 2026.12.1",
        "latest.json names 2026.12.1",
    ]


def test_an_index_that_does_not_list_the_release_is_refused(release, tmp_path):
    index = tmp_path / "index.json"
    index.write_text('{"releases": []}')
    with pytest.raises(PublishError, match=r"does not list 2026\.11\.1"):
        publish(release, str(tmp_path / "public"), index=index)
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
    assert not {SUMS, "index.json", "latest.json"} & names


# An object store, spoken to over its real protocol


@pytest.fixture(scope="module")
def s3_port() -> Iterator[int]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


def s3_options(port: int) -> dict[str, Any]:
    return {
        "key": "test", "secret": "test",
        "client_kwargs": {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-west-1"},
        "config_kwargs": {"retries": {"max_attempts": 0}, "read_timeout": 300, "proxies": {}},
    }  # fmt: skip


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


@pytest.mark.parametrize("after", [40_000, 600_000])
def test_a_connection_broken_for_good_is_taken_up_again(release, listing, bucket, tmp_path, after):
    proxy = CuttingProxy(bucket.port, after, cuts=1, down=True)
    with pytest.raises(PublishError, match="publish again to go on from here"):
        publish(
            release, bucket.url, **listing, options=s3_options(proxy.port), attempts=2,
            pause=lambda _: None,
        )  # fmt: skip
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
    assert (copy / "latest.json").read_bytes() == listing["latest"].read_bytes()


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
