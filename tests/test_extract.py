import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.dates import believable, day_in_url, instant
from transforms.errors import ExtractError
from transforms.extract import detect_language, extract
from transforms.schemas import EXTRACTS, PAGES, QUARANTINE

DAY = dt.date(2026, 3, 2)
PARAGRAPHS = (
    "The ferry Marta left the harbour of Lunow at eight on Monday morning with ninety passengers on board.",
    "Half an hour later the engine failed off the lighthouse, and the crew dropped anchor in the channel.",
    "Two tugs brought the ship back to its berth before noon, and nobody was hurt, the harbour office said.",
)
HTML = f"""<!doctype html><html lang="en-GB"><head><title>Ferry returns – Harbor Ledger</title>
<link rel="canonical" href="https://www.harborledger.example/2026/03/01/ferry-returns">
<script type="application/ld+json">{{"@graph": [{{"@type": "NewsArticle", "headline": "Ferry returns to Lunow",
"datePublished": "2026-03-01T18:30:00+01:00", "author": [{{"name": "By Ada Quill"}},
{{"name": "Bo Reed"}}]}}]}}</script>
</head><body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Ferry returns to Lunow</h1>
{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}</article><footer>© Harbor Ledger</footer></body></html>"""


def page(**fields: object) -> dict[str, object]:
    row = dict.fromkeys(PAGES.names) | {"page_id": "p1", "edition": DAY, "source": "in/p1", "source_offset": 0}
    return row | {"media_type": "text/plain", "body": "\n".join(PARAGRAPHS)} | fields


def pages(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), PAGES)


def test_html_gives_text_title_authors_date_language_and_site_from_its_markup() -> None:
    made = extract(pages(page(media_type="text/html", body=HTML)))
    assert made.quarantine == QUARANTINE.empty_table()
    assert made.extracts.schema == EXTRACTS
    assert made.extracts.to_pylist() == [
        {
            "page_id": "p1",
            "edition": DAY,
            "source": "in/p1",
            "site": "harborledger.example",
            "url": "https://www.harborledger.example/2026/03/01/ferry-returns",
            "fetched_at": None,
            "title": "Ferry returns to Lunow",
            "author": "Ada Quill; Bo Reed",
            "published_at": dt.datetime(2026, 3, 1, 17, 30, tzinfo=dt.UTC),
            "published_at_source": "markup",
            "published_raw": "2026-03-01T18:30:00+01:00",
            "language": "en",
            "text": "\n".join(("Ferry returns to Lunow", *PARAGRAPHS)),
        }
    ]


def test_plain_text_passes_through_with_line_feeds_and_a_detected_language() -> None:
    row = extract(pages(page(body="Eins\r\n\tzwei\u2028" + "Die Fähre kehrte in den Hafen zurück. " * 3))).extracts
    assert row["text"][0].as_py() == "Eins\nzwei\n" + ("Die Fähre kehrte in den Hafen zurück. " * 3).strip()
    assert row["language"].to_pylist() == ["de"]


def test_what_a_record_states_wins_over_the_markup() -> None:
    stated = page(
        media_type="text/html", body=HTML, title="T", author="A", published="2026-02-28", language="sv", site="s"
    )
    made = extract(pages(stated)).extracts.to_pylist()[0]
    names = ("title", "author", "published_at", "published_at_source", "language", "site")
    day = dt.datetime(2026, 2, 28, tzinfo=dt.UTC)
    assert [made[name] for name in names] == ["T", "A", day, "record", "sv", "s"]


