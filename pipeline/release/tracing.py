"""Whether the tables of a release agree with each other: from each figure back to its sheet's text.

Every observation is computed anew from the statements of the accepted sheets, and every statement
is read again from the text that the release holds. These checks need neither the raw sheets nor
the program that made the release.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow

from pipeline.model import NATION
from pipeline.release.released import released_tables
from pipeline.release.versions import Release

_ACCEPTED = """
create temp view accepted as
select
    statements.* exclude (value, qualifier, lower, upper),
    coalesce(corrected, value) as value,
    case when corrected is null then qualifier else 'exact' end as qualifier,
    coalesce(corrected, lower) as lower,
    coalesce(corrected, upper) as upper
from statements
semi join (select file from sheets where status = 'accepted') using (file)
"""
_REREAD = {
    "its span does not re-read to its quote": (
        "select statement_id from statements inner join sheets using (file) "
        "where substr(text, char_start + 1, char_end - char_start) is distinct from quote"
    ),
    "its span does not re-read to its printed": (
        "select statement_id from statements inner join sheets using (file) "
        "where substr(text, printed_start + 1, printed_end - printed_start) "
        "is distinct from printed"
    ),
    "its text has another SHA-256 than text_sha256": (
        "select file from sheets where sha256(text) is distinct from text_sha256"
    ),
}
_FIGURE = ("value", "qualifier", "lower", "upper")


def observations_follow(release: Release) -> Iterator[str]:
    """Where an observation is not what the statements of the accepted sheets give."""
    same = " and ".join(f"o.{name} is not distinct from s.{name}" for name in _FIGURE)
    figure = ", ".join(f"o.{name}" for name in _FIGURE)
    queries = {
        "is printed by no accepted sheet": (
            "select observation_id from observations anti join accepted "
            "using (year, jurisdiction, metric)"
        ),
        "is printed by an accepted sheet and not observed": (
            "select distinct year || '/' || jurisdiction || '/' || metric from accepted "
            "anti join observations using (year, jurisdiction, metric) "
            "anti join (select * from coverage where coverage = 'quarantined') "
            "using (year, jurisdiction, metric)"
        ),
        "has another id than its year, jurisdiction and metric": (
            "select observation_id from observations "
            "where observation_id <> year || '/' || jurisdiction || '/' || metric"
        ),
        "has another value, qualifier, lower or upper than its statements": (
            f"select observation_id from observations as o where not exists (select 1 from accepted as s "
            f"where s.year = o.year and s.jurisdiction = o.jurisdiction and s.metric = o.metric "
            f"and {same})"
        ),
        "has another status than its statements": (
            "select observation_id from observations as o inner join accepted as s "
            f"on s.year = o.year and s.jurisdiction = o.jurisdiction and s.metric = o.metric and {same} "
            f"group by observation_id, o.status, {figure} "
            "having o.status <> if(bool_or(s.corrected is null), 'published', 'corrected')"
        ),
        "has another sheet than its statements": (
            "select observation_id from observations as o inner join accepted as s "
            "on s.year = o.year and s.jurisdiction = o.jurisdiction and s.metric = o.metric "
            f"where o.sheet_id is distinct from if(o.jurisdiction = '{NATION}', null, s.sheet_id)"
        ),
        # Sheets of a year that print one figure in two precisions agree; both ways of counting are
        # of one schema or another.
        "counts other statements than there are": (
            "select observation_id from observations as o inner join accepted as s "
            "on s.year = o.year and s.jurisdiction = o.jurisdiction and s.metric = o.metric "
            "group by observation_id, o.statements "
            f"having o.statements not in (count(distinct s.file) filter (where {same}), "
            "count(distinct s.file))"
        ),
    }
    with released_tables(release.path).connection(
        ["sheets", "statements", "observations", "coverage"]
    ) as connection:
        connection.execute(_ACCEPTED)
        for problem, query in queries.items():
            rows = connection.execute(f"select distinct * from ({query}) order by 1").fetchall()
            if rows:
                yield f"{rows[0][0]} {problem}{_more(len(rows))}"


def tables_join(release: Release) -> Iterator[str]:
    """Where a row has no source, or tables that tell of the same thing disagree."""
    queries = {
        "is observed without a statement whose sheet has a sha256": (
            "select observation_id from observations anti join (select statements.year, "
            "statements.jurisdiction, metric from statements inner join sheets using (file) "
            "where status = 'accepted' and sha256 is not null) "
            "using (year, jurisdiction, metric)"
        ),
        "is observed and not described in metrics": (
            "select metric from observations anti join metrics using (metric)"
        ),
        "is no ISO 3166-2 code": (
            "select jurisdiction from jurisdictions "
            "where not regexp_full_match(jurisdiction, 'US|[A-Z]{2}-[A-Z0-9]{1,3}')"
        ),
        "has a row of coverage that disagrees with observations": (
            "select year || '/' || jurisdiction || '/' || metric from coverage "
            "full join observations using (year, jurisdiction, metric) "
            "where (coverage is not distinct from 'published') <> (observation_id is not null)"
        ),
        "is accepted and fails a check of level error": (
            "select file from sheets semi join (select file from checks "
            "where not passed and level = 'error') using (file) where status = 'accepted'"
        ),
    }
    with released_tables(release.path).connection() as connection:
        for problem, query in queries.items():
            rows = connection.execute(f"select distinct * from ({query}) order by 1").fetchall()
            if rows:
                yield f"{rows[0][0]} {problem}{_more(len(rows))}"


def spans_reread(release: Release) -> Iterator[str]:
    """Where a statement is not in its sheet's text, or a text not what its sha256 says."""
    wrong: dict[str, list[str]] = {problem: [] for problem in _REREAD}
    tables = released_tables(release.path)
    with tables.connection(["statements"]) as connection:
        # Some texts at a time: those of all sheets are more than DuckDB may hold.
        for batch in tables.batches("sheets", ["file", "text", "text_sha256"]):
            connection.register("sheets", pyarrow.Table.from_batches([batch]))
            for problem, query in _REREAD.items():
                wrong[problem] += [name for (name,) in connection.execute(query).fetchall()]
            connection.unregister("sheets")
    for problem, names in wrong.items():
        if names:
            yield f"{min(names)}: {problem}{_more(len(names))}"


def _more(count: int) -> str:
    return f", and {count - 1} more" if count > 1 else ""
