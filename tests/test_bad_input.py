"""What cannot be right stays out, is named, and spoils nothing else.

One raw folder holds the four good sheets and one file for each way to be bad; its twin holds the
same files with the fault mended.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.build import build
from pipeline.outcome import BuildError
from tests.building import RAW, VERSION, ask, contents, invoke, run_python
from tests.conftest import made_once
from tests.sheets_factory import KENTUCKY_2023, NATION_2023, change, render, write_sheet

SUM = {**KENTUCKY_2023, "missing_child_cases_orr": "22"}
ROW = "Other Missing Children Cases\t45\n"
CVIP = "**In 2023, NCMEC reviewed 49 submissions of child sexual exploitation material from {} law enforcement.**"


# file below raw/: what is wrong with the sheet, the check that says so, words of its message, mended
BAD_SHEETS = {
    "2023/ohio.txt": (
        render("US-OH", local=SUM), "parts_sum_to_totals",
        "rows 133 + 45 + 22 = 200, stated 199", render("US-OH"),
    ),
    "2023/iowa.txt": (
        render("US-IA") + "\n\nIn 2023, NCMEC mailed 77 posters in Iowa.", "numerals_are_accounted_for",
        "'77' in", render("US-IA") + "\n\nNCMEC mailed posters in Iowa.",
    ),
    "2023/maine.txt": (
        render("US-ME") + "\n\nNCMEC mailed seventy posters.", "number_words_are_accounted_for",
        "'seventy' in", render("US-ME") + "\n\nNCMEC mailed many posters.",
    ),
    "2023/utah.txt": (
        change(render("US-UT"), ROW, ROW + "Children Missing Abroad\t7\n"), "table_rows_are_known",
        "unknown row 'Children Missing Abroad\\t7'", render("US-UT"),
    ),
    "2023/nevada.txt": (
        change(render("US-NV"), ROW, ""), "parts_sum_to_totals",
        "missing_child_cases_other of state not found", render("US-NV"),
    ),
    "2023/texas.txt": (
        change(render("US-TX"), CVIP.format("Texas"), ""), "required_metrics_are_printed",
        "cvip_submissions_reviewed of state is not found", render("US-TX"),
    ),
    "2023/idaho.txt": (
        render("US-ID") + "\n\n**In 2023, NCMEC connected 32 survivors/families to mental health services in Idaho.**",
        "metrics_are_printed_once", "'31' and '32'", render("US-ID"),
    ),
    "2023/oregon.txt": (
        render("US-OR", nation={**NATION_2023, "runaways_likely_trafficked_share": "119%"}),
        "values_are_within_bounds", "119", render("US-OR"),
    ),
    "2023/alaska.txt": (
        render("US-AK", local={**KENTUCKY_2023, "team_hope_supported": "5,760"}),
        "parts_do_not_exceed_wholes", "5,760 is above 5,759", render("US-AK"),
    ),
    "2023/atlantis.txt": (
        render(name="Atlantis"), "one_state_is_named", "'atlantis'", render("US-DE"),
    ),
    "2023/two states.txt": (
        change(render("US-KS"), "from Kansas law enforcement", "from Arkansas law enforcement"),
        "one_state_is_named", "US-AR, US-KS, expected one state", render("US-KS"),
    ),
    "2023/no year.txt": (
        render("US-VT").replace("In 2023,", "Last year,"), "one_year_is_named",
        "names none, expected one reporting year", render("US-VT"),
    ),
    "2023/two years.txt": (
        change(render("US-WY"), "In 2023, NCMEC handled", "In 2022, NCMEC handled"), "one_year_is_named",
        "names 2022, 2023, expected one reporting year", render("US-WY"),
    ),
    "2022/hawaii.txt": (
        render("US-HI"), "folder_and_year_agree",
        "lies in folder 2022, its text reports on 2023; move it to 2023/", render("US-HI", 2022),
    ),
    "2023/<script>alert(1)<script> & \\|.txt": (
        render("US-MI", local=SUM), "parts_sum_to_totals", "stated 199", render("US-MI"),
    ),
    "2023/two\nlines.txt": (render("US-NH", local=SUM), "parts_sum_to_totals", "stated 199", render("US-NH")),
    "undated ohio.txt": (render("US-SC", local=SUM), "parts_sum_to_totals", "stated 199", render("US-SC")),
}  # fmt: skip

# file: its content, the check, words of its message
BAD_FILES = {
    "2023/empty.txt": (b"", "file_holds_text", "is empty"),
    "2023/blank.txt": (b" \n\t\n", "file_holds_text", "is empty"),
    "2023/junk.txt": (bytes(range(256)) * 8, "file_holds_text", "2023/junk.txt: is"),
    "2023/nulls.txt": (b"In 2023\x00\x01", "file_holds_text", "control character U+0000 at character 7"),
    "2023/sheet.pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "file_holds_text", "is a damaged or truncated PDF"),
    "2023/sheet.docx": (b"PK\x03\x04\x14\x00", "file_holds_text", "is a damaged or truncated office document"),
    "2023/long.txt": (b"a" * (2**18 + 1), "file_holds_text", "has 262,145 characters, more than the 262,144"),
    "2023/large.txt": (b"a" * (2**20 + 1), "file_holds_text", "has 1,048,577 bytes, more than the 1,048,576"),
    "2023/huge.pdf": (b"%PDF-" + bytes(2**24), "file_is_readable", "has 16,777,221 bytes, more than the 16,777,216"),
}  # fmt: skip

BAD_PLACES = {
    "2023/outside.txt": "is a symbolic link that leaves the folder",
    "2023/dangling.txt": "cannot be read: No such file or directory",
    "2023/circle.txt": "cannot be read: Too many levels of symbolic links",
    "2023/pipe.txt": "is not a regular file",
    "2024": "is not a regular file",
}

SHOWN = {
    "2023/<script>alert(1)<script> & \\|.txt": "2023/<script>alert(1)<script> & \\\\|.txt",
    "2023/two\nlines.txt": "2023/two\\nlines.txt",
}
"""Names that are shown otherwise than they are, so that they are harmless on a terminal."""

EXPECTED = {
    **{SHOWN.get(file, file): (check, words) for file, (_, check, words, _) in BAD_SHEETS.items()},
    **{file: (check, words) for file, (_, check, words) in BAD_FILES.items()},
    **{file: ("file_is_readable", words) for file, words in BAD_PLACES.items()},
}
GOOD = {f"2023/{state}.txt" for state in ("kentucky", "minnesota", "mississippi", "missouri")}


def fill(raw: Path, outside: Path) -> Path:
    """The four sheets, and one file for each way to be bad."""
    shutil.copytree(RAW, raw)
    for file, (text, *_) in BAD_SHEETS.items():
        write_sheet(raw / file, text)
    for file, (content, *_) in BAD_FILES.items():
        (raw / file).write_bytes(content)
    (raw / "2023/outside.txt").symlink_to(write_sheet(outside, render("US-WI")))
    (raw / "2023/dangling.txt").symlink_to(raw / "absent.txt")
    (raw / "2023/circle.txt").symlink_to("circle.txt")
    os.mkfifo(raw / "2023/pipe.txt")
    (raw / "2024").symlink_to("2023", target_is_directory=True)
    return raw


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """The outcome of a build with every bad file, and its warehouse folder."""

    def make(folder):
        raw = fill(folder / "raw", folder / "secret.txt")
        return build(raw, folder / "warehouse", version=VERSION), folder / "warehouse"

    return made_once(tmp_path_factory, "spoiled", make)


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """The outcome of a build of the bad sheets with their faults mended."""

    def make(folder):
        raw = shutil.copytree(RAW, folder / "raw")
        for file, (*_, text) in BAD_SHEETS.items():
            write_sheet(raw / file, text)
        return build(raw, folder / "warehouse", version=VERSION), folder / "warehouse"

    return made_once(tmp_path_factory, "mended", make)


@pytest.mark.parametrize("file", EXPECTED)
def test_a_bad_file_is_quarantined_and_the_message_names_it_and_says_why(spoiled, file):
    check, words = EXPECTED[file]
    reasons = [row for row in spoiled[0].quarantine if row.file == file]
    messages = [row.message for row in reasons if row.check_name == check]
    assert any(words in message for message in messages), [
        (r.check_name, r.message) for r in reasons
    ]
    assert all(file in message for message in messages)
    assert all("\n" not in message for message in messages)


def test_nothing_else_is_quarantined(spoiled):
    assert {row.file for row in spoiled[0].quarantine} == set(EXPECTED)
    assert spoiled[0].withheld == []
    assert not spoiled[0].is_complete


def test_every_file_is_in_the_table_of_sheets(spoiled):
    rows = dict(ask(spoiled[1], "select file, status from sheets"))
    assert set(rows) == {*GOOD, *EXPECTED}
    assert {file for file, status in rows.items() if status == "accepted"} == GOOD
    assert set(rows.values()) == {"accepted", "quarantined"}


def test_a_quarantined_sheet_keeps_text_statements_and_reason(spoiled):
    query = "select length(text), figures, reason from sheets where file = '2023/ohio.txt'"
    ((length, figures, reason),) = ask(spoiled[1], query)
    assert (length, figures) == (len(render("US-OH")), 21)
    assert "rows 133 + 45 + 22 = 200, stated 199" in reason
    query = "select printed from statements where file = '2023/ohio.txt' and metric = 'missing_child_cases_orr'"
    assert ask(spoiled[1], query) == [("22",)]
    assert ask(spoiled[1], "select * from observations where jurisdiction = 'US-OH'") == []


def test_no_observation_rests_on_a_quarantined_sheet(spoiled):
    rows = ask(spoiled[1], "select distinct file from published_statements")
    assert {file for (file,) in rows} == GOOD


def test_what_a_link_leads_to_outside_is_never_read(spoiled):
    query = "select sha256, text, bytes from sheets where file = '2023/outside.txt'"
    assert ask(spoiled[1], query) == [(None, None, 0)]


def test_the_good_sheets_figures_are_those_of_a_build_without_the_bad(spoiled, built_warehouse):
    query = "select * from observations order by all"
    assert ask(spoiled[1], query) == ask(built_warehouse, query)
    assert len(ask(spoiled[1], query)) == 52


def test_coverage_says_which_states_are_quarantined(spoiled):
    query = (
        "select jurisdiction, list(distinct coverage) from coverage where year = 2023 and "
        "jurisdiction in ('US-OH', 'US-KY', 'US-FL') group by 1 order by 1"
    )
    rows = {place: set(found) for place, found in ask(spoiled[1], query)}
    assert rows == {
        "US-FL": {"sheet_missing"},
        "US-KY": {"published", "absent_from_sheet"},
        "US-OH": {"quarantined"},
    }


def test_the_release_has_the_quarantined_files_too(spoiled):
    release = spoiled[0].release
    assert len(ask(release, "select * from sheets")) == len(EXPECTED) + 4
    assert len(ask(release, "select distinct file from quarantine")) == len(EXPECTED)


@pytest.mark.slow
def test_mended_sheets_are_all_accepted(mended):
    outcome, folder = mended
    assert outcome.quarantine == []
    assert outcome.sheets == {"accepted": 4 + len(BAD_SHEETS)}
    query = "select distinct jurisdiction from observations where jurisdiction = 'US-OH'"
    assert ask(folder, query) == [("US-OH",)]


def test_strange_names_of_good_sheets_are_taken_as_they_are(mended):
    rows = ask(mended[1], "select file from sheets where status = 'accepted'")
    assert set(SHOWN.values()) <= {file for (file,) in rows}


# Sheets that disagree, a year for each way

ODD = {2024: ("US-OH",), 2025: ("US-OH", "US-IA")}
EVEN = {2024: ("US-UT",), 2025: ("US-UT", "US-NV")}


def replace(path: Path, old: str, new: str) -> None:
    path.write_text(change(path.read_text(encoding="utf-8"), old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def quarrels(tmp_path_factory):
    """The outcome of a build of sheets that disagree, and its warehouse folder."""
    folder = tmp_path_factory.mktemp("quarrels")
    raw = shutil.copytree(RAW, folder / "raw")
    replace(raw / "2023/missouri.txt", "28,886", "28,887")
    replace(raw / "2023/kentucky.txt", "8,597", "8,579")
    shutil.copy(raw / "2023/minnesota.txt", raw / "2023/minnesota again.txt")
    for year, odd in ODD.items():
        for place in EVEN[year]:
            write_sheet(raw / f"{year}/{place}.txt", render(place, year))
        for place in odd:
            text = change(render(place, year), "28,886", "28,887")
            write_sheet(raw / f"{year}/{place}.txt", text)
    ohio = render("US-OH", 2026)
    write_sheet(raw / "2026/ohio.txt", ohio)
    write_sheet(raw / "2026/ohio again.txt", change(ohio, "8,597", "8,579"))
    return build(raw, folder / "warehouse", version=VERSION), folder / "warehouse"


def statuses_of(warehouse: Path, year: int) -> dict[str, str]:
    query = f"select file, status from sheets where file like '{year}/%' order by file"
    return dict(ask(warehouse, query))


def test_the_odd_sheet_of_four_is_quarantined_and_the_majority_released(quarrels):
    outcome, warehouse = quarrels
    (reason,) = [row for row in outcome.quarantine if row.file == "2023/missouri.txt"]
    assert reason.check_name == "national_figures_agree"
    assert (
        "printed '28,887', but 2023 missing_child_cases: 3 of 4 sheets print '28,886'"
        in reason.message
    )
    query = "select value, statements from observations where observation_id = '2023/US/missing_child_cases'"
    assert ask(warehouse, query) == [(28886, 3)]
    assert ask(warehouse, "select * from observations where jurisdiction = 'US-MO'") == []
    accepted = [f for f, s in statuses_of(warehouse, 2023).items() if s == "accepted"]
    assert accepted == ["2023/kentucky.txt", "2023/minnesota.txt", "2023/mississippi.txt"]


@pytest.mark.parametrize("year", ODD)
def test_without_a_majority_the_figure_is_withheld_and_the_sheets_stay(quarrels, year):
    outcome, warehouse = quarrels
    (withheld,) = [row for row in outcome.withheld if row.year == year]
    assert (withheld.check_name, withheld.metric) == (
        "national_figures_have_a_majority",
        "missing_child_cases",
    )
    for place in ODD[year]:
        assert f"{year}/{place}.txt prints '28,887'" in withheld.message
    sheets = statuses_of(warehouse, year)
    assert list(sheets.values()) == ["accepted"] * 2 * len(ODD[year])
    assert not outcome.is_complete
    query = (
        f"select jurisdiction from observations where metric = 'missing_child_cases' "
        f"and year = {year}"
    )
    found = {place for (place,) in ask(warehouse, query)}
    assert found == {*ODD[year], *EVEN[year]}
    query = (
        "select coverage from coverage where jurisdiction = 'US' and metric = 'missing_child_cases' "
        f"and year = {year}"
    )
    assert ask(warehouse, query) == [("quarantined",)]


def test_the_same_text_twice_is_taken_once(quarrels):
    query = "select file, reason from sheets where status = 'duplicate'"
    assert ask(quarrels[1], query) == [
        ("2023/minnesota again.txt", "same figures as 2023/minnesota.txt")
    ]


def test_two_texts_of_one_state_are_both_quarantined(quarrels):
    outcome, warehouse = quarrels
    assert {row.file: row.check_name for row in outcome.quarantine} == {
        "2023/missouri.txt": "national_figures_agree",
        "2026/ohio again.txt": "state_and_year_come_once",
        "2026/ohio.txt": "state_and_year_come_once",
    }
    assert set(statuses_of(warehouse, 2026).values()) == {"quarantined"}


def test_a_changed_file_that_the_manifest_lists_is_a_warning(quarrels):
    outcome, warehouse = quarrels
    found = {row.file for row in outcome.warnings if row.check_name == "manifest_agrees"}
    assert found == {"2023/kentucky.txt", "2023/missouri.txt"}
    assert statuses_of(warehouse, 2023)["2023/kentucky.txt"] == "accepted"


# Raw folders that hold nothing to build


def test_an_empty_raw_folder_releases_nothing(tmp_path, warehouse):
    raw = tmp_path / "raw"
    raw.mkdir()
    with pytest.raises(BuildError, match="raw: holds no sheets; add some, for example"):
        build(raw, warehouse)
    assert not warehouse.exists()


def test_a_missing_raw_folder_releases_nothing(tmp_path, warehouse):
    with pytest.raises(BuildError, match="raw: no such folder; put the sheets there"):
        build(tmp_path / "raw", warehouse)
    assert not warehouse.exists()


def test_a_raw_folder_without_one_good_sheet_leaves_the_release_and_says_why(
    raw, warehouse, built_warehouse
):
    shutil.copytree(built_warehouse, warehouse, symlinks=True)
    before = warehouse / "releases" / VERSION
    for path in raw.glob("2023/*.txt"):
        path.write_bytes(b"")
    old = contents(before)
    with pytest.raises(BuildError) as refused:
        build(raw, warehouse)
    message = str(refused.value)
    assert message.startswith("no sheet was accepted:")
    assert "2023/missouri.txt: is empty" in message
    assert (warehouse / "releases/latest").resolve() == before.resolve()
    assert contents(before) == old
    assert len(ask(warehouse, "select * from observations")) == 52


@pytest.mark.slow
def test_a_flat_raw_folder_is_taken(raw, warehouse):
    for path in raw.glob("2023/*.txt"):
        path.rename(raw / path.name)
    (raw / "manifest.csv").unlink()
    outcome = build(raw, warehouse)
    assert outcome.sheets == {"accepted": 4}
    assert outcome.observations == 52
    query = "select distinct year from observations"
    assert ask(warehouse, query) == [(2023,)]


# Other states, years and flavours, without a change of code

NATIONS = {
    2021: {**NATION_2023, "cybertipline_reports_received": "29.4 million",
           "cybertipline_files_received": "almost 85 million"},
    2022: {**NATION_2023, "cybertipline_reports_received": "32 million",
           "cybertipline_files_received": "more than 88 million"},
    2023: NATION_2023,
    2024: {**NATION_2023, "cybertipline_reports_received": "20.5 million",
           "cybertipline_files_received": "62.9 million"},
    2025: {**NATION_2023, "cybertipline_reports_received": "21,300,000",
           "cybertipline_files_received": "over 60 million"},
}  # fmt: skip
PLACES = ("US-CA", "US-WV", "US-VA", "US-AR", "US-KS", "US-DC", "US-PR", "US-VI", "US-GU")


@pytest.fixture(scope="module")
def many_years(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many_years")
    for year, nation in NATIONS.items():
        for place in PLACES:
            write_sheet(folder / f"raw/{year}/{place}.txt", render(place, year, nation=nation))
    return build(folder / "raw", folder / "warehouse", version=VERSION), folder / "warehouse"


@pytest.mark.slow
def test_sheets_of_other_states_and_years_are_accepted(many_years):
    outcome, folder = many_years
    assert outcome.quarantine == []
    assert outcome.withheld == []
    assert outcome.sheets == {"accepted": 45}
    query = "select year, count(distinct jurisdiction) from observations group by 1 order by 1"
    assert ask(folder, query) == [(year, 10) for year in NATIONS]


def test_each_year_has_its_own_national_figure(many_years):
    query = (
        "select year, value, qualifier, statements from national_figures "
        "where metric = 'cybertipline_reports_received' order by year"
    )
    assert ask(many_years[1], query) == [
        (2021, 29_400_000, "rounded", 9),
        (2022, 32_000_000, "rounded", 9),
        (2023, 36_200_000, "rounded", 9),
        (2024, 20_500_000, "rounded", 9),
        (2025, 21_300_000, "exact", 9),
    ]


def test_a_year_before_the_wordings_evidence_is_a_warning(many_years):
    found = {row.year for row in many_years[0].warnings if row.check_name == "wording_is_evidenced"}
    assert found == {2021, 2022}


def test_the_publishers_exact_figures_corroborate_the_rounded_ones(many_years):
    query = (
        "select year, metric, passed from checks "
        "where check_name = 'corroborated_elsewhere' order by year, metric"
    )
    files, received = "cybertipline_files_received", "cybertipline_reports_received"
    assert [row for row in ask(many_years[1], query) if row[1] != "cvip_children_identified"] == [
        (2021, files, True),
        (2021, received, True),
        (2022, files, True),
        (2022, received, True),
        (2023, files, True),
        (2023, received, True),
    ]


# A warehouse that cannot be written


def test_a_warehouse_below_a_file_is_refused(raw, tmp_path):
    blocked = write_sheet(tmp_path / "blocked", "a file")
    with pytest.raises(BuildError, match="cannot be written: Not a directory"):
        build(raw, blocked / "warehouse")
    assert blocked.read_text(encoding="utf-8") == "a file"


def test_a_warehouse_that_is_a_file_is_refused(raw, tmp_path):
    blocked = write_sheet(tmp_path / "blocked", "a file")
    with pytest.raises(BuildError, match="cannot be written"):
        build(raw, blocked)
    assert blocked.read_text(encoding="utf-8") == "a file"


def test_a_releases_folder_that_is_a_file_is_refused(raw, warehouse):
    write_sheet(warehouse / "releases", "a file")
    with pytest.raises(BuildError, match="releases: the release cannot be written: File exists"):
        build(raw, warehouse)


def published(warehouse: Path) -> dict[str, bytes]:
    """Warehouse and releases, without the stages that every run rebuilds."""
    found = contents(warehouse)
    return {name: found[name] for name in found if not name.startswith(("stages/", ".lock"))}


# Files of a limited size stand in for a full disk: a limit binds root too, permissions do not.
LIMITED = (
    "import resource, sys; from pipeline.cli.app import main; "
    "limit = int(sys.argv.pop(1)); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)); main()"
)


@pytest.mark.slow  # the crash tests hold a build to the same limits, from a process they fork
@pytest.mark.parametrize("limit", [4_000, 200_000])
def test_a_disk_that_fills_up_leaves_the_old_release_whole(raw, warehouse, limit):
    build(raw, warehouse, version=VERSION)
    before = published(warehouse)
    write_sheet(raw / "2023/ohio.txt", render("US-OH"))
    found = run_python("-c", LIMITED, str(limit), "build", "--raw", raw, "--warehouse", warehouse)
    assert found.returncode == 2, found.stderr
    assert "cannot be written" in found.stderr
    assert "Traceback" not in found.stderr
    assert published(warehouse) == before
    outcome = build(raw, warehouse)
    assert outcome.version.startswith("20")
    assert outcome.sheets == {"accepted": 5}


# Exit codes


def test_a_build_with_something_quarantined_ends_with_1_and_names_it(tmp_path, warehouse):
    raw = fill(tmp_path / "raw", tmp_path / "secret.txt")
    found = invoke("build", "--raw", raw, "--warehouse", warehouse)
    assert found.returncode == 1, found.stderr
    for file in EXPECTED:
        assert file in found.stderr
    assert "\x1b" not in found.stdout + found.stderr
    assert "Traceback" not in found.stderr
