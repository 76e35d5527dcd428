"""What a release was made from is said, reproducibly; and who signed it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.catalog.load import default_catalog
from pipeline.release.content import ReleaseContent
from pipeline.release.provenance import (
    LOCK,
    PACKAGE,
    code_digest,
    program_digest,
    write_provenance,
)
from pipeline.release.released import released_tables
from pipeline.release.sign import check_signature, sign
from pipeline.release.verify import verify
from pipeline.release.versions import ReleaseError, read_release
from pipeline.storage.hashes import sha256_of
from pipeline.tables.schema import SHEETS
from tests.building import PROJECT, RAW, VERSION, contents
from tests.tables import frame_of, replaced


@pytest.fixture
def content(built_release) -> ReleaseContent:
    release = read_release(built_release)
    return ReleaseContent(
        VERSION, released_tables(built_release), release.digests,
        built_release / "ncmec_state_data.duckdb", default_catalog(), None,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    """A release that is being built, with two files so far."""
    (tmp_path / "building" / "data").mkdir(parents=True)
    (tmp_path / "building" / "data" / "one.csv").write_text("one\n")
    (tmp_path / "building" / "README.md").write_text("two\n")
    return tmp_path / "building"


def provenance(content: ReleaseContent, folder: Path, **more: Any) -> dict[str, Any]:
    write_provenance(content, folder, **more)
    found: dict[str, Any] = json.loads((folder / "provenance.json").read_text())
    return found


def sha256s(resources: list[dict[str, Any]]) -> dict[str, str]:
    return {entry["name"]: entry["digest"]["sha256"] for entry in resources}


# Provenance


def test_the_statement_has_the_form_of_in_toto_and_slsa(content, folder):
    statement = provenance(content, folder)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert set(statement) == {"_type", "subject", "predicateType", "predicate"}
    definition = statement["predicate"]["buildDefinition"]
    assert definition["buildType"].startswith("urn:")
    assert definition["externalParameters"] == {"version": VERSION}
    assert definition["internalParameters"]["missing"] == []
    assert statement["predicate"]["runDetails"] == {
        "builder": {"id": "urn:ncmec-state-data:statedata"}
    }


def test_its_subjects_are_the_files_written_so_far(content, folder):
    subjects = sha256s(provenance(content, folder)["subject"])
    assert sorted(subjects) == ["README.md", "data/one.csv", "requirements.lock"]
    held = contents(folder)
    assert subjects == {name: hashlib.sha256(held[name]).hexdigest() for name in subjects}


def test_it_names_every_sheet_the_catalog_the_code_and_the_lock(content, folder):
    definition = provenance(content, folder)["predicate"]["buildDefinition"]
    found = sha256s(definition["resolvedDependencies"])
    sheets = sorted(path for path in RAW.rglob("*.txt"))
    assert len(sheets) == 4
    for sheet in sheets:
        assert found.pop(f"raw/{sheet.relative_to(RAW).as_posix()}") == sha256_of(sheet)
    assert found == {
        "pipeline/catalog": default_catalog().digest,
        "pipeline": program_digest(),
        "requirements.lock": sha256_of(PROJECT / "requirements.lock"),
    }


def test_it_names_the_release_before(content, folder, built_release):
    after = replace(content, version="2026.11.2", previous=read_release(built_release))
    definition = provenance(after, folder)["predicate"]["buildDefinition"]
    found = sha256s(definition["resolvedDependencies"])
    assert found[f"releases/{VERSION}/manifest.json"] == sha256_of(built_release / "manifest.json")


def test_an_unreadable_sheet_and_a_lock_that_is_not_there_are_said_to_be_missing(content, folder):
    sheets = frame_of(content.tables, "sheets")
    sheets.loc[0, "sha256"] = None
    unread = replaced(content.tables, folder.parent / "unread", {SHEETS: sheets})
    without = replace(content, tables=unread)
    definition = provenance(without, folder, lock=folder / "none")["predicate"]["buildDefinition"]
    assert [text.split(":")[0] for text in definition["internalParameters"]["missing"]] == [
        f"raw/{sheets['file'][0]}",
        "requirements.lock",
    ]
    assert "requirements.lock" not in sha256s(definition["resolvedDependencies"])
    assert not (folder / "requirements.lock").exists()
    assert len(definition["resolvedDependencies"]) == 3 + 2


def test_both_files_are_the_same_wherever_they_are_written(content, folder, tmp_path):
    other = shutil.copytree(folder, tmp_path / "elsewhere" / "again")
    for place in (folder, other):
        write_provenance(content, place)
    assert contents(folder) == contents(other)
    assert (folder / "requirements.lock").read_bytes() == LOCK.read_bytes()
    written = (folder / "provenance.json").read_text()
    for private in (str(tmp_path), str(PROJECT), "/home/", "http://", "localhost"):
        assert private not in written


def test_the_code_digest_can_be_computed_with_common_tools(tmp_path):
    package = shutil.copytree(PACKAGE, tmp_path / "package")
    command = (
        "find . -type f -not -path '*/.*' -not -path '*/__pycache__/*' -printf '%P\\n' "
        "| LC_ALL=C sort | xargs sha256sum | sha256sum"
    )
    listed = subprocess.run(
        ["sh", "-c", command], cwd=package, capture_output=True, text=True, check=True
    )
    assert listed.stdout.split()[0] == code_digest(package)


def test_the_code_digest_sees_a_change_a_new_name_and_no_bytecode(tmp_path):
    package = tmp_path / "package"
    (package / "__pycache__").mkdir(parents=True)
    (package / "a.py").write_text("a = 1\n")
    first = code_digest(package)
    (package / "__pycache__" / "a.pyc").write_bytes(b"bytecode")
    assert code_digest(package) == first
    (package / "a.py").rename(package / "b.py")
    renamed = code_digest(package)
    (package / "b.py").write_text("a = 2\n")
    assert len({first, renamed, code_digest(package)}) == 3


# The signature


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> dict[str, Path]:
    """Throw-away keys of two people, and the file that trusts the first."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("needs ssh-keygen, of the OpenSSH client")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("maintainer", "stranger"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name],
            check=True,
        )
    public = (folder / "maintainer.pub").read_text()
    (folder / "allowed").write_text(f"maintainer@example.org {public}")
    return {name: folder / name for name in ("maintainer", "stranger", "allowed")}


