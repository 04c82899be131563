"""The bundled sample keeps its promises; nothing here runs copydesk."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
NIGHTS = ("2026-03-02", "2026-03-03", "2026-03-04")
TEXT_KEYS = ("text", "body", "maintext", "plaintext")
KINDS = {
    *("comment_form", "source_link", "share", "related", "newsletter", "paywall", "ad", "cookie", "legal"),
    *("nav", "tags", "site_date", "byline", "credit", "signoff", "republished", "caption", "media_pointer"),
    *("updated_marker", "title_repeat", "app"),
}
FRAMES = ("weather-", "market-", "river-")
Row = dict[str, Any]


def _rows(name: str) -> list[Row]:
    return [json.loads(line) for line in (SAMPLE / name).read_text("utf-8").split("\n") if line]


EXPECTED = _rows("expected.jsonl")
QUARANTINE = _rows("expected_quarantine.jsonl")
INPUTS = sorted(path for night in NIGHTS for path in (SAMPLE / night).iterdir())


def _page(row: Row) -> str:
    """Give the text of a text container's record, or the markup of an HTML page."""
    path: Path = SAMPLE / row["file"]
    data = path.read_bytes()
    if path.suffix in {".txt", ".html"}:
        charset = next((name for name in ("cp1252", "cp1251") if name in path.name), "utf-8")
        return data.decode(charset).replace("\r\n", "\n")
    if path.suffix == ".csv":
        return list(csv.DictReader(data.decode().splitlines(keepends=True)))[row["record"]]["text"]
    lines = (zlib.decompressobj(31).decompress(data) if path.suffix == ".gz" else data).split(b"\n")
    record = json.loads(lines[row["record"]])
    return str(next(record[key] for key in TEXT_KEYS if key in record))


def _name(row: Row) -> str:
    return f"{row['file']}#{row['record']}"


def test_it_is_as_large_and_as_mixed_as_promised() -> None:
    urls = [row["url"] for row in EXPECTED if row["url"]]
    assert len(EXPECTED) >= 84
    assert len({urlsplit(url).netloc for url in urls}) >= 9
    assert 25 <= len({row["story"] for row in EXPECTED}) <= 30
    assert {row["language"] for row in EXPECTED} == {"de", "en", "es", "fr", "ru", "zh"}
    assert {"".join(path.suffixes[-2:]) for path in INPUTS} == {".txt", ".html", ".jsonl", ".jsonl.gz", ".csv"}
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_500_000


def test_each_night_brings_pages() -> None:
    pages = Counter(row["file"][:10] for row in EXPECTED)
    assert min(pages[night] for night in NIGHTS) >= 25


def test_every_host_is_under_a_reserved_name() -> None:
    hosts = {urlsplit(row["url"]).netloc for row in EXPECTED if row["url"]}
    assert [host for host in sorted(hosts) if not host.endswith(".example")] == []


def test_every_input_has_an_answer_and_every_answer_an_input() -> None:
    answered = {SAMPLE / row["file"] for row in [*EXPECTED, *QUARANTINE]}
    assert answered == set(INPUTS)
    assert len({_name(row) for row in EXPECTED}) == len(EXPECTED)


def test_every_kind_of_leftover_is_there() -> None:
    assert {kind for row in EXPECTED for kind in row["leftover_kinds"]} == KINDS


def test_leftovers_come_in_every_language() -> None:
    assert {row["language"] for row in EXPECTED if row["leftover_lines"]} == {"de", "en", "es", "fr", "ru", "zh"}


@pytest.mark.parametrize("row", EXPECTED, ids=_name)
def test_the_lines_named_exist_and_hold_nothing_of_the_body(row: Row) -> None:
    named = [*row["leftover_lines"], *([row["title_line"]] if row["title_line"] else [])]
    lines = dict(enumerate(_page(row).split("\n"), start=1))
    assert len(row["leftover_lines"]) == len(row["leftover_kinds"])
    assert len(set(named)) == len(named)
    assert [number for number in named if not lines[number].strip()] == []
    assert [s for s in row["must_contain"] if any(s in lines[number] for number in named)] == []


@pytest.mark.parametrize("row", EXPECTED, ids=_name)
def test_the_strings_named_stand_in_the_page(row: Row) -> None:
    page = _page(row)
    assert len(row["must_contain"]) >= 2
    assert [text for text in row["must_contain"] if text not in page] == []
    assert not set(row["must_contain"]) & set(row["must_not_contain"])
    if row["file"].endswith((".txt", ".html")) and row["title_line"]:
        assert row["title"] in page.split("\n")[row["title_line"] - 1]


def test_each_relation_has_an_original_to_relate_to() -> None:
    originals = Counter(row["story"] for row in EXPECTED if row["relation"] == "original")
    assert originals == dict.fromkeys({row["story"] for row in EXPECTED}, 1)
    relations = {row["relation"] for row in EXPECTED}
    assert relations == {"original", "copy", "excerpt", "update", "rewrite"}


def test_one_event_is_told_in_three_stories() -> None:
    told = {row["story"] for row in EXPECTED if row.get("event") == "kittiwake-ferry"}
    assert told == {"ferry-ledger", "ferry-courier", "ferry-sentinel"}


def test_frames_and_series_are_stories_of_their_own() -> None:
    stories = {row["story"] for row in EXPECTED}
    assert Counter(f for s in stories for f in FRAMES if s.startswith(f)) == {
        "weather-": 3,
        "market-": 2,
        "river-": 3,
    }


def test_broken_inputs_are_really_broken() -> None:
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "2026-03-02/kuestenblatt-bruecke-cp1252.txt").read_text("utf-8")
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "2026-03-02/broken-invalid-byte.jsonl").read_bytes().split(b"\n")[1].decode()
    with pytest.raises(EOFError):
        gzip.decompress((SAMPLE / "2026-03-03/broken-half.jsonl.gz").read_bytes())
    with pytest.raises(json.JSONDecodeError):
        json.loads((SAMPLE / "2026-03-03/broken-torn-line.jsonl").read_bytes().split(b"\n")[1])
    assert (SAMPLE / "2026-03-04/broken-empty.txt").read_bytes() == b""
    assert (SAMPLE / "2026-03-04/broken-one-word.txt").read_text("utf-8").split() == ["Fog"]


def test_odd_characters_are_where_the_names_say() -> None:
    crlf = [path.name for path in INPUTS if b"\r" in path.read_bytes() and path.suffix != ".gz"]
    assert crlf == ["uplandsentinel-hospital-crlf.txt"]
    odd = (SAMPLE / "2026-03-04/uplandsentinel-orchard-nbsp-zerowidth.txt").read_text("utf-8")
    assert re.findall("[\u00a0\u00ad\u200b\u200c]", odd)
    assert "â€œ" in (SAMPLE / "2026-03-03/morningquay-museum-mojibake.txt").read_text("utf-8")
