"""Makes the PDFs in ``fixtures`` by two browsers' engines, which the tests themselves do not need.

Run it as ``python -m tests.formats.make_fixtures`` with WeasyPrint installed and Chromium on the
path. The files are committed, since neither engine comes with the development tools.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.formats.typesetting import blocks, html_blocks

PROJECT = Path(__file__).parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
STATES = ("kentucky", "minnesota", "mississippi", "missouri")

WEASYPRINT_STYLE = """
@page { size: letter; margin: 22mm; @bottom-center { content: "Page " counter(page) " of " counter(pages) }
        @top-left { content: "State fact sheet" } }
body { font: 11pt serif; text-align: justify; hyphens: auto }
td { padding: 2pt 6pt; text-align: left } h2 { text-align: left }
"""
CHROMIUM_STYLE = """
body { font: 11pt sans-serif; columns: 2; column-gap: 10mm }
td { padding: 2pt 6pt } table { border-collapse: collapse; width: 100% }
"""


def page(text: str, style: str) -> str:
    """The sheet as a web page in a style."""
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}</style>{html_blocks(blocks(text))}</html>'


def main() -> None:
    """Write all fixtures."""
    import weasyprint

    for state in STATES:
        text = (PROJECT / f"raw/2023/{state}.txt").read_text(encoding="utf-8")
        source = page(text, WEASYPRINT_STYLE)
        weasyprint.HTML(string=source).write_pdf(FIXTURES / f"weasyprint-{state}.pdf")
        with tempfile.TemporaryDirectory() as folder:
            web = Path(folder) / "sheet.html"
            web.write_text(page(text, CHROMIUM_STYLE), encoding="utf-8")
            target = FIXTURES / f"chromium-{state}.pdf"
            subprocess.run(
                ["chromium", "--headless=new", "--no-sandbox", f"--user-data-dir={folder}/profile",
                 "--no-pdf-header-footer", f"--print-to-pdf={target}", web.as_uri()],
                check=True, capture_output=True, timeout=120,
            )  # fmt: skip


if __name__ == "__main__":
    main()
