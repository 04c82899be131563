"""What `copydesk quarantine` does: lists what could not be processed, shows, replays and drops it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import catalog, drops, edition, forget, inspect, sources, stage
from copydesk.drops import Drop
from copydesk.edition import Desk, Night
from copydesk.folding import Progress, silent
from copydesk.settings import Settings
from copydesk.store import Staged, Store
from copydesk.text import printable
from transforms.errors import UsageError
from transforms.schemas import PAGES, QUARANTINE

Row = dict[str, Any]

ID_CHARS = 8  # of a quarantine_id are listed: two of 10,000 rows begin so once in a hundred stores
REASON_CHARS = 30  # of the reason are shown however narrow the terminal
SHOWN_CHARS = 4_000  # of the bytes, and of the text, are shown: some 60 lines
NOT_READ = "nothing in it is a page; drop it"
DELIVER = "deliver the file again"
_LIST = """
    select * exclude (bytes, text) from quarantine
    where
        ($1 = '' or edition = try_cast($1 as date))
        and ($2 = '' or step = $2)
        and contains(lower(reason), lower($3))
    order by edition desc, step, reason, source, source_offset, quarantine_id
"""
_SHOW = "select * from quarantine where quarantine_id = $1 order by edition desc limit 1"
_HEAD = ["id", "edition", "step", "records", "bytes", "source", "reason"]


@dataclass(frozen=True)
class Choice:
    """Which rows are meant: those of these ids (or beginnings of ids), of an edition, a step, a reason."""

    ids: tuple[str, ...] = ()
    edition: str = ""
    step: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one row: how many of its records are what now; `refused` says why it was not tried."""

    row: Mapping[str, Any]
    articles: int = 0
    repeated: int = 0
    forgotten: int = 0  # their pages were forgotten for good and stay out
    reasons: tuple[str, ...] = ()  # of what is in quarantine still
    refused: str = ""

    @property
    def stays(self) -> bool:
        """Tell whether anything of it is in quarantine still."""
        return bool(self.reasons or self.refused)

    def to_json(self) -> Row:
        """Give the outcome for machines."""
        named = {name: self.row[name] for name in ("quarantine_id", "edition", "step", "source", "source_offset")}
        told = {name: getattr(self, name) for name in ("articles", "repeated", "forgotten")}
        return {
            **named,
            **told,
            "quarantined": len(self.reasons),
            "reasons": list(self.reasons),
            "refused": self.refused or None,
        }

    def to_line(self) -> str:
        """Give the outcome for a terminal."""
        parts = [f"{self.articles} article{'s' * (self.articles > 1)}"] if self.articles else []
        parts += [f"{self.repeated} repeated"] if self.repeated else []
        parts += [f"{self.forgotten} forgotten"] if self.forgotten else []
        parts += [f"stays: {reason}" for reason in self.reasons]
        parts += [f"not tried: {self.refused}"] if self.refused else []
        return printable(f"{_name(self.row)}  {'; '.join(parts)}")


@dataclass(frozen=True)
class Replayed:
    """What became of the rows, in which version."""

    version: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class _Again:
    """What a row's record is by today's readers, or why it was not read."""

    page_ids: tuple[str, ...] = ()
    repeated: int = 0
    forgotten: int = 0
    reasons: tuple[str, ...] = ()
    refused: str = ""


def rows(settings: Settings, choice: Choice = Choice()) -> list[Row]:
    """Give the rows of quarantine that are meant, without their bytes, those of the last edition first.

    UsageError where nothing is published, for an id that no row or several have, and for an unknown edition.
    """
    published = _published(settings)
    if choice.edition and choice.edition not in {each.edition for each in Store(settings.data).current().editions}:
        raise UsageError(f"--edition {choice.edition}: no such edition; `copydesk editions` lists them")
    found = list(inspect.rows(published, _LIST, choice.edition, choice.step, choice.reason))
    if not choice.ids:
        return found
    wanted = {_id(found, name) for name in choice.ids}
    return [row for row in found if row["quarantine_id"] in wanted]


