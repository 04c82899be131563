import datetime as dt
import hashlib
import json
import unicodedata
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trafilatura import load_html

from transforms import metadata
from transforms.dates import believable, day_in_url, instant
from transforms.errors import ExtractError
from transforms.extract import Reading, Work, extract
from transforms.language import LANGUAGES, detect_language, language_code
from transforms.metadata import Beside
from transforms.normalize import repair
from transforms.schemas import EXTRACTS, PAGES, QUARANTINE
from transforms.strings import label
from transforms.visible import visible

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
    arrived = page(media_type="text/html", body=HTML, charset="cp1252", charset_method="declared")
    made = extract(pages(arrived))
    assert made.quarantine == QUARANTINE.empty_table()
    assert made.extracts.schema == EXTRACTS
    assert made.extracts.to_pylist() == [
        dict.fromkeys(EXTRACTS.names)
        | {
            "page_id": "p1",
            "edition": DAY,
            "source": "in/p1",
            "charset": "cp1252",
            "charset_method": "declared",
            "site": "harborledger.example",
            "site_source": "url",
            "url": "https://www.harborledger.example/2026/03/01/ferry-returns",
            "canonical_url": "https://www.harborledger.example/2026/03/01/ferry-returns",
            "canonical_url_source": "link",
            "title": "Ferry returns to Lunow",
            "title_source": "h1",
            "author": "Ada Quill; Bo Reed",
            "author_source": "json-ld",
            "published_at": dt.datetime(2026, 3, 1, 17, 30, tzinfo=dt.UTC),
            "published_at_source": "json-ld",
            "published_raw": "2026-03-01T18:30:00+01:00",
            "language": "en",
            "language_source": "text",
            "is_live_blog": False,
            "text": "\n".join(("Ferry returns to Lunow", *PARAGRAPHS)),
        }
    ]


def test_a_cell_that_says_it_spans_a_million_others_is_one_cell() -> None:
    rows = "".join(f"<tr><td colspan=999999 rowspan=999999>{text}</td></tr>" for text in PARAGRAPHS)
    made = extract(pages(page(media_type="text/html", body=f"<html><body><table>{rows}</table></body></html>")))
    assert made.extracts["text"].to_pylist() == ["\n".join(f"| {text} |" for text in PARAGRAPHS)]


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
    "body",
    [
        "",
        "<!-- -->",
        "<html",
        "<feed><item/></feed>",
        "<script>x()</script>",
        "<html><head></head><body></body></html>",
    ],
)
def test_a_page_without_text_goes_to_quarantine_whole(body: str) -> None:
    good = page(page_id="p2", media_type="text/html", body=HTML)
    made = extract(pages(page(media_type="text/html", body=body), good))
    assert made.extracts["page_id"].to_pylist() == ["p2"]
    row = made.quarantine.to_pylist()[0]
    assert row["reason"].startswith("no article text found in the HTML;")
    assert (row["page_id"], row["step"], row["bytes"], row["size_bytes"]) == (
        "p1",
        "extract",
        body.encode(),
        len(body),
    )


def test_what_the_guard_refuses_goes_to_quarantine_and_the_rest_goes_on() -> None:
    def guard(page_id: str, work: Work) -> Reading:
        if page_id == "p1":
            raise ExtractError("too slow")
        return work()

    made = extract(pages(page(), page(page_id="p2")), guard=guard)
    assert made.extracts["page_id"].to_pylist() == ["p2"]
    assert made.quarantine["reason"].to_pylist() == ["too slow"]


def test_a_page_laid_out_in_a_table_keeps_its_paragraphs_apart() -> None:
    cells = f"<td>Home<br>Sport</td><td><h2>Ferry returns</h2><p>{'</p><p>'.join(PARAGRAPHS)}</p></td>"
    body = f"<html><body><table><tr>{cells}</tr></table></body></html>"
    lines = extract(pages(page(media_type="text/html", body=body))).extracts["text"][0].as_py().split("\n")
    assert [line for line in lines if line in PARAGRAPHS] == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("body", "text", "title"),
    [
        ("<p>One paragraph.</p>", "One paragraph.", None),
        ("Text<br>more", "Text\nmore", None),
        ("plain words", "plain words", None),
        ("<div>One.</div><div>Two.</div>", "One.\nTwo.", None),
        ("<title>Ferry returns</title><p>One paragraph.</p>", "One paragraph.", "Ferry returns"),
        ("<body><p hidden>Not shown by trafilatura</p></body>", "Not shown by trafilatura", None),
        (f"{'<div>' * 10_000}<p>Deep words</p>{'</div>' * 10_000}", "Deep words", None),
    ],
)  # fmt: skip
def test_a_fragment_with_visible_text_is_an_extract(body: str, text: str, title: str | None) -> None:
    made = extract(pages(page(media_type="text/html", body=body)))
    assert [(row["text"], row["title"]) for row in made.extracts.to_pylist()] == [(text, title)]


def linked(**fields: object) -> dict[str, object]:
    """Give a page whose JSON-LD says this about the article."""
    data = json.dumps({"@type": "NewsArticle", **fields})
    script = f'<script type="application/ld+json">{data}</script>'
    return page(
        media_type="text/html", body=f"<html><head>{script}</head><body><p>{PARAGRAPHS[0]}</p></body></html>"
    )


