"""What a reader of a web page sees is read; what is not seen, or is no text, is left out and told."""

from __future__ import annotations

import pytest

from pipeline.sheets.extract import extract
from pipeline.sheets.extracted import SkippedText
from pipeline.sheets.formats import NotTextError

Left = tuple[str, str, int]


def read(source: str) -> tuple[str, list[Left]]:
    found = extract(f"<html><body>{source}".encode())
    return found.text, [(piece.text, piece.why, piece.at) for piece in found.skipped]


HIDDEN = {
    "display:none": ("hidden", "display:inline"),
    "DISPLAY : None": ("hidden", "display: block"),
    "d\\69splay:n\\6fne": ("hidden", "d\\69splay:inline"),
    "display/**/:/**/none": ("hidden", "/*display:none*/"),
    "visibility:hidden": ("hidden", "visibility:visible"),
    "visibility: collapse": ("hidden", "visibility: inherit"),
    "content-visibility:hidden": ("hidden", "content-visibility:auto"),
    "color:hwb(0 100% 0%)": ("in the color of its background", "color:hwb(0 0% 90%)"),
    "opacity:0": ("transparent", "opacity:0.8"),
    "opacity:0%": ("transparent", "opacity:100%"),
    "filter:opacity(0)": ("transparent", "filter:opacity(1)"),
    "color:transparent": ("transparent", "color:currentcolor"),
    "color:rgba(0,0,0,0)": ("transparent", "color:rgba(0,0,0,1)"),
    "-webkit-text-security:disc": ("masked", "-webkit-text-security:none"),
    "font-size:0": ("too small to read", "font-size:9px"),
    "font-size:1pt": ("too small to read", "font-size:6pt"),
    "font-size:.1em": ("too small to read", "font-size:.7em"),
    "font:0/0 a": ("too small to read", "font:italic 700 12px/30px Georgia, serif"),
    "color:white": ("in the color of its background", "color:white;background:black"),
    "color:#FEFEFE": ("in the color of its background", "color:#777"),
    "color:#fff": ("in the color of its background", "color:#fff;background-color:#036"),
    "color:rgb(255 255 255)": ("in the color of its background", "color:rgb(20,20,20)"),
    "color:hsl(0,0%,100%)": ("in the color of its background", "color:hsl(0,0%,10%)"),
    "background:#000": ("in the color of its background", "background:#eee"),
    "-webkit-text-fill-color:white": ("in the color of its background", "-webkit-text-fill-color:red"),
    "font-family:'Wingdings 2', serif": ("in a font of symbols", "font-family:'Segoe UI', Wingdings"),
    "font:12px Webdings": ("in a font of symbols", "font:12px Verdana"),
    "text-indent:-9999px": ("outside the page", "text-indent:-2em"),
    "position:absolute;left:-9999px": ("outside the page", "left:-9999px"),
    "position:absolute;left:calc(-9999px)": ("outside the page", "position:relative;left:calc(1px)"),
    "position:fixed;inset:-100vh 0 0 -100vw": ("outside the page", "position:relative;inset:0"),
    "margin-left:-200em": ("outside the page", "margin-left:-2px"),
    "transform:translateX(-1000px)": ("outside the page", "transform:translate(-50%,-50%)"),
    "transform:scale(0)": ("outside the page", "transform:scale(1)"),
    "position:absolute;clip:rect(0,0,0,0)": ("outside the page", "clip:rect(0,0,0,0)"),
    "clip-path:inset(50%)": ("outside the page", "clip-path:inset(1%)"),
    "height:0;overflow:hidden": ("outside the page", "height:0"),
    "width:1px;overflow:clip": ("outside the page", "width:90%;overflow:hidden"),
    "text-decoration:line-through": ("struck through", "text-decoration:underline"),
    "text-decoration-line:underline line-through": ("struck through", "text-decoration-line:none"),
    "direction:rtl;unicode-bidi:bidi-override": ("in reversed order", "direction:ltr;unicode-bidi:bidi-override"),
    "display:inline-flex;flex-direction:row-reverse": ("in reversed order", "display:inline-flex;flex-direction:row"),
    "order:2": ("in reversed order", "order:0"),
    "transform:scaleX(-1)": ("in reversed order", "transform:scaleX(1)"),
    "display:none!important;display:inline": ("hidden", "display:none;display:inline!important"),
}  # fmt: skip
"""How a style hides, why that is, and the twin that shows."""