def show(settings: Settings, name: str) -> Row:
    """Give the whole row with (the beginning of) this id, of its last edition."""
    [row, *_] = rows(settings, Choice((name,)))
    return next(inspect.rows(_published(settings), _SHOW, row["quarantine_id"]))


def replay(settings: Settings, choice: Choice, progress: Progress = silent) -> Replayed:
    """Put records through the pipeline again and publish; give what became of each.

    Records that never became pages are read again by today's readers, under the name they had; of the pages that a
    step refused, the shards are made once more. Nothing is published where nothing changed. A run that ends midway
    leaves nothing half done: the same again gives the same.
    """
    with edition.opened(settings, progress) as desk:
        published = sorted(desk.store.current().editions, key=lambda staged: staged.edition)
        chosen = rows(settings, choice)
        told: dict[tuple[str, str], _Again] = {}
        made: list[Staged] = []
        for staged in published:
            own = [row for row in chosen if str(row["edition"]) == staged.edition]
            made.append(_replayed(desk, staged, own, made, told) if own else staged)
        changed = [new for new, old in zip(made, published, strict=True) if new != old]
        if changed:
            edition.publish(desk, edition.fold(desk, Night(changed[0], {}), made))
        outcomes = _outcomes(desk.store, chosen, told)
        return Replayed(desk.store.current().version, outcomes)


def drop(settings: Settings, names: Sequence[str], why: str) -> list[Row]:
    """Give up records for good and publish: they are counted still, but their bytes are gone; give their rows.

    UsageError for an id that is unknown, and without a reason; nothing is written down then.
    """
    if not why.strip():
        raise UsageError("--reason is empty; say why nothing can be had of the record")
    with edition.opened(settings) as opened:
        chosen = rows(settings, Choice(tuple(names)))
        drops.add(opened.store, (Drop(str(row["edition"]), row["quarantine_id"], why) for row in chosen))
        desk = replace(opened, dropped=drops.read(opened.store.root))
        newest = max(str(row["edition"]) for row in chosen)
        [staged] = [each for each in desk.store.current().editions if each.edition == newest]
        edition.publish(desk, edition.fold(desk, Night(staged, {})))
    return rows(settings, Choice(tuple(row["quarantine_id"] for row in chosen)))


