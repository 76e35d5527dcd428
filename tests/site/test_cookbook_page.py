"""The cookbook's page: the release's own answers, and only beside the dataset that it is about."""

from __future__ import annotations

from pipeline.site.cookbook import SOURCE, recipes, sections
from tests.site.reading import dataset, made, parsed, with_class, with_id, words_of

NAME = "ncmec-state-data"


def test_answers_are_of_the_release_and_not_of_the_document(two_years):
    root = parsed(made(two_years)["cookbook.html"])
    table = next(each for each in with_class(root, "wide") if each.get("aria-labelledby") == "a1")
    shown = [[words_of(cell) for cell in row] for row in table.iter("tr")]
    assert shown[0][:2] == ["name", "printed"]
    assert ["Ohio", "more than 9,000"] in [row[:2] for row in shown]
    assert "Mississippi" not in words_of(with_id(root, "main"))


def test_every_question_has_every_block_and_no_answer_needs_a_network(two_years):
    found = recipes(dataset(two_years).release.path, NAME)
    written = sections(SOURCE.read_text(encoding="utf-8"))
    assert [(each.title, each.blocks) for each in found] == [
        (each.title, each.blocks) for each in written
    ]
    assert [each.title for each in found if each.rows is None] == [
        "Begin",
        "How is a published release loaded over HTTP?",
    ]
    assert sum(bool(each.rows) for each in found) > 10


def test_a_dataset_of_another_publisher_has_no_cookbook_of_this_one(two_years):
    assert recipes(dataset(two_years).release.path, "another") == []
