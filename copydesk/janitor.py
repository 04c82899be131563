"""Removes versions that nobody needs any more, then what the stage holds for none of those that are kept.

Kept are the newest versions, the newest of each month, the current one, and what was current within the grace time
or is held open. Of the stage, what a kept version names, and what is younger than the grace time: it may be the
work of a run that was stopped and will go on. A folder is renamed before it is removed, so that none is ever there
in part.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from copydesk import folding, held, locks
from copydesk.checksums import SHEET, sheet_of
from copydesk.folding import Shelf
from copydesk.settings import Settings
from copydesk.store import STAGING, Manifest, Staged, Store, read_manifest, sync_folder
from copydesk.versions import published_at
from transforms.errors import StoreError

PARTS = ("pages/*", "shards/*", "memory/*", "fingerprints/*/*", "index/*", "alignments/*", "comparisons/*")
log = logging.getLogger("copydesk")


def tidy(store: Store, settings: Settings, *, now: dt.datetime | None = None) -> None:
    """Remove what is not needed any more; call it only while holding the lock, with nothing half staged.

    What cannot be removed stays, with a line in the log: the version that was just made is none the worse for it.
    """
    since = (now or dt.datetime.now(dt.UTC)) - dt.timedelta(hours=settings.grace_hours)
    try:
        gone = [number for number in _past(store, settings.keep_versions, since) if retire(store, number)]
        freed = list(_needless(store, since))
        for part in freed:
            remove(part)
        _remove_empty(store)
    except (OSError, StoreError) as error:
        log.warning("janitor: stopped (%s); the next run tries again", error)
        return
    if gone or freed:
        log.info("janitor: removed %d versions, %d parts of the stage", len(gone), len(freed))


def retire(store: Store, number: int) -> bool:
    """Remove a version and say whether it could be: not while it is held open."""
    folder = store.version_folder(number)
    if locks.is_read(store.manifest_file(number)):
        return False
    _remove_folder(folder, aside=store.published)  # a reader who lists the versions sees no half of it
    return True


def remove(part: Path) -> None:
    """Remove a folder of the stage, or a file and then the sheet beside it."""
    if part.is_dir():
        _remove_folder(part, aside=part.parent)
        return
    part.unlink(missing_ok=True)
    if not part.name.endswith(SHEET):
        sheet_of(part).unlink(missing_ok=True)


def _past(store: Store, keep: int, since: dt.datetime) -> list[int]:
    """Give the versions that need not be kept, oldest first."""
    numbers = store.numbers()
    born = {number: published_at(store, number) for number in numbers}
    of_month = {born[number][:7]: number for number in numbers}.values()
    kept = {*numbers[-keep:], *of_month, store.pointed()}
    left = _left(store, born)
    return [number for number in numbers if number not in kept and left[number] < since]


def _left(store: Store, born: dict[int, str]) -> dict[int, dt.datetime]:
    """Give when each version was current for the last time, or no version came after it: the end of time."""
    moves = [(when, number) for number, when in sorted(born.items())]
    moves = sorted([*moves, *((note["at"], note["to"]) for note in store.rollbacks())], key=lambda move: move[0])
    ends = [dt.datetime.fromisoformat(when) for when, _ in moves[1:]] + [dt.datetime.max.replace(tzinfo=dt.UTC)]
    return dict.fromkeys(born, ends[-1]) | {number: end for (_, number), end in zip(moves, ends, strict=True)}


def _needless(store: Store, since: dt.datetime) -> Iterator[Path]:
    """Give the parts of the stage that no kept version needs, and that have lain there for a while."""
    kept = [staged for manifest in _manifests(store) for staged in manifest.editions]
    distinct = {(each.edition, each.page_shards, each.shards, each.memory_digest): each for each in kept}
    needed = set(_needed(store, distinct.values()))
    parts = (part for pattern in PARTS for part in sorted(store.stage.glob(pattern)))
    for part in parts:
        what = part.with_name(part.name.removesuffix(f".{SHEET}"))
        if what not in needed and not part.name.startswith(STAGING) and part.stat().st_mtime < since.timestamp():
            yield part


def _manifests(store: Store) -> Iterator[Manifest]:
    """Give the manifests of all that may still be read or published; StoreError where one is damaged."""
    for folder in (*store.versions.glob("*"), store.published / held.FOLDER):
        if (folder / "manifest.json").exists():
            yield read_manifest(folder / "manifest.json")


def _needed(store: Store, editions: Iterable[Staged]) -> Iterator[Path]:
    yield folding.comparisons_file(store)
    for staged in editions:
        yield from map(store.page_shard, staged.page_shards)
        yield from map(store.shard, staged.shards)
        yield from (folding.fingerprints_file(store, key) for key in staged.shards)
        yield store.memory(staged.memory_digest)
        shelf = Shelf(store, staged)
        yield from (shelf.folder, folding.alignments_folder(store, shelf))


def _remove_empty(store: Store) -> None:
    """Remove the folders of fingerprints that other code made, once there is nothing in them."""
    for folder in store.stage.glob("fingerprints/*"):
        with contextlib.suppress(OSError):  # it holds something
            folder.rmdir()


def _remove_folder(folder: Path, *, aside: Path) -> None:
    """Remove a folder under a name that leftovers have: a run that dies here leaves nothing that looks whole."""
    doomed = aside / f"{STAGING}{folder.name}-{os.getpid()}"
    folder.rename(doomed)
    sync_folder(folder.parent)
    shutil.rmtree(doomed)
