"""A version made anew without what is forgotten, beside the old one, and put into its place.

It is made of its own tables alone: neither today's rules nor a later night can change what it says of others. Only
the stories that held something forgotten are folded anew.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from copydesk import decisions, models
from copydesk.forget.beforehand import check_strangers
from copydesk.forget.staged import Cleared, whole
from copydesk.models import STAGED
from copydesk.settings import Settings
from copydesk.store import Manifest, Staged, Store, make_folder, sync_folder, write_parquet, write_text
from copydesk.tombstones import hashed
from transforms.fingerprint import fingerprint
from transforms.fold import fold
from transforms.schemas import EDITION_COUNTS

ASIDE = "forgetting"  # folder of published/ in which versions are made anew
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2
_HERE = -100  # AT_FDCWD


def remake(
    store: Store, number: int, cleared: Cleared, settings: Settings, *, mark: str, lines: Collection[str]
) -> None:
    """Put a version in its own place without what is forgotten; nothing where that was done before.

    `mark` is noted in its manifest; `lines` are the hashes of decisions that go, as `line_hash` gives them.
    """
    target, new = store.version_folder(number), store.published / ASIDE / f"{number:06d}"
    if not target.exists() and new.exists():
        _rename(new, target)  # the swap was cut short
    manifest = store.manifest(number)
    if mark in manifest.forgot:
        shutil.rmtree(new, ignore_errors=True)
        return
    check_strangers(target)
    made = make_folder(new.parent) / f"{new.name}.made"
    for folder in (made, new):
        shutil.rmtree(folder, ignore_errors=True)
    made.mkdir()
    editions = tuple(map(cleared.edition, manifest.editions))
    tables = _tables(target, made, manifest, editions, cleared, settings, lines)
    changed = replace(manifest, editions=editions, tables=tables, forgot=(*manifest.forgot, mark))
    write_text(made / "manifest.json", changed.to_json())
    _rename(made, new)
    _swap(new, target)
    shutil.rmtree(new, ignore_errors=True)


def line_hash(site: str, key: str) -> str:
    """Give what a plan calls a line of a site that a person decided about."""
    return hashed(f"{site}\n{key}")


def _tables(
    folder: Path,
    made: Path,
    manifest: Manifest,
    editions: Sequence[Staged],
    cleared: Cleared,
    settings: Settings,
    lines: Collection[str],
) -> tuple[Mapping[str, Any], ...]:
    """Write the tables of the version into `made` and give what its manifest says of them."""
    old = {table["name"]: whole(folder / table["file"], aside=folder) for table in manifest.tables}
    told = _staged(old, cleared, manifest.editions, editions, settings, lines, store_root=folder.parents[2])
    files = {name: [made / f"staged-{name}.parquet"] for name in told}
    for name, table in told.items():
        write_parquet(table, files[name][0])
    with models.build(files, temp=made, learn_after=_learn_after(old.get("site_lines"), settings)) as built:
        for [file] in files.values():
            file.unlink()
        return tuple(each.to_manifest() for each in built.write(made))


def _staged(
    old: Mapping[str, pa.Table],
    cleared: Cleared,
    before: Sequence[Staged],
    after: Sequence[Staged],
    settings: Settings,
    lines: Collection[str],
    *,
    store_root: Path,
) -> dict[str, pa.Table]:
    """Give what the models make the version of: its own tables without what is forgotten."""
    had = {name: _as_staged(name, old[name]) for name in ("articles", "cuts", "quarantine", "members", "pairs")}
    told = {name: cleared.rows(name, had[name]) for name in ("articles", "cuts", "quarantine")}
    told |= _stories(had, told["articles"], settings)
    told["former_members"] = had["members"].select(STAGED["former_members"].names)
    told["former_aliases"] = _as_staged(
        "former_aliases", old.get("story_aliases", STAGED["former_aliases"].empty_table())
    )
    told["decisions"] = _decisions(old.get("site_lines"), lines, store_root)
    told["drops"] = _drops(old["quarantine"])
    counts = _as_staged("edition_counts", old["editions"]).to_pylist()
    told["edition_counts"] = pa.Table.from_pylist(
        list(map(_counted, counts, *_by_day(counts, before, after))), EDITION_COUNTS
    )
    told["articles"] = pa.concat_tables([told["articles"], _repeats(told)])
    return {name: table.combine_chunks() for name, table in told.items()}


def _stories(had: Mapping[str, pa.Table], articles: pa.Table, settings: Settings) -> dict[str, pa.Table]:
    """Give members and pairs: those of stories that lost an article told anew, all others as they were."""
    members, pairs = had["members"], had["pairs"]
    is_left = pc.is_in(members["article_id"], articles["article_id"].combine_chunks())
    stories = pc.unique(members.filter(pc.invert(is_left))["story_id"])
    is_touched = pc.is_in(members["story_id"], stories)
    ids = members.filter(is_touched)["article_id"].combine_chunks()
    rest = articles.filter(pc.is_in(articles["article_id"], ids))
    new = fold(fingerprint(rest), window=settings.fold_window, priority=settings.outlet_priority)
    is_same = pc.invert(pc.or_(pc.is_in(pairs["left_id"], ids), pc.is_in(pairs["right_id"], ids)))
    return {
        "members": pa.concat_tables([members.filter(pc.invert(is_touched)), new.members.cast(members.schema)]),
        "pairs": pa.concat_tables([pairs.filter(is_same), new.pairs.cast(pairs.schema)]),
    }


def _decisions(site_lines: pa.Table | None, lines: Collection[str], root: Path) -> pa.Table:
    """Give what persons had decided when the version was made, in their own wording, without the lines that go."""
    wording = {one.key: one.line for one in decisions.ever(root)}
    rows = [] if site_lines is None else site_lines.filter(pc.equal(site_lines["decided_by"], "person")).to_pylist()
    kept = [row for row in rows if line_hash(row["site"], row["line_key"]) not in lines]
    told = [{**row, "line": wording.get((row["site"], row["line_key"]), row["line"])} for row in kept]
    return pa.Table.from_pylist(
        [{name: row[name] for name in STAGED["decisions"].names} for row in told], STAGED["decisions"]
    )


def _drops(quarantine: pa.Table) -> pa.Table:
    """Give which records of the version persons had given up."""
    if "is_dropped" not in quarantine.column_names:
        return STAGED["drops"].empty_table()
    return _as_staged("drops", quarantine.filter(quarantine["is_dropped"]))


def _by_day(
    counts: Sequence[Mapping[str, Any]], before: Sequence[Staged], after: Sequence[Staged]
) -> tuple[list[Staged], list[Staged]]:
    days = [row["edition"].isoformat() for row in counts]
    old, new = ({each.edition: each for each in side} for side in (before, after))
    return [old[day] for day in days], [new[day] for day in days]


def _counted(row: Mapping[str, Any], old: Staged, new: Staged) -> dict[str, Any]:
    """Give what the sources of an edition counted, with what went since."""
    gone = old.pages - new.pages
    return {**row, "pages": row["pages"] - gone, "forgotten_records": row["forgotten_records"] + gone}


def _repeats(told: Mapping[str, pa.Table]) -> pa.Table:
    """Give rows for the pages that earlier editions had brought: the version counts them and has no more of them.

    How many there are, the law says: pages = articles + repeated pages + quarantined after the sources.
    """
    articles, quarantine = told["articles"], told["quarantine"]
    later = quarantine.filter(pc.not_equal(quarantine["step"], "sources"))
    taken = [*articles["edition"].to_pylist(), *later["edition"].to_pylist()]
    left = {
        row["edition"]: row["pages"] - taken.count(row["edition"]) for row in told["edition_counts"].to_pylist()
    }
    if not any(left.values()):
        return articles.schema.empty_table()
    first = articles.take(pc.sort_indices(articles, [("edition", "ascending"), ("article_id", "ascending")])[:1])
    first = first.set_column(
        first.schema.get_field_index("body"), first.schema.field("body"), pa.array([""], pa.large_string())
    )
    days = [day for day, count in left.items() for _ in range(count)]
    rows = pa.concat_tables([first] * len(days))
    at = rows.schema.get_field_index("edition")
    return rows.set_column(at, rows.schema.field(at), pa.array(days, pa.date32()))


def _learn_after(site_lines: pa.Table | None, settings: Settings) -> int:
    """Give a number of stories from which support decided in this version: today's, where it did so then."""
    if site_lines is None:
        return 0
    undecided = site_lines.filter(site_lines["is_furniture"])
    supported = undecided.filter(pc.fill_null(pc.equal(undecided["decided_by"], "support"), False))
    proposed = undecided.filter(pc.equal(undecided["state"], "proposed"))
    if not supported.num_rows:
        return 0
    most_proposed = pc.max(proposed["stories"]).as_py() or 0
    fewest: int = pc.min(supported["stories"]).as_py()
    return settings.learn_after if most_proposed < settings.learn_after <= fewest else fewest


def _as_staged(name: str, table: pa.Table) -> pa.Table:
    """Give the columns that the stage holds; what an older copydesk did not publish is null, or nothing."""
    nothing = {pa.int64(): 0, pa.bool_(): False, pa.string(): "", pa.large_string(): ""}
    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.array([None if field.nullable else nothing[field.type]] * table.num_rows, field.type)
        for field in STAGED[name]
    ]
    return pa.table(columns, schema=STAGED[name])


def _swap(new: Path, target: Path) -> None:
    """Let two folders change places: at once where the system can, else `target` is not there for a moment."""
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = getattr(libc, "renameat2", None)
    if exchange is None or exchange(_HERE, os.fsencode(new), _HERE, os.fsencode(target), _EXCHANGE):
        old = new.with_name(f"{new.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        _rename(new, target)
        shutil.rmtree(old)
    sync_folder(target.parent)
    sync_folder(new.parent)


def _rename(folder: Path, target: Path) -> None:
    sync_folder(folder)
    folder.rename(target)
    sync_folder(target.parent)
    sync_folder(folder.parent)
