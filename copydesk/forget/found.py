"""What is forgotten together with an article, and where else it is quoted, in all kept versions and pages.

Forgotten is what a tombstone of it would leave out when it comes again: the states of its page, the same text on
the same site; and with its copies, every article that was ever in a story with it.
"""

from __future__ import annotations

import html
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from copydesk import decisions
from copydesk.forget.staged import damaged
from copydesk.forget.versions import line_hash
from copydesk.models import literal_glob
from copydesk.store import Store
from copydesk.tombstones import Forgotten, Tombstone, addresses, hashed, tombstone
from transforms.addresses import canonical
from transforms.errors import UsageError
from transforms.fingerprint import fingerprint
from transforms.site_memory import line_key

TOLD_CHARS = 20  # of a title: shorter ones (Weather, Letters to the editor) are those of others, too
LINE_CHARS = 40  # of a line: a sentence
CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "windows-1252")  # that a record nobody could read may be in
_ARTICLES = """
    select parse_filename(parse_dirpath(filename)) as version, * from
    read_parquet($files, filename = true, union_by_name = true)
"""
_PAGES = """
    select page_id, site, url, canonical_url, title, source, edition, media_type, body
    from read_parquet($files, union_by_name = true)
"""
_NAMED = "starts_with({id}, $name) and $name <> ''"
_ADDRESSED = """
    exists (
        select 1 from unnest($paths::varchar[]) as told(path)
        where contains(url, path) or contains(canonical_url, path)
    )
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What goes: ids of pages, what is known of them, and the traces that they left elsewhere."""

    page_ids: tuple[str, ...]
    rows: tuple[Row, ...]  # for people: id, edition, site, title, url, relation, versions, sources
    tombstones: tuple[Tombstone, ...]
    text_hashes: tuple[int, ...]  # as folding knows them
    records: tuple[str, ...]  # quarantine_ids of records that quote it
    lines: tuple[str, ...]  # decisions about lines that only it told
    strings: tuple[str, ...]  # hashes of strings in reports of runs that quote it


def find(store: Store, name: str, *, with_copies: bool, on: str) -> Found:
    """Give what goes with an article, named by (the beginning of) its id or by its address; UsageError for none."""
    with duckdb.connect() as connection:
        search = _Search(store, connection)
        page_ids = search.named(name)
        articles, pages = search.all_about(page_ids, with_copies=with_copies)
        page_ids = {row["article_id"] for row in articles} | {row["page_id"] for row in pages}
        told = _quotations(articles, pages)
        records = search.records(told)
        ids = sorted(page_ids)
        made = tuple(
            _tombstone(each, articles, pages, records.values(), with_copies=with_copies, on=on, taken=len(ids))
            for each in ids
        )
        return Found(
            tuple(ids),
            tuple(_shown(each, articles, pages) for each in ids),
            made,
            _text_hashes(articles),
            tuple(sorted(records)),
            tuple(sorted(search.lines(page_ids, articles))),
            tuple(sorted(_strings(store.runs, told, {row["title"] for row in articles}))),
        )


