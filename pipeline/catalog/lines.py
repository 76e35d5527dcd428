"""Where in the catalog's files something stands, for messages: whoever made a slip finds it at once.

Reads YAML as plain lists and mappings that know their lines, and finds the line of an entry by its
name. What an entry may be is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import yaml


class WithLines:
    """A stretch of a file from ``line`` on; ``lines`` says in which, from 1, each of its parts begins."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}


class LinedMapping(WithLines, dict[Any, Any]):
    """A mapping of a file, with the line of each key."""


class LinedList(WithLines, list[Any]):
    """A list of a file, with the line of each item."""


class _Loader(yaml.CSafeLoader):
    """Plain YAML, in which a key may stand once: the later of two would silently win."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> LinedMapping:
    loader.flatten_mapping(node)
    made = LinedMapping(node.start_mark.line + 1)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(
                None, None, "a key that is a list or a mapping", key_node.start_mark
            )
        if key in made:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key} stands twice", key_node.start_mark
            )
        made[key] = loader.construct_object(value_node, deep=True)
        made.lines[key] = key_node.start_mark.line + 1
    return made


def _list(loader: _Loader, node: yaml.SequenceNode) -> LinedList:
    made = LinedList(node.start_mark.line + 1)
    for place, item in enumerate(node.value):
        made.append(loader.construct_object(item, deep=True))
        made.lines[place] = item.start_mark.line + 1
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _list)


def read_yaml(content: bytes) -> Any:
    """The content of a YAML file.

    Raises:
        yaml.YAMLError: not YAML, or a key stands twice.
        ValueError: a date or number that is none.
    """
    return yaml.load(content, Loader=_Loader)  # noqa: S506  # a subclass of the safe loader


def line_of(data: Any, place: Sequence[str | int]) -> int | None:
    """The line of a place in what was read: of the innermost part of it that is there."""
    line: int | None = getattr(data, "line", None)
    for step in place:
        lines = getattr(data, "lines", {})
        if step in lines:
            line, data = lines[step], data[step]
        elif not isinstance(step, int):
            break  # a field that is missing, or a step of the checker's own
    return line


_NAMED = re.compile(
    r"\b(?P<kind>metric|sentence|table|rule|aside|qualifier|jurisdiction|printed name|"
    r"qualifying wording) (?P<name>.+?)(?: of (?P<of>US|state))?(?: stands twice|: .*|$)"
)


def place_of(problem: str, contents: Mapping[str, bytes]) -> str:
    """File and line of the entry that a contradiction names, like ``ignored.yml line 31``.

    Of several the last one, which repeats or refers to another; empty if none is found.
    """
    named = _NAMED.search(problem)
    if named is None:
        return ""
    name, kind = re.escape(named["name"]), named["kind"]
    refers = (
        rf"\b{name} of {named['of']}\b" if named["of"] else rf"(?:[\[,]|- ) *{name} *(?:[\],]|$)"
    )
    wanted = [rf"- {kind}: {name}\s*$", rf"^{name},"]
    if kind in ("printed name", "qualifying wording"):
        wanted = [rf"(?i)(?<!\w){name}(?!\w)"]
    if "no metric" in problem:
        wanted = [refers, rf"metric: {name}\s*$"]
    for pattern in wanted:
        found = [
            f"{file} line {number}"
            for file, content in contents.items()
            for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1)
            if re.search(pattern, line)
        ]
        if found:
            return found[-1]
    return ""
