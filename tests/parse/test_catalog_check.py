"""`statedata catalog check`: what it remarks upon, and that the shipped catalog is clean."""

from __future__ import annotations

import pytest

from pipeline.authoring.evidence import gather, remarks
from pipeline.authoring.lint import lint, samples
from tests.building import RAW, invoke
from tests.catalogs import add_metric, add_sentence, append, compiled, copy_catalog, edit
from tests.parse.reading import wordings
from tests.sheets_factory import change, render, write_sheet


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path / "catalog")


def remarked(folder):
    """Level, entry and text of every remark on the catalog itself."""
    return [(one.level, one.entry, one.text) for one in lint(compiled(folder))]


def test_the_shipped_catalog_has_no_remarks_of_its_own():
    assert lint(wordings()) == []


def test_samples_write_out_every_choice_with_a_figure_of_each_kind():
    text = "In {year} {cvip_submissions_reviewed} case[s] in <the|this> {state}, {runaways_likely_trafficked_share}, {runaways_likely_trafficked_one_in}"
    assert set(samples(text, wordings().catalog)) == {
        f"In 2023 1234 case{s} in {article} Ohio, 7%, 1 in 7"
        for s in ("s", "")
        for article in ("the", "this")
    }


POSTERS = """\
- metric: posters
  title: Posters
  definition: Posters.
  program: Missing children
  unit: poster
  kind: count
  period: calendar_year
  series:
    - of: US
      presence: optional
      bounds: [0, 1000]
"""
PRINTED = "In {year}, NCMEC printed {posters} posters of children."
RECEIVED = "In {year}, NCMEC received {posters} reports relating to child sex trafficking."


def add_posters(folder, text, *, name="posters", years="[2023, null]", metric=POSTERS):
    """A metric, unless it is there already, and a sentence that prints it."""
    if metric:
        add_metric(folder, metric)
    add_sentence(folder, f'- sentence: {name}\n  years: {years}\n  text: "{text}"\n')


def test_two_metrics_in_the_same_words_are_an_error_unless_their_years_differ(folder):
    add_posters(folder, RECEIVED)
    assert remarked(folder) == [
        (
            "error",
            "sentence posters",
            "trafficking_reports reads the same words, 'In 2023, NCMEC received 1234 reports relating to "
            "child sex trafficking.', as other figures; make them exclude each other, or give them different years",
        ),
        (
            "error",
            "sentence trafficking_reports",
            "posters reads the same words, 'In 2023, NCMEC received 1234 reports relating to child sex "
            "trafficking.', as other figures; make them exclude each other, or give them different years",
        ),
    ]
    edit(folder, "sentences.yml", "  - sentence: posters\n    years: [2023, null]", "  - sentence: posters\n    years: [2020, 2022]")  # fmt: skip
    assert remarked(folder) == []


@pytest.mark.parametrize(
    ("pattern", "explains"),
    [
        ("NCMEC had {i} engagements", True),
        ("NCMEC had {any_year} engagements", True),
        ("NCMEC has operated its hotline since {any_year}", False),
        ("NCMEC had {i} offices", False),
    ],
)
def test_a_rule_that_would_explain_a_figure_of_a_sentence_is_an_error(folder, pattern, explains):
    append(
        folder, "ignored.yml", f'- rule: posters\n  reason: Posters.\n  patterns: ["{pattern}"]\n'
    )
    found = [(level, entry) for level, entry, _ in remarked(folder)]
    assert found == ([("error", "rule posters")] if explains else [])


@pytest.mark.parametrize("second", ["<In|During> {year}, NCMEC printed {posters} poster[s] of children.", "In {year}, NCMEC printed {posters} posters of <children|boys>."])  # fmt: skip
def test_a_sentence_that_another_covers_is_a_repetition(folder, second):
    add_posters(folder, PRINTED)
    add_posters(folder, second, name="again", metric=None)
    assert remarked(folder) == [
        ("warning", "sentence posters", "again reads all of its words; one of the two is enough")
    ]


@pytest.mark.parametrize("second", ["In {year}, NCMEC printed {posters} posters of children in need.", "In {year}, NCMEC mailed {posters} posters of children."])  # fmt: skip
def test_other_words_for_a_metric_are_no_repetition(folder, second):
    add_posters(folder, PRINTED)
    add_posters(folder, second, name="again", metric=None)
    assert remarked(folder) == []


