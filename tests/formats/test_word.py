"""What a reader of an office document's pages sees is read; the rest is left out and told."""

from __future__ import annotations

import pytest

from pipeline.sheets.extract import extract
from pipeline.sheets.formats import NotTextError
from tests.formats.typesetting import zipped

NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
Left = tuple[str, str, int]


def part(tag: str, content: str) -> bytes:
    return f"<w:{tag} {NAMESPACES}>{content}</w:{tag}>".encode()


def references(**targets: str) -> bytes:
    tags = "".join(
        f"<Relationship Id='{name}' Target='{target}'/>" for name, target in targets.items()
    )
    return f"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>{tags}</Relationships>".encode()


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{words}</w:t></w:r>"


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def read(body: str, parts: dict[str, bytes] | None = None) -> tuple[str, list[Left]]:
    document = {"word/document.xml": part("document", f"<w:body>{body}</w:body>"), **(parts or {})}
    found = extract(zipped(document))
    return found.text, [(piece.text, piece.why, piece.at) for piece in found.skipped]


HIDDEN = {
    "<w:vanish/>": ("hidden", "<w:vanish w:val='0'/>"),
    "<w:vanish w:val='true'/><w:specVanish/>": ("hidden", "<w:vanish w:val='false'/>"),
    "<w:strike/>": ("struck through", "<w:strike w:val='off'/>"),
    "<w:dstrike/>": ("struck through", "<w:u w:val='single'/>"),
    "<w:color w:val='FFFFFF'/>": ("in the color of its background", "<w:color w:val='FFFFFF'/><w:shd w:val='clear' w:fill='003366'/>"),
    "<w:color w:val='fefefe'/>": ("in the color of its background", "<w:color w:val='FEFEFE'/><w:highlight w:val='darkBlue'/>"),
    "<w:color w:val='000000' w:themeColor='background1'/>": ("in the color of its background", "<w:color w:val='808080' w:themeColor='background1' w:themeShade='80'/>"),
    "<w:color w:val='000000'/><w:shd w:val='solid' w:color='000000' w:fill='FFFFFF'/>": ("in the color of its background", "<w:color w:val='auto'/><w:shd w:val='clear' w:fill='000000'/>"),
    "<w14:textFill><w14:noFill/></w14:textFill>": ("transparent", "<w14:textFill><w14:solidFill><w14:srgbClr w14:val='FF0000'/></w14:solidFill></w14:textFill>"),
    "<w:sz w:val='2'/>": ("too small to read", "<w:sz w:val='14'/>"),
    "<w:w w:val='1'/>": ("too small to read", "<w:w w:val='80'/>"),
    "<w:rFonts w:ascii='Wingdings 2'/>": ("in a font of symbols", "<w:rFonts w:ascii='Arial'/>"),
    "<w:rFonts w:ascii='Marlett'/>": ("in a font of symbols", "<w:rFonts w:ascii='Symbol'/>"),
    "<w:rFonts w:cs='Wingdings'/>": ("in a font of symbols", "<w:rFonts w:cs='Arial'/>"),
    "<w:fitText w:val='1'/>": ("too small to read", "<w:fitText w:val='2000'/>"),
    "<w:shd w:val='pct95' w:color='000000' w:fill='FFFFFF'/><w:color w:val='000000'/>": ("in the color of its background", "<w:shd w:val='pct10' w:color='000000' w:fill='FFFFFF'/><w:color w:val='000000'/>"),
    "<w14:textFill><w14:solidFill><w14:schemeClr w14:val='bg1'/></w14:solidFill></w14:textFill>": ("in the color of its background", "<w14:textFill><w14:solidFill><w14:schemeClr w14:val='tx1'/></w14:solidFill></w14:textFill>"),
}  # fmt: skip
"""How a property hides a run, why that is, and the twin that shows."""


@pytest.mark.parametrize("properties", HIDDEN)
def test_what_a_property_hides_is_left_out_and_told_and_its_twin_is_read(properties):
    why, twin = HIDDEN[properties]
    for kind in ("direct", "character", "paragraph", "default", "based on"):
        assert styled(kind, properties) == ("In 2023", [("not 48", why, 7)]), kind
        assert styled(kind, twin) == ("In 2023 not 48", []), kind


