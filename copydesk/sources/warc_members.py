"""The gzip members that a .warc.gz is a row of: one inflated with care, and the next that can be read."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from copydesk.sources import containers
from copydesk.sources.containers import Span
from copydesk.sources.limits import MIB, Limits

_MAGIC = b"\x1f\x8b\x08"
_START = b"WARC/"
_SCANNED = 65_536  # bytes at once in the search for the next member, which is seldom far
_FEED = 16_384  # compressed bytes at once, as containers has it

_DAMAGED = "damaged archive: {why}. Only what this member of the file held is lost; deliver it again."


def member(file: BinaryIO, at: int, limits: Limits) -> tuple[Span, str, int | None]:
    """Give the bytes of the member at `at`, what is wrong with it, and where the next begins (None: the file ends).

    Nothing is wrong with a member that is cut by the end of the file: its span says so.
    """
    file.seek(at)
    span, problem, end = _inflated(file, at, limits)
    if span.is_cut and next_member(file, at + 1) is not None:
        problem = _DAMAGED.format(why="the end of this member is missing")
    return span, problem, next_member(file, at + 1) if problem else end


def _inflated(file: BinaryIO, at: int, limits: Limits) -> tuple[Span, str, int | None]:
    span, inner, consumed = Span(at, limits), zlib.decompressobj(wbits=31), 0
    while data := file.read(_FEED):
        if not consumed and not data.startswith(_MAGIC):
            return (span, "", None) if _is_padding(data, file) else _stretch(file, at, limits)
        consumed += len(data)
        problem = ""
        try:
            span.add(inner.decompress(data))
        except zlib.error as error:
            problem = _DAMAGED.format(why=error)
        if span.size > max(limits.ratio_from_bytes, limits.ratio * consumed):
            problem = containers.expands(consumed, span.size, limits)
        elif not span.size and consumed > limits.header_bytes + _FEED:
            problem = _DAMAGED.format(why="its header has no end")
        if problem or inner.eof:
            return span, problem, at + consumed - len(inner.unused_data)
    span.is_cut = consumed > 0
    return span, "", None


def _is_padding(data: bytes, file: BinaryIO) -> bool:
    """Tell whether nothing but NULs follows, which is allowed after the last member."""
    while data and not data.strip(b"\0"):
        data = file.read(MIB)
    return not data


def _stretch(file: BinaryIO, at: int, limits: Limits) -> tuple[Span, str, int | None]:
    """Give the bytes from `at` to the next member: they belong to none."""
    end = next_member(file, at)
    file.seek(at)
    span, missing = Span(at, limits), -1 if end is None else end - at
    while missing and (block := file.read(MIB if missing < 0 else min(MIB, missing))):
        span.add(block)
        missing -= len(block) if missing > 0 else 0
    return span, _DAMAGED.format(why="no gzip member where one should begin"), None


def next_member(file: BinaryIO, after: int) -> int | None:
    """Give the next place from which on a member with a WARC record can be read."""
    file.seek(after)
    base, window = after, b""
    while block := file.read(_SCANNED):
        window += block
        at = window.find(_MAGIC)
        while at >= 0:
            if _begins_record(file, base + at):
                return base + at
            at = window.find(_MAGIC, at + 1)
        base, window = base + len(window) - len(_MAGIC) + 1, window[1 - len(_MAGIC) :]
        file.seek(base + len(window))
    return None


def _begins_record(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    try:
        return zlib.decompressobj(wbits=31).decompress(file.read(_FEED), len(_START)) == _START
    except zlib.error:
        return False