@pytest.mark.parametrize("style", HIDDEN)
def test_what_a_style_hides_is_left_out_and_told_and_its_twin_is_read(style):
    why, twin = HIDDEN[style]
    for page in (
        '<p>In 2023 <span style="{}">not 48</span></p>',
        "<style>.x {{ {} }}</style><p>In 2023 <span class=x>not 48</span></p>",
    ):
        assert read(page.format(style)) == ("In 2023", [("not 48", why, 7)])
        text, left = read(page.format(twin))
        assert (text.split(), left) == (["In", "2023", "not", "48"], [])


DOUBTED = {
    "letter-spacing:-1em": ("set over other letters", "letter-spacing:-0.02em"),
    "word-spacing:-8px": ("set over other letters", "word-spacing:2px"),
    "clip-path:polygon(0 0,1px 0,0 1px)": ("cut off", "clip-path:none"),
    "display:inline-block;clip-path:inset(0 50% 0 0)": ("cut off", "clip-path:inset(0 2% 0 0)"),
    "display:inline-block;width:2ch;overflow:hidden": ("too small for what it holds", "display:inline-block;width:20em;overflow:hidden"),
    "display:block;height:.5em;overflow:hidden": ("too small for what it holds", "height:.5em"),
    "text-overflow:ellipsis": ("cut off", "text-overflow:clip"),
    "-webkit-line-clamp:0": ("cut off", "-webkit-line-clamp:2"),
    "contain:size;overflow:clip": ("cut off", "contain:layout"),
    "font-size-adjust:0": ("too small to read", "font-size-adjust:0.5"),
    "transform:scale(.1)": ("turned or too small to read", "transform:scale(.9)"),
    "transform:scaleY(-1)": ("turned or too small to read", "transform:scaleY(1.2)"),
    "transform:rotate(180deg)": ("turned or too small to read", "transform:rotate(-90deg)"),
    "transform:rotate(.5turn)": ("turned or too small to read", "transform:rotate(.01turn)"),
    "transform:rotate3d(1,0,0,90deg)": ("turned or too small to read", "transform:rotateX(0)"),
    "rotate:y 180deg": ("turned or too small to read", "rotate:3deg"),
    "transform:skew(90deg)": ("turned or too small to read", "transform:skewX(-12deg)"),
    "transform:matrix3d(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1)": ("turned or too small to read", "transform:matrix(1,0,0,1,0,0)"),
    "content:'12'": ("replaced by the style sheet", "content:normal"),
    "box-shadow:inset 0 0 0 99px #fff": ("covered or struck through", "box-shadow:0 0 2px #999"),
    "background:linear-gradient(transparent 45%,#000 55%)": ("covered or struck through", "display:block;background:linear-gradient(#eee,#fff)"),
    "filter:blur(20px)": ("in the color of its background", "filter:grayscale(1)"),
    "mix-blend-mode:screen": ("in the color of its background", "mix-blend-mode:multiply"),
    "animation:k 0s forwards": ("changed by an animation", "animation:none"),
    "offset-path:path('M-9999 0')": ("put elsewhere", "offset-path:none"),
    "z-index:-1": ("moved from its place", "z-index:1"),
    "float:right": ("moved from its place", "display:block;float:right"),
    "grid-column:1": ("moved from its place", "display:block;grid-column:1"),
    "position:relative;left:-2em": ("moved from its place", "position:relative;left:-1px"),
    "position:relative;top:3em": ("moved from its place", "position:relative;top:-.4em"),
    "margin-left:-3em": ("moved from its place", "margin-left:-1px"),
    "display:inline-block;transform:translateX(2em)": ("moved from its place", "transform:translateX(1px)"),
}  # fmt: skip
"""How a style may change what is seen, what that may be, and the twin that does not."""


@pytest.mark.parametrize("style", DOUBTED)
def test_what_a_style_may_change_is_read_and_told_and_its_twin_is_not_told(style):
    why, twin = DOUBTED[style]
    page = '<p>In 2023 <span style="{}">not 48</span></p>'
    text, left = read(page.format(style))
    assert (text.split(), left[0][:2]) == (
        ["In", "2023", "not", "48"],
        ("not 48", f"perhaps {why}"),
    )
    text, left = read(page.format(twin))
    assert (text.split(), left) == (["In", "2023", "not", "48"], [])


