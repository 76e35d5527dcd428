"""Damages sheets by the ten thousand and counts what became of them: ``make attack``.

Prints, by kind of damage: mutants, reported (an error-level check fails), harmless (the figures
are right), another figure (the mutant prints one, well formed, in the place of the old one),
omitted (an optional sentence holds no figure any more), and silent, which has to be 0.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from functools import cache
from multiprocessing import get_context

from tests.attack import metamorphoses
from tests.attack.bases import texts
from tests.attack.documents import judge_documents
from tests.attack.judge import Expected, Tally, Verdict, judge_all, undamaged
from tests.attack.kinds import KINDS, WEIGHTS

MUTANTS = 90_000
DOCUMENTS = 10_000
COMPOSITIONS = 10_000
SEED = "2023"
_BATCH = 200
HIDDEN = "hidden in HTML"
OUTCOMES = ("reported", "harmless", "another figure", "omitted", "silent")


@cache
def bases() -> tuple[Expected, ...]:
    """The sheets to damage, each accepted as it is."""
    return tuple(undamaged(name, text) for name, text in texts().items())


def attack(seed: str, numbers: range) -> Tally:
    """Judge the mutants of these numbers; a number and the seed make a mutant."""
    tally = Tally()
    kinds: list[str] = []
    mutants: list[tuple[Expected, str]] = []
    for number in numbers:
        chosen = random.Random(f"{seed} {number}")  # noqa: S311
        expected = bases()[number % len(bases())]
        kinds.append(chosen.choices(list(WEIGHTS), list(WEIGHTS.values()))[0])
        mutant = expected.base.text
        while mutant == expected.base.text:
            mutant = KINDS[kinds[-1]](chosen, expected.base, expected.base.text)
        mutants.append((expected, mutant))
    verdicts = judge_all(mutants)
    for number, kind, (expected, _), verdict in zip(numbers, kinds, mutants, verdicts, strict=True):
        tally.add(kind, f"{expected.base.name}, mutant {number}", verdict)
    return tally


def hide(seed: str, numbers: range) -> Tally:
    """Judge HTML renderings of the four sheets with something hidden in them."""
    tally = Tally()
    sheets = bases()[:4]
    made = [
        (sheets[number % len(sheets)], random.Random(f"{seed} {number}"))  # noqa: S311
        for number in numbers
    ]
    for number, (expected, _), verdict in zip(numbers, made, judge_documents(made), strict=True):
        tally.add(HIDDEN, f"{expected.base.name}, document {number}", verdict)
    return tally


def transform(seed: str, numbers: range) -> Tally:
    """Judge compositions of metamorphoses; every other one cuts into numbers."""
    tally = Tally()
    # Entities and pipes, written again, would be other characters; a range wrapped is refused.
    left_out = ("wrapped entities", "Markdown", "ranges")
    sheets = [(name, text) for name, text in texts().items() if name not in left_out]
    for number in numbers:
        name, text = sheets[number // 2 % len(sheets)]
        cutting = number % 2 == 1
        outcome, recipe = metamorphoses.outcome(number, seed, name, text, cutting=cutting)
        kind = "that may cut into numbers" if cutting else "between words and numbers"
        tally.add(kind, recipe, Verdict("silent" if outcome == "changed" else outcome, ["changed"]))
    return tally


def _attack(job: tuple[str, str, range]) -> Tally:
    made, seed, numbers = job
    return _ATTACKS[made](seed, numbers)


_ATTACKS = {"mutants": attack, "documents": hide, "compositions": transform}


def report(tally: Tally) -> str:
    """The counts as a table, and every silent mutant."""
    rows = [("damage", "mutants", *OUTCOMES)]
    counted = {kind: tally.outcomes[kind] for kind in (*KINDS, HIDDEN) if kind in tally.outcomes}
    for kind, counter in counted.items():
        rows.append((kind, f"{counter.total():,}", *(f"{counter[o]:,}" for o in OUTCOMES)))
    totals = [sum(counter[o] for counter in counted.values()) for o in OUTCOMES]
    rows.append(("all", f"{sum(totals):,}", *(f"{total:,}" for total in totals)))
    lines = [f"{row[0]:24}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in rows]
    nation, state = (tally.other_figures[f"of the {whose}"] for whose in ("nation", "state"))
    lines += [
        "",
        f"Reported by sums, bounds and relations alone: {tally.only_sums:,}.",
        f"Another figure: {nation:,} change a national figure, of which {tally.outvoted:,} are refused "
        f"beside the other sheets of their year; {state:,} change figures of the state alone.",
        *(f"SILENT {kind}, {base}: {'; '.join(why)}" for kind, base, why in tally.silent),
    ]
    return "\n".join(lines)


def report_compositions(tally: Tally) -> str:
    """The counts of composed metamorphoses, and every one that changed what a sheet says."""
    lines = [
        f"{'metamorphoses':28}{'compositions':>16}{'unchanged':>16}{'refused':>16}{'changed':>16}"
    ]
    for kind, counter in tally.outcomes.items():
        cells = (counter.total(), counter["unchanged"], counter["refused"], counter["silent"])
        lines.append(f"{kind:28}" + "".join(f"{cell:>16,}" for cell in cells))
    return "\n".join([*lines, *(f"CHANGED {recipe}" for _, recipe, _ in tally.silent)])


def main() -> int:
    """Attack with all processors; 1 if a mutant was silent."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=MUTANTS)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--compositions", type=int, default=COMPOSITIONS)
    parser.add_argument("--seed", default=SEED)
    given = parser.parse_args()
    start = time.monotonic()
    wanted = {
        "mutants": given.mutants,
        "documents": given.documents,
        "compositions": given.compositions,
    }
    jobs = [
        (made, given.seed, range(first, min(first + _BATCH, count)))
        for made, count in wanted.items()
        for first in range(0, count, _BATCH)
    ]
    tallies = {made: Tally() for made in wanted}
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for job, part in zip(jobs, pool.imap(_attack, jobs), strict=True):
            tallies[job[0]].merge(part)
    tallies["mutants"].merge(tallies["documents"])
    print(report(tallies["mutants"]))  # noqa: T201
    print(f"\n{report_compositions(tallies['compositions'])}")  # noqa: T201
    print(f"\nseed {given.seed}, {time.monotonic() - start:.0f} s")  # noqa: T201
    return 1 if any(tally.silent for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
