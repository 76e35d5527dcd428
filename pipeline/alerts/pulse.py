"""Signs of life for monitors: an address that is called after each success, a file for Prometheus.

A daemon that is dead can raise no alarm; whoever watches the address or the file can. Reads what is
recorded of runs and validation. What goes wrong is logged; no address is, for it may hold a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.alerts.outbox import log_problem
from pipeline.alerts.runs import PULSE, read
from pipeline.release.versions import latest_release
from pipeline.stages import Stages
from pipeline.storage.atomic import write_text
from pipeline.tables.schema import SHEETS

_ALWAYS_SHOWN = ("accepted", "quarantined")


def show_pulse(warehouse: Path, environment: Mapping[str, str], *, alive: bool) -> None:
    """Write the metrics, and call the address if the build succeeded, where these are asked for."""
    url, file = (environment.get(name, "") for name in PULSE)
    if file:
        try:
            write_text(Path(file), _metrics(warehouse))
            Path(file).chmod(0o644)  # the exporter is another user
        except OSError as error:
            log_problem("metrics", f"STATEDATA_METRICS_FILE: {error.strerror}")
    if url and alive:
        _call(url)


def _call(url: str) -> None:
    # Here, for who asks for no call does not wait for the libraries of the network.
    import requests

    from pipeline.alerts.send import TIMEOUT, session

    try:
        with session() as web, web.get(url, timeout=TIMEOUT, stream=True) as answer:
            answer.raise_for_status()
    except (requests.RequestException, OSError, ValueError) as error:
        log_problem("heartbeat", f"not heard: {type(error).__name__}")


def _metrics(warehouse: Path) -> str:
    """Ages are times: Prometheus says ``time() - statedata_data_confirmed_timestamp_seconds``."""
    stages, release = Stages.of(warehouse), latest_release(warehouse)
    found: list[tuple[str, str, dict[str, float]]] = []
    runs = read(stages.folder)
    if runs is not None:
        last = runs.last
        found += [
            ("last_run_timestamp_seconds", "When the last build ended.", {"": last.ended.timestamp()}),
            ("last_run_duration_seconds", "How long it took.", {"": (last.ended - last.began).total_seconds()}),
            ("last_run_success", "Whether it succeeded.", {"": last.failure is None}),
        ]  # fmt: skip
        if runs.last_success is not None:
            confirmed = {"": runs.last_success.timestamp()}
            found.append(
                ("data_confirmed_timestamp_seconds", "When a build last succeeded.", confirmed)
            )
    if release is not None:
        made = {"": release.path.stat().st_mtime}
        found.append(("release_timestamp_seconds", "When the latest release was made.", made))
    with suppress(FileNotFoundError):  # what builds keep may be removed
        counts = stages.validated([SHEETS.name]).counts(SHEETS.name, "status")
        sheets = {f'{{status="{one}"}}': counts.get(one, 0) for one in {*_ALWAYS_SHOWN, *counts}}
        found.append(("sheets", "Sheets by status.", dict(sorted(sheets.items()))))
    return "".join(_gauge(f"statedata_{name}", meaning, values) for name, meaning, values in found)


def _gauge(name: str, meaning: str, values: Mapping[str, float]) -> str:
    lines = [f"# HELP {name} {meaning}", f"# TYPE {name} gauge"]
    lines += [f"{name}{labels} {float(value):.15g}" for labels, value in values.items()]
    return "\n".join(lines) + "\n"
