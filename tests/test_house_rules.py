"""Rules that keep the line straight: who imports whom, where the publisher's words stand."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from pipeline.catalog.load import default_catalog
from pipeline.storage import names
from tests.building import PROJECT, RAW, VERSION, run_python

PACKAGE = PROJECT / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
SQL = sorted(PACKAGE.rglob("*.sql"))

ORDER = [
    "model", "storage", "tables", "checks", "catalog", "sheets", "parse", "validate", "progress", "executors", "parts", "stages", "steps", "warehouse",
    "intake", "release", "site", "outcome", "acceptance", "build", "rebuild", "unchanged", "alerts", "cli.terminal", "cli.status", "defs", "authoring", "cli", "__main__",
]  # fmt: skip
"""Stops of the straight line; a module imports from its own stop and those before it."""

MAY_LOAD_DAGSTER = {"defs": "at once", "definitions": "at once", "cli": "when asked"}

LONGEST = 320


def name_of(path: Path) -> str:
    """A module's name below `pipeline`, empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def stop_of(module: str) -> str:
    module = "defs" if module == "definitions" else module  # Dagster's entry, and what it loads
    fitting = [stop for stop in ORDER if module == stop or module.startswith(f"{stop}.")]
    assert fitting, f"pipeline.{module} stands at no stop; give it one in ORDER"
    return max(fitting, key=len)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            assert level == 0, "imports name their module in full"
            if module == "pipeline":
                return [f"pipeline.{alias.name}" for alias in names]
            return [str(module)]
        case _:
            return []


def imports(path: Path) -> list[str]:
    return [name for node in ast.walk(tree(path)) for name in imported(node)]


def imports_at_once(path: Path) -> list[str]:
    """Imports outside functions."""
    found: list[str] = []
    waiting: list[ast.AST] = [tree(path)]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += imported(node)
            waiting += ast.iter_child_nodes(node)
    return found


def later_imports(name: str, names: list[str]) -> list[str]:
    """The imports of a module that point forward along the line."""
    place = ORDER.index(stop_of(name))
    own = [n.removeprefix("pipeline.") for n in names if n.startswith("pipeline.")]
    return [module for module in own if ORDER.index(stop_of(module)) > place]


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path)], ids=name_of)
def test_a_module_imports_only_from_its_own_stop_and_those_before(path):
    assert later_imports(name_of(path), imports(path)) == []


def test_an_import_that_points_forward_would_be_found():
    assert later_imports("parse.sheet", ["pipeline.validate.sheet_checks"]) == [
        "validate.sheet_checks"
    ]
    assert later_imports("parse.sheet", ["pipeline.sheets.decode", "re"]) == []


def test_the_package_itself_imports_nothing():
    assert imports(PACKAGE / "__init__.py") == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_dagster_is_loaded_by_orchestration_alone_or_when_asked(path):
    stop = name_of(path).partition(".")[0]
    names = [name for name in imports(path) if name.partition(".")[0].startswith("dagster")]
    if stop not in MAY_LOAD_DAGSTER:
        assert names == []
    elif MAY_LOAD_DAGSTER[stop] == "when asked":
        at_once = [name for name in imports_at_once(path) if name.startswith("dagster")]
        assert at_once == []


def test_the_commands_import_what_they_need_when_they_run():
    heavy = (
        "pipeline.intake",
        "pipeline.defs",
        "pipeline.release",
        "pipeline.site",
        "pipeline.validate",
        "pipeline.warehouse",
    )
    for name in ("app", "intake", "releases", "site", "terminal"):
        path = PACKAGE / "cli" / f"{name}.py"
        runtime = [
            node
            for node in tree(path).body
            if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        ]
        names = [
            n for node in runtime if not isinstance(node, ast.FunctionDef) for n in imported(node)
        ]
        assert [n for n in names if n.startswith(heavy)] == []


# Each command in a process of its own, forked before anything of the program is imported.
LOADED = """
import json, os, sys
for words in json.loads(sys.argv[1]):
    if os.fork() == 0:
        stdout, sys.stdout = sys.stdout, open(os.devnull, "w")
        from pipeline.cli.app import app
        try:
            app(words)
        except SystemExit as end:
            code = end.code or 0
        heavy = {"dagster", "duckdb", "pandas", "pandera", "pyarrow"}
        print(code, *sorted(heavy & set(sys.modules)), file=stdout, flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.mark.slow
def test_a_command_waits_for_no_library_that_it_does_not_need(raw, built_warehouse, tmp_path):
    stray = tmp_path / "stray.txt"
    stray.write_text("hello", encoding="utf-8")
    sheet, of = RAW / "2023/kentucky.txt", ["--warehouse", str(built_warehouse)]
    loaded = {
        ("--help",): "0",
        ("build", "--help"): "0",
        ("releases", *of): "0",
        ("diff", VERSION, VERSION, *of): "0 duckdb pyarrow",
        ("cite", "2023/US-KY/missing_child_cases", *of): "0 duckdb pyarrow",
        ("cache", *of): "0 pyarrow",
        ("status", *of): "1 pyarrow",  # no run is recorded
        # A single sheet is asked the checks themselves; of many pandera asks them.
        ("explain", str(sheet)): "0",
        ("explain", str(stray)): "1",
        ("add", "--raw", str(raw), str(sheet)): "0",
    }
    found = run_python("-c", LOADED, json.dumps([*loaded]))
    assert dict(zip(loaded, found.stdout.splitlines(), strict=True)) == loaded, found.stderr


def metric_ids() -> set[str]:
    return {metric.metric for metric in default_catalog().metrics}


def metrics_in(text: str) -> set[str]:
    """Metrics that a text names, an example of an observation's id apart."""
    without_ids = re.sub(r"\d{4}/US(?:-[A-Z]{2})?/\w+", "", text)
    return set(re.findall(r"\w+", without_ids)) & metric_ids()


