"""Documents that are damaged or made to do harm: a clear reason, in bounded time, and on it goes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipeline.sheets.extract import extract
from pipeline.sheets.formats import ExtractionInterruptedError, NotTextError
from pipeline.sheets.isolation import Extractor
from tests.building import PROJECT
from tests.formats.typesetting import html_page, reportlab_pdf, word_document, zipped
from tests.sheets_factory import render

GOOD = reportlab_pdf(render())
TEXT = extract(GOOD).text
BOMB = (
    b"<!DOCTYPE a ["
    + b"".join(
        b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"ha") for n in range(12)
    )
    + b"]><a>&e11;</a>"
)


def pdf(*, pages: int = 1, words: str = "In 2023", lines: int = 1, encrypt: StandardEncryption | None = None) -> bytes:  # fmt: skip
    target = io.BytesIO()
    canvas = Canvas(target, encrypt=encrypt)
    for _ in range(pages):
        for line in range(lines):
            canvas.drawString(10, 790 - line / 4, f"{line} {words}" if lines > 1 else words)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def scanned(*, with_text: bool) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    if with_text:
        canvas.drawString(72, 700, "In 2023")
        canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 128)), 0, 0)
    canvas.save()
    return target.getvalue()


def spoiled(content: bytes) -> bytes:
    """The content with everything behind the magic replaced by noise."""
    return content[:9] + bytes(37 * place % 251 for place in range(5000))


HOSTILE = {
    "an encrypted PDF": (pdf(encrypt=StandardEncryption("secret")), "is an encrypted PDF; save it without its password"),
    "a scanned PDF": (scanned(with_text=False), "has no text layer; save what a reader sees as text and compare it with the sheet"),
    "a PDF with a scanned page": (scanned(with_text=True), "has no text layer on page 2; save what a reader sees as text and compare it with the sheet"),
    "a truncated PDF": (GOOD[:600], "is a damaged or truncated PDF; fetch it again"),
    "noise in a PDF": (spoiled(GOOD), "is a damaged or truncated PDF; fetch it again"),
    "a book": (pdf(pages=51), "has 51 pages, more than the 50 a sheet may have"),
    "endless text": (pdf(words="fact sheet " * 9, lines=3100), "has 321,290 characters on a page, more than the 262,144 a sheet may have"),
    "a ZIP bomb": (zipped({"word/document.xml": bytes(64 << 20)}), "unpacks to more than 8,388,608 bytes in word/document.xml; no sheet is that long"),
    "an entity bomb": (zipped({"word/document.xml": BOMB}), "declares entities in word/document.xml, as no office program does; do not open it"),
    "an entity bomb in UTF-16": (zipped({"word/document.xml": BOMB.decode().encode("utf-16")}), "declares entities in word/document.xml, as no office program does; do not open it"),
    "many parts": (zipped({"word/document.xml": b"<a/>", **{f"{n}": b"" for n in range(2000)}}), "has 2,001 parts, more than 2,000"),
    "a truncated office document": (word_document(render())[:3000], "is a damaged or truncated office document; fetch it again"),
    "a wall of HTML": (b"<html>" + b"a" * 3_000_000, "has 3,000,000 characters, more than the 262,144 a sheet may have"),
    "a wall of text": (b"a" * 3_000_000, "has 3,000,000 bytes, more than the 1,048,576 a text may have"),
    "an empty page": (b"<html><script>In 2023</script>", "is empty"),
}  # fmt: skip


@pytest.fixture(scope="module")
def process():
    extractor = Extractor()
    yield extractor
    extractor.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_with_the_reason_and_the_next_is_read(name, process):
    content, reason = HOSTILE[name]
    with pytest.raises(NotTextError) as refused:
        extract(content, process)
    assert str(refused.value) == reason
    assert extract(GOOD, process).text == TEXT


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td"])
def test_html_nested_deeply_is_read_in_bounded_time(tag, process):
    page = f"<html>{f'<{tag}>' * 30_000}In 2023".encode()
    assert extract(page, process).text == "In 2023"


def test_html_of_more_tags_than_any_sheet_has_is_refused(process):
    with pytest.raises(NotTextError) as refused:
        extract(b"<html>" + b"<b>" * 100_001, process)
    assert str(refused.value) == "has more than 100,000 tags; save it as PDF or text"


def outcome(content: bytes, process: Extractor) -> str:
    """The text, or the reason why there is none."""
    try:
        return extract(content, process).text
    except NotTextError as error:
        return str(error)


@pytest.mark.parametrize(
    "piece", [b"<", b"<!--", b"<a b=", b"&#", b"</", b"<![CDATA[", b"<script>"]
)
def test_html_of_unfinished_tags_ends(piece, process):
    said = outcome(b"<html>In 2023 " + piece * (250_000 // len(piece)), process)
    assert said.startswith(("In 2023", "has "))


def test_every_truncation_of_a_pdf_is_read_or_refused_in_one_line(process):
    for length in range(5, len(GOOD), len(GOOD) // 60):
        said = outcome(GOOD[:length], process)
        assert said == TEXT or "\n" not in said
    assert extract(GOOD, process).text == TEXT


def test_a_process_that_was_killed_is_replaced():
    process = Extractor()
    extract(GOOD, process)
    first = process.pid
    os.kill(first, signal.SIGKILL)
    assert extract(GOOD, process).text == TEXT
    assert process.pid != first
    process.close()


def killing(process: Extractor, times: int) -> Callable[[], subprocess.Popen[bytes]]:
    """Starts the process as ever, and kills it right away as often as told."""
    killed: list[int] = []

    def start() -> subprocess.Popen[bytes]:
        started = Extractor._started(process)
        if len(killed) < times:
            killed.append(started.pid)
            os.kill(started.pid, signal.SIGKILL)
        return started

    return start


def test_an_extraction_that_is_killed_twice_is_told_and_not_held_against_the_document(monkeypatch):
    process = Extractor()
    extract(GOOD, process)
    monkeypatch.setattr(process, "_started", killing(process, 2))
    with pytest.raises(ExtractionInterruptedError) as refused:
        extract(GOOD, process)
    assert (
        str(refused.value)
        == "could not be extracted: the extraction ended by signal 9, 2 times; the next build tries again"
    )
    assert extract(GOOD, process).text == TEXT
    process.close()


def test_an_extraction_that_is_killed_once_is_done_again(monkeypatch):
    process = Extractor()
    monkeypatch.setattr(process, "_started", killing(process, 1))
    assert extract(GOOD, process).text == TEXT
    process.close()


def test_what_is_wrong_with_a_document_is_no_interruption(process):
    with pytest.raises(NotTextError) as refused:
        extract(GOOD[:600], process)
    assert not isinstance(refused.value, ExtractionInterruptedError)


def test_an_extraction_that_is_stopped_for_longer_than_its_processor_time_goes_on():
    process = Extractor(seconds=1)
    extract(GOOD, process)
    first = process.pid
    os.kill(first, signal.SIGSTOP)
    going_on = threading.Timer(1.5, os.kill, (first, signal.SIGCONT))
    going_on.start()
    assert extract(GOOD, process).text == TEXT
    assert process.pid == first
    going_on.join()
    process.close()


def test_an_extraction_that_never_goes_on_is_ended_and_done_again(monkeypatch):
    process = Extractor()
    extract(GOOD, process)
    first = process.pid
    os.kill(first, signal.SIGSTOP)
    ending = process._end

    def end_and_wait_longer() -> None:  # a start may take longer on a busy machine
        ending()
        process._wall_seconds = 300

    process._wall_seconds = 0.2
    monkeypatch.setattr(process, "_end", end_and_wait_longer)
    assert extract(GOOD, process).text == TEXT
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    process.close()


@pytest.mark.slow
def test_an_extraction_that_takes_too_much_processor_time_is_ended():
    process = Extractor(seconds=1)
    long = zipped({"word/document.xml": b"<a>" + b"<b/>" * 1_900_000 + b"</a>"})
    with pytest.raises(ExtractionInterruptedError) as refused:
        extract(long, process)
    assert (
        str(refused.value)
        == "could not be extracted: it took more than 1 seconds of processor time, 2 times; the next build tries again"
    )
    assert extract(GOOD, process).text == TEXT
    process.close()


def test_a_document_that_eats_memory_is_refused_and_the_next_is_read():
    process = Extractor(memory=96 << 20)
    greedy = b"<html>" + b"<b>" * 90_000 + b"a" * 60_000_000
    with pytest.raises(ExtractionInterruptedError) as refused:
        extract(greedy, process)
    assert (
        str(refused.value)
        == "could not be extracted: it needed more than 96 MiB of memory, 2 times; the next build tries again"
    )
    assert extract(GOOD, process).text == TEXT
    process.close()


def processor_time(pid: int) -> tuple[int, int]:
    """Ticks that a process has used itself, and in children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def test_each_document_has_a_process_that_has_seen_no_other(process):
    extract(html_page(render()), process)
    own, in_children = processor_time(process.pid)
    extract(b"<html>" + b"<b>" * 90_000 + b"In 2023", process)
    extract(b"<html>In 2023", process)  # what ended before this one began is counted
    own_later, in_children_later = processor_time(process.pid)
    assert own_later - own < in_children_later - in_children


def test_one_process_serves_many_documents_and_ends_with_its_parent():
    program = (
        "import sys; from pathlib import Path; from pipeline.sheets.extract import extract, extractor\n"
        "content = sys.stdin.buffer.read()\n"
        "pids = [(extract(content), extractor().pid)[1] for _ in range(3)]\n"
        "assert len(set(pids)) == 1; print(pids[0], *sorted({'pypdfium2', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=GOOD,
        capture_output=True,
        cwd=PROJECT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    (pid,) = done.stdout.split()  # and no module of the documents' libraries behind it
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_the_process_is_this_program_whatever_lies_in_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "pipeline/sheets").mkdir(parents=True)
    for name in ("__init__.py", "sheets/__init__.py", "sheets/worker.py"):
        (tmp_path / "pipeline" / name).touch()
    monkeypatch.chdir(tmp_path)
    process = Extractor()
    assert extract(GOOD, process).text == TEXT
    process.close()


def test_text_needs_no_process():
    extractor = Extractor()
    assert extract(b"In 2023", extractor).text == "In 2023"
    assert extractor.pid is None
    extract(html_page(render()), extractor)
    assert extractor.pid is not None
    extractor.close()
    assert extractor.pid is None
