"""Folds all editions, night after night: each is indexed once and compared once with those around it.

    stage/fingerprints/<code>/<shard>.arrow         tokens and anchors of one shard's articles
    stage/index/<edition>/<table>.parquet           one edition's index: carriers, texts, anchors
    stage/alignments/<edition>/<window>.parquet     what it shares with itself and with the editions before it
    stage/comparisons/<code>.parquet                what was aligned besides, to tell who leads a story

Here <code> names the code that folds, <edition> the edition's shards and that code, <window> the editions that it
was compared with. So nothing stale is ever read, what is missing is made anew, and a night reads the tokens of old
texts for candidates only. Each step is a function of files, so that any worker can do it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import transforms
from copydesk.checksums import sheet_of
from copydesk.settings import Settings
from copydesk.store import STAGING, Staged, Store, appear, make_folder, naming, put_tables, write_parquet
from transforms.errors import StoreError
from transforms.fingerprint import fingerprint
from transforms.fold import Edition, Folded, Thresholds, Tokens, compare, index, nodes, tell
from transforms.fold.index import read
from transforms.fold.texts import lists
from transforms.schemas import ALIGNMENTS, CARRIERS, COMPARISONS

CODE = (
    "columns.py",
    "fingerprint.py",
    "fold",
    *(f"kernels/{name}.py" for name in ("tokens", "anchors", "align", "titles", "graph")),
)
SORTED_NUMBERS = {  # zstd saves nothing on differences of hashes
    "use_dictionary": False,
    "column_encoding": {"anchor": "DELTA_BINARY_PACKED"},
    "compression": "none",
    "compression_level": None,
}
COVERS = b"covers"  # metadata of a file of alignments: edition -> key of its index
Progress = Callable[[str, int, int], None]
log = logging.getLogger("copydesk")


def silent(_step: str, _done: int, _total: int) -> None:
    """Show no progress."""


def fold(
    store: Store,
    editions: Sequence[Staged],
    settings: Settings,
    progress: Progress = silent,
    *,
    remember: bool = True,
) -> Folded:
    """Give the pairs and members of these editions; what was indexed and compared before is not done again.

    `remember` keeps what was aligned besides in place of what was kept before: not for a choice of editions.
    StoreError names a damaged file and what to do.
    """
    shelves = [Shelf(store, staged) for staged in sorted(editions, key=lambda staged: staged.edition)]
    with ThreadPoolExecutor(settings.processes) as pool:
        list(pool.map(lambda shelf: shelf.fill(), shelves))
        files = []
        for number, shelf in enumerate(shelves, 1):
            near = [other for other in shelves[:number] if (shelf.day - other.day).days <= settings.fold_window]
            files.append(compared(store, shelf, near, pool))
            progress("fold", number, len(shelves))
    by_day = {shelf.day: shelf for shelf in shelves}
    told = nodes([shelf.table("carriers") for shelf in shelves], settings.outlet_priority)
    known = _known(comparisons_file(store))
    folded = tell(
        told,
        [_table(file, ALIGNMENTS) for file in files],
        lambda hashes, day: by_day[day].edition().texts(hashes),
        Thresholds(),
        known,
    )
    if remember and not folded.comparisons.equals(known):
        _put(folded.comparisons, comparisons_file(store))
    return folded


def fingerprints_file(store: Store, shard: str) -> Path:
    """Give the file of a shard's fingerprints, as this code makes them."""
    return store.stage / "fingerprints" / code_digest() / f"{shard}.arrow"


def put_fingerprints(articles: pa.Table, file: Path) -> None:
    """Write the fingerprints of a shard's articles, uncompressed: the tokens of one text can be read alone."""
    table = fingerprint(articles).combine_chunks()
    with _appearing(file) as staged, naming(staged), pa.ipc.new_file(staged, table.schema) as writer:
        writer.write_table(table)


def fingerprints(file: Path) -> pa.Table:
    """Give the fingerprints in a file; of the disk, only what is looked at is read."""
    with _reading(file), pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Give the digest of all that decides what texts share: code, and the tables of Unicode."""
    digest = hashlib.sha256(unicodedata.unidata_version.encode())
    root = Path(transforms.__file__).parent
    for name in CODE:
        for file in sorted((root / name).rglob("*.py")) or [root / name]:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


class Shelf:
    """One edition's index on the disk."""

    def __init__(self, store: Store, staged: Staged) -> None:
        self.day = dt.date.fromisoformat(staged.edition)
        self._store = store
        self._shards = [key for key in staged.shards if (store.shard(key) / "articles.parquet").exists()]
        self.key = digest(code_digest(), staged.edition, *self._shards)
        self.folder = store.stage / "index" / self.key

    def fill(self) -> None:
        """Make the index where it is missing."""
        if self.folder.exists():
            return
        made = index([fingerprints(self._source(number)) for number in range(len(self._shards))])
        tables = {"carriers": made.carriers, "texts": made.texts, "anchors": made.anchors()}
        put_tables(self.folder, tables, {"anchors": SORTED_NUMBERS})

    def table(self, name: str) -> pa.Table:
        """Give one table of the index."""
        return _table(self.folder / f"{name}.parquet")

    def edition(self) -> Edition:
        """Give the edition with its texts and anchors in memory; its tokens are read as they are asked for."""
        made = read(CARRIERS.empty_table(), self.table("texts"), self.table("anchors"))
        tokens = cache(lambda number: lists(fingerprints(self._source(number))["tokens"]))
        return Edition(self.day, made, Tokens(tokens, made))

    def _source(self, number: int) -> Path:
        """Give one of its files of fingerprints, made where it is missing."""
        key = self._shards[number]
        file = fingerprints_file(self._store, key)
        if not file.exists():
            put_fingerprints(_table(self._store.shard(key) / "articles.parquet"), file)
        return file


