"""The page in an HTTP answer, as it came over the wire."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from copydesk.sources import kinds
from copydesk.sources.containers import ZSTD_WINDOW
from copydesk.sources.limits import Limits
from copydesk.sources.records import Page, Passed, file_page
from copydesk.sources.rejects import Unusable
from transforms.addresses import address_of, host_of
from transforms.strings import label

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_FULL = frozenset({200, 203})  # 203: changed on the way, but a page
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = "text/plain"
_UNTOLD = frozenset({"", "application/octet-stream", "application/x-unknown", "unknown/unknown"})
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"',]+)""", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_DEFLATE = 8  # the method in the first byte of zlib's wrapper, which `deflate` has or has not

Headers = Mapping[str, list[str]]
"""Values by name in lower case, in the order in which they came."""


class Answer(NamedTuple):
    """Status, headers and body of an HTTP answer."""

    status: int
    headers: Headers
    body: bytes


class Capture(NamedTuple):
    """What a crawler says of a document: its address, when it was taken, its type, what else its headers say."""

    url: str | None
    fetched_at: datetime | None
    content_type: str
    headers: Headers


def blank_line(data: bytes | bytearray, most: int) -> tuple[int, int]:
    """Give where the first blank line in the first `most` bytes begins and ends; -1 and the end where none is."""
    at = data.find(b"\r\n\r\n", 0, most)
    bare = data.find(b"\n\n", 0, at if at >= 0 else most)
    if bare >= 0:
        return bare, bare + 2
    return (at, at + 4) if at >= 0 else (-1, len(data))


def split(data: bytes, limits: Limits) -> tuple[bytes, bytes]:
    """Give what stands before and behind the first blank line; all of it before where there is none."""
    end, begin = blank_line(data, limits.header_bytes)
    return (data if end < 0 else data[:end]), data[begin:]


def headers_of(lines: bytes) -> Headers:
    r"""Give header lines, folded ones joined; what is no header line is left out.

    >>> headers_of(b"A: b\r\n c\r\nA:d\r\n")
    {'a': ['b c', 'd']}
    """
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for line in lines.decode("utf-8", "replace").split("\n"):
        if line[:1] in {" ", "\t"} and last:
            last[-1] = f"{last[-1]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = found.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return found


def answer_in(data: bytes, limits: Limits) -> Answer:
    """Give the answer that the bytes are; Unusable where they do not begin with a status line."""
    head, body = split(data, limits)
    status = _STATUS.match(head)
    if status is None:
        raise Unusable("no HTTP answer: it does not begin with a status line. Check the crawler that wrote it.")
    return Answer(int(status[1]), headers_of(head), body)


def passed(answer: Answer) -> Passed | None:
    """Say that an answer is no page, by its status or type; None where it may be one."""
    if answer.status not in _FULL:
        return Passed(f"HTTP status {answer.status}")
    return passed_type(_first(answer.headers, "content-type"))


def passed_type(content_type: str) -> Passed | None:
    """Say that a document is no page, by its media type; None where it may be one."""
    media_type = _media_type(content_type)
    known = media_type in _HTML or media_type == _TEXT or media_type in _UNTOLD
    return None if known else Passed(f"document of type {label(media_type)[:60]}")


def page_in(answer: Answer, url: str | None, fetched_at: datetime | None, limits: Limits) -> Page | Passed:
    """Give the page in an answer, with what its headers say of it; raise Unusable where it has no text."""
    content_type = _first(answer.headers, "content-type")
    return document(_content(answer, limits), Capture(url, fetched_at, content_type, answer.headers), limits)


def document(body: bytes, capture: Capture, limits: Limits) -> Page | Passed:
    """Give the page in a document of a known or unknown media type."""
    media_type = _media_type(capture.content_type)
    if media_type in _HTML:
        is_html = True
    else:
        kind = kinds.kind_of(body[: kinds.HEAD_BYTES], ".txt" if media_type == _TEXT else "")
        if media_type != _TEXT and kind not in {"html", "text"}:
            return Passed(f"document of no type, it is {kinds.described(body[: kinds.HEAD_BYTES])}"[:100])
        is_html = kind == "html"
    made = file_page(body, limits, is_html=is_html, declared=_charset(capture.content_type))
    url = address_of(capture.url or "")
    headers = capture.headers
    return made._replace(
        site=host_of(url or ""),
        url=url,
        fetched_at=capture.fetched_at,
        modified=_told(headers, "last-modified"),
        robots=_told(headers, "x-robots-tag"),
        tdm_reservation=_told(headers, "tdm-reservation"),
        language=_told(headers, "content-language"),
    )


def _told(headers: Headers, name: str) -> str | None:
    """Give all values of a header as one line; None where there is none."""
    return label(", ".join(headers[name])) or None if name in headers else None


def _content(answer: Answer, limits: Limits) -> bytes:
    """Give the body without its transfer and content encoding; many crawlers took them off and left the headers."""
    body = answer.body
    if "chunked" in _first(answer.headers, "transfer-encoding").lower():
        body = _joined(body)
    for coding in reversed(_first(answer.headers, "content-encoding").lower().split(",")):
        body = _decoded(body, coding.strip(), limits)
    return body


def _joined(body: bytes) -> bytes:
    """Give the chunks as one, up to where they stop being chunks; the body itself where it has none."""
    parts, at = [], 0
    while (size := _CHUNK.match(body, at)) is not None:
        end = size.end() + int(size[1], 16)
        parts.append(body[size.end() : end])
        at = end + 2 if body[end : end + 2] == b"\r\n" else end + 1
        if end == size.end() or end >= len(body):
            break
    return b"".join(parts) if parts else body


def _decoded(body: bytes, coding: str, limits: Limits) -> bytes:
    """Give the body without one content encoding; as it is where it does not have it."""
    try:
        if coding in {"gzip", "x-gzip"} and body.startswith(b"\x1f\x8b"):
            data = _inflated(body, zlib.MAX_WBITS | 16, limits)
        elif coding == "deflate" and not _is_text(body):
            is_wrapped = body[0] & 0x0F == _DEFLATE and int.from_bytes(body[:2], "big") % 31 == 0
            data = _inflated(body, zlib.MAX_WBITS if is_wrapped else -zlib.MAX_WBITS, limits)
        elif coding == "br" and not _is_text(body):
            from fastwarc.stream_io import BrotliReader

            data = BrotliReader(io.BytesIO(body)).read(limits.record_bytes + 1)
        elif coding == "zstd" and body.startswith(b"\x28\xb5\x2f\xfd"):
            from zstandard import ZstdDecompressor, ZstdError

            try:
                reader = ZstdDecompressor(max_window_size=ZSTD_WINDOW).stream_reader(body, read_across_frames=True)
                data = reader.read(limits.record_bytes + 1)
            except ZstdError as error:
                raise ValueError(error) from error
        else:
            return body
    except (zlib.error, OSError, ValueError) as error:
        raise Unusable(f"damaged HTTP body: {coding}, {error}. Deliver the page again.") from error
    if len(data) > limits.record_bytes:
        raise Unusable(f"expands too much: its {coding} body gives more than {limits.record_bytes} bytes.")
    return data


def _inflated(body: bytes, wbits: int, limits: Limits) -> bytes:
    inner = zlib.decompressobj(wbits)
    data = inner.decompress(body, limits.record_bytes + 1)
    if not inner.eof and len(data) <= limits.record_bytes:
        raise ValueError("it ends too early")
    return data


def _is_text(body: bytes) -> bool:
    return kinds.kind_of(body[:4_096], "") != ""


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _charset(content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    return found[1] if found else None


def _first(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""
