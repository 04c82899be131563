"""What lies in the stage: shards written once and named by their content, found again by their editions."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copydesk import checksums
from copydesk.checksums import file_digest
from copydesk.settings import Settings
from copydesk.store import Staged, Store, put_tables, write_parquet
from transforms.errors import StoreError
from transforms.schemas import EDITION_COUNTS

log = logging.getLogger("copydesk")
FORMER = {"former_members": "members", "former_aliases": "story_aliases"}  # staged name -> table of that version
OUTCOMES = ("articles", "cuts", "quarantine")  # what becomes of pages, in a shard
FROM_SOURCES = "sources-"  # shards that hold records which never became pages


def put_pages(store: Store, pages: pa.Table) -> tuple[str, ...]:
    """Stage a shard of pages; give its digest, or nothing where there is no page."""
    return (store.put_pages(pages),) if pages.num_rows else ()


def shard_key(settings: Settings, pages_digest: str, staged: Staged) -> str:
    """Give the name of what the steps make of a shard of pages of this edition."""
    judged_by = (staged.rules_digest, staged.code_digest, staged.memory_digest, staged.classifier_digest)
    limits = settings.page_cpu_seconds, settings.page_memory_mib, settings.page_seconds
    identity = "\n".join((pages_digest, *judged_by, f"{limits}\n{staged.retried.get(pages_digest, 0)}"))
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def put_quarantine(store: Store, quarantine: pa.Table) -> tuple[str, ...]:
    """Stage the records that never became pages, under the hash of their ids and of which have no bytes."""
    if not quarantine.num_rows:
        return ()
    edition = str(quarantine["edition"][0])
    lengths = zip(quarantine["quarantine_id"], pc.binary_length(quarantine["bytes"]), strict=True)
    ids = [f"{key}" if length.as_py() else f"{key} without bytes" for key, length in lengths]
    key = FROM_SOURCES + hashlib.sha256("\n".join([edition, *ids]).encode()).hexdigest()[:24]
    put_tables(store.shard(key), {"quarantine": quarantine})
    return (key,)


def lacks(store: Store, staged: Staged) -> list[str]:
    """Give the shards of an edition that are gone from the stage; StoreError where they cannot be made anew."""
    gone = [key for key in staged.shards if not store.shard(key).is_dir()]
    if gone:
        check_inputs(store, staged)
    return gone


def check_inputs(store: Store, staged: Staged) -> None:
    """Raise StoreError where an edition cannot be made anew from the stage."""
    lost = [key for key in staged.shards if key.startswith(FROM_SOURCES) and not store.shard(key).is_dir()]
    lost += [digest for digest in staged.page_shards if not store.page_shard(digest).exists()]
    torn = [digest for digest in staged.page_shards if digest not in lost and not store.has_pages(digest)]
    if torn:
        raise StoreError(
            f"{store.page_shard(torn[0])}: damaged; run the inputs of edition {staged.edition} again, "
            "which writes its pages anew"
        )
    if lost:
        raise StoreError(
            f"{store.stage}: {lost[0]} of edition {staged.edition} is gone for good; "
            "make the editions anew from their inputs, into a new --data folder"
        )


def holders(store: Store, staged: Staged, page_ids: Collection[str]) -> dict[str, str]:
    """Give the shards of pages that hold some of these, each with the shard that has them in quarantine."""
    refused = {
        page_id: key
        for key in staged.shards
        if not key.startswith(FROM_SOURCES)
        for page_id in _page_ids(store.shard(key) / "quarantine.parquet") & set(page_ids)
    }
    found: dict[str, str] = {}
    for digest in staged.page_shards:
        for page_id in _page_ids(store.page_shard(digest)) & refused.keys():
            found[digest] = refused[page_id]
    return found


def page_ids(store: Store, staged: Staged) -> set[str]:
    """Give the ids of all pages of an edition."""
    return {page_id for digest in staged.page_shards for page_id in _page_ids(store.page_shard(digest))}


def is_same(store: Store, one: str, other: str) -> bool:
    """Tell whether two shards hold the same rows of what is published."""
    files = [[store.shard(key) / f"{table}.parquet" for table in OUTCOMES] for key in (one, other)]
    return [file_digest(file) for file in files[0]] == [file_digest(file) for file in files[1]]


def _page_ids(file: Path) -> set[str]:
    return set(pq.read_table(file, columns=["page_id"])["page_id"].to_pylist())


def files_of(store: Store, editions: Sequence[Staged], table: str) -> list[Path]:
    """Give the staged files of a table, each once; StoreError where one is not as it was written.

    Nobody else looks: DuckDB does not compare the checksums of Parquet's pages.
    """
    keys = sorted({key for staged in editions for key in staged.shards})
    files = [file for key in keys if (file := store.shard(key) / f"{table}.parquet").exists()]
    for file in files:
        _check(file)
    return files


def _check(file: Path) -> None:
    """Raise StoreError where a file is not what the sheet of its folder says; older folders have none."""
    sheet = file.with_name(checksums.SHEET)
    try:
        is_whole = not sheet.exists() or file_digest(file) in checksums.read(sheet)[file.name]
    except (OSError, ValueError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise StoreError(
            f"{file}: its bytes are not those that were written; nothing was published. "
            "`copydesk verify --repair` makes anew what can be"
        )


def model_files(
    store: Store, editions: Sequence[Staged], folded: dict[str, pa.Table], staging: Path
) -> dict[str, list[Path]]:
    """Give the files that the models read.

    Those in the stage, what folding made, written into `staging`, and what the version before knew of stories.
    """
    files = {name: files_of(store, editions, name) for name in OUTCOMES}
    files |= _former(store)
    counted = [{name: getattr(each, name) for name in EDITION_COUNTS.names} for each in editions]
    counts = pa.Table.from_pylist([row | {"edition": dt.date.fromisoformat(row["edition"])} for row in counted])
    counts = counts.cast(EDITION_COUNTS)
    for name, table in {**folded, "edition_counts": counts}.items():
        file = staging / f"staged-{name}.parquet"
        write_parquet(table, file)
        files[name] = [file]
    return files


def _former(store: Store) -> dict[str, list[Path]]:
    """Give the tables that say which stories there were, of the newest version in which they are undamaged."""
    for version in range(store.current().version, 0, -1):
        try:
            manifest = store.manifest(version)
        except StoreError:
            continue  # it is gone
        if store.is_sound(manifest, FORMER.values()):
            files = {name: store.version_folder(version) / f"{table}.parquet" for name, table in FORMER.items()}
            return {name: [file] if file.exists() else [] for name, file in files.items()}
        log.warning("publish: version %d is damaged; former story ids come from the one before it", version)
    return {name: [] for name in FORMER}
