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
      runs/rollbacks.jsonl                  when the pointer was moved by hand, from where and to where
      .lock                                 who is at work (copydesk/locks.py)

Write order: every file of a version is flushed to the disk (fsync), then its folder, which gets its name (rename);
then the folder of versions is flushed, and only then the pointer moves, by `os.replace` of a flushed file. A writer
that dies at any point leaves the old version standing and a folder under `staging-*`, which the next run removes.

A number is used once: after a rollback the next version is one above the highest that ever was current. All that
is written has a checksum: versions in their manifest, pages as their name, the rest in sheets (checksums.py).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import checksums, locks
from copydesk.checksums import SHEET, file_digest, sealed, sheet, sheet_of, unsealed
from transforms.errors import NewerError, StoreError, UsageError

FORMAT = 1  # of the manifest; a higher one was written by a newer copydesk
UNSEALED = {"format", "version", "copydesk", "editions", "tables"}  # of a manifest from before there were seals
STAGING = "staging-"
ROLLBACKS = "rollbacks.jsonl"
READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
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
    forgotten_records: int = 0
    retried: Mapping[str, int] = field(default_factory=dict)  # shard of pages -> how often it was made once more


@dataclass(frozen=True)
class Manifest:
    """What a version holds: its editions and its tables with their checksums."""

    version: int
    copydesk: str
    editions: tuple[Staged, ...] = ()
    tables: tuple[Mapping[str, Any], ...] = field(default=())
    accepted: tuple[Mapping[str, Any], ...] = ()  # what persons let pass the gate, and why (copydesk/gate)
    forgot: tuple[str, ...] = ()  # what was taken out since: day and mark of each time (copydesk/forget)

    def to_json(self) -> str:
        """Give the manifest as it is written, with its own checksum."""
        return sealed({"format": FORMAT, **asdict(self)})


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
        version = self.pointed()
        return self.manifest(version) if version else Manifest(0, "")

    @property
    def pointer(self) -> Path:
        """Give the file that names the version that holds."""
        return self.published / "current"

    def pointed(self) -> int:
        """Give the number in the pointer; 0 where nothing is published, StoreError where it is no number."""
        if not self.pointer.exists():
            return 0
        try:
            return int(self.pointer.read_text(encoding="ascii"))
        except ValueError as error:
            raise StoreError(
                f"{self.pointer}: does not name a version; choose one: copydesk versions, copydesk rollback N"
            ) from error

    def manifest(self, version: int) -> Manifest:
        """Give the manifest of one version; StoreError where it is missing, damaged or from the future."""
        return read_manifest(self.manifest_file(version))

    def version_folder(self, version: int) -> Path:
        """Give the folder of a version."""
        return self.versions / f"{version:06d}"

    def manifest_file(self, version: int) -> Path:
        """Give the file that says what a version holds."""
        return self.version_folder(version) / "manifest.json"

    def numbers(self) -> list[int]:
        """Give the numbers of the versions that were current once, or are; those that are kept, ascending."""
        highest = self._highest()
        kept = (int(folder.name) for folder in self.versions.glob("[0-9]*") if folder.name.isdecimal())
        return sorted(number for number in kept if number <= highest)

    def next_number(self) -> int:
        """Give a number that no version ever had."""
        return self._highest() + 1

    def _highest(self) -> int:
        """Give the highest number that ever was current: in the pointer, a report, or a note of a rollback."""
        known = [int(file.stem) for file in self.runs.glob("[0-9]*.json") if file.stem.isdecimal()]
        known += [note["from"] for note in self.rollbacks()]
        with contextlib.suppress(StoreError):
            known.append(self.pointed())
        return max(known, default=0)

    def rollbacks(self) -> list[dict[str, Any]]:
        """Give the notes of rollbacks in their order: at, from, to; a damaged one is left out."""
        notes = []
        for line in self._rollback_lines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                note = json.loads(line)
                notes.append({"at": str(note["at"]), "from": int(note["from"]), "to": int(note["to"])})
        return notes

    def _rollback_lines(self) -> list[str]:
        file = self.runs / ROLLBACKS
        return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []

    def point(self, version: int) -> None:
        """Make another version the current one, with a note: first the note, so that no number is used again."""
        try:
            former = self.pointed()
        except StoreError:
            former = 0
        lines = [*self._rollback_lines(), json.dumps({"at": _now(), "from": former, "to": version})]
        make_folder(self.runs)
        write_checked(self.runs / ROLLBACKS, "".join(f"{line}\n" for line in lines))
        write_text(self.pointer, f"{version}\n")

    def is_sound(self, manifest: Manifest, only: Container[str] | None = None) -> bool:
        """Tell whether the tables of a version, or some of them, are on the disk as the manifest says."""
        folder = self.version_folder(manifest.version)
        tables = [table for table in manifest.tables if only is None or table["name"] in only]
        files = ((folder / table["file"], table["sha256"]) for table in tables)
        return all(file.exists() and file_digest(file) == digest for file, digest in files)

    def page_shard(self, digest: str) -> Path:
        """Give the file of one shard of pages."""
        return self.stage / "pages" / f"{digest}.parquet"

    def has_pages(self, digest: str) -> bool:
        """Tell whether a shard of pages is there and undamaged."""
        file = self.page_shard(digest)
        return file.exists() and file_digest(file)[: len(digest)] == digest

    def shard(self, key: str) -> Path:
        """Give the folder of what the steps made of one shard."""
        return self.stage / "shards" / key

    def put_pages(self, pages: pa.Table) -> str:
        """Write one shard of pages and give its digest; the same pages give the same file."""
        folder = make_folder(self.stage / "pages")
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
        staged = make_folder(file.parent) / f"{STAGING}{os.getpid()}.parquet"
        write_parquet(rows, staged)
        appear(staged, file)
        return file

    def publish(self, staging: Path, manifest: Manifest) -> None:
        """Make a complete staging folder the current version; readers see the old one until the last moment."""
        write_text(staging / "manifest.json", manifest.to_json())  # and flushes the folder
        target = self.version_folder(manifest.version)
        make_folder(target.parent)
        if target.exists():  # a run died between this rename and the pointer; nobody ever saw that folder
            shutil.rmtree(target)
        staging.rename(target)
        sync_folder(target.parent)
        write_text(self.pointer, f"{manifest.version}\n")

    def new_staging(self) -> Path:
        """Give an empty folder for a version in the making, on the file system of the versions."""
        folder = self.published / f"{STAGING}{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def remove_leftovers(self) -> None:
        """Remove what dead runs left half done; call it only while holding the lock."""
        for parent in (self.published, self.runs, self.root / "decisions", *self.stage.glob("*")):
            for path in [*parent.glob(f"{STAGING}*"), *parent.glob(f"*/{STAGING}*")]:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)  # one may lie in another

    def report_run(self, version: int, report: Mapping[str, Any]) -> None:
        """Keep the report of a run beside the versions; it holds the clock, so it is no part of them."""
        told = json.loads(json.dumps({"published_at": _now(), **report}, default=str))
        make_folder(self.runs)
        write_text(self.report_file(version), sealed(told))

    def report_file(self, version: int) -> Path:
        """Give the file with the report of the run that made a version."""
        return self.runs / f"{version:06d}.json"

    @contextlib.contextmanager
    def lock(self, doing: str = "making an edition") -> Iterator[None]:
        """Hold the store for writing; BusyError says who holds it already."""
        file = self.root / ".lock"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            file.touch()
        except (FileExistsError, NotADirectoryError, FileNotFoundError) as error:
            raise UsageError(
                f"{self.root}: cannot be a folder ({error.strerror}); choose another --data"
            ) from error
        except OSError as error:
            if error.errno not in READ_ONLY:
                raise
            raise PermissionError(
                f"{self.root}: no permission to write here ({error.strerror}); choose another --data folder"
            ) from error
        with locks.writing(file, doing):
            yield


