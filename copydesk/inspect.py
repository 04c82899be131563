"""Looks at one page or at the published tables: what `strip`, `explain`, `sql` and `editions` show."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from copydesk import catalog, decisions, memory, sources, tombstones
from copydesk.edition import refresh_catalog
from copydesk.locks import keep_reading
from copydesk.settings import Settings
from copydesk.store import Store
from copydesk.text import csv_line, printable
from transforms import model_file, rule_files
from transforms.errors import InputError, NewerError, UsageError
from transforms.extract import extract
from transforms.normalize import normalize
from transforms.strip import strip

FIELDS = (
    "site",
    "author",
    "published_at",
    "language",
    "credits",
    "agency",
    "dateline",
    "signoff",
    "republished_from",
    "captions",
)
SHOWN_ROWS = 100
FETCHED_ROWS = 10_000
RECORDS = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".parquet", ".gz", ".zst"})


@dataclass(frozen=True)
class Line:
    """One line of a page and what became of it; `kept` is what stays in the body, null where nothing does.

    `score` is how sure the line classifier was, in [0, 1]; null where something else decided.
    """

    line_no: int
    action: str
    kind: str | None
    rule_id: str | None
    score: float | None
    text: str
    kept: str | None


@dataclass(frozen=True)
class Page:
    """One page after cleaning."""

    title: str | None
    body: str
    fields: Mapping[str, Any]
    lines: tuple[Line, ...]


def clean_file(name: str, settings: Settings) -> Page:
    """Give the page in a file ('-' is standard input) after cleaning; nothing is stored."""
    data = sys.stdin.buffer.read() if name == "-" else _bytes(Path(name))
    try:
        pages = sources.read_one(data, name=name, edition=dt.date.max)
    except sources.Unusable as error:
        raise InputError(f"{name}: {error}") from error
    judges = model_file.classifiers(settings.extraction) if settings.classifier else None
    extracted = extract(pages, judges and judges.pages)
    stripped = strip(
        extracted.extracts,
        rule_files.load(*settings.rules),
        memory.of_persons(decisions.read(settings.data)),
        judges and judges.lines,
    )
    for quarantine in (extracted.quarantine, stripped.quarantine):
        if quarantine.num_rows:
            raise InputError(f"{name}: {quarantine['reason'][0]}")
    cleaned = normalize(stripped.articles, stripped.cuts)
    return _page(cleaned.articles.to_pylist()[0], cleaned.cuts.to_pylist())


def explain(what: str, settings: Settings) -> Page:
    """Give the page in a file, or a published article by (the beginning of) its id, line by line."""
    if is_file(what):
        return clean_file(what, settings)
    found = article(what, settings)
    query = "select * from cuts where article_id = $1 order by line_no"
    return _page(found, list(rows(published_by(settings), query, found["article_id"])))


def article(name: str, settings: Settings) -> dict[str, Any]:
    """Give the row of a published article by (the beginning of) its id; UsageError for none, and for several."""
    if not name.isalnum():
        raise UsageError(f"{name}: no such file, and no article_id looks like this")
    query = "select * from articles where starts_with(article_id, $1) limit 2"
    found = list(rows(published_by(settings), query, name))
    if not found:
        raise UsageError(f"{name}: no such file, and no published article whose article_id begins so")
    if len(found) > 1:
        raise UsageError(f"{name}: several articles begin so; give more of the article_id")
    return found[0]


def published_by(settings: Settings) -> Path:
    """Give the folder with the catalog of the version that holds; UsageError where nothing is published.

    What a newer copydesk has published is read through the catalog that it wrote.
    """
    store = Store(settings.data)
    try:
        if not store.current().version:
            raise UsageError(
                f"{settings.data}: nothing is published here; begin with `copydesk run`, or give --data"
            )
        refresh_catalog(store)
    except NewerError as error:
        sys.stderr.write(f"copydesk: {printable(str(error))}; it is read as it is\n")
    if tombstones.is_unfinished(store.root):
        sys.stderr.write(f"copydesk: {tombstones.UNFINISHED}\n")
    return store.published


def rows(published: Path, query: str, *values: str, is_safe: bool = False) -> Iterator[dict[str, Any]]:
    """Give the rows of a query as dicts; UsageError where DuckDB, or a safe connection, refuses it."""
    with _answer(published, query, values, is_safe=is_safe) as (names, found):
        if len(set(names)) < len(names):
            raise UsageError("two columns have one name; give each its own with `as`")
        for row in found:
            yield dict(zip(names, row, strict=True))


def csv(published: Path, query: str, *, is_safe: bool = False, is_excel_safe: bool = False) -> Iterator[str]:
    """Give the result of a query as lines of CSV, the names of its columns first; UsageError as for `rows`."""
    with _answer(published, query, (), is_safe=is_safe) as (names, found):
        if names:
            yield csv_line(names, is_excel_safe=is_excel_safe)
        for row in found:
            yield csv_line(row, is_excel_safe=is_excel_safe)


@contextlib.contextmanager
def _answer(
    published: Path, query: str, values: Sequence[str], *, is_safe: bool
) -> Iterator[tuple[list[str], Iterator[tuple[Any, ...]]]]:
    """Give the names of a result's columns and its rows; none of either for a query that has no result."""
    with catalog.reading(published, is_safe=is_safe) as connection:
        try:
            _check(query, is_safe=is_safe)
            answer = connection.execute(query, values)
        except duckdb.Error as error:
            raise UsageError(f"DuckDB refuses the query: {error}") from error
        names = [] if answer is None or answer.description is None else [each[0] for each in answer.description]
        yield names, _fetched(answer) if names else iter(())


