"""Taking sheets in: every file accounted for, each sheet in its place, nothing overwritten."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.catalog.load import default_catalog
from pipeline.intake.add import Result, add
from pipeline.intake.connection import Settings
from pipeline.intake.fetch import Client
from pipeline.intake.identify import slug, suffix_of
from pipeline.intake.snapshot import open_folder
from pipeline.parse.patterns import compile_catalog
from pipeline.sheets.collect import MAX_BYTES, RawFolderError, list_files
from pipeline.sheets.manifest import read_manifest
from pipeline.storage.lock import LockedError, locked
from tests.building import PROJECT, RAW, ask, contents, invoke
from tests.sheets_factory import (
    ENCODINGS,
    KENTUCKY_2023,
    NAMES,
    change,
    crlf,
    encode,
    markdown_headings,
    no_break_spaces,
    render,
    rewrapped,
    write_sheet,
)
from tests.web import Answer, site

NOW = datetime(2026, 11, 22, 6, 30, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 6, 30, 6, tzinfo=UTC)
WORDINGS = compile_catalog(default_catalog())
OHIO = render("US-OH")
OHIO_2 = change(OHIO, "8,597", "8,599")
BROKEN = render("US-OH", local={**KENTUCKY_2023, "missing_child_cases_orr": "22"})


def take(
    raw: Path, *given: Path | str, now: datetime = NOW, origin: str | None = None
) -> list[Result]:
    client = Client(Settings(allow_private=True, pause=0, backoff=0.01))
    return list(add([str(one) for one in given], raw, WORDINGS, client, now=now, origin=origin))


def only(raw: Path, given: Path | str, **how: object) -> Result:
    (taken,) = take(raw, given, **how)  # type: ignore[arg-type]
    return taken


def row_of(raw: Path, file: str) -> dict[str, str]:
    with (raw / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        (found,) = [row for row in csv.DictReader(lines) if row["file"] == file]
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


# A place of its own


def test_a_sheet_is_kept_as_it_is_under_its_year_and_state(raw, inbox):
    file = write_sheet(inbox / "Some Download (3).txt", crlf(OHIO), encoding="utf-16-le")
    assert only(raw, file) == Result(str(file), "added", "2023/ohio.txt", "")
    content = (raw / "2023/ohio.txt").read_bytes()
    assert content == file.read_bytes()
    assert row_of(raw, "2023/ohio.txt") == {
        "file": "2023/ohio.txt",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": str(len(content)),
        "origin": "file Some Download (3).txt",
        "retrieved": "2026-11-22T06:30:05Z",
    }


def test_a_sheet_of_a_new_year_gets_its_folder(raw, inbox):
    file = write_sheet(inbox / "x.md", render("US-DC", 2019))
    assert only(raw, file).file == "2019/district-of-columbia.md"


def test_the_files_own_name_and_folder_decide_nothing_but_the_suffix(raw, inbox):
    file = write_sheet(inbox / "2019/texas.MD", OHIO)
    assert only(raw, file).file == "2023/ohio.md"


@pytest.mark.parametrize(
    ("name", "format_", "suffix"),
    [("a.txt", "text", ".txt"), ("a.MD", "text", ".md"), ("a.PDF", "pdf", ".pdf"),
     ("a.docx", "docx", ".docx"), ("a.htm", "html", ".htm"), ("a.HTML", "html", ".html"),
     ("a", "text", ".txt"), ("a.exe", "text", ".txt"), (".md", "text", ".txt"),
     ("a.txt.gz", "text", ".txt"), ("", "pdf", ".pdf"), ("a.txt", "pdf", ".pdf"),
     ("a.pdf", "text", ".txt"), ("download?id=5", "html", ".html"), ("a.zip", "docx", ".docx")],
)  # fmt: skip
def test_only_a_suffix_of_the_sheets_format_is_kept(name, format_, suffix):
    assert suffix_of(name, format_) == suffix


def test_every_jurisdiction_has_a_plain_name_of_its_own():
    slugs = {slug(name) for name in NAMES.values()}
    assert len(slugs) == len(NAMES) == 56
    assert {"new-york", "us-virgin-islands", "west-virginia", "virginia"} <= slugs
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one) for one in slugs)


def test_the_origin_can_be_given(raw, inbox):
    only(raw, write_sheet(inbox / "o.txt", OHIO), origin='NCMEC, "by mail"')
    assert read_manifest(raw)["2023/ohio.txt"].origin == 'NCMEC, "by mail"'


# Nothing is overwritten


def test_the_same_bytes_are_there_already_wherever_they_lie(raw, inbox):
    before = contents(raw)
    shutil.copy(raw / "2023/missouri.txt", inbox / "other name.md")
    (raw / "2023/missouri.txt").rename(raw / "2023/mo-1.txt")
    taken = only(raw, inbox / "other name.md")
    assert (taken.status, taken.file) == ("already there", "2023/mo-1.txt")
    after = contents(raw)
    assert after.pop("2023/mo-1.txt") == before["2023/missouri.txt"]
    assert "2023/missouri.txt" not in after


def test_the_same_bytes_twice_change_nothing(raw, inbox):
    file = write_sheet(inbox / "o.txt", OHIO)
    only(raw, file)
    before = contents(raw)
    assert only(raw, file, now=LATER) == Result(str(file), "already there", "2023/ohio.txt", "")
    assert contents(raw) == before


def test_another_text_is_a_new_vintage_with_the_next_number(raw, inbox):
    texts = [OHIO, OHIO_2, change(OHIO, "8,597", "8,601")]
    files = [write_sheet(inbox / f"{number}.txt", text) for number, text in enumerate(texts)]
    assert only(raw, files[0]).file == "2023/ohio.txt"
    assert only(raw, files[1], now=LATER) == Result(
        str(files[1]),
        "new vintage",
        "2023/ohio.2.txt",
        "beside 2023/ohio.txt: of texts that differ the newest counts",
    )
    assert only(raw, files[2], now=LATER).file == "2023/ohio.3.txt"
    names = ["ohio.txt", "ohio.2.txt", "ohio.3.txt"]
    assert [(raw / "2023" / name).read_text() for name in names] == texts


@pytest.mark.slow
def test_of_vintages_a_build_takes_the_newest_with_its_origin(raw, inbox, warehouse):
    only(raw, write_sheet(inbox / "o.txt", OHIO))
    only(raw, write_sheet(inbox / "o2.txt", OHIO_2), now=LATER)
    # The four sheets are dated by the day; the first second of the next day sorts behind it.
    missouri = (RAW / "2023/missouri.txt").read_text(encoding="utf-8")
    file = write_sheet(inbox / "m.txt", change(missouri, "10,065", "10,066"))
    only(raw, file, now=datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC))
    assert build(raw, warehouse).is_complete
    query = "select file, origin, retrieved, status from sheets where retrieved > '2026-11-21' or file = '2023/missouri.txt' order by file"
    publisher = read_manifest(raw)["2023/missouri.txt"].origin
    assert ask(warehouse, query) == [
        ("2023/missouri.2.txt", "file m.txt", "2026-11-22T00:00:01Z", "accepted"),
        ("2023/missouri.txt", publisher, "2026-11-21", "superseded"),
        ("2023/ohio.2.txt", "file o2.txt", "2026-11-22T06:30:06Z", "accepted"),
        ("2023/ohio.txt", "file o.txt", "2026-11-22T06:30:05Z", "superseded"),
    ]


@pytest.mark.slow
def test_of_texts_given_together_a_build_takes_none_unless_only_markup_differs(
    raw, inbox, warehouse
):
    write_sheet(inbox / "a.txt", OHIO)
    write_sheet(inbox / "b.txt", OHIO_2)
    write_sheet(inbox / "c.txt", render("US-IA"))
    write_sheet(inbox / "d.txt", markdown_headings(render("US-IA")))
    found = take(raw, inbox)
    assert [taken.status for taken in found] == ["added", "new vintage"] * 2
    same_time = "taken at the same time; if the texts differ, remove the wrong one"
    assert [taken.note for taken in found[1::2]] == [
        f"beside 2023/ohio.txt: {same_time}",
        f"beside 2023/iowa.txt: {same_time}",
    ]
    outcome = build(raw, warehouse)
    assert {row.file for row in outcome.quarantine} == {"2023/ohio.txt", "2023/ohio.2.txt"}
    assert outcome.sheets == {"accepted": 5, "duplicate": 1, "quarantined": 2}


def test_bytes_that_an_older_vintage_has_do_not_become_current_again(raw, inbox):
    write_sheet(inbox / "a.txt", OHIO)
    write_sheet(inbox / "b.txt", OHIO_2)
    only(raw, inbox / "a.txt")
    only(raw, inbox / "b.txt", now=LATER)
    again = only(raw, inbox / "a.txt", now=LATER)
    assert (again.status, again.note) == (
        "already there",
        "2023/ohio.2.txt was taken later and counts",
    )


def test_a_name_that_is_taken_meanwhile_is_left(raw, inbox, monkeypatch):
    real = os.link

    def late(source: Path, target: Path) -> None:
        if not Path(target).exists():
            Path(target).write_text("somebody else's")
        real(source, target)

    write_sheet(inbox / "a.txt", OHIO)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(
            os, "link", lambda s, t: late(s, t) if t.name == "ohio.txt" else real(s, t)
        )
        assert only(raw, inbox / "a.txt").file == "2023/ohio.2.txt"
    assert (raw / "2023/ohio.txt").read_text() == "somebody else's"


def test_a_folder_of_the_year_that_leads_elsewhere_is_not_written(raw, inbox, tmp_path):
    (raw / "2024").symlink_to(tmp_path, target_is_directory=True)
    write_sheet(inbox / "a.txt", render("US-OH", 2024))
    with pytest.raises(RawFolderError, match=r"2024: is a symbolic link; make it a folder"):
        only(raw, inbox / "a.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inbox", "raw"]


# What is refused


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"%PDF-1.7 ...", "is a damaged or truncated PDF; fetch it again"),
        (b"text\x00text", "is not text: control character U+0000 at character 4"),
        (b"x" * (MAX_BYTES + 1), "has 16,777,217 bytes, more than the 16,777,216 a sheet may have"),
        (b"A letter to the editor.", "names no state, expected one of the catalog's jurisdictions"),
        (OHIO.replace(" Ohio", " Ontario").encode(), "the title names 'ontario', expected one of"),
        (OHIO.replace(" in Ohio.", " in Iowa.").encode(), "names US-IA, US-OH, expected one state"),
        (OHIO.replace("2023", "that year").encode(), "names none, expected one reporting year"),
        (
            change(OHIO, "In 2023, Team HOPE", "In 2022, Team HOPE").encode(),
            "names 2022, 2023, expected one reporting year",
        ),
        (b"<html><body>404 Not Found</body></html>", "names no state"),
        (b"<html><title>404 Not Found</title></html>", "is empty"),
    ],
)
def test_what_is_no_sheet_is_refused_with_the_reason(raw, inbox, content, reason):
    before = contents(raw)
    (inbox / "x.txt").write_bytes(content)
    taken = only(raw, inbox / "x.txt")
    assert (taken.status, taken.file) == ("refused", None)
    assert taken.note.startswith(reason)
    assert {name for name in contents(raw) if name != ".lock"} == set(before)


def test_a_sheet_that_fails_a_check_is_kept_with_a_warning(raw, inbox):
    taken = only(raw, write_sheet(inbox / "o.txt", BROKEN))
    assert (taken.status, taken.file) == ("added", "2023/ohio.txt")
    place = raw / "2023/ohio.txt"
    assert (
        taken.note == f"would be quarantined: parts_sum_to_totals; see `statedata explain {place}`"
    )


def test_links_pipes_and_folders_are_told(raw, inbox, tmp_path):
    outside = write_sheet(tmp_path / "outside.txt", OHIO)
    (inbox / "a-link").symlink_to(outside)
    (inbox / "b-loop").symlink_to(inbox / "b-loop")
    os.mkfifo(inbox / "c-pipe")
    (inbox / "d-folder").symlink_to(tmp_path, target_is_directory=True)
    (inbox / ".hidden.txt").write_text(OHIO)
    assert [(taken.status, taken.note.partition(":")[0]) for taken in take(raw, inbox)] == [
        ("refused", "is a symbolic link that leaves the folder"),
        ("refused", "cannot be read"),
        ("refused", "is not a regular file"),
        ("refused", "is a symbolic link that leaves the folder"),
    ]
    assert only(raw, inbox / "b-loop").status == "refused"
    # Whoever names the link itself means what it leads to.
    assert only(raw, inbox / "a-link").file == "2023/ohio.txt"
    assert read_manifest(raw)["2023/ohio.txt"].origin == "file a-link"


def test_a_missing_file_and_an_empty_folder_are_told(raw, inbox):
    nowhere, empty = take(raw, inbox / "no\x1b[31m", inbox)
    assert (nowhere.given, nowhere.note) == (
        f"{inbox}/no\\x1b[31m",
        "cannot be read: No such file or directory",
    )
    assert empty == Result(str(inbox), "refused", None, "holds no files")


def test_odd_names_are_taken_and_shown_safely(raw, inbox):
    names = [b"\xff\xfe.txt", b"new\nline.txt", b"-rf", b"a,\"b\".txt", b"[bold]x[red].txt", b"\x1b[2J"]  # fmt: skip
    texts = [render(code) for code in ("US-OH", "US-IA", "US-UT", "US-VT", "US-ME", "US-TX")]
    for name, text in zip(names, texts, strict=True):
        (inbox / os.fsdecode(name)).write_text(text)
    found = invoke("add", "--raw", raw, inbox)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines()[-1] == "6 given: 6 added"
    assert "\x1b" not in found.stdout
    assert "[bold]x[red].txt" in found.stdout
    origins = {origin.origin for origin in read_manifest(raw).values()}
    assert {'file a,"b".txt', "file new\\nline.txt", "file -rf", "file \\x1b[2J"} <= origins


# A folder of whatever was downloaded


def mixed(inbox: Path) -> dict[str, tuple[str, str | None]]:
    """A hundred files, good and bad, in nested folders; by name what must become of each."""
    expected: dict[str, tuple[str, str | None]] = {}
    flavours = [crlf, markdown_headings, no_break_spaces, rewrapped(72), lambda text: text]
    codes = sorted(NAMES)
    for number in range(56):
        code, year = codes[number], 2023 - number % 4
        name = f"good/{number % 7}/{number:02} {code}{['.txt', '.md', '.html', ''][number % 4]}"
        text = flavours[number % 5](render(code, year))
        encoding = ENCODINGS[number % len(ENCODINGS)]
        write_sheet(inbox / name, text, encoding=encoding)
        expected[name] = ("added", f"{year}/{slug(NAMES[code])}{suffix_of(name, 'text')}")
    for number, name in enumerate(sorted(expected)[:12]):
        copy = f"later/copies/{number:02}.txt"
        (inbox / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(inbox / name, inbox / copy)
        expected[copy] = ("already there", expected[name][1])
    for number in range(4):
        name = f"later/reissued/{number}.txt"
        code, year = codes[number * 4 + 3], 2020
        write_sheet(inbox / name, change(render(code, year), "8,597", "8,599"))
        expected[name] = ("new vintage", f"{year}/{slug(NAMES[code])}.2.txt")
    noise = random.Random(5)  # noqa: S311
    page = "<!DOCTYPE html><html><head><title>503</title></head><body>Try again.</body></html>"
    bad = [
        *[b"", b"\n\n\n", b"\xef\xbb\xbf"],
        *[noise.randbytes(3000) for _ in range(4)],
        *[b"%PDF-1.7\n" + noise.randbytes(500), b"PK\x03\x04" + noise.randbytes(500)],
        *[b"\x89PNG\r\n\x1a\n" + noise.randbytes(500), b"GIF89a" + noise.randbytes(99)],
        *[encode(OHIO, "utf-16-le")[2:-1], b"{\\rtf1 " + OHIO.encode(), b"\x00" * 4000],
        *[OHIO.replace("Ohio", name).encode() for name in ("Ontario", "Bavaria", "Puebla")],
        OHIO.replace("2023", "last year").encode(),
        *[OHIO.replace("2023", "").encode(), OHIO.replace(" in Ohio.", " in Utah.").encode()],
        *[change(OHIO, "In 2023, Team HOPE", "In 2021, Team HOPE").encode()],
        *[page.encode(), b"name,value\nOhio,3\n", b'{"state": "Ohio"}', b"Ohio 2023"],
        *[b"x" * (MAX_BYTES + 1), b"Ohio\n" * 60_000],
    ]
    for number, content in enumerate(bad):
        name = f"bad/{number % 3}/{number:02}.{['txt', 'pdf', 'bin'][number % 3]}"
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_bytes(content)
        expected[name] = ("refused", None)
    locked_away = inbox / "unreadable"
    locked_away.symlink_to(inbox / "gone")
    expected["unreadable"] = ("refused", None)
    return expected


def test_of_a_hundred_mixed_files_every_one_is_in_the_report(tmp_path, inbox, warehouse):
    raw = tmp_path / "raw"
    raw.mkdir()
    expected = mixed(inbox)
    assert len(expected) == 100
    found = invoke("add", "--raw", raw, inbox)
    assert (found.returncode, found.stderr) == (1, "")
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]]
        for line in found.stdout.splitlines()
        if line.startswith("│")
    ]
    reported = {
        given.removeprefix(f"{inbox}/"): (result, file or None) for result, file, given, _ in rows
    }
    assert reported == expected
    assert len(rows) == 100, "each once"
    assert all(note for result, _, _, note in rows if result == "refused"), "with the reason"
    counts = Counter(result for result, _ in expected.values())
    assert found.stdout.splitlines()[-1] == (
        f"100 given: {counts['added']} added, {counts['already there']} already there, "
        f"{counts['new vintage']} new vintage, {counts['refused']} refused"
    )

    stored = {file for _, file in expected.values() if file}
    assert {file for file, _ in list_files(raw)} == stored
    assert set(read_manifest(raw)) == stored
    for name, (result, file) in expected.items():
        if result in ("added", "new vintage"):
            assert file is not None
            assert (raw / file).read_bytes() == (inbox / name).read_bytes()
    again = invoke("add", "--raw", raw, inbox)
    assert (
        again.stdout.splitlines()[-1]
        == f"100 given: {len(stored) + 12} already there, {counts['refused']} refused"
    )


# The command


def test_the_exit_code_says_whether_all_some_or_none_were_taken(raw, inbox):
    good, bad = write_sheet(inbox / "a.txt", OHIO), write_sheet(inbox / "b.txt", "no sheet")
    assert invoke("add", "--raw", raw, good).returncode == 0
    assert invoke("add", "--raw", raw, good).returncode == 0, "there already"
    assert invoke("add", "--raw", raw, good, bad).returncode == 1
    assert invoke("add", "--raw", raw, bad).returncode == 2
    assert invoke("add", "--raw", raw).returncode == 64
    assert invoke("add", "--raw", raw, "--origin", "a\nb", good).returncode == 64


def test_a_wrong_folder_is_told_in_one_line_and_not_made(tmp_path, inbox):
    file = write_sheet(inbox / "a.txt", OHIO)
    found = invoke("add", "--raw", tmp_path / "rwa", file)
    assert found.returncode == 2
    assert found.stderr == f"{tmp_path}/rwa: no such folder; make it, or name another with --raw\n"
    assert not (tmp_path / "rwa").exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_line(raw, inbox, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "raw/2023/ohio.txt")

    monkeypatch.setattr(os, "link", full)
    before = contents(raw)
    found = invoke("add", "--raw", raw, write_sheet(inbox / "a.txt", OHIO))
    assert found.returncode == 2
    assert found.stderr.startswith("raw/2023/ohio.txt: No space left on device; make room")
    assert len(found.stderr.splitlines()) == 1
    assert {**contents(raw), ".lock": b""} == {**before, ".lock": b""}, (
        "nothing is left lying about"
    )


def test_an_address_is_taken_with_where_it_led(raw):
    with site() as web:
        web.put("/files/ohio.md?v=2", Answer(body=OHIO.encode()))
        url = web.redirect("/latest", "/files/ohio.md?v=2")
        missing = web.url("/missing")
        found = invoke("add", "--raw", raw, "--allow-private", url, missing, "http://me:pw@x.y/")
    assert found.returncode == 1
    assert "pw@" not in found.stdout
    assert "answers with status 404" in found.stdout
    origin = read_manifest(raw)["2023/ohio.md"].origin
    assert origin == f"{web.url('/files/ohio.md')} (from {url})"


def test_this_machine_is_asked_only_if_that_is_allowed(raw):
    with site() as web:
        found = invoke("add", "--raw", raw, web.put("/", Answer(body=OHIO.encode())))
        assert (found.returncode, dict(web.asked)) == (2, {})
    assert "no public address; give --allow-private" in found.stdout


def test_an_error_page_is_no_sheet_though_its_status_says_so(raw):
    with site() as web:
        page = b"<!DOCTYPE html><html><body>We are down for Ohio maintenance in 2023.</body></html>"
        taken = only(raw, web.put("/", Answer(body=page)))
    assert (taken.status, taken.note.partition(",")[0]) == ("refused", "names no state")


# The manifest


def test_the_manifests_other_rows_stay(raw, inbox):
    sha256 = "ff" * 32
    text = f'retrieved,file,sha256,origin\n2026-01-01,2023/z.txt,{sha256},"A, ""B"""\n'
    (raw / "manifest.csv").write_text(text)
    only(raw, write_sheet(inbox / "o.txt", OHIO))
    digest = hashlib.sha256(OHIO.encode()).hexdigest()
    assert (raw / "manifest.csv").read_text() == (
        "file,sha256,bytes,origin,retrieved\n"
        f"2023/ohio.txt,{digest},{len(OHIO.encode())},file o.txt,2026-11-22T06:30:05Z\n"
        f'2023/z.txt,{sha256},,"A, ""B""",2026-01-01\n'
    )


