"""WARC and WET files: whole, cut, torn and hostile."""

from __future__ import annotations

import base64
import gzip
import hashlib
import tracemalloc
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from copydesk.sources import Limits
from tests.gathered import filled, gather, written
from tests.made_warc import answer, crawl, members, page, record

MIB = 1 << 20
AT = datetime(2026, 3, 2, 5, 6, 7, tzinfo=UTC)
URL = "https://www.harbor.example/a"
TEXT = "Die Fähre über den Strom fährt wieder, sagte die Hafenbehörde am Montag."


def starts(pieces: list[bytes]) -> list[int]:
    return [sum(map(len, pieces[:number])) for number in range(len(pieces))]


@pytest.mark.parametrize("form", ["plain", "members", "whole", "frames"])
def test_a_crawl_gives_its_pages_in_every_form(tmp_path: Path, form: str) -> None:
    records = crawl(5)
    packed = {
        "plain": b"".join(records),
        "members": members(records),
        "whole": gzip.compress(b"".join(records)),
        "frames": b"".join(map(zstandard.compress, records)),
    }
    got = gather(written(tmp_path / f"{form}.warc", packed[form]))
    places = starts([gzip.compress(one, mtime=0) for one in records] if form == "members" else records)
    expected = [(place, page(number).decode()) for number, place in enumerate(places[2::2])]
    assert (got.bodies(), got.bad, got.passed, got.repeated) == (expected, [], {}, 0)
    assert filled(got.pages[3]) == {
        "site": "harbor.example",
        "url": "https://www.harbor.example/3",
        "fetched_at": AT,
        "media_type": "text/html",
    }


def test_headers_of_the_answer_become_columns(tmp_path: Path) -> None:
    headers = [
        ("content-type", 'text/html; charset="windows-1252"'),
        ("Last-Modified", "Sun, 01 Mar 2026 10:00:00 GMT"),
        ("X-Robots-Tag", "noai"),
        ("x-robots-tag", "googlebot: noindex,\r\n nofollow"),
        ("TDM-Reservation", "1"),
        ("Content-Language", "de"),
    ]
    data = record("response", answer(f"<p>{TEXT}</p>".encode("cp1252"), headers), url=f"<{URL}#top>")
    (row,) = gather(written(tmp_path / "a.warc", data)).pages
    assert (row["body"], row["charset"], row["charset_method"]) == (f"<p>{TEXT}</p>", "cp1252", "header")
    assert filled(row) == {
        "site": "harbor.example",
        "url": URL,
        "fetched_at": AT,
        "media_type": "text/html",
        "modified": "Sun, 01 Mar 2026 10:00:00 GMT",
        "robots": "noai, googlebot: noindex, nofollow",
        "tdm_reservation": "1",
        "language": "de",
    }


def test_wet_and_resources_are_pages(tmp_path: Path) -> None:
    wet = {"content_type": "text/plain", "url": URL}
    data = b"".join([
        record("conversion", TEXT.encode(), WARC_Identified_Content_Language="deu", **wet),
        record("conversion", b"two tongues", WARC_Identified_Content_Language="deu,eng", **wet),
        record("resource", page(1), content_type="text/html", url="file:///b"),
        record("resource", b"\x89PNG\r\n", content_type="image/png", url=URL),
        record("response", b"harbor.example A 192.0.2.1", content_type="text/dns", url="dns:harbor.example"),
    ])  # fmt: skip
    got = gather(written(tmp_path / "a.warc.wet.gz", gzip.compress(data)))
    assert [(row["body"], filled(row)) for row in got.pages] == [
        (
            TEXT,
            {"site": "harbor.example", "url": URL, "fetched_at": AT, "media_type": "text/plain", "language": "deu"},
        ),
        ("two tongues", {"site": "harbor.example", "url": URL, "fetched_at": AT, "media_type": "text/plain"}),
        (page(1).decode(), {"fetched_at": AT, "media_type": "text/html"}),
    ]
    assert (got.bad, got.passed) == ([], {"document of type image/png": 1, "document of type text/dns": 1})