def _check(query: str, *, is_safe: bool) -> None:
    """Raise UsageError for what a safe connection must not be asked: where DuckDB may read, it may write, too."""
    if is_safe and {each.type for each in duckdb.extract_statements(query)} - {duckdb.StatementType.SELECT}:
        raise UsageError("only a query that selects is safe; leave out --safe for this one")


def _fetched(answer: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while block := answer.fetchmany(FETCHED_ROWS):
        yield from block


def table(published: Path, query: str, *, width: int, is_safe: bool = False) -> str:
    """Give the result of a query as a table for a terminal; UsageError where DuckDB refuses it."""
    shown = io.StringIO()
    with catalog.reading(published, is_safe=is_safe) as connection:
        try:
            _check(query, is_safe=is_safe)
            answer = connection.sql(query)
            with contextlib.redirect_stdout(shown):
                if answer is not None:
                    answer.show(max_width=width, max_rows=SHOWN_ROWS)
        except duckdb.Error as error:
            raise UsageError(f"DuckDB refuses the query: {error}") from error
    return printable(shown.getvalue()).rstrip("\n")


def shell(published: Path) -> None:
    """Become the DuckDB shell on the catalog; UsageError where there is none on this machine."""
    program = shutil.which("duckdb")
    if program is None:
        raise UsageError(
            'the DuckDB command line is not on the PATH; give a query: copydesk sql "from stories limit 5"'
        )
    (here,) = catalog.here(published)
    keep_reading(Store(published.parent).manifest_file(Store(published.parent).pointed()))
    os.execv(program, [program, "-readonly", "-cmd", here, str(published / catalog.NAME)])  # noqa: S606  # on purpose


def is_file(name: str) -> bool:
    """Say whether a name means a page in a file; '-' is standard input."""
    try:
        return name == "-" or Path(name).exists()
    except OSError:  # too long for a name of a file
        return False


def _bytes(file: Path) -> bytes:
    if file.suffix.lower() in RECORDS:
        raise UsageError(f"{file}: holds records, not one page; `copydesk run` it and explain an article_id")
    try:
        return file.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"{file}: {error.strerror}; give a text or HTML file, or - for standard input") from error


def _page(article: Mapping[str, Any], cuts: list[dict[str, Any]]) -> Page:
    fields = {name: article[name] for name in FIELDS if article[name] is not None}
    told = {cut["line_no"]: cut for cut in cuts if cut["action"] == "read"}
    changed = {cut["line_no"]: cut for cut in cuts if cut["action"] != "read"}
    return Page(article["title"], article["body"], fields, tuple(_lines(article, told | changed)))


def _lines(article: Mapping[str, Any], cuts: Mapping[int, Mapping[str, Any]]) -> Iterator[Line]:
    """Give every line of the extracted text in order."""
    kept = iter(article["body"].split("\n"))
    for line_no in range(1, article["text_lines"] + 1):
        cut = cuts.get(line_no)
        if cut is None:
            text = next(kept)
            yield Line(line_no, "keep", None, None, None, text, text)
        else:
            stays = cut["action"] in ("trim", "repair", "read")
            decided = (cut["action"], cut["kind"], cut["rule_id"], cut["score"])
            yield Line(line_no, *decided, cut["text"], next(kept) if stays else None)