@pytest.mark.parametrize(
    ("hiding", "showing"),
    [
        ("<del>48</del>", "<ins>48</ins>"),
        ("<s>48</s>", "<u>48</u>"),
        ("<strike>48</strike>", "<del style='text-decoration:none'>48</del>"),
        ("<b hidden>48</b>", "<b aria-hidden=true>48</b>"),
        ("<b hidden=until-found>48</b>", "<b hidden style='display:inline'>48</b>"),
        ("<b popover>48</b>", "<b>48</b>"),
        ("<b class=sr-only>48</b>", "<style>.sr-only{color:red}</style><b class=sr-only>48</b>"),
        ("<dialog>48</dialog>", "<dialog open>48</dialog>"),
        ("<font color=white>48</font>", "<font color=navy>48</font>"),
        ("<font face=Webdings>48</font>", "<font face=Arial>48</font>"),
        ("<bdo dir=rtl>48</bdo>", "<bdi dir=rtl>48</bdi>"),
        ("<i style='opacity:.3'><b style='opacity:.3'>48</b></i>", "<i style='opacity:.6'><b style='opacity:.6'>48</b></i>"),
        ("<b style='background:currentColor'>48</b>", "<b style='border-color:currentColor'>48</b>"),
        ("<mark style='color:yellow'>48</mark>", "<mark>48</mark>"),
        ("<b style='position:absolute;right:9999px'>48</b>", "<b style='padding-right:9px'>48</b>"),
        ("<b style='padding-left:99999px'>48</b>", "<b style='padding-left:9px'>48</b>"),
        ("<style>@property --x{syntax:'*';initial-value:none}</style><b style='display:var(--x)'>48</b>", "<style>@property --x{syntax:'*';initial-value:inline}</style><b style='display:var(--x)'>48</b>"),
        ("<i style='opacity:0'><b style='opacity:1'>48</b></i>", "<i style='visibility:hidden'><b style='visibility:visible'>48</b></i>"),
        ("<i style='text-decoration:line-through'><b style='text-decoration:none'>48</b></i>", "<i style='font-size:0'><b style='font-size:9px'>48</b></i>"),
    ],
)  # fmt: skip
def test_tags_and_attributes_that_hide_and_their_twins(hiding, showing):
    text, left = read(f"<p>In 2023 {hiding}")
    assert (text, [(words, at) for words, _, at in left]) == ("In 2023", [("48", 7)])
    text, left = read(f"<p>In 2023 {showing}")
    assert (text.split(), left) == (["In", "2023", "48"], [])


@pytest.mark.parametrize(
    ("sheet", "hidden"),
    [
        ("span{display:none}", True),
        ("p span{display:none}", True),
        ("p>span,td{display:none}", True),
        ("div>span{display:none}", False),
        ("p.a span.b.c{display:none}", True),
        ("p.a span.b.d{display:none}", False),
        ("#one{display:none}", True),
        ("b+span{display:none}", True),
        ("b~span{display:none}", True),
        ("i~span{display:none}", False),
        ("[lang|=en]{display:none}", True),
        ("[data-x$='LE']{display:none}", True),
        ("[data-x=other]{display:none}", False),
        (":root span{display:none}", True),
        ("span:hover{display:none}", False),
        ("@media print{span{display:none}}", False),
        ("@media screen{span{display:none}}", True),
        ("@media (max-width:600px){span{display:none}}", False),
        ("@media screen and (min-width:600px){span{display:none}}", True),
        ("@layer base{span{display:none}}", True),
        ("span{display:none} @layer a{span{display:inline}}", True),
        ("span{display:inline} @layer a{span{display:none}}", False),
        ("@layer a,b; @layer b{span{display:none}} @layer a{span{display:inline}}", True),
        ("@layer b,a; @layer b{span{display:none}} @layer a{span{display:inline}}", False),
        ("@layer a{span{display:none!important}} span{display:inline!important}", True),
        ("span{display:none!important} @layer a{span{display:inline!important}}", False),
        ("p{color:red;span{display:none}}", True),
        ("span{display:none} span{display:inline}", False),
        ("#one{display:none} span{display:inline}", True),
        ("span{display:none!important} #one{display:inline}", True),
        (".\\62{display:none}", True),
        ("/* span{display:none} */", False),
        ("a{content:'}span{display:none}'}", False),
        ("<!-- span{display:none} -->", True),
        (":root{--d:none} span{display:var(--d)}", True),
        (":root{--d:inline} span{display:var(--d)}", False),
    ],
)
def test_the_documents_own_style_sheet_decides(sheet, hidden):
    page = f"<style>{sheet}</style><p class=a>In <b>2023</b> <span id=one class='b c' lang=en-US data-x=sample>48</span>"
    assert read(page) == (("In 2023", [("48", "hidden", 7)]) if hidden else ("In 2023 48", []))


