"""What could not be processed: listed, shown, put through again, given up; counted all the time."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from typer.testing import CliRunner

from copydesk import drops, edition, quarantine, sources, workers
from copydesk.cli import app
from copydesk.quarantine import Choice
from copydesk.settings import Settings
from copydesk.sources import Unusable, formats
from copydesk.store import Store
from tests.in_process import at_once
from tests.test_edition import ask, digests
from tests.test_learn import DAYS, LEDGER, MIRROR, page
from transforms import extract, visible
from transforms.errors import ExtractError, StoreError, UsageError

TORN = b'{"url": "https://www.harborledger.example/9", "te\x1b[2J'
LATER = json.dumps(page(LEDGER, 41))  # a reader of today has it, that of the first run had not
AGAIN = json.dumps(page(LEDGER, 40))  # so has it this, which is a page of the edition
SLOW = page(MIRROR, 42)  # a worker of the first run gave it up
WHY = "the scraper wrote half a line; the page is gone"
TOO_LONG = "the page took more CPU time than page_cpu_seconds allows; look at it, then raise the limit or drop it"
OLD = "contract: an older reader. Upgrade."
NAMES = [(LEDGER, 40), (LEDGER, 41), (MIRROR, 42), (MIRROR, 43)]
PLAIN = Settings(workers=1, classifier=False)


@contextmanager
def as_of_old() -> Iterator[None]:
    """Let the readers and the extractor be worse than they are."""
    parsed, read = formats._parsed, extract._read

    def half(span: Any) -> object:
        if span.data in (LATER.encode(), b" " + AGAIN.encode()):
            raise Unusable(OLD)
        return parsed(span)

    def slow(row: dict[str, Any], judges: Any) -> Any:
        if row["url"] == SLOW["url"]:
            raise ExtractError(TOO_LONG)
        return read(row, judges)

    with mock.patch.object(formats, "_parsed", half), mock.patch.object(extract, "_read", slow):
        yield


@contextmanager
def processing() -> Iterator[None]:
    with mock.patch.object(workers, "run", at_once):
        yield


def settings(root: Path) -> Settings:
    return replace(PLAIN, data=root / "data")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder whose last edition was made by worse readers."""
    return built(tmp_path_factory.mktemp("quarantine"), is_old=True)


def built(folder: Path, *, is_old: bool) -> Path:
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "0.jsonl").write_text(json.dumps(page(LEDGER, 1)) + "\n")
    (folder / "in" / "empty.txt").write_text("")
    lines = [json.dumps(page(LEDGER, 40)), json.dumps(page(MIRROR, 43)), json.dumps(SLOW), LATER, " " + AGAIN]
    (folder / "in" / "1.jsonl").write_bytes("\n".join(lines).encode() + b"\n" + TORN + b"\n")
    with processing(), ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the same names of inputs, wherever the folder is
        if is_old:
            stack.enter_context(as_of_old())
        for day, files in enumerate((["in/0.jsonl"], ["in/1.jsonl", "in/empty.txt"])):
            edition.run(files, day=DAYS[day], settings=settings(folder))
    return folder


@pytest.fixture
def root(old: Path, tmp_path: Path) -> Path:
    """Give a copy of it, to be changed."""
    return Path(shutil.copytree(old, tmp_path / "copy"))


def counts(root: Path) -> list[tuple[object, ...]]:
    columns = "records, pages, repeated_records, articles, quarantined, unlisted_records"
    return ask(root / "data", f"select {columns} from editions where edition = '{DAYS[1]}'")


def ids(root: Path, reason: str) -> list[str]:
    return [row["quarantine_id"] for row in quarantine.rows(settings(root), Choice(reason=reason))]


def replay(root: Path, choice: Choice = Choice()) -> list[tuple[object, ...]]:  # noqa: B008  frozen
    with processing():
        done = quarantine.replay(settings(root), choice)
    return [(one.row["source_offset"], one.articles, one.repeated, one.reasons) for one in done.outcomes]


