"""What entries of the catalog say of each other: every name refers to an entry, none clashes.

Reads a :class:`Catalog`, gives what is wrong with it in words. What a single entry may be is
checked in ``catalog.schema``; what is legal but looks like a mistake is remarked upon by
``statedata catalog check``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from pipeline.catalog.schema import Catalog
from pipeline.catalog.templates import slots_of
from pipeline.catalog.wording import PLAIN_SLOTS, Of, Qualifier
from pipeline.catalog.years import share_a_year


def inconsistencies(catalog: Catalog) -> list[str]:
    """Every contradiction between entries, in the order of the catalog; empty if there is none."""
    return [
        *_repeated("metric", [metric.metric for metric in catalog.metrics]),
        *_repeated("jurisdiction", [j.jurisdiction for j in catalog.jurisdictions]),
        *_repeated("printed name", [n.lower() for j in catalog.jurisdictions for n in j.names]),
        *_repeated("sentence", [sentence.sentence for sentence in catalog.sentences]),
        *_repeated("table", [table.table for table in catalog.tables]),
        *_repeated("aside", [aside.aside for aside in catalog.asides]),
        *_repeated("rule", [rule.rule for rule in catalog.rules]),
        *_qualifiers(catalog.qualifiers),
        *_references(catalog),
        *_sources(catalog),
        *_slots(catalog),
        *_tables(catalog),
    ]


def _repeated(what: str, names: list[str]) -> list[str]:
    times = Counter(names)
    return [f"{what} {name} stands twice" for name in sorted(times) if times[name] > 1]


def _qualifiers(qualifiers: tuple[Qualifier, ...]) -> list[str]:
    problems = _repeated("qualifier", [entry.qualifier for entry in qualifiers])
    words = [w.lower() for q in qualifiers for w in (*q.words, *q.signs, *q.suffixes)]
    words += [form for q in qualifiers for form in q.ranges]
    problems += _repeated("qualifying wording", words)
    for interval in ("point", "shortened"):
        found = [entry for entry in qualifiers if entry.interval == interval]
        if len(found) != 1 or found[0].words or found[0].suffixes:
            problems.append(
                f"qualifiers.yml: expected one qualifier of interval {interval}, no words"
            )
    return problems


def _references(catalog: Catalog) -> Iterator[str]:
    known = {(metric.metric, series.of) for metric, series in catalog.series()}
    metrics = {metric for metric, _ in known}
    used: list[tuple[str, tuple[str, Of]]] = [
        ("corrections.yml", entry.metric) for entry in catalog.corrections
    ]
    for table in catalog.tables:
        used += [(f"table {table.table}", (row.metric, table.of)) for row in table.rows]
    for relation in catalog.relations:
        used += [("relations", member) for member in relation.members]
    yield from (
        f"{where}: no metric {m} of {of}" for where, (m, of) in used if (m, of) not in known
    )
    for metric in sorted({note.metric for note in catalog.notes} - metrics):
        yield f"notes.yml: no metric {metric}"
    for metric in sorted(_grouped(catalog) - metrics):
        yield f"one_of: no metric {metric}"


def _sources(catalog: Catalog) -> Iterator[str]:
    """Every series has words that print it, and is in a group if it says so."""
    printed = {metric for metric, _ in catalog.printed()}
    grouped = _grouped(catalog)
    for metric, series in catalog.series():
        if (metric.metric, series.of) not in printed:
            yield f"metric {metric.metric} of {series.of}: no sentence and no table row prints it"
        if (series.presence == "one_of") != (metric.metric in grouped):
            yield f"metric {metric.metric}: presence one_of and the groups disagree"
        if metric.kind == "share" and not 0 <= series.bounds[0] <= series.bounds[1] <= 100:
            yield f"metric {metric.metric} of {series.of}: a share has bounds within 0 and 100"


def _grouped(catalog: Catalog) -> set[str]:
    return {m for group in catalog.one_of for members in group.sets for m in members}


def _slots(catalog: Catalog) -> Iterator[str]:
    """Every slot of a sentence is a plain one, or names one series of a metric."""
    for sentence in catalog.sentences:
        for slot in slots_of(sentence.text):
            if slot in PLAIN_SLOTS or catalog.measured(slot) is not None:
                continue
            name = slot.rpartition(":")[2]
            known = [series.of for metric, series in catalog.series() if metric.metric == name]
            remedy = (
                f"write {' or '.join(f'{{{of}:{name}}}' for of in known)}"
                if known
                else "no metric of metrics.yml has that name"
            )
            yield f"sentence {sentence.sentence}: slot {{{slot}}}: {remedy}"


def _tables(catalog: Catalog) -> Iterator[str]:
    known = {table.table for table in catalog.tables}
    named = {name for sentence in catalog.sentences for name in sentence.tables}
    for name in sorted(named - known):
        yield f"a sentence names table {name}, which is not among the tables"
    for name in sorted(known - named):
        yield f"table {name}: no sentence names it, so it is never read"
    for table in catalog.tables:
        where = f"table {table.table}: row"
        labels = [*(row.label.lower() for row in table.rows), *map(str.lower, table.totals)]
        yield from _repeated(f"{where} label", labels)
        yield from _repeated(f"{where} of", [row.metric for row in table.rows])
    for sentence in catalog.sentences:
        for one, other in combinations(
            [catalog.table(n) for n in sentence.tables if n in known], 2
        ):
            if share_a_year(one.years, other.years):
                yield (
                    f"tables {one.table} and {other.table}: of the same sentence in the same "
                    "years; give each the years of its own rows"
                )