@pytest.mark.parametrize(
    "sheet",
    [
        "span:nth-child(1){display:none}",
        "span:not(.x){visibility:hidden}",
        ":is(span){display:none}",
        "@media (orientation:portrait){span{display:none}}",
        "@supports (gap:1px){span{display:none}}",
        "span::first-letter{font-size:0}",
        "?!{display:none}",
    ],
)
def test_a_rule_that_cannot_be_judged_is_told_and_the_words_are_read(sheet):
    text, left = read(f"<style>{sheet}</style><p>In 2023 <span>48</span>")
    assert (text, [(words, at) for words, _, at in left][-1]) == ("In 2023 48", ("48", 7))
    assert {why.partition(" ")[0] for _, why, _ in left} == {"perhaps"}
    harmless = (
        sheet.replace("display:none", "color:red")
        .replace("visibility:hidden", "color:red")
        .replace("font-size:0", "color:red")
    )
    assert read(f"<style>{harmless}</style><p>In 2023 <span>48</span>") == ("In 2023 48", [])


@pytest.mark.parametrize(
    ("source", "text", "left"),
    [
        ("<svg><text>8,597</text></svg>", "", [("8,597", "part of a drawing", 0)]),
        ("<math><mn>8</mn></math>", "", [("8", "a formula", 0)]),
        ("<input value='8,597'>", "", [("8,597", "in a form field", 0)]),
        ("<input type=hidden value=7>", "", [("7", "hidden", 0)]),
        ("<input type=checkbox value=7>", "", []),
        ("<textarea>8 <b></textarea>", "", [("8 <b>", "in a form field", 0)]),
        ("<select><option>1<option>2</select>", "", [("1 2", "in a form field", 0)]),
        ("<img alt='8 reports'>", "", [("8 reports", "the description of a picture", 0)]),
        ("<b title='8 a year'></b>", "", [("8 a year", "a note that shows on pointing at it", 0)]),
        ("<b data-id=812 data-j='{\"a\": 1}' data-t='8 reports'></b>", "", [("8 reports", "data of the page", 0)]),
        ("<noscript><b>8</b></noscript>", "", [("8", "shown without scripts only", 0)]),
        ("<template>8</template>", "", [("8", "hidden", 0)]),
        ("<iframe srcdoc='<b>8</b>'></iframe>", "", [("8", "in a frame", 0)]),
        ("<object>8</object>", "", [("8", "shown without its object only", 0)]),
        ("<video>8</video>", "", [("8", "shown without its film only", 0)]),
        ("<ruby>a<rt>8</rt></ruby>", "a", [("8", "set above other words", 1)]),
        ("<style>b::before{content:'up to ' attr(data-n)}</style><b data-n=9>8</b>", "8", [("up to 9", "written by the style sheet", 0)]),
        ("<style>b:after{content:counter(x)}</style><b>8</b>", "8", [("counter()", "written by the style sheet", 1)]),
        ("<style>b:after{content:'00'}</style><b>8</b>", "8", [("00", "written by the style sheet", 1)]),
        ("<style>li::marker{content:'Not '}</style><li>8</li>", "8", [("Not", "written by the style sheet", 0)]),
        ("<b>8<i style='position:absolute;top:50%;border-top:1px solid'></i></b>", "8", [("a box", "laid over the text", 1)]),
        ("<style>b:after{content:'';position:absolute;inset:0;background:#fff}</style><b>8</b>", "8", [("a box", "laid over the text", 0)]),
        ("<b>8<i style='position:absolute;top:50%'></i></b>", "8", []),
        ("<style>b:after{content:'\\2014'}</style><b>8</b>", "8", []),
        ("<script>var a = 8</script><!-- 8 --><title>8</title><meta content=8><style>b{}</style>a", "a", []),
        ("<details><summary>a</summary>8</details>", "a\n\n8", []),
        ("<button>8</button><label>9</label>", "8\u20609", []),
    ],
)  # fmt: skip
def test_what_is_no_text_of_the_page_is_left_out_and_told(source, text, left):
    # The word behind keeps the page from being empty.
    assert read(f"{source}<p>z") == (f"{text}\n\nz".strip(), left)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("8,<wbr>597", "8,597"),
        ("<b>8</b>,597", "8,597"),
        ("8<b>,</b>597", "8,597"),
        ("8<span>5</span>97", "8597"),
        ("8<!-- -->597", "8597"),
        ("85<b>97</b>", "85\u206097"),
        ("85<span class=note>1</span>", "85\u20601"),
        ("85<span style='color:red'>1</span>", "85\u20601"),
        ("85<a href='#n'>1</a>", "85\u20601"),
        ("36<b>.2</b> million", "36\u2060.2 million"),
        ("8&nbsp;<b>597</b>", "8\u00a0\u2060597"),
        ("8<img src=a>597", "8\u2060597"),
        ("8<img src=a>,597", "8\u2060,597"),
        ("8<b hidden>1</b>597", "8597"),
        ("In <b>2023</b>, 8", "In 2023, 8"),
        ("199<sup>1</sup> cases", "199\u00b9 cases"),
        ("199<sup><a href='#n'>12</a></sup>", "199\u00b9\u00b2"),
        ("199<span style='vertical-align:super'>1</span>", "199\u00b9"),
        ("199<span style='vertical-align:4px'>1</span>", "199\u00b9"),
        ("H<sub>2</sub>O", "H\u2082O"),
        ("4<font size=1>9</font>", "4\u20609"),
        ("4<font>9</font>", "49"),
        ("199<sup>a</sup> cases", "199\u2060a cases"),
        ("199<sup>*</sup> cases", "199\u2060* cases"),
        ("March 1<sup>st</sup>, 2<SUP>ND</SUP>", "March 1st, 2ND"),
        ("199<sup>st</sup>at", "199st\u2060at"),
        ("law en&shy;forcement", "law en\u00adforcement"),
        ("&#56;&#x2c;597&amp;c &zz;", "8,597&c &zz;"),
    ],
)
def test_digits_join_where_they_look_alike_or_a_comma_parts_them(source, text):
    text_read, left = read(f"<p>{source}</p>")
    assert text_read == text
    assert [words for words, _, _ in left] == (["1"] if "hidden" in source else [])


