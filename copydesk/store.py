"""Editions and versions on disk. The pointer is the only thing that ever changes; all else is written once.

    data/
      stage/pages/<digest>.parquet          pages of one shard, named by their content
      stage/shards/<key>/<table>.parquet    what the steps made of them, named by content, rules, memory and code
      stage/memory/<digest>.parquet         site memory that shards were judged by, named by its content
      stage/{fingerprints,index,alignments,comparisons}/   what folding needs again the next night (folding.py)
      published/versions/000012/            one complete state: tables and manifest.json
      published/current                     the pointer: the number of the version that holds
      published/news.duckdb                 catalog for analysts (copydesk/catalog.py)
      decisions/site_lines.jsonl            what persons decided about lines (copydesk/decisions.py)
      runs/000012.json                      report of the run that made it: clock and cost
      .lock                                 who is at work

Write order: files, fsync, rename, fsync of the folder; the pointer last, by `os.replace`. A writer that dies
leaves the old version standing and a folder under `staging-*`, which the next run removes.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.errors import BusyError, StoreError, UsageError

FORMAT = 1  # of the manifest; a higher one was written by a newer copydesk
STAGING = "staging-"
PLAIN = {"use_dictionary": True, "write_page_checksum": True}
COMPRESSION = {"compression": "zstd", "compression_level": 3}  # the knee of size against time


@dataclass(frozen=True)
class Staged:
    """One edition as it lies in the stage: which shards it has and what was counted while reading."""

    edition: str
    records: int
    pages: int
    repeated_records: int
    rules_digest: str
    code_digest: str
    page_shards: tuple[str, ...] = ()
    shards: tuple[str, ...] = ()
    unlisted_records: int = 0
    memory_digest: str = ""
    classifier_digest: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a version holds: its editions and its tables with their checksums."""

    version: int
    copydesk: str
    editions: tuple[Staged, ...] = ()
    tables: tuple[Mapping[str, Any], ...] = field(default=())

    def to_json(self) -> str:
        """Give the manifest as it is written."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


class Store:
    """The folders below one data root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stage = root / "stage"
        self.published = root / "published"
        self.versions = self.published / "versions"
        self.runs = root / "runs"

    def current(self) -> Manifest:
        """Give the manifest of the version that the pointer names; an empty one where nothing is published."""
        pointer = self.published / "current"
        if not pointer.exists():
            return Manifest(0, "")
        try:
            version = int(pointer.read_text(encoding="ascii"))
        except ValueError as error:
            raise StoreError(
                f"{pointer}: does not name a version; write the number of a folder of versions/"
            ) from error
        return self.manifest(version)

    def manifest(self, version: int) -> Manifest:
        """Give the manifest of one version; StoreError where it is missing, damaged or from the future."""
        file = self.version_folder(version) / "manifest.json"
        try:
            told = dict(json.loads(file.read_text(encoding="utf-8")))
            written_with, by = told["format"], told["copydesk"]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{file}: cannot be read ({error}); point {self.published / 'current'} to another version"
            ) from error
        if written_with > FORMAT:
            raise StoreError(f"{file}: written by copydesk {by}, which is newer than this one; upgrade first")
        editions = tuple(
            Staged(**{**each, "page_shards": tuple(each["page_shards"]), "shards": tuple(each["shards"])})
            for each in told["editions"]
        )
        return Manifest(told["version"], told["copydesk"], editions, tuple(told["tables"]))

    def version_folder(self, version: int) -> Path:
        """Give the folder of a version."""
        return self.versions / f"{version:06d}"

    def is_sound(self, manifest: Manifest, only: Container[str] | None = None) -> bool:
        """Tell whether the tables of a version, or some of them, are on the disk as the manifest says."""
        folder = self.version_folder(manifest.version)
        tables = [table for table in manifest.tables if only is None or table["name"] in only]
        files = ((folder / table["file"], table["sha256"]) for table in tables)
        return all(file.exists() and file_digest(file) == digest for file, digest in files)

    def page_shard(self, digest: str) -> Path:
        """Give the file of one shard of pages."""
        return self.stage / "pages" / f"{digest}.parquet"

    def shard(self, key: str) -> Path:
        """Give the folder of what the steps made of one shard."""
        return self.stage / "shards" / key

    def put_pages(self, pages: pa.Table) -> str:
        """Write one shard of pages and give its digest; the same pages give the same file."""
        folder = self.stage / "pages"
        folder.mkdir(parents=True, exist_ok=True)
        staged = folder / f"{STAGING}{os.getpid()}.parquet"
        write_parquet(pages, staged)
        digest = file_digest(staged)[:32]
        staged.replace(self.page_shard(digest))
        sync_folder(folder)
        return digest

    def memory(self, digest: str) -> Path:
        """Give the file of one site memory."""
        return self.stage / "memory" / f"{digest}.parquet"

    def put_memory(self, digest: str, rows: pa.Table) -> Path:
        """Write one site memory under its digest and give the file; it is small, so it is written every time."""
        file = self.memory(digest)
        file.parent.mkdir(parents=True, exist_ok=True)
        staged = file.with_name(f"{STAGING}{os.getpid()}.parquet")
        write_parquet(rows, staged)
        staged.replace(file)
        sync_folder(file.parent)
        return file

    def publish(self, staging: Path, manifest: Manifest) -> None:
        """Make a complete staging folder the current version; readers see the old one until the last moment."""
        write_text(staging / "manifest.json", manifest.to_json())
        sync_folder(staging)
        target = self.version_folder(manifest.version)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():  # a run died between this rename and the pointer; nobody ever saw that folder
            shutil.rmtree(target)
        staging.rename(target)
        sync_folder(target.parent)
        write_text(self.published / "current", f"{manifest.version}\n")

    def new_staging(self) -> Path:
        """Give an empty folder for a version in the making, on the file system of the versions."""
        folder = self.published / f"{STAGING}{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def remove_leftovers(self) -> None:
        """Remove what dead runs left half done; call it only while holding the lock."""
        for parent in (self.published, *self.stage.glob("*")):
            for path in [*parent.glob(f"{STAGING}*"), *parent.glob(f"*/{STAGING}*")]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def report_run(self, version: int, report: Mapping[str, Any]) -> None:
        """Keep the report of a run beside the versions; it holds the clock, so it is no part of them."""
        self.runs.mkdir(parents=True, exist_ok=True)
        write_text(self.runs / f"{version:06d}.json", json.dumps(report, indent=1, default=str) + "\n")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the store for writing; BusyError says who holds it already.

        The kernel frees the lock when its holder dies, so it is never stale.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            handle = (self.root / ".lock").open("a+", encoding="utf-8")
        except PermissionError as error:
            raise PermissionError(
                f"{self.root}: no permission to write here; choose another --data folder"
            ) from error
        except (FileExistsError, NotADirectoryError, FileNotFoundError) as error:
            raise UsageError(
                f"{self.root}: cannot be a folder ({error.strerror}); choose another --data"
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                raise BusyError(
                    f"{self.root}: another run is at work ({handle.read().strip()}); try again later"
                ) from None
            handle.seek(0)
            handle.truncate()
            since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            handle.write(f"pid {os.getpid()} on {socket.gethostname()} since {since}")
            handle.flush()
            yield


def put_tables(
    folder: Path, tables: Mapping[str, pa.Table], options: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Write tables as a folder that appears at once; a folder that is there already holds the same.

    `options` are those of write_parquet, by table.
    """
    staged = folder.with_name(f"{STAGING}{folder.name}-{os.getpid()}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name, table in tables.items():
        write_parquet(table, staged / f"{name}.parquet", **(options or {}).get(name, {}))
    sync_folder(staged)
    if folder.exists():
        shutil.rmtree(staged)
        return
    staged.rename(folder)
    sync_folder(folder.parent)


def write_parquet(table: pa.Table, file: Path, **options: Any) -> None:
    """Write one table so that the same rows give the same bytes, and flush it to the disk.

    Strings are checked first: pyarrow writes invalid UTF-8 without complaint and DuckDB then refuses the file.
    `options` are pyarrow's.
    """
    table.validate(full=True)
    pq.write_table(table, file, **{**PLAIN, **COMPRESSION, **options})
    sync_file(file)


def write_text(file: Path, text: str) -> None:
    """Replace a small file in one step."""
    staged = file.with_name(f"{file.name}.{os.getpid()}.new")
    staged.write_text(text, encoding="utf-8")
    sync_file(staged)
    staged.replace(file)
    sync_folder(file.parent)


def sync_file(file: Path) -> None:
    """Flush a file to the disk."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(file: Path) -> str:
    """Give the SHA-256 of a file's bytes in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
