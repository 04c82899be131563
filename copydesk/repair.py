"""Makes anew what `verify` finds damaged, as far as the pages in the stage allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copydesk import edition, janitor, stage, verify
from copydesk.edition import Desk, Night
from copydesk.folding import Progress, silent
from copydesk.settings import Settings
from copydesk.store import Store
from copydesk.verify import Verified
from transforms.errors import StoreError

REASON = "it was published before; made anew by copydesk verify --repair"  # for the gate


@dataclass(frozen=True)
class Repaired:
    """What was removed to be made anew, the version that then held, and what is wrong still."""

    removed: tuple[Path, ...]
    version: int
    left: Verified

    def to_lines(self) -> list[str]:
        """Give what was done, and what is left to do."""
        done = [f"{part}: removed, it is made anew where it is needed" for part in self.removed]
        return [*done, f"version {self.version} is current", *self.left.to_lines()]


def repair(settings: Settings, progress: Progress = silent) -> Repaired:
    """Remove the damaged parts of the stage that can be made anew, and publish the current editions from it.

    A new version is made where the tables that were published are damaged, or others now; the damaged one then
    goes. None is made from what is still damaged. StoreError where the pointer or the manifest cannot be read: a
    rollback comes first. UsageError where nothing is published.
    """
    store = Store(settings.data)
    verify.chosen(store, None, every=True)
    if not store.pointed():
        raise StoreError(f"{store.pointer}: is gone; choose a version: copydesk versions, copydesk rollback N")
    with edition.opened(settings, progress) as desk:
        former = store.current().version
        removed = tuple(_remove(store))
        was_sound = not [*verify.version_faults(store, former)]
        version = former if list(verify.made_faults(store)) else _publish(desk)
        edition.refresh_catalog(store)
        if version != former and not was_sound:
            janitor.retire(store, former)
    return Repaired(removed, version, verify.verify(store, store.numbers(), is_whole=True))


def _remove(store: Store) -> Iterator[Path]:
    """Remove what can be made anew and give it; shards stay where their pages are lost."""
    faults = [*verify.stage_faults(store), *verify.catalog_faults(store)]
    for part in dict.fromkeys(fault.part for fault in faults if fault.part):
        if _has_inputs(store, part):
            janitor.remove(part)
            yield part


def _has_inputs(store: Store, part: Path) -> bool:
    """Tell whether the pages of every current edition that a shard belongs to are whole."""
    try:
        for staged in store.current().editions:
            if part in map(store.shard, staged.shards):
                stage.check_inputs(store, staged)
    except StoreError:
        return False
    return True


def _publish(desk: Desk) -> int:
    """Publish the current editions and give the number of the version that holds them."""
    last = max(desk.store.current().editions, key=lambda staged: staged.edition)
    return edition.publish(desk, edition.fold(desk, Night(last, {})), accept=REASON).version
