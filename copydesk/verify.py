"""Looks whether everything is as it was written, and adds up: files, checksums, counts, schemas, records.

Nothing is changed. Each fault names a file, what is wrong with it, and what to do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import catalog, checksums, held, models, queries, stage
from copydesk.checksums import SHEET, file_digest, sheet_of
from copydesk.store import STAGING, Manifest, Staged, Store, read_manifest
from transforms.errors import StoreError, UsageError
from transforms.schemas import EDITION_COUNTS

LAW = ("record_unaccounted", "page_unaccounted")  # in sql/checks: every input record is somewhere
LAW_READS = ("articles", "editions", "quarantine")
MISCOUNTED = """
select edition, editions.articles as told, count(articles.article_id) as articles
from editions left join articles using (edition)
group by edition, editions.articles
having editions.articles <> count(articles.article_id)
"""
MANIFEST = "manifest.json"
SINGLE = ("memory/*.parquet", "fingerprints/*/*.arrow", "alignments/*/*.parquet", "comparisons/*.parquet")
OTHER_BYTES = "its bytes are not those that were written"
REPAIR = "copydesk verify --repair makes it anew"


@dataclass(frozen=True)
class Fault:
    """One file that is not as it must be; `part` is what to remove so that the next run makes it anew."""

    file: Path
    wrong: str
    remedy: str
    part: Path | None = None

    def to_line(self) -> str:
        """Give the fault as one line."""
        return f"{self.file}: {self.wrong}; {self.remedy}"

    def to_json(self) -> dict[str, str]:
        """Give the fault for machines."""
        return {"file": str(self.file), "wrong": self.wrong, "remedy": self.remedy}


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what is wrong; without faults, all is as it was written."""

    versions: Sequence[int]
    editions: int
    records: int
    files: int
    bytes: int
    faults: Sequence[Fault]

    def to_lines(self) -> list[str]:
        """Give one line for each fault, and one with what was looked at."""
        named = f"version {self.versions[0]}" if len(self.versions) == 1 else f"{len(self.versions)} versions"
        looked = (
            f"{self.editions} editions, {self.records:,} input records, {self.files:,} files, {self.bytes:,} bytes"
        )
        found = (
            f"faults: {len(self.faults)}" if self.faults else "all as it was written, every record accounted for"
        )
        return [*(fault.to_line() for fault in self.faults), f"{named}: {looked}: {found}"]

    def to_json(self) -> dict[str, Any]:
        """Give the same for machines."""
        counts = {name: getattr(self, name) for name in ("versions", "editions", "records", "files", "bytes")}
        return {**counts, "faults": [fault.to_json() for fault in self.faults]}


def verify(store: Store, numbers: Sequence[int], *, is_whole: bool = False) -> Verified:
    """Give what is wrong with the pointer, the catalog and these versions; editions are those of the newest.

    `is_whole` looks at all other files of the data folder, too.
    """
    faults = [*pointer_faults(store), *catalog_faults(store)]
    for number in numbers:
        faults += [*version_faults(store, number), *strange_faults(store.version_folder(number))]
    files = [file for number in numbers for file in store.version_folder(number).glob("*.*")]
    if is_whole:
        faults += [*stage_faults(store), *record_faults(store), *held_faults(store)]
        files = [file for file in store.root.rglob("*") if file.is_file() and STAGING not in file.name]
    editions: Sequence[Staged] = ()
    if numbers and store.manifest_file(numbers[-1]).exists():
        with contextlib.suppress(StoreError):  # it is among the faults
            editions = store.manifest(numbers[-1]).editions
    records = sum(staged.records for staged in editions)
    return Verified(tuple(numbers), len(editions), records, len(files), _size(files), tuple(faults))