def test_what_the_markup_says_becomes_clean_lines() -> None:
    arrived = linked(
        headline="Bad \ud800 \x00\x07title\u2028\u202eof\x85 two  lines",
        author=[{"name": "By Ada\ud800\nQuill"}, "\x01", "Bo\x9b Reed"],
        datePublished="2026-03-01\x00\ud800",
    )
    (made,) = extract(pages(arrived)).extracts.to_pylist()
    assert (made["title"], made["author"], made["published_raw"]) == (
        "Bad \ufffd title of two lines",
        "Ada\ufffd Quill; Bo Reed",
        "2026-03-01\ufffd",
    )


def test_markup_without_end_is_cut() -> None:
    names = [f"Ada Q{'l' * (1 + n % 50)}{'abcd'[n // 50]}" for n in range(200)]
    (made,) = extract(pages(linked(headline="t" * 9_999, author=names))).extracts.to_pylist()
    assert (made["title"], len(made["author"]), made["author"][:20]) == ("t" * 2_000, 2_000, "Ada Qla; Ada Qlla; A")


def test_what_a_parser_gives_can_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back = SimpleNamespace(text="The harbour\ud800 office\0 said so.")
    monkeypatch.setattr("trafilatura.bare_extraction", lambda *_, **__: given_back)
    made = extract(pages(page(media_type="text/html", body=HTML))).extracts
    assert made["text"].to_pylist() == ["The harbour\ufffd office said so."]


@given(
    st.text(st.characters(), max_size=40), st.sampled_from(["headline", "author", "datePublished", "articleBody"])
)
def test_no_string_in_the_markup_breaks_the_table(text: str, field: str) -> None:
    (made,) = extract(pages(linked(**{field: text}))).extracts.to_pylist()
    values = [made[name] for name in ("title", "author", "published_raw")]
    assert [value for value in values if value is not None and (not value or value != label(value))] == []
    assert [char for char in made["author"] or "" if unicodedata.category(char) == "Cc"] == []


def test_misread_utf8_in_the_markup_can_still_be_repaired() -> None:
    wrong = {"headline": "It’s “voilà tout” Ålborg", "author": "Éric\u00a0Àlm"}
    misread = {name: text.encode().decode("latin-1") for name, text in wrong.items()}
    (made,) = extract(pages(linked(**misread))).extracts.to_pylist()
    assert (repair(made["title"]).text, made["author"]) == (wrong["headline"], "Éric Àlm")


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="https://ann:secret@a.example/x?y=1#top">', "https://a.example/x?y=1"),
        ('<link rel="canonical" href="/x">', None),
        ('<link rel="canonical" href="http://[bad/x">', None),
        ('<link rel="canonical" href="">', None),
        ('<meta property="og:url" content="javascript:alert(1)">', None),
        ('<link rel="canonical" href="/x"><meta property="og:url" content="http://a.example/y">', "http://a.example/y"),
        (f'<link rel="canonical" href="https://a.example/{"x" * 9_000}">', None),
    ],
)  # fmt: skip
def test_an_address_from_the_markup_is_absolute_and_bare_or_null(head: str, url: str | None) -> None:
    body = f"<html><head>{head}</head><body><p>{PARAGRAPHS[0]}</p></body></html>"
    (made,) = extract(pages(page(media_type="text/html", body=body))).extracts.to_pylist()
    assert made["url"] == url


def test_a_relative_address_is_resolved_against_the_known_one() -> None:
    tree = load_html('<html><head><link rel="canonical" href="../x#a"></head><body><p>Words</p></body></html>')
    beside = Beside(DAY, url="https://a.example/b/c")
    assert metadata.read(tree, beside).url == "https://a.example/x"


@pytest.mark.parametrize(
    "culprit", ["transforms.page_tree.parse", "trafilatura.bare_extraction", "transforms.metadata.read"]
)
def test_what_a_parser_raises_costs_its_page_only(culprit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(culprit, broken)
    reason = "RecursionError from the parsers; look at the page, then drop it or report the error"
    made = extract(pages(page(media_type="text/html", body=HTML), page(page_id="p2")))
    assert made.extracts["page_id"].to_pylist() == ["p2"]
    assert made.quarantine.to_pylist() == [
        {
            "quarantine_id": hashlib.blake2b(f"p1\0extract\0{reason}".encode(), digest_size=12).hexdigest(),
            "edition": DAY,
            "source": "in/p1",
            "source_offset": 0,
            "size_bytes": len(HTML.encode()),
            "sha256": hashlib.sha256(HTML.encode()).hexdigest(),
            "step": "extract",
            "reason": reason,
            "page_id": "p1",
            "bytes": HTML.encode(),
            "is_truncated": False,
            "records": 1,
            "text": visible(HTML, is_html=True),
        }
    ]


def test_a_bug_of_ours_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("transforms.metadata.columns", broken)
    with pytest.raises(KeyError):
        extract(pages(page()))


def test_only_codes_of_iso_639_1_are_languages() -> None:
    tags = ["en-GB", "nb_NO", "DE", "zz", "xx", "english", "ceb", "", "e\n"]
    assert [language_code(tag) for tag in tags] == ["en", "no", "de", None, None, None, None, None, None]
    assert len(LANGUAGES) == 184


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