def styled(kind: str, properties: str) -> tuple[str, list[Left]]:
    """A document whose last words have properties of their own or of a style."""
    plain = "<w:vanish w:val='0'/><w:strike w:val='0'/><w:dstrike w:val='0'/><w:color w:val='111111'/><w:shd w:val='clear' w:fill='FFFFFF'/><w:sz w:val='22'/><w:w w:val='100'/><w:fitText w:val='0'/><w:rFonts w:ascii='Times'/><w14:textFill><w14:solidFill><w14:srgbClr w14:val='000000'/></w14:solidFill></w14:textFill>"
    if kind == "direct":
        return read(paragraph(run("In 2023 "), run("not 48", properties)))
    style = f"<w:rPr>{properties}</w:rPr>"
    sheets = {
        "character": f"<w:style w:type='character' w:styleId='X'>{style}</w:style>",
        "paragraph": f"<w:style w:type='paragraph' w:styleId='P'>{style}</w:style>",
        "default": f"<w:docDefaults><w:rPrDefault>{style}</w:rPrDefault></w:docDefaults>",
        "based on": f"<w:style w:type='character' w:styleId='X'><w:basedOn w:val='Y'/></w:style><w:style w:type='character' w:styleId='Y'><w:basedOn w:val='X'/>{style}</w:style>",
    }
    own = "<w:rStyle w:val='X'/>" if kind in ("character", "based on") else ""
    of_paragraph = "<w:pPr><w:pStyle w:val='P'/></w:pPr>" if kind == "paragraph" else ""
    body = paragraph(of_paragraph, run("In 2023 ", plain if not own else ""), run("not 48", own))
    return read(body, {"word/styles.xml": part("styles", sheets[kind])})


def test_a_toggle_of_two_styles_is_off_as_word_has_it():
    sheets = "".join(
        f"<w:style w:type='{kind}' w:styleId='{name}'><w:rPr><w:vanish/></w:rPr></w:style>"
        for kind, name in (("paragraph", "P"), ("character", "X"))
    )
    body = paragraph(
        "<w:pPr><w:pStyle w:val='P'/></w:pPr>", run("48", "<w:rStyle w:val='X'/>"), run("49")
    )
    text, left = read(body, {"word/styles.xml": part("styles", sheets)})
    assert (text, left) == ("48", [("49", "hidden", 2)])


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ("", "491 cases"),
        ("<w:lang w:val='en-US'/><w:noProof/>", "491 cases"),
        ("<w:vertAlign w:val='superscript'/>", "49\u00b9 cases"),
        ("<w:vertAlign w:val='subscript'/>", "49\u2081 cases"),
        ("<w:position w:val='6'/>", "49\u00b9 cases"),
        ("<w:position w:val='-6'/>", "49\u2081 cases"),
        ("<w:rStyle w:val='Mark'/>", "49\u00b9 cases"),
        ("<w:b/>", "49\u20601 cases"),
        ("<w:color w:val='FF0000'/>", "49\u20601 cases"),
        ("<w:sz w:val='12'/>", "49\u20601 cases"),
        ("<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>", "491 cases"),
    ],
)
def test_digits_of_another_look_never_join(properties, text):
    sheet = "<w:style w:type='character' w:styleId='Mark'><w:rPr><w:vertAlign w:val='superscript'/></w:rPr></w:style>"
    body = paragraph(run("49"), run("1", properties), run(" cases"))
    assert read(body, {"word/styles.xml": part("styles", sheet)}) == (text, [])


def test_a_comma_of_another_look_joins_and_an_ordinal_stays_one():
    assert read(paragraph(run("8", "<w:b/>"), run(",597"))) == ("8,597", [])
    assert read(paragraph(run("8"), run(".597", "<w:b/>"))) == ("8\u2060.597", [])
    raised = "<w:vertAlign w:val='superscript'/>"
    assert read(paragraph(run("March 1"), run("st", raised))) == ("March 1st", [])
    assert read(paragraph(run("199"), run("a", raised))) == ("199\u2060a", [])


@pytest.mark.parametrize(
    ("properties", "twin"),
    [
        ("<w:framePr w:h='10' w:hRule='exact'/>", "<w:framePr w:h='10' w:hRule='atLeast'/>"),
        ("<w:ind w:hanging='20000'/>", "<w:ind w:hanging='360'/>"),
        (
            "<w:spacing w:line='20' w:lineRule='exact'/>",
            "<w:spacing w:line='240' w:lineRule='exact'/>",
        ),
    ],
)
def test_a_paragraph_that_has_no_room_is_not_seen(properties, twin):
    assert (
        read(paragraph(f"<w:pPr>{properties}</w:pPr>", run("48")) + paragraph(run("z")))[0] == "z"
    )
    assert read(paragraph(f"<w:pPr>{twin}</w:pPr>", run("48"))) == ("48", [])


