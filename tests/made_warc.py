"""WARC files of invented pages, for the tests."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping

HTTP = "application/http; msgtype=response"
WHEN = "2026-03-02T05:06:07Z"


def record(kind: str, block: bytes, *, url: str = "", content_type: str = HTTP, **more: str) -> bytes:
    """Give a record; keywords are further header lines, with '_' for '-'."""
    lines = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-0000-0000-000000000001>",
        "WARC-Date": WHEN,
        **({"WARC-Target-URI": url} if url else {}),
        **{name.replace("_", "-"): value for name, value in more.items()},
        "Content-Type": content_type,
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def answer(
    body: bytes, headers: Mapping[str, str] | Iterable[tuple[str, str]] = (), status: str = "200 OK"
) -> bytes:
    """Give an HTTP answer; text/html unless a header says otherwise."""
    lines = list(headers.items() if isinstance(headers, Mapping) else headers)
    if not any(name.lower() == "content-type" for name, _ in lines):
        lines.append(("Content-Type", "text/html; charset=utf-8"))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def page(number: int, words: int = 40) -> bytes:
    """Give a small invented page, different for each number."""
    text = " ".join(f"tide{number * 37 % 1_009}x{word * number % 97}" for word in range(words))
    return f"<!doctype html><title>Ferry {number}</title><p>Ferry {number} sails. {text}</p>".encode()


def crawl(count: int) -> list[bytes]:
    """Give the records of a crawl: a note about the file, and for each page a request and the response."""
    records = [record("warcinfo", b"software: none\r\n", content_type="application/warc-fields")]
    for number in range(count):
        url = f"https://www.harbor.example/{number}"
        records.append(
            record("request", b"GET / HTTP/1.1\r\n\r\n", url=url, content_type="application/http; msgtype=request")
        )
        records.append(record("response", answer(page(number)), url=url))
    return records


def members(records: Iterable[bytes]) -> bytes:
    """Give records compressed each by itself, as crawlers write them."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