def test_a_manifest_to_which_nothing_is_added_stays_byte_for_byte(raw, inbox):
    rows = [f"2026-01-01,{name},{'ff' * 32},x" for name in "ba"]
    before = "\r\n\r\n".join(["retrieved,file,sha256,origin", *rows]).encode()
    (raw / "manifest.csv").write_bytes(before)
    only(raw, write_sheet(inbox / "x.txt", "no sheet"))
    assert (raw / "manifest.csv").read_bytes() == before


def test_a_missing_manifest_is_begun(raw, inbox):
    (raw / "manifest.csv").unlink()
    only(raw, write_sheet(inbox / "o.txt", OHIO))
    assert set(read_manifest(raw)) == {"2023/ohio.txt"}


def test_giving_the_raw_folder_itself_mends_the_manifest(raw):
    (raw / "2023/ohio.txt").write_text(OHIO)
    text = (raw / "manifest.csv").read_text()
    (raw / "manifest.csv").write_text(text.replace("47c42eb6", "00000000"))
    notes = {taken.file: taken.note for taken in take(raw, raw)}
    assert notes == {
        "2023/kentucky.txt": "",
        "2023/minnesota.txt": "",
        "2023/mississippi.txt": "",
        "2023/missouri.txt": "its line in manifest.csv recorded other bytes and is mended",
        "2023/ohio.txt": "its line in manifest.csv was missing and is mended",
    }
    assert all(
        hashlib.sha256((raw / file).read_bytes()).hexdigest() == origin.sha256
        for file, origin in read_manifest(raw).items()
    )


