"""The steps on many sheets: what is done again, what is kept, and that neither shows."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import executors, parts, steps
from pipeline.build import build
from pipeline.catalog.load import default_catalog
from pipeline.executors import Workers, WorkersError, run_tasks
from pipeline.outcome import BuildError
from pipeline.parts import buckets
from pipeline.release.export import table_digests
from pipeline.sheets.collect import RawFolderError, partitions
from pipeline.sheets.extract import Extractor, extract
from pipeline.sheets.formats import ExtractionInterruptedError, NotTextError
from pipeline.sheets.listing import SheetFile, hash_files
from pipeline.stages import StageError, Stages
from pipeline.steps import extract_texts, list_sheets, listed_sheets, parse_sheets, validate_sheets
from pipeline.tables.files import TableFiles, in_order
from pipeline.tables.frames import arrow_schema
from pipeline.tables.schema import OBSERVATIONS, QUALIFIERS, SHEETS, STATEMENTS
from tests.building import VERSION, contents, invoke
from tests.dying import once_fatal
from tests.sheets_factory import KENTUCKY_2023, NAMES, render, write_sheet

STATES = sorted(NAMES)[:12]
HERE = Workers()
FIXTURES = Path(__file__).parent / "formats/fixtures"


def write_sheets(raw: Path, years=(2023, 2024), states=STATES) -> None:
    for year in years:
        for state in states:
            write_sheet(raw / f"{year}/{state.lower()}.txt", render(state, year))


def worked(raw: Path, warehouse: Path) -> tuple[int, int]:
    """How many sheets a run over all years decodes and parses."""
    stages = Stages.of(warehouse)
    texts = extract_texts(raw, list_sheets(raw, stages, partitions(raw)), stages, HERE)
    return texts.made, parse_sheets(texts, HERE).made


def validated(raw: Path, warehouse: Path) -> TableFiles:
    """The tables that a run over all years would release."""
    stages = Stages.of(warehouse)
    listing = list_sheets(raw, stages, partitions(raw))
    texts = extract_texts(raw, listing, stages, HERE)
    return validate_sheets(raw, listing, texts, parse_sheets(texts, HERE), stages)


def written(tables: TableFiles) -> dict[str, list[bytes]]:
    """The bytes of every file of the tables."""
    return {name: [path.read_bytes() for path in paths] for name, paths in tables.files.items()}


def digests(raw: Path, warehouse: Path) -> dict[str, str]:
    """The digests of those tables."""
    return dict(table_digests(validated(raw, warehouse)))


def rewrite(path: Path, text: str) -> None:
    """Write other content, and let the file look as if it had not changed of late."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_700_000_000, 1_700_000_000))


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def printed(warehouse: Path, year: int) -> list[str]:
    paths = sorted(Stages.of(warehouse).partition(str(year)).glob(f"*.{STATEMENTS.name}.parquet"))
    return pyarrow.parquet.read_table(*paths, columns=["printed"])["printed"].to_pylist()


# Which sheets go together


def listed(*names: str) -> list[SheetFile]:
    return [SheetFile(name, 1, None, None, None, None, None) for name in names]


@pytest.mark.parametrize(
    "files",
    [
        ["adg", "beh", "cf"],
        ["ac", "bd", "eg", "fh"],
        ["af", "b", "ce", "", "gi", "h"],
        ["ab", "bc"],
        ["gh", "ab", "cd"],
        ["", ""],
    ],
    ids=" ".join,
)
def test_files_whose_keys_overlap_are_merged_in_order(tmp_path, files):
    paths = [tmp_path / f"part-{number}.parquet" for number in range(len(files))]
    for path, keys in zip(paths, files, strict=True):
        rows = [[*keys], [f"is {key}" for key in keys], [True] * len(keys), [False] * len(keys)]
        pyarrow.parquet.write_table(pyarrow.table(rows, schema=arrow_schema(QUALIFIERS)), path)
    merged = TableFiles({QUALIFIERS.name: in_order(QUALIFIERS, paths, tmp_path)})
    found = merged.read(QUALIFIERS.name).to_pydict()
    assert found["qualifier"] == sorted("".join(files))
    assert found["meaning"] == [f"is {key}" for key in sorted("".join(files))]


