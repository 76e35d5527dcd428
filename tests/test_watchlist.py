"""The watchlist: what is looked at, what is taken, what is remembered, by hand and by schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline.build import BuildSteps
from pipeline.catalog.load import default_catalog
from pipeline.definitions import build_defs
from pipeline.intake.add import Result
from pipeline.intake.connection import Settings
from pipeline.intake.fetch import Client
from pipeline.intake.watchlist import WatchlistError, addresses, check_watchlist
from pipeline.parse.patterns import compile_catalog
from pipeline.sheets.collect import RawFolderError, list_files
from pipeline.sheets.manifest import read_manifest
from pipeline.storage.names import WATCHLIST_STATE
from tests.building import contents, invoke
from tests.sheets_factory import KENTUCKY_2023, change, render
from tests.web import Answer, Site
from tests.web import site as serving_site

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
WORDINGS = compile_catalog(default_catalog())
OHIO, IOWA = (render(code).encode() for code in ("US-OH", "US-IA"))
OHIO_2 = change(OHIO.decode(), "8,597", "8,599").encode()
ETAG = {"ETag": '"one"'}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving_site() as found:
        yield found


@pytest.fixture
def watchlist(tmp_path: Path) -> Path:
    return tmp_path / "watchlist.txt"


def write(watchlist: Path, *lines: str) -> None:
    watchlist.write_text("\n".join(lines), encoding="utf-8")


def check(watchlist: Path, raw: Path, now: datetime = NOW) -> list[Result]:
    settings = Settings(allow_private=True, pause=0, backoff=0.01, total=5)
    return list(check_watchlist(watchlist, raw, WORDINGS, Client(settings), now=now))


def results(watchlist: Path, raw: Path, now: datetime = NOW) -> list[tuple[str, str | None]]:
    return [(taken.status, taken.file) for taken in check(watchlist, raw, now)]


# The file


def test_a_watchlist_is_an_address_a_line_with_comments(watchlist):
    write(watchlist, "\ufeff# NCMEC", "", "http://a.example/x#page=2", "  https://b.example/  # Iowa",
          "http://a.example/x#page=2", "not an address")  # fmt: skip
    assert addresses(watchlist) == [
        "http://a.example/x#page=2",
        "https://b.example/",
        "not an address",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"# nothing yet\n", "names no address; write one a line into it"),
        (b"http://\xff\n", "is not UTF-8 at byte 7"),
    ],
)
def test_a_watchlist_without_addresses_is_told(watchlist, content, reason):
    watchlist.write_bytes(content)
    with pytest.raises(WatchlistError, match=reason):
        addresses(watchlist)


def test_it_lies_beside_the_raw_folder_unless_told_otherwise(raw, tmp_path, monkeypatch):
    said = f"{tmp_path}/watchlist.txt: No such file or directory; write an address a line into it"
    found = invoke("watchlist", "--raw", raw)
    assert (found.returncode, found.stderr.startswith(said)) == (2, True)
    monkeypatch.setenv("STATEDATA_WATCHLIST", str(tmp_path / "other.txt"))
    assert invoke("watchlist", "--raw", raw).stderr.startswith(
        f"{tmp_path}/other.txt: No such file"
    )
    given = invoke("watchlist", "--raw", raw, "--watchlist", tmp_path / "third.txt")
    assert given.stderr.startswith(f"{tmp_path}/third.txt: No such file")


def test_a_missing_raw_folder_is_told_and_not_made(watchlist, tmp_path):
    write(watchlist, "http://a.example/")
    with pytest.raises(RawFolderError, match="no such folder"):
        check(watchlist, tmp_path / "rwa")
    assert not (tmp_path / "rwa").exists()


# What an address gives


def test_each_address_is_told_and_none_harms_another(raw, watchlist, site):
    minnesota = (raw / "2023/minnesota.txt").read_bytes()
    missouri = (raw / "2023/missouri.txt").read_bytes().replace(b"10,065", b"10,066")
    write(
        watchlist,
        site.put("/new", Answer(body=OHIO)),
        site.put("/gone", Answer(404)),
        site.put("/same", Answer(body=minnesota)),
        site.put("/page", Answer(body=b"<html>Sorry</html>")),
        "ftp://example.org/",
        "nonsense",
        site.put("/broken", Answer(body=IOWA[:99], length=len(IOWA))),
        site.put("/vintage", Answer(body=missouri)),
    )
    found = check(watchlist, raw)
    assert [(taken.status, taken.file) for taken in found] == [
        ("added", "2023/ohio.txt"),
        ("failed", None),
        ("already there", "2023/minnesota.txt"),
        ("refused", None),
        ("refused", None),
        ("refused", None),
        ("failed", None),
        ("new vintage", "2023/missouri.2.txt"),
    ]
    assert [taken.note for taken in found[3:6]] == [
        "names no state, expected one of the catalog's jurisdictions in its title; check that it "
        "is a state fact sheet, or add its title to sentences.yml; names none, expected one reporting "
        "year; compare its sentences",
        "has the scheme ftp; http and https are known",
        "has the scheme none; http and https are known",
    ]
    origin = read_manifest(raw)["2023/ohio.txt"]
    assert (origin.origin, origin.retrieved) == (site.url("/new"), "2026-11-22T06:00:00Z")


def test_a_sheet_that_would_be_quarantined_is_taken_and_told(raw, watchlist, site):
    broken = render("US-OH", local={**KENTUCKY_2023, "missing_child_cases_orr": "22"})
    write(watchlist, site.put("/", Answer(body=broken.encode())))
    (taken,) = check(watchlist, raw)
    assert taken.note.startswith("would be quarantined: parts_sum_to_totals")


# The next time


@pytest.mark.parametrize(
    ("mark", "condition"),
    [({"ETag": 'W/"one"'}, {"If-None-Match": 'W/"one"'}),
     ({"Last-Modified": "Sat, 21 Nov 2026 06:00:00 GMT"}, {"If-Modified-Since": "Sat, 21 Nov 2026 06:00:00 GMT"})],
)  # fmt: skip
def test_what_has_not_changed_is_not_sent_again(raw, watchlist, site, mark, condition):
    write(watchlist, site.put("/", Answer(body=OHIO, headers=mark), Answer(304)))
    assert results(watchlist, raw) == [("added", "2023/ohio.txt")]
    before = contents(raw)
    assert results(watchlist, raw, LATER) == [("unchanged", "2023/ohio.txt")]
    assert results(watchlist, raw, LATER) == [("unchanged", "2023/ohio.txt")]
    sent = [
        {name: asked[name] for name in asked if name.startswith("If-")} for asked in site.asked["/"]
    ]
    assert sent == [{}, condition, condition]
    assert contents(raw) == before


def test_a_server_without_marks_sends_it_again_and_it_is_there_already(raw, watchlist, site):
    write(watchlist, site.put("/", Answer(body=OHIO)))
    assert results(watchlist, raw) == [("added", "2023/ohio.txt")]
    assert results(watchlist, raw, LATER) == [("already there", "2023/ohio.txt")]


def test_new_bytes_are_a_new_vintage(raw, watchlist, site):
    second = Answer(body=OHIO_2, headers={"ETag": '"two"'})
    write(watchlist, site.put("/", Answer(body=OHIO, headers=ETAG), second, Answer(304)))
    assert results(watchlist, raw) == [("added", "2023/ohio.txt")]
    assert results(watchlist, raw, LATER) == [("new vintage", "2023/ohio.2.txt")]
    assert results(watchlist, raw, LATER) == [("unchanged", "2023/ohio.2.txt")]
    assert site.asked["/"][2]["If-None-Match"] == '"two"'


def test_an_address_that_failed_is_asked_again_as_before(raw, watchlist, site):
    answers = [Answer(body=OHIO, headers=ETAG), Answer(404), Answer(304)]
    write(watchlist, site.put("/", *answers))
    assert [results(watchlist, raw)[0][0] for _ in range(3)] == ["added", "failed", "unchanged"]


def test_a_page_that_was_refused_is_looked_at_anew(raw, watchlist, site):
    # The catalog may know its words the next time.
    write(watchlist, site.put("/", Answer(body=b"not yet", headers=ETAG)))
    assert [results(watchlist, raw)[0][0] for _ in range(2)] == ["refused", "refused"]
    assert "If-None-Match" not in site.asked["/"][1]


@pytest.mark.parametrize("loss", ["deleted", "damaged", "of another shape", "hostile"])
def test_without_its_memory_a_check_only_costs_requests(raw, watchlist, site, loss):
    url = site.put("/", Answer(body=OHIO, headers=ETAG))
    write(watchlist, url)
    check(watchlist, raw)
    state = raw / WATCHLIST_STATE
    good = json.loads(state.read_text())
    if loss == "deleted":
        state.unlink()
    else:
        hostile = {url: {**good[url], "file": "../../etc/passwd", "mark": {"url": url, "etag": 3, "modified": "\n"}}}  # fmt: skip
        text = {"damaged": "{", "of another shape": "[1]", "hostile": json.dumps(hostile)}[loss]
        state.write_text(text)
    assert results(watchlist, raw, LATER) == [("already there", "2023/ohio.txt")]
    assert json.loads(state.read_text()) == good


@pytest.mark.parametrize("change_of", ["removed", "changed"])
def test_a_sheet_that_is_not_in_the_folder_any_more_is_fetched(raw, watchlist, site, change_of):
    write(watchlist, site.put("/", Answer(body=OHIO, headers=ETAG)))
    check(watchlist, raw)
    file = raw / "2023/ohio.txt"
    file.unlink() if change_of == "removed" else file.write_bytes(OHIO_2)
    expected = {
        "removed": ("added", "2023/ohio.txt"),
        "changed": ("new vintage", "2023/ohio.2.txt"),
    }
    assert results(watchlist, raw, LATER) == [expected[change_of]]
    assert "If-None-Match" not in site.asked["/"][1]


def test_an_address_that_is_no_longer_watched_is_forgotten(raw, watchlist, site):
    one, other = (site.put(path, Answer(body=OHIO, headers=ETAG)) for path in ("/1", "/2"))
    write(watchlist, one, other)
    check(watchlist, raw)
    assert set(json.loads((raw / WATCHLIST_STATE).read_text())) == {one, other}
    write(watchlist, other)
    check(watchlist, raw)
    assert set(json.loads((raw / WATCHLIST_STATE).read_text())) == {other}


def test_what_is_remembered_is_no_sheet(raw, watchlist, site):
    write(watchlist, site.put("/", Answer(body=OHIO)))
    check(watchlist, raw)
    assert (raw / WATCHLIST_STATE).exists()
    assert {file for file, _ in list_files(raw)} == {*read_manifest(raw)}


# The command


def test_the_command_reports_every_address_and_ends_accordingly(raw, watchlist, site):
    good, bad = site.put("/good", Answer(body=OHIO)), site.put("/bad", Answer(404))
    write(watchlist, good)
    assert invoke("watchlist", "--raw", raw, "--allow-private").returncode == 0
    write(watchlist, good, bad)
    found = invoke("watchlist", "--raw", raw, "--allow-private")
    assert found.returncode == 1
    assert f"│ failed        │               │ {bad}" in found.stdout
    assert found.stdout.splitlines()[-1] == "2 given: 1 already there, 1 failed"
    write(watchlist, bad)
    assert invoke("watchlist", "--raw", raw, "--allow-private").returncode == 2


# The schedule


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as found:
        yield found


def tick(raw: Path, warehouse: Path, instance: dg.DagsterInstance) -> Any:
    schedule = build_defs(steps=BuildSteps(raw, warehouse)).resolve_schedule_def(
        "watchlist_schedule"
    )
    return schedule(dg.build_schedule_context(instance))


def run(
    raw: Path, warehouse: Path, instance: dg.DagsterInstance, *, allow_private: bool = True
) -> dg.ExecuteInProcessResult:
    defs = build_defs(steps=BuildSteps(raw, warehouse))
    config = {"file": str(raw.parent / "watchlist.txt"), "allow_private": allow_private}
    return defs.resolve_job_def("watchlist").execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={"resources": {"watch": {"config": config}}},
    )


def test_the_schedule_is_daily_and_runs_without_being_switched_on(monkeypatch):
    found = build_defs().resolve_schedule_def("watchlist_schedule")
    assert (found.cron_schedule, found.default_status.value) == ("0 5 * * *", "RUNNING")
    monkeypatch.setenv("STATEDATA_WATCH_CRON", "*/9 * * * *")
    assert build_defs().resolve_schedule_def("watchlist_schedule").cron_schedule == "*/9 * * * *"


def test_the_schedule_skips_where_there_is_no_watchlist(raw, warehouse, watchlist, instance):
    skipped = tick(raw, warehouse, instance)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == f"{watchlist}: there is no watchlist"
    write(watchlist, "http://a.example/")
    assert isinstance(tick(raw, warehouse, instance), dg.RunRequest)


def test_the_schedule_looks_where_the_environment_says(raw, warehouse, instance, monkeypatch):
    other = raw.parent / "other.txt"
    monkeypatch.setenv("STATEDATA_WATCHLIST", str(other))
    assert tick(raw, warehouse, instance).skip_message == f"{other}: there is no watchlist"


def test_a_run_takes_new_sheets_which_the_sensor_then_sees(
    raw, warehouse, watchlist, instance, site
):
    write(watchlist, site.put("/ok", Answer(body=OHIO)), site.put("/no", Answer(404)))
    defs = build_defs(steps=BuildSteps(raw, warehouse))
    cursor = None

    def look() -> Any:
        nonlocal cursor
        with dg.build_sensor_context(instance, cursor=cursor) as context:
            found = defs.resolve_sensor_def("raw_folder_sensor")(context)
            cursor = context.cursor
        return found

    look()
    assert isinstance(look(), dg.RunRequest)
    assert isinstance(look(), dg.SkipReason)
    result = run(raw, warehouse, instance)
    assert result.success
    assert (raw / "2023/ohio.txt").read_bytes() == OHIO
    handled = next(event for event in result.all_events if event.event_type_value == "STEP_OUTPUT")
    metadata = {name: value.value for name, value in handled.step_output_data.metadata.items()}
    assert metadata == {
        "addresses": 2,
        "counts": {"added": 1, "failed": 1},
        "missed": [f"{site.url('/no')}: failed: answers with status 404"],
    }
    look()
    assert isinstance(look(), dg.RunRequest)


def test_a_run_fails_if_no_address_gives_a_sheet(raw, warehouse, watchlist, instance, site):
    write(watchlist, site.put("/no", Answer(404)))
    result = run(raw, warehouse, instance)
    assert not result.success
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert "no address of the watchlist gives a sheet" in str(failure.step_failure_data.error)


def test_a_run_asks_no_private_machine_unless_told_to(raw, warehouse, watchlist, instance, site):
    write(watchlist, site.put("/", Answer(body=OHIO)))
    assert not run(raw, warehouse, instance, allow_private=False).success
    assert not site.asked


def test_a_failed_look_is_not_told_as_a_failed_build(raw, warehouse, watchlist, instance):
    write(watchlist, "nonsense")
    result = run(raw, warehouse, instance)
    defs = build_defs(steps=BuildSteps(raw, warehouse))
    sensor = defs.resolve_sensor_def("report_failure")
    assert isinstance(sensor, dg.RunStatusSensorDefinition)
    failure = next(event for event in result.all_events if event.is_failure)
    context = dg.build_run_status_sensor_context(
        "report_failure", failure, instance, result.dagster_run
    ).for_run_failure()
    assert isinstance(sensor(context), dg.SkipReason)
    assert not (warehouse / "stages/last_run.json").exists()
