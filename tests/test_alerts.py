"""Alerts: what is told, to whom, how often, and that telling never harms a build or a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import shutil
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from pipeline.alerts import outbox
from pipeline.alerts.events import Event, Places, of_failure, of_validation
from pipeline.alerts.outbox import MOST_AT_ONCE, report, standing
from pipeline.alerts.reporting import report_publication, report_run, report_standing, reporting
from pipeline.alerts.runs import STALE_AFTER, Run, Schedule, read, record, record_schedule
from pipeline.alerts.send import SIGNATURE, ChannelError, Mail, Webhook, channels, mail
from pipeline.build import BuildSteps, build
from pipeline.definitions import JOB, build_defs
from pipeline.defs.alerting import sensors_of
from pipeline.defs.automation import schedule_at
from pipeline.defs.partitions import range_tags, sync_partitions
from pipeline.outcome import BuildError
from pipeline.storage.names import ALERTS, LAST_RUN, STAGES
from tests.building import RAW, VERSION
from tests.sheets_factory import change
from tests.web import Answer, serving, site

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
SECRET = "s3cr3t-of-the-hook"  # noqa: S105
TOKEN = "T0KEN-in-the-path"  # noqa: S105
PASSWORD = "p4ss:w@rd"  # noqa: S105
EVENT = Event(
    "quarantined_sheet", "2023/kentucky.txt", "parts_sum_to_totals", "199", "198",
    "2023/US-KY missing_child_cases: rows 133 + 45 + 20 = 198, stated 199",
    "statedata explain raw/2023/kentucky.txt", "ab12",
)  # fmt: skip


@dataclass
class Received:
    """What a local server was sent, and the answers it is told to give."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def next_answer(self, usual: int | str) -> int | str:
        return self.answers.pop(0) if self.answers else usual


