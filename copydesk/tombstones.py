"""What was forgotten for good: one JSON line an article in `decisions/forgotten.jsonl` of the data folder.

A tombstone holds hashes alone, of which nobody reads what was forgotten, but by which it is known when it comes
again: by its id, by its address, or by its text on the same site (on any site where its copies were forgotten too).
Beside it, while something is being forgotten, lies the plan of that, `decisions/forgetting.jsonl`.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from copydesk.store import Store, make_folder, write_checked
from transforms.addresses import canonical
from transforms.errors import StoreError

FILE = Path("decisions", "forgotten.jsonl")
JOURNAL = Path("decisions", "forgetting.jsonl")
UNFINISHED = "erase incomplete: run copydesk forget --resume"
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Tombstone:
    """One forgotten article: SHA-256 of its id, addresses, text and site, and of records that quoted it."""

    article: str
    addresses: tuple[str, ...]
    text: str | None  # null where it is too short to be told from others
    site: str | None  # where the text is forgotten; null for everywhere
    records: tuple[str, ...]  # of the bytes of input records in quarantine
    on: str
    taken: int  # articles forgotten together


class Forgotten:
    """All tombstones, asked whether something is covered by one."""

    def __init__(self, tombstones: Iterable[Tombstone] = ()) -> None:
        self._tombstones = tuple(tombstones)
        self._articles = {each.article: each for each in self._tombstones}
        self._addresses = {address for each in self._tombstones for address in each.addresses}
        self._texts = {(each.text, each.site) for each in self._tombstones if each.text}
        self._records = {record for each in self._tombstones for record in each.records}

    def __bool__(self) -> bool:
        return bool(self._tombstones)

    def article(self, article_id: str) -> Tombstone | None:
        """Give the tombstone of an article."""
        return self._articles.get(hashed(article_id))

    def has_page(self, page_id: str, *urls: str | None) -> bool:
        """Tell whether a page is covered by its id or by one of its addresses."""
        if not self._tombstones:
            return False
        return hashed(page_id) in self._articles or not self._addresses.isdisjoint(map(hashed, addresses(*urls)))

    def has_text(self, body: str, site: str | None) -> bool:
        """Tell whether a text is covered, on this site; one that is nowhere at home is covered by that of any."""
        text = text_hash(body)
        if site is None:
            return any(text == known for known, _ in self._texts)
        return (text, None) in self._texts or (text, hashed(site)) in self._texts

    def has_record(self, sha256: str) -> bool:
        """Tell whether an input record, by the SHA-256 of its bytes, is one that quoted a forgotten article."""
        return bool(self._records) and hashed(sha256) in self._records


def tombstone(
    article_id: str,
    *,
    urls: Iterable[str | None],
    body: str | None,
    site: str | None,
    records: Iterable[str],
    on: str,
    taken: int,
) -> Tombstone:
    """Give the tombstone of an article; `body` is None where its text is too short to be told from others.

    `records` are the SHA-256 of records that quoted it; `site` is None where the text is forgotten everywhere.
    """
    return Tombstone(
        hashed(article_id),
        tuple(sorted(map(hashed, addresses(*urls)))),
        None if body is None else text_hash(body),
        None if site is None else hashed(site),
        tuple(sorted(map(hashed, records))),
        on,
        taken,
    )


def addresses(*urls: str | None) -> set[str]:
    """Give the addresses by which a page is known, as one spells them; a front page is no article's address.

    >>> addresses("http://www.a.example/x?utm_source=feed", "https://a.example/", None)
    {'a.example/x'}
    """
    clean = (canonical([], url).address for url in urls if url)
    parts = [urlsplit(address) for address in clean if address]
    return {
        part.netloc.removeprefix("www.") + part.path.rstrip("/") + (part.query and f"?{part.query}")
        for part in parts
        if part.path.strip("/") or part.query
    }


def text_hash(body: str) -> str:
    """Give the hash of a text's letters and digits, whatever their case and accents."""
    return hashed(_NO_LETTER.sub("", unicodedata.normalize("NFKD", body).casefold()))


def hashed(text: str) -> str:
    """Give the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read(root: Path) -> Forgotten:
    """Give what was forgotten in a data folder; StoreError for a line that is no tombstone."""
    return Forgotten(_read(root / FILE))


def add(store: Store, made: Iterable[Tombstone]) -> None:
    """Write tombstones down, those that are not there yet; call it only while holding the lock."""
    file = store.root / FILE
    known = tuple(_read(file))
    every = dict.fromkeys((*known, *made))
    if len(every) > len(known):
        make_folder(file.parent)
        write_checked(file, "".join(json.dumps(asdict(each)) + "\n" for each in every))


def from_json(told: dict[str, object]) -> Tombstone:
    """Give a tombstone from what was written; KeyError or TypeError where it is none."""
    values = {field.name: told[field.name] for field in fields(Tombstone)}
    lists = {name: tuple(map(str, values[name])) for name in ("addresses", "records")}  # type: ignore[call-overload]
    return Tombstone(**{**values, **lists})  # type: ignore[arg-type]


def is_unfinished(root: Path) -> bool:
    """Tell whether something is half forgotten."""
    return (root / JOURNAL).exists()


def _read(file: Path) -> Iterator[Tombstone]:
    if not file.exists():
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield from_json(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(
                f"{file}, line {number}: no tombstone ({error}); restore the file, or what it keeps out comes again"
            ) from error