def test_letters_set_over_each_other_are_told():
    close = read(paragraph(run("48", "<w:spacing w:val='-200'/>")))
    assert close == ("48", [("48", "perhaps set over other letters", 0)])
    assert read(paragraph(run("48", "<w:spacing w:val='-4'/>"))) == ("48", [])


FIELD = "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>{}</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r>{}<w:r><w:fldChar w:fldCharType='end'/></w:r>"
BOX = "<w:txbxContent><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:txbxContent>"
VERSIONS = "<w:r><mc:AlternateContent><mc:Choice Requires='{}'>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></w:r>"


@pytest.mark.parametrize(
    ("inner", "text", "left"),
    [
        (f"<w:ins>{run('48')}</w:ins>", "a 48", [("48", "inserted in a tracked change", 1)]),
        ("<w:del><w:r><w:delText>48</w:delText></w:r></w:del>", "a", [("48", "deleted in a tracked change", 1)]),
        (f"<w:moveFrom>{run('48')}</w:moveFrom>", "a", [("48", "moved away in a tracked change", 1)]),
        (f"<w:moveTo>{run('48')}</w:moveTo>", "a 48", [("48", "moved here in a tracked change", 1)]),
        (FIELD.format(" PAGE ", run("48")), "a", []),
        (FIELD.format(" SUM(ABOVE) ", run("48")), "a 48", []),
        (FIELD.format(" SUM(ABOVE) ", run("48")).replace("'begin'", "'begin' w:dirty='true'"), "a 48", [("48", "calculated anew when it is opened", 1)]),
        (FIELD.format(" EQ \\s\\up8(1) ", ""), "a", [("\\s\\up8(1)", "a formula", 1)]),
        (FIELD.format(" SYMBOL 49 ", ""), "a", [("49", "a formula", 1)]),
        (FIELD.format(" REF 49 ", run("48")), "a 48", []),
        ("<w:r><w:drawing><wp:anchor behindDoc='0'><wp:wrapNone/></wp:anchor></w:drawing></w:r>", "a", [("a picture", "laid over the text", 1)]),
        ("<w:r><w:drawing><wp:anchor behindDoc='1'><wp:wrapNone/></wp:anchor></w:drawing></w:r>", "a", []),
        ("<w:r><w:drawing><wp:anchor behindDoc='0'><wp:wrapSquare/></wp:anchor></w:drawing></w:r>", "a", []),
        ("<w:r><w:pict><v:line style='position:absolute;z-index:1'/></w:pict></w:r>", "a", [("a picture", "laid over the text", 1)]),
        ("<w:r><w:pict><v:shape style='width:9pt'/></w:pict></w:r>", "a", []),
        (FIELD.format(" DATE ", run("48")), "a", [("48", "a date that changes with the day", 1)]),
        (FIELD.format(run("48"), run("49")).replace("<w:instrText><w:r>", "<w:t/></w:r><w:r>").replace("</w:instrText></w:r>", ""), "a 49", [("48", "in the code of a field", 1)]),
        (f"<w:fldSimple w:instr='NUMPAGES'>{run('48')}</w:fldSimple>", "a", []),
        (f"<w:fldSimple w:instr='REF x'>{run('48')}</w:fldSimple>", "a 48", []),
        ("<m:oMath><m:r><m:t>48</m:t></m:r></m:oMath>", "a", [("48", "a formula", 1)]),
        ("<w:bdo w:val='rtl'>" + run("48") + "</w:bdo>", "a", [("48", "in reversed order", 1)]),
        ("<w:bdo w:val='ltr'>" + run("48") + "</w:bdo>", "a 48", []),
        ("<w:r><w:sym w:font='Wingdings' w:char='F084'/></w:r>", "a", [("4", "a symbol", 1)]),
        ("<w:r><w:sym w:font='Wingdings' w:char='F0FC'/></w:r>", "a", []),
        ("<w:r><w:sym w:font='Symbol' w:char='F038'/></w:r>", "a", [("8", "a symbol", 1)]),
        ("<w:r><w:sym w:font='Symbol' w:char='none'/></w:r>", "a", []),
        (run("48", "<w:shd w:val='pctnan' w:color='FF0000'/>"), "a 48", []),
        ("<w:r><w:ruby><w:rt>" + run("48") + "</w:rt><w:rubyBase>" + run("b") + "</w:rubyBase></w:ruby></w:r>", "a b", [("48", "set above other words", 1)]),
        ("<w:r><w:drawing><wp:docPr name='Picture 1' descr='48 cases'/></w:drawing></w:r>", "a", [("48 cases", "the description of a picture", 1)]),
        ("<w:r><w:drawing><a:p><a:t>48</a:t></a:p></w:drawing></w:r>", "a", [("48", "part of a drawing", 1)]),
        ("<w:r><w:pict><v:textpath string='48'/></w:pict></w:r>", "a", [("48", "part of a drawing", 1)]),
        (VERSIONS.format("wps", BOX.format("48"), BOX.format("48")), "a", [("48", "in a text box", 1)]),
        (VERSIONS.format("wps", BOX.format("48"), BOX.format("49")), "a", [("48", "in a text box", 1), ("49", "for old programs only", 1)]),
        (VERSIONS.format("none", "<w:t>48</w:t>", "<w:t>49</w:t>"), "a 49", [("48", "for other programs only", 1)]),
        (run("48", "<w:webHidden/>"), "a 48", [("48", "hidden where it is shown as a web page", 1)]),
        ("<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>" + run("48") + "</w:sdtContent></w:sdt>", "a", [("48", "a prompt of a form field", 1)]),
        ("<w:sdt><w:sdtPr><w:rPr><w:vanish/></w:rPr></w:sdtPr><w:sdtContent>" + run("48") + "</w:sdtContent></w:sdt>", "a 48", []),
        ("<w:sdt><w:sdtPr><w:dataBinding/></w:sdtPr><w:sdtContent>" + run("48") + "</w:sdtContent></w:sdt>", "a 48", [("48", "perhaps replaced by the document's data", 1)]),
        ("<w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:listEntry w:val='48'/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>", "a", [("48", "in a form field", 1)]),
        (f"<w:smartTag><w:hyperlink>{run('48')}</w:hyperlink></w:smartTag>", "a 48", []),
        ("<w:r><w:t>4</w:t><w:softHyphen/><w:noBreakHyphen/><w:t>8</w:t><w:ptab/><w:t>9</w:t><w:cr/></w:r>", "a 4\u00ad\u20118\t9", []),
    ],
)  # fmt: skip
def test_what_stands_beside_plain_runs(inner, text, left):
    assert read(paragraph(run("a "), inner)) == (text, left)