@pytest.fixture
def hook() -> Iterator[Received]:
    """A local HTTP server that keeps what it is posted."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.calls.append((dict(self.headers), body))
            status = int(received.next_answer(204))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"http://127.0.0.1:{received.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    with serving(server):
        yield received


@pytest.fixture
def post_office() -> Iterator[Received]:
    """A local SMTP server that keeps what it is sent; an answer is a line for the recipient."""
    received = Received()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 local")
            recipients: list[str] = []
            while line := self.rfile.readline():
                words = line.decode().strip()
                verb = words.upper().split(":")[0].split()[0]
                if verb == "EHLO":
                    self.say("250-local\r\n250 AUTH PLAIN")
                elif verb == "AUTH":
                    received.logins.append(words)
                    self.say(str(received.next_answer("235 welcome")))
                elif verb == "MAIL":
                    recipients = []
                    self.say("250 ok")
                elif verb == "RCPT":
                    recipients.append(words.partition("<")[2].partition(">")[0])
                    self.say(str(received.next_answer("250 ok")))
                elif verb == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text.removeprefix(b"."))
                    message = message_from_bytes(b"".join(lines), policy=policy.default)
                    assert isinstance(message, EmailMessage)
                    received.mails.append((recipients, message))
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_address[1]
    with serving(server):
        yield received


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port of this machine on which nobody listens, and nobody else can."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@pytest.fixture(autouse=True)
def _no_channels_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "WEBHOOK_URL",
        "WEBHOOK_SECRET",
        "SMTP_URL",
        "MAIL_FROM",
        "MAIL_TO",
        "HEARTBEAT_URL",
        "METRICS_FILE",
        "CRON",
    ):
        monkeypatch.delenv(f"STATEDATA_{name}", raising=False)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def webhook(port: int) -> Webhook:
    return Webhook(f"http://127.0.0.1:{port}/{TOKEN}", SECRET, pause=0.01)


def post(port: int, **changes: str) -> Mail:
    to = ("one@example.org", "two@example.org")
    sender = "statedata@example.org"
    found = Mail("smtp", "127.0.0.1", port, "robot", PASSWORD, sender, to, pause=0.01)
    return replace(found, **changes)


def posted(hook: Received) -> list[dict[str, str]]:
    return [json.loads(body) for _, body in hook.calls]


def lines(logged: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    found = [record for record in logged.records if record.name == "statedata.alerts"]
    return [json.loads(record.getMessage()) for record in found]


# The webhook


def test_a_webhook_is_posted_the_event_as_json(hook):
    webhook(hook.port).send(EVENT, NOW)
    (told,) = posted(hook)
    assert told["kind"] == "quarantined_sheet"
    assert told["subject"] == "2023/kentucky.txt"
    assert told["check"] == "parts_sum_to_totals"
    assert (told["expected"], told["found"]) == ("199", "198")
    assert told["command"] == "statedata explain raw/2023/kentucky.txt"
    assert told["id"] == EVENT.id
    assert told["at"] == "2026-11-21T06:00:00+00:00"
    assert EVENT.message in told["text"]


def test_a_webhook_is_signed_with_the_secret(hook):
    webhook(hook.port).send(EVENT, NOW)
    ((headers, body),) = hook.calls
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={digest}"


def test_a_webhook_without_a_secret_is_not_signed(hook):
    replace(webhook(hook.port), secret="").send(EVENT, NOW)
    ((headers, _),) = hook.calls
    assert SIGNATURE not in headers


def test_a_webhook_is_tried_again_with_the_same_body(hook):
    hook.answers = [500, 503]
    webhook(hook.port).send(EVENT, NOW)
    assert len(hook.calls) == 3
    assert len({body for _, body in hook.calls}) == 1


def test_a_webhook_that_stays_ill_is_given_up(hook):
    hook.answers = [500] * 10
    with pytest.raises(ChannelError, match="status 500"):
        webhook(hook.port).send(EVENT, NOW)
    assert len(hook.calls) == 3


def test_a_webhook_that_refuses_is_not_tried_again(hook):
    hook.answers = [403]
    with pytest.raises(ChannelError, match="status 403"):
        webhook(hook.port).send(EVENT, NOW)
    assert len(hook.calls) == 1


def test_a_webhook_does_not_follow_redirects(hook):
    hook.answers = [302]
    with pytest.raises(ChannelError, match="status 302"):
        webhook(hook.port).send(EVENT, NOW)
    assert len(hook.calls) == 1


def test_text_of_a_sheet_calls_nobody_in_a_chat_room(hook):
    webhook(hook.port).send(replace(EVENT, message="printed '<!channel>'\nmore"), NOW)
    (told,) = posted(hook)
    assert "<" not in told["text"]
    assert "\n" not in told["text"]
    assert "<!channel>" in told["message"]


# Mail


def test_a_mail_says_what_when_and_what_to_type(post_office):
    post(post_office.port).send(EVENT, NOW)
    ((recipients, message),) = post_office.mails
    assert recipients == ["one@example.org", "two@example.org"]
    assert message["To"] == "one@example.org, two@example.org"
    assert message["From"] == "statedata@example.org"
    assert message["Subject"] == (
        "statedata: quarantined_sheet: 2023/kentucky.txt parts_sum_to_totals"
    )
    text = message.get_content()
    assert "check:    parts_sum_to_totals" in text
    assert "expected: 199" in text
    assert "found:    198" in text
    assert "next:     statedata explain raw/2023/kentucky.txt" in text
    assert len(post_office.logins) == 1


def test_a_mail_is_sent_again_when_the_server_asks_for_it(post_office):
    post_office.answers = ["235 welcome", "451 later", "451 later"]
    post(post_office.port).send(EVENT, NOW)
    assert len(post_office.mails) == 1


def test_a_refused_login_is_not_tried_again(post_office):
    post_office.answers = [f"535 wrong {PASSWORD}"]
    with pytest.raises(ChannelError, match=r"^not sent: SMTPAuthenticationError 535$"):
        post(post_office.port).send(EVENT, NOW)
    assert len(post_office.logins) == 1


def test_a_password_does_not_leave_the_machine_unencrypted(post_office, monkeypatch):
    monkeypatch.setattr("pipeline.alerts.send._is_loopback", lambda host: False)
    with pytest.raises(ChannelError, match="no encryption"):
        post(post_office.port).send(EVENT, NOW)
    assert not post_office.logins


def test_demanded_encryption_is_not_gone_without(post_office):
    with pytest.raises(ChannelError, match="SMTPNotSupportedError"):
        post(post_office.port, security="starttls").send(EVENT, NOW)
    assert not post_office.mails


def test_text_of_a_sheet_cannot_add_a_header_or_a_command(post_office):
    evil = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>"
    post(post_office.port).send(
        replace(EVENT, subject=evil, check=evil, found=evil, message=evil), NOW
    )
    ((recipients, message),) = post_office.mails
    assert recipients == ["one@example.org", "two@example.org"]
    assert message["Bcc"] is None
    assert message["Subject"].startswith("statedata: quarantined_sheet: x Bcc: evil")


def test_any_text_can_be_mailed():
    message = mail(replace(EVENT, subject="\udcff\x00é" * 200), NOW, "a@b.org", ("c@d.org",))
    assert len(message["Subject"]) <= 160
    message.as_bytes()


# The settings


def test_channels_come_from_the_environment():
    found, problems = channels(
        {
            "STATEDATA_WEBHOOK_URL": "https://hooks.example.org/x",
            "STATEDATA_WEBHOOK_SECRET": SECRET,
            "STATEDATA_SMTP_URL": "smtps://robot%40x:p%3A%40@mail.example.org",
            "STATEDATA_MAIL_FROM": "Robot <robot@example.org>",
            "STATEDATA_MAIL_TO": "One <one@example.org>, two@example.org",
        }
    )
    assert not problems
    assert found == [
        Webhook("https://hooks.example.org/x", SECRET),
        Mail("smtps", "mail.example.org", 465, "robot@x", "p:@", "robot@example.org",
             ("one@example.org", "two@example.org")),
    ]  # fmt: skip


def test_nothing_set_is_nothing_wrong():
    assert channels({}) == ([], [])


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"STATEDATA_WEBHOOK_URL": f"ftp://host/{TOKEN}"}, "STATEDATA_WEBHOOK_URL"),
        ({"STATEDATA_WEBHOOK_URL": f"https://[{TOKEN}"}, "STATEDATA_WEBHOOK_URL"),
        ({"STATEDATA_SMTP_URL": f"smtp://u:{TOKEN}@h"}, "STATEDATA_MAIL_FROM"),
        (
            {
                "STATEDATA_SMTP_URL": f"smtp://u:{TOKEN}@h:port",
                "STATEDATA_MAIL_FROM": "a@b.org",
                "STATEDATA_MAIL_TO": "c@d.org",
            },
            "STATEDATA_SMTP_URL",
        ),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(settings, name):
    found, (problem,) = channels(settings)
    assert not found
    assert name in problem
    assert TOKEN not in problem


def test_a_shown_channel_hides_its_secrets():
    shown = f"{webhook(1)} {post(1)}"
    assert not any(secret in shown for secret in (SECRET, TOKEN, PASSWORD, "robot"))


# Once for each event


def test_a_standing_event_is_told_once(warehouse, hook, logged):
    for _ in range(3):
        report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == 1
    assert [line["id"] for line in lines(logged)] == [EVENT.id]


def test_an_event_of_a_changed_sheet_is_told_again(warehouse, hook):
    for state in ("ab12", "cd34"):
        changed = replace(EVENT, state=state)
        report([changed], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == 2


def test_an_event_that_ended_and_came_back_is_told_again(warehouse, hook):
    for events in ([EVENT], [], [EVENT]):
        report(events, {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert [told["resolved"] for told in posted(hook)] == [False, True, False]


def test_the_end_of_an_event_is_told_to_whoever_was_told_of_it(warehouse, hook, dead_port, logged):
    report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    report([], {"quarantined_sheet"}, warehouse, [webhook(dead_port)], NOW)
    assert standing(warehouse) == []
    report([], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    report([], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    told, ended = posted(hook)
    assert (told["id"], told["resolved"]) == (ended["id"], False)
    assert ended["resolved"] is True
    assert ended["text"] == (
        "statedata: resolved: quarantined_sheet: 2023/US-KY missing_child_cases: "
        "rows 133 + 45 + 20 = 198, stated 199"
    )
    assert [line["resolved"] for line in lines(logged) if "resolved" in line] == [False, True]


def test_another_event_of_the_same_sheet_and_check_takes_the_place_of_the_first(warehouse, hook):
    other = replace(EVENT, message="rows 133 + 45 + 19 = 197, stated 199", state="cd34")
    for event in (EVENT, other):
        report([event], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert [told["resolved"] for told in posted(hook)] == [False, False]
    assert standing(warehouse) == [other]


def test_whoever_never_heard_of_an_event_does_not_hear_of_its_end(warehouse, hook, dead_port):
    report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(dead_port)], NOW)
    report([], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert not posted(hook)


def test_events_of_kinds_that_were_not_settled_stand(warehouse, hook):
    for settled in ("quarantined_sheet", "stale_data", "quarantined_sheet"):
        events = [EVENT] if settled == "quarantined_sheet" else []
        report(events, {settled}, warehouse, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == 1


def test_what_a_dead_channel_missed_is_told_when_it_lives(warehouse, hook, dead_port, logged):
    report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(dead_port)], NOW)
    assert lines(logged)[-1]["kind"] == "channel_failed"
    for _ in range(2):
        report([], {"stale_data"}, warehouse, [webhook(hook.port)], NOW)
    assert [told["id"] for told in posted(hook)] == [EVENT.id]


def test_a_dead_channel_keeps_no_other_from_telling(warehouse, post_office, dead_port):
    both = [webhook(dead_port), post(post_office.port)]
    report([EVENT], {"quarantined_sheet"}, warehouse, both, NOW)
    assert len(post_office.mails) == 1


def test_a_dead_channel_is_tried_for_one_event_only(warehouse, hook):
    hook.answers = [403] * 10
    events = [replace(EVENT, subject=f"2023/{n}.txt") for n in range(5)]
    report(events, {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert len(hook.calls) == 1


def test_a_flood_of_events_ends_in_one_message_for_the_rest(warehouse, hook, logged):
    events = [replace(EVENT, subject=f"2023/{n}.txt") for n in range(MOST_AT_ONCE + 10)]
    for _ in range(2):
        report(events, {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == MOST_AT_ONCE
    assert posted(hook)[-1]["subject"] == "11 more"
    assert len(lines(logged)) == MOST_AT_ONCE + 10


def test_a_damaged_memory_is_told_over_not_stumbled_over(warehouse, hook):
    warehouse.mkdir()
    (warehouse / ALERTS).write_text('{"standing": [{}]}', encoding="utf-8")
    report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == 1


def test_events_are_told_where_nothing_can_be_written(tmp_path, hook, logged):
    nowhere = tmp_path / "file" / "warehouse"
    nowhere.parent.write_text("in the way", encoding="utf-8")
    report([EVENT], {"quarantined_sheet"}, nowhere, [webhook(hook.port)], NOW)
    assert len(posted(hook)) == 1
    assert "cannot be written" in lines(logged)[-1]["problem"]


def fill(disk: Path) -> Path:
    """Leave no room on a disk; gives the file to remove."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    assert not shutil.disk_usage(disk).free
    return filler