def chosen(store: Store, version: int | None, *, every: bool) -> list[int]:
    """Give the versions to look at: the one that is named, all, or the current one; UsageError for none."""
    kept = store.numbers()
    if not kept and not store.pointer.exists():
        raise UsageError(f"{store.root}: nothing is published here; begin with `copydesk run`, or give --data")
    if version is not None and version not in kept:
        raise UsageError(f"{store.root}: there is no version {version}; kept are: {', '.join(map(str, kept))}")
    if every:
        return kept
    try:
        return [store.pointed()] if version is None else [version]
    except StoreError:
        return []  # the pointer is the fault


def pointer_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong with the pointer."""
    remedy = "choose a version: copydesk versions, copydesk rollback N"
    try:
        number = store.pointed()
    except StoreError:
        yield Fault(store.pointer, "names no version", remedy)
        return
    if not store.pointer.exists():
        yield Fault(store.pointer, "is gone", remedy)
    elif store.pointer.read_bytes() != f"{number}\n".encode():
        yield Fault(store.pointer, "holds more than a number", remedy)
    elif not store.version_folder(number).is_dir():
        yield Fault(store.pointer, f"names version {number}, which is not there", remedy)


def catalog_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong with the catalog; where it shows another version than the pointer, either may be wrong."""
    file = store.published / catalog.NAME
    try:
        number = store.pointed()
    except StoreError:
        number = 0
    if not file.exists():
        yield Fault(file, "is gone", REPAIR)
        return
    if faults := list(_file_faults(file, REPAIR, file)):
        yield from faults
        return
    shown = catalog.shown(file)
    if shown is None:
        yield Fault(file, "cannot be opened", REPAIR, file)
    elif number and shown[0] != store.version_folder(number).name:
        wrong = f"names version {number}, but {file.name} shows version {int(shown[0])}"
        remedy = "where that one is right: copydesk rollback; else copydesk verify --repair"
        yield Fault(store.pointer, wrong, remedy.replace("rollback", f"rollback {int(shown[0])}"), file)


def version_faults(store: Store, number: int, *, has_todays_schemas: bool = True) -> Iterator[Fault]:
    """Give what is wrong with one version; its schemas are compared where this copydesk made it."""
    folder = store.version_folder(number)
    try:
        is_current = store.pointed() == number
    except StoreError:
        is_current = False
    remedy = REPAIR if is_current else f"it is not current: delete {folder}, where nobody needs it"
    return _folder_faults(folder, number, remedy, has_todays_schemas=has_todays_schemas)


def strange_faults(folder: Path, *besides: str) -> Iterator[Fault]:
    """Give what lies in a version's folder though its manifest does not name it; `besides` is known, too."""
    file = folder / MANIFEST
    try:
        known = {file.name, *besides, *(table["file"] for table in read_manifest(file).tables)}
    except StoreError:  # it is a fault itself
        return
    remedy = "no copydesk put it there and nothing reads it: look at it, then move it elsewhere or delete it"
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            yield Fault(path, "the manifest beside it does not know it", remedy)


def held_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong with the version that waits for a person's word, where there is one."""
    folder, remedy = store.published / held.FOLDER, "run its edition again"
    if (folder / MANIFEST).exists():
        yield from _folder_faults(folder, None, remedy, has_todays_schemas=False)
        yield from strange_faults(folder, held.NOTE, catalog.NAME, sheet_of(Path(catalog.NAME)).name)
        yield from _sealed_faults(folder / held.NOTE, remedy)
        yield from _file_faults(folder / catalog.NAME, remedy)


def stage_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong in the stage."""
    yield from _page_faults(store)
    yield from made_faults(store)
    for file in (file for pattern in SINGLE for file in _files(store.stage, pattern)):
        yield from _file_faults(file, REPAIR, file)


def made_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong with what the steps made of shards, and with the indexes of it."""
    known = {key: staged.edition for staged in _editions(store) for key in staged.shards}
    for folder in sorted([*store.stage.glob("shards/*"), *store.stage.glob("index/*")]):
        if folder.is_dir() and not folder.name.startswith(STAGING):
            yield from _made_faults(folder, known.get(folder.name))