@pytest.mark.parametrize("between", ["<w:r><w:drawing/></w:r>", FIELD.format("PAGE", run("3")), "<w:r><w:sym w:font='Wingdings' w:char='F0FC'/></w:r>"])  # fmt: skip
def test_digits_around_something_else_do_not_join(between):
    assert read(paragraph(run("8"), between, run("597")))[0] == "8\u2060597"
    assert read(paragraph(run("8"), "<w:proofErr/><w:bookmarkStart/>", run("597")))[0] == "8597"


def row(*cells: str, properties: str = "", of_cell: str = "") -> str:
    inner = "".join(
        f"<w:tc><w:tcPr>{of_cell}</w:tcPr>{paragraph(run(words))}</w:tc>" for words in cells
    )
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


@pytest.mark.parametrize(
    ("second", "text", "left"),
    [
        (row("b", "48"), "a\t45\nb\t48\n\nz", []),
        (row("b", "48", properties="<w:hidden/>"), "a\t45\n\nz", [("b 48", "hidden", 5)]),
        (row("b", "48", properties="<w:hidden w:val='0'/>"), "a\t45\nb\t48\n\nz", []),
        (row("b", "48", properties="<w:del/>"), "a\t45\n\nz", [("b 48", "deleted in a tracked change", 5)]),
        (row("b", of_cell="<w:vMerge/>"), "a\t45\n\nz", [("b", "in a cell that is merged with another", 5)]),
        (row("b", of_cell="<w:vMerge w:val='restart'/>"), "a\t45\nb\n\nz", []),
    ],
)  # fmt: skip
def test_rows_and_cells_that_are_not_seen(second, text, left):
    table = f"<w:tbl>{row('a', '45')}{second}</w:tbl>"
    assert read(table + paragraph(run("z"))) == (text, left)


def test_white_words_on_a_filled_cell_are_read_and_under_a_tables_style_told():
    white = paragraph(run("48", "<w:color w:val='FFFFFF'/>"))
    filled = (
        f"<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill='003366'/></w:tcPr>{white}</w:tc></w:tr></w:tbl>"
    )
    assert read(filled) == ("48", [])
    styled = filled.replace("<w:shd w:fill='003366'/>", "").replace(
        "<w:tbl>", "<w:tbl><w:tblPr><w:tblStyle w:val='T'/></w:tblPr>"
    )
    assert read(styled) == ("48", [("48", "perhaps in the color of its background", 0)])


