"""What a PDF's reader sees is read, and nothing else; what is left out is told."""

from __future__ import annotations

import pytest

from pipeline.sheets.extract import extract
from pipeline.sheets.extracted import SkippedText
from pipeline.sheets.formats import NotTextError
from tests.formats.handwritten import FONTS, handwritten, words

SEEN = words("NCMEC had 6 engagements", y=600)
FORM = (
    f"<< /Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << {FONTS} >> >> >>"
)
LAYER = {"resources": "/Properties << /L 20 0 R >>", "objects": {20: "<< /Type /OCG /Name (L) >>"}}
OFF = "/OCProperties << /OCGs [20 0 R] /D << /OFF [20 0 R] >> >>"
ON = "/OCProperties << /OCGs [20 0 R] /D << /ON [20 0 R] /BaseState /OFF >> >>"
BASE_OFF = "/OCProperties << /OCGs [20 0 R] /D << /BaseState /OFF >> >>"
STATE = "/ExtGState << /G << /ca %s >> >>"
PICTURE = "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray >>"


def line(text: str, before: str = "", **more: float) -> str:
    return f"q {words(text, before=before, **more)} Q\n"


def layered(text: str) -> str:
    return f"/OC /L BDC {words(text)} EMC\n"


HIDDEN = {
    "outside the crop box": ("outside the page", line("Ohio had 9") + SEEN, {"page": "/CropBox [0 0 612 650]"}),
    "outside the media box": ("outside the page", line("Ohio had 9", x=700) + SEEN, {}),
    "outside the crop box of a turned page": ("outside the page", line("Ohio had 9") + SEEN, {"page": "/CropBox [0 0 612 650] /Rotate 90"}),
    "cut off by the edge": ("outside the page", line("9", y=787) + SEEN, {}),
    "drawn invisibly": ("drawn invisibly", line("Ohio had 9", "3 Tr") + SEEN, {}),
    "for clipping only": ("drawn invisibly", line("Ohio had 9", "7 Tr") + SEEN, {}),
    "white": ("in the color of what is behind it", line("Ohio had 9", "1 g") + SEEN, {}),
    "nearly white": ("in the color of what is behind it", line("Ohio had 9", "0.96 0.97 0.98 rg") + SEEN, {}),
    "black on black": ("in the color of what is behind it", "0 0 0 rg 60 690 200 30 re f\n" + line("Ohio had 9") + SEEN, {}),
    "tiny": ("too small to read", line("Ohio had 9", size=1) + SEEN, {}),
    "squeezed": ("too small to read", line("Ohio had 9", "1 Tz") + SEEN, {}),
    "set over each other": ("set over other letters", line("Ohio9", "-8 Tc") + SEEN, {}),
    "mirrored": ("mirrored", "q -1 0 0 1 400 0 cm " + words("Ohio had 9") + " Q\n" + SEEN, {}),
    "upside down in a mirror": ("mirrored", "q 1 0 0 -1 0 1400 cm " + words("Ohio had 9") + " Q\n" + SEEN, {}),
    "mirrored by its width": ("mirrored", line("Ohio had 9", "-100 Tz", x=300) + SEEN, {}),
    "transparent": ("transparent", line("Ohio had 9", "/G gs") + SEEN, {"resources": STATE % "0"}),
    "on a layer that is off": ("on a layer that is not shown", layered("Ohio had 9") + SEEN, {"catalog": OFF, **LAYER}),
    "on a layer that is off as all are": ("on a layer that is not shown", layered("Ohio had 9") + SEEN, {"catalog": BASE_OFF, **LAYER}),
    "on a layer by membership": (
        "on a layer that is not shown",
        layered("Ohio had 9") + SEEN,
        {"catalog": OFF.replace("20", "21"), "resources": LAYER["resources"],
         "objects": {20: "<< /Type /OCMD /OCGs [21 0 R] /P /AllOn >>", 21: "<< /Type /OCG /Name (L) >>"}},
    ),
    "in a form of a layer that is off": (
        "on a layer that is not shown",
        "/OC /L BDC /X Do EMC\n" + SEEN,
        {"catalog": OFF, "resources": LAYER["resources"] + "/XObject << /X 22 0 R >>",
         "objects": {**LAYER["objects"], 22: (FORM, words("Ohio had 9"))}},
    ),
    "in a form that is cut off": (
        "covered or cut off",
        "/X Do\n" + SEEN,
        {"resources": "/XObject << /X 22 0 R >>", "objects": {22: (FORM.replace("612 792", "10 10"), words("Ohio had 9"))}},
    ),
    "clipped": ("covered or cut off", f"q 0 0 9 9 re W n {words('Ohio had 9')} Q\n" + SEEN, {}),
    "whited out": ("covered or cut off", line("Ohio had 9") + "q 1 g 60 690 200 30 re f Q\n" + SEEN, {}),
    "blacked out": ("covered or cut off", line("Ohio had 9") + "q 0 g 60 690 200 30 re f Q\n" + SEEN, {}),
    "under a picture": (
        "covered or cut off",
        line("Ohio had 9") + "q 200 0 0 30 60 690 cm /I Do Q\n" + SEEN,
        {"resources": "/XObject << /I 20 0 R >>", "objects": {20: (PICTURE, "\x90")}},
    ),
    "under an annotation": (
        "covered or cut off",
        line("Ohio had 9") + SEEN,
        {"page": "/Annots [20 0 R]",
         "objects": {20: "<< /Type /Annot /Subtype /Stamp /Rect [60 690 260 720] /AP << /N 21 0 R >> >>",
                     21: ("<< /Type /XObject /Subtype /Form /BBox [0 0 200 30] >>", "1 g 0 0 200 30 re f")}},
    ),
    "struck through": ("struck through", line("Ohio had 9") + "70 704 m 200 704 l S\n" + SEEN, {}),
    "struck through in small print": ("struck through", line("Ohio had 9", size=7) + "70 702 m 200 702 l S\n" + SEEN, {}),
    "struck through by a thick line": ("struck through", line("Ohio had 9") + "q 1.9 w 70 704 m 200 704 l S Q\n" + SEEN, {}),
    "struck through by an annotation": (
        "struck through",
        line("Ohio had 9") + SEEN,
        {"page": "/Annots [20 0 R]",
         "objects": {20: "<< /Type /Annot /Subtype /StrikeOut /Rect [60 690 260 720] /QuadPoints [60 720 260 720 60 690 260 690] >>"}},
    ),
}  # fmt: skip

