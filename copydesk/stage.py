"""What lies in the stage: shards written once and named by their content, found again by their editions."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.shard import put_tables
from copydesk.store import Staged, Store, write_parquet
from transforms.errors import StoreError
from transforms.schemas import EDITION_COUNTS, FINGERPRINTS

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


def fingerprints(store: Store, editions: Sequence[Staged]) -> pa.Table:
    """Give one fingerprint an article: that of the earliest edition which brought it."""
    tables = [_read(file) for file in files_of(store, editions, "fingerprints")]
    whole = pa.concat_tables(tables) if tables else FINGERPRINTS.empty_table()
    rows = pa.array(range(whole.num_rows), pa.int64())
    order = whole.select(["article_id", "edition"]).append_column("row", rows)
    first = order.sort_by([("article_id", "ascending"), ("edition", "ascending")])
    firsts = first.group_by("article_id", use_threads=False).aggregate([("row", "first")])
    return whole.take(firsts["row_first"])


def model_files(
    store: Store, editions: Sequence[Staged], folded: dict[str, pa.Table], staging: Path
) -> dict[str, list[Path]]:
    """Give the files that the models read: those in the stage, and what folding made, written into `staging`."""
    files = {name: files_of(store, editions, name) for name in ("articles", "cuts", "quarantine")}
    counted = [{name: getattr(each, name) for name in EDITION_COUNTS.names} for each in editions]
    counts = pa.Table.from_pylist([row | {"edition": dt.date.fromisoformat(row["edition"])} for row in counted])
    counts = counts.cast(EDITION_COUNTS)
    for name, table in {**folded, "edition_counts": counts}.items():
        file = staging / f"staged-{name}.parquet"
        write_parquet(table, file)
        files[name] = [file]
    return files


def _read(file: Path) -> pa.Table:
    try:
        return pq.read_table(file, schema=FINGERPRINTS)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(f"{file}: damaged ({error}); delete its folder and run again, it is made anew") from error
