"""Zip and tar archives of pages: members of every kind, hostile names, bombs."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.sources import Limits
from tests.gathered import gather, written
from tests.made_warc import crawl, members, page

MIB = 1 << 20
RECORD = json.dumps({"text": "Tides rise.", "title": "Tide"}).encode() + b"\n"
FILES = {
    "site/a.html": page(1),
    "site/b.txt": b"Two words",
    "feed.jsonl": RECORD + b"{torn\n",
    "deep/er/c.csv.gz": gzip.compress(b"title,text\nOne,First\n"),
    "crawl.warc.gz": members(crawl(1)),
    "photo.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "README": b"Plain words",
    ".hidden.html": page(2),
    "__MACOSX/site/a.html": b"\0\5\x16\7",
    "empty.txt": b"",
}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        archive.writestr("folder/", b"")
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def tarred(files: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=kind) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


ARCHIVES: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a.zip": zipped,
    "stored.zip": lambda files: zipped(files, zipfile.ZIP_STORED),
    "a.zip.gz": lambda files: gzip.compress(zipped(files)),
    "a.tar": tarred,
    "gnu.tar": lambda files: tarred(files, tarfile.GNU_FORMAT),
    "a.tar.gz": lambda files: gzip.compress(tarred(files)),
    "a.tgz": lambda files: gzip.compress(tarred(files)),
    "a.tar.zst": lambda files: zstandard.compress(tarred(files)),
    "a": tarred,
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_gives_the_records_of_its_members(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name, ARCHIVES[name](FILES))
    got = gather(path)
    assert [(row["source"], row["source_offset"], row["body"]) for row in got.pages] == [
        (f"{path}!site/a.html", 0, page(1).decode()),
        (f"{path}!site/b.txt", 0, "Two words"),
        (f"{path}!feed.jsonl", 0, "Tides rise."),
        (f"{path}!deep/er/c.csv.gz", 11, "First"),
        (f"{path}!crawl.warc.gz", len(crawl(1)[0] + crawl(1)[1]), page(0).decode()),
    ]
    assert got.reasons() == [(f"{name}!feed.jsonl", len(RECORD), "torn JSON"), (f"{name}!empty.txt", 0, "empty")]
    assert got.passed == {
        "member: a JPEG picture": 1,
        "member: plain text under a name that promises none": 1,
    }


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize(
    "name",
    ["../up.html", "a/../../up.html", "/etc/up.html", "..\\up.html", "C:\\up.html", "C:up.html", "a/.."],
)
def test_a_name_that_leads_out_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    inside = tmp_path / "x" / "y"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    pack = zipped if kind == "zip" else tarred
    got = gather(written(inside / f"a.{kind}", pack({name: page(1), "good.html": page(2)})))
    assert [row["body"] for row in got.pages] == [page(2).decode()]
    assert [(row["source"].partition("!")[2], row["reason"].partition(":")[0]) for row in got.bad] == [
        (name, "unsafe name")
    ]
    assert [entry.name for entry in tmp_path.rglob("*") if entry.is_file()] == [f"a.{kind}"]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, kind in (("a.html", tarfile.SYMTYPE), ("b.html", tarfile.LNKTYPE), ("c.html", tarfile.FIFOTYPE),
                           ("d.html", tarfile.CHRTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        good = tarfile.TarInfo("good.html")
        good.size = len(page(1))
        archive.addfile(good, io.BytesIO(page(1)))
    got = gather(written(tmp_path / "a.tar", sink.getvalue()))
    assert [row["body"] for row in got.pages] == [page(1).decode()]
    assert got.reasons() == [(f"a.tar!{name}.html", 0, "no file") for name in "abcd"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        link = zipfile.ZipInfo("a.html")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    assert gather(tmp_path / "a.zip").reasons() == [("a.zip!a.html", 0, "no file")]


def test_a_member_that_is_encrypted_damaged_or_packed_strangely_costs_itself_only(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.html": page(1), "b.html": page(2), "c.html": page(3), "d.html": page(4)}))
    places = [data.rfind(name.encode()) - 46 for name in ("a.html", "b.html", "c.html")]  # in the directory
    data[places[0] + 8] |= 1  # needs a password
    data[places[1] + 10] = 14  # LZMA
    data[data.find(b"c.html") + 40] ^= 0x10
    got = gather(written(tmp_path / "a.zip", bytes(data)))
    assert [row["body"] for row in got.pages] == [page(4).decode()]
    assert got.reasons() == [
        ("a.zip!a.html", 0, "encrypted"),
        ("a.zip!b.html", 0, "compression method 14 is not read. Pack it with deflate."),
        ("a.zip!c.html", 0, "damaged archive"),
    ]


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    files = {"in.zip": zipped({"a.html": page(1)}), "in.tar.gz": gzip.compress(tarred({"a.html": page(1)}))}
    got = gather(written(tmp_path / "a.zip", zipped(files)))
    assert (got.pages, got.reasons()) == (
        [],
        [("a.zip!in.zip", 0, "nested archive"), ("a.zip!in.tar.gz", 0, "nested archive")],
    )


def test_bombs_are_stopped_in_little_memory(tmp_path: Path) -> None:
    big = bytes(60 * MIB)
    paths = [
        written(tmp_path / "a.zip", zipped({"bomb.html": big, "good.html": page(1)})),
        written(tmp_path / "b.tar.gz", gzip.compress(tarred({"bomb.html": big}))),
        written(tmp_path / "c.tar", tarred({"bomb.txt.gz": gzip.compress(big), "good.html": page(2)})),
    ]
    del big
    tracemalloc.start()
    got = gather(*paths)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row["body"] for row in got.pages] == [page(1).decode(), page(2).decode()]
    assert [(name, reason) for name, _, reason in got.reasons()] == [
        ("a.zip!bomb.html", "expands too much"),
        ("b.tar.gz", "expands too much"),
        ("c.tar!bomb.txt.gz", "expands too much"),
    ]
    assert peak < 50 * MIB


def test_members_that_overlap_are_stopped_by_their_sum(tmp_path: Path) -> None:
    one = zipped({"a.txt": b"word " * 40_000})
    at = one.rfind(b"PK\1\2")
    entry, end = one[at : one.rfind(b"PK\5\6")], one[one.rfind(b"PK\5\6") :]
    many = 400
    end = end[:8] + struct.pack("<HHI", many, many, many * len(entry)) + struct.pack("<I", at) + end[20:]
    got = gather(
        written(tmp_path / "a.zip", one[:at] + entry * many + end), limits=Limits(ratio=20, ratio_from_bytes=MIB)
    )
    assert got.reasons()[-1] == ("a.zip", 0, "expands too much")
    assert len(got.bad) < many


def test_a_directory_too_large_to_hold_is_refused(tmp_path: Path) -> None:
    data = zipped({f"{number}.html": page(number) for number in range(30)})
    got = gather(written(tmp_path / "a.zip", data), limits=Limits(directory_bytes=1_000))
    assert (got.pages, got.reasons()) == ([], [("a.zip", 0, "too many members")])


def test_a_member_larger_than_a_record_is_streamed(tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"text": f"Line {number}"}).encode() + b"\n" for number in range(300))
    files = {"big.jsonl": lines, "long.txt": b"word " * 2_000, "good.txt": b"Word"}
    for name in ("a.zip", "a.tar.zst"):
        got = gather(written(tmp_path / name, ARCHIVES[name](files)), limits=Limits(record_bytes=2_000))
        assert [row["body"] for row in got.pages] == [*(f"Line {number}" for number in range(300)), "Word"]
        assert got.reasons() == [(f"{name}!long.txt", 0, "record too long")]


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.zip"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.001, 0.999))
def test_a_cut_archive_never_raises_and_says_so(tmp_path: Path, name: str, share: float) -> None:
    # no two members alike, so that gzip gives nearly as much as was read
    files = {f"{number}.html": os.urandom(300).hex().encode() for number in range(5)}
    whole = ARCHIVES[name](files)
    end = len(tarred(files).rstrip(b"\0")) if name == "a.tar" else len(whole)
    got = gather(written(tmp_path / name, whole[: max(int(end * share), 520 if name == "a.tar" else 20)]))
    bodies = [row["body"].encode() for row in got.pages]
    assert bodies == list(files.values())[: len(bodies)]
    assert len(got.bad) == 1
    if name == "a.zip":
        assert bodies == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), byte=st.integers(0, 255), name=st.sampled_from(["a.tar", "a.zip"]))
def test_any_changed_byte_is_survived(tmp_path: Path, at: int, byte: int, name: str) -> None:
    data = bytearray(ARCHIVES[name]({"a.html": page(1), "b" * 120 + ".txt": b"Word", "c.json": RECORD}))
    data[at % len(data)] = byte
    got = gather(written(tmp_path / name, bytes(data)))
    assert got.records + len(got.passed) > 0


def test_names_are_shown_as_they_are_or_escaped(tmp_path: Path) -> None:
    long = "ä" * 200 + ".txt"
    sink = io.BytesIO()
    with tarfile.open(
        fileobj=sink, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape"
    ) as archive:
        for name in (long, os.fsdecode(b"caf\xe9.txt"), "a\n;'.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(os.fsencode(name))
            archive.addfile(info, io.BytesIO(os.fsencode(name)))
    got = gather(written(tmp_path / "a.tar", sink.getvalue()))
    assert [row["source"].partition("!")[2] for row in got.pages] == [long, "caf\\xe9.txt", "a\n;'.txt"]
