# ruff: noqa: E501 - feeds are written as servers write them
"""RSS, Atom, RDF and JSON feeds with whole articles."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copydesk.sources import Limits
from tests.gathered import filled, gather, written

MIB = 1 << 20
LONG = "The harbour office said on Monday that the ferry sails again. " * 10

RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbor Ledger</title><link>https://www.harbor.example/</link><language>en-gb</language>
<image><title>Logo</title><url>https://www.harbor.example/logo.png</url></image>
<item><title>Ferry &amp; tide</title><link>https://www.harbor.example/a#top</link><guid isPermaLink="false">17</guid>
<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate><dc:creator>Ada Quill</dc:creator><dc:creator>Bo Reed</dc:creator>
<category>Local</category><category>Sea</category><description>Teaser.</description>
<content:encoded><![CDATA[<p>The ferry sails.</p><p>AT&amp;T paid.</p>]]></content:encoded>
<media:content xmlns:media="http://search.yahoo.com/mrss/"><media:title>Picture</media:title></media:content></item>
<item><title>Long summary</title><guid>https://www.harbor.example/b</guid><description>{LONG}</description></item>
<item><title>Teaser</title><link>https://www.harbor.example/c</link><description>Short. &lt;b&gt;Read on&lt;/b&gt;</description></item>
<item><title>Nothing</title></item>
</channel></rss>
"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Upland</title><id>urn:1</id><updated>2026-03-02T09:00:00Z</updated>
<entry xml:lang="fr"><title type="html">Le &lt;b&gt;bac&lt;/b&gt;</title><id>https://upland.example/id/1</id>
<link rel="edit" href="https://upland.example/edit/1"/><link rel="self" href="https://upland.example/self/1"/>
<link href="https://upland.example/1"/><published>2026-03-01T08:00:00Z</published><updated>2026-03-02T08:00:00Z</updated>
<author><name>Ada Quill</name><email>ada@upland.example</email></author><author><name>Bo Reed</name></author>
<category term="mer" label="La mer"/><summary>Court.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p class="a&amp;b">Un &lt; deux<br/>trois</p></div></content></entry>
<entry><title>Zwei</title><id>urn:2</id><link rel="alternate" href="https://upland.example/2"/>
<content type="html">&lt;p&gt;Zwei Sätze.&lt;/p&gt;</content></entry>
<entry><title>Drei</title><id>https://upland.example/3</id><content type="text">1 &lt; 3 und
so weiter</content></entry>
</feed>
"""

RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="https://old.example/"><title>Old</title><items><rdf:Seq><rdf:li resource="https://old.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://old.example/1"><title>One</title><link>https://old.example/1</link><dc:date>2026-03-02</dc:date>
<dc:language>nl</dc:language><dc:subject>Zee</dc:subject><content:encoded>&lt;p&gt;De veerpont.&lt;/p&gt;</content:encoded></item></rdf:RDF>
"""


def test_rss_gives_items_with_their_content(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "a.rss", RSS.encode()))
    assert [(row["source_offset"], row["body"], filled(row)) for row in got.pages] == [
        (
            RSS.find("<item>"),
            "<p>The ferry sails.</p><p>AT&amp;T paid.</p>",
            {
                "site": "harbor.example",
                "url": "https://www.harbor.example/a",
                "media_type": "text/html",
                "title": "Ferry & tide",
                "author": "Ada Quill; Bo Reed",
                "published": "Mon, 02 Mar 2026 08:00:00 GMT",
                "section": "Local; Sea",
                "language": "en-gb",
            },
        ),
        (
            RSS.find("<item><title>Long"),
            LONG.strip(),
            {
                "site": "harbor.example",
                "url": "https://www.harbor.example/b",
                "media_type": "text/plain",
                "title": "Long summary",
                "language": "en-gb",
            },
        ),
    ]
    teaser, nothing = RSS.find("<item><title>Teaser"), RSS.find("<item><title>Nothing")
    assert got.reasons() == [("a.rss", teaser, "teaser only"), ("a.rss", nothing, "empty")]
    assert got.bad[1]["bytes"] == b"<item><title>Nothing</title></item>"


def test_atom_gives_entries_of_every_type(tmp_path: Path) -> None:
    got = gather(written(tmp_path / "feed", ATOM.encode()))
    assert [(row["body"], filled(row)) for row in got.pages] == [
        (
            '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a&amp;b">Un &lt; deux<br></br>trois</p></div>',
            {
                "site": "upland.example",
                "url": "https://upland.example/1",
                "media_type": "text/html",
                "title": "Le <b>bac</b>",
                "author": "Ada Quill; Bo Reed",
                "published": "2026-03-01T08:00:00Z",
                "modified": "2026-03-02T08:00:00Z",
                "section": "La mer",
                "language": "fr",
            },
        ),
        (
            "<p>Zwei Sätze.</p>",
            {
                "site": "upland.example",
                "url": "https://upland.example/2",
                "media_type": "text/html",
                "title": "Zwei",
                "language": "de",
            },
        ),
        (
            "1 < 3 und\nso weiter",
            {
                "site": "upland.example",
                "url": "https://upland.example/3",
                "media_type": "text/plain",
                "title": "Drei",
                "language": "de",
            },
        ),
    ]
    assert got.bad == []


def test_rdf_gives_its_items(tmp_path: Path) -> None:
    (row,) = gather(written(tmp_path / "a.xml", RDF.encode())).pages
    assert (row["body"], filled(row)) == (
        "<p>De veerpont.</p>",
        {
            "site": "old.example",
            "url": "https://old.example/1",
            "media_type": "text/html",
            "title": "One",
            "published": "2026-03-02",
            "section": "Zee",
            "language": "nl",
        },
    )


def test_json_feed_gives_its_items(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbor",
        "authors": [{"name": "Ada Quill", "url": "https://harbor.example/ada"}],
        "items": [
            {
                "id": "1",
                "url": "https://harbor.example/1",
                "title": "One",
                "content_html": "<p>Tides.</p>",
                "date_published": "2026-03-02T08:00:00Z",
                "date_modified": "2026-03-02T09:00:00Z",
                "authors": [{"name": "Bo Reed"}],
            },
            {"id": "2", "content_text": "Plain tides."},
        ],
    }
    got = gather(written(tmp_path / "feed", json.dumps(feed, indent=1).encode()))
    assert [(row["body"], filled(row)) for row in got.pages] == [
        (
            "<p>Tides.</p>",
            {
                "site": "harbor.example",
                "url": "https://harbor.example/1",
                "media_type": "text/html",
                "title": "One",
                "author": "Bo Reed",
                "published": "2026-03-02T08:00:00Z",
                "modified": "2026-03-02T09:00:00Z",
            },
        ),
        ("Plain tides.", {"media_type": "text/plain"}),
    ]
    assert got.bad == []


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-16", "utf-16"),
        ("cp1251", "windows-1251"),
        ("shift_jis", "Shift_JIS"),
        ("gb18030", "gb2312"),
    ],
)
def test_feeds_are_read_in_any_character_set(tmp_path: Path, charset: str, declared: str) -> None:
    text = {"cp1251": "Дорога открыта.", "shift_jis": "道路が開通した。", "gb18030": "道路开通了。"}.get(
        charset, "Fähre"
    )
    xml = f'<?xml version="1.0" encoding="{declared}"?><rss><channel><item><content:encoded>{text * 30}</content:encoded></item></channel></rss>'
    assert [row["body"] for row in gather(written(tmp_path / "a.rss", xml.encode(charset))).pages] == [text * 30]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "laughs": f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]><rss><item><content>&l11;</content></item></rss>',
    "file": '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><content>&x;</content></item></rss>',
    "parameter": '<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><rss><item><content>a</content></item></rss>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_entities_are_never_expanded_and_nothing_is_opened(tmp_path: Path, name: str) -> None:
    got = gather(written(tmp_path / "a.rss", HOSTILE[name].encode()))
    assert (got.pages, got.reasons()) == ([], [("a.rss", 0, "entity")])


def test_an_external_dtd_is_not_fetched(tmp_path: Path) -> None:
    xml = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd"><rss><channel><item><content>Tide</content></item></channel></rss>'
    assert [row["body"] for row in gather(written(tmp_path / "a.rss", xml.encode())).pages] == ["Tide"]


def test_depth_and_size_are_bounded(tmp_path: Path) -> None:
    deep = b"<rss>" + b"<a>" * 300_000
    assert gather(written(tmp_path / "a.rss", deep)).reasons() == [
        ("a.rss", 0, "nested more than 200 elements deep. Check the server.")
    ]
    long = b"<rss><item><content>" + b"word " * (5 * MIB) + b"</content></item></rss>"
    path = written(tmp_path / "b.rss", long)
    tracemalloc.start()
    got = gather(path, limits=Limits(record_bytes=4 * MIB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (got.pages, got.reasons()) == ([], [("b.rss", 5, "record too long")])
    assert peak < 40 * MIB


def test_many_items_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.rss"
    with path.open("wb") as file:
        file.write(b"<rss><channel>")
        for number in range(4_000):
            file.write(f"<item><title>{number}</title><content>{number} {LONG * 8}</content></item>".encode())
        file.write(b"</channel></rss>")
    tracemalloc.start()
    got = gather(path, limits=Limits(batch_bytes=MIB))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (got.records, len(got.pages)) == (4_000, 4_000)
    assert peak < 4_000 * len(LONG) * 8 * 3  # the pages themselves are gathered here, as Python strings


@pytest.mark.parametrize("feed", [RSS, ATOM])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.05, 0.999))
def test_a_cut_feed_gives_its_whole_entries_and_one_row(tmp_path: Path, feed: str, share: float) -> None:
    whole = gather(written(tmp_path / "a.rss", feed.encode()))
    data = feed.encode().rstrip()
    cut = data[: int(len(data) * share)]
    got = gather(written(tmp_path / "b.rss", cut))
    ended = cut.count(b"</item>") + cut.count(b"</entry>")
    assert got.records == ended + 1
    assert [row["body"] for row in got.pages] == [row["body"] for row in whole.pages][: len(got.pages)]
    assert got.bad[-1]["reason"].startswith("torn XML: ")
    assert cut.endswith(got.bad[-1]["bytes"])


def test_a_text_that_changes_its_type_midway_costs_its_record_only(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "One"},
        {"text": {"html": "<p>Two</p>"}},
        {"text": ["Three", 3]},
        {"text": 4},
    ]
    rows += [{"text": None, "body": {"sections": 7}}, {"text": "Six", "date": {"$date": 1}}, {"text": "Seven"}]
    lines = [json.dumps(row).encode() for row in rows]
    for name, data in (("a.jsonl", b"\n".join(lines)), ("a.json", b"[" + b",\n".join(lines) + b"]")):
        got = gather(written(tmp_path / name, data))
        assert [row["body"] for row in got.pages] == ["One", "Seven"]
        assert [row["reason"].partition(",")[0] for row in got.bad] == [
            "contract: field text is object",
            "contract: field text is array",
            "contract: field text is number",
            "contract: field body is object",
            "contract: field date is object",
        ]
        assert [row["bytes"] for row in got.bad] == lines[1:6]
