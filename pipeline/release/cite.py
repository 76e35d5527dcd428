"""A citation of one figure as it is printed: back to sheet, page, sentence and hash.

As a text that can stand in a footnote, as BibTeX or as CSL-JSON. The release is cited as what it
is: a compilation of the publisher's sheets, not a dataset of the publisher's own. Who asks for a figure that is
not there is told why, or which id may be meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import duckdb

from pipeline.model import NATION, number_text
from pipeline.release.content import publisher
from pipeline.release.released import released_tables
from pipeline.release.versions import Release, ReleaseError, version_key
from pipeline.tables.files import rows

Form = Literal["text", "bibtex", "csl-json"]
_TABLES = ("observations", "statements", "sheets", "metrics", "jurisdictions", "coverage")
_FIGURE = """
select observations.*, metrics.title, metrics.unit, jurisdictions.name
from observations
inner join metrics on metrics.metric = observations.metric
inner join jurisdictions on jurisdictions.jurisdiction = observations.jurisdiction
where observations.observation_id = $1
"""
_SOURCES = """
select
    sheets.file, sheets.sha256, statements.page, statements.printed, statements.quote,
    statements.char_start, statements.char_end,
    coalesce(statements.corrected, statements.value) = $4
    and if(statements.corrected is null, statements.qualifier, 'exact') = $5 as as_published
from statements
inner join sheets on sheets.file = statements.file and sheets.status = 'accepted'
where statements.year = $1 and statements.jurisdiction = $2 and statements.metric = $3
order by statements.statement_id
"""
_ALIKE = 0.85
"""How alike two ids of metrics are of which one may be a slip of the other."""
_REASONS = {
    "absent_from_sheet": "the accepted sheet of {place} does not print it",
    "sheet_missing": "the raw folder has no sheet of {place}",
    "quarantined": "the sheets that would print it of {place} are quarantined or disagree",
    "pending": "the sheet of {place} waits for somebody to accept its revisions",
}


@dataclass(frozen=True, slots=True)
class _Citation:
    """One figure with the statements that print it, the published wording first."""

    figure: Any
    sources: list[Any]

    @property
    def printed(self) -> str:
        """The figure in the sheet's own words; of a corrected one what is put in their place too."""
        words = _in_one_line(self.sources[0].printed)
        if self.figure.status == "corrected":
            return f"{number_text(self.figure.value)}, corrected by this compilation from {words}"
        return words

    @property
    def what(self) -> str:
        """What the figure is of."""
        return f"{self.figure.title}, {self.figure.name}, {self.figure.year}"


def cite(release: Release, observation_id: str, form: Form = "text") -> str:
    """The citation of a figure such as ``2023/US-MO/missing_child_cases``.

    As text it is a line for the figure, one for the release and one for each sheet.

    Raises:
        ReleaseError: the release has no such figure; the message says why.
    """
    with released_tables(release.path).connection(_TABLES) as connection:
        found = rows(connection, _FIGURE, [observation_id])
        if not found:
            raise ReleaseError(f"{observation_id}: {_why_not(connection, observation_id)}")
        figure = found[0]
        values = [figure.year, figure.jurisdiction, figure.metric, figure.value, figure.qualifier]
        sources = sorted(rows(connection, _SOURCES, values), key=lambda row: not row.as_published)
    return _FORMS[form](release, _Citation(figure, sources))


def _text(release: Release, cited: _Citation) -> str:
    lines = [
        f"{cited.what}: {cited.printed}. Unit: {cited.figure.unit}.",
        f"{publisher().creator}: {publisher().title} {release.version}, {publisher().compiled}. Figure "
        f"{cited.figure.observation_id}, row digest {release.digests['observations'][:16]}.",
    ]
    lines += [
        f"{publisher().publisher}, fact sheet {source.file}, page {source.page}, characters "
        f"{source.char_start}-{source.char_end}, prints {_in_one_line(source.printed)!r}: "
        f"{_in_one_line(source.quote)!r} (sha256 {source.sha256})."
        for source in cited.sources
    ]
    return "\n".join(lines)