WHITE = "<w:rPr><w:color w:val='FFFFFF'/></w:rPr>"
FILLED = "<w:tcPr><w:shd w:fill='003366'/></w:tcPr>"


@pytest.mark.parametrize(
    ("style", "why", "twin"),
    [
        ("<w:rPr><w:vanish/></w:rPr>", "hidden", "<w:rPr><w:vanish w:val='0'/></w:rPr>"),
        ("<w:rPr><w:strike/></w:rPr>", "struck through", "<w:rPr><w:b/></w:rPr>"),
        (WHITE, "in the color of its background", WHITE + FILLED),
    ],
)
@pytest.mark.parametrize(
    "part_of_table", ["{}", "<w:tblStylePr w:type='firstRow'>{}</w:tblStylePr>"]
)
@pytest.mark.parametrize("kind", ["named", "based on", "default"])
def test_what_a_tables_style_may_hide_is_told_and_its_twin_is_not(
    kind, part_of_table, style, why, twin
):
    head = {
        "named": "<w:style w:type='table' w:styleId='T'>{}</w:style>",
        "based on": "<w:style w:styleId='T'><w:basedOn w:val='U'/></w:style><w:style w:styleId='U'>{}</w:style>",
        "default": "<w:style w:type='table' w:default='1' w:styleId='T'>{}</w:style>",
    }[kind]
    own = "" if kind == "default" else "<w:tblStyle w:val='T'/>"
    body = f"<w:tbl><w:tblPr>{own}</w:tblPr>{row('48')}</w:tbl>"

    def told(properties):
        sheet = head.format(part_of_table.format(properties))
        return read(body, {"word/styles.xml": part("styles", sheet)})

    assert told(style) == ("48", [("48", f"perhaps {why}", 0)])
    assert told(twin) == ("48", [])


NOTES = "<w:footnote w:type='separator' w:id='0'>{}</w:footnote>".format(paragraph(run("7")))
NOTE = (
    "<w:footnote w:id='{}'><w:p>{}<w:r><w:t xml:space='preserve'> {}</w:t></w:r></w:p></w:footnote>"
)


def test_notes_stand_at_the_end_behind_their_marks():
    body = paragraph(run("49"), "<w:r><w:footnoteReference w:id='2'/></w:r>", run(" cases."))
    notes = (
        NOTES
        + NOTE.format(2, "<w:r><w:footnoteRef/></w:r>", "Of 2023.")
        + NOTE.format(3, "", "Lost 8.")
    )
    text, left = read(body, {"word/footnotes.xml": part("footnotes", notes)})
    assert text == "49\u00b9 cases.\n\n\u00b9 Of 2023."
    assert left == [("Lost 8.", "a note that nothing refers to", 22)]


def test_a_notes_own_mark_is_no_digit_of_the_figure():
    mark = "<w:r><w:footnoteReference w:customMarkFollows='1' w:id='2'/><w:t>1</w:t></w:r>"
    notes = NOTE.format(2, run("1", "<w:vertAlign w:val='superscript'/>"), "Of 2023.")
    parts = {"word/footnotes.xml": part("footnotes", notes)}
    assert read(paragraph(run("49"), mark, run(" cases.")), parts) == (
        "49\u00b9 cases.\n\n\u00b9 Of 2023.",
        [],
    )


def test_a_note_to_hidden_words_is_hidden():
    mark = "<w:r><w:rPr><w:vanish/></w:rPr><w:footnoteReference w:id='2'/></w:r>"
    parts = {"word/footnotes.xml": part("footnotes", NOTE.format(2, "", "Of 2023."))}
    assert read(paragraph(run("49"), mark), parts) == (
        "49",
        [("1", "hidden", 2), ("Of 2023.", "hidden", 2)],
    )


