"""What lies in the stage: shards written once and named by their content, found again by their editions."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from copydesk.store import Staged, Store, put_tables, write_parquet
from transforms.errors import StoreError
from transforms.schemas import EDITION_COUNTS

log = logging.getLogger("copydesk")
FORMER = {"former_members": "members", "former_aliases": "story_aliases"}  # staged name -> table of that version
FROM_SOURCES = "sources-"  # shards that hold records which never became pages


def put_pages(store: Store, pages: pa.Table) -> tuple[str, ...]:
    """Stage a shard of pages; give its digest, or nothing where there is no page."""
    return (store.put_pages(pages),) if pages.num_rows else ()


def put_quarantine(store: Store, quarantine: pa.Table) -> tuple[str, ...]:
    """Stage the records that never became pages, under the hash of their ids."""
    if not quarantine.num_rows:
        return ()
    edition = str(quarantine["edition"][0])
    identity = "\n".join([edition, *quarantine["quarantine_id"].to_pylist()])
    key = FROM_SOURCES + hashlib.sha256(identity.encode()).hexdigest()[:24]
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
    if lost:
        raise StoreError(
            f"{store.stage}: {lost[0]} of edition {staged.edition} is gone for good; "
            "make the editions anew from their inputs, into a new --data folder"
        )


def files_of(store: Store, editions: Sequence[Staged], table: str) -> list[Path]:
    """Give the staged files of a table, each once."""
    keys = sorted({key for staged in editions for key in staged.shards})
    return [file for key in keys if (file := store.shard(key) / f"{table}.parquet").exists()]


def model_files(
    store: Store, editions: Sequence[Staged], folded: dict[str, pa.Table], staging: Path
) -> dict[str, list[Path]]:
    """Give the files that the models read.

    Those in the stage, what folding made, written into `staging`, and what the version before knew of stories.
    """
    files = {name: files_of(store, editions, name) for name in ("articles", "cuts", "quarantine")}
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
