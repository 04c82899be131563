"""The rows of CSV and Parquet files, each as a page or as a bad record."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from copydesk.sources.aliases import has_body, known, no_body
from copydesk.sources.charsets import decode
from copydesk.sources.containers import Content, Span, lines
from copydesk.sources.limits import MIB, Limits
from copydesk.sources.records import EMPTY, Item, judged
from copydesk.sources.rejects import Bad, Raw, Unusable, raw

_DELIMITERS = ",;\t|"


def csv_rows(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the rows below the header, which must name a text or HTML column.

    The character set is judged by the first block and then taken strictly, so that one bad row costs itself.
    The delimiter is the one of comma, semicolon, tab and bar under which the header has such a column.
    """
    feed = _Lines(content.blocks(), limits)
    # the module's own limit of 128 KiB is less than a long article; _Lines stops a row before this one does
    csv.field_size_limit(2 * limits.record_bytes)
    header, delimiter = _header(next(feed, ""))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.begin_row()
        try:
            row = next(reader)
            if row:
                yield judged(feed.offset, _record(header, row), feed.data, limits, feed.origin)
        except StopIteration:
            return
        except csv.Error as error:
            yield Bad(f"torn CSV: {error}. Check the quotes of this row, or use JSON Lines.", feed.raw())
        except Unusable as error:
            yield Bad(str(error), feed.raw())


def _header(line: str) -> tuple[list[str], str]:
    """Give the column names, and the delimiter under which one of them is known to hold the text."""
    for delimiter in _DELIMITERS:
        header = _names(line, delimiter)
        if has_body(header):
            return header, delimiter
    raise Unusable(no_body(_names(line, ",")) if line.strip() else EMPTY)


def _names(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise Unusable(
            "torn CSV: the header cannot be read. Check its quotes, and that lines end in a line feed, not in a "
            "carriage return alone."
        ) from error


def _record(header: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(header):
        raise Unusable(f"contract: {len(row)} fields where the header has {len(header)}. Check the quotes.")
    return dict(zip(header, row, strict=True))


class _Lines:
    """The decoded lines of a CSV file, and the bytes of those that the current row has taken."""

    def __init__(self, stream: Iterable[bytes], limits: Limits) -> None:
        rest = iter(stream)
        first = next(rest, b"")
        decoded = decode(first[: first.rfind(b"\n") + 1] or first, limits)
        if decoded.charset.startswith(("utf-16", "utf-32")):
            raise Unusable(f"{decoded.charset} is not read in CSV files. Save it as UTF-8.")
        self.origin = (decoded.charset, decoded.method, decoded.confidence)
        self._mark = b"\xef\xbb\xbf" if decoded.method == "bom" else b""
        self._spans = lines(itertools.chain([first], rest), limits)
        self._limits = limits
        self.begin_row()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Give the next line with its line feed; raise Unusable where a row cannot go on with it."""
        span = next(self._spans)
        self._taken.append(span)
        self._size += span.size
        if problem := span.problem():
            raise Unusable(problem)
        if self._size > self._limits.record_bytes:
            raise Unusable("record too long: a quote that is never closed swallows the lines after it. Close it.")
        data = span.data.removeprefix(self._mark) if span.offset == 0 else span.data
        try:
            return data.decode(self.origin[0]) + "\n"
        except UnicodeDecodeError as error:
            raise Unusable(
                f"invalid {self.origin[0]} at byte {error.start} of the line. Save the file as UTF-8."
            ) from error

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self._taken: list[Span] = []
        self._size = 0

    @property
    def offset(self) -> int:
        """Where the row begins."""
        return self._taken[0].offset

    def data(self) -> bytes:
        """Give the bytes of the row's lines."""
        return b"\n".join(span.data for span in self._taken)

    def raw(self) -> Raw:
        """Give the row's lines as a record for quarantine."""
        if self._taken[-1].is_long:
            return self._taken[-1].raw()
        return raw(self.offset, self.data(), self._limits)


def parquet(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the rows, after one pass over the whole file has shown that all of it can be read."""
    with content.seekable() as file:
        for _ in _batches(file, limits):
            pass
        offset = 0
        for batch in _batches(file, limits):
            columns = [_values(column) for column in batch.columns]
            for row in zip(*columns, strict=True):
                yield _row(offset, dict(zip(batch.schema.names, row, strict=True)), limits)
                offset += 1


def _batches(file: BinaryIO, limits: Limits) -> Iterator[Any]:
    import pyarrow.parquet as pq

    file.seek(0)
    try:
        # without pre_buffer a row group is read page by page, not whole
        table = pq.ParquetFile(file, pre_buffer=False, buffer_size=MIB, page_checksum_verification=True)
        names = table.schema_arrow.names
        if not has_body(names):
            raise Unusable(no_body(names))
        row_bytes = sum(table.metadata.row_group(i).total_byte_size for i in range(table.num_row_groups)) // max(
            table.metadata.num_rows, 1
        )
        rows = min(max(limits.batch_bytes // max(row_bytes, 1), 1), limits.batch_pages)
        yield from table.iter_batches(rows, columns=known(names))
    except (pa.ArrowException, OSError) as error:
        raise Unusable(
            f"damaged Parquet: {str(error).splitlines()[0][:200]}. None of its rows were taken. "
            "Deliver the file again."
        ) from error


def _values(column: Any) -> list[object]:
    """Give a column's values; times as text, and an Unusable where a value has no valid form."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = column.cast(pa.timestamp(column.type.unit, "UTC"))  # a zone that nobody knows cannot be shown
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.string())
    try:
        return list(column.to_pylist())
    except (UnicodeDecodeError, ValueError):
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> object:
    try:
        return scalar.as_py()
    except ValueError as error:
        return Unusable(f"invalid value: {error}. Write the file with valid UTF-8.")


def _row(offset: int, record: dict[str, object], limits: Limits) -> Item:
    for value in record.values():
        if isinstance(value, Unusable):
            return Bad(str(value), raw(offset, _shown(record), limits))
    return judged(offset, record, lambda: _shown(record), limits)


def _shown(record: dict[str, object]) -> bytes:
    """Give a row as JSON: it has no bytes of its own."""
    return json.dumps(record, ensure_ascii=False, default=repr).encode("utf-8", "replace")