def test_a_rule_or_an_aside_that_stands_twice_is_named(folder):
    append(folder, "ignored.yml", '- rule: again\n  reason: x\n  patterns: ["NO Longer"]')
    append(folder, "asides.yml", '- aside: again\n  reason: x\n  set_off: ["{n} in {earlier}"]')
    assert remarked(folder) == [
        ("warning", "rule again", "'NO Longer' stands in rule idiom already; remove one"),
        (
            "warning",
            "aside again",
            "'{n} in {earlier}' stands in aside earlier_figure already; remove one",
        ),
    ]


def test_years_that_no_sentence_covers_are_named(folder):
    add_posters(folder, PRINTED, years="[2023, 2023]")
    add_posters(folder, PRINTED.replace("posters of", "large posters of"), name="large", years="[2026, null]", metric=None)  # fmt: skip
    assert remarked(folder) == [
        ("warning", "posters of US", "no wording is evidenced for 2024-2025; extend `years` of one")
    ]
    edit(folder, "sentences.yml", "years: [2026, null]", "years: [2024, null]")
    assert remarked(folder) == []


def test_a_metric_that_is_printed_in_years_of_which_it_has_no_sentence_is_named(folder):
    add_posters(
        folder,
        PRINTED,
        metric=POSTERS.replace("bounds", "printed_years: [2020, 2021]\n      bounds"),
    )
    assert remarked(folder) == [
        ("warning", "posters of US", "is printed in 2020-2021, its wordings are of other years")
    ]


TABLE = """
  - table: later
    of: state
    years: [{first}, null]
    rows:
      - metric: missing_child_cases_other
        label: "Other Cases"
"""
NO_SUM = (
    "warning",
    "table later",
    "its rows are the parts of no sum; add one to relations, or a misread row passes",
)


def with_table(folder, first):
    edit(folder, "sentences.yml", "    of: state\n    years: [2023, null]\n", "    of: state\n    years: [2023, 2024]\n")  # fmt: skip
    edit(folder, "sentences.yml", "\ntables:\n", f"\ntables:{TABLE.format(first=first)}")
    edit(folder, "sentences.yml", "tables: [missing_child_cases_breakdown]", "tables: [missing_child_cases_breakdown, later]")  # fmt: skip
    return remarked(folder)


def test_rows_that_are_never_added_up_are_named(folder):
    assert with_table(folder, 2025) == [NO_SUM]


def test_years_without_rows_are_named(folder):
    found = with_table(folder, 2026)
    assert (
        "warning",
        "sentence missing_children_of_the_state",
        "no table has rows of 2025",
    ) in found
    assert (
        "warning",
        "missing_child_cases_other of state",
        "no wording is evidenced for 2025; extend `years` of one",
    ) in found


@pytest.mark.parametrize(
    ("relation", "remark"),
    [
        (
            "smaller: team_adam_cases_assisted of state\n    larger: team_adam_incidents of US\n    why: x",
            ("warning", "team_adam_cases_assisted of state at most team_adam_incidents of US", "can never apply: no sheet is expected to print all of its figures"),
        ),
        (
            "smaller: faon_connections of state\n    larger: faon_connections of state\n    why: x",
            ("warning", "faon_connections of state at most faon_connections of state", "names a figure twice; remove or correct it"),
        ),
        (
            "whole: cvip_children_identified of US\n    parts: [missing_child_cases of US, team_hope_supported of US]",
            ("warning", "sum of cvip_children_identified of US", "its parts are counted in different units"),
        ),
    ],
)  # fmt: skip
def test_a_relation_that_says_nothing_is_named(folder, relation, remark):
    edit(folder, "metrics.yml", "\nrelations:\n", f"\nrelations:\n  - {relation}\n")
    assert remarked(folder) == [remark]