def test_what_a_full_disk_did_is_recorded_and_told_once_and_its_end_too(small_disk, hook):
    folder, failed = (
        small_disk / "stages",
        of_failure(BuildError("no room"), Places(Path(), Path())),
    )
    record(Run("test", NOW, NOW, None), folder)
    report([], {"failed_run"}, folder, [webhook(hook.port)], NOW)
    for _ in range(2):  # a new spare is made where there is room again
        filler = fill(small_disk)
        record(Run("test", NOW, NOW, "no room"), folder)
        for _ in range(2):
            report([failed], {"failed_run"}, folder, [webhook(hook.port)], NOW)
        found = read(folder)
        assert found is not None
        assert found.last.failure == "no room"
        filler.unlink()
        report([], {"failed_run"}, folder, [webhook(hook.port)], NOW)
        record(Run("test", NOW, NOW, None), folder)
    assert [told["resolved"] for told in posted(hook)] == [False, True] * 2


def test_a_full_disk_that_nothing_was_set_aside_on_takes_no_record(small_disk):
    folder = small_disk / "stages"
    folder.mkdir()
    fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        record(Run("test", NOW, NOW, "no room"), folder)
    assert read(folder) is None


def test_two_reports_at_once_tell_once(warehouse, hook):
    def tell() -> None:
        report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)

    threads = [threading.Thread(target=tell) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(posted(hook)) == 1


def test_no_secret_is_logged_by_anyone(warehouse, post_office, dead_port, logged):
    post_office.answers = [f"535 wrong {PASSWORD}"]
    both = [webhook(dead_port), post(post_office.port)]
    report([EVENT], {"quarantined_sheet"}, warehouse, both, NOW)
    told = [line for line in lines(logged) if line["kind"] == "channel_failed"]
    assert {line["channel"] for line in told} == {"webhook", "mail"}
    kept = (warehouse / ALERTS).read_text(encoding="utf-8")
    for secret in (SECRET, TOKEN, PASSWORD):
        assert secret not in logged.text + kept


# The events of a run


def row(**values: object) -> SimpleNamespace:
    usual = {
        "check_name": "parts_sum_to_totals", "level": "error", "passed": False, "year": 2023,
        "file": "2023/kentucky.txt", "metric": None, "expected": "199", "found": "198",
        "message": "rows differ",
    }  # fmt: skip
    return SimpleNamespace(**{**usual, **values})


SHEET = SimpleNamespace(file="2023/kentucky.txt", sha256="ab12")
PLACES = Places(Path("raw"), Path("warehouse"))


def test_results_of_one_check_are_one_event_of_the_sheet():
    rows = [row(), row(expected="7", found="6"), row(check_name="spans_reread"), row(passed=True)]
    first, second = of_validation(rows, [SHEET], PLACES)
    assert (first.check, first.expected, first.found) == (
        "parts_sum_to_totals",
        "199; 7",
        "198; 6",
    )
    assert (second.check, second.state) == ("spans_reread", "ab12")


def test_a_warning_is_no_event():
    assert not list(of_validation([row(level="warning")], [SHEET], PLACES))


def test_a_withheld_figure_names_a_sheet_to_look_at():
    withheld = row(
        check="national_figures_have_a_majority",
        file=None,
        metric="cases",
        found="2023/kentucky.txt prints '5'; 2023/ohio.txt prints '6'",
    )
    (event,) = of_validation([withheld], [SHEET], PLACES)
    assert (event.kind, event.subject) == ("withheld_figure", "2023 cases")
    assert event.command == "statedata explain raw/2023/kentucky.txt"


def test_a_files_name_is_no_command():
    assert PLACES.explain("2023/$(rm -rf x).txt") == "statedata explain 'raw/2023/$(rm -rf x).txt'"


def test_commands_name_folders_that_are_not_the_usual_ones():
    places = Places(Path("/data/raw"), Path("/data/warehouse"))
    assert places.build("--accept-revisions") == (
        "statedata build --raw /data/raw --warehouse /data/warehouse --accept-revisions"
    )


def test_a_failure_shows_no_password():
    event = of_failure(BuildError("postgresql://me:hidden@db/x: refused"), PLACES)
    assert "hidden" not in f"{event.message}{event.found}"


# Builds from the command line


@pytest.fixture
def places(raw: Path, warehouse: Path) -> Places:
    return Places(raw, warehouse)


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, hook: Received) -> Received:
    """The webhook, configured as an operator does it."""
    monkeypatch.setenv("STATEDATA_WEBHOOK_URL", f"http://127.0.0.1:{hook.port}/{TOKEN}")
    monkeypatch.setenv("STATEDATA_WEBHOOK_SECRET", SECRET)
    return hook