def cli(root: Path, *arguments: str, code: int = 0) -> list[str]:
    told = {"COPYDESK_CLASSIFIER": "0", "COPYDESK_WORKERS": "1", "COPYDESK_DATA": str(root / "data")}
    with processing():
        done = CliRunner(env=told).invoke(app, ["quarantine", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout.splitlines()


def test_what_is_in_quarantine_is_listed_and_summed_by_reason(old: Path) -> None:
    places = [(row["step"], row["source_offset"], row["records"]) for row in quarantine.rows(settings(old))]
    assert places == [
        ("extract", 824, 1), ("sources", 1235, 1), ("sources", 1648, 1), ("sources", 0, 1), ("sources", 2064, 1)
    ]  # fmt: skip
    slow, torn = ids(old, "CPU time")[0], ids(old, "torn")[0]
    lines = cli(old, "list", "--limit", "1")
    assert lines == [
        "id        edition     step     records  bytes  source          reason",
        f"{slow[:8]}  2026-03-03  extract  1        313    in/1.jsonl:824  {TOO_LONG}",
        "",
        "4 more rows; --limit 0 shows all",
        "",
        "2 x sources: contract",
        "1 x extract: the page took more CPU time than page_cpu_seconds allows",
        "1 x sources: empty",
        "1 x sources: torn JSON",
    ]
    [told] = cli(old, "list", "--step", "sources", "--reason", "TORN", "--edition", "2026-03-03", "--json")
    assert (json.loads(told)["quarantine_id"], "bytes" in json.loads(told)) == (torn, False)
    assert cli(old, "list", "--edition", "2026-03-02") == ["nothing is in quarantine"]


def test_bad_records_beyond_the_last_row_of_their_file_are_counted_in_the_list() -> None:
    row = {"step": "sources", "reason": "7 more bad records", "is_dropped": False, "records": 7}
    one = {**row, "reason": "torn JSON: x", "records": 1}
    assert list(quarantine.summed([one, row, {**one, "is_dropped": True}])) == [
        "7 x sources: 7 more bad records, listed in 1 rows",
        "2 x sources: torn JSON, 1 dropped",
    ]


def test_one_record_is_shown_with_its_bytes_as_text_that_steers_no_terminal(old: Path, tmp_path: Path) -> None:
    torn, slow = ids(old, "torn")[0], ids(old, "CPU time")[0]
    lines = cli(old, "show", torn)
    assert lines[0] == f"quarantine_id: {torn}"
    assert lines[-2:] == ["bytes:", TORN.decode().replace("\x1b", "\\x1b")]
    file = tmp_path / "record"
    assert cli(old, "show", torn, "--bytes", str(file)) == []
    assert file.read_bytes() == TORN
    shown = cli(old, "show", slow)
    assert shown[shown.index("text:") + 1] == SLOW["text"].split("\n")[0]
    assert json.loads(cli(old, "show", torn, "--json")[0])["bytes"] == TORN.decode()
    with pytest.raises(UsageError, match="no quarantine_id begins so"):
        quarantine.show(settings(old), "zzz")


def test_replay_makes_articles_of_what_can_be_read_today_and_every_record_stays_counted(root: Path) -> None:
    torn = "torn JSON: Invalid control character at, character 49 of the line. Deliver the record again."
    assert counts(root) == [(7, 3, 0, 2, 5, 0)]
    assert replay(root) == [
        (824, 1, 0, ()),
        (1235, 1, 0, ()),
        (1648, 0, 1, ()),
        (0, 0, 0, ()),
        (2064, 0, 0, (torn,)),
    ]
    assert counts(root) == [(7, 4, 1, 4, 2, 0)]
    found = ask(root / "data", "select source, url from articles where edition = '2026-03-03' order by url")
    assert found == [("in/1.jsonl", f"https://www.{site}/{number}") for site, number in NAMES]
    version = Store(root / "data").current().version
    assert [outcome[:3] for outcome in replay(root)] == [(0, 0, 0), (2064, 0, 0)]
    assert Store(root / "data").current().version == version


@pytest.mark.slow
def test_after_a_replay_the_tables_are_those_of_a_run_that_had_no_need_of_it(root: Path, tmp_path: Path) -> None:
    replay(root)
    assert digests(root / "data") == digests(built(tmp_path / "clean", is_old=False) / "data")


@pytest.mark.slow
@pytest.mark.parametrize("last", ["fold", "publish", "retry"])
def test_a_replay_that_was_ended_is_finished_by_the_next(root: Path, last: str) -> None:
    whole = root.parent / "whole"
    shutil.copytree(root, whole)
    replay(whole)
    before = digests(root / "data")
    with mock.patch.object(edition, last, side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        replay(root)
    assert digests(root / "data") == before
    replay(root)
    assert digests(root / "data") == digests(whole / "data")


def test_an_edition_that_is_made_again_keeps_what_a_replay_gained(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay(root, Choice(reason="CPU time"))
    before = digests(root / "data")
    monkeypatch.chdir(root)
    with processing(), as_of_old():
        edition.run(["in/1.jsonl", "in/empty.txt"], day=DAYS[1], settings=settings(root))
    assert digests(root / "data") == before


def test_only_what_is_named_is_replayed_and_the_exit_code_says_what_stays(root: Path) -> None:
    empty, (one, other) = ids(root, "empty")[0], sorted(ids(root, OLD))
    refused = "not tried: 0 of its 0 bytes were kept; deliver the file again"
    [line] = [line for line in cli(root, "replay", one[:10]) if line.startswith(one[:8])]
    assert line.split("  ")[-1] in ("1 article", "1 repeated")
    assert cli(root, "replay", "--reason", "no bytes", code=1) == [
        f"{empty[:8]}  2026-03-03  sources  in/empty.txt:0  {refused}",
        "0 of 1 have left quarantine; version 3",
    ]
    assert ids(root, OLD) == [other]
    told = [json.loads(line) for line in cli(root, "replay", "--edition", "2026-03-03", "--json", code=1)]
    assert [each["quarantine_id"] for each in told if each["quarantined"] or each["refused"]] == [
        empty, ids(root, "torn")[0]
    ]  # fmt: skip
    with pytest.raises(UsageError, match="name what to replay"):
        CliRunner().invoke(app, ["quarantine", "replay"], catch_exceptions=False)
    with pytest.raises(UsageError, match="no such edition"):
        quarantine.replay(settings(root), Choice(edition="2030-01-01"))


def test_a_dropped_record_stays_counted_without_its_bytes_and_no_run_waits_for_it(root: Path) -> None:
    torn = ids(root, "torn")[0]
    lines = cli(root, "drop", torn, "--reason", WHY)
    assert lines[1].endswith(f"dropped: {WHY}")
    row = quarantine.show(settings(root), torn)
    assert (row["bytes"], row["is_dropped"], row["dropped_because"], row["size_bytes"]) == (
        b"",
        True,
        WHY,
        len(TORN),
    )
    assert counts(root) == [(7, 3, 0, 2, 5, 0)]
    assert [outcome[0] for outcome in replay(root, Choice((torn,)))] == [2064]
    assert cli(root, "replay", torn, code=1)[0].endswith("not tried: it was dropped, and its bytes are gone")
    quarantine.drop(settings(root), [*ids(root, "empty"), *ids(root, OLD), *ids(root, "CPU time")], WHY)
    with processing(), as_of_old(), pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        report = edition.run(["in/1.jsonl", "in/empty.txt"], day=DAYS[1], settings=settings(root))
    assert (report.quarantined, report.counts["dropped"], report.is_beyond(0.0)) == (5, 5, False)


def test_nothing_is_dropped_without_a_reason_or_by_an_unknown_id(root: Path) -> None:
    before = digests(root / "data")
    with pytest.raises(UsageError, match="say why nothing can be had"):
        quarantine.drop(settings(root), ids(root, "torn"), " ")
    with pytest.raises(UsageError, match="no quarantine_id begins so"):
        quarantine.drop(settings(root), [*ids(root, "torn"), "zzz"], WHY)
    assert (drops.read(root / "data"), digests(root / "data")) == ((), before)


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"edition": "x"}', b'{"edition": 1, "quarantine_id": "a", "dropped_because": "b"}']
)
def test_a_line_of_drops_that_nobody_can_read_stops_everything(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / drops.FILE
    file.parent.mkdir()
    file.write_bytes(b"\n" + line + b"\n")
    with pytest.raises(StoreError, match=r"quarantine\.jsonl, line 2: no JSON object with the texts edition"):
        drops.read(tmp_path)


RECORD = '{"title": "Ferry", "text": "The ferry left the harbour at eight in the morning."}'
ITEM = f"<item><title>Ferry</title><content:encoded>{RECORD * 9}</content:encoded></item>"
WARC = (
    b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nThe ferry\r\n\r\n"
)


def kept(name: str, data: bytes, offset: int = 0, **changes: object) -> dict[str, Any]:
    row = {"edition": DAYS[0], "source": name, "source_offset": offset, "bytes": data, "size_bytes": len(data)}
    return {**row, "is_truncated": False, "reason": "of old", **changes}


@pytest.mark.parametrize(
    ("name", "data", "offset"),
    [
        ("in/a.jsonl", RECORD.encode(), 7),
        ("in/a.json", RECORD.encode(), 7),
        ("in/a.jsonl.gz", RECORD.encode(), 7),
        ("in/a.jsonl.gz", gzip.compress(RECORD.encode(), mtime=0), 0),
        ("in/a.xml", ITEM.encode(), 300),
        ("in/a.warc.gz", WARC, 500),
        ("in/a.txt", b"The ferry left.", 0),
        ("in/a.zip!b/c.html", b"<html><p>The ferry left.</p>", 0),
    ],
)
def test_a_record_is_read_again_as_what_its_file_was(name: str, data: bytes, offset: int) -> None:
    batch = sources.read_again(kept(name, data, offset))
    [found] = batch.pages.select(["source", "source_offset"]).to_pylist()
    assert (found, batch.records) == ({"source": name, "source_offset": offset}, 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (kept("a.jsonl", b"{", is_truncated=True, size_bytes=9), "1 of its 9 bytes were kept"),
        (kept("a.txt", b"The fer", reason="truncated archive: x"), "its file ends inside it"),
        (kept("a.csv", b"The ferry,left", 40), "the record alone does not tell"),
        (kept("a.jsonl.old", b"torn line", 40), "the record alone does not tell"),
        (kept("a.parquet", RECORD.encode(), 4), "the record alone does not tell"),
        (kept("a.html", b"of something else", 40), "the record alone does not tell"),
    ],
)
def test_no_page_is_made_of_bytes_that_do_not_tell_what_they_are(row: dict[str, Any], why: str) -> None:
    with pytest.raises(Unusable, match=why):
        sources.read_again(row)


def test_a_page_in_quarantine_has_the_text_that_a_reader_would_see() -> None:
    html = "<title>T</title><script>if (a < b) x</script><p>One &amp; <b>two</b><br>three</p><!-- no --><style>p"
    assert visible.visible(html, is_html=True) == "T\nOne & two\nthree"
    assert visible.visible("a <b>\r\n\n  c\0", is_html=False) == "a <b>\nc"
    assert visible.visible("<p>" + "word " * 1_000_000, is_html=True) == ("word " * 20_000).strip()


@pytest.mark.parametrize("part", ["<script>", "<!--", "<a", "<", "&", "<p x='", "<style><", "</p "])
def test_a_page_made_to_hang_a_parser_costs_its_size_only(part: str) -> None:
    assert len(visible.visible(part * 400_000, is_html=True)) <= visible.MOST_CHARS