def test_a_relation_of_metrics_of_different_years_is_named(folder):
    for name, years in (("posters", "[2020, 2021]"), ("leaflets", "[2022, null]")):
        metric = POSTERS.replace("posters", name, 1).replace(
            "bounds", f"printed_years: {years}\n      bounds"
        )
        add_posters(folder, PRINTED.replace("posters", name), name=name, years=years, metric=metric)
    assert remarked(folder) == []
    edit(folder, "metrics.yml", "\nrelations:\n", "\nrelations:\n  - smaller: posters of US\n    larger: leaflets of US\n    why: x\n")  # fmt: skip
    assert [text for _, _, text in remarked(folder)] == [
        "can never apply: no sheet is expected to print all of its figures"
    ]


# With sheets


def test_every_wording_of_the_four_sheets_is_evidenced_with_sheets_years_and_values():
    found = gather(RAW, wordings())
    assert (found.sheets, found.unaccounted, found.unread) == (4, {}, {})
    (use,) = (
        u for (pattern, *_), u in found.uses.items() if pattern == "cybertipline_to_law_enforcement"
    )
    assert (len(use.sheets), use.years, min(use.values), use.example) == (4, {2023}, 4546, "8,597")
    unmatched = [r.entry for r in remarks(found, wordings()) if "matches no sheet" in r.text]
    assert unmatched == [
        f"{sentence}: runaways_likely_trafficked_one_in"
        for sentence in ("runaways_one_in", "runaways_one_in_of_the_children")
    ]


def test_values_beyond_their_bounds_and_bounds_beyond_all_values_are_named(folder, tmp_path):
    write_sheet(tmp_path / "raw/2023/ky.txt")
    edit(folder, "metrics.yml", "bounds: [10000, 10000000]", "bounds: [10000, 10000000000]")
    edit(folder, "metrics.yml", "bounds: [1000000, 2000000000]", "bounds: [1000000, 2000000]")
    words = compiled(folder)
    found = {r.entry: (r.level, r.text) for r in remarks(gather(tmp_path / "raw", words), words)}
    assert found["children_identified: cvip_children_identified"] == (
        "warning",
        "bounds up to 10,000,000,000, no sheet prints more than 27,130; narrow them",
    )
    assert found["cybertipline_received: cybertipline_files_received"] == (
        "error",
        "prints 105,000,000 to 105,000,000, beyond its bounds 1,000,000 to 2,000,000",
    )


def test_the_command_passes_the_shipped_catalog():
    found = invoke("catalog", "check", "--raw", RAW)
    assert (found.returncode, found.stderr) == (0, "")
    assert "cvip_submissions_reviewed" in found.stdout
    assert found.stdout.endswith(
        "24 wordings on 4 sheets: 0 errors, 2 warnings, 0 sheets with unaccounted numerals\n"
    )


def test_the_command_lists_sheets_with_unaccounted_numerals_and_files_it_cannot_read(tmp_path):
    sheet = render() + "".join(f" NCMEC mailed {number} posters." for number in range(70, 80))
    write_sheet(tmp_path / "raw/2023/ky.txt", sheet)
    (tmp_path / "raw/2023/empty.txt").write_bytes(b"")
    found = invoke("catalog", "check", "--raw", tmp_path / "raw")
    assert found.returncode == 1
    assert (
        "unaccounted: 2023/US-KY (2023/ky.txt): '70', '71', '72', '73', '74', '75', '76', '77' and 2 more; see `statedata explain`"
        in found.stdout
    )
    assert "not read: 2023/empty.txt: " in found.stdout


def test_the_command_fails_on_an_error_of_the_catalog(folder):
    add_posters(folder, RECEIVED)
    found = invoke("catalog", "check", "--raw", RAW, "--catalog", folder)
    assert found.returncode == 1
    assert "error: sentence trafficking_reports: posters reads the same words" in found.stdout


@pytest.mark.parametrize("spoil", ["catalog", "raw"])
def test_the_command_refuses_what_it_cannot_read_in_one_line(folder, tmp_path, spoil):
    raw = RAW
    if spoil == "catalog":
        path = folder / "metrics.yml"
        path.write_text(
            change(path.read_text(encoding="utf-8"), "\nmetrics:\n", "\nmetrics: {\n"),
            encoding="utf-8",
        )
    else:
        raw = tmp_path / "nowhere"
    found = invoke("catalog", "check", "--raw", raw, "--catalog", folder)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
