"""Canonical addresses: what a page may say of its own, what is folded, and what tracks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.addresses import Canonical, canonical, without_tracking

PAGE = "https://www.a.example/news/flood-in-lunow"


@pytest.mark.parametrize(
    "tracking",
    [
        *("utm_source=x&utm_medium=mail", "fbclid=Iw", "gclid=1", "srsltid=Af", "mc_cid=1&mc_eid=2", "ref=home"),
        *("_ga=1.2", "igshid=3", "__twitter_impression=true", "at_medium=rss", "xtor=AL-1", "source=feed"),
    ],
)
def test_a_parameter_that_tracks_is_left_out(tracking: str) -> None:
    found = [without_tracking(f"{PAGE}?{query}") for query in (tracking, f"id=7&{tracking}", f"{tracking}&page=2")]
    assert found == [PAGE, f"{PAGE}?id=7", f"{PAGE}?page=2"]


@pytest.mark.parametrize("query", ["id=7", "12345", "gallery=3", "game=4", "page=2&q=a+b", "p=1&p=2", "article="])
def test_a_parameter_that_names_the_page_stays(query: str) -> None:
    assert without_tracking(f"{PAGE}?{query}") == f"{PAGE}?{query}"


def test_the_only_number_of_a_script_stays_whatever_it_is_called() -> None:
    address = "https://a.example/view.php?cid=7"
    assert [without_tracking(address + more) for more in ("", "&utm_source=x", "&fbclid=1")] == [address] * 3


@pytest.mark.parametrize(
    ("page", "stated", "found"),
    [
        (f"{PAGE}?utm_source=x", PAGE, (PAGE, "link")),
        (f"{PAGE}/amp/", PAGE, (PAGE, "link")),
        ("https://m.a.example/news/flood-in-lunow", PAGE, (PAGE, "link")),
        ("https://amp.a.example/news/flood-in-lunow", PAGE, (PAGE, "link")),
        (
            "https://www.a.co.uk/news/flood",
            "https://www.a.com/news/flood",
            ("https://www.a.com/news/flood", "link"),
        ),
        (PAGE, "/news/flood", ("https://www.a.example/news/flood", "link")),
        (PAGE, f"{PAGE}?utm_source=x#top", (PAGE, "link")),
        (PAGE, f"{PAGE}:x y", (f"{PAGE}:x%20y", "link")),
        (PAGE, PAGE.replace("https://www.a.example", "http://www.a.example:80"), (PAGE, "link")),
        (PAGE, "https://www.a.example/", (PAGE, "url")),
        (PAGE, "https://www.a.example/en/", (PAGE, "url")),
        (PAGE, "https://www.a.example/index.html", (PAGE, "url")),
        (PAGE, "", (PAGE, "url")),
        (PAGE, "https://other.example/news/flood-in-lunow", (PAGE, "url")),
        (PAGE, "javascript:alert(1)", (PAGE, "url")),
        (PAGE, "http://[bad", (PAGE, "url")),
        ("https://www.a.example/", "https://www.a.example/", ("https://www.a.example/", "link")),
        (None, PAGE, (PAGE, "link")),
        (None, "https://www.a.example/", (None, None)),
        (None, "/news/flood", (None, None)),
    ],
)
def test_a_stated_address_counts_where_it_can_be_the_pages(
    page: str | None, stated: str, found: tuple[str | None, str | None]
) -> None:
    assert canonical([(stated, "link")], page) == Canonical(*found)


@pytest.mark.parametrize(
    ("page", "is_amp", "main"),
    [
        (f"{PAGE}/amp/", False, PAGE),
        (f"{PAGE}/amp", False, PAGE),
        (f"{PAGE}.amp", False, PAGE),
        (f"{PAGE}.amp.html", False, f"{PAGE}.html"),
        (f"{PAGE}?amp", False, PAGE),
        (f"{PAGE}?amp=1", False, PAGE),
        (f"{PAGE}?amp=1&id=7", False, f"{PAGE}?id=7"),
        (f"{PAGE}?id=7&outputType=amp", False, f"{PAGE}?id=7"),
        ("https://www.a.example/amp/news/flood", True, "https://www.a.example/news/flood"),
        ("https://www.a.example/amp/news/flood", False, "https://www.a.example/amp/news/flood"),
        (
            "https://www.a.example/guitars/marshall-amp-test",
            False,
            "https://www.a.example/guitars/marshall-amp-test",
        ),
        ("https://m.a.example/news/flood", False, "https://m.a.example/news/flood"),
        (
            "https://www-a-example.cdn.ampproject.org/c/s/www.a.example/news/flood",
            False,
            "https://www.a.example/news/flood",
        ),
        ("https://www.google.com/amp/s/www.a.example/news/flood/amp/", False, "https://www.a.example/news/flood"),
    ],
)
def test_an_amp_page_is_its_main_page_where_its_address_says_so(page: str, main: str, *, is_amp: bool) -> None:
    assert canonical([], page, is_amp=is_amp) == Canonical(main, "url")


def test_the_first_address_that_can_be_counts() -> None:
    stated = [("https://www.a.example/", "link"), ("https://b.example/x", "meta"), ("/news/flood", "json-ld")]
    assert canonical(stated, PAGE) == Canonical("https://www.a.example/news/flood", "json-ld")


@given(
    st.text(max_size=80) | st.builds("https://a.example/{}".format, st.text(max_size=60)),
    st.none() | st.builds("https://a.example/{}".format, st.text(max_size=60)),
    st.booleans(),
)
def test_a_canonical_address_is_its_own(stated: str, page: str | None, is_amp: bool) -> None:  # noqa: FBT001
    found = canonical([(stated, "link")], page, is_amp=is_amp).address
    assert found is None or canonical([(found, "link")], found).address == found