def spoil(raw: Path) -> None:
    """Let Kentucky's rows sum to one less than the total it states."""
    sheet = raw / "2023/kentucky.txt"
    text = sheet.read_text(encoding="utf-8")
    sheet.write_text(change(text, "\t21\n", "\t20\n"), encoding="utf-8")


@pytest.fixture(scope="module")
def with_a_bad_sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse folder of the sheets with Kentucky's spoiled. Tests only read it."""
    folder = tmp_path_factory.mktemp("spoiled")
    spoil(shutil.copytree(RAW, folder / "raw"))
    build(folder / "raw", folder / "warehouse")
    return folder / "warehouse"


@pytest.fixture
def spoiled(places: Places, with_a_bad_sheet: Path) -> Places:
    """Copies of the spoiled sheets and of what was built from them, of which nobody was told."""
    spoil(places.raw)
    shutil.copytree(with_a_bad_sheet, places.warehouse, symlinks=True)
    return places


def reported_build(places: Places) -> None:
    with reporting(places):
        build(places.raw, places.warehouse)


def reported(places: Places) -> None:
    """Report the build that has made what is there."""
    with reporting(places):
        pass


def test_a_quarantined_sheet_is_told_by_the_first_build_only(spoiled, configured):
    reported(spoiled)
    reported_build(spoiled)
    (told,) = posted(configured)
    assert (told["kind"], told["subject"]) == ("quarantined_sheet", "2023/kentucky.txt")
    assert told["check"] == "parts_sum_to_totals"
    assert told["command"] == f"statedata explain {spoiled.raw}/2023/kentucky.txt"


