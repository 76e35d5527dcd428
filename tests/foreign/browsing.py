"""Looks at every kind of page in Chromium and prints what is wrong as JSON; runs outside this project.

Usage: browsing.py CHROMIUM ADDRESS QUERIES PAGE... with ADDRESS as file:///…/ or http://…/, and QUERIES
as a JSON list for the query page.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def violations(browser: Browser, address: str, pages: list[str]) -> list[str]:
    """What axe finds, in light and dark."""
    found = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        for name in pages:
            page.goto(address + name)
            response = Axe().run(page).response
            found += [f"{scheme} {name}: {each['id']}" for each in response["violations"]]
        context.close()
    return found


def widths(browser: Browser, address: str, pages: list[str]) -> dict[str, list[str]]:
    """Pages that are wider than their window, what the console says, and requests elsewhere."""
    found: dict[str, list[str]] = {"too_wide": [], "console": [], "elsewhere": []}
    for width in (320, 390, 1280):
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.on("console", lambda said: found["console"].append(said.text))
        page.on("pageerror", lambda error: found["console"].append(str(error)))
        page.on("request", lambda request: found["elsewhere"].append(request.url))
        for name in pages:
            page.goto(address + name)
            if page.evaluate(TOO_WIDE) > 0:
                found["too_wide"].append(f"{width} {name}")
        context.close()
    found["elsewhere"] = [url for url in found["elsewhere"] if not url.startswith(address)]
    return found


def keyboard(page: Page, address: str, metric: str, state: str) -> dict[str, Any]:
    """What a reader reaches with the keyboard alone: skip link, search, sorting, copying."""
    page.goto(address + "index.html")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    while page.evaluate("document.activeElement.id") != "search":
        page.keyboard.press("Tab")
    page.keyboard.type("ohio")
    page.wait_for_selector(".search li a")
    results = page.locator(".search li a").all_inner_texts()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/state/US-OH.html")
    page.goto(address + metric)
    page.locator("table.sortable").last.locator("button").nth(1).focus()
    page.keyboard.press("Enter")
    first = page.locator("table.sortable").last
    order = first.locator("tbody th").all_inner_texts()
    direction = first.locator("th[aria-sort]").get_attribute("aria-sort")
    page.goto(address + state)
    page.locator(".copying").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".cite [role=status]:not(:empty)", state="attached")
    return {"skip": skip, "results": results, "order": order, "direction": direction}


def answers(page: Page, address: str, queries: list[str]) -> list[Any]:
    """What the query page answers, typed and run by keyboard: its status, and its cells row by row."""
    page.goto(address + "query.html")
    page.locator("#sql").wait_for()
    found = []
    for query in queries:
        page.locator("#sql").focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(query)
        page.keyboard.press("Control+Enter")
        rows = [row.locator("th, td").all_text_contents() for row in page.locator("table tr").all()]
        found.append([page.locator("#answer-status").text_content(), rows])
    return found


def main() -> None:
    """Look, and print what is found."""
    chromium, address, queries, metric, state, *others = sys.argv[1:]
    pages = [metric, state, *others]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        found = {
            "violations": violations(browser, address, pages),
            **widths(browser, address, pages),
        }
        found["keyboard"] = keyboard(browser.new_page(), address, metric, state)
        found["answers"] = answers(browser.new_page(), address, json.loads(queries))
        browser.close()
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
