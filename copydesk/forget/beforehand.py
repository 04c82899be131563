"""Looks, before anything is forgotten, whether all can be: nothing is damaged, nothing a stranger's.

A plan that is written down is finished by every later run first, so one that cannot be finished must not begin.
"""

from __future__ import annotations

from pathlib import Path

from copydesk import catalog, held, verify
from copydesk.checksums import file_digest, sheet_of
from copydesk.store import Store, read_manifest
from transforms.errors import StoreError

HELD = (held.NOTE, catalog.NAME, sheet_of(Path(catalog.NAME)).name)  # beside what the manifest names


def check(store: Store) -> None:
    """Raise StoreError where a version or what the gate held cannot be made anew without losing something."""
    for folder in sorted(store.versions.glob("[0-9]*")):
        if folder.name.isdecimal():
            check_tables(store, folder)
            check_strangers(folder)
    check_strangers(store.published / held.FOLDER, *HELD)


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


def check_strangers(folder: Path, *besides: str) -> None:
    """Raise StoreError where a folder that is to be replaced holds what copydesk did not put there."""
    for fault in verify.strange_faults(folder, *besides):
        raise StoreError(
            f"{fault.file}: no copydesk put it there, and it would go with the folder; look whether it tells of "
            "what is to be forgotten, move it elsewhere or delete it, then forget the article again, or "
            "copydesk forget --resume"
        )
