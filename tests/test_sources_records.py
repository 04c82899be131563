"""Records to pages: the fields of four scrapers, the contract, and single values."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.sources import Limits
from copydesk.sources.records import Page, page
from copydesk.sources.rejects import Unusable
from copydesk.sources.values import fetched, plain
from transforms.addresses import address_of, host_of
from transforms.strings import clean, label

LIMITS = Limits()
AT = datetime(2024, 3, 1, 5, 6, 7, tzinfo=UTC)

TRAFILATURA = {
    "title": "Road opens",
    "author": "Ann Lee; Bo Wu",
    "hostname": "example.org",
    "date": "2024-02-29",
    "fingerprint": "491de3aee158f600",
    "id": None,
    "license": None,
    "comments": "",
    "raw_text": "One line. Another.",
    "text": "One line.\nAnother.",
    "language": "en",
    "image": None,
    "pagetype": "article",
    "filedate": "2024-03-01",
    "source": "https://www.example.org/road",
    "source-hostname": "The Example",
    "excerpt": None,
    "categories": "Local;Roads",
    "tags": "",
}
NEWS_PLEASE = {
    "authors": ["Ann Lee", "Bo Wu"],
    "date_download": "2024-03-01 05:06:07",
    "date_modify": "2024-02-29 11:00:00",
    "date_publish": "2024-02-29 10:00:00",
    "description": "x",
    "filename": "a.html",
    "image_url": None,
    "language": "en",
    "localpath": None,
    "maintext": "One line.\nAnother.",
    "source_domain": "www.example.org",
    "text": None,
    "title": "Road opens",
    "title_page": None,
    "title_rss": "NULL",
    "url": "https://www.example.org/road",
}
FUNDUS = {
    "title": "Road opens",
    "body": {
        "summary": ["One line."],
        "sections": [{"headline": [], "paragraphs": ["Another."]}, {"headline": ["Head"], "paragraphs": ["Last."]}],
    },
    "authors": ["Ann Lee"],
    "publishing_date": "2024-02-29 10:00:00+01:00",
    "topics": ["Roads"],
    "free_access": True,
    "images": [{"caption": "x"}],
    "lang": "en",
    "html": {
        "requested_url": "https://example.org/r",
        "responded_url": "https://www.example.org/road",
        "content": "<p>Whole page</p>",
        "crawl_date": "2024-03-01 05:06:07",
        "source_info": {"publisher": "The Example"},
    },
}
SCRAPY = {
    "headline": ["Road opens"],
    "link": "https://user:secret@example.org/road#comments",
    "article_text": ["One line.", "Another."],
    "byline": [{"name": "Ann Lee"}, {"name": "Bo Wu"}],
    "published": "Thu, 29 Feb 2024 10:00:00 GMT",
    "scraped_at": 1709269567.0,
    "lastmod": 1709269567,
    "category": [{"name": "Local"}, "Roads"],
    "canonical": "https://example.org/road?page=1#top",
    "X-Robots-Tag": ["noai", "noimageai"],
    "tdm-reservation": 1,
    "source": {"name": "The Example"},
}


def nested(depth: int) -> object:
    value: object = "Ann"
    for _ in range(depth):
        value = [value]
    return value


def expected(**changes: Any) -> Page:
    same = Page(
        site="example.org",
        url="https://www.example.org/road",
        fetched_at=AT,
        media_type="text/plain",
        charset="utf-8",
        charset_method="utf-8",
        charset_confidence=None,
        title="Road opens",
        author="Ann Lee; Bo Wu",
        published="2024-02-29",
        modified=None,
        section=None,
        canonical_url=None,
        robots=None,
        tdm_reservation=None,
        language="en",
        body="One line.\nAnother.",
    )
    return same._replace(**changes)


NOTHING = Page(
    **dict.fromkeys(Page._fields) | {"media_type": "text/plain", "charset": "utf-8", "charset_method": "utf-8"}  # type: ignore[arg-type]
)


def test_trafilatura_is_understood() -> None:
    assert page(TRAFILATURA, LIMITS) == expected(fetched_at=datetime(2024, 3, 1, tzinfo=UTC), section="Local;Roads")


def test_news_please_is_understood() -> None:
    assert page(NEWS_PLEASE, LIMITS) == expected(published="2024-02-29 10:00:00", modified="2024-02-29 11:00:00")


def test_fundus_is_understood() -> None:
    assert page(FUNDUS, LIMITS) == expected(
        author="Ann Lee", published="2024-02-29 10:00:00+01:00", body="One line.\n\nAnother.\n\nHead\n\nLast."
    )


def test_plaintext_of_fundus_wins_over_its_sections() -> None:
    assert page({**FUNDUS, "plaintext": "Plain."}, LIMITS).body == "Plain."


def test_scrapy_is_understood() -> None:
    assert page(SCRAPY, LIMITS) == expected(
        url="https://example.org/road",
        published="Thu, 29 Feb 2024 10:00:00 GMT",
        modified="1709269567",
        section="Local; Roads",
        canonical_url="https://example.org/road?page=1",
        robots="noai, noimageai",
        tdm_reservation="1",
        language=None,
    )


def test_source_is_an_address_a_name_or_an_object() -> None:
    assert page({"text": "a", "source": "https://x.org/a"}, LIMITS)[:2] == ("x.org", "https://x.org/a")
    for source in ("The Example", {"id": None}, 7):
        assert page({"text": "a", "source": source}, LIMITS)[:2] == (None, None)


def test_only_html_is_html() -> None:
    got = page({"html": "<p>a\r\nb</p>", "url": "http://x.org"}, LIMITS)
    assert (got.media_type, got.body, got.site) == ("text/html", "<p>a\r\nb</p>", "x.org")


def test_text_wins_over_html_unless_it_is_blank() -> None:
    assert page({"html": "<p>a</p>", "text": "b"}, LIMITS).body == "b"
    assert page({"html": "<p>a</p>", "text": " \n"}, LIMITS).body == "<p>a</p>"


def test_text_that_begins_with_a_tag_is_html() -> None:
    assert page({"content": "\n<div class=a>b</div>"}, LIMITS).media_type == "text/html"
    assert page({"content": "<3 is a heart"}, LIMITS).media_type == "text/plain"


def test_names_differ_in_case_and_separators() -> None:
    got = page({"Full Text": "a", "Date-Published": "x", "TITLE": "t"}, LIMITS)
    assert got == NOTHING._replace(title="t", published="x", body="a")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([1], "contract: record is array, expected object. Write one object per record."),
        (None, "contract: record is null, expected object. Write one object per record."),
        ({}, "contract: no field for text or html among: none. Rename one of them to text or html."),
        (
            {"txt": "a", "url": "b"},
            "contract: no field for text or html among: txt, url. Rename one of them to text or html.",
        ),
        ({"text": {"a": 1}}, "contract: field text is object, expected text. Map it in the scraper."),
        ({"text": ["a", 1]}, "contract: field text is array, expected text. Map it in the scraper."),
        ({"body": 7}, "contract: field body is number, expected text. Map it in the scraper."),
        (
            {"text": "a", "date": {"$date": 1}},
            "contract: field date is object, expected text. Map it in the scraper.",
        ),
        ({"text": "a", "title": True}, "contract: field title is boolean, expected text. Map it in the scraper."),
        ({"text": "a", "url": [{}]}, "contract: field url is object, expected text. Map it in the scraper."),
        ({"text": "a", "author": b"x"}, "contract: field author is bytes, expected text. Map it in the scraper."),
        (
            {"text": "a", "author": nested(600)},
            "contract: field author is nested more than 8 arrays deep. Map it in the scraper.",
        ),
        ({"text": "", "html": None}, "empty: there is no text in it. Check the scraper if a page was expected."),
    ],
)
def test_what_breaks_the_contract_says_so(record: object, reason: str) -> None:
    with pytest.raises(Unusable) as error:
        page(record, LIMITS)
    assert str(error.value) == reason


def test_a_record_too_long_is_refused() -> None:
    with pytest.raises(Unusable, match="record too long: 11 characters where 10 are allowed"):
        page({"text": "a" * 11}, Limits(record_bytes=10))


def test_metadata_that_says_nothing_is_null() -> None:
    got = page({"text": "a", "title": " ", "author": [], "date": "None", "lang": "nan", "url": "n/a"}, LIMITS)
    assert got == NOTHING._replace(body="a")


def test_a_section_or_a_change_of_another_shape_costs_no_text() -> None:
    got = page({"text": "a", "section": {"id": 7}, "updated": True, "canonical": [{}]}, LIMITS)
    assert got == NOTHING._replace(body="a")


def test_numbers_and_single_lists_are_text() -> None:
    got = page({"text": "a", "title": 1984, "published": [2024], "author": [["Ann"], "Bo"]}, LIMITS)
    assert (got.title, got.published, got.author) == ("1984", "2024", "Ann; Bo")


@pytest.mark.parametrize(
    ("given_site", "url", "site"),
    [
        ("WWW.Example.org", None, "example.org"),
        ("https://news.example.org/x", None, "news.example.org"),
        ("The Example", "https://www.example.org:8080/a", "example.org"),
        ("The Example", None, "The Example"),
        (None, "not an address", None),
        (None, "http://[broken", None),
    ],
)
def test_site_is_the_host_where_one_is_known(given_site: str | None, url: str | None, site: str | None) -> None:
    assert page({"text": "a", "site": given_site, "url": url}, LIMITS).site == site


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a:b@x.org:81/p?q=1#f", "https://x.org:81/p?q=1"),
        ("HTTP://x.org", "http://x.org"),
        ("ftp://x.org/a", None),
        ("/relative", None),
        ("http://", None),
        ("http://[1", None),
        ("javascript:alert(1)", None),
        (" https://x.org/\x00a\n", "https://x.org/a"),
        (f"https://x.org/{'a' * 9_000}", None),
    ],
)
def test_addresses_lose_password_and_fragment(url: str, address: str | None) -> None:
    assert address_of(url) == address


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2024-03-01T05:06:07Z", AT),
        ("2024-03-01T07:06:07+02:00", AT),
        ("2024-03-01 05:06:07", AT),
        ("Fri, 01 Mar 2024 05:06:07 GMT", AT),
        ("1709269567", AT),
        ("1709269567000", AT),
        ("1709269567000000", AT),
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC)),
        *((text, None) for text in (
            "2024-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "-5000-01-01", "1970-01-01", "0",
            "infinity", "yesterday", "Fri, 99 Mar 2024 05:06:07 GMT", "2024-13-01", "", "٢٠٢٤",
        )),
    ],
)  # fmt: skip
def test_instants_are_utc_and_impossible_ones_null(text: str, at: datetime | None) -> None:
    assert fetched(text) == at


def test_line_ends_become_line_feeds_and_nul_goes() -> None:
    assert plain("a\r\nb\rc\u2028d\u2029e\vf\fg\x85h\0i\n\nj") == "a\nb\nc\nd\ne\nf\ng\nhi\n\nj"


def test_half_a_surrogate_pair_is_replaced() -> None:
    got = page({"text": "a\ud83d b\udc00", "title": "\udfff"}, LIMITS)
    assert (got.body, got.title) == ("a\ufffd b\ufffd", "\ufffd")


def test_metadata_is_one_clean_line_of_bounded_length() -> None:
    record = {
        "text": "a",
        "title": "\u202eRoad\x1b]0; \u2028 opens\0",
        "author": ["Ann\x01\n Lee", " \x02 ", "B" * 3_000],
        "date": "2024-02-29\x85",
        "lang": "e\x00n",
        "site": "The\t Example",
        "url": "\thttps://x.org/\x7fa\n",
    }
    assert page(record, LIMITS) == NOTHING._replace(
        site="x.org",
        url="https://x.org/a",
        title="Road]0; opens",
        author="Ann Lee; " + "B" * 1_991,
        published="2024-02-29",
        language="en",
        body="a",
    )


@given(st.text(st.characters()))
def test_a_label_is_printable_and_stays_as_it_is(text: str) -> None:
    made = label(text)
    made.encode()
    rest = re.sub("[\xc2-\xf4][\x80-\xbf]{1,3}", "", made)  # misread UTF-8, which can be repaired
    assert [char for char in rest if unicodedata.category(char) == "Cc"] == []
    assert [char for char in rest if char.isspace() and char != " "] == []
    assert label(made) == made
    assert "  " not in made


@given(st.text(st.characters()))
def test_clean_text_can_be_stored(text: str) -> None:
    assert "\0" not in clean(text)
    clean(text).encode()
    assert plain(plain(text)) == plain(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["text", "html", "body", "url", "date", "author", "title", "site", "scraped_at", "source", "x"]
)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_record_is_a_page_or_unusable(record: dict[str, object]) -> None:
    try:
        got = page(record, LIMITS)
    except Unusable:
        return
    assert got.body.strip()


@given(st.text(max_size=30))
def test_any_text_as_address_or_time_never_raises(text: str) -> None:
    for value in (text, f"http://{text}", f"2024{text}"):
        host_of(value)
        fetched(value)
        assert "#" not in (address_of(value) or "")