# Killed, or two at once

DYING = """
import os, signal, sys
from pipeline.cli.app import app

name, real = sys.argv[1], getattr(os, sys.argv[1])

def die(*arguments, **options):
    if sys.argv[2] == "after":
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, name, die)
app(sys.argv[3:])
"""


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=PROJECT, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("step", "when", "stored"),
    [("link", "before", False), ("link", "after", True), ("replace", "before", True)],
)
def test_killed_at_any_step_the_next_add_makes_it_whole(raw, inbox, step, when, stored):
    """A sheet is there whole or not at all; if its line is missing, giving it again adds that."""
    file = write_sheet(inbox / "o.txt", OHIO)
    manifest = (raw / "manifest.csv").read_bytes()
    process = start("-c", DYING, step, when, "add", "--raw", raw, file)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert (raw / "2023/ohio.txt").exists() is stored
    assert (raw / "manifest.csv").read_bytes() == manifest
    taken = only(raw, file)
    assert taken.status == ("already there" if stored else "added")
    assert (raw / "2023/ohio.txt").read_text() == OHIO
    assert read_manifest(raw)["2023/ohio.txt"].retrieved == "2026-11-22T06:30:05Z"
    other = only(raw, write_sheet(inbox / "o2.txt", OHIO_2), now=LATER)
    assert other.file == "2023/ohio.2.txt"
    assert (raw / "2023/ohio.txt").read_text() == OHIO, "not through what the killed one left"
    names = {path.name for path in raw.iterdir()}
    assert names == {"2023", "manifest.csv", ".lock"}