@given(st.lists(st.text("abc/.0123456789", min_size=1, max_size=8), unique=True).map(sorted))
def test_every_file_is_in_one_bucket_in_order(names):
    found = buckets(listed(*names)).values()
    assert sorted(sheet.file for sheets in found for sheet in sheets) == names
    assert all(list(sheets) == sorted(sheets, key=lambda sheet: sheet.file) for sheets in found)


def test_a_usual_year_is_one_bucket_and_a_large_one_many_of_bounded_size():
    names = [f"2023/{number:05}.txt" for number in range(10_000)]
    assert list(map(len, buckets(listed(*names[:56])).values())) == [56]
    large = buckets(listed(*names))
    assert len(large) == 64
    assert max(map(len, large.values())) < parts.SHEETS_A_BUCKET
    changed = buckets(listed(*sorted([*names, "2023/another.txt"])))
    assert sum(large[name] != changed[name] for name in large) == 1


# What is done again


def test_only_the_bucket_that_has_changed_is_made_again(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw)
    assert worked(raw, warehouse) == (24, 24)
    assert worked(raw, warehouse) == (0, 0)
    changed = raw / "2024" / f"{STATES[3].lower()}.txt"
    rewrite(changed, render(STATES[3], 2024, local={**KENTUCKY_2023, "faon_connections": "32"}))
    assert worked(raw, warehouse) == (12, 12)
    assert printed(warehouse, 2024).count("32") == 1
    changed.unlink()
    assert worked(raw, warehouse) == (11, 11)
    assert printed(warehouse, 2024).count("32") == 0
    (raw / "manifest.csv").write_text(
        "file,sha256,origin,retrieved\n2023/us-ak.txt," + "0" * 64 + ",NCMEC,2024-09-01\n"
    )
    assert worked(raw, warehouse) == (12, 12), "a part is a function of the manifest too"


def test_another_catalog_parses_all_and_decodes_none(tmp_path, monkeypatch):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    assert worked(raw, warehouse) == (12, 12)
    other = default_catalog().model_copy(update={"digest": "0" * 64})
    monkeypatch.setattr("pipeline.catalog.load.default_catalog", lambda: other)
    assert worked(raw, warehouse) == (0, 12)


@pytest.mark.parametrize("library", ["pypdfium2", "pandas"])
def test_another_version_of_a_library_makes_everything_again(tmp_path, monkeypatch, library):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    assert worked(raw, warehouse) == (12, 12)
    installed = parts.version
    monkeypatch.setattr(parts, "version", lambda n: "0" if n == library else installed(n))
    parts.program_key.cache_clear()
    try:
        assert worked(raw, warehouse) == (12, 12)
    finally:
        monkeypatch.undo()
        parts.program_key.cache_clear()


def test_with_and_without_what_is_kept_the_bytes_are_the_same(tmp_path):
    raw = tmp_path / "raw"
    write_sheets(raw, states=STATES[:3])
    before = written(validated(raw, tmp_path / "kept"))
    write_sheet(raw / "2024/wyoming.txt", render("US-WY", 2024))
    (raw / "2023" / f"{STATES[0].lower()}.txt").unlink()
    kept = written(validated(raw, tmp_path / "kept"))
    assert kept == written(validated(raw, tmp_path / "fresh")) != before


def test_sheets_outside_folders_of_years_give_the_same_rows(tmp_path):
    tidy, untidy = tmp_path / "tidy", tmp_path / "untidy"
    for number, state in enumerate(STATES):
        write_sheet(tidy / "a" / f"{number:02}.txt", render(state))
        write_sheet(
            untidy / "a" / ("" if number % 2 else "2023") / f"{number:02}.txt", render(state)
        )
    found = [validated(raw, tmp_path / f"{raw.name}-w") for raw in (tidy, untidy)]
    assert [tables.counts(SHEETS.name, "status") for tables in found] == [{"accepted": 12}] * 2
    ours, theirs = (table_digests(tables)[OBSERVATIONS.name] for tables in found)
    assert ours == theirs


