"""The pages of WARC and WET files.

A compressed WARC is a row of gzip members, one for each record, and each has its own checksum: a damaged one costs
itself only. FastWARC reads them as long as all is well; it gives a short record where a file is cut, stops at the
first damaged member and says nothing of a header that is cut. So each record is held back until the next one
begins, and where FastWARC meets anything odd, `_member` reads that member with care and FastWARC goes on after
it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from copydesk.sources import containers, http
from copydesk.sources.containers import Content, Cut, Span
from copydesk.sources.http import Answer, Capture, Headers
from copydesk.sources.limits import Limits
from copydesk.sources.records import Found, Item, Page, Passed
from copydesk.sources.rejects import Bad, Raw, Unusable, raw
from copydesk.sources.values import fetched
from copydesk.sources.warc_members import member

# What belongs to every page and is none: requests, notes about the file and the capture.
_ENVELOPE = frozenset({"warcinfo", "request", "metadata"})
_DIGESTS = frozenset({"md5", "sha1", "sha256", "sha512"})

_LINE_ENDS = (b"\r", b"\n")
_START = b"WARC/"
_NEXT = re.compile(rb"\nWARC/\d\.\d\r?\n")
_NEXT_BYTES = 12  # the longest match of it
_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)

_TORN = "torn WARC: no record begins here. What follows the next beginning of a record was taken."
_WRONG_LENGTH = "torn WARC: its Content-Length is not where it ends. What follows the next beginning was taken."
_CUT = "truncated WARC: it ends inside this record. What came before was taken. Deliver the file again."


class _Record(NamedTuple):
    offset: int
    headers: Headers
    block: bytes
    """What follows the header lines; only its beginning where the record is too long."""


def stream(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the records of an uncompressed WARC; torn stretches between them are bad records."""
    yield from _cut(content.blocks(), limits)