@pytest.mark.parametrize(
    ("source", "text", "left"),
    [
        ("<p><del>48<p>49", "49", [("48", "struck through", 0)]),
        ("<p><s>48<p>49</s> 50", "50", [("48 49", "struck through", 0)]),
        ("<b style='display:none'><p>48</b>49</p>", "49", [("48", "hidden", 0)]),
        ("<div><span hidden>48<p></span>49</p></span></div>50", "50", [("48 49", "hidden", 0)]),
        ("<p><span hidden>48<div>49</div>", "49", [("48", "hidden", 0)]),
        ("<ul><li hidden>48<li>49</ul>", "49", [("48", "hidden", 0)]),
        ("<table><tr><td hidden>48<td>49<tr><td>50</table>", "49\n50", [("48", "hidden", 0)]),
        ("<table><td><s>48</table>49", "49", [("48", "struck through", 0)]),
        ("<span hidden/>48</span>49", "49", [("48", "hidden", 0)]),
        ("<svg/>49", "49", []),
        ("<svg><p>49", "49", []),
        ("<svg><title>48</title><g>47</svg>49", "49", [("48 47", "part of a drawing", 0)]),
        ("a<!-->49<!--->50", "a4950", []),
        ("a<!-- --!>49", "a49", []),
        ("a<![CDATA[48]]>49", "a49", []),
        ("a<!--[if IE]>48<![endif]--><![if !IE]>49<![endif]>", "a49", []),
        ("a<? 48 >49</ 50>", "a49", []),
        ("<xmp>4 <b></xmp>9", "4 <b>\n\n9", []),
        ("a<plaintext>49 <b>", "a\n\n49 <b>", []),
        ("a<script>48</scripty></script>49", "a49", []),
        ("a<script><!--<script></script>48--></script>49", "a49", []),
        ("a<script>48 cases", "a", [("48 cases", "in a script without end", 1)]),
        ("a<!-- 48 cases", "a", [("48 cases", "in a tag or comment without end", 1)]),
        ("a<b title='48 cases>", "a", [("<b title='48 cases>", "in a tag or comment without end", 1)]),
        ("a<b>49</b><i title='48'><b title='47 <i> cases>", "a49", [("48", "a note that shows on pointing at it", 3), ("<b title='47 <i> cases>", "in a tag or comment without end", 3)]),
        ("a<!doctype 48", "a", [("<!doctype 48", "in a tag or comment without end", 1)]),
        ("a<frameset>48", "a48", []),
        ("a<tr hidden>48<td hidden>49", "a4849", []),
        ("a < 5 and 4 > 3 <3", "a < 5 and 4 > 3 <3", []),
        ("<p title=a title='48'>49", "49", [("a", "a note that shows on pointing at it", 0)]),
        ("<pre>4\n9</pre>", "4\n9", []),
        ("<table><tr><td>Family<br>cases<td>49</table>", "Family cases\t49", []),
        ("<table><tr><td>a<td><table><tr><td>1<td>2</table></table>z", "a\n1\t2\n\nz", []),
        ("<div style='display:table-row'><i style='display:table-cell'>a</i><i style='display:table-cell'>4</i></div>z", "a\t4\nz", []),
        ("<p>4<span style='position:absolute'>9</span>", "4\n\n9", []),
    ],
)  # fmt: skip
def test_broken_markup_hides_what_a_browser_hides(source, text, left):
    assert read(source) == (text, left)


