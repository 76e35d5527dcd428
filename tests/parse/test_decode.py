"""Bytes to text: encodings, pages, and content that is no text."""

from __future__ import annotations

import pytest

from pipeline.sheets.decode import MAX_CHARACTERS, MAX_TEXT_BYTES, decode
from pipeline.sheets.formats import NotTextError
from tests.parse.reading import errors, figures, read
from tests.sheets_factory import ENCODINGS, curly_quotes, encode, hyphens, no_break_spaces, render


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        (b"In 2023", "utf-8", "In 2023"),
        ("NCMEC\u2019s".encode(), "utf-8", "NCMEC\u2019s"),
        ("In 2023".encode("utf-8-sig"), "utf-8-sig", "In 2023"),
        (b"\xff\xfe" + "In 2023".encode("utf-16-le"), "utf-16", "In 2023"),
        (b"\xfe\xff" + "In 2023".encode("utf-16-be"), "utf-16", "In 2023"),
        ("In 2023".encode("utf-32"), "utf-32", "In 2023"),
        ("In 2023".encode("utf-16-le"), "utf-16-le", "In 2023"),
        ("In 2023".encode("utf-16-be"), "utf-16-be", "In 2023"),
        ("NCMEC\u2019s work in 2023".encode("cp1252"), "cp1252", "NCMEC\u2019s work in 2023"),
        ("NCMEC\u2019s work in 2023".encode("mac_roman"), "mac_roman", "NCMEC\u2019s work in 2023"),
    ],
)
def test_text_is_decoded_in_its_encoding(content, encoding, text):
    decoded = decode(content)
    assert (decoded.encoding, decoded.text) == (encoding, text)
    assert content.decode(decoded.encoding) == decoded.text


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("flavour", [curly_quotes, no_break_spaces, hyphens("\u2013")])
def test_a_sheet_says_the_same_in_every_encoding(encoding, flavour):
    expected, _ = read(render())
    content = encode(flavour(render()), encoding)
    sheet, _ = read(content)
    assert errors(content) == []
    assert figures(sheet) == figures(expected)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n\t\f\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"In 2023\x00, 5", "is not text: control character U+0000 at character 7"),
        (b"In \x1b[1m2023", "is not text: control character U+001B at character 3"),
        (b"\xff\xfeI\x00n", "is not utf-16 at byte 4: truncated data"),
    ],
)
def test_content_that_is_no_text_is_refused_with_the_reason(content, reason):
    with pytest.raises(NotTextError) as refused:
        decode(content)
    assert str(refused.value) == reason


def test_a_text_up_to_the_cap_is_taken_and_one_above_it_is_not():
    assert len(decode(b"a" * MAX_CHARACTERS).text) == MAX_CHARACTERS
    with pytest.raises(NotTextError, match=r"has 262,145 characters, more than the 262,144"):
        decode(b"a" * (MAX_CHARACTERS + 1))


def test_a_text_file_larger_than_its_cap_is_not_decoded():
    assert decode(b" " * (MAX_CHARACTERS - 1) + b"a").text.strip() == "a"
    with pytest.raises(NotTextError, match=r"has 1,048,577 bytes, more than the 1,048,576 a text"):
        decode(b"a" * (MAX_TEXT_BYTES + 1))


@pytest.mark.parametrize(
    ("text", "starts"),
    [("one", (0,)), ("one\ftwo", (0, 4)), ("one\ftwo\f\n", (0, 4)), ("\ftwo", (0, 1))],
)
def test_a_form_feed_ends_a_page_where_text_follows(text, starts):
    assert decode(text.encode()).page_starts == starts


def test_an_offset_lies_on_its_page():
    decoded = decode(b"one\ftwo")
    assert [decoded.page(offset) for offset in (0, 3, 4, 6)] == [1, 1, 2, 2]
    assert decoded.pages == 2
