"""`statedata catalog check`: what it remarks upon, and that the shipped catalog is clean."""

from __future__ import annotations

import pytest

from pipeline.authoring.evidence import gather, remarks
from pipeline.authoring.lint import lint, samples
from tests.building import RAW, invoke
from tests.catalogs import add_metric, append, compiled, copy_catalog, edit
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


def test_samples_write_out_every_choice_and_say_where_the_figure_stands():
    found = list(samples("In {year}[,] {n} case[s] in <the|this> office", ["7"]))
    assert {sample.text for sample in found} == {
        f"in 2023{comma} 7 case{s} in {article} office"
        for comma in (",", "") for s in ("s", "") for article in ("the", "this")
    }  # fmt: skip
    assert all(sample.figure.of(sample.text) == "7" for sample in found)


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
      patterns:
        - years: [2023, null]
          text: "{text}"
"""


def test_two_metrics_in_the_same_words_are_an_error_unless_their_years_differ(folder):
    add_metric(folder, POSTERS.replace("{text}", "received {n} reports relating to child"))
    ((level, entry, text),) = remarked(folder)
    assert (level, entry) == ("error", "trafficking_reports_received/US/1")
    assert text == (
        "posters/US/1 matches the same words, 'ncmec received 7 reports relating to child sex "
        "trafficking'; make them exclude each other, or give them different years"
    )
    edit(folder, "metrics.yml", "        - years: [2023, null]\n            text: \"received {n}", "        - years: [2020, 2022]\n            text: \"received {n}")  # fmt: skip
    assert remarked(folder) == []


@pytest.mark.parametrize("second", ["NCMEC printed {n} poster[s] of children", "printed {n} posters of children", "NCMEC printed {n} posters"])  # fmt: skip
def test_a_wording_that_another_covers_is_a_repetition(folder, second):
    add_metric(folder, POSTERS.replace("{text}", "NCMEC printed {n} posters of children"))
    edit(folder, "metrics.yml", 'posters of children"\n', f'posters of children"\n          - years: [2023, null]\n            text: "{second}"\n')  # fmt: skip
    assert remarked(folder) == [("warning", "posters/US/1", "posters/US/2 matches all of its words; one of the two is enough")]  # fmt: skip


def test_another_wording_of_a_metric_is_no_repetition(folder):
    add_metric(folder, POSTERS.replace("{text}", "NCMEC printed {n} posters of children"))
    edit(folder, "metrics.yml", 'posters of children"\n', 'posters of children"\n          - years: [2023, null]\n            text: "NCMEC mailed {n} posters"\n')  # fmt: skip
    assert remarked(folder) == []


def test_a_rule_that_would_explain_a_figure_away_is_named(folder):
    append(folder, "ignored.yml", '- rule: loose\n  reason: x\n  patterns: ["received {i}", "section {i}"]')  # fmt: skip
    assert remarked(folder) == [
        (
            "warning", "rule loose",
            f"'received {{i}}' explains the figure of {name} too, which would be lost without a word "
            "if its wording changed; give the rule more words",
        )
        for name in ("cybertipline_reports_received/US/1", "trafficking_reports_received/US/1")
    ]  # fmt: skip


def test_a_rule_that_stands_twice_is_named(folder):
    append(folder, "ignored.yml", '- rule: again\n  reason: x\n  patterns: ["NO Longer"]')
    assert remarked(folder) == [("warning", "rule again", "'NO Longer' stands in rule idiom already; remove one")]  # fmt: skip


def test_years_that_no_wording_covers_are_named(folder):
    add_metric(folder, POSTERS.replace("{text}", "NCMEC printed {n} posters of children"))
    edit(folder, "metrics.yml", '- years: [2023, null]\n            text: "NCMEC printed {n} posters of children"\n', '- years: [2023, 2023]\n            text: "NCMEC printed {n} posters of children"\n          - years: [2026, null]\n            text: "NCMEC printed {n} large posters"\n')  # fmt: skip
    assert remarked(folder) == [("warning", "posters of US", "no wording is evidenced for 2024-2025; extend `years` of one")]  # fmt: skip
    edit(folder, "metrics.yml", "- years: [2026, null]", "- years: [2024, null]")
    assert remarked(folder) == []


def test_a_metric_that_is_printed_in_years_of_which_it_has_no_wording_is_named(folder):
    add_metric(folder, POSTERS.replace("{text}", "NCMEC printed {n} posters of children").replace("bounds", "printed_years: [2020, 2021]\n      bounds"))  # fmt: skip
    assert remarked(folder) == [("warning", "posters of US", "is printed in 2020-2021, its wordings are of other years")]  # fmt: skip


TABLE = """
  - table: later
    header: "{header}"
    of: state
    years: [{first}, null]
    rows:
      - metric: missing_child_cases_other
        label: "Other Cases"

