"""The pages and bad records of a run, gathered into tables."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from copydesk.sources.limits import Limits
from copydesk.sources.records import Found, Item, Page, Passed
from copydesk.sources.rejects import Bad, Raw
from copydesk.tombstones import Forgotten
from transforms.schemas import PAGES, QUARANTINE


@dataclass(frozen=True)
class Batch:
    """Some of the records of a run: records = pages + repeated + quarantine + unlisted + forgotten, in rows."""

    pages: pa.Table
    quarantine: pa.Table
    records: int
    """Input records read, good and bad."""
    repeated: int
    """Records whose page_id an earlier record of this run had."""
    unlisted: int
    """Bad records beyond the most rows that a file may have in quarantine, less the one that stands for them."""
    forgotten: int = 0
    """Records of pages that were forgotten for good: none of them is here."""
    passed: Mapping[str, int] = field(default_factory=dict)
    """What lies in the inputs and is no record of a page, by source and kind: pictures, redirects, attachments."""


def page_id(page: Page) -> str:
    """Give the id of a page: a hash of site, URL and text, so that no file name, order or run changes it."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (page.site or "", page.url or "", page.body):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little"))  # frames the parts: "ab" + "c" is not "a" + "bc"
        digest.update(data)
    return digest.hexdigest()


def source_of(path: Path) -> str:
    r"""Give the path for the tables; bytes that are no UTF-8 are shown as \xNN.

    >>> source_of(Path("inbox/../feeds/a.jsonl"))
    'feeds/a.jsonl'
    """
    return os.fsencode(os.path.normpath(path)).decode("utf-8", "backslashreplace")


# Different kinds of one file that are counted by themselves; media types are whatever a server says they are.
_PASSED_KINDS = 50


class Collector:
    """Gathers the items of one file after the other; forgets its rows with each batch, but no page_id."""

    def __init__(self, edition: date, limits: Limits, forgotten: Forgotten | None = None) -> None:
        self._edition = edition
        self._known = forgotten or Forgotten()
        self._limits = limits
        self._seen: set[bytes] = set()  # 12 bytes each, about 80 with Python's own share
        self._clear()
        self.begin(Path())

    def _clear(self) -> None:
        self._pages: list[tuple[object, ...]] = []
        self._bad: list[tuple[object, ...]] = []
        self._bytes = 0
        self._repeated = 0
        self._unlisted = 0
        self._forgotten = 0
        self._passed: Counter[str] = Counter()

    def begin(self, path: Path) -> None:
        """Start a file: its bad records are counted anew."""
        self._path = os.fsencode(os.path.normpath(path))
        self._source = source_of(path)
        self._rows = 0
        self._kept = 0
        self._rest = _Rest()
        self._kinds: set[str] = set()

    def take(self, item: Item) -> None:
        """Add one record."""
        if isinstance(item, Passed):
            self._pass(item)
        elif isinstance(item, Found):
            self._take_page(item)
        elif self._rows < self._limits.quarantine_rows:
            self._rows += 1
            self._take_bad(item)
        else:
            self._rest.add(item)

    def finish(self) -> None:
        """End a file: the bad records that got no row of their own share one; a single one is listed as itself."""
        if self._rest.first is None:
            return
        if self._rest.count == 1:
            self._take_bad(self._rest.first)
            return
        self._take_bad(self._rest.shared(self._rest.first.raw, self._rows), records=self._rest.count)
        self._unlisted += self._rest.count - 1

    def _pass(self, passed: Passed) -> None:
        self._kinds.add(passed.kind)
        kind = passed.kind if len(self._kinds) <= _PASSED_KINDS else "other kinds"
        self._passed[f"{self._source}: {kind}"] += 1

    def _take_page(self, found: Found) -> None:
        page = found.page
        key = page_id(page)
        if bytes.fromhex(key) in self._seen:
            self._repeated += 1
            return
        self._seen.add(bytes.fromhex(key))
        self._bytes += len(page.body)
        if self._known.has_page(key, page.url, page.canonical_url):
            self._forgotten += 1
            return
        self._pages.append((key, self._edition, self._of(found.member), found.offset, *page))

    def _of(self, member: str) -> str:
        return f"{self._source}!{member}" if member else self._source

    def _take_bad(self, bad: Bad, *, records: int = 1) -> None:
        raw = bad.raw
        kept = raw.kept[: max(self._limits.kept_file_bytes - self._kept, 0)]
        self._kept += len(kept)
        self._bytes += len(kept)
        if self._known.has_record(raw.sha256):
            kept = b""
        key = hashlib.blake2b(digest_size=12)
        rest = (str(raw.offset), bad.reason, raw.sha256)
        # the path's own bytes: two names may be shown alike
        for data in (self._path, *(part.encode("utf-8", "replace") for part in (*rest, bad.member) if part)):
            key.update(len(data).to_bytes(8, "little"))
            key.update(data)
        origin = (key.hexdigest(), self._edition, self._of(bad.member), raw.offset, raw.size, raw.sha256)
        is_truncated = records > 1 or raw.size > len(kept)
        self._bad.append((*origin, "sources", bad.reason, None, kept, is_truncated, records, None))

    @property
    def is_empty(self) -> bool:
        """Nothing was taken since the last batch."""
        return not self.records and not self._passed

    @property
    def records(self) -> int:
        """Records taken since the last batch."""
        return len(self._pages) + len(self._bad) + self._repeated + self._unlisted + self._forgotten

    @property
    def is_full(self) -> bool:
        """Large enough for a batch."""
        rows = len(self._pages) + len(self._bad) + self._forgotten  # so that shards are cut as they were
        return rows >= self._limits.batch_pages or self._bytes >= self._limits.batch_bytes

    def batch(self) -> Batch:
        """Give what was taken since the last batch."""
        batch = Batch(
            _table(self._pages, PAGES),
            _table(self._bad, QUARANTINE),
            self.records,
            self._repeated,
            self._unlisted,
            self._forgotten,
            dict(self._passed),
        )
        self._clear()
        return batch


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


class _Rest:
    """The bad records of a file beyond its last row: how many, how large, and the first of them."""

    def __init__(self) -> None:
        self.count = 0
        self.first: Bad | None = None
        self._size = 0
        self._digest = hashlib.sha256()

    def add(self, bad: Bad) -> None:
        self.count += 1
        self.first = self.first or bad
        self._size += bad.raw.size
        self._digest.update(bytes.fromhex(bad.raw.sha256))

    def shared(self, first: Raw, rows: int) -> Bad:
        """Give the row that stands for them all; its sha256 is taken over their sha256."""
        reason = (
            f"{self.count} more bad records in this file beyond the first {rows}, from this one on. The file as "
            "a whole does not fit: compare the reasons of the other rows."
        )
        return Bad(reason, Raw(first.offset, self._size, self._digest.hexdigest(), first.kept))