def chunked(data: bytes) -> bytes:
    parts = [data[at : at + 50] for at in range(0, len(data), 50)]
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


BODY = page(7)
RAW_DEFLATE = zlib.compress(BODY)[2:-4]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress(BODY, mtime=0)),
        ({"Content-Encoding": "GZIP", "Transfer-Encoding": "chunked"}, chunked(gzip.compress(BODY, mtime=0))),
        ({"Transfer-Encoding": "chunked"}, chunked(BODY)),
        ({"Content-Encoding": "deflate"}, zlib.compress(BODY)),
        ({"Content-Encoding": "deflate"}, RAW_DEFLATE),
        ({"Content-Encoding": "br"}, brotli.compress(BODY)),
        ({"Content-Encoding": "zstd"}, zstandard.compress(BODY)),
        # taken off by the crawler, which left the header as it was
        ({"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}, BODY),
        ({"Content-Encoding": "br"}, BODY),
        ({"Content-Encoding": "identity"}, BODY),
        ({"Content-Type": ""}, BODY),
        ({"Content-Type": "application/octet-stream"}, BODY),
        ({"Content-Type": "text/plain"}, BODY),
    ],
)
def test_the_body_is_decoded_whatever_the_headers_promise(
    tmp_path: Path, headers: dict[str, str], body: bytes
) -> None:
    got = gather(written(tmp_path / "a.warc", record("response", answer(body, headers), url=URL)))
    assert [(row["body"], row["media_type"]) for row in got.pages] == [(BODY.decode(), "text/html")]


def test_what_is_no_page_is_counted_by_its_kind(tmp_path: Path) -> None:
    def response(status: str = "200 OK", content_type: str = "text/html", body: bytes = b"x") -> bytes:
        return record("response", answer(body, {"Content-Type": content_type}, status), url=URL)

    records = [
        *crawl(1),
        response("404 Not Found"),
        response("404 Not Found"),
        response("301 Moved Permanently"),
        response(content_type="image/jpeg"),
        response(content_type="", body=b"%PDF-1.7"),
        record("revisit", b"", url=URL),
        record("strange", b"", url=URL),
        record("metadata", b"x", url=URL),
    ]
    for name, data in (("a.warc", b"".join(records)), ("a.warc.gz", members(records))):
        got = gather(written(tmp_path / name, data))
        assert (len(got.pages), got.bad, got.records) == (1, [], 1)
        assert got.passed == {
            "HTTP status 404": 2,
            "HTTP status 301": 1,
            "document of type image/jpeg": 1,
            "document of no type, it is a PDF document": 1,
            "WARC revisit record": 1,
            "WARC strange record": 1,
        }


def test_kinds_that_a_server_makes_up_without_end_share_a_count(tmp_path: Path) -> None:
    records = [record("response", answer(b"x", {"Content-Type": f"a/{number}"}), url=URL) for number in range(60)]
    passed = gather(written(tmp_path / "a.warc", b"".join(records))).passed
    assert (len(passed), passed["other kinds"]) == (51, 10)


@pytest.mark.parametrize("packing", [b"".join, members])
def test_a_bad_record_costs_itself_only_and_is_kept_whole(tmp_path: Path, packing: Any) -> None:
    bad = {
        "no HTTP answer": record("response", b"garbage", url=URL),
        "empty": record("response", answer(b" \n"), url=URL),
        "wrong digest": record("response", answer(page(8)), url=URL, WARC_Block_Digest="sha1:" + "A" * 32),
        "segmented record": record("continuation", page(8), url=URL, WARC_Segment_Number="2"),
        "damaged HTTP body": record(
            "response", answer(gzip.compress(page(8))[:-20] + b"x" * 20, {"Content-Encoding": "gzip"}), url=URL
        ),
    }
    good = crawl(2)
    records = [good[2], *bad.values(), good[4]]
    got = gather(written(tmp_path / "a.warc", packing(records)))
    assert [row["body"] for row in got.pages] == [page(0).decode(), page(1).decode()]
    # the empty lines between records are no part of them, unless a member holds both
    assert [(row["reason"].partition(":")[0], row["bytes"]) for row in got.bad] == [
        (reason, data.removesuffix(b"\r\n\r\n")) for reason, data in bad.items()
    ]


