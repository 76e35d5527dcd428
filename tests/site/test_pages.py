"""What a reader sees: every figure as printed with its caveats, on pages that lead everywhere."""

from __future__ import annotations

import itertools
import json
import re

import html5lib.html5parser
import pytest

from pipeline.build import build
from pipeline.catalog.load import default_catalog
from pipeline.model import NATION
from pipeline.site.text import pieces, visible
from tests.building import VERSION, ask
from tests.readers import BOUND, CEILING, NONE, QUARANTINED
from tests.sheets_factory import render, write_sheet
from tests.site.reading import (
    broken,
    dataset,
    links,
    made,
    parsed,
    text_of,
    with_class,
    with_id,
    words_of,
)

REPORTS = "cybertipline_reports_to_law_enforcement"
HOSTILE = "<script>alert(document)</script> [x](javascript:alert(document)) &amp; </div> <!-- "


@pytest.fixture(scope="module")
def real(built_warehouse):
    return made(built_warehouse)


@pytest.fixture(scope="module")
def misleading(two_years):
    return made(two_years, url="https://data.example.org/ncmec/", withdrawn="It was wrong.")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    text = render("US-KY", 2023) + f"\n\n{HOSTILE}\n"
    write_sheet(folder / "raw/2023/a<b>&\"'\u202e.txt", text)
    quarantined = render("US-IA", 2023) + f"\n\n{HOSTILE} 7 <b>\n"
    write_sheet(folder / "raw/2023/iowa.txt", quarantined)
    build(folder / "raw", folder / "warehouse", version=VERSION)
    return folder / "warehouse"


def pages(site):
    return {name: content for name, content in site.items() if name.endswith(".html")}


# Form: what holds for every page


@pytest.mark.parametrize("made_of", ["real", "misleading"])
def test_every_page_is_html_with_landmarks_one_first_heading_and_no_skipped_level(made_of, request):
    for name, content in pages(request.getfixturevalue(made_of)).items():
        root = parsed(content)
        assert root.get("lang") == "en", name
        counts = [len(list(root.iter(tag))) for tag in ("h1", "main", "header", "footer", "nav")]
        assert counts == [1, 1, 1, 1, 1], name
        levels = [int(each.tag[1]) for each in root.iter() if re.fullmatch("h[1-6]", str(each.tag))]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), name
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids)), name
        for table in root.iter("table"):
            assert table.find("caption") is not None, name
            assert all(cell.get("scope") in ("col", "row") for cell in table.iter("th")), name


def test_a_page_that_breaks_the_standard_would_be_found():
    with pytest.raises(html5lib.html5parser.ParseError):
        parsed(b"<!DOCTYPE html><title>x</title><p><table><p>x</table>")


@pytest.mark.parametrize("made_of", ["real", "misleading"])
def test_every_link_and_anchor_leads_somewhere(made_of, request, built_warehouse, two_years):
    site = request.getfixturevalue(made_of)
    warehouse = built_warehouse if made_of == "real" else two_years
    release = (warehouse / "releases/latest").resolve()
    roots = {name: parsed(content) for name, content in pages(site).items()}
    ids = {name: set() for name in site}
    ids.update({name: {each.get("id") for each in root.iter()} for name, root in roots.items()})
    assert {
        name: found for name, root in roots.items() if (found := broken(name, root, ids, release))
    } == {}
    page = parsed(
        b'<!DOCTYPE html><title>x</title><a href="../no.html">x</a><a href="US.html#no">y</a>'
    )
    assert broken("state/x.html", page, ids, release) == ["../no.html", "US.html#no"]


def test_pages_load_nothing_from_elsewhere(misleading):
    for name, content in pages(misleading).items():
        for element in parsed(content).iter():
            loaded = [element.get("src")] if element.get("src") else []
            if element.tag == "link" and element.get("rel") in ("stylesheet", "icon"):
                loaded.append(element.get("href"))
            assert not [
                address for address in loaded if ":" in address or address.startswith("//")
            ], name
    for name, content in misleading.items():
        if name.endswith((".css", ".js")) and name != "sql-wasm-inline.js":
            assert not re.search(rb"https?:|[\"']//|url\(|@import|fetch\(", content), name


