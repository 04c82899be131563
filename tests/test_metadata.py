"""What a page states about itself: each value, and where it stood."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from trafilatura import load_html

from transforms import metadata
from transforms.addresses import Canonical
from transforms.metadata import Beside, Metadata
from transforms.metadata.authors import Authors
from transforms.metadata.head import plain, text_of
from transforms.metadata.linked import parsed
from transforms.metadata.people import people, stated
from transforms.metadata.published import Instant
from transforms.metadata.rights import Rights

DAY = dt.date(2026, 3, 2)
URL = "https://www.harbor.example/news/ferry-returns-to-lunow"
TEXT = "<p>The ferry left at eight. Nobody was hurt, the harbour office said.</p>"


def read(head: str = "", body: str = "", **beside: Any) -> Metadata:
    tree = load_html(f"<html><head>{head}</head><body>{body}{TEXT}</body></html>")
    before = etree.tostring(tree)
    found = metadata.read(tree, Beside(**{"edition": DAY, "url": URL, **beside}))
    assert etree.tostring(tree) == before
    return found


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def article(**fields: object) -> dict[str, object]:
    return {"@type": "NewsArticle", **fields}


def test_each_value_comes_with_its_evidence() -> None:
    head = f"""<title>Ferry returns to Lunow – Harbor Ledger</title>
    <meta property="og:site_name" content="Harbor Ledger">
    <meta property="og:title" content="Ferry returns to Lunow"><meta name="robots" content="noindex, noai">
    <meta name="tdm-policy" content="https://harbor.example/tdm.json">
    <meta property="article:modified_time" content="2026-03-02T09:00:00Z">
    <link rel="canonical" href="{URL}">{
        ld(
            article(
                headline="Ferry returns to Lunow",
                datePublished="2026-03-01T18:30:00+01:00",
                author=[{"@type": "Person", "name": "By Ada Quill"}, {"@type": "Organization", "name": "AFP"}],
                publisher={"@type": "Organization", "name": "Harbor Ledger"},
                articleSection=["Ships", "Harbours"],
                inLanguage="en-GB",
                isAccessibleForFree="False",
            )
        )
    }"""
    assert read(head, "<h1>Ferry returns to Lunow</h1>", url=f"{URL}/amp/?utm_source=feed") == Metadata(
        title="Ferry returns to Lunow",
        title_source="h1",
        authors=Authors(("Ada Quill",), "json-ld", (("json-ld", ("AFP",)),)),
        site="Harbor Ledger",
        site_source="meta",
        section="Ships",
        section_source="json-ld",
        language="en",
        language_source="json-ld",
        published=Instant(dt.datetime(2026, 3, 1, 17, 30, tzinfo=dt.UTC), "json-ld", "2026-03-01T18:30:00+01:00"),
        modified=Instant(dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC), "meta", "2026-03-02T09:00:00Z"),
        url=URL,
        canonical=Canonical(URL, "link"),
        agency="AFP",
        agency_source="json-ld",
        rights=Rights(
            is_noindex=True,
            is_ai_reserved=True,
            tdm_policy="https://harbor.example/tdm.json",
            is_paywalled=True,
            is_live_blog=False,
        ),
    )


def test_a_page_that_states_nothing_gives_nothing() -> None:
    assert read(url=None) == Metadata()


def test_no_html_has_what_its_record_and_address_say() -> None:
    beside = Beside(
        DAY,
        url="https://a.example/2026/03/01/x?fbclid=1",
        modified="2026-03-02",
        robots="noindex",
        tdm_reservation="1",
    )
    assert metadata.of_record(beside) == Metadata(
        published=Instant(dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "url", "2026-03-01"),
        modified=Instant(dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "record", "2026-03-02"),
        canonical=Canonical("https://a.example/2026/03/01/x", "url"),
        rights=Rights(is_noindex=True, is_ai_reserved=True),
    )


# --- headlines


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        (
            "<title>Best ferries of 2026 | Harbor</title>",
            "<h1>Our seven best ferries</h1>",
            ("Our seven best ferries", "h1"),
        ),
        (
            "<title>The ferry returns | Harbor</title>",
            '<h1><a href="/">Harbor</a></h1>',
            ("The ferry returns", "meta"),
        ),
        ("<title>The ferry returns to Lunow | Harbor</title>", "", ("The ferry returns to Lunow", "meta")),
        ("<title>Ferry returns</title>", "<h1>Harbor</h1><h1>The ferry returns</h1>", ("The ferry returns", "h1")),
        (
            '<meta property="og:title" content="The ferry returns to Lunow"><title>Ships: ferry</title>',
            "<nav><h1>Ships: ferry</h1></nav><h2><span>Baltic Sea</span> The ferry returns to Lunow</h2>",
            ("The ferry returns to Lunow", "h2"),
        ),
        (
            "",
            '<h1><span class="kicker">Ships</span> The ferry returns to Lunow</h1>',
            ("The ferry returns to Lunow", "h1"),
        ),
        (
            '<meta property="og:title" content="Fish &amp;amp; chips are back on board">',
            "",
            ("Fish & chips are back on board", "meta"),
        ),
        (
            '<meta property="og:title" content="The ferry is back"><meta property="og:site_name" content="Harbor">',
            "<h1 class='logo'>Harbor</h1>",
            ("The ferry is back", "meta"),
        ),
        ("", "<h1>Top <em>ten</em> ferr<b>ies</b><script>x()</script></h1>", ("Top ten ferries", "h1")),
        ("", "", (None, None)),
    ],
)
def test_the_headline_is_what_the_reader_sees(head: str, body: str, title: tuple[str, str]) -> None:
    found = read(head, body)
    assert (found.title, found.title_source) == title


@pytest.mark.parametrize(
    ("linked", "shared", "seen", "title"),
    [
        ("Ferry back", "Ferry back", "The ferry is back in town", ("Ferry back", "json-ld")),
        ("Ferry back soon", "The ferry is back", "The ferry is back", ("The ferry is back", "h1")),
        ("Ferry back soon", "Ferry: all news", "The ferry is back", ("Ferry back soon", "json-ld")),
    ],
)
def test_the_headline_of_news_is_what_two_of_its_statements_say(
    linked: str, shared: str, seen: str, title: tuple[str, str]
) -> None:
    found = read(f'<meta property="og:title" content="{shared}">{ld(article(headline=linked))}', f"<h1>{seen}</h1>")
    assert (found.title, found.title_source) == title


# --- JSON-LD


@pytest.mark.parametrize(
    "script",
    [
        '{"a": [1, 2]}',
        '<!-- {"a": [1, 2]} -->',
        '//<![CDATA[\n{"a": [1, 2]}\n//]]>',
        '/*<![CDATA[*/ {"a": [1, 2]} /*]]>*/',
        '{"a": [1, 2,],}',
        '{/* one */ "a": [1, // two\n 2]}',
        "{&quot;a&quot;: [1, 2]}",
        '{"a": [1, 2]};',
    ],
)
def test_broken_json_is_mended(script: str) -> None:
    assert parsed(script) == {"a": [1, 2]}


def test_mending_leaves_strings_alone() -> None:
    script = (
        '{"url": "https://a.example//x", "text": "one, ] /* two */", "path": "C:\\ships", "lines": "a\nb\x01",}'
    )
    assert parsed(script) == {
        "url": "https://a.example//x",
        "text": "one, ] /* two */",
        "path": "C:\\ships",
        "lines": "a\nb\x01",
    }


@pytest.mark.parametrize("script", ["", "x", "{", "[" * 20_000, '{"a": ' * 5_000, "<!-- -->"])
def test_what_no_mending_helps_is_nothing(script: str) -> None:
    assert parsed(script) in (None, [])


OTHER = article(
    url="https://www.harbor.example/news/storm", headline="Storm", author="Cy Moss", datePublished="2026-02-01"
)
OWN = article(url=URL, headline="Ferry", author="Ada Quill", datePublished="2026-03-01")


@pytest.mark.parametrize(
    "nodes",
    [
        [OTHER, OWN],
        [[OWN, OTHER]],
        [{"@graph": [OTHER, {"@type": "WebSite"}, OWN]}],
        [{"@type": "ItemList", "itemListElement": [{"item": OTHER}]}, OWN],
        [OTHER, {**OWN, "url": None, "mainEntityOfPage": {"@id": URL + "#page"}}],
        [OTHER, {**OWN, "url": None, "headline": "Ferry returns to Lunow"}],
        [{"@type": "WebPage", "mainEntity": OWN}, OTHER],
        [{**OWN, "@type": ["https://schema.org/Article", "NewsArticle"]}, OTHER],
        [{**OWN, "author": {"@id": "#ada"}}, {"@id": "#ada", "@type": "Person", "name": "Ada Quill"}, OTHER],
    ],
)
def test_of_several_articles_that_of_this_page_counts(nodes: list[object]) -> None:
    found = read("<title>Ferry returns to Lunow – Harbor</title>" + ld(*nodes))
    assert (found.authors.names, found.published.raw) == (("Ada Quill",), "2026-03-01")


def test_articles_of_other_pages_are_not_taken() -> None:
    more = {**OTHER, "url": "https://www.harbor.example/news/fog", "headline": "Fog"}
    found = read("<title>Ferry returns</title>" + ld(OTHER, more))
    assert (found.authors, found.published) == (Authors(), Instant())


@pytest.mark.parametrize(
    ("fields", "is_paywalled", "is_live"),
    [
        ({}, None, False),
        ({"isAccessibleForFree": False}, True, False),
        ({"isAccessibleForFree": "http://schema.org/True"}, False, False),
        ({"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": "false"}}, True, False),
        ({"@type": "LiveBlogPosting", "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "x"}]}, None, True),
    ],
)
def test_payment_and_live_blogs_are_told(
    fields: dict[str, object], *, is_paywalled: bool | None, is_live: bool
) -> None:
    found = read(ld(article(headline="Ferry", **fields) | fields)).rights
    assert (found.is_paywalled, found.is_live_blog) == (is_paywalled, is_live)


@pytest.mark.parametrize(
    ("head", "beside", "rights"),
    [
        ('<meta name="robots" content="index, follow, max-snippet:-1">', {}, Rights(is_noindex=False)),
        ('<meta name="ROBOTS" content="NOINDEX">', {}, Rights(is_noindex=True)),
        ('<meta name="robots" content="none">', {}, Rights(is_noindex=True)),
        ('<meta name="robots" content="noimageai, noai">', {}, Rights(is_noindex=False, is_ai_reserved=True)),
        ('<meta name="google-extended" content="noindex">', {}, Rights(is_ai_reserved=True)),
        ('<meta name="tdm-reservation" content="1">', {}, Rights(is_ai_reserved=True)),
        ('<meta name="tdm-reservation" content="0">', {}, Rights(is_ai_reserved=False)),
        ("", {"robots": "otherbot: noindex, nofollow"}, Rights(is_noindex=True)),
        ("", {"tdm_reservation": "1"}, Rights(is_ai_reserved=True)),
        ('<meta property="article:content_tier" content="metered">', {}, Rights(is_paywalled=True)),
        ('<meta property="article:content_tier" content="free">', {}, Rights(is_paywalled=False)),
    ],
)
def test_what_is_not_said_about_use_is_null(head: str, beside: dict[str, str], rights: Rights) -> None:
    assert read(head, **beside).rights == rights


# --- authors


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ada Quill", ["Ada Quill"]),
        ("BY ADA QUILL AND BO REED", ["ADA QUILL", "BO REED"]),
        ("Von Ada Quill und Bo Reed, Lunow", ["Ada Quill", "Bo Reed", "Lunow"]),
        ("Written by Ada Quill | Updated 2 March 2026", ["Ada Quill"]),
        ("Ada Quill, Staff Writer", ["Ada Quill"]),
        ("Ada Quill, MD, Bo Reed, Ph.D., and Cy Moss", ["Ada Quill, MD", "Bo Reed, Ph.D.", "Cy Moss"]),
        ("Ada Quill (aq); Bo Reed [br]", ["Ada Quill", "Bo Reed"]),
        ("Ada Quill Mar 2", ["Ada Quill"]),
        ("Text: von Ada Quill", ["Ada Quill"]),
        ("작가 신현주 기자", ["작가 신현주"]),
        ("记者：王伟、李娜", ["王伟", "李娜"]),
        ("Maria del Carmen de la Fuente", ["Maria del Carmen de la Fuente"]),
        ("Reuters Staff", []),
        ("Editorial Team", []),
        ("Redaktion", []),
        ("Harbor Ledger", []),
        ("Center for Ships and Harbours", []),
        ("https://harbor.example/ada", []),
        ("ada@harbor.example", []),
        ("@adaquill", []),
        ("105092", []),
        ("March 2", []),
        ("", []),
    ],
)
def test_a_byline_names_people(byline: str, names: list[str]) -> None:
    assert list(people(byline, {"harborledger"})) == names


def test_a_byline_without_people_is_kept_as_it_says() -> None:
    said = [stated(text) for text in ("By Reuters Staff", "Harbor Ledger", "https://a.example", "2026", "@ada")]
    assert said == ["Reuters Staff", "Harbor Ledger", "", "", ""]


@pytest.mark.parametrize(
    ("head", "body", "authors"),
    [
        (ld(article(author="Ada Quill and Bo Reed")), "", (("Ada Quill", "Bo Reed"), "json-ld")),
        (
            ld(article(author={"name": ["Ada Quill", {"name": "Bo Reed"}]})),
            "",
            (("Ada Quill", "Bo Reed"), "json-ld"),
        ),
        (ld(article(author={"givenName": "Ada", "familyName": "Quill"})), "", (("Ada Quill",), "json-ld")),
        (ld(article(author="Harbor")) + '<meta name="author" content="Ada Quill">', "", (("Ada Quill",), "meta")),
        (
            '<meta name="citation_author" content="Quill, Ada"><meta name="citation_author" content="Reed, Bo">',
            "",
            (("Ada Quill", "Bo Reed"), "meta"),
        ),
        (
            '<meta name="author" content="admin">',
            '<a rel="author" href="/ada">Ada Quill</a>',
            (("Ada Quill",), "byline"),
        ),
        ('<meta name="author" content="adaq">', "", (("adaq",), "meta")),
        ("", '<span itemprop="author"><b itemprop="name">Ada Quill</b></span>', (("Ada Quill",), "byline")),
        (
            "",
            '<div class="article__byline">Von <a href="/a">Ada Quill</a> und <a href="/b">Bo Reed</a></div>',
            (("Ada Quill", "Bo Reed"), "byline"),
        ),
        (
            "",
            '<ul><li class="author">Ada Quill</li><li class="author">Bo Reed</li></ul>',
            (("Ada Quill", "Bo Reed"), "byline"),
        ),
        ("", '<div><a href="/team/ada-quill">Ada Quill</a></div>', (("Ada Quill",), "byline")),
        ("", "<h1>Ferry returns to Lunow</h1><p>By Ada Quill</p>", (("Ada Quill",), "byline")),
        ("", "<h1>Ferry returns to Lunow</h1><p>By</p><p>Ada Quill</p>", (("Ada Quill",), "byline")),
        ("", "<h1>Ferry returns to Lunow</h1><p>By noon the ship was back.</p>", ((), None)),
        ("", '<div class="comments"><span class="author">Cy Moss</span></div>', ((), None)),
        ("", '<aside><span class="author">Cy Moss</span></aside>', ((), None)),
        ("", '<footer><span class="author">Cy Moss</span></footer>', ((), None)),
        (
            "",
            '<article><footer><span class="author">Ada Quill</span></footer></article>',
            (("Ada Quill",), "byline"),
        ),
        ("", '<a href="/team/ships">Our ferries</a>', ((), None)),
    ],
)
def test_authors_come_from_the_first_evidence_that_names_people(
    head: str, body: str, authors: tuple[tuple[str, ...], str | None]
) -> None:
    site = '<meta property="og:site_name" content="Harbor">'
    found = read(site + head, body).authors
    assert (found.names, found.source) == authors


@pytest.mark.parametrize(
    ("head", "body", "byline", "agency"),
    [
        (ld(article(author={"@type": "Organization", "name": "Reuters"})), "", "Reuters", ("Reuters", "json-ld")),
        (
            ld(article(author="Deutsche Presse-Agentur / Redaktion")),
            "",
            "Deutsche Presse-Agentur / Redaktion",
            ("dpa", "json-ld"),
        ),
        ('<meta name="author" content="Associated Press">', "", "Associated Press", ("AP", "meta")),
        ("", '<p class="byline">By Reuters Staff</p>', "Reuters Staff", (None, None)),
        (ld(article(author="Ada Quill", sourceOrganization={"name": "AFP"})), "", None, ("AFP", "json-ld")),
    ],
)
def test_desks_and_agencies_are_no_authors(
    head: str, body: str, byline: str | None, agency: tuple[str | None, str | None]
) -> None:
    found = read(head, body)
    assert (found.authors.byline, (found.agency, found.agency_source)) == (byline, agency)


# --- dates


@pytest.mark.parametrize(
    ("head", "body", "url", "published"),
    [
        (
            ld(article(datePublished="2026-02-30", dateCreated="2026-02-20")),
            "",
            URL,
            ("json-ld", "2026-02-20", None),
        ),
        (ld(article(datePublished="2026-02-30")), "", URL, (None, "2026-02-30", "no such day")),
        (
            ld(article(datePublished="0001-01-01")) + '<meta name="date" content="2026-02-20">',
            "",
            URL,
            ("meta", "2026-02-20", None),
        ),
        ("", '<b itemprop="datePublished" content="2026-02-20">today</b>', URL, ("microdata", "2026-02-20", None)),
        ("", '<time datetime="2026-02-21">x</time>', "https://a.example/2026/02/20/x", ("url", "2026-02-20", None)),
        (
            "",
            'Updated <time datetime="2026-02-22">x</time><div><time datetime="2026-02-20">y</time></div>',
            URL,
            ("time", "2026-02-20", None),
        ),
        (
            "",
            '<div class="comment"><time datetime="2026-02-21"></time></div><time datetime="2026-02-20"></time>',
            URL,
            ("time", "2026-02-20", None),
        ),
        ("", '<p class="post-date">20. Februar 2026</p>', URL, ("text", "20. Februar 2026", None)),
        ("", "<h1>Ferry returns to Lunow</h1><p>Feb 20, 2026</p>", URL, ("text", "Feb 20, 2026", None)),
        ("", f"<p>{'long ' * 40} on Feb 20, 2026</p>", URL, (None, None, None)),
        ("", "<footer><p class='date'>Feb 20, 2026</p></footer>", URL, (None, None, None)),
        (ld({"@type": "WebPage", "datePublished": "2026-02-20"}), "", URL, ("json-ld", "2026-02-20", None)),
    ],
)
def test_the_first_date_that_can_be_counts(
    head: str, body: str, url: str, published: tuple[str | None, str | None, str | None]
) -> None:
    found = read(head, body, url=url).published
    assert (found.source, found.raw, found.flag) == published


def test_the_records_date_counts_unless_it_cannot_be() -> None:
    head = ld(article(datePublished="2026-02-20"))
    assert [read(head, published=raw).published.source for raw in ("2026-02-19", "2036-02-19")] == [
        "record",
        "json-ld",
    ]


def test_the_last_change_is_told_apart() -> None:
    head = ld(article(datePublished="2026-02-20", dateModified="2026-02-21"))
    found = [
        read(head),
        read("", '<time itemprop="dateModified" datetime="2026-02-22"></time>'),
        read(modified="2026-02-23"),
    ]
    assert [(page.modified.source, page.modified.raw) for page in found] == [
        ("json-ld", "2026-02-21"),
        ("time", "2026-02-22"),
        ("record", "2026-02-23"),
    ]


# --- the rest


def test_language_and_section_are_the_first_that_are_said() -> None:
    tree = load_html(
        f'<html lang="nb-NO"><head><meta property="article:section" content="Skip"></head>{TEXT}</html>'
    )
    found = metadata.read(tree, Beside(DAY))
    told = (found.language, found.language_source, found.section, found.section_source)
    assert told == ("no", "html", "Skip", "meta")


def test_a_text_is_what_a_person_reads() -> None:
    assert [plain(text) for text in ("a &lt; b", "<i>x</i>y", "1 < 2 > 1", None, 3)] == [
        "a < b",
        "x y",
        "1 < 2 > 1",
        "",
        "",
    ]
    assert text_of(load_html("<html><div>a<!-- c --><p>b</p>c<b>d</b></div></html>")) == "a b cd"


PIECES = st.sampled_from(
    [
        *(
            "<h1>",
            "</h1>",
            "<time datetime=",
            "<meta property=og:title content=",
            "<a rel=author href=",
            "</a>",
            ">",
        ),
        *(
            '<script type="application/ld+json">',
            "</script>",
            '{"@type": "NewsArticle", ',
            '"author": ',
            '"@graph": [',
        ),
        *(
            "<link rel=canonical href=",
            "https://a.example/x",
            "2026-02-30",
            '"',
            "'",
            "]",
            "}",
            "<div class=byline>",
        ),
        *(
            "By Ada Quill",
            "<!--",
            "-->",
            "<meta name=robots content=noai>",
            "\x00",
            "\ud800",
            "&#0;",
            "<span itemprop=author>",
        ),
    ]
)


@settings(max_examples=200)
@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("".join))
def test_no_markup_breaks_the_reader_or_changes(markup: str) -> None:
    tree = load_html(f"<html><body>{markup}<p>Words</p></body></html>")
    if tree is not None:
        before = etree.tostring(tree)
        metadata.read(tree, Beside(DAY, url=URL))
        assert etree.tostring(tree) == before


KEYS = (
    "@type @graph @id author name url headline datePublished mainEntityOfPage hasPart isAccessibleForFree "
    "publisher articleSection inLanguage creator"
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
)


@given(VALUES)
def test_no_json_breaks_the_reader(value: Any) -> None:
    node = {"@type": "NewsArticle", **value} if isinstance(value, dict) else value
    read(ld(node, {"@graph": value}))
