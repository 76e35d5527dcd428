"""What must hold of a file as such: that it can be read, holds text, and is the one recorded.

Reads the frames RAW_SHEETS and SHEET_TEXTS, gives the frame CHECKS.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.checks import failed, passed
from pipeline.model import Finding
from pipeline.tables.frames import frame, records
from pipeline.tables.schema import CHECKS
from pipeline.validate.check_rows import check_rows


def check_files(raw: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """What is found on the files of RAW_SHEETS and SHEET_TEXTS as such, as frame CHECKS."""
    recorded = {row.file: row for row in records(raw)}
    results = (
        (finding, row.file, None)
        for row in records(texts)
        for finding in _file_findings(row, recorded[row.file])
    )
    return frame(CHECKS, check_rows(results, dict.fromkeys(recorded)))


def _file_findings(text: Any, raw: Any) -> tuple[Finding, ...]:
    """Whether the file could be read, holds text, and is the one that was recorded."""
    file = text.file
    if raw.problem is not None:
        message = f"{file}: {raw.problem}; replace the file or remove it from the raw folder"
        return (failed("file_is_readable", message, expected="a readable file", found=raw.problem),)
    findings = [passed("file_is_readable", f"{file}: {raw.bytes:,} bytes")]
    if text.problem is not None:
        # An interruption says nothing of the document, whose place in the raw folder is right.
        remedy = (
            "if it is interrupted again, give the build more time and memory, or save it as text"
            if text.interrupted
            else "replace the file or remove it from the raw folder"
        )
        message = f"{file}: {text.problem}; {remedy}"
        findings.append(failed("file_holds_text", message, expected="text", found=text.problem))
    else:
        findings.append(passed("file_holds_text", f"{file}: {text.encoding or text.extractor}"))
    if raw.recorded_sha256 is not None:
        if raw.recorded_sha256 == raw.sha256:
            findings.append(passed("manifest_agrees", f"{file}: sha256 as recorded"))
        else:
            message = (
                f"{file}: sha256 {raw.sha256}, recorded {raw.recorded_sha256}; restore the file, "
                "or record the new one in raw/manifest.csv with its origin"
            )
            findings.append(
                failed("manifest_agrees", message, expected=raw.recorded_sha256, found=raw.sha256)
            )
    return tuple(findings)
