"""What a user would write instead: pandas and ``re`` in a script, without provenance or checks.

Written as such a script is: it knows the four sheets of 2023, strips what it saw there and takes
the first match. It is a contestant and no part of the product.
"""

from __future__ import annotations

import re
import sys
from multiprocessing import Pool
from pathlib import Path

import pandas as pd

NUMBER = r"(?:more than |over |approximately |fewer than )?([\d.,]+(?: million)?)"
TITLE = re.compile(r"National Center for Missing and Exploited Children (.+?) Data")
YEAR = re.compile(r"In (\d{4}),")
PATTERNS = {
    name: re.compile(pattern.replace("{n}", NUMBER))
    for name, pattern in {
        "cybertipline_reports_received US": "the CyberTipline received {n} reports",
        "cybertipline_files_received US": "containing {n} pieces of reported content",
        "cybertipline_reports_to_law_enforcement state": "{n} CyberTipline reports were made",
        "cvip_children_identified US": "identification of {n} children",
        "cvip_submissions_reviewed state": "reviewed {n} submissions",
        "missing_child_cases US": "agencies on {n} missing child cases",
        "missing_child_cases_runaway_social_services US": "missing child cases, {n} of which",
        "runaways_likely_trafficked_share US": "analysis, {n}(?:%| percent) of these",
        "missing_child_cases state": "handled {n} cases of missing children",
        "missing_child_cases_social_services state": r"Social Services Facility\W+{n}",
        "missing_child_cases_other state": r"Other Missing Children Cases\W+{n}",
        "missing_child_cases_orr state": r"\(HHS-ORR\)\W+{n}",
        "trafficking_reports_received US": r"received {n}\+? reports relating to child sex",
        "trafficking_engagements state": "had {n} engagements",
        "team_hope_supported US": "Team HOPE supported {n} survivors",
        "team_hope_supported state": "peer support, including {n} survivors",
        "faon_connections state": "connected {n} survivors",
        "team_adam_incidents US": "activated on {n} incidents",
        "team_adam_long_term_cases US": "assistance on {n} long-term",
        "team_adam_cases_assisted state": "case assistance on {n} cases",
        "connect_registered_users US": r"CONNECT had {n}\+? registered users",
        "connect_new_users state": "users, including {n} new law enforcement",
    }.items()
}


def parse(path: str) -> list[tuple[str, str, str, str, str, float]]:
    """File, state, year, metric, of and value of whatever matches."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = re.sub(r"[*#\\]", "", f.read())
    text = re.sub(r"\s+", " ", text.replace("\u2019", "'"))
    title, year = TITLE.search(text), YEAR.search(text)
    file = "/".join(Path(path).parts[-2:])
    rows = []
    for name, pattern in PATTERNS.items():
        match = pattern.search(text)
        if match:
            digits, _, scale = match[1].strip(".,").replace(",", "").partition(" ")
            value = float(digits or 0) * (1_000_000 if scale else 1)
            metric, of = name.split()
            rows.append(
                (file, title[1] if title else "", year[1] if year else "", metric, of, value)
            )
    return rows


def main(raw: str, out: str, workers: str) -> None:
    """Parse every text below a folder and write one Parquet file."""
    files = [str(path) for path in Path(raw).rglob("*.txt")]
    if workers == "1":
        sheets = list(map(parse, files))
    else:
        with Pool(int(workers)) as pool:
            sheets = pool.map(parse, files, chunksize=100)
    data = pd.DataFrame(
        [row for sheet in sheets for row in sheet],
        columns=["file", "state", "year", "metric", "of", "value"],
    )
    data.to_parquet(Path(out) / "figures.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])
