"""How far a build is: on a terminal a bar with the time left, elsewhere a line every ten seconds.

Is told what the steps say (``progress``) and prints it; a build of seconds says nothing in a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic

from rich.console import Console
from rich.text import Text

from pipeline.progress import SILENT, Progress

_EVERY_SECONDS = 10


def say_done(shown: Console, step: str, message: str) -> None:
    """Print what a step has done, where somebody looks on."""
    if shown.is_terminal:
        shown.print(Text(f"{step:<12} {message}", style="dim"))


@contextmanager
def showing(shown: Console, every: float = _EVERY_SECONDS) -> Iterator[Progress]:
    """Show how a build goes as long as this lasts; ``every`` so many seconds if by lines."""
    if shown.quiet:
        yield SILENT
    elif shown.is_terminal:
        with _bar(shown) as progress:
            yield progress
    else:
        with _lines(shown, every) as progress:
            yield progress


@contextmanager
def _bar(shown: Console) -> Iterator[Progress]:
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description:<12}"),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TextColumn("time left"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(
        *columns, console=shown, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bar:
        task = bar.add_task("build", total=None)

        def working(step: str, done: int, total: int) -> None:
            if bar.tasks[0].description != step:
                bar.reset(task, description=step)
            bar.update(task, completed=done, total=total or None)

        say = partial(say_done, shown)
        yield Progress(working, say, partial(say, "lock"))


@dataclass(frozen=True, slots=True)
class _State:
    """What a build is at: a step, the sheets it has done, of how many, and since when."""

    step: str
    done: int
    total: int
    since: float

    def line(self, now: float) -> str:
        seconds = now - self.since
        if not self.total:
            return f"{self.step}: {seconds:,.0f} s"
        line = f"{self.step}: {self.done:,} of {self.total:,} sheets in {seconds:,.0f} s"
        if not self.done:
            return line
        return f"{line}, about {seconds * (self.total - self.done) / self.done:,.0f} s left"


@contextmanager
def _lines(shown: Console, every: float) -> Iterator[Progress]:
    state, ended = _State("build", 0, 0, monotonic()), Event()

    def working(step: str, done: int, total: int) -> None:
        nonlocal state
        since = state.since if state.step == step else monotonic()
        state = _State(step, done, total, since)

    def waiting(message: str) -> None:
        shown.print(Text(f"lock: {message}"))

    def say() -> None:
        while not ended.wait(every):
            shown.print(Text(state.line(monotonic())))

    thread = Thread(target=say, name="progress", daemon=True)
    thread.start()
    try:
        yield Progress(working, waiting=waiting)
    finally:
        ended.set()
        thread.join()
