"""The records of one file, each as a page or as a bad record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from copydesk.sources import containers, json_files, records, tables
from copydesk.sources.containers import COMPRESSIONS, Cut, Span
from copydesk.sources.limits import Limits
from copydesk.sources.records import Found, Item, judged
from copydesk.sources.rejects import Bad, Unusable, raw_file


def items(path: Path, limits: Limits) -> Iterator[Item]:
    """Give every record of the file in order; what breaks the file as a whole is one bad record."""
    try:
        yield from _readable(path, limits)
    except Unusable as error:
        yield Bad(str(error), raw_file(path, limits))
    except Cut:
        yield Bad(containers.CUT, raw_file(path, limits))
    except PermissionError:
        reason = "permission denied: it cannot be opened. Give the user that runs copydesk the right to read it."
        yield Bad(reason, raw_file(path, limits))
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}. Check the disk and deliver the file again."
        yield Bad(reason, raw_file(path, limits))


def _readable(path: Path, limits: Limits) -> Iterator[Item]:
    if path.is_dir():
        raise PermissionError  # a folder is an input only if it could not be listed
    if path.stat().st_size == 0:
        raise Unusable("empty: the file has no bytes. Deliver it again if records were expected.")
    kind, compression = kind_of(path)
    if compression:
        containers.check(path, compression, limits)
    if kind == ".parquet":
        yield from tables.parquet(path, compression, limits)
    else:
        yield from _READERS[kind](containers.blocks(path, compression), limits)


def kind_of(path: Path) -> tuple[str, str]:
    """Give the format and the compression that the name tells; the format is empty where it is unknown.

    >>> kind_of(Path("feed.JSONL.gz")), kind_of(Path("notes.pdf"))
    (('.jsonl', '.gz'), ('', ''))
    """
    name = path.name.lower()
    compression = next((suffix for suffix in COMPRESSIONS if name.endswith(suffix)), "")
    kind = Path(name.removesuffix(compression)).suffix
    return kind if kind in KINDS else "", compression


def _text(stream: Iterable[bytes], limits: Limits) -> Iterator[Item]:
    yield one_page(stream, limits, is_html=False)


def _html(stream: Iterable[bytes], limits: Limits) -> Iterator[Item]:
    yield one_page(stream, limits, is_html=True)


def one_page(stream: Iterable[bytes], limits: Limits, *, is_html: bool) -> Item:
    """Give the one record that a text or HTML file is."""
    span = containers.whole(stream, limits)
    if problem := span.problem():
        return Bad(problem, span.raw())
    try:
        return Found(0, records.file_page(span.data, limits, is_html=is_html))
    except Unusable as error:
        return Bad(str(error), span.raw())


def _jsonl(stream: Iterable[bytes], limits: Limits) -> Iterator[Item]:
    """Give a record for every line that is not blank; one bad line costs nothing but itself."""
    is_empty = True
    for span in containers.lines(stream, limits):
        if not span.is_cut and not span.is_long and not span.data.strip():
            continue
        is_empty = False
        yield _line(span, limits)
    if is_empty:
        raise Unusable(records.EMPTY)


def _line(span: Span, limits: Limits) -> Item:
    if problem := span.problem():
        return Bad(problem, span.raw())
    try:
        return judged(span.offset, _parsed(span), span.data, limits)
    except Unusable as error:
        return Bad(str(error), span.raw())


def _parsed(span: Span) -> object:
    data = span.data.removeprefix(b"\xef\xbb\xbf") if span.offset == 0 else span.data
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as error:
        raise Unusable(
            f"invalid UTF-8 at byte {error.start} of the line. Let the scraper write JSON Lines in UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise Unusable(
            f"torn JSON: {error.msg.removesuffix(' starting at')}, character {error.pos} of the line. "
            "Deliver the record again."
        ) from error
    except (RecursionError, ValueError) as error:
        raise Unusable("torn JSON: nested too deeply, or a number too long. Check the scraper.") from error


_READERS: Mapping[str, Callable[[Iterable[bytes], Limits], Iterator[Item]]] = {
    ".txt": _text,
    ".html": _html,
    ".htm": _html,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".json": json_files.elements,
    ".csv": tables.csv_rows,
}

KINDS = (*_READERS, ".parquet")
