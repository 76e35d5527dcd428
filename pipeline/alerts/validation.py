"""What stands after a validation: quarantined and pending sheets, withheld figures, as events."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.alerts.events import Event, Places, of_validation
from pipeline.stages import Stages
from pipeline.tables.files import rows
from pipeline.tables.schema import CHECKS, SHEETS


def validation_events(places: Places) -> Iterator[Event]:
    """What the last validation of a warehouse left out; nothing before the first.

    Raises:
        pipeline.stages.StageError: its tables are damaged.
    """
    try:
        tables = Stages.of(places.warehouse).validated([CHECKS.name, SHEETS.name])
    except FileNotFoundError:
        return
    # Failures are few and texts are long: neither the other checks nor the texts become rows.
    with tables.connection([CHECKS.name, SHEETS.name]) as connection:
        failing = rows(connection, "select * from checks where not passed order by check_id")
        hashes = rows(connection, "select file, sha256 from sheets order by file")
    yield from of_validation(failing, hashes, places)