@pytest.mark.parametrize("name", ["sha1", "sha256", "md5"])
def test_a_right_digest_is_right_in_any_alphabet(tmp_path: Path, name: str) -> None:
    block = answer(page(1))
    digest = hashlib.new(name, block).digest()
    shown = [
        digest.hex(),
        base64.b64encode(digest).decode(),
        base64.b32encode(digest).decode(),
        base64.b32encode(digest).decode().rstrip("=").lower(),
    ]
    data = b"".join(
        record("response", block, url=f"{URL}{number}", WARC_Block_Digest=f"{name}:{told}")
        for number, told in enumerate(shown)
    )
    assert len(gather(written(tmp_path / "a.warc", data)).pages) == 4


WHOLE = crawl(4)
PACKED = [gzip.compress(one, mtime=0) for one in WHOLE]


def before(pieces: list[bytes], cut: int) -> list[str]:
    """Give the pages of the records that lie whole before a cut; the blank lines behind them may be missing."""
    ends = [sum(map(len, pieces[: number + 1])) for number in range(len(pieces))]
    return [page(number).decode() for number, end in enumerate(ends[2::2]) if end <= cut]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(5, sum(map(len, WHOLE)) - 1))
def test_a_cut_warc_gives_its_whole_records_and_one_row(tmp_path: Path, cut: int) -> None:
    got = gather(written(tmp_path / "a.warc", b"".join(WHOLE)[:cut]))
    ends = [start + len(one) - 4 for start, one in zip(starts(WHOLE), WHOLE, strict=True)]
    expected = [page(number).decode() for number, end in enumerate(ends[2::2]) if end <= cut]
    assert [row["body"] for row in got.pages] == expected
    is_inside = not any(end <= cut <= end + 4 for end in ends)
    assert [row["reason"].partition(":")[0] for row in got.bad] == ["truncated WARC"] * is_inside


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(5, sum(map(len, PACKED)) - 1))
@example(cut=sum(map(len, PACKED)) - 1)
@example(cut=len(PACKED[0]) + 3)
def test_a_cut_warc_gz_gives_its_whole_records_and_one_row(tmp_path: Path, cut: int) -> None:
    got = gather(written(tmp_path / "a.warc.gz", b"".join(PACKED)[:cut]))
    assert [row["body"] for row in got.pages][: len(before(PACKED, cut))] == before(PACKED, cut)
    assert len(got.pages) <= len(before(PACKED, cut)) + 1  # whole, though the checksum behind it is missing
    assert len(got.bad) == (cut not in starts(PACKED))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(3, sum(map(len, PACKED)) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_one_member(tmp_path: Path, at: int, bit: int) -> None:
    data = bytearray(b"".join(PACKED))
    data[at] ^= 1 << bit
    got = gather(written(tmp_path / "a.warc", bytes(data)))
    hit = max(number for number, start in enumerate(starts(PACKED)) if start <= at)
    pages = [page(number).decode() for number in range(4)]
    if got.bad:
        assert len(got.bad) == 1
        pages = [text for number, text in enumerate(pages) if 2 * number + 2 != hit]
    assert got.repeated == 0
    assert [row["body"] for row in got.pages] == pages  # a bit of the gzip header (its time) may mean nothing


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(st.sampled_from([*WHOLE, b"\r\n", b"WARC/1.0\r\n", b"\nWARC/1.0\r\n\r\n", b"junk"]), max_size=6)
)
def test_any_order_of_pieces_is_accounted_for(tmp_path: Path, pieces: list[bytes]) -> None:
    data = b"WARC/1.0\r\n" + b"".join(pieces)
    gather(written(tmp_path / "a.warc", data))
    gather(written(tmp_path / "b.warc", members(pieces) if pieces else b"x"))