VISIBLE = {
    "inside the crop box": (line("Ohio had 9") + SEEN, {"page": "/CropBox [0 0 612 720]"}),
    "outlined": (line("Ohio had 9", "1 Tr") + SEEN, {}),
    "white on black": ("q 0 g 60 690 200 30 re f Q\n" + line("Ohio had 9", "1 g") + SEEN, {}),
    "gray": (line("Ohio had 9", "0.5 g") + SEEN, {}),
    "red": (line("Ohio had 9", "1 0 0 rg") + SEEN, {}),
    "narrow": (line("Ohio had 9", "70 Tz") + SEEN, {}),
    "set close": (line("Ohio had 9", "-0.8 Tc") + SEEN, {}),
    "mirrored twice": ("q -1 0 0 1 400 0 cm " + line("Ohio had 9", "-100 Tz", x=300) + " Q\n" + SEEN, {}),
    "small": (line("Ohio had 9", size=5) + SEEN, {}),
    "half transparent": (line("Ohio had 9", "/G gs") + SEEN, {"resources": STATE % "0.5"}),
    "on a layer that is on": (layered("Ohio had 9") + SEEN, {"catalog": ON, **LAYER}),
    "in a form": (
        "/X Do\n" + SEEN,
        {"resources": "/XObject << /X 22 0 R >>", "objects": {22: (FORM, words("Ohio had 9"))}},
    ),
    "clipped around": (f"q 60 690 200 30 re W n {words('Ohio had 9')} Q\n" + SEEN, {}),
    "on a banner": ("q 0.8 0.9 1 rg 60 690 200 30 re f Q\n" + line("Ohio had 9") + SEEN, {}),
    "on a picture": (
        "q 200 0 0 30 60 690 cm /I Do Q\n" + line("Ohio had 9") + SEEN,
        {"resources": "/XObject << /I 20 0 R >>", "objects": {20: (PICTURE, "\xd0")}},
    ),
    "framed": (line("Ohio had 9") + "60 690 200 30 re S\n" + SEEN, {}),
    "underlined": (line("Ohio had 9") + "70 697 m 200 697 l S\n" + SEEN, {}),
    "underlined in small print": (line("Ohio had 9", size=7) + "70 698 m 200 698 l S\n" + SEEN, {}),
    "underlined by a thick line": (line("Ohio had 9") + "q 1.9 w 70 697 m 200 697 l S Q\n" + SEEN, {}),
    "under a highlight": (
        line("Ohio had 9") + SEEN,
        {"page": "/Annots [20 0 R]",
         "objects": {20: "<< /Type /Annot /Subtype /Highlight /C [1 1 0] /Rect [60 690 260 720] /QuadPoints [60 720 260 720 60 690 260 690] >>"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_reader_does_not_see_is_left_out_and_told(name):
    why, content, more = HIDDEN[name]
    sheet = extract(handwritten(content, **more))
    assert sheet.text.split() == ["NCMEC", "had", "6", "engagements"]
    (skipped,) = sheet.skipped
    hidden = {"cut off by the edge": "9", "set over each other": "Ohio9"}.get(name, "Ohio had 9")
    assert (skipped.text, skipped.why) == (hidden, why)
    # pdfium reads a page that is turned in another order.
    assert skipped.at == (len("NCMEC had 6 engagements") if "turned" in name else 0)


@pytest.mark.parametrize("name", VISIBLE)
def test_what_a_reader_sees_is_read(name):
    content, more = VISIBLE[name]
    sheet = extract(handwritten(content, **more))
    assert sheet.text.split() == ["Ohio", "had", "9", "NCMEC", "had", "6", "engagements"]
    assert sheet.skipped == ()


def test_what_is_left_out_is_told_where_it_stood():
    content = words("NCMEC had 6") + line("1,000", "1 g", x=150) + words("engagements", x=200)
    sheet = extract(handwritten(content + SEEN))
    assert sheet.text.startswith("NCMEC had 6")
    assert "1,000" not in sheet.text
    (skipped,) = sheet.skipped
    assert (skipped.text, sheet.text[: skipped.at]) == ("1,000", "NCMEC had 6")


def test_words_of_more_than_200_characters_are_told_in_pieces():
    content = "".join(line(f"{n} " + "word " * 9, "1 g", y=760 - 12 * n) for n in range(9))
    skipped = extract(handwritten(content + SEEN)).skipped
    assert [len(entry.text) for entry in skipped] == [199, 197, 24]
    assert " ".join(entry.text for entry in skipped) == " ".join(
        f"{n}" + " word" * 9 for n in range(9)
    )


def test_a_digit_that_is_whited_out_within_a_number_does_not_join_the_others():
    content = words("NCMEC had 8,597 reports") + "q 1 g 159 698 7 12 re f Q\n"
    sheet = extract(handwritten(content + SEEN))
    assert sheet.text.startswith("NCMEC had 8,5\u20607 reports")
    assert sheet.skipped == (SkippedText("9", "covered or cut off", 13),)


def test_a_number_laid_over_another_is_read_and_the_other_is_not():
    content = words("NCMEC had") + line("597", x=140) + "q 1 g 138 698 25 12 re f Q\n" + line("612", x=140)  # fmt: skip
    sheet = extract(handwritten(content + SEEN))
    assert "".join(sheet.text.split()).startswith("NCMEChad612NCMEC")
    assert [entry.text for entry in sheet.skipped] == ["597"]


def test_type_drawn_twice_to_look_bold_is_seen():
    content = (
        words("Ohio had 9") + words("Ohio had 9", x=72.3) + "q 1 g 400 690 9 9 re f Q\n/X Do\n"
    )
    sheet = extract(
        handwritten(content + SEEN, resources="/XObject << /X 22 0 R >>", objects={22: (FORM, "")})
    )
    assert sheet.text.startswith("Ohio had 9\n")
    assert sheet.skipped == ()


@pytest.mark.parametrize(
    ("drawing", "more", "reason"),
    [
        (line("In 2023", "3 Tr") + "q 9 0 0 9 0 0 cm /I Do Q", {"resources": "/XObject << /I 20 0 R >>", "objects": {20: (PICTURE, "a")}},
         "shows none of the text that it holds: it is drawn invisibly; save what a reader sees as text and compare it with the sheet"),
        (line("In 2023", "1 g"), {},
         "shows none of the text that it holds: it is in the color of what is behind it; save what a reader sees as text and compare it with the sheet"),
    ],
)  # fmt: skip
def test_a_document_that_shows_none_of_its_text_is_refused(drawing, more, reason):
    with pytest.raises(NotTextError) as refused:
        extract(handwritten(drawing, **more))
    assert str(refused.value) == reason


def test_a_scanned_page_with_invisible_text_is_refused_and_a_blank_one_is_not():
    scan = line("In 2023", "3 Tr") + "q 612 0 0 792 0 0 cm /I Do Q"
    picture = {"resources": "/XObject << /I 20 0 R >>", "objects": {20: (PICTURE, "a")}}
    with pytest.raises(
        NotTextError,
        match=r"^shows none of the text that it holds on page 2: it is drawn invisibly; ",
    ):
        extract(handwritten([SEEN, scan], **picture))
    blank = extract(handwritten([SEEN, line("In 2023", "3 Tr")]))
    assert blank.text.split() == ["NCMEC", "had", "6", "engagements"]
    assert blank.skipped == (SkippedText("In 2023", "drawn invisibly", blank.text.index("\f") + 1),)


def test_text_heaped_up_at_one_place_is_refused():
    heap = "".join(line(f"{n % 7}", "0.9 g", x=72 + n % 9, y=700 + n % 8) for n in range(600))
    with pytest.raises(NotTextError) as refused:
        extract(handwritten(heap + SEEN))
    assert str(refused.value) == "draws more than 500 characters at one place"


# What stands beside the text


def test_words_given_in_place_of_what_is_printed_are_told_and_what_is_printed_is_read():
    content = "/Span << /ActualText (1,000) >> BDC " + words("8,597") + " EMC\n" + SEEN
    sheet = extract(handwritten(content))
    assert sheet.text.split() == ["8,597", "NCMEC", "had", "6", "engagements"]
    assert sheet.skipped == (SkippedText("1,000", "given as other text than what is printed", 1),)


@pytest.mark.parametrize("given", ["8,597", "8597", "8,597 ", "-"])
def test_words_given_for_what_is_printed_that_say_the_same_are_none(given):
    content = f"/Span << /ActualText ({given}) >> BDC " + words("8,597") + " EMC\n" + SEEN
    sheet = extract(handwritten(content))
    assert (sheet.text.split()[0], sheet.skipped) == ("8,597", ())


def test_artifacts_are_seen():
    content = "/Artifact << /Type /Pagination >> BDC " + words("Ohio had 9") + " EMC\n" + SEEN
    assert extract(handwritten(content)).text.startswith("Ohio had 9\n")


FIELD = ("<< /Type /XObject /Subtype /Form /BBox [0 0 128 20] /Resources << /Font << " + FONTS + " >> >> >>", words("drawn 78", x=2, y=5))  # fmt: skip
ANNOTATIONS = {
    "a note": ("/Subtype /Text /Contents (See 77)", ["See 77"], "in an annotation"),
    "a hidden note": ("/Subtype /Text /F 2 /Contents (See 77)", ["See 77"], "in a hidden annotation"),
    "free text": ("/Subtype /FreeText /Contents (See 77) /AP << /N 30 0 R >>", ["See 77", "drawn 78"], "in an annotation"),
    "a stamp": ("/Subtype /Stamp /AP << /N 30 0 R >>", ["drawn 78"], "in an annotation"),
    "a field": ("/Subtype /Widget /FT /Tx /T (a) /V (See 77)", ["See 77"], "in a form field"),
    "a hidden field": ("/Subtype /Widget /F 2 /FT /Tx /T (a) /V (See 77) /AP << /N 30 0 R >>", ["See 77"], "in a hidden form field"),
    "a place of a field": ("/Subtype /Widget /Parent 40 0 R", ["See 79"], "in a form field"),
    "a hidden place of a field": ("/Subtype /Widget /F 2 /Parent 40 0 R", ["See 79"], "in a hidden form field"),
    "a place of a field without a value": ("/Subtype /Widget /Parent 41 0 R", [], ""),
    "a bare link": ("/Subtype /Link /A << /S /URI /URI (https://a.example/2023) >>", [], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_and_fields_are_told(name):
    entries, said, why = ANNOTATIONS[name]
    content = handwritten(
        SEEN + words("Ohio had 9", y=400),
        page="/Annots [20 0 R]",
        catalog="/AcroForm << /Fields [20 0 R 40 0 R 41 0 R] >>",
        objects={
            20: f"<< /Type /Annot /Rect [300 590 428 610] {entries} >>",
            30: FIELD,
            40: "<< /FT /Tx /T (b) /V (See 79) /Kids [20 0 R] >>",
            41: "<< /FT /Tx /T (c) /Kids [20 0 R] >>",
        },
    )
    sheet = extract(content)
    assert sheet.text.split() == ["NCMEC", "had", "6", "engagements", "Ohio", "had", "9"]
    assert [(entry.text, entry.why) for entry in sheet.skipped] == [(words, why) for words in said]


def test_an_annotation_over_text_is_told_where_it_stands():
    content = handwritten(
        SEEN + words("Ohio had 9", y=400),
        page="/Annots [20 0 R]",
        objects={
            20: "<< /Type /Annot /Rect [60 395 80 415] /Subtype /FreeText /Contents (See 77) >>"
        },
    )
    sheet = extract(content)
    assert sheet.skipped == (
        SkippedText("See 77", "in an annotation", sheet.text.index("Ohio") + 1),
    )


def test_digits_in_a_font_that_does_not_name_them_are_told():
    glyph = ("<< >>", "800 0 0 0 750 750 d1 0 0 750 750 re f")
    font = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] /CharProcs << /sq 31 0 R >> /Encoding << /Type /Encoding /Differences [49 /sq /sq] >> /FirstChar 49 /LastChar 50 /Widths [800 800] %s >>"
    drawing = SEEN + "BT /T 12 Tf 72 400 Td (12) Tj ET"
    fonts = f"/Font << {FONTS} /T 30 0 R >>"
    sheet = extract(handwritten(drawing, resources=fonts, objects={30: font % "", 31: glyph}))
    assert sheet.text.endswith("\ufffd\ufffd\n")
    assert [(entry.text, entry.why) for entry in sheet.skipped] == [
        ("12", "in a font that does not say which characters it draws")
    ]
    # The same font, and a table that names its second glyph.
    table = (
        "<< >>",
        "begincmap 1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <32> <0037> endbfchar endcmap",
    )
    named = {30: font % "/ToUnicode 32 0 R", 31: glyph, 32: table}
    sheet = extract(handwritten(drawing, resources=fonts, objects=named))
    assert sheet.text.endswith("\ufffd7\n")
    assert [entry.text for entry in sheet.skipped] == ["1"]
