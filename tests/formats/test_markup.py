"""What a file is by its content, and what HTML and office documents give as text."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError, format_of
from tests.formats.typesetting import html_page, word_document, zipped
from tests.sheets_factory import render

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(body: str, **parts: bytes) -> bytes:
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"word/document.xml": document.encode(), **parts})


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(f'<w:r><w:t>{run}</w:t></w:r>' for run in runs)}</w:p>"


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (b"In 2023", "text"),
        (b"# In 2023\n\nThe tag `<html>` opens a page.\n</html>", "text"),
        (b"Use <p> and </p>.\n\n<html>", "text"),
        (b"<2023: fewer than 5 cases", "text"),
        (b"The file begins with %PDF-1.7", "text"),
        (b"%PDF-1.7", "pdf"),
        (b"\r\n\0%PDF-1.4", "pdf"),
        (b"PK\x03\x04", "docx"),
        (b"<!DOCTYPE html><p>In 2023", "html"),
        (b"\xef\xbb\xbf\n<!-- saved -->\n<HTML lang='en'>", "html"),
        (b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', "html"),
        ("\ufeff<html><p>In 2023".encode("utf-16-le"), "html"),
        (b"<div><p>In 2023</p></div>\n", "html"),
    ],
)
def test_the_format_is_decided_by_the_content(content, format_):
    assert format_of(content) == format_


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xd0\xcf\x11\xe0", "an old office document, or an encrypted one"),
        (b"{\\rtf1 a}", "an RTF document"),
        (b"\x89PNG\r\n", "a PNG picture"),
        (b"\xff\xd8\xff\xe0", "a JPEG picture"),
        (b"\x1f\x8b\x08", "a gzip archive"),
    ],
)
def test_other_formats_are_refused_by_name(content, kind):
    with pytest.raises(NotTextError) as refused:
        extract(content)
    assert str(refused.value) == f"is {kind}, not text; save it as PDF, DOCX, HTML or text"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<p>exploit<b>ed</b> chil<i>d</i>ren", "exploited children"),
        ("<p>law\n   enforcement&nbsp;&amp; families", "law enforcement\u00a0& families"),
        (
            "<table><tr><th>Cases</th><td>133</td></tr><tr><td>A\nB<td><p>45</p></table>",
            "Cases\t133\nA B\t45",
        ),
        ("<script>199</script><style>7</style><!-- 8 -->In<noscript>9</noscript> 2023", "In 2023"),
        ("<p>199<sup>1</sup> cases", "199\u00b9 cases"),
        ("<p>8<b>,597</b> reports", "8,597 reports"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
    ],
)
def test_html_gives_lines_of_blocks_and_rows(source, text):
    assert extract(f"<html><body>{source}".encode()).text == text


@pytest.mark.parametrize(
    ("head", "encoding", "found"),
    [
        ("<meta charset=windows-1252>", "cp1252", "cp1252"),
        (
            "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>",
            "cp1252",
            "cp1252",
        ),
        ("<meta charset=utf-8>", "utf-8", "utf-8"),
        ("<meta charset=utf-8>", "utf-16", "utf-16"),
        ("<meta charset=mac-roman>", "mac_roman", "mac-roman"),
        ("", "cp1252", "cp1252"),
    ],
)
def test_html_is_decoded_by_mark_declaration_or_guess(head, encoding, found):
    source = f"<html>{head}<p>NCMEC\u2019s work \u2013 in 2023"
    page = extract(source.encode(encoding))
    assert (page.text, page.encoding) == ("NCMEC\u2019s work \u2013 in 2023", found)


def test_html_that_is_not_what_it_declares_is_refused():
    with pytest.raises(NotTextError, match=r"^is not utf-8 at byte \d+: invalid start byte$"):
        extract("<html><meta charset=utf-8><p>NCMEC\u2019s".encode("cp1252"))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (paragraph("exploit", "ed ", "children") + paragraph("In 2023"), "exploited children\n\nIn 2023"),
        (paragraph("8,5", "97 reports"), "8,597 reports"),
        ("<w:p><w:r><w:t>199</w:t></w:r><w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>1</w:t></w:r><w:r><w:t> cases</w:t></w:r></w:p>", "199\u00b9 cases"),
        ("<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r></w:p>", "one\ntwo\tthree"),
        (f"<w:tbl><w:tr><w:tc>{paragraph('Cases')}</w:tc><w:tc>{paragraph('45')}</w:tc></w:tr></w:tbl>", "Cases\t45"),
        (f"<w:p><w:hyperlink>{paragraph('missingkids.org')[5:-6]}</w:hyperlink></w:p>", "missingkids.org"),
        ("<w:p><w:ins><w:r><w:t>49</w:t></w:r></w:ins><w:del><w:r><w:delText>48</w:delText></w:r></w:del></w:p>", "49"),
    ],
)  # fmt: skip
def test_an_office_document_gives_lines_of_paragraphs_and_rows(body, text):
    assert extract(docx(body)).text == text


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"xl/workbook.xml": b"<a/>"}, "is a spreadsheet, not a text document; extract the sheet first"),
        ({"ppt/slides/slide1.xml": b"<a/>"}, "is a presentation, not a text document; extract the sheet first"),
        ({"sheet.txt": b"In 2023"}, "is a ZIP archive, not a text document; extract the sheet first"),
        ({"word/document.xml": b"<w:document"}, "is a damaged or truncated office document; fetch it again"),
    ],
)  # fmt: skip
def test_other_archives_are_refused_by_name(parts, reason):
    with pytest.raises(NotTextError) as refused:
        extract(zipped(parts))
    assert str(refused.value) == reason


def test_a_documents_extractor_and_encoding_are_told():
    html, word, text = (extract(c) for c in (html_page(render()), word_document(render()), b"In"))
    assert (html.format, html.encoding, html.extractor) == (
        "html",
        "utf-8",
        f"justhtml {version('justhtml')}, rules 4",
    )
    assert (word.format, word.encoding, word.extractor) == ("docx", None, "docx rules 4")
    assert (text.format, text.encoding, text.extractor) == ("text", "utf-8", "decode")