@pytest.mark.parametrize("length", ["99999", "10", "-1", "x", "9" * 30])
def test_a_wrong_length_costs_its_record_only(tmp_path: Path, length: str) -> None:
    first, wrong, last = (record("response", answer(page(number)), url=URL) for number in (1, 2, 3))
    size = f"Content-Length: {len(answer(page(2)))}".encode()
    assert size in wrong
    wrong = wrong.replace(size, f"Content-Length: {length}".encode())
    got = gather(written(tmp_path / "a.warc", first + wrong + last))
    assert [row["body"] for row in got.pages] == [page(1).decode(), page(3).decode()]
    assert [(row["source_offset"], row["bytes"]) for row in got.bad] == [(len(first), wrong)]


def test_garbage_between_members_is_one_row(tmp_path: Path) -> None:
    data = b"".join(
        [PACKED[2], b"garbage \x1f\x8b\x08 and more", gzip.compress(b"no record"), PACKED[4], b"\0" * 900]
    )
    got = gather(written(tmp_path / "a.warc.gz", data))
    assert [row["body"] for row in got.pages] == [page(0).decode(), page(1).decode()]
    assert [(row["source_offset"], row["reason"].partition(":")[0]) for row in got.bad] == [
        (len(PACKED[2]), "damaged archive")
    ]


def test_members_of_several_records_are_read(tmp_path: Path) -> None:
    one, two, three = crawl(1)[2], crawl(2)[4], crawl(3)[6]
    data = gzip.compress(one) + gzip.compress(two + three)
    assert [row["body"] for row in gather(written(tmp_path / "a.warc", data)).pages] == [
        page(number).decode() for number in range(3)
    ]


def test_a_file_compressed_as_a_whole_is_rejected_as_a_whole(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"".join(WHOLE)))
    packed[-6] ^= 1  # in the checksum
    got = gather(written(tmp_path / "a.warc.gz", bytes(packed)))
    assert (got.pages, got.reasons()) == ([], [("a.warc.gz", 0, "damaged archive")])


def test_a_record_too_long_is_a_row_and_a_film_is_counted(tmp_path: Path) -> None:
    long = [
        record("response", answer(b"a" * 3_000), url=URL),
        record("response", answer(b"b" * 3_000, {"Content-Type": "video/mp4"}), url=URL),
        record("metadata", b"c" * 3_000, url=URL),
    ]
    records = [*long, crawl(1)[2]]
    limits = Limits(record_bytes=1_500, header_bytes=600)
    for name, data in (("a.warc", b"".join(records)), ("b.warc.gz", members(records))):
        got = gather(written(tmp_path / name, data), limits=limits)
        assert [row["body"] for row in got.pages] == [page(0).decode()]
        assert [row["reason"].partition(":")[0] for row in got.bad] == ["record too long"]
        assert got.passed == {
            "document of type video/mp4": 1,
            "WARC metadata record that is too long to be held": 1,
        }


def test_a_bomb_is_stopped_in_little_memory_and_the_next_page_is_read(tmp_path: Path) -> None:
    size = 256 * MIB
    head = record("response", b"").replace(b"Content-Length: 0", f"Content-Length: {size}".encode())
    packer = zlib.compressobj(wbits=31)
    bomb = packer.compress(head) + b"".join(packer.compress(bytes(MIB)) for _ in range(256)) + packer.flush()
    inner = record("response", answer(gzip.compress(bytes(100 * MIB)), {"Content-Encoding": "gzip"}), url=URL)
    path = written(tmp_path / "a.warc.gz", bomb + gzip.compress(inner) + PACKED[2])
    tracemalloc.start()
    got = gather(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row["body"] for row in got.pages] == [page(0).decode()]
    assert [reason for _, _, reason in got.reasons()] == ["expands too much", "expands too much"]
    assert peak < 160 * MIB


def test_a_page_of_20_mb_in_one_paragraph_is_a_page(tmp_path: Path) -> None:
    text = b"tide and ferry " * 1_400_000
    got = gather(written(tmp_path / "a.warc", record("response", answer(b"<p>" + text), url=URL)))
    assert [len(row["body"]) for row in got.pages] == [len(text) + 3]