def _bibtex(release: Release, cited: _Citation) -> str:
    year, month, _ = version_key(release.version)
    fields = {
        "author": f"{{{publisher().creator}}}",
        "title": f"{{{_escaped(cited.what)}: {_escaped(cited.printed)}}}",
        "howpublished": f"{publisher().title}, version {release.version}",
        "year": str(year),
        "month": str(month),
        "note": _escaped(
            f"{publisher().compiled}; figure {cited.figure.observation_id}; {publisher().publisher}, fact sheet "
            f"{cited.sources[0].file}, sha256 {cited.sources[0].sha256}"
        ),
    }
    body = "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items())
    return f"@misc{{{_key(release, cited)},\n{body}}}"


def _csl(release: Release, cited: _Citation) -> str:
    year, month, _ = version_key(release.version)
    entry = {
        "id": _key(release, cited),
        "type": "dataset",
        "title": f"{cited.what}: {cited.printed}",
        "author": [{"literal": publisher().creator}],
        "container-title": publisher().title,
        "version": release.version,
        "issued": {"date-parts": [[year, month]]},
        "number": cited.figure.observation_id,
        "source": f"{publisher().publisher}, fact sheet {cited.sources[0].file}",
        "note": f"{publisher().compiled}; sha256 of the sheet {cited.sources[0].sha256}",
    }
    return json.dumps([entry], indent=2, ensure_ascii=False)


_FORMS = {"text": _text, "bibtex": _bibtex, "csl-json": _csl}


def _key(release: Release, cited: _Citation) -> str:
    return f"{publisher().name}-{release.version}-{cited.figure.observation_id.replace('/', '-')}"


def _escaped(text: str) -> str:
    for char in "&%$#_":
        text = text.replace(char, f"\\{char}")
    return text


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _why_not(connection: duckdb.DuckDBPyConnection, asked: str) -> str:
    """Why there is no such figure: from the coverage, or as the id is none."""
    known = rows(
        connection,
        "select year || '/' || jurisdiction || '/' || metric as id, year, jurisdiction, metric, "
        "coverage, name from coverage inner join jurisdictions using (jurisdiction) order by 1",
    )
    by_id = {row.id: row for row in known}
    if asked in by_id:
        row = by_id[asked]
        reason = _REASONS.get(row.coverage, row.coverage)
        return f"not published: {reason.format(place=f'{row.name} {row.year}')}"
    meant = _meant(asked, by_id)
    if meant:
        return f"no such figure; did you mean {' or '.join(meant)}?"
    of_year = [row for row in known if asked.startswith(f"{row.year}/")]
    nation = {row.metric: row.id for row in of_year if row.jurisdiction == NATION}
    for metric in get_close_matches(asked.rpartition("/")[2], nation, n=1, cutoff=_ALIKE):
        return f"no such figure; {metric} is printed of the nation: {nation[metric]}"
    return "no such figure; ids look like 2023/US-MO/missing_child_cases, see the table coverage"


def _meant(asked: str, known: Mapping[str, Any]) -> list[str]:
    """Ids that somebody who writes this one may mean: another order, a name, a slip."""
    codes = {row.name.lower(): row.jurisdiction for row in known.values()}
    parts = [codes.get(part.lower(), part) for part in asked.split("/")]
    years = [part for part in parts if part.isdigit()]
    places = [part.upper() for part in parts if part.upper() in codes.values()]
    rest = [part for part in parts if part not in years and part.upper() not in codes.values()]
    if len(years) == len(places) == len(rest) == 1:
        metrics = {row.metric for row in known.values() if row.jurisdiction == places[0]}
        near = get_close_matches(rest[0].lower().replace(" ", "_"), metrics, n=3, cutoff=_ALIKE)
        here = [f"{years[0]}/{places[0]}/{metric}" for metric in near]
        other = [
            f"{row.year}/{places[0]}/{metric}" for row in known.values() for metric in near[:1]
        ]
        for ids in (here, sorted(set(other))):
            found = [each for each in ids if each in known]
            if found:
                return found
        return []
    return get_close_matches(asked, list(known), n=3, cutoff=0.9)
