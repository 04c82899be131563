"""What becomes of input that is not a page: the reason, with the bytes it speaks of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from copydesk.sources.limits import MIB, Limits


class Unusable(Exception):  # noqa: N818  it ends up as a row of quarantine, not as an error
    """A record, or a whole file, is no page; the message says what is wrong and what to do."""


class Raw(NamedTuple):
    """The bytes of one input record: where, how many, which, and their beginning."""

    offset: int
    size: int
    sha256: str
    kept: bytes


class Bad(NamedTuple):
    """One input record that goes to quarantine."""

    reason: str
    raw: Raw
    member: str = ""


def raw(offset: int, data: bytes, limits: Limits) -> Raw:
    """Give the record that `data` holds whole."""
    return Raw(offset, len(data), hashlib.sha256(data).hexdigest(), data[: limits.kept_bytes])


def raw_file(path: Path, limits: Limits) -> Raw:
    """Give a file as one record; without bytes where it cannot be read."""
    digest, size, kept = hashlib.sha256(), 0, b""
    try:
        with path.open("rb") as file:
            kept = file.read(limits.kept_bytes)
            file.seek(0)
            while block := file.read(MIB):
                digest.update(block)
                size += len(block)
    except OSError:
        return Raw(0, 0, hashlib.sha256().hexdigest(), b"")
    return Raw(0, size, digest.hexdigest(), kept)