class _Search:
    """All articles of all kept versions, and all pages of the stage."""

    def __init__(self, store: Store, connection: duckdb.DuckDBPyConnection) -> None:
        self._store, self._connection = store, connection
        self._folders = sorted(folder for folder in store.versions.glob("[0-9]*") if folder.is_dir())
        self._articles = [folder / "articles.parquet" for folder in self._folders]
        self._pages = sorted((store.stage / "pages").glob("*.parquet"))

    def named(self, name: str) -> set[str]:
        """Give the ids that a name means."""
        urls = addresses(name) if "://" in name else set()
        if "://" in name and not urls:
            raise UsageError(f"{name}: the address of a front page is none of an article; give its article_id")
        found = self._some(name="" if urls else name, paths=_paths([name]) if urls else [])
        ids = {row["id"] for row in found if not urls or urls & addresses(row["url"], row["canonical_url"])}
        if not ids:
            raise UsageError(f"{name}: no kept version and no staged page has such an article; nothing was done")
        if not urls and len(ids) > 1:
            raise UsageError(f"{name}: {len(ids)} articles begin so; give more of the article_id")
        return ids

    def all_about(self, page_ids: set[str], *, with_copies: bool) -> tuple[list[Row], list[Row]]:
        """Give the rows of all articles and pages that go, each as it stands in every version."""
        known: set[str] = set()
        while known != page_ids:
            known = set(page_ids)
            articles = self._rows(
                _ARTICLES, self._articles, "where article_id in (select unnest($ids::varchar[]))", ids=sorted(known)
            )
            pages = self._rows(
                _PAGES, self._pages, "where page_id in (select unnest($ids::varchar[]))", ids=sorted(known)
            )
            forgotten = Forgotten(
                _tombstone(each, articles, pages, (), with_copies=with_copies, on="", taken=0) for each in known
            )
            stories = {row["story_id"] for row in articles if row["story_id"]}
            near = self._rows(
                _ARTICLES, self._articles, "where story_id in (select unnest($ids::varchar[]))", ids=sorted(stories)
            )
            page_ids = known | {row["article_id"] for row in near if with_copies or is_covered(row, forgotten)}
            urls = [row[name] for row in (*articles, *pages) for name in ("url", "canonical_url")]
            beside = self._some(name="", paths=_paths(urls))
            page_ids |= {
                row["id"] for row in beside if forgotten.has_page(row["id"], row["url"], row["canonical_url"])
            }
        return articles, pages

    def records(self, told: Sequence[str]) -> dict[str, str]:
        """Give the records in quarantine that quote it and became no page: id -> SHA-256 of their bytes."""
        needles = list(_spellings(told))
        found = {}
        shards = (self._store.stage / "shards").glob("*/quarantine.parquet")
        for file in (*shards, *(folder / "quarantine.parquet" for folder in self._folders)):
            columns = ["quarantine_id", "sha256", "page_id", "bytes"]
            try:
                for batch in pq.ParquetFile(file).iter_batches(64, columns=columns):
                    for row in batch.to_pylist():
                        if row["page_id"] is None and any(needle in row["bytes"] for needle in needles):
                            found[row["quarantine_id"]] = row["sha256"]
            except (pa.ArrowException, OSError) as error:
                raise damaged(file, error) from error
        return found

    def lines(self, page_ids: Collection[str], articles: Sequence[Row]) -> Iterator[str]:
        """Give the decisions about lines that stand in these articles and in no other of their site."""
        decided = {one.key: one for one in decisions.ever(self._store.root)}
        for site in {row["site"] for row in articles if row["site"]}:
            own = self._lines_of([row for row in articles if row["site"] == site])
            for key, wordings in own.items():
                if (site, key) in decided and not self._others(site, page_ids, wordings):
                    yield line_hash(site, key)

    def _lines_of(self, articles: Sequence[Row]) -> dict[str, set[str]]:
        ids = {row["article_id"] for row in articles}
        cuts = [folder / "cuts.parquet" for folder in self._folders]
        query = "select article_id, text from read_parquet($files, union_by_name = true)"
        rows = self._rows(query, cuts, "where article_id in (select unnest($ids::varchar[]))", ids=sorted(ids))
        found: dict[str, set[str]] = {}
        for line in {line for row in articles for line in row["body"].split("\n")} | {row["text"] for row in rows}:
            found.setdefault(line_key(line), set()).add(line)
        return found

    def _others(self, site: str, page_ids: Collection[str], wordings: Collection[str]) -> bool:
        """Tell whether another article of the site has such a line, in its body or cut from it."""
        parameters: Row = {
            "files": _globs(self._articles),
            "cuts": _globs(folder / "cuts.parquet" for folder in self._folders),
            "site": site,
            "ids": sorted(page_ids),
            "lines": sorted(wordings),
        }
        query = """
            with others as (
                select article_id, body from read_parquet($files, union_by_name = true)
                where site = $site and not list_contains($ids, article_id)
            )
            select 1 from others where list_has_any(string_split(body, chr(10)), $lines)
            union all
            select 1 from read_parquet($cuts, union_by_name = true) semi join others using (article_id)
            where list_contains($lines, text)
            limit 1
        """
        return bool(self._connection.execute(query, parameters).fetchall())

    def _some(self, *, name: str, paths: Sequence[str]) -> list[Row]:
        """Give id and addresses of the articles and pages whose id begins so, or whose address has such a path."""
        told: Row = {"name": name, "paths": list(paths)}
        asked = ((_ARTICLES, self._articles, "article_id"), (_PAGES, self._pages, "page_id"))
        return [
            {"id": row[key], "url": row["url"], "canonical_url": row["canonical_url"]}
            for query, files, key in asked
            for row in self._rows(query, files, f"where {_NAMED.format(id=key)} or {_ADDRESSED}", **told)
        ]

    def _rows(self, query: str, files: Sequence[Path], where: str, **parameters: Any) -> list[Row]:
        if not files:
            return []
        told = {**parameters, "files": _globs(files)}
        try:
            rows: list[Row] = (
                self._connection.sql(f"from ({query}) {where}", params=told).to_arrow_table().to_pylist()
            )
        except (duckdb.IOException, duckdb.InvalidInputException) as error:  # it names the file
            raise damaged(self._store.root, error) from error
        return rows


