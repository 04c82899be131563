"""Blocks of a plain, gzip or zstd file, and the stretches of bytes that records are cut from.

A compressed file is read twice. The first pass only checks it: a wrong checksum or a forbidden expansion
makes the whole file unusable before any of its records went on, because nobody knows which byte is wrong.
A file that merely ends too early is usable up to the cut.
"""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from copydesk.sources.kinds import HEAD_BYTES
from copydesk.sources.limits import MIB, Limits
from copydesk.sources.rejects import Raw, Unusable

# `zstd --long` without further options; more would let a file claim any amount of memory.
ZSTD_WINDOW = 128 * MIB


CUT = (
    "truncated archive: the compressed data stops before its end mark. What came before this record was taken. "
    "Deliver the file again."
)


class Cut(Exception):  # noqa: N818  an end, not an error: what came before it is good
    """The compressed data ends before its end mark."""


@dataclass(frozen=True)
class Content:
    """What a reader gets: a file, or a member of an archive, with the compression it has as a whole taken off."""

    name: str
    blocks: Callable[[], Iterator[bytes]]
    """Gives its bytes from the beginning, in blocks; raises Cut after the last where the end is missing."""
    path: Path | None = None
    """The file itself; None for a member of an archive."""
    compression: str = ""
    """Of the file itself: .gz, .zst or nothing."""

    def head(self) -> bytes:
        """Give the first bytes, fewer where a cut or damaged file gives no more; whoever reads it all says so."""
        parts: list[bytes] = []
        try:
            for block in self.blocks():
                parts.append(block[:HEAD_BYTES])
                if sum(map(len, parts)) >= HEAD_BYTES:
                    break
        except (Cut, Unusable):
            pass
        return b"".join(parts)[:HEAD_BYTES]

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        """Give the file itself, or its bytes in a nameless temporary file: some formats are read from their end."""
        if self.path is not None and not self.compression:
            with self.path.open("rb") as file:
                yield file
            return
        with tempfile.TemporaryFile() as spool:
            for block in self.blocks():
                spool.write(block)
            yield spool


def of_file(path: Path, compression: str) -> Content:
    """Give a file without its compression."""
    return Content(path.name, lambda: blocks(path, compression), path, compression)


def of_bytes(name: str, data: bytes) -> Content:
    """Give bytes in memory as the content of a file of this name."""
    return Content(name, lambda: iter([data] if data else []))


def blocks(path: Path, compression: str) -> Iterator[bytes]:
    """Give the file's bytes in order, decompressed; raise Cut after the last where its end is missing."""
    with path.open("rb") as file:
        if compression:
            yield from (block for block, _ in _expanded(file, compression))
        else:
            while block := file.read(MIB):
                yield block


def check(path: Path, compression: str, limits: Limits) -> None:
    """Raise Unusable where a compressed file is damaged or expands too much; a cut one passes."""
    try:
        with path.open("rb") as file:
            for _ in _bounded(file, compression, limits):
                pass
    except Cut:
        return


def unpacked(content: Content, compression: str, limits: Limits) -> Iterator[bytes]:
    """Give the bytes of a compressed member of an archive; Unusable where it is damaged or expands too much."""
    yield from _bounded(Reader(content.blocks()), compression, limits)


class Reader:
    """Reads blocks as a file is read, in any sizes, forwards only."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Give the next bytes, fewer only at the end; what stands before a Cut is given before it is raised."""
        parts: list[bytes] = []
        missing = size
        while missing:
            if not self._rest:
                try:
                    self._rest = memoryview(next(self._stream, b""))
                except Cut:
                    if parts:
                        self._stream = _raising()
                        break
                    raise
                if not self._rest:
                    break
            parts.append(bytes(self._rest[:missing]))
            self._rest = self._rest[missing:]
            missing -= len(parts[-1])
        return b"".join(parts)


def _raising() -> Iterator[bytes]:
    raise Cut
    yield b""


def _bounded(file: BinaryIO | Reader, compression: str, limits: Limits) -> Iterator[bytes]:
    size = 0
    for block, consumed in _expanded(file, compression):
        size += len(block)
        if size > max(limits.ratio_from_bytes, limits.ratio * consumed):
            raise Unusable(expands(consumed, size, limits))
        yield block


def expands(consumed: int, size: int, limits: Limits) -> str:
    """Say that compressed data expands more than is allowed."""
    return (
        f"expands too much: {consumed} compressed bytes give more than {size}, over {limits.ratio} times. If the "
        "file is genuine, deliver it uncompressed."
    )


