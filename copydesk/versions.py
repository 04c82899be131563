"""Which versions there are, since when, and how the pointer goes back to one of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from copydesk import catalog, checksums, locks, verify
from copydesk.store import Manifest, Staged, Store
from copydesk.text import printable
from transforms.errors import CheckError, StoreError, UsageError


@dataclass(frozen=True)
class Version:
    """One kept version; a damaged one says so, and nothing of what it holds."""

    version: int
    published_at: str
    editions: tuple[str, ...]
    articles: int
    bytes: int
    is_current: bool
    is_read: bool
    damage: str

    def to_line(self) -> str:
        """Give the version as a line of a list."""
        marks = [("current", self.is_current), ("held open", self.is_read), (self.damage, bool(self.damage))]
        told = "; ".join(mark for mark, holds in marks if holds)
        days = f"{self.editions[0]} to {self.editions[-1]}" if self.editions else "none"
        counts = f"{len(self.editions):>8}  {days:<24}{self.articles:>10,}{self.bytes:>16,}"
        return printable(f"{self.version:>7}  {self.published_at:<25}  {counts}  {told}".rstrip())


@dataclass(frozen=True)
class Rolled:
    """The pointer after it went back: what it left, and which editions that version had otherwise or alone."""

    version: int
    former: int
    left: tuple[str, ...]
    changed: tuple[str, ...]

    def to_lines(self) -> list[str]:
        """Give what an operator must know."""
        lines = [f"version {self.version} is current, in place of version {self.former}"]
        again = "no night publishes them again by itself, so run them again: copydesk run INPUT --edition DAY"
        if self.left:
            lines.append(f"not in it: {', '.join(self.left)}; {again}")
        if self.changed:
            lines.append(f"in it as they were then: {', '.join(self.changed)}; {again}")
        return lines


HEADER = f"{'version':>7}  {'published':<25}  {'editions':>8}  {'':<24}{'articles':>10}{'bytes':>16}"


def versions(store: Store) -> list[Version]:
    """Give the kept versions, oldest first; UsageError where nothing is published."""
    numbers = store.numbers()
    if not numbers:
        raise UsageError(f"{store.root}: nothing is published here; begin with `copydesk run`, or give --data")
    return [_version(store, number) for number in numbers]


def published_at(store: Store, number: int) -> str:
    """Give the instant at which a version was published: as its run tells, else as the disk does."""
    try:
        text = store.report_file(number).read_text(encoding="utf-8")
        return str(checksums.unsealed(text)["published_at"])
    except (OSError, ValueError, KeyError):
        file = store.manifest_file(number)
        seconds = (file if file.exists() else store.version_folder(number)).stat().st_mtime
        return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def rollback(store: Store, number: int) -> Rolled:
    """Make an older version the current one; CheckError where it is damaged, UsageError where there is none.

    The catalog follows. Nothing is removed: the way back is another rollback.
    """
    with store.lock("rolling back"):
        if number not in store.numbers():
            kept = ", ".join(map(str, store.numbers())) or "none"
            raise UsageError(f"{store.root}: there is no version {number}; kept are: {kept}")
        if faults := list(verify.version_faults(store, number, has_todays_schemas=False)):
            told = "\n  ".join(fault.to_line() for fault in faults)
            raise CheckError(f"version {number} is damaged, so the pointer stays where it is:\n  {told}")
        former, target = _pointed(store), store.manifest(number)
        if former.version != number:
            store.point(number)
        catalog.refresh(store.published, store.version_folder(number))
        return Rolled(number, former.version, *_differing(former.editions, target.editions))


def _version(store: Store, number: int) -> Version:
    damage, manifest = "", Manifest(number, "")
    try:
        manifest = store.manifest(number)
    except StoreError:
        damage = f"damaged: copydesk verify {number}"
    tables = {table["name"]: table for table in manifest.tables}
    return Version(
        number,
        published_at(store, number),
        tuple(sorted(staged.edition for staged in manifest.editions)),
        tables["articles"]["rows"] if "articles" in tables else 0,
        sum(table["bytes"] for table in manifest.tables),
        is_current=number == _number(store),
        is_read=locks.is_read(store.manifest_file(number)),
        damage=damage,
    )


def _number(store: Store) -> int:
    """Give the number in the pointer; 0 where it is damaged."""
    try:
        return store.pointed()
    except StoreError:
        return 0


def _pointed(store: Store) -> Manifest:
    """Give the current version; one without editions where it is damaged: that is why one goes back."""
    try:
        return store.current()
    except StoreError:
        return Manifest(_number(store), "")


def _differing(former: Sequence[Staged], target: Sequence[Staged]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the editions that only the former version has, and those that it has otherwise."""
    then = {staged.edition: staged for staged in target}
    now = sorted(former, key=lambda staged: staged.edition)
    left = tuple(staged.edition for staged in now if staged.edition not in then)
    return left, tuple(each.edition for each in now if each.edition in then and then[each.edition] != each)
