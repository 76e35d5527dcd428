"""Takes the picture of the pages that the README shows: `make picture`; runs outside this project.

Usage: picture.py CHROMIUM SITE PNG.
"""

from __future__ import annotations

import sys
from pathlib import Path

from browsing import FLAGS
from playwright.sync_api import sync_playwright

SIZE = {"width": 1160, "height": 640}


def main() -> None:
    """Show the home page from its map on, and keep what is seen."""
    chromium, site, png = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"{Path(site).resolve().as_uri()}/index.html")
        page.evaluate("document.querySelector('#places').scrollIntoView()")
        page.screenshot(path=png)
        browser.close()


if __name__ == "__main__":
    main()
