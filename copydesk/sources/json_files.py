"""The records of a .json file: one object, an array, objects one after another, or arrays inside an object."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping

from copydesk.sources import containers
from copydesk.sources.aliases import has_body
from copydesk.sources.charsets import Decoded, decode
from copydesk.sources.containers import Content
from copydesk.sources.limits import Limits
from copydesk.sources.records import EMPTY, Item, judged
from copydesk.sources.rejects import Bad, Unusable, raw

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")

# Where an element begins, where it ends, and what it is.
_Element = tuple[int, int, object]


def elements(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the records; where the JSON is torn, the elements before the tear, and the rest as one bad record."""
    span = containers.whole(content.blocks(), Limits(record_bytes=limits.json_bytes, kept_bytes=limits.kept_bytes))
    if span.is_long:
        raise Unusable(
            f"file too long for .json: {span.size} bytes where {limits.json_bytes} are allowed. Use JSON Lines."
        )
    decoded = decode(span.data, limits)
    if not decoded.text.strip():
        raise Unusable(EMPTY)
    bytes_of = _Encoder(decoded, span.size)
    found, end = _elements(decoded.text), 0
    try:
        for start, stop, value in found:
            offset, data = bytes_of(start, stop)
            end = stop
            yield judged(offset, value, data, limits, (decoded.charset, decoded.method, decoded.confidence))
    except (RecursionError, ValueError) as error:
        offset, tail = bytes_of(end, len(decoded.text))
        problem = f"torn JSON: {error}. What stands before it was taken. Deliver the file again."
        yield Bad(span.problem() or problem, raw(offset, tail, limits))


class _Encoder:
    """Finds the bytes of stretches of a decoded text, which must be asked for in order."""

    def __init__(self, decoded: Decoded, size: int) -> None:
        self._decoded = decoded
        self._at = 0
        mark = size - len(self._encoded(0, len(decoded.text)))
        self._offset = max(mark, 0) if decoded.method == "bom" else 0

    def __call__(self, start: int, stop: int) -> tuple[int, bytes]:
        offset = self._offset + len(self._encoded(self._at, start))
        data = self._encoded(start, stop)
        self._at, self._offset = stop, offset + len(data)
        return offset, data

    def _encoded(self, start: int, stop: int) -> bytes:
        return self._decoded.text[start:stop].encode(self._decoded.charset, "replace")


def _elements(text: str) -> Iterator[_Element]:
    at = _skipped(text, 0)
    while at < len(text):
        if text[at] == "[":
            at = yield from _array(text, at)
        else:
            value, stop = _DECODER.raw_decode(text, at)
            if isinstance(value, dict) and not has_body(value) and any(map(_is_feed, value.values())):
                yield from _members(text, at, value)
            else:
                yield at, stop, value
            at = stop
        at = _skipped(text, at)


def _array(text: str, at: int) -> Generator[_Element, None, int]:
    """Give the elements of the array at `at`; return the place behind it."""
    at = _skipped(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        value, stop = _DECODER.raw_decode(text, at)
        at, end = _skipped(text, stop), at
        yield end, stop, value
        if text[at : at + 1] == "]":
            return at + 1
        if text[at : at + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' or ']'", text, at)
        at = _skipped(text, at + 1)


def _members(text: str, at: int, wrapper: Mapping[str, object]) -> Iterator[_Element]:
    """Give the elements of the arrays of objects inside the (valid) object at `at`.

    news-please' feeds, fundus' save_to_file and JSON Feed put them there, under "articles", the publisher's name or
    "items". Where the objects of one array have a text, those of arrays without any (authors, hubs) are no records.
    """
    feeds = {key: value for key, value in wrapper.items() if isinstance(value, list) and _is_feed(value)}
    feeds = {key: value for key, value in feeds.items() if any(map(has_body, value))} or feeds
    at = _skipped(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skipped(text, _skipped(text, at) + 1)  # the colon
        if key in feeds:
            at = yield from _array(text, at)
        else:
            _, at = _DECODER.raw_decode(text, at)
        at = _skipped(text, at)
        at = _skipped(text, at + 1) if text[at] == "," else at


def _is_feed(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(element, dict) for element in value)


def _skipped(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
