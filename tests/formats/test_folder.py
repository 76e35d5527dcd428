"""A folder of a hundred files as they come: every one is accounted for, whatever it is."""

from __future__ import annotations

import hashlib
import shutil
from decimal import Decimal

import pytest

from pipeline.build import build
from pipeline.sheets.extract import extract
from tests.building import RAW, VERSION, ask, invoke
from tests.formats.make_fixtures import FIXTURES
from tests.formats.test_hostile import HOSTILE
from tests.formats.typesetting import html_page, reportlab_pdf, typst_pdf, word_document, zipped
from tests.sheets_factory import KENTUCKY_2023, NAMES, render

MAKERS = {
    "pdf": lambda text: reportlab_pdf(text, justified=True, footer=True, header=True),
    "docx": word_document,
    "html": html_page,
    "md": str.encode,
    "typst": lambda text: typst_pdf(text, columns=2, justified=True, footer=True),
}
FORMATS = {"pdf": "pdf", "docx": "docx", "html": "html", "md": "text", "typst": "pdf"}
WRONG_SUM = {**KENTUCKY_2023, "missing_child_cases_orr": "22"}
WRONG = "rows 133 + 45 + 22 = 200, stated 199"


def files() -> tuple[dict[str, bytes], dict[str, bytes], dict[str, str]]:
    """Good files, bad files, and words of the reason why each bad one is left out.

    No name tells what a file is.
    """
    good, bad, reasons = {}, {}, {}
    for place, code in enumerate(NAMES):
        maker = list(MAKERS)[place % len(MAKERS)]
        good[f"2023/{code}.{maker}.dat"] = MAKERS[maker](render(code))
    for place, (name, (content, reason)) in enumerate(HOSTILE.items()):
        bad[f"2023/hostile {place}.pdf"], reasons[f"2023/hostile {place}.pdf"] = content, reason
        assert name
    for place, code in enumerate(list(NAMES)[:20]):
        maker = list(MAKERS)[place % len(MAKERS)]
        name = f"2023/{code}.wrong.{maker}"
        bad[name], reasons[name] = MAKERS[maker](render(code, 2023, local=WRONG_SUM)), WRONG
    for place in range(9):
        name = f"2023/archive {place}.docx"
        bad[name] = zipped({f"xl/sheet{place}.xml": b"<a/>"})
        reasons[name] = "is a spreadsheet, not a text document; extract the sheet first"
    return good, bad, reasons


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The answer of a build over all files, its warehouse, and what the files were."""
    home = tmp_path_factory.mktemp("mixed")
    good, bad, reasons = files()
    for name, content in {**good, **bad}.items():
        path = home / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    answer = invoke("build", "--raw", home / "raw", "--warehouse", home / "warehouse")
    return answer, home / "warehouse", good, bad, reasons


@pytest.mark.slow
def test_a_hundred_files_end_in_one_table_with_status_and_reason(folder):
    answer, warehouse, good, bad, reasons = folder
    assert (len({**good, **bad}), answer.returncode) == (100, 1)
    rows = {
        file: (status, reason)
        for file, status, reason in ask(warehouse, "select file, status, reason from sheets")
    }
    assert set(rows) == {*good, *bad}
    assert {file for file, (status, _) in rows.items() if status == "accepted"} == set(good)
    for file, words in reasons.items():
        status, reason = rows[file]
        assert (status, words in reason) == ("quarantined", True), (file, reason)
        assert file in reason


@pytest.mark.slow
def test_every_good_file_gives_its_figures_with_format_extractor_and_text(folder):
    _, warehouse, good, _, _ = folder
    rows = ask(
        warehouse,
        "select file, format, extractor, text_sha256, text, figures, unaccounted from sheets where status = 'accepted'",
    )
    for file, format_, extractor, digest, text, figures, unaccounted in rows:
        again = extract(good[file])
        assert format_ == FORMATS[file.split(".")[1]]
        assert (again.format, again.extractor, again.text) == (format_, extractor, text)
        assert digest == hashlib.sha256(text.encode()).hexdigest()
        assert (figures, unaccounted) == (21, 0)


@pytest.mark.slow
def test_the_figures_of_pdfs_have_boxes_and_no_others(folder):
    query = "select format, count(*), count(box_left), count(box_bottom), count(box_right), count(box_top) from statements inner join sheets using (file) where status = 'accepted' group by format order by format"
    counts = dict.fromkeys(["docx", "html", "pdf", "text"], 0)
    for file in folder[2]:
        counts[FORMATS[file.split(".")[1]]] += 21
    assert sorted(ask(folder[1], query)) == [
        (format_, count, *[count if format_ == "pdf" else 0] * 4)
        for format_, count in counts.items()
    ]
    query = "select min(box_left), max(box_right), min(box_bottom), max(box_top), bool_and(box_left < box_right and box_bottom < box_top) from statements"
    ((left, right, bottom, top, in_order),) = ask(folder[1], query)
    assert Decimal(0) < left < right < Decimal(612)
    assert Decimal(0) < bottom < top < Decimal(792)
    assert in_order


@pytest.mark.parametrize("maker", MAKERS)
def test_explain_reads_every_format(tmp_path, maker):
    path = tmp_path / "sheet"
    path.write_bytes(MAKERS[maker](render()))
    found = invoke("explain", path)
    assert (found.returncode, "21 figures, 0 numerals unaccounted" in found.stdout) == (0, True)


@pytest.mark.slow
def test_a_sheet_in_two_formats_is_taken_once(tmp_path):
    raw = tmp_path / "raw/2023"
    raw.mkdir(parents=True)
    shutil.copy(FIXTURES / "chromium-kentucky.pdf", raw / "a.pdf")
    shutil.copy(FIXTURES / "weasyprint-kentucky.pdf", raw / "b.pdf")
    shutil.copy(RAW / "2023/kentucky.txt", raw / "c.txt")
    outcome = build(tmp_path / "raw", tmp_path / "warehouse", version=VERSION)
    assert outcome.sheets == {"accepted": 1, "duplicate": 2}
    assert outcome.quarantine == []
    found = ask(tmp_path / "warehouse", "select file, status, reason from sheets order by file")
    assert found == [
        ("2023/a.pdf", "accepted", None),
        ("2023/b.pdf", "duplicate", "same figures as 2023/a.pdf"),
        ("2023/c.txt", "duplicate", "same figures as 2023/a.pdf"),
    ]
