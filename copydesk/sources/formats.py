"""The records of one file or member of an archive, each as a page or as a bad record."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from copydesk.sources import archives, containers, feeds, json_files, kinds, mail, records, tables, warc
from copydesk.sources.containers import Content, Cut, Span
from copydesk.sources.limits import Limits
from copydesk.sources.records import Found, Item, Passed, judged
from copydesk.sources.rejects import Bad, Unusable, raw, raw_file

_Reader = Callable[[Content, Limits], Iterator[Item]]


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
    with path.open("rb") as file:
        compression = kinds.compression_of(file.read(4))
    content = containers.of_file(path, compression)
    head = content.head()
    kind = kinds.kind_of(head, path.name)
    if not compression and kinds.broken_compression(head, path.name):
        raise Unusable("damaged archive: it does not begin as its name says. Deliver the file again.")
    if kind == "warc" and compression == ".gz":
        yield from warc.packed(content, limits)  # checks each record by itself
        return
    if compression:
        containers.check(path, compression, limits)
    yield from _read(content, head, kind, limits)


def _read(content: Content, head: bytes, kind: str, limits: Limits) -> Iterator[Item]:
    if not kind:
        raise Unusable(
            f"not read: it is {kinds.described(head)}. Take it out, or deliver its pages in another form."
        )
    if kind in _ARCHIVES:
        for member in _ARCHIVES[kind](content, limits):
            yield from _of_member(member, limits)
    else:
        yield from _READERS[kind](content, limits)


def _of_member(member: archives.Member | Item, limits: Limits) -> Iterator[Item]:
    """Give the records of a member of an archive, or what stands in its place."""
    if not isinstance(member, archives.Member):
        yield member
        return
    content = replace(member.content, name=member.content.name.rpartition("/")[2])
    try:
        for item in _inside(content, limits):
            yield item if isinstance(item, Passed) else item._replace(member=member.content.name)
    except (Unusable, Cut) as error:
        reason = containers.CUT if isinstance(error, Cut) else str(error)
        yield Bad(reason, member.raw(limits), member.content.name)


def _inside(content: Content, limits: Limits) -> Iterator[Item]:
    head = content.head()
    if compression := kinds.compression_of(head):
        packed = content
        content = replace(content, blocks=lambda: containers.unpacked(packed, compression, limits))
        with suppress(Cut):
            for _ in content.blocks():  # to its end, as a file is checked before any record goes on
                pass
        head = content.head()
    kind = kinds.kind_of(head, content.name)
    if not head:
        raise Unusable(records.EMPTY)
    if kind in _ARCHIVES:
        raise Unusable("nested archive: an archive inside an archive is not opened. Unpack the outer one.")
    if kinds.is_input(content.name, kind):
        yield from _read(content, head, kind, limits)
    else:
        yield Passed(f"member: {kinds.described(head)}")


def again(data: bytes, name: str, offset: int, limits: Limits) -> Iterator[Item]:
    """Give every record in the kept bytes of one that could not be read, which began at `offset` of a file.

    Unusable where the bytes alone do not tell what they are: what a record is, its file says.
    """
    content = packed = containers.of_bytes(name, data)
    if compression := kinds.compression_of(data):
        content = replace(packed, blocks=lambda: containers.unpacked(packed, compression, limits))
    head = content.head()
    kind, promised = "feed" if _ENTRY.match(head) else kinds.kind_of(head, name), kinds.promised(name)
    is_part = offset > 0 and kind in _WHOLE
    if is_part or (kind in _UNMARKED and promised in {"", "parquet"}):
        raise Unusable(_NOT_ALONE)
    try:
        yield from _read(content, head, kind, limits)
    except (Unusable, Cut) as error:
        reason = containers.CUT if isinstance(error, Cut) else str(error)
        yield Bad(reason, raw(0, data, limits))


def one_page(data: bytes, name: str, limits: Limits) -> Item:
    """Give the one record that the bytes of a text, HTML or mail file are; Bad for a file of another kind."""
    kind = kinds.kind_of(data[: kinds.HEAD_BYTES], name)
    return next(
        (item for item in _SINGLE[kind](containers.of_bytes(name, data), limits) if not isinstance(item, Passed)),
        Bad(records.EMPTY, raw(0, data, limits)),
    )


def _text(content: Content, limits: Limits) -> Iterator[Item]:
    yield _document(content, limits, is_html=False)


def _html(content: Content, limits: Limits) -> Iterator[Item]:
    yield _document(content, limits, is_html=True)


def _document(content: Content, limits: Limits, *, is_html: bool) -> Item:
    span = containers.whole(content.blocks(), limits)
    if problem := span.problem():
        return Bad(problem, span.raw())
    try:
        return Found(0, records.file_page(span.data, limits, is_html=is_html))
    except Unusable as error:
        return Bad(str(error), span.raw())


def _jsonl(content: Content, limits: Limits) -> Iterator[Item]:
    """Give a record for every line that is not blank; one bad line costs nothing but itself."""
    is_empty = True
    for span in containers.lines(content.blocks(), limits):
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


# Kinds that are one page each.
_SINGLE: Mapping[str, _Reader] = {"text": _text, "html": _html, "mail": mail.pages}

_READERS: Mapping[str, _Reader] = {
    **_SINGLE,
    "jsonl": _jsonl,
    "json": json_files.elements,
    "csv": tables.csv_rows,
    "parquet": tables.parquet,
    "feed": feeds.entries,
    "warc": warc.stream,
}

# What a row of quarantine alone does not tell: a line of a table without the names of its columns, a torn line that
# looks like a text of its own, a row of Parquet, which is shown as JSON.
_WHOLE = frozenset({*_SINGLE, "csv"})
_UNMARKED = frozenset({"text", "csv", "json", "jsonl"})
_NOT_ALONE = "the record alone does not tell how its file was to be read"
_ENTRY = re.compile(rb"\s*<(?:[a-zA-Z]+:)?(?:item|entry)[\s>]")

_ARCHIVES = {"zip": archives.zipped, "tar": archives.tarred}