@pytest.mark.slow
def test_two_at_once_take_every_sheet_once(raw, inbox):
    codes = sorted(set(NAMES) - {"US-KY"})[:40]  # Kentucky's is there already
    for code in codes:
        write_sheet(inbox / f"{code}.txt", render(code))
    both = [
        start("-m", "pipeline", "add", "--raw", raw, *sorted(inbox.iterdir())) for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    results = Counter(
        line.split("│")[1].strip()
        for text, _ in outputs
        for line in text.splitlines()
        if line.startswith("│")
    )
    assert results["added"] + results["new vintage"] == 40, results
    assert results["already there"] == 40
    files = {file for file, _ in list_files(raw)}
    assert len(files) == 44
    assert set(read_manifest(raw)) == files


def test_who_finds_the_folder_held_waits_or_says_by_whom(raw, monkeypatch):
    monkeypatch.setattr("pipeline.intake.snapshot._PATIENCE_SECONDS", 0)
    holding = "import sys; from pathlib import Path; from pipeline.storage.lock import locked\nwith locked(Path(sys.argv[1]), 'adding sheets', patience=0):\n    print('held', flush=True); sys.stdin.read()"
    process = start("-c", holding, raw)
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=f"held by process {process.pid} for adding sheets"),
            open_folder(raw),
        ):
            pass
        found = invoke("add", "--raw", raw, raw / "2023/missouri.txt")
        assert (found.returncode, len(found.stderr.splitlines())) == (2, 1)
    finally:
        process.kill()
        process.communicate()
    with locked(raw, "free again", patience=0):
        pass