def test_a_sitemap_lists_every_page_where_the_address_is_known(misleading, real):
    listed = re.findall(
        r"<loc>https://data.example.org/ncmec/(.*)</loc>", misleading["sitemap.xml"].decode()
    )
    assert sorted(listed) == sorted(set(pages(misleading)) - {"404.html"})
    assert "sitemap.xml" not in real
    for name, content in pages(misleading).items():
        canonical = [
            each.get("href")
            for each in parsed(content).iter("link")
            if each.get("rel") == "canonical"
        ]
        assert canonical == [f"https://data.example.org/ncmec/{name}"]


def test_home_and_metric_pages_describe_a_dataset_for_search_engines(misleading):
    names = ["index.html", *(name for name in pages(misleading) if name.startswith("metric/"))]
    assert len(names) > 20
    for name in names:
        (script,) = (each for each in parsed(misleading[name]).iter("script") if each.get("type"))
        said = json.loads(script.text)
        assert said["@type"] == "Dataset", name
        assert said["license"], name


def test_the_search_knows_every_place_figure_and_sheet(misleading):
    script = misleading["search-index.js"].decode()
    entries = json.loads(script.removeprefix("window.statedataIndex = ").removesuffix(";\n"))
    linked = {name for name in pages(misleading) if "/" in name}
    assert {address for _, _, address in entries} == linked
    assert ["Ohio", "state", "state/US-OH.html"] in entries
    assert ["Wyoming", "state, no sheet yet", "state/US-WY.html"] in entries


def test_numbers_sort_by_what_they_are_and_not_by_their_words(misleading):
    root = parsed(misleading[f"metric/{REPORTS}.html"])
    keys = [with_id(root, f"2023-{place}")[1].get("data-sort") for place in ("US-KY", "US-OH")]
    assert keys == ["8597", "9000"]
    withheld = with_id(root, "2024-US-IA")
    assert withheld[1].get("data-sort") == ""


def test_every_page_says_where_to_report_and_where_errors_go(real):
    for name, content in pages(real).items():
        foot = next(parsed(content).iter("footer"))
        assert "report.cybertip.org" in text_of(foot), name
        assert "1-800-843-5678" in text_of(foot), name
        assert "Errors in the compilation:" in text_of(foot), name


def test_the_same_release_gives_the_same_bytes(built_warehouse, real):
    assert made(built_warehouse) == real


def test_a_withdrawn_release_says_so_on_every_page(misleading, real):
    for name, content in pages(misleading).items():
        assert "It was wrong." in with_banner(content), name
    assert with_banner(real["index.html"]) == ""


def with_banner(content):
    return " ".join(words_of(each) for each in with_class(parsed(content), "banner"))


# Figures


def test_every_published_figure_has_an_anchor_with_its_wording_sentence_and_interval(
    two_years, misleading
):
    rows = ask(
        two_years,
        "select year, jurisdiction, metric, printed, quote, notes from figures where observation_id is not null",
    )
    roots = {name: parsed(content) for name, content in pages(misleading).items()}
    assert len(rows) > 60
    for year, place, metric, printed, quote, notes in rows:
        section = with_id(roots[f"state/{place}.html"], f"{year}-{metric}")
        assert [words_of(each) for each in with_class(section, "printed")] == [printed]
        assert words_of(next(section.iter("blockquote"))) == quote
        assert [words_of(mark) for mark in section.iter("mark")] == [printed]
        assert f'"{printed}"' in words_of(with_class(section, "cite")[0])
        said = [words_of(note) for note in with_class(section, "note")]
        assert said == ([notes] if notes else [])
        row = with_id(roots[f"metric/{metric}.html"], f"{year}-{place}")
        assert [words_of(each) for each in with_class(row, "printed")] == [printed]


