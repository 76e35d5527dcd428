"""A citation of one figure: from the observation back to sheet, page, sentence and hash.

Reads a release, gives a text that can stand in a footnote.
"""

from __future__ import annotations

import duckdb

from pipeline.release.content import PUBLISHER_OF_SHEETS, TITLE
from pipeline.release.versions import Release, ReleaseError
from pipeline.storage.names import WAREHOUSE_FILE

_QUERY = """
select observations.value, observations.qualifier, observations.status, metrics.title, metrics.unit,
    jurisdictions.name, observations.year
from observations
inner join metrics on metrics.metric = observations.metric
inner join jurisdictions on jurisdictions.jurisdiction = observations.jurisdiction
where observations.observation_id = ?
"""
_SOURCES = """
select file, sha256, page, printed, quote, char_start, char_end
from published_statements where observation_id = ? order by file
"""


def cite(release: Release, observation_id: str) -> str:
    """The citation of an observation: one line for the figure, one for each sheet that prints it.

    Raises:
        ReleaseError: the release has no such observation.
    """
    with duckdb.connect(str(release.path / WAREHOUSE_FILE), read_only=True) as connection:
        found = connection.execute(_QUERY, [observation_id]).fetchone()
        if found is None:
            raise ReleaseError(
                f"{observation_id}: no such observation in {release.version}; ids look like "
                "2023/US-MO/missing_child_cases, see the table observations and coverage"
            )
        sources = connection.execute(_SOURCES, [observation_id]).fetchall()
    value, qualifier, status, title, unit, name, year = found
    value_shown = f"{value.normalize():,f}"
    digest = release.digests["observations"]
    lines = [
        f"{title}, {name}, {year}: {value_shown} ({qualifier}, {status}; unit: {unit}).",
        f"{TITLE} {release.version}, observation {observation_id}, row digest {digest[:16]}.",
    ]
    for file, sha256, page, printed, quote, start, end in sources:
        sentence = " ".join(quote.split())
        lines.append(
            f"{PUBLISHER_OF_SHEETS}, fact sheet {file}, page {page}, characters {start}-{end}, "
            f"prints {' '.join(printed.split())!r}: {sentence!r} (sha256 {sha256})."
        )
    return "\n".join(lines)
