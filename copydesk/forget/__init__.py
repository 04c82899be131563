"""Takes an article out of everything, for good: all kept versions, the stage, quarantine, decisions, reports.

    plan(store, ...)        what would go; nothing is written
    carry_out(store, plan)  a journal first, and tombstones, which keep it from coming again; then new shards beside
                            the old, every version made anew and put into its place, the old shards gone, and last
                            decisions, reports and the catalog
    finish(store)           goes on with what was cut short; every step can be done twice

The journal holds ids and hashes alone: what quotes the article was looked up while its text was still there.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow.parquet as pq

from copydesk import catalog, decisions, held, tombstones
from copydesk.checksums import SEAL, sealed, sheet_of, unsealed
from copydesk.forget import beforehand, found, versions
from copydesk.forget.found import Found
from copydesk.forget.staged import Cleared, damaged, whole
from copydesk.forget.versions import ASIDE, line_hash
from copydesk.settings import Settings
from copydesk.store import Staged, Store, make_folder, sync_folder, write_checked, write_text
from copydesk.tombstones import JOURNAL, Forgotten, Tombstone, hashed
from transforms.errors import StoreError, UsageError

REDACTED = "(forgotten)"
log = logging.getLogger("copydesk")


@dataclass(frozen=True)
class Plan:
    """What is to be done, in ids and hashes."""

    mark: str  # the day and a short hash, noted in the manifest of every version that is made anew
    page_ids: tuple[str, ...]
    tombstones: tuple[Tombstone, ...]
    text_hashes: tuple[int, ...]
    records: tuple[str, ...]
    lines: tuple[str, ...]
    strings: tuple[str, ...]

    def to_json(self) -> str:
        """Give the plan as its journal has it."""
        return sealed(json.loads(json.dumps(asdict(self))))


def look(settings: Settings, name: str, *, with_copies: bool, on: str) -> Found:
    """Give what would go with an article; UsageError where there is no such article, or no longer."""
    store = Store(settings.data)
    beforehand.check(store)
    if known := tombstones.read(store.root).article(name):
        raise UsageError(f"{name}: forgotten already, on {known.on}")
    return found.find(store, name, with_copies=with_copies, on=on)


def forget(settings: Settings, name: str, *, with_copies: bool, on: str) -> Found:
    """Give what went with an article, once it is gone from everything; BusyError while a run is at work."""
    store = Store(settings.data)
    if not store.root.is_dir():
        raise UsageError(f"{store.root}: no such data folder")
    with store.lock("forgetting an article"):
        store.remove_leftovers()
        finish(store, settings)
        goes = look(settings, name, with_copies=with_copies, on=on)
        make_folder((store.root / JOURNAL).parent)
        write_text(store.root / JOURNAL, _plan(goes, on).to_json())
        finish(store, settings)
    return goes


def resume(settings: Settings) -> bool:
    """Go on with what was cut short, and say whether there was something."""
    store = Store(settings.data)
    if not tombstones.is_unfinished(store.root):
        return False
    with store.lock("forgetting an article"):
        store.remove_leftovers()
        finish(store, settings)
    return True


def finish(store: Store, settings: Settings) -> None:
    """Go on with what the journal says, if there is one; call it only while holding the lock."""
    file = store.root / JOURNAL
    if not file.exists():
        return
    plan = _read(store)
    cleared = Cleared(store, settings, plan.page_ids, plan.records)
    tombstones.add(store, plan.tombstones)
    _remake_versions(store, settings, plan, cleared)
    held.remove(store)
    cleared.remove(plan.text_hashes)
    _redact_decisions(store, plan)
    _redact_reports(store, plan)
    if current := store.current().version:
        catalog.write_catalog(store.published, store.version_folder(current))
    file.unlink()
    sync_folder(file.parent)
    log.info("forget: %d articles are gone for good", len(plan.page_ids))


def left_out(store: Store, settings: Settings, staged: Staged, forgotten: Forgotten) -> Staged:
    """Give an edition without the articles that only cleaning showed to be forgotten ones.

    By their text, or by an address that stands in the page: its sources could not tell.
    """
    if not forgotten:
        return staged
    columns = ["article_id", "site", "url", "canonical_url", "body", "is_stub"]
    files = [store.shard(key) / "articles.parquet" for key in staged.shards]
    returned = [
        row["article_id"]
        for file in files
        if file.exists()
        for batch in pq.ParquetFile(file).iter_batches(columns=columns)
        for row in batch.to_pylist()
        if found.is_covered(row, forgotten)
    ]
    if not returned:
        return staged
    cleared = Cleared(store, settings, returned, ())
    changed = cleared.edition(staged)
    cleared.remove(())
    return changed


def _plan(goes: Found, on: str) -> Plan:
    mark = f"{on} {hashed(' '.join(goes.page_ids))[:16]}"
    return Plan(mark, goes.page_ids, goes.tombstones, goes.text_hashes, goes.records, goes.lines, goes.strings)


def _read(store: Store) -> Plan:
    file = store.root / JOURNAL
    try:
        told = unsealed(file.read_text(encoding="utf-8"))
        made = tuple(map(tombstones.from_json, told.pop("tombstones")))
        mark = told.pop("mark")
        return Plan(mark=mark, tombstones=made, **{name: tuple(value) for name, value in told.items()})
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{file}: damaged ({error}); delete it, then give `copydesk forget` the same article again"
        ) from error


def _remake_versions(store: Store, settings: Settings, plan: Plan, cleared: Cleared) -> None:
    """Make every version anew that holds something of it."""
    aside = store.published / ASIDE
    numbers = {int(folder.name) for folder in store.versions.glob("[0-9]*") if folder.name.isdecimal()}
    numbers |= {int(folder.name) for folder in aside.glob("[0-9]*") if folder.name.isdecimal()}
    for number in sorted(numbers):
        versions.remake(store, number, cleared, settings, mark=plan.mark, lines=plan.lines)
    shutil.rmtree(aside, ignore_errors=True)


def _redact_decisions(store: Store, plan: Plan) -> None:
    """Take back what persons decided about lines that only it told, and the memory of them."""
    every = decisions.ever(store.root)
    kept = [one for one in every if line_hash(*one.key) not in plan.lines]
    if len(kept) < len(every):
        decisions.replace_all(store, kept)
    for file in (store.stage / "memory").glob("*.parquet"):
        rows = whole(file, ["site", "line_key"]).to_pylist()
        if any(line_hash(row["site"], row["line_key"]) in plan.lines for row in rows):
            file.unlink()
            sheet_of(file).unlink(missing_ok=True)


def _redact_reports(store: Store, plan: Plan) -> None:
    """Take out of the reports of runs what quotes it."""
    for file in sorted(store.runs.glob("*.json")):
        try:
            told: dict[str, Any] = json.loads(file.read_bytes())
        except ValueError as error:
            raise damaged(file, error) from error
        is_sealed = told.pop(SEAL, None) is not None
        changed = _mapped(told, lambda string: REDACTED if hashed(string) in plan.strings else string)
        if changed != told:
            write = write_checked if sheet_of(file).exists() else write_text
            write(file, sealed(changed) if is_sealed else json.dumps(changed, indent=1) + "\n")


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Give what JSON can say with every string changed, names aside."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(each, change) for name, each in value.items()}
    return [_mapped(each, change) for each in value] if isinstance(value, list) else value