def test_a_build_without_trouble_tells_nothing_and_is_recorded(places, configured, built_warehouse):
    shutil.copytree(built_warehouse, places.warehouse, symlinks=True)
    reported(places)
    assert not posted(configured)
    runs = read(places.warehouse / STAGES)
    assert runs is not None
    assert runs.last.failure is None
    assert runs.last_success == runs.last.ended


def test_a_build_whose_channels_are_dead_succeeds(spoiled, monkeypatch, dead_port, logged):
    monkeypatch.setenv("STATEDATA_WEBHOOK_URL", f"http://127.0.0.1:{dead_port}/{TOKEN}")
    reported(spoiled)
    assert lines(logged)[-1]["kind"] == "channel_failed"


def test_a_report_that_breaks_is_logged_and_breaks_nothing(spoiled, monkeypatch, logged):
    def broken(*arguments: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("pipeline.alerts.reporting.report", broken)
    reported(spoiled)
    assert lines(logged)[-1]["problem"] == "the run cannot be reported: RuntimeError"


def test_a_failed_build_is_told_and_recorded_and_its_error_stays(places, configured):
    for path in (places.raw / "2023").iterdir():
        path.unlink()
    for _ in range(2):
        with pytest.raises(Exception, match="holds no sheets"):
            reported_build(places)
    (told,) = posted(configured)
    assert told["kind"] == "failed_run"
    assert "holds no sheets" in told["found"]
    assert told["command"].startswith("statedata build")
    runs = read(places.warehouse / STAGES)
    assert runs is not None
    assert runs.last.failure is not None
    assert runs.last_success is None


# Runs of Dagster, and its sensors


def run_job(instance: dg.DagsterInstance, places: Places) -> dg.ExecuteInProcessResult:
    defs = build_defs(steps=BuildSteps(places.raw, places.warehouse))
    keys = sync_partitions(instance, ["2023"])
    job = defs.resolve_job_def(JOB)
    tags = range_tags(keys, keys)
    return job.execute_in_process(
        instance=instance,
        raise_on_error=False,
        tags=tags,
        run_config={"ops": {"release": {"config": {"version": VERSION}}}},
    )


def sensor_ran(instance: dg.DagsterInstance, places: Places) -> object:
    """Run the job, and the sensor that its end would wake."""
    result = run_job(instance, places)
    ended = "SUCCESS" if result.success else "FAILURE"
    success, failure, _ = sensors_of(places, "")
    (event,) = [e for e in result.all_events if e.event_type_value == f"PIPELINE_{ended}"]
    context = dg.build_run_status_sensor_context(
        sensor_name="any",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    )
    if result.success:
        return success(context)
    return failure(context.for_run_failure())


@pytest.mark.slow
def test_dagsters_runs_are_reported_like_builds(places, configured):
    spoil(places.raw)
    with dg.instance_for_test() as instance:
        sensor_ran(instance, places)
    reported(places)
    (told,) = posted(configured)
    assert told["kind"] == "quarantined_sheet"


@pytest.mark.slow
def test_dagsters_run_is_recorded(places):
    with dg.instance_for_test() as instance:
        sensor_ran(instance, places)
    runs = read(places.warehouse / STAGES)
    assert runs is not None
    assert runs.last.by.startswith("Dagster run ")
    assert runs.last.failure is None


@pytest.mark.slow
def test_a_blocked_revision_says_what_would_change_and_how_to_accept_it(
    places, configured, built_warehouse
):
    shutil.copytree(built_warehouse, places.warehouse, symlinks=True)
    (places.raw / "2023/kentucky.txt").unlink()
    with dg.instance_for_test() as instance:
        for _ in range(2):
            sensor_ran(instance, places)
    (told,) = posted(configured)
    assert told["kind"] == "blocked_revision"
    assert told["check"] == "no_unaccepted_revision"
    assert "Removed: Kentucky 2023 (21 figures): the sheet is no longer" in told["found"]
    assert told["command"].endswith("--accept-revisions")


@pytest.mark.slow
def test_a_run_that_accepts_no_sheet_tells_of_each_and_of_the_failure(places, configured):
    for path in (places.raw / "2023").iterdir():
        path.write_text("nothing that NCMEC prints: 5", encoding="utf-8")
    with dg.instance_for_test() as instance:
        sensor_ran(instance, places)
    told = posted(configured)
    assert [one["check"] for one in told if one["kind"] == "failed_run"] == [
        "some_sheet_is_accepted"
    ]
    files = {one["subject"] for one in told if one["kind"] == "quarantined_sheet"}
    assert len(files) == 4


def test_a_step_that_fails_is_told_with_its_cause(places, configured):
    places.raw.rename(places.raw.with_name("gone"))
    with dg.instance_for_test() as instance:
        sensor_ran(instance, places)
    (told,) = posted(configured)
    assert (told["kind"], told["check"]) == ("failed_run", None)
    assert str(places.raw) in told["found"]


def test_a_success_that_makes_no_release_is_no_build(places):
    success, _, _ = sensors_of(places, "")

    @dg.asset
    def other() -> None:
        """Any asset."""

    with dg.instance_for_test() as instance:
        result = dg.materialize([other], instance=instance)
        (event,) = [e for e in result.all_events if e.event_type_value == "PIPELINE_SUCCESS"]
        context = dg.build_run_status_sensor_context(
            sensor_name="any",
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=result.dagster_run,
        )
        assert isinstance(success(context), dg.SkipReason)
    assert read(places.warehouse / STAGES) is None


def ended_badly(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.RunFailureSensorContext:
    """The context of the failure sensor for a run whose process is gone."""
    instance.report_run_failed(run, "its process is gone")
    (event,) = [
        entry.dagster_event
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        if entry.dagster_event
    ]
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return dg.build_run_status_sensor_context(
        sensor_name="any",
        dagster_event=event,
        dagster_instance=instance,
        dagster_run=found,
    ).for_run_failure()


@pytest.mark.slow
def test_a_run_that_is_tried_again_is_no_alert_until_the_last_try(places, configured):
    _, failure, _ = sensors_of(places, "")
    job = build_defs(steps=BuildSteps(places.raw, places.warehouse)).resolve_job_def(JOB)
    for retries in (1, 0):
        overrides = {"run_retries": {"enabled": True, "max_retries": retries}}
        with dg.instance_for_test(overrides=overrides) as instance:
            run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
            skipped = failure(ended_badly(instance, run))
        assert isinstance(skipped, dg.SkipReason) is (retries == 1)
        assert len(posted(configured)) == 1 - retries


def test_a_publication_that_fails_is_told_with_its_command_and_no_password(places, configured):
    target = "s3://me:hidden@bucket/data"
    for problem in (BuildError("s3://me:hidden@bucket: no answer"), None):
        report_publication(problem, target, places)
    told, ended = posted(configured)
    assert told["kind"] == "failed_publication"
    assert told["command"] == "statedata publish latest s3://...@bucket/data"
    assert "hidden" not in json.dumps(told)
    assert (ended["id"], ended["resolved"]) == (told["id"], True)
    assert read(places.warehouse / STAGES) is None, "a publication is no build"


def test_a_queue_that_is_blocked_is_told_until_it_is_not(places, configured):
    for problem in ("a run waits since noon", None):
        report_standing(problem, places)
    told, ended = posted(configured)
    assert (told["kind"], told["message"]) == (
        "blocked_queue",
        "no build starts: a run waits since noon",
    )
    assert ended["resolved"] is True


# Signs of life


def test_a_success_is_heard_and_a_failure_is_not(places, monkeypatch):
    with site() as monitor:
        url = monitor.put("/beat/t0ken", Answer())
        monkeypatch.setenv("STATEDATA_HEARTBEAT_URL", url)
        report_run("test", NOW, NOW, BuildError("no room"), places)
        assert not monitor.asked["/beat/t0ken"]
        report_run("test", NOW, NOW, None, places)
        assert len(monitor.asked["/beat/t0ken"]) == 1


def test_a_heartbeat_that_nobody_hears_is_logged_without_its_address(
    places, monkeypatch, dead_port, logged
):
    monkeypatch.setenv("STATEDATA_HEARTBEAT_URL", f"http://127.0.0.1:{dead_port}/t0ken")
    report_run("test", NOW, NOW, None, places)
    assert [line["channel"] for line in lines(logged)] == ["heartbeat"]
    assert "t0ken" not in logged.text


def test_the_metrics_say_ages_sheets_and_seconds(spoiled, monkeypatch, tmp_path):
    file = tmp_path / "metrics/statedata.prom"
    monkeypatch.setenv("STATEDATA_METRICS_FILE", str(file))
    ended = datetime(2026, 11, 21, 6, 0, 7, 500000, tzinfo=UTC)
    report_run("test", NOW, ended, None, spoiled)
    found = dict(
        line.rsplit(" ", 1) for line in file.read_text().splitlines() if not line.startswith("#")
    )
    made = found.pop("statedata_release_timestamp_seconds")
    assert 0 <= time.time() - float(made) < 3600
    assert found == {
        "statedata_last_run_timestamp_seconds": "1795240807.5",
        "statedata_last_run_duration_seconds": "7.5",
        "statedata_last_run_success": "1",
        "statedata_data_confirmed_timestamp_seconds": "1795240807.5",
        'statedata_sheets{status="accepted"}': "3",
        'statedata_sheets{status="quarantined"}': "1",
    }
    assert file.stat().st_mode & 0o777 == 0o644
    report_run("test", NOW, ended, BuildError("no room"), spoiled)
    assert "statedata_last_run_success 0\n" in file.read_text()


def test_the_sensors_load_and_are_on(places):
    sensors = sensors_of(places, "")
    dg.Definitions.validate_loadable(dg.Definitions(sensors=sensors))
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in sensors)


# Stale data


def ran(ended: datetime, failure: str | None = None) -> Run:
    return Run("test", ended - timedelta(minutes=1), ended, failure)


def test_stale_data_is_told_once_and_again_after_the_next_time(places, configured):
    now = datetime.now(UTC)
    old = now - STALE_AFTER - timedelta(hours=1)
    record(ran(old), places.warehouse / STAGES)
    for _ in range(2):
        assert "stale" in report_standing(None, places)
    report_run("test", now, now, None, places)
    assert "built at" in report_standing(None, places)
    told, ended = posted(configured)
    assert (told["kind"], told["resolved"]) == ("stale_data", False)
    assert f"{old:%Y-%m-%d %H:%M}" in told["found"]
    assert (ended["id"], ended["resolved"]) == (told["id"], True)
    assert ended["text"].startswith("statedata: resolved: stale_data: ")


def test_failing_builds_do_not_keep_data_fresh(places, configured):
    now = datetime.now(UTC)
    record(ran(now - STALE_AFTER - timedelta(hours=1)), places.warehouse / STAGES)
    record(ran(now, "no room"), places.warehouse / STAGES)
    report_standing(None, places)
    (told,) = posted(configured)
    assert "later builds have failed" in told["found"]


def test_fresh_data_and_no_data_are_not_stale(places, configured):
    assert report_standing(None, places) == "nothing has been built yet"
    record(ran(datetime.now(UTC)), places.warehouse / STAGES)
    report_standing(None, places)
    assert not posted(configured)


def test_a_run_that_ended_earlier_does_not_replace_a_later_one(warehouse):
    record(ran(NOW), warehouse)
    record(ran(NOW - timedelta(hours=1), "late news"), warehouse)
    runs = read(warehouse)
    assert runs is not None
    assert runs.last.failure is None


def test_a_run_of_a_clock_that_was_ahead_does_not_hide_those_after_it(warehouse):
    record(ran(datetime.now(UTC) + timedelta(days=1)), warehouse)
    record(ran(datetime.now(UTC), "no room"), warehouse)
    runs = read(warehouse)
    assert runs is not None
    assert runs.last.failure == "no room"


def test_the_daemons_schedule_says_when_data_is_stale(places, configured):
    now, folder = datetime.now(UTC), places.warehouse / STAGES
    record(ran(now - timedelta(hours=3)), folder)
    record_schedule(Schedule("0 * * * *", now, timedelta(hours=2), now), folder)
    assert "expected within 0.0833 days" in report_standing(None, places)
    record_schedule(Schedule("0 0 * * *", now, timedelta(days=2), now), folder)
    assert "built at" in report_standing(None, places)


@pytest.mark.parametrize(
    ("cron", "next_tick", "stale_after"),
    [
        ("0 6 * * 1", datetime(2026, 11, 23, 6, tzinfo=UTC), timedelta(days=8)),
        ("0 6 * * 1,4", datetime(2026, 11, 23, 6, tzinfo=UTC), timedelta(days=5)),
        ("*/5 * * * *", datetime(2026, 11, 21, 6, 5, tzinfo=UTC), timedelta(minutes=10)),
        ("0 6 1 * *", datetime(2026, 12, 1, 6, tzinfo=UTC), timedelta(days=32)),
    ],
)
def test_the_stale_limit_follows_the_schedule(monkeypatch, cron, next_tick, stale_after):
    monkeypatch.setenv("STATEDATA_CRON", cron)
    now = NOW.replace(minute=1)
    assert schedule_at(now) == Schedule(cron, next_tick, stale_after, now)


def test_a_damaged_record_of_runs_is_written_anew(warehouse):
    warehouse.mkdir()
    (warehouse / LAST_RUN).write_text("{", encoding="utf-8")
    assert read(warehouse) is None
    record(ran(NOW), warehouse)
    assert read(warehouse) is not None


def test_telling_ends_before_a_sensors_time_is_up(warehouse, hook, monkeypatch, logged):
    monkeypatch.setattr(outbox, "PATIENCE_SECONDS", -1.0)
    report([EVENT], {"quarantined_sheet"}, warehouse, [webhook(hook.port)], NOW)
    assert not posted(hook)
    assert "too slow" in lines(logged)[-1]["problem"]