@pytest.mark.slow
def test_a_year_in_many_buckets_gives_the_same_rows(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    write_sheets(raw)
    whole = digests(raw, tmp_path / "whole")
    monkeypatch.setattr(parts, "SHEETS_A_BUCKET", 4)
    assert digests(raw, tmp_path / "many") == whole
    rewrite(raw / "2024/us-al.txt", render("US-AL", 2024) + "\n")
    made = worked(raw, tmp_path / "many")[0]
    assert 0 < made < 12
    # The year shrinks to fewer buckets, and nothing is left of those that there were.
    for state in STATES[3:]:
        (raw / f"2024/{state.lower()}.txt").unlink()
    assert digests(raw, tmp_path / "many") == digests(raw, tmp_path / "fresh")
    kept = [
        {p.name for p in files_below(tmp_path / w / "stages/partitions")} for w in ("many", "fresh")
    ]
    assert kept[0] == kept[1]


def test_an_older_versions_stages_are_taken_over(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    write_sheets(raw, years=(2023,))
    whole = digests(raw, tmp_path / "fresh")
    older = {
        "parts/parse/ab/abcd/part.json": '{"format": 1}',
        "parts/parse/ab/abcd/statements.parquet": "PAR1",
        "partitions/2023/seen.json": '{"2023/us-ak.txt": [[1, 2, 3, 4], "00"]}',
        "partitions/2023/parse.json": '["abcd"]',
        "partitions/2023/raw_sheets.parquet": "PAR1",
        "partitions/2019/parse.json": "[]",
        "validated/tables.json": '{"checks": ["validated/checks.parquet"]}',
        "validated/checks.parquet": "PAR1",
    }
    for name, text in older.items():
        write_sheet(warehouse / "stages" / name, text)
    with pytest.raises(StageError, match="of another version; build again"):
        Stages.of(warehouse).validated()
    assert digests(raw, warehouse) == whole
    left = {p.relative_to(warehouse / "stages").as_posix() for p in files_below(warehouse)}
    assert left.isdisjoint(older.keys() - {"validated/tables.json"})


# Wrong bytes


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 0x04]) + content[place + 1 :]