def _globs(files: Iterable[Path]) -> list[str]:
    return [literal_glob(file) for file in files]


def _paths(urls: Iterable[str | None]) -> list[str]:
    """Give what an address must contain to be one of these, however it is spelled."""
    clean = (canonical([], url).address for url in urls if url)
    parts = [urlsplit(address) for address in clean if address]
    return sorted({part.path.rstrip("/") or part.query for part in parts if part.path.strip("/") or part.query})


def is_covered(row: Row, forgotten: Forgotten) -> bool:
    """Tell whether an article is one that was forgotten, by its id, address or text."""
    return forgotten.has_page(row["article_id"], row["url"], row["canonical_url"]) or (
        not row["is_stub"] and forgotten.has_text(row["body"], row["site"])
    )


def _tombstone(
    page_id: str,
    articles: Sequence[Row],
    pages: Sequence[Row],
    records: Iterable[str],
    *,
    with_copies: bool,
    on: str,
    taken: int,
) -> Tombstone:
    own = [row for row in articles if row["article_id"] == page_id]
    rows = [*own, *(row for row in pages if row["page_id"] == page_id)]
    newest = own[-1] if own else None
    return tombstone(
        page_id,
        urls=[row[name] for row in rows for name in ("url", "canonical_url")],
        body=newest["body"] if newest and not newest["is_stub"] else None,
        site=None if with_copies or newest is None else newest["site"] or "",
        records=records,
        on=on,
        taken=taken,
    )


def _shown(page_id: str, articles: Sequence[Row], pages: Sequence[Row]) -> Row:
    own = [row for row in articles if row["article_id"] == page_id]
    rows = [*own, *(row for row in pages if row["page_id"] == page_id)]
    shown = own[-1] if own else rows[0]  # as its newest version has it
    named = {name: shown[name] for name in ("edition", "site", "title", "url")}
    return {
        "article_id": page_id,
        **named,
        "relation": own[-1]["relation"] if own else "quarantined or not published",
        "versions": sorted({int(row["version"]) for row in own}),
        "sources": sorted({row["source"] for row in rows}),
    }


def _text_hashes(articles: Sequence[Row]) -> tuple[int, ...]:
    if not articles:
        return ()
    names = ("article_id", "edition", "site", "canonical_url", "title", "body", "is_stub", "is_overcut")
    table = pa.Table.from_pylist([{name: row[name] for name in names} for row in articles], _FINGERPRINTED)
    return tuple(sorted(set(fingerprint(table)["text_hash"].to_pylist())))


_FINGERPRINTED = pa.schema(
    [
        ("article_id", pa.string()),
        ("edition", pa.date32()),
        ("site", pa.string()),
        ("canonical_url", pa.string()),
        ("title", pa.string()),
        ("body", pa.large_string()),
        ("is_stub", pa.bool_()),
        ("is_overcut", pa.bool_()),
    ]
)


def _quotations(articles: Sequence[Row], pages: Sequence[Row]) -> list[str]:
    """Give what others may quote: addresses, titles and sentences, as far as they are nobody else's."""
    rows = (*articles, *pages)
    urls = {address for row in rows for address in addresses(row["url"], row["canonical_url"])}
    titles = {row["title"] for row in rows if len(row["title"] or "") >= TOLD_CHARS}
    bodies = [
        *(row["body"] for row in articles),
        *(row["body"] for row in pages if row["media_type"] == "text/plain"),
    ]
    lines = {line.strip() for body in bodies for line in body.split("\n") if len(line.strip()) >= LINE_CHARS}
    return sorted(urls | titles | lines)


def _spellings(texts: Iterable[str]) -> Iterator[bytes]:
    """Give texts as they may stand in a record: in JSON, in HTML, in several character sets."""
    for text in texts:
        plain = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], html.escape(text)}
        for spelled in plain | {each.replace("/", "\\/") for each in plain}:
            yield from {spelled.encode(charset, "replace") for charset in CHARSETS}


def _strings(folder: Path, told: Sequence[str], titles: Collection[str | None]) -> Iterator[str]:
    """Give the hashes of strings in the reports of runs that quote it, or are its title."""
    for file in sorted(folder.glob("*.json")):
        try:
            report = json.loads(file.read_bytes())
        except ValueError as error:
            raise damaged(file, error) from error
        for text in strings_in(report):
            if text in titles or any(each in text for each in told):
                yield hashed(text)


def strings_in(value: object) -> Iterator[str]:
    """Give every string in what JSON can say, names aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_in(each)
