"""The sheets to damage: the four, and rendered ones of other states, years, wordings and layouts."""

from __future__ import annotations

from pathlib import Path

from tests.sheets_factory import (
    KENTUCKY_2023,
    NATION_2023,
    NATIONAL_TEAM_ADAM,
    STATE_TEAM_ADAM,
    change,
    html_entities,
    markdown_headings,
    pipe_table,
    render,
    rewrapped,
    table,
)

RAW = Path(__file__).parents[2] / "raw"


def texts() -> dict[str, str]:
    """The four sheets, and rendered ones of other states, years, wordings and layouts, by name."""
    words = {
        **KENTUCKY_2023,
        "cvip_submissions_reviewed": "no",
        "trafficking_engagements": "fewer than 5",
        "faon_connections": "twenty-one",
        "connect_new_users": "nearly 300",
    }
    nation = {
        **NATION_2023,
        "cybertipline_reports_received": "36,210,368",
        "trafficking_reports_received": "27,800+",
        "runaways_likely_trafficked_share": "about 19 percent",
        "cybertipline_files_received": "105M",
        "team_adam_incidents": "one",
        "team_adam_long_term_cases": "approximately 1.2 thousand",
    }
    both = f"{NATIONAL_TEAM_ADAM} {STATE_TEAM_ADAM}".format(
        year=2023,
        name="Kentucky",
        nation=NATION_2023,
        local={"team_adam_cases_assisted": "one"},
    )
    national = NATIONAL_TEAM_ADAM.format(year=2023, nation=NATION_2023)
    forms = {
        **KENTUCKY_2023,
        "cvip_submissions_reviewed": "none",
        "trafficking_engagements": "five (5)",
        "faon_connections": "at least twenty-one (21)",
    }
    ranges = {
        **KENTUCKY_2023,
        "cvip_submissions_reviewed": "between 40 and 50",
        "trafficking_engagements": "five to ten",
        "faon_connections": "from 21 to 30",
        "missing_child_cases_orr": "20 to 30",
        "missing_child_cases_other": "40-45",
    }
    nation_of_ranges = {
        **NATION_2023,
        "cybertipline_reports_received": "between 36 million and 37 million",
        "team_adam_incidents": "55 \u2013 57",
        "team_adam_long_term_cases": "140\u2013150",
    }
    one_in = " In 2023, {} of the children reported missing to NCMEC who ran away were likely victims of child sex trafficking."
    rendered = {
        "West Virginia 2026": render("US-WV", 2026),
        "words": render("US-KS", 2024, local=words, nation=nation),
        "both Team Adams": change(render(), national, both),
        "forms": render(
            local=forms, nation={**NATION_2023, "cybertipline_reports_received": "36.2 M"}
        )
        + one_in.format("1 in 6"),
        "ranges": render(local=ranges, nation=nation_of_ranges) + one_in.format("one out of six"),
        "one line": table(" ", end=" ")(render("US-VI", 2031)),
        "Markdown": pipe_table(markdown_headings(render("US-DC", 2025))),
        "wrapped entities": html_entities(rewrapped(60)(render("US-GU", 2035))),
    }
    real = {path.stem: path.read_text("utf-8") for path in sorted(RAW.glob("2023/*.txt"))}
    return real | rendered