def damages(content: bytes) -> Iterator[bytes]:
    """The content with wrong bytes at several places, and cut at several."""
    size = len(content)
    for place in sorted({0, 1, size // 5, size // 2, 4 * size // 5, size - 1}):
        yield flipped(content, place)
    for end in sorted({0, 1, size // 2, size - 1}):
        yield content[:end]
    yield content + b"\0"


def digit_changed(content: bytes) -> bytes:
    """The last digit is another one: what reads best and lies most."""
    place = max((content.rfind(b"%d" % digit) for digit in range(10)), default=-1)
    return flipped(content, place) if place >= 0 else flipped(content, 0)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Path, Path, dict[str, str]]:
    """A raw folder with a text and documents, a warehouse of it, and the digests of its tables."""
    folder = tmp_path_factory.mktemp("small")
    raw, warehouse = folder / "raw", folder / "warehouse"
    write_sheet(raw / "2022/us-wy.txt", render("US-WY", 2022))
    document(raw)
    shutil.copy(FIXTURES / "weasyprint-missouri.pdf", raw / "2023/missouri.pdf")
    return raw, warehouse, digests(raw, warehouse)


@pytest.mark.slow  # a run for each file; wrong bytes in all of them at once are healed below
def test_a_wrong_byte_in_any_file_of_the_stages_is_healed(small, tmp_path):
    raw, built, right = small
    warehouse = tmp_path / "warehouse"
    shutil.copytree(built, warehouse)
    names = [path.relative_to(warehouse) for path in files_below(warehouse / "stages")]
    assert len(names) > 15
    assert {path.suffix for path in names} >= {".json", ".parquet"}
    for name in names:
        path = warehouse / name
        if path.exists():  # else the build before had no use for it
            path.write_bytes(digit_changed(path.read_bytes()))
            assert digests(raw, warehouse) == right, name


@pytest.mark.parametrize(
    "number", [0, 5, 10, *(pytest.param(number, marks=pytest.mark.slow) for number in (3, 6, 8))]
)
def test_wrong_bytes_in_all_files_of_the_stages_at_once_are_healed(small, tmp_path, number):
    raw, built, right = small
    warehouse = tmp_path / "warehouse"
    shutil.copytree(built, warehouse)
    for path in files_below(warehouse / "stages"):
        found = list(damages(path.read_bytes()))
        path.write_bytes(found[min(number, len(found) - 1)])
    assert digests(raw, warehouse) == right


def test_a_wrong_byte_is_refused_by_who_reads_what_a_validation_left(small, tmp_path):
    # As Dagster's later steps do, which may run alone, and `status`.
    _, built, right = small
    warehouse = tmp_path / "warehouse"
    shutil.copytree(built, warehouse)
    refused = 0
    for path in files_below(warehouse / "stages"):
        whole = path.read_bytes()
        outcomes = set()
        for damaged in damages(whole):
            path.write_bytes(damaged)
            try:
                tables = Stages.of(warehouse).validated()
            except StageError as error:
                outcomes.add(str(error).rpartition("; ")[2])
                refused += 1
            else:
                outcomes.add("not among the published tables")
        assert len(outcomes) == 1, path
        if outcomes != {"build again"}:
            assert dict(table_digests(tables)) == right, path
        path.write_bytes(whole)
    assert refused > 100
    assert dict(table_digests(Stages.of(warehouse).validated())) == right


def test_what_another_year_lost_is_made_again_by_a_run_over_one_year(small, tmp_path):
    raw, built, _ = small
    warehouse = tmp_path / "warehouse"
    shutil.copytree(built, warehouse)
    stages = Stages.of(warehouse)
    before = listed_sheets(raw, stages, ["2022", "2023"])
    for path in files_below(stages.partition("2022")):
        path.write_bytes(path.read_bytes()[:-1])
    listing = listed_sheets(raw, stages, ["2022", "2023"])
    assert [s.row for s in listing["2022"]] == [s.row for s in before["2022"]]
    texts = extract_texts(raw, listing, stages, HERE)
    assert (texts.made, parse_sheets(texts, HERE).made) == (1, 1)


# Documents


def document(raw: Path, name: str = "2023/sheet.html") -> Path:
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    paragraphs = "".join(f"<p>{line}</p>" for line in render().splitlines() if line)
    path.write_text(f"<!doctype html><body>{paragraphs}</body>", encoding="utf-8")
    return path


@pytest.fixture
def extractions(monkeypatch) -> list[str]:
    """The formats of the documents that are extracted from now on."""
    done: list[str] = []
    real = Extractor.extract

    def counted(self: Extractor, format_: str, content: bytes) -> object:
        done.append(format_)
        return real(self, format_, content)

    monkeypatch.setattr(Extractor, "extract", counted)
    return done


@pytest.mark.slow
def test_a_document_is_extracted_once_whatever_its_name_and_catalog(
    tmp_path, monkeypatch, extractions
):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    path = document(raw)
    assert worked(raw, warehouse) == (1, 1)
    path.rename(raw / "2023/another.html")
    write_sheet(raw / "2023/wyoming.txt", render("US-WY"))
    assert worked(raw, warehouse) == (2, 2)
    assert extractions == ["html"]
    whole = digests(raw, warehouse)
    assert digests(raw, tmp_path / "fresh") == whole, "a kept text is the text"
    assert extractions == ["html"] * 2
    other = parts.program_key
    monkeypatch.setattr(
        steps,
        "program_key",
        lambda *names: "0" * 64 if "sheets" in names and len(names) == 2 else other(*names),
    )
    shutil.rmtree(Stages.of(warehouse).partition("2023"))
    digests(raw, warehouse)
    assert extractions == ["html"] * 3, "another extractor's text does not count"


def test_a_document_that_holds_no_text_is_not_tried_again(tmp_path, extractions):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    (raw / "2023").mkdir(parents=True)
    (raw / "2023/empty.html").write_text("<!doctype html><body></body>", encoding="utf-8")
    worked(raw, warehouse)
    write_sheet(raw / "2023/wyoming.txt", render("US-WY"))
    worked(raw, warehouse)
    assert extractions == ["html"]


@pytest.mark.slow
def test_an_interrupted_extraction_quarantines_once_and_is_tried_again(tmp_path, monkeypatch):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    document(raw)
    write_sheet(raw / "2023/wyoming.txt", render("US-WY"))

    def interrupted(*_: object) -> None:
        raise ExtractionInterruptedError("was killed, 3 times; the next build tries again")

    with monkeypatch.context() as slow:
        slow.setattr(Extractor, "extract", interrupted)
        first = build(raw, warehouse)
        assert first.sheets == {"accepted": 1, "quarantined": 1}
        assert [row.message for row in first.quarantine] == [
            "2023/sheet.html: was killed, 3 times; the next build tries again; if it is "
            "interrupted again, give the build more time and memory, or save it as text"
        ]
        stages = Stages.of(warehouse)
        texts = extract_texts(raw, list_sheets(raw, stages, partitions(raw)), stages, HERE)
        assert texts.interrupted() == ["2023/sheet.html"]
        assert (texts.made, texts.kept) == (2, 0)
        assert not list(stages.extractions())
        texts = extract_texts(raw, listed_sheets(raw, stages, ["2023"]), stages, HERE, again=False)
        assert (texts.made, texts.kept) == (0, 2), "a later step of the same run does not try"
    assert build(raw, warehouse).sheets == {"accepted": 2}
    assert worked(raw, warehouse) == (0, 0)


def test_a_refusal_that_is_final_is_no_interruption():
    with pytest.raises(NotTextError) as refusal:
        extract(b"<!doctype html><body></body>")
    assert not isinstance(refusal.value, ExtractionInterruptedError)


# What is kept


@pytest.mark.slow
def test_spare_extractions_can_be_removed_and_all_the_rest_too(tmp_path):
    raw, warehouse = tmp_path / "raw", tmp_path / "warehouse"
    document(raw)
    path = document(raw, "2023/other.html")
    path.write_text(path.read_text().replace("Kentucky", "Ohio"))
    digests(raw, warehouse)
    path.unlink()
    digests(raw, warehouse)
    stages = Stages.of(warehouse)
    assert (len(list(stages.extractions())), len(stages.spare())) == (2, 1)
    shown = invoke("cache", "--warehouse", warehouse)
    assert (shown.returncode, "spare" in shown.stdout) == (0, True)
    assert invoke("cache", "--prune", "--warehouse", warehouse).returncode == 0
    assert (len(list(stages.extractions())), len(stages.spare())) == (1, 0)
    assert worked(raw, warehouse) == (0, 0)
    assert invoke("cache", "--clear", "--warehouse", warehouse).returncode == 0
    assert not list(stages.extractions())
    assert worked(raw, warehouse) == (1, 1)


def test_where_a_list_is_damaged_no_extraction_counts_as_spare(tmp_path):
    raw, stages = tmp_path / "raw", Stages.of(tmp_path / "warehouse")
    document(raw)
    worked(raw, tmp_path / "warehouse")
    (listing,) = stages.partition("2023").glob("sheets.json")
    listing.write_bytes(b"")
    stages.prune(spare=0)
    assert len(list(stages.extractions())) == 1


# Files that are hashed


def hashed_twice(path: Path, before_second=lambda: None) -> tuple[bool, str | None]:
    """Whether the second look may trust the first, and which sha256 it gives."""
    (first,) = hash_files(path.parent, {}, {})
    before_second()
    (second,) = hash_files(path.parent, {}, {first.file: first})
    return first.mark is not None and first.mark == second.mark, second.sha256


def settled(path: Path) -> None:
    """Wait until the file's change is no longer recent."""
    while time.time_ns() - path.stat().st_ctime_ns < 2_100_000_000:
        time.sleep(0.05)


@pytest.mark.slow
def test_a_file_is_hashed_again_only_if_it_may_have_changed(tmp_path):
    path = write_sheet(tmp_path / "raw/a.txt", "one")
    assert not hashed_twice(path)[0], "a change within the clock's grain could hide"
    settled(path)
    trusted, before = hashed_twice(path)
    assert trusted

    def change_in_place() -> None:
        status = path.stat()
        path.write_text("two")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    trusted, after = hashed_twice(path, change_in_place)
    assert not trusted
    assert after != before


def test_a_file_that_changes_during_a_build_stops_it(tmp_path):
    raw, stages = tmp_path / "raw", Stages.of(tmp_path / "warehouse")
    write_sheets(raw, years=(2023,))
    listing = list_sheets(raw, stages, partitions(raw))
    rewrite(raw / "2023" / f"{STATES[0].lower()}.txt", "another text")
    with pytest.raises(
        RawFolderError, match=r"2023/us-ak.txt: changed during the build; build again"
    ):
        extract_texts(raw, listing, stages, HERE)
    assert worked(raw, tmp_path / "warehouse") == (12, 12)


# Where it runs


@pytest.mark.slow
def test_a_pool_gives_the_bytes_of_one_process(tmp_path, monkeypatch):
    raw = tmp_path / "raw"
    write_sheets(raw, years=(2022, 2023, 2024), states=STATES[:4])
    alone = written(validated(raw, tmp_path / "alone"))
    monkeypatch.setattr(executors, "POOL_FROM", 0)
    assert written(validated(raw, tmp_path / "pooled")) == alone


def always_fatal(_: str) -> None:
    """End the process, however often it is tried."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_loses_nothing(tmp_path):
    folders = []
    for name in "ab":
        (tmp_path / name).mkdir()
        folders.append(str(tmp_path / name))
    (tmp_path / "b/mark").touch()
    tasks = dict.fromkeys(folders, executors.POOL_FROM)
    assert run_tasks(once_fatal, tasks, Workers(processes=2)) == dict.fromkeys(folders, 1)


@pytest.mark.slow
def test_processes_that_die_again_and_again_end_the_build_with_a_reason(monkeypatch):
    monkeypatch.setattr(executors, "_TRIES", 2)
    with pytest.raises(
        WorkersError, match=r"workers ended 2 times before .* memory ran out; free some"
    ):
        run_tasks(always_fatal, {"a": executors.POOL_FROM}, Workers(processes=2))


def test_each_task_has_its_result_and_is_told_once_wherever_it_is_done():
    for sheets in (1, executors.POOL_FROM):
        told: list[tuple[int, int]] = []
        tasks = dict.fromkeys([-2, 0, -1], sheets)
        workers = Workers(processes=2, told=lambda *done, told=told: told.append(done))
        assert run_tasks(abs, tasks, workers) == {-2: 2, 0: 0, -1: 1}
        assert told == [(done * sheets, 3 * sheets) for done in range(4)]


def test_an_exception_of_a_worker_reaches_the_caller(tmp_path):
    for sheets in (1, executors.POOL_FROM):
        with pytest.raises(FileNotFoundError):
            run_tasks(
                os.stat, {tmp_path / "a": sheets, tmp_path / "b": sheets}, Workers(processes=2)
            )


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named(raw, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "_CONNECT_SECONDS", 1)
    with pytest.raises(
        BuildError, match=r"STATEDATA_SCHEDULER=tcp://127\.0\.0\.1:9: no scheduler answers"
    ):
        build(raw, tmp_path / "warehouse", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(WorkersError):
        run_tasks(len, {"a": 1}, Workers("tcp://127.0.0.1:9"))


class Forgetful(ThreadPoolExecutor):
    """Cancels the first task that it is given, as a cluster does that loses track of one."""

    forgotten = 0

    def submit(self, function, /, *given, **more):  # type: ignore[no-untyped-def]
        if self.forgotten:
            return super().submit(function, *given, **more)
        self.forgotten += 1
        future: Future[object] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_a_task_that_a_cluster_loses_track_of_is_done_again():
    with Forgetful(1) as executor:
        assert run_tasks(abs, {-1: 1, -2: 1}, Workers(executor=executor)) == {-1: 1, -2: 2}
        assert executor.forgotten == 1


def test_folders_may_be_named_from_the_working_folder(built_warehouse, raw, warehouse, monkeypatch):
    # As the README's first command does it.
    monkeypatch.chdir(warehouse.parent)
    build(Path("raw"), Path("warehouse"), version=VERSION)
    assert contents(warehouse / "releases") == contents(built_warehouse / "releases")
