"""Parsing on one core and two: the floor, a user's script, and the pipeline with all its checks.

The floor is what no parser can do without: read, SHA-256, decode, one scan for digits. The
script is ``naive.py``. All write or count to the end; the clock leaves out imports.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import measure, naive, report, truth
from benchmarks.measure import Contestant, Run, child
from benchmarks.settings import Settings
from pipeline.executors import Workers
from pipeline.sheets.collect import list_files, partitions
from pipeline.sheets.decode import decode
from pipeline.stages import Stages
from pipeline.steps import extract_texts, list_sheets, parse_sheets
from pipeline.tables.schema import STATEMENTS

SHEETS_A_BATCH = 500
_DIGITS = re.compile(r"\d+")

Named = tuple[str, Path]


def parse_all(raw: Path, out: Path, workers: int, executor: Executor | None = None) -> str:
    """Read, decode, parse and check every sheet, and write Parquet parts.

    The one place that knows how the pipeline is asked to parse many sheets.

    Args:
        raw: a raw folder.
        out: where the parts go.
        workers: processes of a pool made for this; 1 parses in this process.
        executor: parses instead, as many batches at a time as it takes.

    Returns:
        The glob of the parts of STATEMENTS.
    """
    stages, chosen = Stages(out), Workers(processes=workers, executor=executor)
    texts = extract_texts(raw, list_sheets(raw, stages, partitions(raw)), stages, chosen)
    parse_sheets(texts, chosen)
    return str(stages.partition("*") / f"*.{STATEMENTS.name}.parquet")


def ours(raw: str, out: str, workers: str) -> dict[str, str]:
    """The pipeline's contestant; gives where its statements lie."""
    return {"statements": parse_all(Path(raw), Path(out), int(workers))}


def user_script(raw: str, out: str, workers: str) -> None:
    """The user's script."""
    naive.main(raw, out, workers)


def floor(raw: str, out: str, workers: str) -> dict[str, int]:
    """The floor, which writes nothing; gives how many runs of digits there are, so that nothing is left undone."""
    paths = [path for _, path in list_files(Path(raw))]
    if workers == "1":
        return {"numbers": sum(map(_scan, paths))}
    with ProcessPoolExecutor(int(workers)) as pool:
        return {"numbers": sum(pool.map(_scan, paths, chunksize=SHEETS_A_BATCH))}


def tables(settings: Settings) -> list[report.Table]:
    """Sheets a second of the three on one core and on two."""
    corpus = settings.corpus(settings.middle)
    found = measure.compete(_contestants(corpus), settings.runs, settings.scratch)
    all_figures = truth.figures(corpus / "truth.parquet")
    base = {cores: measure.median_cpu(found[f"floor, {_cores(cores)}"]) for cores in (1, 2)}
    rows = []
    for name, runs in found.items():
        cores = 1 if name.endswith(_cores(1)) else 2
        right = runs[-1].details.get("right")
        rows.append(
            (
                name,
                f"{settings.middle / measure.median(runs):,.0f}",
                report.spread([run.seconds for run in runs]),
                report.seconds(measure.median_cpu(runs) / settings.middle),
                report.ratio(measure.median_cpu(runs), base[cores]),
                report.mebibytes(measure.peak(runs)),
                "" if right is None else report.percent(right, all_figures),
            )
        )
    header = ("contestant", "sheets a second", "spread of the whole", "CPU time a sheet", "CPU to the floor", "peak memory", "figures right")  # fmt: skip
    note = f"{settings.middle:,} sheets in all flavours, {all_figures:,} figures; without imports."
    return [report.Table("Parsing", note, header, rows)]


def _contestants(corpus: Path) -> list[Contestant]:
    raw, known = corpus / "raw", corpus / "truth.parquet"

    def judge_ours(place: Path, run: Run) -> Mapping[str, Any]:
        truth.demand_truth(known, run.details["statements"])
        return {"right": truth.figures(known)}

    def judge_script(place: Path, run: Run) -> Mapping[str, Any]:
        return {"right": truth.values_right(known, place / "figures.parquet")}

    found = []
    for cores in (1, 2):
        for name, function, judge in (
            ("floor", "floor", None),
            ("script with pandas and re", "user_script", judge_script),
            ("parse with all checks", "ours", judge_ours),
        ):
            command = partial(_command, function, raw, cores)
            found.append(Contestant(f"{name}, {_cores(cores)}", command, cores, judge))
    return found


def _command(function: str, raw: Path, cores: int, place: Path) -> list[str]:
    return child(f"parsing:{function}", raw, place, cores)


def _cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _scan(path: Path) -> int:
    """The floor of one sheet: its bytes hashed and decoded, and the digits in it counted."""
    content = path.read_bytes()
    hashlib.sha256(content).hexdigest()
    return len(_DIGITS.findall(decode(content).text))
