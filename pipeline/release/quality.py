"""The quality of a release as data: what was checked, what failed, what is missing.

Reads the release's content, gives ``quality.json``. Every number in it can be counted again in
the tables; it is there for who wants the answer without loading them.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.checklist import CHECKLIST
from pipeline.release.content import ReleaseContent


def write_quality(content: ReleaseContent, folder: Path) -> None:
    """Write ``quality.json``."""
    text = json.dumps(quality(content), indent=2, ensure_ascii=False) + "\n"
    (folder / "quality.json").write_text(text, encoding="utf-8")


def quality(content: ReleaseContent) -> dict[str, Any]:
    """Counts of sheets, numerals, coverage and checks, and every failure in words."""
    checks = content.tables["checks"].to_pylist()
    passed = Counter(row["check"] for row in checks if row["passed"])
    failed = Counter(row["check"] for row in checks if not row["passed"])
    return {
        "version": content.version,
        "sheets": _counts(content, "sheets", "status"),
        "numerals": _counts(content, "numerals", "disposition"),
        "coverage": _counts(content, "coverage", "coverage"),
        "observations": _counts(content, "observations", "status"),
        "checks": [
            {
                "check": check.name,
                "level": check.level,
                "meaning": check.meaning,
                "passed": passed[check.name],
                "failed": failed[check.name],
            }
            for check in CHECKLIST.values()
        ],
        "failures": [
            {name: row[name] for name in ("check", "level", "file", "sheet_id", "message")}
            for row in checks
            if not row["passed"]
        ],
    }


def _counts(content: ReleaseContent, table: str, column: str) -> dict[str, int]:
    return dict(sorted(Counter(content.tables[table].column(column).to_pylist()).items()))
