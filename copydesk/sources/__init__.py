"""Inputs of every kind as pages; what cannot be read goes to quarantine.

Files are .txt, .html, .htm, .jsonl, .ndjson, .json, .csv and .parquet, each also compressed as .gz or .zst. One bad
record never costs its neighbours: a bad line, row or element is one row of quarantine. A file that is damaged in a
way that leaves every record in doubt (wrong checksum, forbidden expansion, broken Parquet) is one row as a
whole, and none of its records is taken; an archive that merely ends too early gives its whole records and one row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from copydesk.sources.collector import Batch, Collector
from copydesk.sources.discovery import find, skipped
from copydesk.sources.formats import items, kind_of, one_page
from copydesk.sources.limits import Limits
from copydesk.sources.rejects import Bad, Unusable
from transforms.errors import UsageError

__all__ = ["Batch", "Limits", "Unusable", "find", "read", "read_one", "skipped"]

# Uncompressed formats that are one page each, and whether they are HTML.
_PAGES = {(".txt", ""): False, (".html", ""): True, (".htm", ""): True}

# White space, byte order marks, and the NULs of UTF-16.
_BEFORE_A_TAG = b" \t\r\n\v\f\xef\xbb\xbf\xff\xfe\0"


def read(paths: Sequence[Path], *, edition: date, limits: Limits = Limits()) -> Iterator[Batch]:  # noqa: B008  frozen
    """Give the pages and the bad records of the files, in batches of bounded size.

    The files are read in the order of their names, whatever the order of `paths`; of several records with the
    same page_id the first is kept. In each batch, records = pages + repeated + quarantine + unlisted.
    """
    collector = Collector(edition, limits)
    for path in sorted(set(paths), key=os.fsencode):
        collector.begin(path)
        for item in items(path, limits):
            collector.take(item)
            if collector.is_full:
                yield collector.batch()
        collector.finish()
    if collector.records:
        yield collector.batch()


def read_one(data: bytes, *, name: str, edition: date, limits: Limits = Limits()) -> pa.Table:  # noqa: B008  frozen
    """Give the one page that the bytes of a text or HTML file are, named or from a pipe ('-').

    A file is what its name says, as in `read`; in a pipe, what begins with a tag is HTML. Unusable says why the
    bytes are no page; raise UsageError for a name of any other format.
    """
    item = one_page([data], limits, is_html=_is_html(data, name))
    if isinstance(item, Bad):
        raise Unusable(item.reason)
    collector = Collector(edition, limits)
    collector.begin(Path(name))
    collector.take(item)
    return collector.batch().pages


def _is_html(data: bytes, name: str) -> bool:
    if name == "-":
        return data.lstrip(_BEFORE_A_TAG)[:1] == b"<"
    format_ = kind_of(Path(name))
    if format_ not in _PAGES:
        raise UsageError(f"{name} is no {', '.join(kind for kind, _ in _PAGES)}. Rename it, or pipe it in as -.")
    return _PAGES[format_]