def listed(found: Sequence[Mapping[str, Any]], *, width: int) -> Iterator[str]:
    """Give rows as a table for a terminal, the reason last and shortened to the width."""
    cells = [_HEAD, *(_cells(row) for row in found)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for *columns, reason in cells:
        before = "  ".join(map(str.ljust, columns, widths))
        room = max(width - len(before) - 2, REASON_CHARS)
        yield f"{before}  {reason if len(reason) <= room else reason[: room - 1] + '…'}"


def summed(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Give a line per step and kind of reason, those of most records first: records, rows, dropped ones."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in found:
        kind = row["reason"].partition(":")[0].partition(";")[0]
        told = counts.setdefault((row["step"], kind), Counter())
        told.update(rows=1, records=row["records"], dropped=row["records"] * row["is_dropped"])
    for (step, kind), told in sorted(counts.items(), key=lambda item: (-item[1]["records"], item[0])):
        beyond = f", listed in {told['rows']:,} rows" if told["rows"] < told["records"] else ""
        dropped = f", {told['dropped']:,} dropped" if told["dropped"] else ""
        yield printable(f"{told['records']:,} x {step}: {kind}{beyond}{dropped}")


def shown(row: Mapping[str, Any]) -> Iterator[str]:
    """Give all columns of a row for a terminal, its bytes last; what is cut off is counted."""
    for name, value in row.items():
        if name not in ("bytes", "text"):
            yield printable(f"{name}: {'' if value is None else value}")
    for name in ("text", "bytes"):
        if row[name]:
            yield from ("", f"{name}:", *_beginning(row[name]))


def _beginning(value: str | bytes) -> Iterator[str]:
    text = value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
    yield printable(text[:SHOWN_CHARS])
    if len(text) > SHOWN_CHARS:
        yield f"... {len(text) - SHOWN_CHARS:,} more characters; --bytes FILE writes all that was kept"


def _published(settings: Settings) -> Path:
    published = inspect.published_by(settings)
    if "is_dropped" not in {row["column_name"] for row in inspect.rows(published, "describe quarantine")}:
        raise UsageError(f"{settings.data}: made by an older copydesk; make any edition again")
    return published


def _id(found: Sequence[Mapping[str, Any]], name: str) -> str:
    """Give the one id that begins so; UsageError for none, and for several."""
    ids = sorted({row["quarantine_id"] for row in found if name and row["quarantine_id"].startswith(name)})
    if not ids:
        raise UsageError(f"{name!r}: no quarantine_id begins so; `copydesk quarantine list` shows them")
    if len(ids) > 1:
        raise UsageError(f"{name!r}: {len(ids)} ids begin so; give more of the id")
    return str(ids[0])


def _cells(row: Mapping[str, Any]) -> list[str]:
    reason = f"dropped: {row['dropped_because']}" if row["is_dropped"] else row["reason"]
    place = f"{row['source']}:{row['source_offset']}"
    counts = [f"{row['records']:,}", f"{row['size_bytes']:,}"]
    return [
        row["quarantine_id"][:ID_CHARS],
        str(row["edition"]),
        row["step"],
        *counts,
        printable(place),
        printable(reason),
    ]


def _name(row: Mapping[str, Any]) -> str:
    place = f"{row['source']}:{row['source_offset']}"
    return f"{row['quarantine_id'][:ID_CHARS]}  {row['edition']}  {row['step']:<7}  {place}"


def _replayed(
    desk: Desk,
    staged: Staged,
    chosen: Sequence[Row],
    earlier: Sequence[Staged],
    told: dict[tuple[str, str], _Again],
) -> Staged:
    """Give an edition with these rows put through again; what each is now goes to `told`."""
    for row in chosen:
        if row["is_dropped"]:
            told[_key(row)] = _Again(refused="it was dropped, and its bytes are gone")
    open_ = {row["quarantine_id"] for row in chosen if not row["is_dropped"]}
    pages = {row["page_id"] for row in chosen if row["page_id"] and row["quarantine_id"] in open_}
    before = staged.page_shards
    stage.check_inputs(desk.store, staged)
    if any(not row["page_id"] for row in chosen):
        staged = _read_again(desk, staged, open_, told)
    new = [digest for digest in staged.page_shards if digest not in before]
    again = edition.retry(desk, staged, earlier, pages, new)
    return forget.left_out(desk.store, desk.settings, again, desk.forgotten)


def _read_again(desk: Desk, staged: Staged, ids: set[str], told: dict[tuple[str, str], _Again]) -> Staged:
    """Give an edition with these records, which never became pages, read again from their bytes."""
    reading = _Reading(desk, staged)
    for key in [key for key in staged.shards if key.startswith(stage.FROM_SOURCES)]:
        for row in pq.read_table(desk.store.shard(key) / "quarantine.parquet").to_pylist():
            if row["quarantine_id"] in ids:
                told[_key(row)] = reading.take(row)
    return reading.staged()


class _Reading:
    """Reads records again and gathers what they are now; the edition's shards of bad records are made anew."""

    def __init__(self, desk: Desk, staged: Staged) -> None:
        self._store = desk.store
        self._forgotten = desk.forgotten
        self._staged = staged
        self._known = stage.page_ids(desk.store, staged)
        self._pages: list[pa.Table] = []
        self._replaced: dict[str, list[Row]] = {}

    def take(self, row: Row) -> _Again:
        """Read one record again; it stays as it was where its bytes do not tell more than before."""
        try:
            batch = sources.read_again(row, forgotten=self._forgotten)
        except sources.Unusable as error:
            return _Again(refused=f"{error}; {DELIVER}")
        if not batch.records:
            return _Again(refused=NOT_READ)
        bad = batch.quarantine.to_pylist()
        reasons = tuple(each["reason"] for each in bad)
        if [(each["sha256"], each["reason"]) for each in bad] == [(row["sha256"], row["reason"])]:
            return _Again(reasons=reasons)
        self._replaced[row["quarantine_id"]] = bad
        found = batch.pages["page_id"].to_pylist()
        is_new = [page_id not in self._known for page_id in found]
        self._known.update(found)
        self._pages.append(batch.pages.filter(pa.array(is_new, pa.bool_())))
        repeated = batch.repeated + is_new.count(False)
        staged = self._staged
        self._staged = replace(
            staged,
            records=staged.records + batch.records - 1,
            pages=staged.pages + is_new.count(True),
            repeated_records=staged.repeated_records + repeated,
            unlisted_records=staged.unlisted_records + batch.unlisted,
            forgotten_records=staged.forgotten_records + batch.forgotten,
        )
        new = tuple(page_id for page_id, is_one in zip(found, is_new, strict=True) if is_one)
        return _Again(new, repeated, batch.forgotten, reasons)

    def staged(self) -> Staged:
        """Give the edition with what was read staged: its pages as one shard, and what is bad still."""
        if not self._replaced:
            return self._staged
        keys: tuple[str, ...] = ()
        for key in self._staged.shards:
            keys += self._without(key) if key.startswith(stage.FROM_SOURCES) else (key,)
        pages = pa.concat_tables([PAGES.empty_table(), *self._pages]).combine_chunks()
        shards = stage.put_pages(self._store, pages)
        return replace(
            self._staged,
            page_shards=tuple(dict.fromkeys((*self._staged.page_shards, *shards))),
            shards=tuple(sorted(set(keys))),
        )

    def _without(self, key: str) -> tuple[str, ...]:
        """Give the shard of bad records, or one in which the rows are replaced by what they are now."""
        rows = pq.read_table(self._store.shard(key) / "quarantine.parquet").to_pylist()
        if not any(row["quarantine_id"] in self._replaced for row in rows):
            return (key,)
        left = [new for row in rows for new in self._replaced.get(row["quarantine_id"], [row])]
        filled = [{"text": None, **row, "records": row.get("records") or 1} for row in left]
        return stage.put_quarantine(self._store, pa.Table.from_pylist(filled, QUARANTINE))


def _outcomes(store: Store, chosen: Sequence[Row], told: Mapping[tuple[str, str], _Again]) -> tuple[Outcome, ...]:
    """Give what became of each row, as the version that holds says."""
    with catalog.connect(store.published) as connection:
        query = "select edition, page_id, reason from quarantine where page_id is not null"
        refused = {(day, page_id): reason for day, page_id, reason in connection.execute(query).fetchall()}
        query = "select article_id, edition from articles where article_id in (select unnest($1::varchar[]))"
        ids = [page_id for row in chosen for page_id in _page_ids(row, told)]
        kept: dict[str, dt.date] = dict(connection.execute(query, [ids]).fetchall())
    return tuple(
        _outcome(row, told.get(_key(row), _Again()), _page_ids(row, told), refused, kept) for row in chosen
    )


def _page_ids(row: Row, told: Mapping[tuple[str, str], _Again]) -> tuple[str, ...]:
    return (row["page_id"],) if row["page_id"] else told.get(_key(row), _Again()).page_ids


def _outcome(
    row: Row,
    again: _Again,
    page_ids: Sequence[str],
    refused: Mapping[tuple[dt.date, str], str],
    kept: Mapping[str, dt.date],
) -> Outcome:
    if again.refused:
        return Outcome(row, refused=again.refused)
    reasons = [refused[row["edition"], page_id] for page_id in page_ids if (row["edition"], page_id) in refused]
    articles = sum(kept.get(page_id) == row["edition"] for page_id in page_ids)
    repeated = again.repeated + len(page_ids) - articles - len(reasons)
    return Outcome(row, articles, repeated, again.forgotten, (*again.reasons, *reasons))


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["edition"]), row["quarantine_id"]