def test_a_caveat_stands_before_the_number_that_it_is_about(real):
    section = with_id(parsed(real["state/US-KY.html"]), f"2023-{REPORTS}")
    classes = [each.get("class") for each in section]
    assert classes.index("note") < classes.index("number")
    page = real[f"metric/{REPORTS}.html"].decode()
    assert page.index("Before you compare") < page.index("8,597</span>")


@pytest.mark.parametrize(
    ("metric", "printed", "stands_for"),
    [
        (REPORTS, BOUND, "more than 9,000; no upper limit given"),
        ("trafficking_engagements", CEILING, "0 or more and less than 10"),
        ("faon_connections", NONE, "exactly 0"),
        ("connect_new_users", "21", "exactly 21"),
    ],
)
def test_a_wording_is_shown_with_what_it_stands_for(misleading, metric, printed, stands_for):
    root = parsed(misleading["state/US-OH.html"])
    section = with_id(root, f"2023-{metric}")
    assert words_of(with_class(section, "printed")[0]) == printed
    assert stands_for in words_of(with_class(section, "facts")[0])
    overview = next(each for each in root.iter("table"))
    assert printed in [words_of(each) for each in with_class(overview, "printed")]
    row = with_id(parsed(misleading[f"metric/{metric}.html"]), "2023-US-OH")
    assert stands_for in words_of(row)


def test_a_bound_has_a_rate_that_is_a_bound_and_places_that_are_open(misleading):
    facts = words_of(
        with_class(with_id(parsed(misleading["state/US-OH.html"]), f"2023-{REPORTS}"), "facts")[0]
    )
    assert re.search(r"Rate ?more than [\d.]+ per 100,000 residents; no upper limit given", facts)
    assert "between 1 and 4 of the 4 places" in facts


@pytest.mark.parametrize(
    "metric", ["trafficking_engagements", "faon_connections", "team_hope_supported"]
)
def test_a_small_count_has_no_rate_and_no_place(misleading, metric):
    section = with_id(parsed(misleading["state/US-OH.html"]), f"2023-{metric}")
    facts = words_of(with_class(section, "facts")[0])
    assert "Rate" not in facts
    assert "Rank" not in facts


def test_a_small_count_beside_rates_says_why_it_has_none(misleading):
    root = parsed(misleading["metric/team_hope_supported.html"])
    said = [words_of(cell) for cell in next(root.iter("thead")).iter("th")]
    column = said.index("Per 100,000 residents")
    rates = {place: words_of(with_id(root, f"2023-US-{place}")[column]) for place in ("OH", "KY")}
    assert rates["OH"] == "none: may be 20 or fewer"
    assert re.fullmatch(r"\d+\.\d", rates["KY"])


def test_an_absent_figure_says_why_and_no_number(misleading):
    section = with_id(parsed(misleading["state/US-KY.html"]), "2023-team_adam_cases_assisted")
    assert with_class(section, "printed") == []
    assert words_of(with_class(section, "number")[0]).startswith("not printed")
    assert "does not mean zero" in words_of(with_class(section, "note")[0])


def test_a_quarantined_sheet_is_shown_with_the_reason_and_without_published_figures(misleading):
    year, place = QUARANTINED
    root = parsed(misleading[f"state/{place}.html"])
    section = with_id(root, f"{year}-missing_child_cases")
    assert words_of(with_class(section, "number")[0]).startswith("withheld")
    (name,) = {
        link.removeprefix("../")
        for link in links(root)
        if "/sheet/file/" in link and "#" not in link
    }
    assert "parts_sum_to_totals" in words_of(with_id(parsed(misleading[name]), "main"))


def test_a_place_without_a_sheet_has_a_page_that_says_so(real):
    for code in ("US-WY", "US-GU"):
        assert "That does not mean zero." in words_of(
            with_id(parsed(real[f"state/{code}.html"]), "main")
        )
    tiles = with_class(parsed(real["index.html"]), "tiles")[0]
    assert len(tiles) == 56
    assert sum(words_of(tile).endswith("sheet") for tile in tiles) == 4
    cells = [tile.get("class") for tile in tiles]
    assert len(cells) == len(set(cells))


