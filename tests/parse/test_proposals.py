"""What `statedata explain` proposes, pasted into a catalog, accounts for what it was made for."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.authoring.proposals import as_yaml, propose
from pipeline.catalog.schema import Metric
from pipeline.catalog.wording import Rule, Sentence
from pipeline.sheets.normalize import normalize
from tests.building import invoke
from tests.catalogs import add_metric, add_sentence, append, compiled, copy_catalog, edit
from tests.parse.reading import errors, figures, read, value, wordings
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


def paste(folder, proposals):
    """Put what is proposed where it belongs; the compiled catalog."""
    for proposal in proposals:
        for metric in proposal.metrics:
            add_metric(folder, as_yaml(metric))
        if proposal.sentence:
            add_sentence(folder, as_yaml(proposal.sentence))
    return compiled(folder)


MAILED = " In 2023, NCMEC mailed more than 77 posters of missing children to shelters in {name}."


def test_a_new_sentence_becomes_an_entry_with_a_metric_of_its_own():
    proposal = the_proposal(render() + MAILED.format(name="Kentucky"))
    assert proposal.printed == "more than 77"
    assert proposal.nearest is None
    assert proposal.rule is None
    assert as_yaml(proposal.sentence, indent=2) == (
        "  - sentence: posters_missing_children_mailed\n"
        "    years: [2023, null]\n"
        "    text: In {year}, NCMEC mailed {posters_missing_children_mailed} posters of missing children to shelters in {state}.\n"
    )
    (metric,) = proposal.metrics
    assert as_yaml(metric, indent=2) == (
        "  - metric: posters_missing_children_mailed\n"
        "    title: Posters missing children mailed\n"
        "    definition: 'As the sheets print it: In 2023, NCMEC mailed more than 77 posters of missing children to shelters in Kentucky.'\n"
        "    program: CyberTipline\n"
        "    unit: poster\n"
        "    kind: count\n"
        "    period: calendar_year\n"
        "    series:\n"
        "    - of: state\n"
        "      presence: optional\n"
        "      bounds: [0, 10000]\n"
    )


@pytest.mark.parametrize("jurisdiction", ["US-KY", "US-NY", "US-WV", "US-DC", "US-VI"])
@pytest.mark.parametrize("flavour", [str, crlf, rewrapped(33), bold_words(3)])
def test_a_sentence_as_proposed_captures_its_figure_once_pasted(folder, jurisdiction, flavour):
    text = flavour(render(jurisdiction) + MAILED.format(name=NAMES[jurisdiction]))
    proposal = the_proposal(text)
    words = paste(folder, [proposal])
    assert errors(text, words=words) == []
    found = figures(read(text, words=words)[0])[proposal.metrics[0]["metric"], "state"]
    assert (str(found.value), found.qualifier) == ("77", "more_than")
    assert proposals(text, words) == []
    assert errors(text.replace("shelters", "schools"), words=words) != []


def test_a_sentence_as_proposed_from_one_sheet_reads_another_sheet_of_the_state_and_year(folder):
    words = paste(folder, proposals(render() + MAILED.format(name="Kentucky")))
    other = render("US-OH", 2024) + MAILED.format(name="Ohio").replace("2023", "2024").replace(
        "more than 77", "1,234"
    )
    assert errors(other, "sheet.txt", words) == []
    assert value(other, "posters_missing_children_mailed", words=words) == "1234"


@pytest.mark.parametrize(
    ("old", "new", "nearest"),
    [
        ("NCMEC reviewed 49 submissions", "NCMEC looked at 49 submissions", "submissions_reviewed"),
        ("identification of 27,130 children", "finding of 27,130 children", "children_identified"),
        ("had 6 engagements with", "had some 6 formal engagements with", "trafficking_engagements"),
        ("19% of these children were likely victims", "we judge that 19% of them were likely victims", "runaways_likely_trafficked"),
        ("Team HOPE supported 5,759 survivors", "Team HOPE helped 5,759 survivors", "team_hope"),
        ("NCMEC handled 199 cases of missing children from", "NCMEC worked on 199 cases of missing children from", "missing_children_of_the_state"),
    ],
)  # fmt: skip
def test_other_words_for_known_metrics_name_them_in_the_slots(folder, old, new, nearest):
    text = change(render(), old, new)
    proposal = the_proposal(text)
    assert (proposal.nearest, proposal.metrics) == (nearest, ())
    words = paste(folder, [proposal])
    assert errors(text, words=words) == []
    assert figures(read(text, words=words)[0]).keys() == figures(read(render())[0]).keys()
    assert errors(render(), words=words) == []


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("In 2023, NCMEC trained 12 officers and 340 teachers on safety.", ["12", "340"]),
        ("NCMEC mailed 40 to 50 posters to schools.", ["40"]),
        ("In NCMEC's view 1 in 5 posters is seen by a neighbor, and 20% of posters by nobody.", ["5", "20"]),
        ("During 2023, staff gave twenty-one speeches and no interviews about safety.", ["21", "0"]),
        ("NCMEC printed 1.2 million leaflets in Kentucky and in Kentucky alone.", ["1200000"]),
        ("NCMEC mailed 77 posters, up from 60 in 2022.", ["77"]),
    ],
)  # fmt: skip
def test_each_figure_of_a_sentence_has_a_slot_and_a_metric(folder, sentence, values):
    text = f"{render()} {sentence}"
    proposal = the_proposal(text)
    words = paste(folder, [proposal])
    assert errors(text, words=words) == []
    found = figures(read(text, words=words)[0])
    assert [
        f"{found[m['metric'], m['series'][0]['of']].value:f}" for m in proposal.metrics
    ] == values


@pytest.mark.parametrize(
    ("sentence", "unit"),
    [("gave 12 speeches", "speech"), ("made 12 entries", "entry"), ("sent 12 boxes", "box"), ("had 12 classes", "class"), ("took 12 cases", "case")],
)  # fmt: skip
def test_a_unit_is_the_singular(sentence, unit):
    (metric,) = the_proposal(f"{render()} In 2023, staff {sentence}.").metrics
    assert metric["unit"] == unit


@pytest.mark.parametrize("words", ["77 leaflets [on paper]", "77 posters {of him}", "77 <or> posters", "77 posters in 2023 and 2023"])  # fmt: skip
def test_no_sentence_is_proposed_that_would_not_read_its_own_words(words):
    assert all(
        p.sentence is None and not p.metrics
        for p in proposals(f"{render()} NCMEC mailed {words} out.")
    )


def test_an_unknown_row_becomes_a_metric_and_a_row(folder):
    text = change(
        render(),
        "Other Missing Children Cases\t45",
        "Other Missing Children Cases\t40\nFamily Abductions:\t5",
    )
    proposal = the_proposal(text)
    assert proposal.table == "missing_child_cases_breakdown"
    assert as_yaml(proposal.row) == "- {metric: family_abductions, label: Family Abductions}\n"
    add_metric(folder, as_yaml(proposal.metrics[0]))
    edit(folder, "sentences.yml", "    rows:\n", f"    rows:\n{as_yaml(proposal.row, indent=6)}")
    assert errors(text, words=compiled(folder)) == ["parts_sum_to_totals"]
    edit(folder, "metrics.yml", "    parts:\n", "    parts:\n      - family_abductions of state\n")
    assert errors(text, words=compiled(folder)) == []


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("NCMEC was founded as of 1984.", "founded as of {any_year}"),
        ("Of all sheets one person wrote a page.", "Of all sheets one"),
        ("See the annex (7) of the report.", "See the annex ({i})"),
    ],
)
def test_what_looks_like_no_figure_has_a_rule_as_the_alternative(folder, sentence, rule):
    text = f"{render()} {sentence}"
    proposal = the_proposal(text)
    assert proposal.rule["patterns"] == [rule]
    append(folder, "ignored.yml", as_yaml(proposal.rule))
    assert errors(text, words=compiled(folder)) == []
    assert proposals(text, compiled(folder)) == []


def test_a_rule_has_words_that_say_something_and_explains_one_numeral_alone():
    assert the_proposal(f"{render()} In 2022, NCMEC mailed 77.").rule["patterns"] == [
        "In {any_year}, NCMEC mailed"
    ]
    assert the_proposal(f"{render()} In 2022, 77 came.").rule is None


@pytest.mark.parametrize("number", ["8 597", "12,34", "8.597,00", "1e6"])
def test_a_number_that_is_not_well_formed_gets_no_sentence(number):
    assert all(
        p.sentence is None and not p.metrics
        for p in proposals(f"{render()} NCMEC mailed {number} posters.")
    )


def test_a_sheet_without_a_year_or_state_gets_no_proposals(tmp_path):
    text = change(render(), "In 2023, NCMEC had 6", "In 2022, NCMEC had 6") + MAILED
    assert proposals(text) == []
    shown = invoke("explain", write_sheet(tmp_path / "sheet.txt", text))
    assert "No proposals before the sheet names one state and one year." in shown.stdout


def test_explain_prints_entries_that_can_be_pasted_as_they_stand(tmp_path, folder):
    text = change(render(), "NCMEC reviewed 49", "NCMEC looked at 49") + MAILED.format(
        name="Kentucky"
    )
    shown = invoke("explain", write_sheet(tmp_path / "sheet.txt", text)).stdout
    sentences = shown.split(
        "\n  under `sentences` in sentences.yml, for what submissions_reviewed prints:\n"
    )[1]
    known, rest = sentences.split("\n\n", 1)
    new = rest.split("\n  under `sentences` in sentences.yml:\n")[1].split("\n\n")[0]
    metric = rest.split("\n  a metric of its own; complete it, under `metrics` in metrics.yml:\n")[
        1
    ].split("\n\n")[0]
    assert errors(text) != []
    edit(folder, "sentences.yml", "\nsentences:\n", f"\nsentences:\n{known}\n{new}\n")
    edit(folder, "metrics.yml", "\nmetrics:\n", f"\nmetrics:\n{metric}\n")
    assert errors(text, words=compiled(folder)) == []


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
        for metric in proposal.metrics:
            (entry,) = yaml.safe_load(as_yaml(metric, indent=2))
            assert Metric.model_validate(entry).kind in ("count", "share", "one_in")
        if proposal.sentence:
            (entry,) = yaml.safe_load(as_yaml(proposal.sentence, indent=2))
            assert Sentence.model_validate(entry).text
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
