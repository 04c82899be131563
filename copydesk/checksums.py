"""Checksums of what lies in the data folder, kept beside it in sheets that have a checksum of their own.

    <folder>/checksums.json             the files of a folder that appeared at once
    <file>.checksums.json               one file; while it is replaced, also what it was before

A sheet is written before what it speaks of appears, so that nothing is ever there without one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SHEET = "checksums.json"
SEAL = "sha256"  # in JSON of ours: the checksum of all the rest of it


def sealed(told: Mapping[str, Any]) -> str:
    """Give the JSON that says this and, as its last field, the checksum of what it says."""
    return _text({**told, SEAL: hashlib.sha256(_text(told).encode()).hexdigest()})


def unsealed(text: str) -> dict[str, Any]:
    """Give what sealed JSON says, without its seal; ValueError where one bit of it is another.

    >>> unsealed(sealed({"rows": 2}))
    {'rows': 2}
    >>> unsealed(sealed({"rows": 2}).replace("2", "3"))
    Traceback (most recent call last):
    ValueError: its checksum is that of another text
    """
    told = json.loads(text)
    if not isinstance(told, dict) or SEAL not in told:
        raise ValueError("it has no checksum")
    del told[SEAL]
    if sealed(told) != text:
        raise ValueError("its checksum is that of another text")
    return told


def sheet_of(file: Path) -> Path:
    """Give the sheet of a single file."""
    return file.with_name(f"{file.name}.{SHEET}")


def sheet(digests: Mapping[str, list[str]]) -> str:
    """Give the text of a sheet: name of a file -> its SHA-256, or several that may hold."""
    return sealed({"files": dict(sorted(digests.items()))})


def read(file: Path) -> dict[str, list[str]]:
    """Give what a sheet says; ValueError where it is damaged, OSError where it cannot be read."""
    return dict(unsealed(file.read_bytes().decode())["files"])


def file_digest(file: Path) -> str:
    """Give the SHA-256 of a file's bytes in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _text(told: Mapping[str, Any]) -> str:
    return json.dumps(told, indent=1) + "\n"
