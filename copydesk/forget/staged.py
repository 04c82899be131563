"""The stage without what is forgotten: new shards beside the old ones first, and the old ones gone at the end.

What folding keeps of the editions concerned goes too; the next night makes it anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from copydesk import folding, stage
from copydesk.checksums import sheet_of
from copydesk.folding import COVERS
from copydesk.settings import Settings
from copydesk.store import STAGING, Staged, Store, appear, put_tables, write_parquet
from transforms.errors import StoreError

ID_OF = {"articles": "article_id", "cuts": "article_id", "quarantine": "page_id"}


class Cleared:
    """The stage as it is without some pages, and without the bytes of some records in quarantine."""

    def __init__(
        self, store: Store, settings: Settings, page_ids: Collection[str], records: Collection[str]
    ) -> None:
        self._store, self._settings = store, settings
        self._page_ids = pa.array(sorted(page_ids), pa.string())
        self._records = pa.array(sorted(records), pa.string())

    @cached_property
    def pages(self) -> dict[str, tuple[str | None, int]]:
        """Give the shards of pages that held some: the shard without them, null for none, and how many it held."""
        found: dict[str, tuple[str | None, int]] = {}
        for file in sorted((self._store.stage / "pages").glob("*.parquet")):
            is_gone = pc.is_in(whole(file, ["page_id"])["page_id"], self._page_ids)
            if count := pc.sum(is_gone).as_py():
                rest = whole(file).filter(pc.invert(is_gone)).combine_chunks()
                found[file.stem] = (*stage.put_pages(self._store, rest), None)[0], count
        return found

    @cached_property
    def shards(self) -> dict[str, dict[str, pa.Table]]:
        """Give the tables of the shards that hold something of it, without that."""
        found = {}
        for folder in sorted((self._store.stage / "shards").glob("*")):
            files = sorted(folder.glob("*.parquet"))
            if any(map(self._touches, files)):
                rest = {file.stem: self.rows(file.stem, whole(file)) for file in files}
                found[folder.name] = {name: table.combine_chunks() for name, table in rest.items()}
        return found

    def _touches(self, file: Path) -> bool:
        """Tell whether a table of a shard holds something of it."""
        if pc.any(pc.is_in(whole(file, [ID_OF[file.stem]]).column(0), self._page_ids)).as_py():
            return True
        if file.stem != "quarantine" or not len(self._records):
            return False
        told = whole(file, ["quarantine_id", "bytes"])
        return emptied(told, self._records) is not told

    def rows(self, name: str, table: pa.Table) -> pa.Table:
        """Give the rows of a table that stay, those of records in quarantine without what they quoted."""
        is_gone = pc.is_in(table[ID_OF[name]], self._page_ids)
        rest = table.filter(pc.invert(is_gone)) if pc.any(is_gone).as_py() else table
        return emptied(rest, self._records) if name == "quarantine" else rest

    def edition(self, staged: Staged) -> Staged:
        """Give an edition that names the new shards, which then lie in the stage."""
        here = [digest for digest in staged.page_shards if digest in self.pages]
        count = sum(self.pages[digest][1] for digest in here)
        fresh = {digest: self.pages[digest][0] if digest in here else digest for digest in staged.page_shards}
        changed = replace(
            staged,
            pages=staged.pages - count,
            forgotten_records=staged.forgotten_records + count,
            page_shards=tuple(digest for digest in fresh.values() if digest),
            retried={name: times for old, times in staged.retried.items() if (name := fresh.get(old, old))},
        )
        keys = {stage.shard_key(self._settings, old, staged): new for old, new in fresh.items() if old in here}
        shards = {self._shard(key, changed, keys) for key in staged.shards}
        return replace(changed, shards=tuple(sorted(key for key in shards if key)))

    def _shard(self, key: str, changed: Staged, keys: dict[str, str | None]) -> str | None:
        """Give the key of what is left of a shard: the one that making it again would give, where that is known."""
        if key in keys and keys[key] is None:
            return None
        if key not in self.shards and key not in keys:
            return key
        if key.startswith(stage.FROM_SOURCES):
            return stage.put_quarantine(self._store, self.shards[key]["quarantine"])[0]
        digest = keys.get(key)
        new = stage.shard_key(self._settings, digest, changed) if digest else folding.digest("rest", key)
        if key in self.shards:
            put_tables(self._store.shard(new), self.shards[key])
        return new

    def remove(self, text_hashes: Collection[int]) -> None:
        """Remove what the stage still has of it; every step can be done again after one that was cut short."""
        self._remove_folding(text_hashes)
        for file in (self._store.stage / "fingerprints").glob("*/*.arrow"):
            if self._holds(file):
                file.unlink()
                sheet_of(file).unlink(missing_ok=True)
        for key in self.shards:
            shutil.rmtree(self._store.shard(key))
        for digest in self.pages:
            self._store.page_shard(digest).unlink()

    def _remove_folding(self, text_hashes: Collection[int]) -> None:
        folder = self._store.stage
        gone = {index.name for index in (folder / "index").glob("*") if self._holds(index / "carriers.parquet")}
        for key in gone:
            shutil.rmtree(folder / "alignments" / key, ignore_errors=True)
        for file in (folder / "alignments").glob("*/*.parquet"):
            _uncover(file, gone)
        for file in (folder / "comparisons").glob("*.parquet"):
            _remove_texts(file, text_hashes)
        for key in gone:
            shutil.rmtree(folder / "index" / key)

    def _holds(self, file: Path) -> bool:
        """Tell whether a file has one of the articles; one that cannot be read may: it is made anew."""
        try:
            ids = _article_ids(file)
        except (pa.ArrowException, OSError, KeyError):
            return True
        return bool(pc.any(pc.is_in(ids, self._page_ids)).as_py())


def whole(file: Path, columns: list[str] | None = None, *, aside: Path | None = None) -> pa.Table:
    """Give the rows of a file; StoreError where it is damaged: nobody can tell what it holds, so it must go.

    `aside` is the version that goes with it: without one of its tables it is none.
    """
    try:
        return pq.read_table(file, columns=columns, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise damaged(file, error, aside) from error


def damaged(file: Path, error: Exception, aside: Path | None = None) -> StoreError:
    """Give the error that says what to do about a damaged file while something is forgotten."""
    what = f"{aside} (copydesk rollback N first, where it is current)" if aside else "it"
    return StoreError(
        f"{file}: damaged ({error}), and may hold what is to be forgotten; move {what} out of the data folder, "
        "then copydesk forget --resume, or the same command again; copydesk verify --all says then what is missing"
    )


def emptied(quarantine: pa.Table, records: pa.Array) -> pa.Table:
    """Give rows of quarantine in which these have lost bytes and text; they are counted as before."""
    is_told = pc.and_(
        pc.is_in(quarantine["quarantine_id"], records), pc.greater(pc.binary_length(quarantine["bytes"]), 0)
    )
    if not pc.any(is_told).as_py():
        return quarantine
    new = {"bytes": b"", "is_truncated": True, "text": None}
    for name in new.keys() & set(quarantine.column_names):
        at, field = quarantine.schema.get_field_index(name), quarantine.schema.field(name)
        value = pc.if_else(is_told, pa.scalar(new[name], field.type), quarantine[name])
        quarantine = quarantine.set_column(at, field, value)
    return quarantine


def _article_ids(file: Path) -> pa.ChunkedArray:
    if file.suffix == ".arrow":
        return folding.fingerprints(file)["article_id"]
    return pq.read_table(file, columns=["article_id"])["article_id"]


def _uncover(file: Path, keys: Collection[str]) -> None:
    """Leave out of a file of alignments what was found with these editions; the others are not compared again."""
    try:
        table = pq.read_table(file)
        covers = dict(json.loads(table.schema.metadata[COVERS]))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
        _remove_file(file)  # a damaged file is made anew
        return
    days = [day for day, key in covers.items() if key in keys]
    if not days:
        return
    left = {day: key for day, key in covers.items() if day not in days}
    is_gone = pc.is_in(table["other_edition"], pa.array(days).cast(pa.date32()))
    rest = table.filter(pc.invert(is_gone)).combine_chunks().replace_schema_metadata({COVERS: json.dumps(left)})
    _replace(file.with_name(f"{folding.digest(json.dumps(left))}.parquet"), rest)
    _remove_file(file)


def _remove_texts(file: Path, text_hashes: Collection[int]) -> None:
    """Leave these texts out of a file of comparisons."""
    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError):
        _remove_file(file)
        return
    gone = pa.array(sorted(text_hashes), pa.uint64())
    is_gone = pc.or_(pc.is_in(table["short_hash"], gone), pc.is_in(table["long_hash"], gone))
    if pc.any(is_gone).as_py():
        _replace(file, table.filter(pc.invert(is_gone)).combine_chunks())


def _replace(file: Path, table: pa.Table) -> None:
    staged = file.with_name(f"{STAGING}{file.name}")
    write_parquet(table, staged)
    appear(staged, file)


def _remove_file(file: Path) -> None:
    file.unlink()
    sheet_of(file).unlink(missing_ok=True)
