"""Inputs to pages: every kind of file, whole, torn, hostile and repeated."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copydesk import sources
from copydesk.sources import Limits
from copydesk.sources.collector import Collector
from copydesk.sources.kinds import kind_of
from copydesk.sources.rejects import Bad, raw
from transforms.errors import UsageError
from transforms.schemas import PAGES, QUARANTINE

EDITION = date(2024, 3, 1)
SHARED = Path(__file__).parents[2] / "shared" / "data"
MIB = 1 << 20


class Gathered(NamedTuple):
    pages: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    records: int
    repeated: int

    def bodies(self) -> list[tuple[int, str]]:
        return [(page["source_offset"], page["body"]) for page in self.pages]

    def reasons(self) -> list[tuple[int, str]]:
        """Where, and the first words of why."""
        return [(row["source_offset"], row["reason"].partition(":")[0]) for row in self.bad]


def gather(*paths: Path, limits: Limits = Limits()) -> Gathered:  # noqa: B008  frozen
    batches = list(sources.read(paths, edition=EDITION, limits=limits))
    for batch in batches:
        batch.pages.validate(full=True)
        batch.quarantine.validate(full=True)
        assert (batch.pages.schema, batch.quarantine.schema) == (PAGES, QUARANTINE)
        rows = batch.pages.num_rows + batch.quarantine.num_rows
        assert batch.records == rows + batch.repeated + batch.unlisted
    return Gathered(
        [page for batch in batches for page in batch.pages.to_pylist()],
        [row for batch in batches for row in batch.quarantine.to_pylist()],
        sum(batch.records for batch in batches),
        sum(batch.repeated for batch in batches),
    )


def jsonl(*texts: str) -> bytes:
    return b"".join(json.dumps({"text": text}).encode() + b"\n" for text in texts)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def parquet(rows: list[dict[str, Any]], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, **options)
    return sink.getvalue()


def csv_of(rows: list[dict[str, str]], delimiter: str = ",") -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue().encode()


ROWS = [{"title": "One", "text": "First line\nsecond, “line”"}, {"title": "Two", "text": "Other text"}]
LINES = [json.dumps(row).encode() + b"\n" for row in ROWS]
TABLES = {
    "feed.jsonl": (b"".join(LINES), [0, len(LINES[0])]),
    "feed.ndjson": (b"\n" + b"\r\n".join(line.strip() for line in LINES), [1, len(LINES[0]) + 2]),
    "feed.json": (b"[" + b", ".join(line.strip() for line in LINES) + b"]", [1, len(LINES[0]) + 2]),
    "feed.csv": (csv_of(ROWS), [12, 49]),
    "feed.parquet": (parquet(ROWS), [0, 1]),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("name", TABLES)
def test_a_table_gives_its_records_in_every_format_and_compression(tmp_path: Path, name: str, suffix: str) -> None:
    data, offsets = TABLES[name]
    path = written(tmp_path / f"{name}{suffix}", PACKED[suffix](data))
    got = gather(path)
    assert [(page["source_offset"], page["title"], page["body"]) for page in got.pages] == [
        (offset, row["title"], row["text"]) for offset, row in zip(offsets, ROWS, strict=True)
    ]
    assert (got.bad, got.records, got.repeated) == ([], 2, 0)


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize(
    ("name", "media_type"), [("a.txt", "text/plain"), ("a.html", "text/html"), ("a.HTM", "text/html")]
)
def test_a_text_or_html_file_is_one_page(tmp_path: Path, name: str, media_type: str, suffix: str) -> None:
    path = written(tmp_path / f"{name}{suffix}", PACKED[suffix](b"<p>Word</p>"))
    body = b"<p>Word</p>"
    framed = b"".join(len(part).to_bytes(8, "little") + part for part in (b"", b"", body))
    assert gather(path).pages == [
        {
            "page_id": hashlib.blake2b(framed, digest_size=12).hexdigest(),
            "edition": EDITION,
            "source": str(path),
            "source_offset": 0,
            "site": None,
            "url": None,
            "fetched_at": None,
            "media_type": media_type,
            "charset": "utf-8",
            "charset_method": "utf-8",
            "charset_confidence": 1.0,
            "title": None,
            "author": None,
            "published": None,
            "modified": None,
            "section": None,
            "canonical_url": None,
            "robots": None,
            "tdm_reservation": None,
            "language": None,
            "body": "<p>Word</p>",
        }
    ]


def test_a_record_brings_its_metadata(tmp_path: Path) -> None:
    record = {"text": "Word", "url": "https://www.Example.org/a#top", "date_download": "2024-03-01 05:06:07"}
    (page,) = gather(written(tmp_path / "a.jsonl", json.dumps(record).encode())).pages
    assert (page["site"], page["url"], page["fetched_at"]) == (
        "example.org",
        "https://www.Example.org/a",
        datetime(2024, 3, 1, 5, 6, 7, tzinfo=UTC),
    )


def test_torn_json_costs_its_line_only(tmp_path: Path) -> None:
    good, torn = jsonl("one"), b'{"text": "tw\n'
    path = written(tmp_path / "a.jsonl", good + torn + b'{"text": "\xff"}\n[1]\n' + jsonl("three"))
    got = gather(path)
    assert got.bodies() == [(0, "one"), (47, "three")]
    assert got.reasons() == [
        (16, "torn JSON"),
        (29, "invalid UTF-8 at byte 10 of the line. Let the scraper write JSON Lines in UTF-8."),
        (43, "contract"),
    ]
    kept = torn.strip(b"\n")
    row = got.bad[0]
    row.pop("quarantine_id")
    assert row == {
        "edition": EDITION,
        "source": str(path),
        "source_offset": 16,
        "size_bytes": len(kept),
        "sha256": hashlib.sha256(kept).hexdigest(),
        "step": "sources",
        "reason": "torn JSON: Unterminated string, character 9 of the line. Deliver the record again.",
        "page_id": None,
        "bytes": kept,
        "is_truncated": False,
        "records": 1,
        "text": None,
    }


def test_a_field_nested_without_end_costs_its_record_only(tmp_path: Path) -> None:
    deep = '{"text": "x", "author": ' + "[" * 600 + "]" * 600 + "}"
    for name, data in (("a.jsonl", f"{deep}\n"), ("a.json", f"[{deep},\n")):
        end = "]" if name == "a.json" else ""
        got = gather(written(tmp_path / name, f'{data}{{"text": "good"}}{end}'.encode()))
        assert [page["body"] for page in got.pages] == ["good"]
        assert [(row["bytes"], row["reason"]) for row in got.bad] == [
            (deep.encode(), "contract: field author is nested more than 8 arrays deep. Map it in the scraper.")
        ]


@pytest.mark.parametrize("line", [b"[" * 100_000, b"9" * 5_000, b'{"text": NaN}', b"null"])
def test_hostile_json_is_a_bad_record(tmp_path: Path, line: bytes) -> None:
    got = gather(written(tmp_path / "a.jsonl", line + b"\n" + jsonl("good")))
    assert (got.bodies(), len(got.bad)) == ([(len(line) + 1, "good")], 1)


SENTENCES = [f"{number} {hashlib.sha256(str(number).encode()).hexdigest()}" for number in range(400)]


@pytest.mark.parametrize("share", [0.0004, 0.01, 0.3, 0.5, 0.77, 0.999])
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_half_an_archive_gives_its_whole_records(tmp_path: Path, suffix: str, share: float) -> None:
    plain = jsonl(*SENTENCES)
    blocks = [plain[at : at + 8_000] for at in range(0, len(plain), 8_000)]  # zstd gives whole blocks only
    packed = PACKED[suffix](plain) if suffix == ".gz" else b"".join(map(PACKED[suffix], blocks))
    cut = packed[: int(len(packed) * share)]
    got = gather(written(tmp_path / f"a.jsonl{suffix}", cut))
    if suffix == ".gz":
        before = zlib.decompressobj(31).decompress(cut)
    else:
        before = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(cut), read_across_frames=True).read()
    whole, _, tail = before.rpartition(b"\n")
    expected = [json.loads(line)["text"] for line in whole.splitlines()]
    assert [page["body"] for page in got.pages] == expected
    assert [(row["reason"].partition(":")[0], row["bytes"]) for row in got.bad] == [("truncated archive", tail)]


def test_half_an_archive_of_one_page_is_one_bad_record(tmp_path: Path) -> None:
    packed = gzip.compress("".join(SENTENCES).encode())
    for kind in ("txt", "html", "parquet", "csv"):
        got = gather(written(tmp_path / f"a.{kind}.gz", packed[:-5]))
        assert (got.pages, len(got.bad)) == ([], 1)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_flipped_byte_in_an_archive_rejects_the_file_as_a_whole(tmp_path: Path, suffix: str) -> None:
    packed = PACKED[suffix](jsonl(*SENTENCES[:50]))
    outcomes = set()
    for at in range(0, len(packed), 37):
        flipped = packed[:at] + bytes([packed[at] ^ 0x10]) + packed[at + 1 :]
        got = gather(written(tmp_path / f"a.jsonl{suffix}", flipped))
        pages = [page["body"] for page in got.pages]
        outcomes.add(("all" if pages == SENTENCES[:50] else pages == [], len(got.bad)))
    # a few bytes of the header (a time, an operating system) mean nothing to the content
    assert (True, 1) in outcomes
    assert outcomes <= {(True, 1), ("all", 0)}


def test_a_flipped_byte_in_parquet_rejects_the_file_as_a_whole(tmp_path: Path) -> None:
    packed = parquet([{"text": text} for text in SENTENCES], row_group_size=50, write_page_checksum=True)
    outcomes = set()
    for at in range(4, len(packed) - 4, 101):
        flipped = packed[:at] + bytes([packed[at] ^ 0x10]) + packed[at + 1 :]
        got = gather(written(tmp_path / "a.parquet", flipped), limits=Limits(batch_pages=50))
        pages = [page["body"] for page in got.pages]
        outcomes.add(("all" if pages == SENTENCES else pages == [], len(got.bad)))
    # statistics in the headers of pages mean nothing to the content
    assert outcomes == {(True, 1), ("all", 0)}


def test_members_of_gzip_follow_each_other_and_may_be_padded(tmp_path: Path) -> None:
    packed = gzip.compress(jsonl("one")) + gzip.compress(jsonl("two")) + b"\0" * 512
    assert gather(written(tmp_path / "a.jsonl.gz", packed)).bodies() == [(0, "one"), (16, "two")]


def test_garbage_behind_an_archive_is_damage(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "a.jsonl.gz", gzip.compress(jsonl("one")) + b"garbage"))
    assert (got.pages, got.reasons()) == ([], [(0, "damaged archive")])


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_bomb_is_stopped_in_little_memory(tmp_path: Path, suffix: str) -> None:
    packed = PACKED[suffix](b"a" * (16 * MIB)) * 16
    path = written(tmp_path / f"a.jsonl{suffix}", packed)
    tracemalloc.start()
    got = gather(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (got.pages, got.reasons()) == ([], [(0, "expands too much")])
    assert peak < 50 * MIB


def test_a_line_too_long_is_not_held_and_the_next_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    size = 70 * MIB
    with path.open("wb") as file:
        file.truncate(size)  # sparse: a line of NUL
        file.seek(size)
        file.write(b"\n" + jsonl("next"))
    tracemalloc.start()
    got = gather(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got.bodies() == [(size + 1, "next")]
    digest = hashlib.sha256()
    for _ in range(70):
        digest.update(bytes(MIB))
    (row,) = got.bad
    assert (row["size_bytes"], row["sha256"], row["bytes"], row["is_truncated"]) == (
        size,
        digest.hexdigest(),
        bytes(MIB),
        True,
    )
    assert row["reason"].startswith("record too long: 73400320 bytes")
    assert peak < 80 * MIB


@pytest.mark.parametrize("kind", ["txt", "html"])
def test_a_page_too_long_is_a_bad_record(tmp_path: Path, kind: str) -> None:
    got = gather(written(tmp_path / f"a.{kind}", b"word " * 30), limits=Limits(record_bytes=100))
    assert (got.pages, got.reasons()) == ([], [(0, "record too long")])


@pytest.mark.parametrize(
    "name",
    ["a.txt", "a.html", "a.jsonl", "a.json", "a.csv", "a.parquet", "a.txt.gz", "a.parquet.zst", "a.jsonl.zst"],
)
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n"])
def test_a_file_without_text_is_a_bad_record(tmp_path: Path, name: str, data: bytes) -> None:
    packed = PACKED[Path(name).suffix](data) if data and Path(name).suffix in PACKED else data
    got = gather(written(tmp_path / name, packed))
    assert (got.pages, got.reasons(), got.records) == ([], [(0, "empty")], 1)


def test_a_page_of_one_word_is_a_page(tmp_path: Path) -> None:
    assert gather(written(tmp_path / "a.txt", b"Word")).bodies() == [(0, "Word")]


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.parquet"])
def test_a_table_without_rows_has_no_records(tmp_path: Path, name: str) -> None:
    empty = pa.table({"text": pa.array([], pa.string())})
    pq.write_table(empty, tmp_path / "a.parquet")
    written(tmp_path / "a.json", b"[]")
    written(tmp_path / "a.csv", b"title,text\n")
    assert gather(tmp_path / name) == Gathered([], [], 0, 0)


def test_many_bad_lines_share_one_last_row(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b"bad\n" * 10 + jsonl("good"))
    (batch,) = sources.read([path], edition=EDITION, limits=Limits(quarantine_rows=3))
    assert (batch.records, batch.pages.num_rows, batch.quarantine.num_rows, batch.unlisted) == (11, 1, 4, 6)
    last = batch.quarantine.to_pylist()[-1]
    assert (last["source_offset"], last["size_bytes"], last["bytes"]) == (12, 21, b"bad")
    assert last["reason"].startswith("7 more bad records in this file beyond the first 3, from this one on.")
    assert [row["records"] for row in batch.quarantine.to_pylist()] == [1, 1, 1, 7]


def test_a_single_bad_line_beyond_the_last_row_is_listed_as_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b"bad\n" * 4)
    (batch,) = sources.read([path], edition=EDITION, limits=Limits(quarantine_rows=3))
    assert (batch.records, batch.unlisted) == (4, 0)
    reason = "torn JSON: Expecting value, character 0 of the line. Deliver the record again."
    digest = hashlib.sha256(b"bad").hexdigest()
    columns = ("source_offset", "size_bytes", "sha256", "reason", "bytes", "is_truncated")
    assert [tuple(row[name] for name in columns) for row in batch.quarantine.to_pylist()] == [
        (offset, 3, digest, reason, b"bad", False) for offset in (0, 4, 8, 12)
    ]


def test_a_shared_row_never_claims_to_hold_its_records_whole() -> None:
    collector = Collector(EDITION, Limits(quarantine_rows=0))
    for _ in range(2):
        collector.take(Bad("barred", raw(0, b"", Limits())))
    collector.finish()
    (row,) = collector.batch().quarantine.to_pylist()
    nothing = hashlib.sha256(b"").digest()
    assert (row["size_bytes"], row["sha256"], row["bytes"], row["is_truncated"]) == (
        0,
        hashlib.sha256(nothing * 2).hexdigest(),
        b"",
        True,
    )


def test_two_names_that_are_shown_alike_have_rows_of_their_own(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    paths = [Path(os.fsdecode(folder + name)) for name in (b"/\xff.txt", b"/\\xff.txt")]
    got = gather(*(written(path, b"") for path in paths))
    assert [row["source"] for row in got.bad] == [f"{tmp_path}/\\xff.txt"] * 2
    assert len({row["quarantine_id"] for row in got.bad}) == 2


def test_quarantine_keeps_a_bounded_share_of_bad_records(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", b"0123456789\n" * 3)
    rows = gather(path, limits=Limits(kept_bytes=8, kept_file_bytes=12)).bad
    assert [(row["bytes"], row["is_truncated"]) for row in rows] == [
        (b"01234567", True),
        (b"0123", True),
        (b"", True),
    ]


def test_a_page_met_again_is_counted_not_kept(tmp_path: Path) -> None:
    first = written(tmp_path / "a.jsonl", jsonl("same", "other", "same"))
    second = written(tmp_path / "b.jsonl", jsonl("same"))
    got = gather(second, first, first)
    assert [(page["source"], page["body"]) for page in got.pages] == [(str(first), "same"), (str(first), "other")]
    assert (got.records, got.repeated) == (4, 2)


def test_the_order_of_the_paths_changes_nothing(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{name}.jsonl", jsonl("same", name)) for name in "cab"]
    assert gather(*paths) == gather(*reversed(paths))


def test_a_renamed_file_gives_the_same_ids(tmp_path: Path) -> None:
    first = written(tmp_path / "a.jsonl", jsonl("one", "two"))
    second = Path(shutil.copy(first, tmp_path / "b.ndjson"))
    ids = [[page["page_id"] for page in gather(path).pages] for path in (first, second)]
    assert ids[0] == ids[1]


def test_site_url_and_text_each_change_the_id(tmp_path: Path) -> None:
    records = [
        {"text": "ab"},
        {"text": "ab", "site": "x.org"},
        {"text": "ab", "url": "http://x.org/a"},
        {"text": "b", "url": "http://x.org/aa"},
    ]
    path = written(tmp_path / "a.json", json.dumps(records).encode())
    assert len({page["page_id"] for page in gather(path).pages}) == 4


def test_batches_are_bounded_and_their_size_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", jsonl(*SENTENCES) + b"bad\n" * 30)
    by_rows = list(sources.read([path], edition=EDITION, limits=Limits(batch_pages=50)))
    by_bytes = list(sources.read([path], edition=EDITION, limits=Limits(batch_bytes=1_000)))
    assert {batch.pages.num_rows for batch in by_rows[:8]} == {50}
    assert max(batch.pages.num_rows for batch in by_bytes) == 16
    whole = gather(path)
    for batches in (by_rows, by_bytes):
        assert pa.concat_tables([batch.pages for batch in batches]).to_pylist() == whole.pages
        assert pa.concat_tables([batch.quarantine for batch in batches]).to_pylist() == whole.bad


def test_a_file_that_may_not_be_opened_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    barred, good = written(tmp_path / "a.txt", b"Word"), written(tmp_path / "b.txt", b"Word")
    torn = written(tmp_path / "c.jsonl", b"x")
    really = Path.open

    def opened(path: Path, *args: Any, **options: Any) -> Any:
        if path == barred:
            raise PermissionError(13, "Permission denied")
        if path == torn:
            raise OSError(5, "Input/output error")
        return really(path, *args, **options)

    monkeypatch.setattr(Path, "open", opened)
    got = gather(barred, good, torn, tmp_path)
    assert got.bodies() == [(0, "Word")]
    assert [(row["source"], row["reason"].partition(".")[0]) for row in got.bad] == [
        (str(tmp_path), "permission denied: it cannot be opened"),
        (str(barred), "permission denied: it cannot be opened"),
        (str(torn), "cannot be read: Input/output error"),
    ]


def test_a_name_that_is_no_utf8_is_shown_escaped(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n.txt"))
    path.write_bytes(b"Word")
    assert [page["source"] for page in gather(path).pages] == [f"{tmp_path}/caf\\xe9\n.txt"]


def test_source_is_the_path_as_given_without_detours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a.txt", b"Word")
    (tmp_path / "x").mkdir()
    assert [page["source"] for page in gather(Path("x/../a.txt")).pages] == ["a.txt"]


def test_json_holds_one_record_or_several_or_wraps_them(tmp_path: Path) -> None:
    one = b'{"text": "one", "links": [{"a": 1}]}'
    two = b'{"text": "two"}'
    wrapped = b'{"meta": {"n": 2}, "tags": ["x"], "articles": [%s, %s], "more": [{"text": "three"}]}' % (one, two)
    cases = {
        one: [(0, "one")],
        one + b"\n" + two + b"\n": [(0, "one"), (len(one) + 1, "two")],
        b'{"The Paper": [ ' + two + b" ]}": [(16, "two")],
        wrapped: [
            (wrapped.find(one), "one"),
            (wrapped.find(two), "two"),
            (wrapped.find(b'{"text": "three'), "three"),
        ],
        b"\xef\xbb\xbf" + two: [(3, "two")],
        b'[{"text": "\xc3\xa9\xc3\xa9"}, ' + two + b"]": [(1, "éé"), (19, "two")],
        b"[" + two.decode().encode("ascii") + b"]": [(1, "two")],
    }
    for number, (data, expected) in enumerate(cases.items()):
        got = gather(written(tmp_path / f"{number}.json", data))
        assert (got.bodies(), got.bad) == (expected, [])


def test_json_in_utf16_has_offsets_in_its_own_bytes(tmp_path: Path) -> None:
    data = '[{"text": "é"}, {"text": "two"}]'.encode("utf-16")
    got = gather(written(tmp_path / "a.json", data))
    assert [
        (page["source_offset"], page["body"], page["charset"], page["charset_method"]) for page in got.pages
    ] == [
        (4, "é", "utf-16-le", "bom"),
        (34, "two", "utf-16-le", "bom"),
    ]


def test_a_torn_array_gives_the_elements_before_the_tear(tmp_path: Path) -> None:
    data = b'[{"text": "one"}, {"text": "two"}, {"text": "th'
    got = gather(written(tmp_path / "a.json", data))
    assert got.bodies() == [(1, "one"), (18, "two")]
    assert [(row["source_offset"], row["bytes"]) for row in got.bad] == [(33, b', {"text": "th')]
    assert got.reasons() == [(33, "torn JSON")]


def test_json_without_a_record_is_a_bad_record(tmp_path: Path) -> None:
    for data in (b'{"meta": 1}', b"[1]", b'"text"', b'[{"text": "a"} 7]'):
        got = gather(written(tmp_path / "a.json", data))
        assert len(got.bad) == 1


def test_json_larger_than_can_be_held_is_one_bad_record(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "a.json", jsonl("one")), limits=Limits(json_bytes=10))
    assert (got.pages, got.reasons()) == ([], [(0, "file too long for .json")])


def test_csv_is_read_with_other_delimiters_and_character_sets(tmp_path: Path) -> None:
    rows = [{"Title": "x", "Article Text": 'a "b"\nç; d,'}]
    for data, charset in (
        (csv_of(rows, ";"), ("utf-8", "utf-8")),
        (csv_of(rows, "\t"), ("utf-8", "utf-8")),
        (b"\xef\xbb\xbf" + csv_of(rows), ("utf-8", "bom")),
    ):
        got = gather(written(tmp_path / "a.csv", data))
        assert [(page["title"], page["body"], page["charset"], page["charset_method"]) for page in got.pages] == [
            ("x", 'a "b"\nç; d,', *charset)
        ]


def test_csv_in_cp1252_has_offsets_in_its_own_bytes(tmp_path: Path) -> None:
    text = "Der Ministerpräsident erklärte am Montag, dass die Straße geöffnet wird."
    data = f'title,text\nGröße,"{text}"\nb,"{text} Ende"\n'.encode("cp1252")
    got = gather(written(tmp_path / "a.csv", data))
    assert [(page["source_offset"], page["title"], page["body"], page["charset"]) for page in got.pages] == [
        (11, "Größe", text, "cp1252"),
        (11 + 9 + len(text), "b", f"{text} Ende", "cp1252"),
    ]


def test_a_torn_csv_row_costs_itself_only(tmp_path: Path) -> None:
    # the good row has enough of UTF-8 to tell the scratch below from another character set
    rows = 'a,"one"x\nb,äöüäöüäöüä\nc\n\n'.encode() + b'd,thr\xffee\ne,"four\n'
    got = gather(written(tmp_path / "a.csv", b"title,text\n" + rows))
    assert got.bodies() == [(20, "äöüäöüäöüä")]
    assert [(row["source_offset"], row["bytes"]) for row in got.bad] == [
        (11, b'a,"one"x'),
        (43, b"c"),
        (46, b"d,thr\xffee"),
        (55, b'e,"four'),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b"x" * 200_000 + b"\n1\n",
            f"contract: no field for text or html among: {'x' * 40}. Rename one of them to text or html.",
        ),
        (
            b"title,text\ra,b\r",
            (
                "torn CSV: the header cannot be read. Check its quotes, and that lines end in a line feed, not in "
                "a carriage return alone."
            ),
        ),
    ],
)
def test_a_csv_header_that_cannot_be_used_costs_its_file_only(tmp_path: Path, data: bytes, reason: str) -> None:
    good = written(tmp_path / "b.csv", b"text\none\n")
    small = csv.field_size_limit(131_072)  # as in a process that has read no CSV yet
    got = gather(written(tmp_path / "a.csv", data), good)
    csv.field_size_limit(small)
    assert got.bodies() == [(5, "one")]
    assert [(row["source_offset"], row["size_bytes"], row["bytes"], row["reason"]) for row in got.bad] == [
        (0, len(data), data, reason)
    ]


def test_a_csv_row_with_a_lone_carriage_return_costs_itself_only(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "a.csv", b"title,text\na,b\rc,d\ne,f\n"))
    assert (got.bodies(), got.reasons()) == ([(19, "f")], [(11, "torn CSV")])


def test_a_quote_that_is_never_closed_is_bounded(tmp_path: Path) -> None:
    data = b'text\n"open\n' + b"line\n" * 50
    got = gather(written(tmp_path / "a.csv", data), limits=Limits(record_bytes=100))
    assert got.reasons()[0] == (5, "record too long")
    assert got.bodies() == [(131, "line")]
    assert got.records == 1 + len(got.bad) + got.repeated


def test_a_csv_line_too_long_is_hashed_whole(tmp_path: Path) -> None:
    line = b"a" * 200
    got = gather(
        written(tmp_path / "a.csv", b"text\n" + line + b"\nnext\n"), limits=Limits(record_bytes=100, kept_bytes=50)
    )
    assert got.bodies() == [(206, "next")]
    assert [(row["source_offset"], row["size_bytes"], row["sha256"]) for row in got.bad] == [
        (5, 200, hashlib.sha256(line).hexdigest())
    ]


def test_half_a_csv_archive_gives_its_whole_rows(tmp_path: Path) -> None:
    packed = gzip.compress(csv_of([{"text": text} for text in SENTENCES]))
    got = gather(written(tmp_path / "a.csv.gz", packed[: len(packed) // 2]))
    bodies = [page["body"] for page in got.pages]
    assert 100 < len(bodies) < 300
    assert bodies == SENTENCES[: len(bodies)]
    assert [row["reason"].partition(":")[0] for row in got.bad] == ["truncated archive"]


def test_tables_without_a_text_column_are_one_bad_record(tmp_path: Path) -> None:
    for name, data in (("a.csv", b"a,b\n1,2\n3,4\n"), ("a.parquet", parquet([{"a": 1, "b": 2}]))):
        got = gather(written(tmp_path / name, data))
        assert [row["reason"] for row in got.bad] == [
            "contract: no field for text or html among: a, b. Rename one of them to text or html."
        ]


def test_strange_keys_are_shown_escaped_and_shortened(tmp_path: Path) -> None:
    data = json.dumps({"\ud800\x1b]0;": 1, "k" * 100: 2}).encode()
    got = gather(written(tmp_path / "a.jsonl", data))
    assert [row["reason"].partition(". ")[0] for row in got.bad] == [
        f"contract: no field for text or html among: \\ud800\\x1b]0;, {'k' * 40}"
    ]


def test_parquet_takes_nested_flattened_and_doubled_columns(tmp_path: Path) -> None:
    body = {"summary": ["a"], "sections": [{"headline": ["b"], "paragraphs": ["c"]}]}
    tables = {
        "nested": pa.table({"body": [body]}),
        "flat": pa.table({"html.content": ["<p>a</p>"], "html.crawl_date": ["2024-03-01"]}),
        "doubled": pa.table([["a"], ["b"]], names=["text", "text"]),
    }
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    bodies = {name: gather(tmp_path / f"{name}.parquet").bodies() for name in tables}
    assert bodies == {"nested": [(0, "a\n\nb\n\nc")], "flat": [(0, "<p>a</p>")], "doubled": [(0, "b")]}


def test_utf16_csv_says_what_to_do(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "a.csv", "text\none\n".encode("utf-16")))
    assert [row["reason"] for row in got.bad] == ["utf-16-le is not read in CSV files. Save it as UTF-8."]


def test_parquet_rows_are_numbered_over_row_groups(tmp_path: Path) -> None:
    rows = [{"text": text or None, "n": 1} for text in ("zero", "one", "", "three", "four")]
    path = written(tmp_path / "a.parquet", parquet(rows, row_group_size=2))
    got = gather(path, limits=Limits(batch_pages=2))
    assert got.bodies() == [(0, "zero"), (1, "one"), (3, "three"), (4, "four")]
    assert [(row["source_offset"], row["bytes"]) for row in got.bad] == [(2, b'{"text": null}')]
    assert got.reasons() == [(2, "empty")]


def test_parquet_gives_times_as_text_and_bytes_of_html_decoded(tmp_path: Path) -> None:
    at = datetime(2024, 3, 1, 12, tzinfo=UTC)
    title = f"<value out of range: {2**62}>"
    html = '<meta charset="windows-1251"><p>Дорога будет открыта в понедельник.</p>'
    table = pa.table(
        {
            "html": [html.encode("cp1251")],
            "published": pa.array([date(2024, 2, 29)]),
            "fetched_at": pa.array([at], pa.timestamp("ns", "Nowhere/City")),
            "title": pa.array([2**62]).view(pa.timestamp("ms")),
            "authors": [["Ann", "Bo"]],
            "site": pa.array(["x.org"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (page,) = gather(tmp_path / "a.parquet").pages
    names = ("body", "charset", "charset_method", "published", "fetched_at", "author", "site", "title")
    assert [page[name] for name in names] == [
        html,
        "cp1251",
        "declared",
        "2024-02-29",
        at,
        "Ann; Bo",
        "x.org",
        title,
    ]


def test_invalid_utf8_in_parquet_costs_its_row_only(tmp_path: Path) -> None:
    text = pa.array([b"one", b"t\xffo", b"three"]).view(pa.string())
    pq.write_table(pa.table({"text": text}), tmp_path / "a.parquet")
    got = gather(tmp_path / "a.parquet")
    assert (got.bodies(), got.reasons()) == ([(0, "one"), (2, "three")], [(1, "invalid value")])


@pytest.mark.parametrize(
    ("name", "expected"), [("boilerplate_dev", (2130, 2117, 13)), ("extraction_dev", (1013, 1013, 0))]
)
def test_development_data_is_read_whole(name: str, expected: tuple[int, int, int]) -> None:
    path = SHARED / f"{name}.parquet"
    if not path.exists():
        pytest.skip("the development data is not beside the repository (../shared/data)")
    records = pages = repeated = 0
    for batch in sources.read([path], edition=EDITION):
        records, pages, repeated = records + batch.records, pages + batch.pages.num_rows, repeated + batch.repeated
    assert (records, pages, repeated) == expected


def test_one_page_is_read_from_memory() -> None:
    def one(data: bytes, name: str) -> list[tuple[str, str, str]]:
        rows = sources.read_one(data, name=name, edition=EDITION).to_pylist()
        return [(row["source"], row["media_type"], row["body"]) for row in rows]

    assert one(b"Word", "-") == [("-", "text/plain", "Word")]
    assert one(b" <p>Word</p>", "-") == [("-", "text/html", " <p>Word</p>")]
    assert one("\ufeff<p>Word</p>".encode(), "-") == [("-", "text/html", "<p>Word</p>")]
    assert one("<p>Word</p>".encode("utf-16"), "-") == [("-", "text/html", "<p>Word</p>")]
    with pytest.raises(sources.Unusable, match=r"^empty: there is no text in it\."):
        one(b" \n", "-")


@pytest.mark.parametrize("name", ["a.txt", "a.TXT", "a.html", "a.HTML", "a.Htm"])
@pytest.mark.parametrize("data", [b"Word", b"<b>Note</b> of the editor", b"\xef\xbb\xbf<p>Word</p>"])
def test_a_named_page_is_read_from_memory_as_from_its_file(tmp_path: Path, name: str, data: bytes) -> None:
    path = written(tmp_path / name, data)
    (batch,) = sources.read([path], edition=EDITION)
    assert sources.read_one(data, name=str(path), edition=EDITION) == batch.pages


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (jsonl("one", "two"), "a file of the kind jsonl"),
        (b"%PDF-1.7 x", "a PDF document"),
        (gzip.compress(b"<p>Word</p>", mtime=0), "compressed (gz)"),
    ],
)
def test_what_is_not_one_page_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(UsageError) as error:
        sources.read_one(data, name="page", edition=EDITION)
    assert str(error.value).startswith(f"page is {what}")
    assert str(error.value).endswith(", not one page of text, HTML or mail. Let `copydesk run` read it.")


def test_a_page_from_memory_is_bounded_as_a_file_is() -> None:
    with pytest.raises(sources.Unusable, match=r"^record too long: 11 bytes where 10 are allowed"):
        sources.read_one(b"a" * 11, name="-", edition=EDITION, limits=Limits(record_bytes=10))


LINE = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda text: json.dumps({"text": text}).encode(), st.text(max_size=20)),
    st.builds(
        lambda value: json.dumps(value).encode(), st.recursive(st.none() | st.text(), st.lists, max_leaves=3)
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINE, max_size=8), name=st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.txt", "a.html"]))
@example(lines=[b"\xff\xfe"], name="a.csv")
def test_any_bytes_are_accounted_for(tmp_path: Path, lines: list[bytes], name: str) -> None:
    data = b"\n".join(lines)
    got = gather(written(tmp_path / name, data))
    filled = sum(1 for line in data.split(b"\n") if line.strip())
    if kind_of(data, name) == "jsonl":
        assert got.records == max(filled, 1)
    assert got.records == len(got.pages) + len(got.bad) + got.repeated


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), name=st.sampled_from(["a.jsonl.gz", "a.txt.zst", "a.parquet", "a.parquet.gz"]))
def test_any_bytes_under_any_name_never_raise(tmp_path: Path, data: bytes, name: str) -> None:
    got = gather(written(tmp_path / name, data))
    assert got.records == len(got.pages) + len(got.bad) + got.repeated > 0