def record_faults(store: Store) -> Iterator[Fault]:
    """Give what is wrong with reports of runs, and with what persons decided."""
    for file in _files(store.runs, "*.json"):
        if not file.name.endswith(SHEET):
            yield from _sealed_faults(file, "it only tells of a run: delete it")
    for file in [*_files(store.runs, "*.jsonl"), *_files(store.root / "decisions", "*.jsonl")]:
        if sheet_of(file).exists():  # else a person wrote it
            remedy = f"look at it; where a person changed it and it is right, delete {sheet_of(file)}"
            yield from _file_faults(file, remedy)


def _folder_faults(folder: Path, number: int | None, remedy: str, *, has_todays_schemas: bool) -> Iterator[Fault]:
    file = folder / MANIFEST
    try:
        manifest = read_manifest(file)
    except StoreError as error:
        wrong = str(error).removeprefix(f"{file}: ").split(";")[0]
        yield Fault(file, wrong, "choose another version: copydesk versions, copydesk rollback N")
        return
    if number is not None and manifest.version != number:
        yield Fault(file, f"is that of version {manifest.version}", remedy)
    is_ours = has_todays_schemas and manifest.copydesk == installed("copydesk")
    faults = [fault for table in manifest.tables for fault in _table_faults(folder, table, remedy, is_ours=is_ours)]
    yield from faults
    if not faults:
        yield from _law_faults(folder, manifest, remedy)


def _table_faults(folder: Path, table: Mapping[str, Any], remedy: str, *, is_ours: bool) -> Iterator[Fault]:
    file = folder / table["file"]
    if not file.exists():
        yield Fault(file, "is gone", remedy)
        return
    if file_digest(file) != table["sha256"]:
        yield Fault(file, OTHER_BYTES, remedy)
        return
    parquet = pq.ParquetFile(file)
    rows, size = parquet.metadata.num_rows, file.stat().st_size
    if (rows, size) != (table["rows"], table["bytes"]):
        told = f"{table['rows']} rows and {table['bytes']} bytes"
        yield Fault(file, f"has {rows} rows and {size} bytes, the manifest says {told}", remedy)
    if is_ours and (wrong := _odd_column(parquet.schema_arrow, schemas().get(table["name"]))):
        yield Fault(file, wrong, "run any edition again, which writes all tables anew")


def _odd_column(given: pa.Schema, wanted: pa.Schema | None) -> str:
    """Give what is other than the models publish; nothing where it is the same, to the meaning of each column."""
    if wanted is None:
        return "no model makes this table"
    if given.equals(wanted, check_metadata=True):
        return ""
    if given.names != wanted.names:
        return f"has the columns {', '.join(given.names)}; the model publishes {', '.join(wanted.names)}"
    for one, other in zip(given, wanted, strict=True):
        if not one.equals(other, check_metadata=True):
            return f"column {one.name} has another type or meaning than the model publishes"
    return "says something else of its rows than the model does"


@lru_cache(maxsize=1)
def schemas() -> dict[str, pa.Schema]:
    """Give the schema of each table as the models publish it."""
    with models.build({}) as built:
        return {name: built.schema(name) for name in built.tables}


def _law_faults(folder: Path, manifest: Manifest, remedy: str) -> Iterator[Fault]:
    """Give the editions whose input records are not all articles, repeats or in quarantine."""
    files = {table["name"]: folder / table["file"] for table in manifest.tables}
    if not set(LAW_READS) <= files.keys():
        return
    with duckdb.connect() as connection:
        for name in LAW_READS:
            connection.read_parquet(models.literal_glob(files[name])).create_view(name)
        law = [query.text for query in queries.load("checks") if query.name in LAW]
        for text in (*law, MISCOUNTED):
            for row in _rows(connection, text):
                told = ", ".join(f"{name} {value}" for name, value in row.items())
                yield Fault(files["editions"], f"not every record is accounted for: {told}", remedy)
        names = [name for name in EDITION_COUNTS.names if name in pq.read_schema(files["editions"]).names]
        counted = _rows(connection, f"select {', '.join(names)} from editions order by edition")  # noqa: S608  # ours
    editions = sorted(manifest.editions, key=lambda staged: staged.edition)
    staged = [{name: getattr(each, name) for name in names} for each in editions]
    if [{**row, "edition": row["edition"].isoformat()} for row in counted] != staged:
        yield Fault(files["editions"], "its counts are not those that the manifest has from the sources", remedy)