@pytest.mark.parametrize(
    "path",
    [path for path in [*MODULES, *SQL] if "catalog" not in path.parts],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_no_metric_is_named_outside_the_catalog(path):
    assert metrics_in(path.read_text(encoding="utf-8")) == set()


def test_a_metric_in_sql_would_be_found():
    assert metrics_in("select missing_child_cases_orr from x") == {"missing_child_cases_orr"}
    assert metrics_in("select missing from x") == set()
    assert metrics_in("for example 2023/US-MO/missing_child_cases.") == set()


PARTICIPLE = re.compile(r"_?[A-Z][a-z]+(?:ed|wn|en)")


def test_no_class_is_named_by_a_bare_participle():
    classes = {
        node.name
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
    }
    assert [name for name in classes if PARTICIPLE.fullmatch(name)] == []
    assert PARTICIPLE.fullmatch("Extracted")
    assert not PARTICIPLE.fullmatch("ParsedSheet")


MAP = ast.get_docstring(tree(PACKAGE / "__init__.py")) or ""


def test_the_map_names_every_package_and_every_module_that_it_names_is_there():
    named = {name for name in re.findall(r"``([a-z_.]+)``", MAP) if name != "raw"}
    there = {name_of(path) for path in MODULES}
    assert named <= there | {"raw/", "statedata"}
    top = {name.partition(".")[0] for name in there} - {"", "__main__", "definitions"}
    assert top <= {name.partition(".")[0] for name in named}


FILE_NAMES = {
    value
    for name, value in vars(names).items()
    if name.isupper() and isinstance(value, str) and ("." in value.strip(".") or value.isupper())
}


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path)], ids=name_of)
def test_a_files_name_stands_in_one_place(path):
    if name_of(path) == "storage.names":
        return
    said = {node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant)}
    templates = {"index.html"} if name_of(path).startswith("site") else set()
    assert said & FILE_NAMES <= templates


def test_the_names_of_files_are_known():
    assert {"manifest.json", "SHA256SUMS", "requirements.lock", "index.html"} <= FILE_NAMES
    assert not {"data", "api", "stages"} & FILE_NAMES


PUBLISHER = re.compile(r"NCMEC|[Mm]issing (?:&|and) [Ee]xploited|missingkids")
TEMPLATES = sorted(PACKAGE.rglob("*.j2"))


@pytest.mark.parametrize(
    "path",
    [path for path in [*MODULES, *SQL, *TEMPLATES] if path.parent.name != "catalog"],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_the_publisher_is_named_in_the_catalog_only(path):
    assert PUBLISHER.findall(path.read_text(encoding="utf-8")) == []


def test_the_catalogs_own_code_does_not_name_the_publisher_either():
    for path in (PACKAGE / "catalog").glob("*.py"):
        assert PUBLISHER.findall(path.read_text(encoding="utf-8")) == [], path.name
    assert PUBLISHER.search((PACKAGE / "catalog/publisher.yml").read_text(encoding="utf-8"))


def test_no_program_is_named_in_code_outside_the_catalog():
    programs = {m.program for m in default_catalog().metrics} - {"Missing children"}
    for path in MODULES:
        if {"catalog", "release"} & set(path.relative_to(PACKAGE).parts):
            continue  # a release's keywords name one for who searches
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not [p for p in programs if p in node.value], (
                    f"{path.name}: {node.value[:60]}"
                )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_says_what_it_is(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    docstring = ast.get_docstring(tree(path))
    assert docstring, "a module docstring says which stage it is"
    assert docstring.partition("\n")[0].rstrip().endswith((".", "?", ":")), docstring


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_a_view_starts_with_its_meaning_and_is_one_lower_case_statement(path):
    first, _, query = path.read_text(encoding="utf-8").partition("\n")
    assert first.startswith("-- ")
    assert first.endswith(".")
    code = re.sub(r"'[^']*'|--.*", "", query)
    assert ";" not in code
    assert code == code.lower()
    assert "select *" not in code


def test_nothing_is_caught_without_a_name_but_at_the_outermost_rim():
    for path in MODULES:
        for node in ast.walk(tree(path)):
            assert not (isinstance(node, ast.ExceptHandler) and node.type is None), path
