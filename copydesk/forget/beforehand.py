"""Looks, before anything is forgotten, whether all can be: nothing is damaged.

A plan that is written down is finished by every later run first, so one that cannot be finished must not begin.
"""

from __future__ import annotations

from pathlib import Path

from copydesk.checksums import file_digest
from copydesk.store import Store, read_manifest
from transforms.errors import StoreError


def check(store: Store) -> None:
    """Raise StoreError where a version cannot be made anew."""
    for folder in sorted(store.versions.glob("[0-9]*")):
        if folder.name.isdecimal():
            check_tables(store, folder)


def check_tables(store: Store, folder: Path) -> None:
    """Raise StoreError where a table of a version is not as it was written: nobody can tell what it holds."""
    for table in read_manifest(folder / "manifest.json").tables:
        file = folder / table["file"]
        if not file.exists() or file_digest(file) != table["sha256"]:
            remedy = f"move {folder} out of the data folder, where nobody needs that version"
            if folder == store.version_folder(store.pointed()):
                remedy = "`copydesk verify --repair` makes a whole version of what the stage has"
            raise StoreError(
                f"{file}: gone or damaged, so nothing was forgotten; {remedy}; then forget the article again"
            )
