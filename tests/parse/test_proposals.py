"""What `statedata explain` proposes, pasted into a catalog, accounts for what it was made for."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.authoring.proposals import as_yaml, propose
from pipeline.catalog.schema import Metric, Rule
from pipeline.sheets.normalize import normalize
from tests.building import invoke
from tests.catalogs import add_metric, append, compiled, copy_catalog, edit
from tests.parse.reading import errors, figures, read, wordings
from tests.sheets_factory import NAMES, bold_words, change, crlf, render, rewrapped, write_sheet


@pytest.fixture
def folder(tmp_path):
    return copy_catalog(tmp_path / "catalog")


def proposals(text, words=None):
    sheet, _ = read(text, words=words)
    return propose(sheet, normalize(text), words or wordings())


def the_proposal(text):
    (one,) = proposals(text)
    return one


def paste_pattern(folder, proposal):
    """Put the pattern under the series that is named as the nearest."""
    path = folder / "metrics.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    metric, of = proposal.nearest
    (entry,) = [entry for entry in content["metrics"] if entry["metric"] == metric]
    (series,) = [series for series in entry["series"] if series["of"] == of]
    series["patterns"] += yaml.safe_load(as_yaml(proposal.pattern, indent=10))
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


MAILED = " In 2023, NCMEC mailed more than 77 posters of long-term missing children to shelters in {name}."  # fmt: skip


def test_a_new_sentence_becomes_a_metric_of_its_own():
    proposal = the_proposal(render() + MAILED.format(name="Kentucky"))
    assert proposal.printed == "more than 77"
    assert proposal.nearest is None
    assert proposal.rule is None
    assert as_yaml(proposal.metric, indent=2) == (
        "  - metric: posters_long_term_mailed\n"
        "    title: Posters long term mailed\n"
        "    definition: 'As the sheets print it: In 2023, NCMEC mailed more than 77 posters of long-term missing children to shelters in Kentucky.'\n"
        "    program: NCMEC CONNECT\n"
        "    unit: poster\n"
        "    kind: count\n"
        "    period: calendar_year\n"
        "    series:\n"
        "    - of: state\n"
        "      presence: optional\n"
        "      bounds: [0, 10000]\n"
        "      patterns:\n"
        "      - years: [2023, null]\n"
        "        text: In {year}, NCMEC mailed {n} posters of long-term missing children to shelters in {state}\n"
    )


@pytest.mark.parametrize("jurisdiction", ["US-KY", "US-NY", "US-WV", "US-DC", "US-VI"])
@pytest.mark.parametrize("flavour", [str, crlf, rewrapped(33), bold_words(3)])
def test_a_metric_as_proposed_captures_its_figure_once_pasted(folder, jurisdiction, flavour):
    text = flavour(render(jurisdiction) + MAILED.format(name=NAMES[jurisdiction]))
    proposal = the_proposal(text)
    add_metric(folder, as_yaml(proposal.metric))
    words = compiled(folder)
    assert errors(text, words=words) == []
    found = figures(read(text, words=words)[0])[proposal.metric["metric"], "state"]
    assert (str(found.value), found.qualifier) == ("77", "more_than")
    assert proposals(text, words) == []


def test_a_metric_as_proposed_from_one_sheet_reads_another_sheet_of_the_state_and_year(folder):
    add_metric(folder, as_yaml(the_proposal(render() + MAILED.format(name="Kentucky")).metric))
    other = render("US-OH", 2024) + MAILED.format(name="Ohio").replace("2023", "2024").replace("more than 77", "1,234")  # fmt: skip
    assert errors(other, "sheet.txt", compiled(folder)) == []
    assert figures(read(other, "sheet.txt", compiled(folder))[0])["posters_long_term_mailed", "state"].value == 1234  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ("NCMEC reviewed 49 submissions", "NCMEC looked at 49 submissions", ("cvip_submissions_reviewed", "state")),
        ("identification of 27,130 children", "finding of 27,130 children", ("cvip_children_identified", "US")),
        ("had 6 engagements with", "had some 6 formal engagements with", ("trafficking_engagements", "state")),
        ("19% of these children were likely victims", "we judge that 19% of them were likely victims", ("runaways_likely_trafficked_share", "US")),
    ],
)  # fmt: skip
def test_a_known_metric_in_other_words_is_named_as_the_nearest(folder, old, new, nearest):
    text = change(render(), old, new)
    proposal = the_proposal(text)
    assert proposal.nearest == nearest
    paste_pattern(folder, proposal)
    assert errors(text, words=compiled(folder)) == []
    assert errors(render(), words=compiled(folder)) == []


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("In 2023, NCMEC trained 12 officers and 340 teachers on safety.", ["12", "340"]),
        ("NCMEC mailed 40 to 50 posters to schools.", ["40"]),
        ("In NCMEC's view 1 in 5 posters is seen by a neighbor, and 20% of posters by nobody.", ["5", "20"]),
        ("During 2023, staff gave twenty-one speeches and no interviews about safety.", ["21", "0"]),
        ("NCMEC printed 1.2 million leaflets [on paper] in Kentucky and in Kentucky alone.", ["1200000"]),
    ],
)  # fmt: skip
def test_each_figure_of_a_sentence_has_a_proposal_that_captures_it(folder, sentence, values):
    text = f"{render()} {sentence}"
    found = proposals(text)
    for proposal in found:
        add_metric(folder, as_yaml(proposal.metric))
    words = compiled(folder)
    assert errors(text, words=words) == []
    read_now = figures(read(text, words=words)[0])
    assert [f"{read_now[p.metric['metric'], p.metric['series'][0]['of']].value:f}" for p in found] == values  # fmt: skip


def test_an_unknown_row_becomes_a_metric_and_a_row(folder):
    text = change(render(), "Other Missing Children Cases\t45", "Other Missing Children Cases\t40\nFamily Abductions:\t5")  # fmt: skip
    proposal = the_proposal(text)
    assert proposal.table == "missing_child_cases_breakdown"
    assert as_yaml(proposal.row) == "- {metric: family_abductions, label: Family Abductions}\n"
    add_metric(folder, as_yaml(proposal.metric))
    edit(folder, "metrics.yml", "    rows:\n", f"    rows:\n{as_yaml(proposal.row, indent=6)}")
    assert errors(text, words=compiled(folder)) == ["parts_sum_to_totals"]
    edit(folder, "metrics.yml", "    parts:\n", "    parts:\n      - family_abductions of state\n")
    assert errors(text, words=compiled(folder)) == []


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("NCMEC was founded as of 1984.", "founded as of {i}"),
        ("Of all sheets one person wrote a page.", "Of all sheets one person wrote a"),
        ("See the annex (7) of the report.", "the annex ({i}"),
    ],
)
def test_what_looks_like_no_figure_has_a_rule_as_the_alternative(folder, sentence, rule):
    text = f"{render().replace('(1)', '').replace('(2)', '')} {sentence}"
    if "(7)" in text:  # the shipped rule for list markers explains it already
        edit(folder, "ignored.yml", '    - " ({i})"\n', '    - "including: ({i})"\n    - "and ({i})"\n    - "; ({i})"\n')  # fmt: skip
    words = compiled(folder)
    (proposal,) = [p for p in proposals(text, words) if p.quote == sentence]
    assert proposal.rule["patterns"] == [rule]
    append(folder, "ignored.yml", as_yaml(proposal.rule))
    assert not [p for p in proposals(text, compiled(folder)) if p.quote == sentence]


@pytest.mark.parametrize("number", ["8 597", "12,34", "8.597,00", "1e6"])
def test_a_number_that_is_not_well_formed_gets_no_pattern(number):
    assert all(p.metric is None for p in proposals(f"{render()} NCMEC mailed {number} posters."))


def test_a_sheet_without_a_year_or_state_gets_no_proposals(tmp_path):
    text = render() + " In 2022, NCMEC mailed 77 posters."
    assert proposals(text) == []
    shown = invoke("explain", write_sheet(tmp_path / "sheet.txt", text))
    assert "No proposals before the sheet names one state and one year." in shown.stdout


def test_explain_prints_entries_that_can_be_pasted_as_they_stand(tmp_path, folder):
    text = change(render(), "NCMEC reviewed 49", "NCMEC looked at 49") + MAILED.format(name="Kentucky")  # fmt: skip
    shown = invoke("explain", write_sheet(tmp_path / "sheet.txt", text)).stdout
    assert "another wording of cvip_submissions_reviewed? Under `patterns` of its series `of: state`:\n          - years: [2023, null]\n            text: In {year}, NCMEC looked at {n} submissions" in shown  # fmt: skip
    entry = shown.split("\n  a metric of its own? Complete it, under `metrics` in metrics.yml:\n")[1]  # fmt: skip
    entry = entry.split("\n\n")[0]
    edit(folder, "metrics.yml", "\nmetrics:\n", f"\nmetrics:\n{entry}\n")
    assert "posters_long_term_mailed" in {m.metric for m in compiled(folder).catalog.metrics}


PIECES = st.sampled_from(
    ["NCMEC", "children", "of", "in Kentucky", "New York", "2023", "57", "8,597", "36.2 million", "no",
     "one", "twenty-one", "1 in 6", "19%", "(4)", "[x]", "{n}", "{state}", "<b|c>", "**", "_a_", "-",
     "non-\nprofit", ".", ",", ";", ":", "\n\n", "\t", "|", "&amp;", "40 to 50", "50 to 40",
     "between 40 and", "8 597", "\u00b9", "\u00bd", "\u0663", "http://a.b/12", "#", "\u00ad",
     "\ufb01le", "five (5)", "five (6)", "\f", "'yes': no", "Facility\t5\n"]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(PIECES, min_size=2, max_size=25).map(" ".join), st.booleans())
def test_whatever_a_sheet_says_a_proposal_is_an_entry_that_loads(words, in_table):
    end = "as follows:\n\n"
    text = change(render(), end, f"{end}{words}\n") if in_table else f"{render()}\n\n{words}"
    for proposal in proposals(text):
        if proposal.metric:
            (entry,) = yaml.safe_load(as_yaml(proposal.metric, indent=2))
            assert Metric.model_validate(entry).kind in ("count", "share", "one_in")
        if proposal.rule:
            (entry,) = yaml.safe_load(as_yaml(proposal.rule))
            assert Rule.model_validate(entry).patterns


@pytest.mark.parametrize("printed", ["five (6)", "50 to 40"])
def test_a_row_whose_number_contradicts_itself_gets_no_entry(printed):
    rows = f"Other Missing Children Cases\t45\nFamily Abductions\t{printed}"
    found = proposals(change(render(), "Other Missing Children Cases\t45", rows))
    assert found
    assert all(proposal.row is None for proposal in found)


def test_proposals_are_the_same_each_time():
    text = render() + MAILED.format(name="Kentucky")
    assert proposals(text) == proposals(text)