def test_what_a_sheet_does_not_print_is_listed(real):
    titles = {each.metric: each.title for each in default_catalog().metrics}
    expected = {
        f"{titles[metric]} (United States)"
        for metric in ("team_adam_incidents", "team_adam_long_term_cases")
    }
    for name in ("state/US-MO.html", "sheet/2023/US-MO.html"):
        root = parsed(real[name])
        (heading,) = (
            each
            for each in root.iter()
            if each.get("id", "").startswith("missing") and each.tag in ("h2", "h3")
        )
        parent = next(each for each in root.iter() if heading in list(each))
        listed = list(parent)[list(parent).index(heading) + 2]
        assert {words_of(item) for item in listed} == expected


def test_a_metrics_csv_has_its_rows(misleading, two_years):
    lines = misleading[f"metric/{REPORTS}.csv"].decode().splitlines()
    assert (
        len(lines)
        == 1 + ask(two_years, f"select count(*) from figures where metric = '{REPORTS}'")[0][0]
    )
    assert any(",US-OH," in line and BOUND in line for line in lines)


# Marks


def test_every_mark_of_a_sheet_is_the_text_at_its_offsets(two_years, misleading):
    data = dataset(two_years)
    for file, sheet in data.sheet_of.items():
        root = parsed(misleading[f"{data.sheet_name(file)}.html"])
        marks = [text_of(mark) for mark in root.iter("mark")]
        expected = [
            sheet["text"][row["printed_start"] : row["printed_end"]] for row in data.by_file[file]
        ]
        assert marks == expected
        shown = text_of(with_class(root, "text")[0])
        assert shown == visible(sheet["text"]).lstrip("\n")


def test_a_span_that_is_shifted_marks_another_text():
    text = "In 2023, 2 cases"
    assert [each.text for each in pieces(text, [(9, 10, "x")])] == ["In 2023, ", "2", " cases"]
    assert [each.text for each in pieces(text, [(8, 9, "x")]) if each.figure] == [" "]


def test_of_spans_that_overlap_the_first_is_marked_and_nothing_is_lost():
    found = list(pieces("from 5 to 10 cases", [(5, 12, "a"), (10, 12, "b")]))
    assert "".join(each.text for each in found) == "from 5 to 10 cases"
    assert [(each.text, each.figure) for each in found if each.figure] == [("5 to 10", "a")]


def test_pages_of_a_text_end_where_the_form_feeds_are():
    found = list(pieces("a\fb 1\f", [(4, 5, "x")]))
    assert [(each.text, each.ends_page) for each in found] == [("a", True), ("b ", False), ("1", False), ("", True)]  # fmt: skip


# Hostile text


def test_hostile_text_of_a_sheet_shows_as_text(hostile):
    site = made(hostile)
    name = "sheet/2023/US-KY.html"
    for each, content in pages(site).items():
        root = parsed(content)
        scripts = [
            one
            for one in root.iter("script")
            if one.get("type") != "application/ld+json" and not one.get("src")
        ]
        assert scripts == [], each
        assert "\u202e" not in content.decode(), each
        assert not [link for link in links(root) if link.startswith("javascript")], each
    shown = text_of(with_class(parsed(site[name]), "text")[0])
    assert HOSTILE.strip() in shown
    assert "&amp; </div> <!-- 7 <b>" in words_of(with_id(parsed(site["method.html"]), "main"))
    assert "2023/a<b>&\"'\\u202e.txt" in words_of(with_id(parsed(site[name]), "main"))


def test_a_character_without_a_shape_is_named():
    assert visible("a\u202eb\u200bc\x00d\r\ne\rf\tg") == "a⟨U+202E⟩b⟨U+200B⟩c⟨U+0000⟩d\ne\nf\tg"
    assert visible("\udcff") == "⟨U+DCFF⟩"
    assert visible("Año 中 é̂ ¹") == "Año 中 é̂ ¹"


def test_the_nation_is_a_page_of_its_own(real):
    root = parsed(real[f"state/{NATION}.html"])
    assert words_of(with_id(root, "2023-team_hope_supported")).startswith("Survivors and families")
