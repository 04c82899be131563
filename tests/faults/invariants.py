"""What holds after every fault: I1 to I5 of the fault list, told from the files alone, by no other code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

Files = Mapping[str, tuple[int, int, str]]  # name -> mode, time of change, digest


class Broken(AssertionError):  # noqa: N818  # it is what a test says
    """An invariant does not hold; the message says which and where."""


def files_of(folder: Path) -> Files:
    """Give what a folder of inputs holds (I5)."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.lstat().st_mtime_ns, digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def digest(file: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def assert_invariants(root: Path, inbox: Path, before: Files) -> int:
    """Give the number of the current version, in which everything holds; Broken says what does not."""
    version = assert_whole(root)
    assert_conserved(root)
    if files_of(inbox) != before:
        raise Broken(f"I5: the inputs in {inbox} are not what they were")
    return version


def assert_whole(root: Path) -> int:
    """Give the number of the version that the pointer names, which is there, whole and unmixed (I1)."""
    version = int((root / "published" / "current").read_text(encoding="ascii"))
    folder = root / "published" / "versions" / f"{version:06d}"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told = {table["file"]: table["sha256"] for table in manifest["tables"]}
    found = {file.name: digest(file) for file in sorted(folder.glob("*.parquet"))}
    if manifest["version"] != version or told != found:
        wrong = sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name))
        raise Broken(f"I1: {folder} is not what its manifest says: {', '.join(wrong)}")
    return version


def assert_catalog(root: Path) -> None:
    """Raise Broken where the views that analysts see are not those of the version that holds."""
    with duckdb.connect(str(root / "published" / "news.duckdb"), read_only=True) as connection:
        (shown,) = connection.execute("select version_id from version").fetchone() or ("",)
        connection.execute("select count(*) from articles").fetchall()
    if int(shown) != assert_whole(root):
        raise Broken(f"I1: the catalog shows version {shown}")


def assert_conserved(root: Path) -> None:
    """Raise Broken where a record of an edition is neither an article, nor repeated, nor quarantined (I2)."""
    folder = current(root)
    quarantined: dict[object, int] = {}
    for edition in pq.read_table(folder / "quarantine.parquet")["edition"].to_pylist():
        quarantined[edition] = quarantined.get(edition, 0) + 1
    articles: dict[object, int] = {}
    for edition in pq.read_table(folder / "articles.parquet")["edition"].to_pylist():
        articles[edition] = articles.get(edition, 0) + 1
    for row in pq.read_table(folder / "editions.parquet").to_pylist():
        day = row["edition"]
        known = [name for name in row if name.endswith(("_records", "_pages"))]
        parts = articles.get(day, 0) + quarantined.get(day, 0) + sum(row[name] for name in known)
        if row["records"] != parts:
            raise Broken(f"I2: edition {day} has {row['records']} records, of which {parts} are accounted for")


def assert_told(code: int, text: str, *words: str, expected: Iterable[int]) -> None:
    """Raise Broken where a command did not end with one of these codes, or its message lacks a word (I3)."""
    if code not in tuple(expected):
        raise Broken(f"I3: exit code {code}, not {tuple(expected)}: {text.strip()[-600:]}")
    for word in words:
        if word not in text:
            raise Broken(f"I3: the message does not say {word!r}: {text.strip()[-600:]}")


def current(root: Path) -> Path:
    """Give the folder of the version that holds."""
    version = int((root / "published" / "current").read_text(encoding="ascii"))
    return root / "published" / "versions" / f"{version:06d}"


def tables(root: Path) -> dict[str, str]:
    """Give the digest of each published table (I4)."""
    return {file.name: digest(file) for file in sorted(current(root).glob("*.parquet"))}


def staged_leftovers(root: Path) -> list[str]:
    """Give what lies half done below a data root."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("staging-*"))