def read_manifest(file: Path) -> Manifest:
    """Give what a manifest says; StoreError where it is missing, damaged or from the future."""
    try:
        text = file.read_bytes().decode()
        told = dict(json.loads(text))
        written_with, by = told["format"], told["copydesk"]
        is_newer = written_with > FORMAT
        if not is_newer and told.keys() != UNSEALED:
            told = unsealed(text)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{file}: cannot be read ({error}); choose another: copydesk versions, copydesk rollback N"
        ) from error
    if is_newer:
        raise NewerError(f"{file}: written by copydesk {by}, which is newer than this one; upgrade first")
    editions = tuple(
        Staged(**{**each, "page_shards": tuple(each["page_shards"]), "shards": tuple(each["shards"])})
        for each in told["editions"]
    )
    accepted = tuple(told.get("accepted", ()))
    forgot = tuple(told.get("forgot", ()))
    return Manifest(told["version"], told["copydesk"], editions, tuple(told["tables"]), accepted, forgot)


def put_tables(
    folder: Path, tables: Mapping[str, pa.Table], options: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Write tables as a folder that appears at once; a folder that is there already holds the same.

    `options` are those of write_parquet, by table.
    """
    staged = folder.with_name(f"{STAGING}{folder.name}-{os.getpid()}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    digests = {}
    for name, table in tables.items():
        file = staged / f"{name}.parquet"
        write_parquet(table, file, **(options or {}).get(name, {}))
        digests[file.name] = [file_digest(file)]
    write_text(staged / SHEET, sheet(digests))
    if folder.exists():
        shutil.rmtree(staged)
        return
    staged.rename(folder)
    sync_folder(folder.parent)


def appear(staged: Path, file: Path) -> None:
    """Give a flushed file its name, in one step, with a checksum beside it that is there before."""
    sync_file(staged)
    _put_sheet(file, file_digest(staged))
    staged.replace(file)
    sync_folder(file.parent)


def write_checked(file: Path, text: str) -> None:
    """Replace a small file in one step, with a checksum beside it."""
    _put_sheet(file, hashlib.sha256(text.encode()).hexdigest())
    write_text(file, text)


def _put_sheet(file: Path, digest: str) -> None:
    """Write the sheet of a file that is about to be replaced: what it will be, and what it is till then."""
    known: list[str] = []
    with contextlib.suppress(OSError, ValueError, KeyError):
        known = checksums.read(sheet_of(file))[file.name]
    former = file_digest(file) if known and file.exists() else digest
    told = [digest, former] if former in known and former != digest else [digest]
    write_text(sheet_of(file), sheet({file.name: told}))


def write_parquet(table: pa.Table, file: Path, **options: Any) -> None:
    """Write one table so that the same rows give the same bytes, and flush it to the disk.

    Strings are checked first: pyarrow writes invalid UTF-8 without complaint and DuckDB then refuses the file.
    `options` are pyarrow's.
    """
    table.validate(full=True)
    with naming(file):
        pq.write_table(table, file, **{**PLAIN, **COMPRESSION, **options})
        sync_file(file)


def write_text(file: Path, text: str) -> None:
    """Replace a small file in one step."""
    staged = file.with_name(f"{STAGING}{os.getpid()}-{threading.get_ident()}-{file.name}")
    with naming(staged):
        staged.write_text(text, encoding="utf-8")
        sync_file(staged)
    staged.replace(file)
    sync_folder(file.parent)


@contextlib.contextmanager
def naming(file: Path) -> Iterator[None]:
    """Let an OSError say which file it is about: those of writing and flushing do not."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(file)) from error


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


def make_folder(folder: Path) -> Path:
    """Give a folder that is there, and stays there after a power cut, as do those above it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    return folder


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