@pytest.mark.parametrize(
    "raw", ["0001-01-01", "9999-12-31", "2022-02-30", "infinity", "1970-01-01", "2026-03-20", "03/04/2026", "soon"]
)
def test_an_impossible_date_becomes_null_and_is_kept_as_it_was_found(raw: str) -> None:
    made = extract(pages(page(published=raw))).extracts.to_pylist()[0]
    assert (made["published_at"], made["published_at_source"], made["published_raw"]) == (None, None, raw)


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00:00", "2026-03-01T10:00:00+00:00"),
        ("Sun, 01 Mar 2026 10:00:00 +0200", "2026-03-01T08:00:00+00:00"),
        ("1772359200", "2026-03-01T10:00:00+00:00"),
        ("1772359200000", "2026-03-01T10:00:00+00:00"),
        ("2026-3-1 (updated)", "2026-03-01T00:00:00+00:00"),
        ("Mar 01, 2026", "2026-03-01T00:00:00+00:00"),
        ("March 1, 2026", "2026-03-01T00:00:00+00:00"),
    ],
)
def test_dates_are_read_as_iso_rfc_or_epoch(raw: str, moment: str) -> None:
    found = instant(raw)
    assert found is not None
    assert found.isoformat() == moment


def test_the_day_in_an_address_is_the_date_of_last_resort() -> None:
    made = extract(pages(page(url="https://a.example/2026/03/01/x"))).extracts.to_pylist()[0]
    assert (made["published_at"], made["published_at_source"]) == (dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "url")
    assert day_in_url("https://a.example/x-2026") is None


@given(st.text(max_size=40))
def test_no_string_breaks_the_reader_of_dates(raw: str) -> None:
    believable(instant(raw), DAY)


@pytest.mark.parametrize(
    ("body", "reason"),
    [("", "not HTML"), ("<html><head></head><body></body></html>", "no article text found")],
)
def test_a_page_without_text_goes_to_quarantine_whole(body: str, reason: str) -> None:
    good = page(page_id="p2", media_type="text/html", body=HTML)
    made = extract(pages(page(media_type="text/html", body=body), good))
    assert made.extracts["page_id"].to_pylist() == ["p2"]
    row = made.quarantine.to_pylist()[0]
    assert row["reason"].startswith(reason)
    assert (row["page_id"], row["step"], row["bytes"], row["size_bytes"]) == (
        "p1",
        "extract",
        body.encode(),
        len(body),
    )


def test_what_the_guard_refuses_goes_to_quarantine_and_the_rest_goes_on() -> None:
    @contextmanager
    def guard(page_id: str) -> Iterator[None]:
        if page_id == "p1":
            raise ExtractError("too slow")
        yield

    made = extract(pages(page(), page(page_id="p2")), guard=guard)
    assert made.extracts["page_id"].to_pylist() == ["p2"]
    assert made.quarantine["reason"].to_pylist() == ["too slow"]


def test_a_page_laid_out_in_a_table_keeps_its_paragraphs_apart() -> None:
    cells = f"<td>Home<br>Sport</td><td><h2>Ferry returns</h2><p>{'</p><p>'.join(PARAGRAPHS)}</p></td>"
    body = f"<html><body><table><tr>{cells}</tr></table></body></html>"
    lines = extract(pages(page(media_type="text/html", body=body))).extracts["text"][0].as_py().split("\n")
    assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)


def test_too_little_text_has_no_language() -> None:
    assert detect_language("Lunow 1904") is None


def test_nested_markup_without_end_is_no_danger() -> None:
    deep = '{"@graph":' * 3000 + "{}" + "}" * 3000
    body = HTML.replace('{"@graph"', deep + '</script><script type="application/ld+json">{"@graph"', 1)
    assert extract(pages(page(media_type="text/html", body=body))).extracts["title"].to_pylist() == [
        "Ferry returns to Lunow"
    ]


def test_no_network_and_no_file_is_touched_by_external_entities() -> None:
    hostile = HTML.replace("<!doctype html>", '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1)
    text = extract(pages(page(media_type="text/html", body=hostile.replace("nobody", "&x; nobody")))).extracts[
        "text"
    ]
    assert "root:" not in text[0].as_py()


def test_an_empty_table_gives_empty_tables() -> None:
    made = extract(PAGES.empty_table())
    assert (made.extracts, made.quarantine) == (EXTRACTS.empty_table(), QUARANTINE.empty_table())