def _rows(connection: duckdb.DuckDBPyConnection, text: str) -> list[dict[str, Any]]:
    """Give the rows of a query; none where the version was made before there were its columns."""
    try:
        answer = connection.sql(text)
        return list(answer.to_arrow_table().to_pylist())
    except duckdb.BinderException:
        return []


def _page_faults(store: Store) -> Iterator[Fault]:
    """Give the shards of pages that are damaged, or gone though a version stands on them."""
    known = {digest: staged.edition for staged in _editions(store) for digest in staged.page_shards}
    there = {file.stem: file for file in _files(store.stage, "pages/*.parquet")}
    for digest in sorted({*known, *there}):
        file = store.page_shard(digest)
        if store.has_pages(digest):
            continue
        remedy = "no version needs it: delete it"
        if digest in known:
            remedy = (
                "it cannot be made anew, though what was published of it stands: "
                f"run the inputs of edition {known[digest]} again"
            )
        yield Fault(file, OTHER_BYTES if digest in there else "is gone", remedy)


def _made_faults(folder: Path, edition: str | None) -> Iterator[Fault]:
    """Give what is wrong with a folder that the steps made; records that never became pages cannot be made anew."""
    is_lasting = folder.name.startswith(stage.FROM_SOURCES)
    again = f"delete {folder} and run the inputs of edition {edition} again" if edition else f"delete {folder}"
    remedy = again if is_lasting else REPAIR
    part = None if is_lasting else folder
    sheet = folder / SHEET
    try:
        told = checksums.read(sheet)
    except OSError:
        if folder.exists():
            yield Fault(sheet, "is gone", remedy, part)
        return
    except (ValueError, KeyError, TypeError) as error:
        yield Fault(sheet, f"cannot be read ({error})", remedy, part)
        return
    for name, digests in told.items():
        file = folder / name
        if not file.exists():
            yield Fault(file, "is gone", remedy, part)
        elif file_digest(file) not in digests:
            yield Fault(file, OTHER_BYTES, remedy, part)
    for file in _files(folder, "*.parquet"):
        if file.name not in told:
            yield Fault(file, "nothing that was written", remedy, part)


def _file_faults(file: Path, remedy: str, part: Path | None = None) -> Iterator[Fault]:
    """Give what is wrong with a file that has a sheet beside it; it is read again where it was just replaced."""
    sheet = sheet_of(file)
    for is_last in (False, True):
        try:
            told, digest = checksums.read(sheet)[file.name], file_digest(file)
        except FileNotFoundError:
            if file.exists() and is_last:
                yield Fault(sheet, "is gone", remedy, part)
        except (ValueError, KeyError, TypeError) as error:
            if is_last:
                yield Fault(sheet, f"cannot be read ({error})", remedy, part)
        else:
            if digest in told:
                return
            if is_last:
                yield Fault(file, OTHER_BYTES, remedy, part)


def _sealed_faults(file: Path, remedy: str) -> Iterator[Fault]:
    try:
        checksums.unsealed(file.read_bytes().decode())
    except ValueError as error:
        yield Fault(file, f"cannot be read ({error})", remedy)


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(file for file in folder.glob(pattern) if not file.name.startswith(STAGING))


def _editions(store: Store) -> Iterator[Staged]:
    """Give the editions of every kept version that can be read."""
    for number in store.numbers():
        with contextlib.suppress(StoreError):
            yield from store.manifest(number).editions


def _size(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.exists())
