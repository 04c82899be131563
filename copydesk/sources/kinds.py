"""What a file is, told by its first bytes; its name only decides where those leave it open."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from copydesk.sources.aliases import KNOWN, folded, has_body

HEAD_BYTES = 65_536
"""First bytes that are looked at: the first record of a JSON Lines file is seldom longer."""

COMPRESSIONS = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst"}

SUFFIXES: Mapping[str, str] = MappingProxyType({
    ".txt": "text", ".text": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".jl": "jsonl",
    ".json": "json",
    ".csv": "csv", ".tsv": "csv",
    ".parquet": "parquet",
    ".warc": "warc", ".wet": "warc",
    ".zip": "zip", ".wacz": "zip",
    ".tar": "tar", ".tgz": "tar", ".tzst": "tar",
    ".rss": "feed", ".atom": "feed",
    ".eml": "mail", ".mht": "mail", ".mhtml": "mail",
})  # fmt: skip
"""What a name promises; each may be followed by .gz or .zst."""

# First bytes of what is not read, with what to do about it.
_FOREIGN = {
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a picture, sound or film (RIFF)",
    b"BZh": "bzip2 data; compress it with gzip or zstd",
    b"\xfd7zXZ\0": "xz data; compress it with gzip or zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; use zip or tar",
    b"Rar!\x1a\x07": "a RAR archive; use zip or tar",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a document of an office program",
    b"\x7fELF": "a program",
    b"SQLite format 3\0": "an SQLite database; export it as Parquet or JSON Lines",
    b"ARROW1": "an Arrow file; write it as Parquet",
    b"Obj\x01": "an Avro file; write it as Parquet",
    b"OTTO": "a font",
    b"wOF": "a font",
    b"\0\0\x01\0": "an icon",
}
# The first member of a zip that is a document of its own.
_OFFICE = (b"[Content_Types].xml", b"mimetype", b"META-INF/MANIFEST.MF")

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes([*range(9), *range(14, 27), 28, 29, 30, 31, 127])
# Control characters beyond which the first bytes are no text; as Limits.control_share, with room for a scratch.
_BINARY_SHARE = 0.05
_UTF16_NULS = 0.1  # as in charsets: half of Latin text in UTF-16 is NUL

_PREAMBLE = re.compile(
    rb"(?:\s+|<\?.*?\?>|<!--.*?-->|<!doctype(?!\s+html)[^>\[]*(?:\[.*?\]\s*)?>)*", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(rb"<(!doctype\s+html|/?[a-z][\w:.-]*)", re.IGNORECASE)
_DOCUMENT = frozenset({b"html", b"head", b"body"})
_FEEDS = frozenset({b"rss", b"feed", b"rdf"})

_OBJECT = re.compile(rb'\s*\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\}\s*$)')
_ARRAY = re.compile(rb'\s*\[\s*\{\s*"(?:[^"\\]|\\.)*"\s*:')

_HEADER_LINES = 40  # enough to pass the Received and DKIM lines of a mail
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t\r\n]")
# Lines that only a mail program writes, and those that a news text may begin with, too.
_MAIL_ONLY = frozenset({
    b"received", b"return-path", b"message-id", b"mime-version", b"delivered-to", b"snapshot-content-location",
    b"dkim-signature", b"content-transfer-encoding", b"list-unsubscribe",
})  # fmt: skip
_MAIL = frozenset({b"from", b"to", b"subject", b"date", b"content-type", b"reply-to", b"sender", b"x-mailer"})

_DELIMITERS = ",;\t|"
_TEXTUAL = frozenset({"text", "html", "jsonl", "json", "csv", "mail"})


def compression_of(head: bytes) -> str:
    """Give the compression that the first bytes show: .gz, .zst or nothing."""
    return next((suffix for magic, suffix in COMPRESSIONS.items() if head.startswith(magic)), "")


def broken_compression(head: bytes, name: str) -> bool:
    """Tell whether a name promises compressed data and its first bytes are neither that nor any text."""
    return name.lower().endswith(tuple(COMPRESSIONS.values())) and not compression_of(head) and _latin(head) is None


def promised(name: str) -> str:
    """Give the kind that a file name promises; nothing where it promises none.

    >>> promised("feed.JSONL.gz"), promised("notes.pdf"), promised("pages.tgz")
    ('jsonl', '', 'tar')
    """
    path = PurePath(name.lower())
    if path.suffix in COMPRESSIONS.values():
        path = path.with_suffix("")
    return SUFFIXES.get(path.suffix, "")


def kind_of(head: bytes, name: str) -> str:
    r"""Give the kind of a file by its first (decompressed) bytes; its name decides what they leave open.

    One of the kinds in SUFFIXES, or nothing for what is not read (`foreign` says what that is).

    >>> kind_of(b'{"text": "a"}\n{"text": "b"}\n', "page.html"), kind_of(b"<p>Word</p>", "a.txt")
    ('jsonl', 'text')
    """
    hint = promised(name)
    if not head:
        return hint or "text"
    if binary := _binary(head, hint):
        return binary
    if foreign(head):
        return ""
    text = _latin(head)
    if text is None:
        return hint
    if root := _root(text):
        return _marked_up(root, hint, is_xml=text.lstrip().startswith(b"<?xml"))
    return _json(text, hint, is_bytes=text is head) or _lines(text, hint)


def foreign(head: bytes) -> str:
    """Say what the first bytes show that is not read; nothing where they show no such thing."""
    if head[4:8] == b"ftyp":
        return "a film or picture (MP4, HEIC)"
    if head.startswith(b"PK\3\4") and head[30:].startswith(_OFFICE):
        return "a document in a zip of its own (office program, e-book, program)"
    if b"\0" not in head and not head.startswith(b"%PDF-"):
        return ""  # a text may well begin with OTTO or GIF8
    return next((what for magic, what in _FOREIGN.items() if head.startswith(magic)), "")


def described(head: bytes) -> str:
    """Say what unreadable first bytes look like, for whoever has to find out what was delivered."""
    if what := foreign(head):
        return what
    if compression := compression_of(head):
        return f"compressed ({compression[1:]})"
    text = _latin(head)
    if text is None:
        return f"of an unknown kind; it begins with the bytes {head[:8].hex(' ')}"
    root = _root(text).decode("ascii", "replace")[:40]
    return f"XML with the root {root}, which is no feed" if root else "plain text under a name that promises none"


def _binary(head: bytes, hint: str) -> str:
    if head.startswith(b"WARC/"):
        return "warc"
    if head.startswith((b"PK\3\4", b"PK\5\6")) and not foreign(head):
        return "zip"
    if head.startswith(b"PAR1") and (hint == "parquet" or _latin(head) is None):
        return "parquet"
    return "tar" if head[257:262] == b"ustar" else ""


def _latin(head: bytes) -> bytes | None:
    """Give text without its mark, UTF-16 without its NULs; None for bytes that are no text."""
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    text = head[len(mark) :] if mark else head
    if head.count(0) > _UTF16_NULS * len(head):
        halves = text[::2].count(0), text[1::2].count(0)
        if not mark and min(halves) * 4 > max(halves):
            return None  # NULs all over: no text in UTF-16
        text = text.replace(b"\0", b"")
    if len(text) - len(text.translate(None, _CONTROLS)) > _BINARY_SHARE * len(text):
        return None
    return text


def _root(text: bytes) -> bytes:
    """Give the name of the first element, behind declarations and comments; nothing where none begins the text."""
    skipped = _PREAMBLE.match(text)
    root = _ROOT.match(text, skipped.end() if skipped else 0)
    return root[1] if root else b""


def _marked_up(root: bytes, hint: str, *, is_xml: bool) -> str:
    name = root.lower().rpartition(b":")[2]
    if name in _FEEDS:
        return "feed"
    if name in _DOCUMENT or name.startswith(b"!doctype"):
        return "html"
    if hint in _TEXTUAL:
        return hint
    return "" if is_xml else "html"


def _json(text: bytes, hint: str, *, is_bytes: bool) -> str:
    """Tell JSON from JSON Lines: the first line is a whole value and another follows, or it is not."""
    if not (_OBJECT.match(text) or _ARRAY.match(text)):
        return ""
    lines = text.lstrip().split(b"\n", 2)
    first = lines[0].strip()
    if first in {b"{", b"["} or first.endswith(b",") or text.lstrip().startswith(b"["):
        return "jsonl" if hint == "jsonl" and _is_whole(first) else "json"
    follows = len(lines) > 1 and lines[1].lstrip().startswith(b"{")
    if hint in {"json", "jsonl"}:
        return "jsonl" if hint == "json" and follows and _is_whole(first) and is_bytes else hint
    return "jsonl" if is_bytes and (follows or len(lines) == 1 or not lines[1].strip()) else "json"


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: bytes, hint: str) -> str:
    if is_mail := _mail(text, hint):
        return is_mail
    if hint in _TEXTUAL - {"mail"}:
        return hint
    return "text" if hint else _csv(text) or "text"


def _mail(text: bytes, hint: str) -> str:
    """Tell a mail by its first header lines; From and Subject alone may stand above a news text."""
    names = set()
    for line in text.lstrip().split(b"\n", _HEADER_LINES)[:_HEADER_LINES]:
        found = _HEADER.match(line + b"\n")
        if found:
            names.add(found[1].lower())
        elif line[:1] not in {b" ", b"\t"}:
            break
    if hint == "mail":
        return "mail" if names & (_MAIL | _MAIL_ONLY) else ""
    return "mail" if names & _MAIL_ONLY and len(names & (_MAIL | _MAIL_ONLY)) > 1 else ""


def _csv(text: bytes) -> str:
    """Tell a table by its first line: two columns that scrapers name, one of them the text or HTML."""
    line = text.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    for delimiter in _DELIMITERS:
        names = [name.strip(' "') for name in line.split(delimiter)]
        if has_body(names) and sum(folded(name) in KNOWN for name in names) > 1:
            return "csv"
    return ""


def is_input(name: str, kind: str) -> bool:
    """Tell whether what lies in a folder or an archive is an input; what is named by itself always is one.

    Everything that its name promises or its first bytes show. Plain text needs a name that promises something, or
    licences, scripts and styles would become articles.
    """
    return bool(promised(name)) or kind not in {"", "text"}