@pytest.fixture
def release(built_release, tmp_path) -> Path:
    return shutil.copytree(built_release, tmp_path / VERSION)


def test_a_signed_release_names_its_signer_and_still_verifies(release, keys):
    before = contents(release)
    path = sign(release, keys["maintainer"])
    assert path.name == "SHA256SUMS.sig"
    result = check_signature(release, keys["allowed"])
    assert (result.holds, result.detail) == (True, "signed by maintainer@example.org")
    assert all(check.holds is not False for check in verify(release, None))
    assert {name: data for name, data in contents(release).items() if name != path.name} == before


def test_an_unsigned_release_fails_for_who_asks_for_a_signer(release, keys):
    result = check_signature(release, keys["allowed"])
    assert (result.holds, result.detail) == (False, "unsigned: there is no SHA256SUMS.sig")


def test_no_other_file_may_go_unlisted(release, keys):
    sign(release, keys["maintainer"])
    (release / "data" / "SHA256SUMS.sig").write_text("elsewhere")
    assert verify(release, None)[0].detail == "data/SHA256SUMS.sig is not listed"


def test_a_strangers_signature_does_not_pass(release, keys):
    sign(release, keys["stranger"])
    result = check_signature(release, keys["allowed"])
    assert (result.holds, result.detail) == (False, "the key that signed is none of allowed")


def test_a_signature_of_other_sums_does_not_pass(release, keys):
    sign(release, keys["maintainer"])
    with (release / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  more.txt\n")
    result = check_signature(release, keys["allowed"])
    assert result.holds is False
    assert "not of these sums" in result.detail


def test_a_signature_for_another_purpose_does_not_pass(release, keys):
    subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", keys["maintainer"], "-n", "git", "SHA256SUMS"],
        cwd=release,
        check=True,
        capture_output=True,
    )
    assert check_signature(release, keys["allowed"]).holds is False


def test_a_file_that_is_no_signature_does_not_pass(release, keys):
    (release / "SHA256SUMS.sig").write_text("signed, honestly")
    assert check_signature(release, keys["allowed"]).holds is False


def test_signing_again_changes_nothing_and_never_replaces(release, keys):
    first = sign(release, keys["maintainer"]).read_bytes()
    assert sign(release, keys["maintainer"]).read_bytes() == first
    with pytest.raises(ReleaseError, match="signed already"):
        sign(release, keys["stranger"])
    assert (release / "SHA256SUMS.sig").read_bytes() == first


def test_a_missing_or_useless_key_is_named(release, keys, tmp_path):
    with pytest.raises(ReleaseError, match="nokey: no such key"):
        sign(release, tmp_path / "nokey")
    (tmp_path / "bad").write_text("no key")
    with pytest.raises(ReleaseError, match="bad: cannot sign"):
        sign(release, tmp_path / "bad")
    with pytest.raises(ReleaseError, match="nosigners: no such file"):
        check_signature(release, tmp_path / "nosigners")
    assert not (release / "SHA256SUMS.sig").exists()


def test_without_openssh_it_says_what_to_install(release, keys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ReleaseError, match="install the OpenSSH client"):
        sign(release, keys["maintainer"])