one_of:
"""


def with_table(folder, header, first):
    edit(folder, "metrics.yml", "    years: [2023, null]\n    rows:", "    years: [2023, 2024]\n    rows:")  # fmt: skip
    edit(folder, "metrics.yml", "\none_of:\n", TABLE.replace("{header}", header).replace("{first}", str(first)))  # fmt: skip
    return remarked(folder)


NO_SUM = ("warning", "table later", "its rows are the parts of no sum; add one to relations, or a misread row passes")  # fmt: skip
HEADER = "case[s] of missing children from {state} as follows:"


def test_rows_that_are_never_added_up_are_named(folder):
    assert with_table(folder, HEADER, 2025) == [NO_SUM]


def test_years_without_rows_are_named(folder):
    found = with_table(folder, HEADER, 2026)
    assert ("warning", f"table {HEADER!r}", "has no rows of 2025") in found


def test_headers_that_match_the_same_words_are_named(folder):
    found = with_table(folder, "missing children from {state} as follows:", 2024)
    text = "its header matches the words of table later's too"
    assert ("warning", "table missing_child_cases_breakdown", text) in found


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
        entry = POSTERS.replace("posters", name, 1).replace("{text}", f"NCMEC printed {{n}} {name} of children")  # fmt: skip
        add_metric(folder, entry.replace("bounds", f"printed_years: {years}\n      bounds").replace("[2023, null]", years))  # fmt: skip
    assert remarked(folder) == []
    edit(folder, "metrics.yml", "\nrelations:\n", "\nrelations:\n  - smaller: posters of US\n    larger: leaflets of US\n    why: x\n")  # fmt: skip
    assert [text for _, _, text in remarked(folder)] == ["can never apply: no sheet is expected to print all of its figures"]  # fmt: skip


# With sheets


def test_every_wording_of_the_four_sheets_is_evidenced_with_sheets_years_and_values():
    found = gather(RAW, wordings())
    assert (found.sheets, found.unaccounted, found.unread) == (4, {}, {})
    use = found.uses["cybertipline_reports_to_law_enforcement/state/1"]
    assert (len(use.sheets), use.years, min(use.values), use.example) == (4, {2023}, 4546, "8,597")
    unmatched = [r.entry for r in remarks(found, wordings()) if "matches no sheet" in r.text]
    assert unmatched == [f"runaways_likely_trafficked_one_in/US/{number}" for number in (1, 2)]


def test_values_beyond_their_bounds_and_bounds_beyond_all_values_are_named(folder, tmp_path):
    write_sheet(tmp_path / "raw/2023/ky.txt")
    edit(folder, "metrics.yml", "bounds: [10000, 10000000]", "bounds: [10000, 10000000000]")
    edit(folder, "metrics.yml", "bounds: [1000000, 2000000000]", "bounds: [1000000, 2000000]")
    words = compiled(folder)
    found = {r.entry: (r.level, r.text) for r in remarks(gather(tmp_path / "raw", words), words)}
    assert found["cvip_children_identified/US/1"] == ("warning", "bounds up to 10,000,000,000, no sheet prints more than 27,130; narrow them")  # fmt: skip
    assert found["cybertipline_files_received/US/1"] == ("error", "prints 105,000,000 to 105,000,000, beyond its bounds 1,000,000 to 2,000,000")  # fmt: skip


def test_the_command_passes_the_shipped_catalog():
    found = invoke("catalog", "check", "--raw", RAW)
    assert (found.returncode, found.stderr) == (0, "")
    assert "cvip_submissions_reviewed/state/1" in found.stdout
    assert found.stdout.endswith("24 wordings on 4 sheets: 0 errors, 2 warnings, 0 sheets with unaccounted numerals\n")  # fmt: skip


def test_the_command_lists_sheets_with_unaccounted_numerals_and_files_it_cannot_read(tmp_path):
    sheet = render() + "".join(f" NCMEC mailed {number} posters." for number in range(70, 80))
    write_sheet(tmp_path / "raw/2023/ky.txt", sheet)
    (tmp_path / "raw/2023/empty.txt").write_bytes(b"")
    found = invoke("catalog", "check", "--raw", tmp_path / "raw")
    assert found.returncode == 1
    assert "unaccounted: 2023/US-KY (2023/ky.txt): '70', '71', '72', '73', '74', '75', '76', '77' and 2 more; see `statedata explain`" in found.stdout  # fmt: skip
    assert "not read: 2023/empty.txt: " in found.stdout


def test_the_command_fails_on_an_error_of_the_catalog(folder):
    add_metric(folder, POSTERS.replace("{text}", "received {n} reports relating to child"))
    found = invoke("catalog", "check", "--raw", RAW, "--catalog", folder)
    assert found.returncode == 1
    assert "error: trafficking_reports_received/US/1: posters/US/1 matches" in found.stdout


@pytest.mark.parametrize("spoil", ["catalog", "raw"])
def test_the_command_refuses_what_it_cannot_read_in_one_line(folder, tmp_path, spoil):
    raw = RAW
    if spoil == "catalog":
        path = folder / "metrics.yml"
        path.write_text(change(path.read_text(encoding="utf-8"), "\nmetrics:\n", "\nmetrics: {\n"), encoding="utf-8")  # fmt: skip
    else:
        raw = tmp_path / "nowhere"
    found = invoke("catalog", "check", "--raw", raw, "--catalog", folder)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