@pytest.mark.parametrize(
    ("kind", "also", "settings", "text"),
    [
        ("default", "", "", "In 2023\n\nPrinted in 1999"),
        ("first", "", "", "In 2023"),
        ("first", "<w:titlePg/>", "", "In 2023\n\nPrinted in 1999"),
        ("even", "", "", "In 2023"),
        ("even", "", "<w:evenAndOddHeaders/>", "In 2023\n\nPrinted in 1999"),
        (None, "", "", "In 2023"),
    ],
)
def test_headers_that_pages_have_stand_at_the_end_once(kind, also, settings, text):
    section = (
        f"<w:headerReference w:type='{kind}' r:id='h'/><w:footerReference w:type='{kind}' r:id='f'/>"
        if kind
        else ""
    )
    parts = {
        "word/_rels/document.xml.rels": references(h="header1.xml", f="/word/footer1.xml"),
        "word/header1.xml": part("hdr", paragraph(run("Printed in 1999"))),
        "word/footer1.xml": part("ftr", paragraph(run("Printed in 1999"))),
        "word/settings.xml": part("settings", settings),
    }
    found, left = read(f"{paragraph(run('In 2023'))}<w:sectPr>{section}{also}</w:sectPr>", parts)
    assert found == text
    hidden = ("Printed in 1999 Printed in 1999", "in a header or footer that no page has", 7)
    assert left == ([] if "1999" in text else [hidden])


def test_words_of_other_parts_are_told_where_they_stand():
    body = paragraph(run("In 2023"), "<w:r><w:drawing><c:chart r:id='c'/></w:drawing></w:r>")
    body += paragraph(
        "<w:r><w:drawing><d:relIds xmlns:d='http://schemas.openxmlformats.org/drawingml/2006/diagram' r:dm='s'/></w:drawing></w:r>"
    )
    body += "<w:altChunk r:id='w'/><w:altChunk r:id='t'/>" + paragraph(run("End"))
    parts = {
        "word/_rels/document.xml.rels": references(
            c="charts/chart1.xml", s="diagrams/data1.xml", w="a.html", t="b.txt"
        ),
        "word/charts/chart1.xml": b"<c:v xmlns:c='urn:c'>48</c:v>",
        "word/diagrams/data1.xml": b"<d:t xmlns:d='urn:d'>53</d:t>",
        "word/a.html": b"<html><p>49 <b>reports",
        "word/b.txt": b"50 files",
        "word/comments.xml": part("comments", f"<w:comment>{paragraph(run('51?'))}</w:comment>"),
        "word/numbering.xml": part(
            "numbering", "<w:lvlText w:val='%1.'/><w:lvlText w:val='52 %1'/>"
        ),
    }
    text, left = read(body, parts)
    assert text == "In 2023\n\nEnd"
    assert [(words, why) for words, why, _ in left] == [
        ("48", "part of a chart"),
        ("53", "part of a drawing"),
        ("49 reports50 files", "an inserted file"),
        ("51?", "a comment"),
        ("52", "written by the numbering of a list"),
    ]


def test_the_document_is_the_part_that_the_archive_names():
    parts = {
        "_rels/.rels": b"<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>"
        b"<Relationship Id='a' Type='x/officeDocument' Target='word/document2.xml'/></Relationships>",
        "word/document2.xml": part("document", f"<w:body>{paragraph(run('49'))}</w:body>"),
    }
    assert read(paragraph(run("48")), parts)[0] == "49"
    del parts["_rels/.rels"]
    assert read(paragraph(run("48")), parts)[0] == "48"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_declarations_are_refused_in_every_encoding(encoding):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY e "48">]><a>&e;</a>'
    with pytest.raises(NotTextError) as refused:
        extract(zipped({"word/document.xml": bomb.encode(encoding)}))
    assert (
        str(refused.value)
        == "declares entities in word/document.xml, as no office program does; do not open it"
    )


@pytest.mark.parametrize("tag", ["w:p", "w:tbl><w:tr><w:tc", "w:sdt><w:sdtContent", "w:ins", "mc:AlternateContent><mc:Choice Requires='w14'"])  # fmt: skip
def test_nesting_costs_nothing(tag):
    names = [name.split()[0] for name in reversed(tag.replace("<", "").split(">"))]
    closed = "".join(f"</{name}>" for name in names)
    assert read(f"<{tag}>" * 5000 + paragraph(run("In 2023")) + closed * 5000)[0] == "In 2023"


@pytest.mark.parametrize("tag", ["w:rPr", "w:pPr", "w:sdtPr", "w:trPr", "w:tcPr", "w:sectPr", "w:fldSimple", "w:del", "mc:Fallback", "w:rPrChange"])  # fmt: skip
def test_elements_where_they_do_not_belong_do_no_harm(tag):
    inner = f"<w:tbl><w:tr><w:tc>{paragraph(run('48'))}</w:tc></w:tr></w:tbl><w:sdt/><w:tab/>"
    assert read(f"<{tag}>{inner}</{tag}>{paragraph(run('In 2023'))}")[0].endswith("In 2023")