class _Codec(NamedTuple):
    new: Callable[[], Any]
    error: type[Exception]
    feed: int  # bytes fed at once; they bound what one call returns


def _codec(compression: str) -> _Codec:
    if compression == ".gz":
        # deflate expands at most 1032 times, which makes 17 MB a call
        return _Codec(lambda: zlib.decompressobj(wbits=31), zlib.error, 16_384)
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
    # 4 bytes may stand for a block of 128 KiB, which makes 32 MiB a call; output buffers beyond 64 KiB are
    # allocated anew by every call, which halves the speed
    return _Codec(lambda: reader.decompressobj(write_size=65_536), zstandard.ZstdError, 1_024)


def _expanded(file: BinaryIO | Reader, compression: str) -> Iterator[tuple[bytes, int]]:
    """Give each decompressed block with the number of compressed bytes read so far."""
    codec, consumed, inner = _codec(compression), 0, None
    while data := file.read(codec.feed):
        consumed += len(data)
        while data:
            if inner is None and not data.strip(b"\0"):
                break  # padding after the end is allowed
            inner = inner or codec.new()
            if block := _decompress(inner, data, codec):
                yield block, consumed
            data = inner.unused_data if inner.eof else b""
            inner = None if inner.eof else inner
    if inner is not None:
        raise Cut


def _decompress(inner: Any, data: bytes, codec: _Codec) -> bytes:
    try:
        return bytes(inner.decompress(data))
    except codec.error as error:
        raise Unusable(
            f"damaged archive: {error}. None of its records were taken, since any may be wrong. Deliver the file "
            "again."
        ) from error


class Span:
    """A growing stretch of bytes; past the longest record it keeps only its beginning and its hash."""

    def __init__(self, offset: int, limits: Limits) -> None:
        self.offset = offset
        self.size = 0
        self.is_cut = False
        self._parts: list[bytes] = []
        self._digest: Any = None
        self._limits = limits

    def add(self, part: bytes) -> None:
        """Append `part`."""
        self.size += len(part)
        if self._digest is not None:
            self._digest.update(part)
            return
        self._parts.append(part)
        if self.size > self._limits.record_bytes:
            self._digest = hashlib.sha256()
            for earlier in self._parts:
                self._digest.update(earlier)
            self._parts = [self._beginning()]

    def _beginning(self) -> bytes:
        kept, missing = [], self._limits.kept_bytes
        for part in self._parts:
            kept.append(part[:missing])
            missing -= len(kept[-1])
        return b"".join(kept)

    @property
    def is_long(self) -> bool:
        """Longer than a record may be; its data is gone."""
        return self._digest is not None

    @property
    def data(self) -> bytes:
        """The bytes; only their beginning where the span is too long."""
        if len(self._parts) != 1:
            self._parts = [b"".join(self._parts)]
        return self._parts[0]

    def raw(self) -> Raw:
        """Give the span as a record for quarantine."""
        digest = self._digest or hashlib.sha256(self.data)
        return Raw(self.offset, self.size, digest.hexdigest(), self.data[: self._limits.kept_bytes])

    def problem(self) -> str | None:
        """Say why the span cannot be a record, or None."""
        if self.is_cut:
            return CUT
        if self.is_long:
            return (
                f"record too long: {self.size} bytes where {self._limits.record_bytes} are allowed. "
                "Check that records are separated by line feeds."
            )
        return None


def lines(stream: Iterable[bytes], limits: Limits) -> Iterator[Span]:
    r"""Give the stretches between line feeds, without them; the last one only if it is not empty.

    Where the archive is cut, the last span is what came after the last line feed, possibly nothing.

    >>> [(span.offset, span.data) for span in lines([b"ab", b"c\n\nd"], Limits())]
    [(0, b'abc'), (4, b''), (5, b'd')]
    """
    span = Span(0, limits)
    try:
        for block in stream:
            start = 0
            while (end := block.find(b"\n", start)) >= 0:
                span.add(block[start:end])
                yield span
                span = Span(span.offset + span.size + 1, limits)
                start = end + 1
            if start < len(block):
                span.add(block[start:])
    except Cut:
        span.is_cut = True
    if span.size or span.is_cut:
        yield span


def whole(stream: Iterable[bytes], limits: Limits) -> Span:
    """Give all of the stream as one span."""
    span = Span(0, limits)
    try:
        for block in stream:
            span.add(block)
    except Cut:
        span.is_cut = True
    return span
