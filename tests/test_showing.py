"""What a build shows of itself: a bar on a terminal, a line now and then elsewhere, else nothing."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from pipeline.cli import showing as module
from pipeline.cli.showing import showing

PATIENCE_SECONDS = 60


class Log(io.StringIO):
    """A file that is no terminal, and tells when a line with certain words has come."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.come = "", threading.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        if self.words and self.words in self.getvalue():
            self.come.set()
        return written

    def waits_for(self, words: str) -> None:
        self.words = words
        self.write("")
        assert self.come.wait(PATIENCE_SECONDS), f"no {words!r} in {self.getvalue()!r}"
        self.come.clear()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(module, "monotonic", made)
    return made


def test_a_log_has_a_line_now_and_then_with_the_sheets_done_and_the_time_left(clock):
    log = Log()
    with showing(Console(file=log, width=100), every=0.01) as progress:
        progress.working("parse", 0, 10_000)
        log.waits_for("parse: 0 of 10,000 sheets in 0 s\n")
        clock.now = 40
        progress.working("parse", 2_500, 10_000)
        log.waits_for("parse: 2,500 of 10,000 sheets in 40 s, about 120 s left\n")
        progress.done("parse", "30,000 statements")
        progress.working("validate", 0, 0)
        clock.now = 52
        log.waits_for("validate: 12 s\n")
    assert "30,000" not in log.getvalue(), "what a step has done is for who looks on"


def test_a_log_has_none_of_a_build_that_is_quicker():
    log = Log()
    with showing(Console(file=log)) as progress:
        progress.working("parse", 0, 4)
        progress.done("parse", "83 statements")
    assert log.getvalue() == ""


def test_a_log_says_at_once_that_a_build_waits_for_another():
    log = Log()
    with showing(Console(file=log)) as progress:
        progress.waiting("held by process 7; waiting")
    assert log.getvalue() == "lock: held by process 7; waiting\n"


def test_no_line_comes_behind_the_end():
    log = Log()
    with pytest.raises(ValueError, match="broken"), showing(Console(file=log), every=0.01):
        raise ValueError("broken")
    ended = log.getvalue()
    assert not [one for one in threading.enumerate() if one.name == "progress"]
    assert log.getvalue() == ended


def test_a_terminal_has_a_bar_with_the_time_left_and_a_line_for_each_step_that_is_done():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with showing(console) as progress:
        progress.working("sheet_texts", 0, 0)
        progress.done("sheet_texts", "4 files decoded")
        progress.working("parse", 1, 4)
        progress.done("parse", "83 statements")
    shown = screen.getvalue()
    assert "sheet_texts  4 files decoded" in shown
    assert "parse        83 statements" in shown
    assert "25%" in shown
    assert "time left" in shown


def test_quiet_shows_nothing():
    screen = io.StringIO()
    with showing(Console(file=screen, force_terminal=True, quiet=True)) as progress:
        progress.working("parse", 1, 4)
        progress.done("parse", "83 statements")
    assert screen.getvalue() == ""
