"""What a file is, told by its first bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from copydesk.sources.kinds import SUFFIXES, described, kind_of, promised
from tests.gathered import gather, written

LINE = b'{"text": "One"}'
HTML = b"<!doctype html><p>One</p>"
FEED = b'<?xml version="1.0"?>\n<!-- x -->\n<rss version="2.0"><item><content>One</content></item></rss>'
MAIL = b"Received: from x\r\n by y\r\nMessage-ID: <1@x>\r\nSubject: x\r\n\r\nOne"
WARC = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nOne\r\n\r\n"


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["One"]}), sink)
    return sink.getvalue()


def zipped(name: str = "a.txt") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"One")  # of 1980, so that tests keep their names
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"One"))
    return sink.getvalue()


CLEAR = {
    "html": HTML,
    "jsonl": LINE + b"\n" + b'{"text": "Two"}\n',
    "json": b"[\n" + LINE + b",\n" + b'{"text": "Two"}]',
    "parquet": parquet(),
    "warc": WARC,
    "zip": zipped(),
    "tar": tarred(),
    "feed": FEED,
    "mail": MAIL,
}


@pytest.mark.parametrize("suffix", ["", *SUFFIXES, ".pdf", ".jpg", ".bak"])
@pytest.mark.parametrize("kind", CLEAR)
def test_what_the_first_bytes_show_counts_more_than_the_name(kind: str, suffix: str) -> None:
    assert kind_of(CLEAR[kind], f"a{suffix}") == kind


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
@pytest.mark.parametrize("kind", CLEAR)
def test_a_file_under_a_wrong_name_is_read_as_what_it_is(tmp_path: Path, kind: str, pack: object) -> None:
    got = gather(written(tmp_path / "a.csv", pack(CLEAR[kind])))  # type: ignore[operator]
    assert got.bad == []
    assert got.pages[0]["body"] == ("<!doctype html><p>One</p>" if kind == "html" else "One")


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        # markup that may stand in a text
        (b"<p>One</p>", "a.txt", "text"),
        (b"<b>Note</b>", "a.txt", "text"),
        (b"<p>One</p>", "a.html", "html"),
        (b"<p>One</p>", "a", "html"),
        (b"<p>One</p>", "a.parquet", "html"),
        (b"<3 is a heart", "a", "text"),
        (b"<!-- x --><html>", "a.txt", "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html>', "a.txt", "html"),
        (b'<?xml version="1.0"?><urlset>', "a.xml", ""),
        (b'<?xml version="1.0"?><urlset>', "a", ""),
        (b"<atom:feed>", "a", "feed"),
        ("<!doctype html>".encode("utf-16"), "a", "html"),
        (b"\xef\xbb\xbf" + FEED, "a.txt", "feed"),
        # one line of JSON, or several
        (LINE, "a", "jsonl"),
        (LINE, "a.json", "json"),
        (LINE + b"\n" + LINE, "a.json", "jsonl"),
        (b'{\n "text": "One"\n}', "a.jsonl", "json"),
        (b"[" + LINE + b",\n" + LINE + b"]", "a.jsonl", "json"),
        (b"[" + LINE + b",", "a.txt", "json"),
        (LINE, "a.txt", "jsonl"),
        ('[{"text": "é"}]'.encode("utf-16"), "a.json", "json"),
        ((LINE + b"\n" + LINE).decode().encode("utf-16"), "a", "json"),
        (b"{One} of the words", "a.txt", "text"),
        (b"[One] of the words", "a", "text"),
        (b'{"text": "torn', "a.jsonl", "jsonl"),
        (b"garbage", "a.jsonl", "jsonl"),
        (b'"text"', "a.json", "json"),
        # tables and texts
        (b"title,text\nOne,Two\n", "a.csv", "csv"),
        (b"title,text\nOne,Two\n", "a.tsv", "csv"),
        (b"title,text\nOne,Two\n", "a", "csv"),
        (b'"Title";"Full Text"\n', "a.export", "csv"),
        (b"title,text\nOne,Two\n", "a.txt", "text"),
        (b"Text, as we know it\n", "a", "text"),
        (b"One", "a.csv", "csv"),
        # mails and texts that begin like one
        (b"From: Lunow\nSubject: the ferry\n\nIt sails.", "a.txt", "text"),
        (b"From: Lunow\nSubject: the ferry\n\nIt sails.", "a.eml", "mail"),
        (b"Lunow: the ferry sails\n\n", "a.eml", "text"),
        # what is promised and not there
        (b"One", "a.parquet", "text"),
        (b"\0\1\2\3" * 9, "a.parquet", "parquet"),
        (b"\0\1\2\3" * 9, "a.txt", "text"),
        (b"\0\1\2\3" * 9, "a", ""),
        (b"", "a.warc", "warc"),
        (b"", "a", "text"),
        # what begins with the letters of a format
        (b"PAR1 was the first of them", "a.txt", "text"),
        (b"OTTO kam an Bord", "a", "text"),
        (b"GIF8 and BZh are words", "a", "text"),
        (b"%PDF-1.7", "a.txt", ""),
        (zipped("[Content_Types].xml"), "a.zip", ""),
    ],
)
def test_the_name_decides_what_the_first_bytes_leave_open(data: bytes, name: str, kind: str) -> None:
    assert kind_of(data, name) == kind


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0", "a PNG picture"),
        (zipped("mimetype"), "a document in a zip of its own (office program, e-book, program)"),
        (b"\0\0\0\x18ftypmp42", "a film or picture (MP4, HEIC)"),
        (b"\xfd7zXZ\0\0", "xz data; compress it with gzip or zstd"),
        (b"<urlset>", "XML with the root urlset, which is no feed"),
        (b"\0\1\2\3\4\5\6\7\x08", "of an unknown kind; it begins with the bytes 00 01 02 03 04 05 06 07"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    assert described(data) == what
    if data.startswith(b"<"):
        data = b"<?xml version='1.0'?>" + data
    (row,) = gather(written(tmp_path / "a", data)).bad
    assert row["reason"] == f"not read: it is {what}. Take it out, or deliver its pages in another form."


def test_every_suffix_promises_its_kind_also_when_compressed() -> None:
    for suffix, kind in SUFFIXES.items():
        assert [promised(f"a.b{suffix.upper()}{packed}") for packed in ("", ".gz", ".ZST")] == [kind] * 3
    assert [promised(name) for name in ("a", "a.gz", "a.pdf", "html", ".html")] == [""] * 5


@given(st.binary(max_size=600), st.sampled_from(["a", *(f"a{suffix}" for suffix in SUFFIXES)]))
def test_any_bytes_have_one_kind_or_none(data: bytes, name: str) -> None:
    assert kind_of(data, name) in {"", *SUFFIXES.values()}
    assert described(data)


def test_a_compressed_file_whose_beginning_is_gone_is_damaged(tmp_path: Path) -> None:
    packed = bytes([0]) + gzip.compress(bytes(range(256)) * 4)[1:]
    assert gather(written(tmp_path / "a.jsonl.gz", packed)).reasons() == [("a.jsonl.gz", 0, "damaged archive")]
    assert [row["body"] for row in gather(written(tmp_path / "b.jsonl.gz", LINE)).pages] == ["One"]
