"""The stages as Dagster shows them: the graph, its partitions, its checks and what they say."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipeline.build import BuildSteps, build, holding, run_steps
from pipeline.checks import CHECKLIST
from pipeline.definitions import JOB, build_defs, defs
from pipeline.defs.assets import ASSETS
from pipeline.defs.partitions import YEARS, range_tags, sync_partitions
from pipeline.defs.recorded import record_build
from pipeline.outcome import BuildError
from pipeline.progress import SILENT, Progress
from pipeline.sheets.collect import partitions
from pipeline.tables.figures import FIGURES
from pipeline.tables.schema import OBSERVATIONS, QUARANTINE, RAW_SHEETS, STATEMENTS
from tests.building import PROJECT, RAW, VERSION, ask, contents, run_python
from tests.sheets_factory import KENTUCKY_2023, change, render, write_sheet

MODULE = "pipeline.definitions"


# The definitions


def test_the_definitions_load_without_a_warning():
    found = run_python("-W", "error", "-c", f"import {MODULE}")
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_definitions_are_valid():
    dg.Definitions.validate_loadable(defs)
    dg.Definitions.validate_loadable(build_defs(steps=BuildSteps(Path("raw"), Path("warehouse"))))


def test_workspace_and_project_name_the_same_module():
    workspace = yaml.safe_load((PROJECT / "workspace.yaml").read_text(encoding="utf-8"))
    (entry,) = workspace["load_from"]
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    named = project["tool"]["dg"]["project"]["code_location_target_module"]
    assert entry["python_module"]["module_name"] == named == MODULE


def graph(target="published"):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STATEDATA_TARGET", target)
        return build_defs().resolve_asset_graph()


def test_the_assets_stand_in_the_order_of_the_straight_line():
    parents = {
        key.to_user_string(): {parent.to_user_string() for parent in graph().get(key).parent_keys}
        for key in graph().get_all_asset_keys()
    }
    parsed = {"statements", "numerals"}
    validated = {"figures", "observations", "checks", "quarantine"}
    assert parents == {
        "raw_sheets": set(),
        "sheet_texts": {"raw_sheets"},
        "statements": {"sheet_texts"},
        "numerals": {"sheet_texts"},
        "observations": parsed,
        "checks": parsed,
        "quarantine": parsed,
        "figures": {"observations"},
        "warehouse": validated,
        "release": {"warehouse"},
        "site": {"release"},
        "publication": {"site"},
    }


@pytest.mark.parametrize(
    ("group", "assets", "partitioned"),
    [
        ("intake", {"raw_sheets", "sheet_texts"}, True),
        ("parse", {"statements", "numerals"}, True),
        ("validate", {"figures", "observations", "checks", "quarantine"}, False),
        ("publish", {"warehouse", "release", "site", "publication"}, False),
    ],
)
def test_a_group_holds_its_assets_and_only_single_sheets_have_years(group, assets, partitioned):
    nodes = [graph().get(key) for key in graph().get_all_asset_keys()]
    own = [node for node in nodes if node.group_name == group]
    assert {node.key.to_user_string() for node in own} == assets
    assert {node.partitions_def for node in own} == ({YEARS} if partitioned else {None})


def test_without_a_target_there_is_nothing_to_publish():
    with_target, without = (graph(target).get_all_asset_keys() for target in ("published", ""))
    assert with_target - without == {dg.AssetKey("publication")}
    assert "publish" not in [job.name for job in build_defs().resolve_all_job_defs()]


def test_every_asset_is_described():
    for key in graph().get_all_asset_keys():
        assert graph().get(key).description.endswith("."), key


def test_every_asset_of_a_build_runs_over_all_years_at_once():
    for asset in ASSETS:
        assert asset.backfill_policy == dg.BackfillPolicy.single_run(), asset.key


def test_the_checks_are_the_checklist_and_two_on_the_whole():
    shown = {(key.asset_key.to_user_string(), key.name) for key in graph().asset_check_keys}
    listed = {(check.stage, check.name) for check in CHECKLIST.values()}
    assert shown == listed | {
        ("observations", "some_sheet_is_accepted"),
        ("observations", "no_unaccepted_revision"),
    }


def test_only_checks_that_stop_a_release_block():
    blocking = {
        key.name for key in graph().asset_check_keys if graph().get_check_spec(key).blocking
    }
    assert blocking == {"corrections_apply", "some_sheet_is_accepted", "no_unaccepted_revision"}


def test_a_build_materialises_every_asset_but_pages_and_publication():
    job = build_defs().resolve_job_def(JOB)
    selected = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    every = {key.to_user_string() for key in graph().get_all_asset_keys()}
    assert every - selected == {"site", "publication"}  # that is a decision of its own
    assert selected < every


# Partitions


def test_an_instances_years_follow_the_folder():
    with dg.DagsterInstance.ephemeral() as instance:
        assert sync_partitions(instance, ["2022", "2023"]) == ["2022", "2023"]
        assert set(sync_partitions(instance, ["2023", "undated"])) == {"2023", "undated"}


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [(["a"], "a", "a"), (["a", "c"], "a", "c"), (["c", "b"], "b", "c")],
)
def test_a_run_covers_the_shortest_range_of_years(wanted, first, last):
    assert range_tags(["a", "b", "c"], wanted) == {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


# A run


def run(raw, warehouse, *, wanted=None, instance=None):
    """One run of the job, quietly, over all years or those that are wanted."""
    quiet = dg.LoggerDefinition(lambda _: __import__("logging").Logger("quiet", 100))
    definitions = build_defs(steps=BuildSteps(raw, warehouse), logger=quiet)
    instance = instance or dg.DagsterInstance.ephemeral()
    keys = sync_partitions(instance, partitions(raw))
    return definitions.resolve_job_def(JOB).execute_in_process(
        instance=instance,
        tags=range_tags(keys, wanted or keys),
        raise_on_error=False,
        run_config={"loggers": {"console": {}}},
    )


def evaluations(result):
    return {event.check_name: event for event in result.get_asset_check_evaluations()}


def metadata(result):
    return {
        materialization.asset_key.to_user_string(): materialization.metadata
        for event in result.all_events
        if event.is_step_materialization
        for materialization in [event.step_materialization_data.materialization]
    }


@pytest.fixture(scope="module")
def good_run(tmp_path_factory):
    return run(RAW, tmp_path_factory.mktemp("good") / "warehouse")


HOSTILE = "2023/<img src=x> | [a](b).txt"


@pytest.fixture(scope="module")
def bad_run(tmp_path_factory):
    """A run with one sheet whose rows do not add up, under a name that is no good Markdown."""
    folder = tmp_path_factory.mktemp("bad")
    raw = shutil.copytree(RAW, folder / "raw")
    local = {**KENTUCKY_2023, "missing_child_cases_orr": "22"}
    write_sheet(raw / HOSTILE, render("US-OH", local=local))
    return run(raw, folder / "warehouse"), folder / "warehouse"


def test_a_run_on_good_sheets_passes_every_check(good_run):
    found = evaluations(good_run)
    assert good_run.success
    assert set(found) == {*CHECKLIST, "some_sheet_is_accepted", "no_unaccepted_revision"}
    assert [name for name, evaluation in found.items() if not evaluation.passed] == []


@pytest.mark.parametrize(
    ("asset", "table", "rows"),
    [
        ("raw_sheets", RAW_SHEETS, 4),
        ("statements", STATEMENTS, 83),
        ("observations", OBSERVATIONS, 52),
        ("quarantine", QUARANTINE, 0),
        ("figures", FIGURES, 55),
    ],
)
def test_an_asset_says_its_rows_and_columns(good_run, asset, table, rows):
    said = metadata(good_run)[asset]
    assert said["dagster/row_count"].value == rows
    schema = said["dagster/column_schema"].schema
    assert [(column.name, column.description) for column in schema.columns] == [
        (name, column.description) for name, column in table.columns.items()
    ]


def test_every_table_asset_has_rows_and_columns(good_run):
    for asset, said in metadata(good_run).items():
        if asset != "release":
            assert "dagster/row_count" in said, asset
        if asset not in ("warehouse", "release"):
            assert "dagster/column_schema" in said, asset


def test_the_release_says_its_version_and_path(good_run):
    said = metadata(good_run)["release"]
    assert said["new"].value is True
    assert said["path"].value.endswith(f"releases/{said['version'].value}")


def test_a_quarantined_sheet_is_a_failed_check_that_blocks_nothing(bad_run):
    result, warehouse = bad_run
    failed = {name: e for name, e in evaluations(result).items() if not e.passed}
    assert set(failed) == {"parts_sum_to_totals", "manifest_is_complete"}
    evaluation = failed["parts_sum_to_totals"]
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert not evaluation.blocking
    assert result.success
    assert "rows 133 + 45 + 22 = 200, stated 199" in evaluation.description
    assert evaluation.metadata["failures"].value == 1
    assert {"warehouse", "release"} <= set(metadata(result))
    assert ask(warehouse, "select count(*) from observations") == [(52,)]


def test_a_failed_check_lists_file_expected_and_found_as_harmless_markdown(bad_run):
    text = evaluations(bad_run[0])["parts_sum_to_totals"].metadata["failed"].value
    head, _, row = text.splitlines()
    assert head == "| sheet | metric | expected | found | message |"
    assert row.startswith("| 2023/&lt;img src=x> \\| ")
    assert "| missing_child_cases | 199 | 200 |" in row
    assert "<img" not in text


def test_without_an_accepted_sheet_nothing_behind_the_check_runs(tmp_path):
    write_sheet(tmp_path / "raw/2023/ky.txt", "no sheet")
    result = run(tmp_path / "raw", tmp_path / "warehouse")
    assert not result.success
    assert not evaluations(result)["some_sheet_is_accepted"].passed
    assert evaluations(result)["some_sheet_is_accepted"].blocking
    assert set(metadata(result)) == {
        "raw_sheets", "sheet_texts", "statements", "numerals", "observations", "checks", "quarantine",
        "figures",
    }  # fmt: skip
    assert not (tmp_path / "warehouse/releases").exists()


@pytest.mark.slow
def test_a_run_over_one_year_keeps_the_other_years(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    for year in (2023, 2024):
        write_sheet(raw / f"{year}/ky.txt", render(year=year))
    build(raw, warehouse)
    with dg.DagsterInstance.ephemeral() as instance:
        path = raw / "2024/ky.txt"
        local = {**KENTUCKY_2023, "faon_connections": "32"}
        path.write_text(render(year=2024, local=local), encoding="utf-8")
        write_sheet(raw / "2024/oh.txt", render("US-OH", 2024))
        result = run(raw, warehouse, wanted=["2024"], instance=instance)
    # Kentucky's figure of 2024 is another one now, and nobody has accepted that.
    assert not result.success
    assert not evaluations(result)["no_unaccepted_revision"].passed
    assert metadata(result)["observations"]["dagster/row_count"].value == 52
    path.write_text(render(year=2024), encoding="utf-8")
    with dg.DagsterInstance.ephemeral() as instance:
        sync_partitions(instance, ["2023", "2024"])
        assert run(raw, warehouse, wanted=["2024"], instance=instance).success
    query = "select year, count(distinct sheet_id) from observations group by 1 order by 1"
    assert ask(warehouse, query) == [(2023, 1), (2024, 2)]


@pytest.mark.slow
def test_a_year_that_is_gone_from_the_folder_is_gone_from_the_tables(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    for year in (2023, 2024):
        write_sheet(raw / f"{year}/ky.txt", change(render(year=year), "49 sub", "50 sub"))
    build(raw, warehouse)
    shutil.rmtree(raw / "2023")
    result = run(raw, warehouse)
    evaluation = evaluations(result)["no_unaccepted_revision"]
    assert not evaluation.passed
    assert "21 published figures are removed or changed" in evaluation.description
    assert [path.name for path in (warehouse / "stages/partitions").iterdir()] == ["2024"]


def test_a_step_started_by_hand_does_not_publish_what_was_blocked(raw, warehouse, built_warehouse):
    # A blocked run leaves its frames behind; the steps after it must not take them up unasked.
    shutil.copytree(built_warehouse, warehouse, symlinks=True)
    published = contents(warehouse / "releases")
    text = (raw / "2023/missouri.txt").read_text(encoding="utf-8")
    write_sheet(raw / "2023/missouri.txt", change(text, "10,065", "10,066"))
    with pytest.raises(BuildError, match="10,065 → 10,066"):
        build(raw, warehouse)
    with dg.instance_for_test() as instance:
        by_hand = dg.materialize(
            ASSETS[-2:],
            instance=instance,
            resources={"steps": BuildSteps(raw, warehouse)},
            raise_on_error=False,
        )
    assert not by_hand.success
    assert contents(warehouse / "releases") == published


# Recorded builds


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A Dagster home, as `make dev` sets one up."""
    folder = tmp_path / "home"
    folder.mkdir()
    shutil.copyfile(PROJECT / "deploy/dagster-dev.yaml", folder / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


def build_by(run, raw, warehouse, progress=SILENT, *, version="", accept_revisions=False):
    """A build whose steps are run in one of the two ways."""
    steps = BuildSteps(raw, warehouse, progress=progress)
    with holding(steps) as partitions:
        return run(steps, partitions, version=version, accept_revisions=accept_revisions)


def test_a_recorded_build_returns_and_writes_what_a_direct_one_does(
    four_sheets, warehouse, home, capfd, monkeypatch
):
    told, counted = [], []
    direct, folder = four_sheets
    shutil.copytree(RAW, warehouse.parent / "raw")
    monkeypatch.chdir(warehouse.parent)  # as `make` does it: both folders named from the project
    progress = Progress(
        done=lambda step, _: told.append(step),
        working=lambda step, *sheets: counted.append((step, *sheets)),
    )
    recorded = build_by(record_build, Path("raw"), Path("warehouse"), progress, version=VERSION)
    assert replace(recorded, release=direct.release) == direct
    assert contents(warehouse / "releases") == contents(folder / "releases")
    assert (
        contents(warehouse)["ncmec_state_data.duckdb"]
        == contents(folder)["ncmec_state_data.duckdb"]
    )
    assert told == ["raw_sheets", "sheet_texts", "parse", "validate", "warehouse", "release"]
    assert counted == [
        ("raw_sheets", 0, 0), ("sheet_texts", 0, 4), ("sheet_texts", 4, 4), ("parse", 0, 4),
        ("parse", 4, 4), ("validate", 0, 0), ("warehouse", 0, 0), ("release", 0, 0),
    ]  # fmt: skip
    assert "DEBUG" not in capfd.readouterr().err, "Dagster's own log reached the terminal"
    with dg.DagsterInstance.get() as instance:
        (run_record,) = instance.get_runs()
        assert run_record.status == dg.DagsterRunStatus.SUCCESS
        assert instance.get_latest_materialization_event(dg.AssetKey("release")) is not None


@pytest.mark.slow
@pytest.mark.parametrize("run", [run_steps, record_build])
def test_a_refused_revision_says_the_same_either_way(run, raw, warehouse, home, built_warehouse):
    shutil.copytree(built_warehouse, warehouse, symlinks=True)
    path = raw / "2023/missouri.txt"
    path.write_text(change(path.read_text(encoding="utf-8"), "10,065", "10,066"), encoding="utf-8")
    with pytest.raises(BuildError) as refused:
        build_by(run, raw, warehouse)
    assert (refused.value.check, refused.value.validated) == ("no_unaccepted_revision", True)
    first, listed, *_ = str(refused.value).splitlines()
    assert first == (
        "1 published figures are removed or changed; `latest` stays. Build with "
        "--accept-revisions if this is right:"
    )
    assert "10,065 → 10,066" in listed
    assert build_by(run, raw, warehouse, accept_revisions=True).is_new


@pytest.mark.slow
@pytest.mark.parametrize("run", [run_steps, record_build])
def test_a_fault_of_the_program_is_no_refusal(run, raw, warehouse, home, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("pipeline.build.load_warehouse", broken)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        build_by(run, raw, warehouse)


@pytest.mark.slow
def test_the_command_goes_through_dagster_only_where_its_home_is_set(raw, warehouse, home):
    loaded = (
        "import sys\nfrom pipeline.cli.app import app\nfrom typer.testing import CliRunner\n"
        "result = CliRunner().invoke(app, sys.argv[1:])\n"
        "print(result.exit_code, 'dagster' in sys.modules)"
    )
    for settings, expected in (({"DAGSTER_HOME": ""}, "0 False"), ({}, "0 True")):
        found = run_python(
            "-c", loaded, "build", "--raw", raw, "--warehouse", warehouse, settings=settings
        )
        assert found.stdout.splitlines()[-1] == expected, found.stderr
