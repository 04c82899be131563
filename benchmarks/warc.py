"""How many records of a Common Crawl news file are read in a CPU second, before extraction.

    python -m benchmarks.warc [--pages 3000] [--kib 60] [--runs 3]

Writes an invented WARC as CC-NEWS files are (a note about the file, then requests and responses, each compressed by
itself; HTML of about so many KiB a page that compresses about 1:5) and reads it, plain and compressed. `records`
counts all records of the file, `pages` the responses. `items` is what the sources do for a page: framing,
decompression, headers, character set; `read` adds page ids and Arrow tables. The best of the runs is shown.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import gzip
import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from copydesk import sources
from copydesk.sources import Limits
from copydesk.sources.formats import items

EDITION = dt.date(2026, 3, 2)
HEADERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: nginx\r\nVary: Accept-Encoding\r\n"
    b"Date: Mon, 02 Mar 2026 05:06:07 GMT\r\nLast-Modified: Mon, 02 Mar 2026 05:00:00 GMT\r\n"
    b"X-Frame-Options: DENY\r\n"
    b"X-Crawler-Content-Encoding: gzip\r\nCache-Control: max-age=60\r\nContent-Length: 1\r\n\r\n"
)


def main() -> None:
    """Print the table."""
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--pages", type=int, default=3_000)
    told.add_argument("--kib", type=int, default=60, help="of HTML a page")
    told.add_argument("--runs", type=int, default=3)
    options = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        records = list(crawl(options.pages, options.kib * 1024))
        plain, packed = Path(folder) / "crawl.warc", Path(folder) / "crawl.warc.gz"
        plain.write_bytes(b"".join(records))
        packed.write_bytes(b"".join(gzip.compress(record, 6) for record in records))
        count, wide = len(records), options.pages
        del records
        sizes = [path.stat().st_size >> 20 for path in (plain, packed)]
        print(f"{count} records, {wide} pages, {sizes[0]} MiB, {sizes[1]} MiB packed")
        print(f"{'file':<16}{'what':<8}{'pages/s':>10}{'records/s':>12}   of CPU")
        for path in (packed, plain):
            for name, reading in (("items", _items), ("read", _read)):
                seconds = min(_cpu(reading, path, wide) for _ in range(options.runs))
                print(f"{path.name:<16}{name:<8}{wide / seconds:>10,.0f}{count / seconds:>12,.0f}")


def crawl(pages: int, size: int) -> Iterator[bytes]:
    """Give the records of an invented crawl."""
    chance = random.Random(0)  # noqa: S311 - no secret
    words = ["".join(chance.choices("aeinorstlmd", k=chance.randint(2, 10))) for _ in range(4_000)]
    menu = "".join(
        f'<li class="menu__item"><a href="/section/{number}">Section {number}</a></li>' for number in range(90)
    )
    yield _record("warcinfo", "", b"software: none\r\n", "application/warc-fields")
    for number in range(pages):
        url = f"https://www.outlet{number % 500}.example/2026/03/02/story-{number}"
        yield _record("request", url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "application/http; msgtype=request")
        yield _record(
            "response", url, HEADERS + _html(chance, words, menu, size), "application/http; msgtype=response"
        )


def _html(chance: random.Random, words: list[str], menu: str, size: int) -> bytes:
    parts, length = [f"<!doctype html><html><head><title>Story</title></head><body><ul>{menu}</ul>"], len(menu)
    while length < size:
        text = " ".join(chance.choices(words, k=12))
        parts.append(
            f'<div class="story-card story-card--wide" data-track="card" data-position="{length}">'
            f'<h3 class="story-card__headline"><a class="link" href="/2026/03/02/{length}">{text}</a></h3>'
            '<p class="story-card__time"><time datetime="2026-03-02T05:00:00Z" class="timestamp timestamp--small">'
            "2 March 2026</time></p></div>"
        )
        length += len(parts[-1])
    return "".join(parts).encode()


def _record(kind: str, url: str, block: bytes, content_type: str) -> bytes:
    target = f"WARC-Target-URI: {url}\r\nWARC-IP-Address: 192.0.2.1\r\n" if url else ""
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    head = (
        f"WARC/1.0\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\nWARC-Type: {kind}\r\n"
        f"WARC-Date: 2026-03-02T05:06:07Z\r\n{target}WARC-Block-Digest: sha1:{digest}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _items(path: Path) -> int:
    return sum(1 for _ in items(path, Limits()))


def _read(path: Path) -> int:
    return sum(batch.pages.num_rows for batch in sources.read([path], edition=EDITION))


def _cpu(reading: Callable[[Path], int], path: Path, pages: int) -> float:
    start = time.process_time()
    if reading(path) != pages:
        raise RuntimeError(f"{path} has not the {pages} pages that were written")
    return time.process_time() - start


if __name__ == "__main__":
    main()
