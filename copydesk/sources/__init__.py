"""Inputs of every kind as pages; what cannot be read goes to quarantine.

Files are told by their content: text, HTML, JSON, JSON Lines, CSV, Parquet, WARC and WET, RSS, Atom and RDF feeds,
mails, saved pages, zip and tar archives of all these, each also compressed with gzip or zstd (docs/inputs.md). One
bad record never costs its neighbours: a bad line, row, element, entry or member is one row of quarantine. A file
that is damaged in a way that leaves every record in doubt (wrong checksum, forbidden expansion, broken Parquet) is
one row as a whole, and none of its records is taken; an archive that merely ends too early gives its whole records
and one row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from copydesk.sources import kinds
from copydesk.sources.collector import Batch, Collector
from copydesk.sources.discovery import find, skipped
from copydesk.sources.formats import again, items, one_page
from copydesk.sources.limits import Limits
from copydesk.sources.records import Found, Item, Passed
from copydesk.sources.rejects import Bad, Unusable
from copydesk.sources.settling import being_written, states
from copydesk.tombstones import Forgotten
from transforms.errors import UsageError

__all__ = [
    "Batch",
    "Limits",
    "Unusable",
    "being_written",
    "find",
    "read",
    "read_again",
    "read_one",
    "skipped",
    "states",
]

# Kinds that are one page each, and are read alone from a file or a pipe.
_SINGLE = ("text", "html", "mail")


def read(
    paths: Sequence[Path],
    *,
    edition: date,
    limits: Limits = Limits(),  # noqa: B008  frozen
    forgotten: Forgotten | None = None,
) -> Iterator[Batch]:
    """Give the pages and the bad records of the files, in batches of bounded size.

    The files are read in the order of their names, whatever the order of `paths`; of several records with the
    same page_id the first is kept, none of one that is `forgotten`. In each batch, records = pages + repeated +
    quarantine + unlisted + forgotten.
    """
    collector = Collector(edition, limits, forgotten)
    for path in sorted(set(paths), key=os.fsencode):
        collector.begin(path)
        for item in items(path, limits):
            collector.take(item)
            if collector.is_full:
                yield collector.batch()
        collector.finish()
    if not collector.is_empty:
        yield collector.batch()


def read_again(
    row: Mapping[str, Any],
    *,
    limits: Limits = Limits(),  # noqa: B008  frozen
    forgotten: Forgotten | None = None,
) -> Batch:
    """Give what the bytes of a record in quarantine are by today's readers: pages, or why they are still none.

    Unusable says why the bytes do not tell: they are not all there, or mean nothing without their file.
    """
    if row["is_truncated"] or not row["size_bytes"]:
        raise Unusable(f"{len(row['bytes']):,} of its {row['size_bytes']:,} bytes were kept")
    if row["reason"].startswith("truncated"):
        raise Unusable("its file ends inside it")
    collector = Collector(row["edition"], limits, forgotten)
    collector.begin(Path(row["source"]))
    name = row["source"].rpartition("!")[2].rpartition("/")[2]
    for item in again(row["bytes"], name, row["source_offset"], limits):
        collector.take(_moved(item, row["source_offset"]))
    collector.finish()
    return collector.batch()


def _moved(item: Item, offset: int) -> Item:
    """Give the record with its place in the file, not in the bytes that were read; a member has its own."""
    if isinstance(item, Passed) or item.member:
        return item
    if isinstance(item, Found):
        return item._replace(offset=item.offset + offset)
    return item._replace(raw=item.raw._replace(offset=item.raw.offset + offset))


def read_one(data: bytes, *, name: str, edition: date, limits: Limits = Limits()) -> pa.Table:  # noqa: B008  frozen
    """Give the one page that the bytes of a text, HTML or mail file are, named or from a pipe ('-').

    A file is what its content shows, as in `read`. Unusable says why the bytes are no page; raise UsageError for a
    file of another kind, which may hold several.
    """
    head = data[: kinds.HEAD_BYTES]
    kind = kinds.kind_of(head, name)
    if kind not in _SINGLE:
        what = f"a file of the kind {kind}" if kind else kinds.described(head)
        raise UsageError(f"{name} is {what}, not one page of text, HTML or mail. Let `copydesk run` read it.")
    collector = Collector(edition, limits)
    collector.begin(Path(name))
    item = one_page(data, name, limits)
    if isinstance(item, Bad):
        raise Unusable(item.reason)
    collector.take(item)
    return collector.batch().pages