def compared(store: Store, shelf: Shelf, near: Sequence[Shelf], pool: ThreadPoolExecutor) -> Path:
    """Give the file with what an edition shares with these, itself among them, in the order of days.

    Only what was not compared before is compared: with itself in many runs side by side, the others one a thread.
    """
    covers = {other.day.isoformat(): other.key for other in near}
    folder = alignments_folder(store, shelf)
    file = folder / f"{digest(json.dumps(covers))}.parquet"
    if file.exists():
        return file
    old = _old(folder, covers)
    later = shelf.edition()
    limits = Thresholds()

    def block(other: Shelf, **spread: Any) -> pa.Table:
        if old and old.covers.get(other.day.isoformat()) == other.key:
            return old.block(other.day)
        earlier = later if other is shelf else other.edition()
        return compare(later, earlier, limits.reach, limits.bounds, **spread)

    own = block(shelf, spread=pool.map)
    others = pool.map(block, (other for other in near if other is not shelf))
    whole = pa.concat_tables([*others, own]).combine_chunks()
    whole = whole.replace_schema_metadata({COVERS: json.dumps(covers)})
    _put(whole, file)
    for other in folder.glob("*.parquet"):
        if other != file:
            other.unlink()  # what it held is in the new one
            sheet_of(other).unlink(missing_ok=True)
    log.info("fold: edition %s compared with %d editions, %d alignments", shelf.day, len(near), whole.num_rows)
    return file


def alignments_folder(store: Store, shelf: Shelf) -> Path:
    """Give the folder of what an edition shares with others."""
    return store.stage / "alignments" / shelf.key


@dataclass(frozen=True)
class _Old:
    """A file of alignments with another choice of editions."""

    covers: Mapping[str, str]
    table: pa.Table

    def block(self, day: dt.date) -> pa.Table:
        """Give what was found with the edition of a day."""
        return self.table.filter(pc.equal(self.table["other_edition"], pa.scalar(day, pa.date32())))


def _old(folder: Path, covers: Mapping[str, str]) -> _Old | None:
    """Give the file that has most of these editions, where there is one that can be read."""
    found = []
    for file in sorted(folder.glob("*.parquet")):
        try:
            table = pq.read_table(file, page_checksum_verification=True)
            known = dict(json.loads(table.schema.metadata[COVERS]))
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError):
            continue  # a damaged file is made anew
        found.append((len(known.items() & covers.items()), file.name, _Old(known, table.cast(ALIGNMENTS))))
    return max(found, key=lambda each: each[:2])[2] if found else None


def comparisons_file(store: Store) -> Path:
    """Give the file of what was aligned besides, by this code."""
    return store.stage / "comparisons" / f"{code_digest()}.parquet"


def _known(file: Path) -> pa.Table:
    """Give the comparisons from before; none where they cannot be read: they are made anew."""
    try:
        return pq.read_table(file, schema=COMPARISONS, page_checksum_verification=True)
    except (pa.ArrowException, OSError):
        return COMPARISONS.empty_table()


def _put(table: pa.Table, file: Path) -> None:
    with _appearing(file) as staged:
        write_parquet(table, staged)


@contextmanager
def _appearing(file: Path) -> Iterator[Path]:
    """Give the name under which a file is written; it appears at once."""
    make_folder(file.parent)
    staged = file.with_name(f"{STAGING}{os.getpid()}-{threading.get_ident()}-{file.name}")
    yield staged
    appear(staged, file)


def _table(file: Path, schema: pa.Schema | None = None) -> pa.Table:
    with _reading(file):
        return pq.read_table(file, schema=schema, page_checksum_verification=True)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Turn what is wrong with a file into a StoreError."""
    try:
        yield
    except MemoryError:  # Arrow's, too, which says nothing against the file
        raise
    except (pa.ArrowException, OSError) as error:
        part = file.parent if file.parent.parent.name in ("shards", "index") else file
        raise StoreError(f"{file}: damaged ({error}); delete {part} and run again, it is made anew") from error


def digest(*parts: str) -> str:
    """Give a short name for these strings in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