def test_what_is_left_out_is_told_in_pieces_that_lose_no_number():
    words = "word " * 60 + "48 cases"
    pieces = read(f"<p>a<del>{words}</del>")[1]
    assert [len(words) <= 200 for words, _, _ in pieces] == [True, True]
    assert " ".join(piece for piece, _, _ in pieces) == words
    assert read("<p>a<del> - </del>") == ("a", [])


def test_content_between_paragraphs_stands_in_neither():
    text, left = read("<p>One.</p><p hidden>48</p><p>Two.</p>")
    assert text == "One.\n\nTwo."
    assert left == [("48", "hidden", 5)]
    assert extract(b"<html><p>One.<p hidden>48").skipped == (SkippedText("48", "hidden", 4),)


def test_xhtml_is_read_as_such():
    source = '<?xml version="1.0"?><html xmlns="a"><script src="a"/><body><span hidden="" />8<p title="a&gt;b"/><![CDATA[ & 9]]></body></html>'
    found = extract(source.encode())
    assert found.text == "8\n\n& 9"
    assert [piece.text for piece in found.skipped] == ["a>b"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<style>" + "p{color:red}" * 3000 + "</style>" + "<p>a" * 300, "has a style sheet too large to apply; save it as PDF or text"),
        ("a<p hidden>" + "b" * 300_000, "holds more than 262,144 characters that no reader sees; it is no sheet"),
    ],
)  # fmt: skip
def test_a_page_that_costs_too_much_is_refused(source, reason):
    with pytest.raises(NotTextError) as refused:
        read(source)
    assert str(refused.value) == reason


@pytest.mark.parametrize(
    "page", ["<b><div>" * 3000 + "</b>" * 3000, "<a><div>" * 5000, "<b><p>" * 9000]
)
def test_a_page_whose_tags_cross_each_other_without_end_is_read(page):
    assert read(f"In 2023{page}48") == ("In 2023\n\n48", [])


@pytest.mark.parametrize("piece", ["a{", ":not(", "/*", "(", "\\", "a,", "--a:var(--a)", "@media(", "[a", "'", "a{transform:translate(", "@media a and ", "var(--a"])  # fmt: skip
def test_a_style_sheet_of_unfinished_rules_ends(piece):
    assert read(f"<style>{piece * 2000}</style><p>In 2023")[0] == "In 2023"