def packed(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the records of a .warc.gz; their offset is that of their member in the compressed file, as in a CDX."""
    assert content.path is not None
    at: int | None = 0
    while at is not None:
        at, given = yield from _quickly(content.path, at, limits)
        if at == 0 and given is not None:
            containers.check(content.path, content.compression, limits)
            yield from _cut(content.blocks(), limits, given)  # compressed as a whole, with one checksum for all
            return
        at = yield from _member(content.path, at, limits, given or 0)


def _quickly(path: Path, at: int, limits: Limits) -> Generator[Item, None, tuple[int, int | None]]:
    """Give records from the member at `at` on; return the member that must be read with care, the last at least.

    Of a member that holds several records, return also how many of them were given; else None.
    """
    from fastwarc.warc import ArchiveIterator

    last: int | None = None
    held: tuple[int, Item | None] | None = None
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(at)
        records = iter(ArchiveIterator(file, parse_http=False))
        while True:
            try:
                record: Any = next(records, None)
                begun = size if record is None else record.stream_pos
                if held and begun == held[0]:
                    # FastWARC names the end of a member as the place of the second record in it
                    return (held[0], 0) if last is None else (last, 1)
                if record is None:
                    return (held[0] if held else at), None
                item = _of_fast(record, limits)
            except (OSError, ValueError, OverflowError):
                return (held[0] if held else at), None
            if held and held[1] is not None:
                yield held[1]
            if isinstance(item, Bad):
                return int(begun), None
            last, held = held[0] if held else None, (begun, item)


def _of_fast(record: Any, limits: Limits) -> Item | None:
    """Give the item of FastWARC's record, Bad where it is for `_member` to say."""
    nothing = Bad("", Raw(0, 0, "", b""))
    if record.content_length > limits.record_bytes:
        return nothing
    headers: dict[str, list[str]] = {}
    for name, value in record.headers.to_tuples():
        headers.setdefault(name.lower(), []).append(value)
    if _kind(headers) in _ENVELOPE:
        return None
    block = record.reader.read(record.content_length)
    if len(block) < record.content_length or len(block) > max(limits.ratio_from_bytes, limits.record_bytes):
        return nothing
    return _item(_Record(record.stream_pos, headers, block), lambda: nothing.raw, limits)


def _member(path: Path, at: int, limits: Limits, given: int) -> Generator[Item, None, int | None]:
    """Give the records of the one member at `at`, without those already given.

    Return where the next member begins, None at the end of the file.
    """
    with path.open("rb") as file:
        span, problem, end = member(file, at, limits)
        if span.size == 0 and not span.is_cut and not problem:
            return end
        if problem or span.is_long:
            passed = None if problem else _passed_long(span.data, limits)
            yield passed or Bad(problem or str(span.problem()), span.raw())
            return end
        for item in _cut(_then_cut(span), limits, given):
            yield _moved(item, at)
        return end


def _moved(item: Item, at: int) -> Item:
    if isinstance(item, Found):
        return item._replace(offset=at)
    return item._replace(raw=item.raw._replace(offset=at)) if isinstance(item, Bad) else item


def _then_cut(span: Span) -> Iterator[bytes]:
    yield span.data
    if span.is_cut:
        raise Cut


class _Buffer:
    """The bytes of a stream from the current record on."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = iter(stream)
        self.data = bytearray()
        self.offset = 0
        self.is_cut = False

    def more(self) -> bool:
        """Take one more block; tell whether there was one."""
        try:
            block = next(self._stream, None)
        except Cut:
            self.is_cut, block = True, None
        self.data += block or b""
        return block is not None

    def fill(self, size: int) -> bool:
        """Take so many bytes if the stream has them; tell whether it had."""
        while len(self.data) < size and self.more():
            pass
        return len(self.data) >= size

    def take(self, size: int) -> bytes:
        """Give the next bytes and go past them."""
        with memoryview(self.data) as view:
            taken = bytes(view[:size])
        del self.data[:size]
        self.offset += len(taken)
        return taken


def _cut(blocks: Iterable[bytes], limits: Limits, given: int = 0) -> Iterator[Item]:
    """Give the records in a stream of bytes, by their own word on where they end, where that can be true.

    The first `given` of them are left out.
    """
    buffer = _Buffer(blocks)
    while _at_record(buffer):
        size, length = _sizes(buffer, limits)
        if length is None:
            yield _torn(buffer, _TORN, limits)
        elif size + length > limits.record_bytes + limits.header_bytes:
            yield _long(buffer, size, length, limits)
        elif not _ends(buffer, size + length):
            yield _torn(buffer, _WRONG_LENGTH, limits)
        else:
            offset, data = buffer.offset, buffer.take(size + length)
            headers = http.headers_of(data[:size])
            given -= 1
            if given < 0 and _kind(headers) not in _ENVELOPE:
                yield _item(_Record(offset, headers, data[size:]), _raw(offset, data, limits), limits)
    if buffer.is_cut:
        yield Bad(_CUT, raw(buffer.offset, b"", limits))


def _raw(offset: int, data: bytes, limits: Limits) -> Callable[[], Raw]:
    return lambda: raw(offset, data, limits)


def _at_record(buffer: _Buffer) -> bool:
    """Skip the line ends before the next record; tell whether anything follows."""
    while True:
        while buffer.data[:1] in _LINE_ENDS:
            buffer.take(1)
        if buffer.data:
            return True
        if not buffer.more():
            return False


def _sizes(buffer: _Buffer, limits: Limits) -> tuple[int, int | None]:
    """Give the bytes of the header with its blank line, and those of the block; None where there is no header."""
    while True:
        if not buffer.data.startswith(_START[: len(buffer.data)]):
            return 0, None
        end, begin = http.blank_line(buffer.data, limits.header_bytes)
        if end >= 0:
            length = _LENGTH.search(buffer.data, 0, end)
            return begin, int(length[1]) if length else None
        if len(buffer.data) >= limits.header_bytes or not buffer.more():
            return 0, None


def _ends(buffer: _Buffer, size: int) -> bool:
    """Tell whether a record ends there: the stream does, or a line end follows."""
    if not buffer.fill(size):
        return False
    buffer.fill(size + 1)
    return bytes(buffer.data[size : size + 1]) in {b"", b"\r", b"\n"}


def _torn(buffer: _Buffer, reason: str, limits: Limits) -> Bad:
    """Give what stands before the next beginning of a record; at the end of a cut stream, that it is cut."""
    span, seen = Span(buffer.offset, limits), 1
    while (found := _NEXT.search(buffer.data, max(seen - _NEXT_BYTES, 0))) is None:
        seen = len(buffer.data)
        if seen > limits.record_bytes:
            span.add(buffer.take(seen - _NEXT_BYTES))
            seen = _NEXT_BYTES
        if not buffer.more():
            span.add(buffer.take(len(buffer.data)))
            buffer.is_cut, is_tail = False, True
            break
    else:
        span.add(buffer.take(found.start() + 1))
        is_tail = False
    is_record = span.data.startswith(_START[: max(len(span.data), 1)])
    return Bad(_CUT if is_tail and is_record else reason, span.raw())


def _long(buffer: _Buffer, size: int, length: int, limits: Limits) -> Item:
    """Give a record that is too long to be held: a bad one, if it is a page at all."""
    buffer.fill(size + limits.header_bytes)
    first = bytes(buffer.data[: size + limits.header_bytes])
    span, missing = Span(buffer.offset, limits), size + length
    while missing and buffer.fill(1):
        span.add(buffer.take(min(missing, len(buffer.data))))
        missing = size + length - span.size
    if missing:
        buffer.is_cut, span.is_cut = False, True
    return (not missing and _passed_long(first, limits)) or Bad(str(span.problem()), span.raw())


def _passed_long(first: bytes, limits: Limits) -> Passed | None:
    """Say that a long record is no page, by its beginning; None where it may be one."""
    head, block = http.split(first, limits)
    headers = http.headers_of(head)
    if _kind(headers) in _ENVELOPE:
        return Passed(f"WARC {_kind(headers)} record that is too long to be held")
    try:
        return _passed(headers, _answer(headers, block, limits))
    except Unusable:
        return None


def _kind(headers: Headers) -> str:
    return headers.get("warc-type", [""])[0].lower()


def _item(record: _Record, raw_of: Callable[[], Raw], limits: Limits) -> Item:
    """Give the page in a record, or what else it is."""
    headers = record.headers
    try:
        answer = _answer(headers, record.block, limits)
        if told := _passed(headers, answer):
            return told
        _compare_digest(record)
        made = _page(record, answer, limits)
        return made if isinstance(made, Passed) else Found(record.offset, made)
    except Unusable as error:
        return Bad(str(error), raw_of())


def _answer(headers: Headers, block: bytes, limits: Limits) -> Answer | None:
    """Give the HTTP answer in a response; None where it holds none by its own word."""
    is_http = _kind(headers) == "response" and _content_type(headers).startswith("application/http")
    return http.answer_in(block, limits) if is_http else None


def _passed(headers: Headers, answer: Answer | None) -> Passed | None:
    kind = _kind(headers)
    if kind == "continuation" or "warc-segment-number" in headers:
        raise Unusable("segmented record: its page is spread over several records. Let the crawler write it whole.")
    if kind not in {"response", "resource", "conversion"}:
        return Passed(f"WARC {kind[:40] or 'untyped'} record")
    return http.passed(answer) if answer else http.passed_type(_content_type(headers))


def _page(record: _Record, answer: Answer | None, limits: Limits) -> Page | Passed:
    headers = record.headers
    url = headers.get("warc-target-uri", [""])[0].strip("<>")
    at = fetched(headers.get("warc-date", [""])[0])
    if answer:
        return http.page_in(answer, url, at, limits)
    languages = headers.get("warc-identified-content-language", [""])[0]
    is_one = "," not in languages  # of several nobody knows which is the text's
    told = {"content-language": [languages]} if is_one else {}
    return http.document(record.block, Capture(url, at, _content_type(headers), told), limits)


def _content_type(headers: Headers) -> str:
    return headers.get("content-type", [""])[0].lower()


def _compare_digest(record: _Record) -> None:
    """Raise Unusable where the block is not what its digest says; that of the payload means different things."""
    name, _, told = record.headers.get("warc-block-digest", [""])[0].partition(":")
    name = name.lower().replace("-", "")
    if name not in _DIGESTS or not told:
        return
    digest = hashlib.new(name, record.block, usedforsecurity=False).digest()
    if told.strip().rstrip("=").lower() in {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}:
        return
    if told.strip() != binascii.b2a_base64(digest, newline=False).decode():
        raise Unusable(f"wrong digest: its {name} is not the one that its header names. Deliver the record again.")
