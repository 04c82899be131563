"""Pages made to hang, to swell or to reach out (FAULTS B6, C4): none needs the time limit, none opens anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.invented_pages import LEDGER, STORY, pages
from transforms import embedded, model_file, page_tree, rule_files
from transforms.extract import extract
from transforms.kernels.attributes import has_too_many
from transforms.strip import strip

RULES = rule_files.load()
JUDGES = model_file.classifiers("best")
PROSE = "".join(f"<p>{text}</p>" for text in STORY)
NO_TEXT = "no article text found in the HTML; if the page has one, add a sample to the extraction tests"
TOO_DEEP = "the page nests elements by the thousand, deeper than any article; look at it"


def texts(html: str) -> tuple[str | None, str | None]:
    """Give the body that comes of a page, or the reason why there is none."""
    extracted = extract(pages(html), JUDGES.pages)
    stripped = strip(extracted.extracts, RULES, None, JUDGES.lines)
    reasons = [*extracted.quarantine["reason"].to_pylist(), *stripped.quarantine["reason"].to_pylist()]
    bodies = stripped.articles["body"].to_pylist()
    assert len(bodies) + len(reasons) == 1
    return (bodies[0], None) if bodies else (None, reasons[0])


def body(inner: str) -> str:
    return f"<html><body>{inner}</body></html>"


# Each would take minutes where time grows with the square of what is repeated.
HUGE = f"<tr><td colspan=99999999 rowspan=99999999>{STORY[0]}"
ESCAPED = chr(92) + '"'
BOMBS = {
    "spans in one paragraph": (body(f"<p>{'<span>a</span> ' * 100_000}</p>"), "a a a"),
    "attributes of one element": (
        body(f"<p {' '.join(f'a{n}=1' for n in range(400_000))}>{STORY[0]}</p>"),
        STORY[0],
    ),
    "elements within each other": (body("<div>" * 300_000 + PROSE), None),
    "bold type within bold type": (body("<b>" * 300_000 + STORY[0]), None),
    "elements that are closed within each other": (body("<div>" * 20_000 + PROSE + "</div>" * 20_000), None),
    "huge spans of cells": (body(f"<table>{HUGE * 400}</table>"), STORY[0]),
    "tables within tables": (body("<table><tr><td>" * 20_000 + STORY[0]), None),
    "one long paragraph": (body(f"<p>{STORY[0] * 20_000}</p>"), STORY[0]),
    "one long word": (body(f"<p>{'x' * 2_000_000}</p>"), None),
    "scripts that do not end": (body("<script>" * 60_000), None),
    "openings of scripts": (body("<script" * 60_000), None),
    "quotes and backslashes in a script": (body(f'<script>"{ESCAPED * 400_000}</script>'), None),
    "signs of less": (body("<" * 400_000 + "p>" + STORY[0]), None),
    "references": (body("&" * 400_000 + STORY[0]), None),
    "comments that do not end": (body("<!--" * 100_000), None),
    "ends of pages": (body(PROSE + "</body" * 100_000 + "</html" + " " * 100_000), STORY[0]),
    "titles": ("<title>Ferry returns to Lunow</title>" * 20_000 + body(PROSE), STORY[0]),
    "headings": (body("<h1>Ferry returns to Lunow</h1>" * 20_000 + PROSE), STORY[0]),
    "attributes with signs in quotes": (
        body("<p " + " ".join(f'a{n}="{n}>"' for n in range(400_000)) + f">{PROSE}"),
        STORY[0],
    ),
    "attributes of an end": (
        body(PROSE + "</p " + " ".join(f'a{n}="{n}>"' for n in range(400_000)) + ">"),
        STORY[0],
    ),
    "attributes behind another tag's quote": (
        body(
            "<script type='application/json'>\"<p a=\"</script><p "
            + " ".join(f"a{n}='>'" for n in range(400_000))
            + f">{PROSE}"
        ),
        STORY[0],
    ),
    "names of classes": (body(f"<div class='{'nav ' * 100_000}'>{PROSE}</div>"), STORY[2]),
}
ODD = {"one long word", "signs of less", "references"}  # what is shown is shown, whatever it is


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_no_page_costs_more_than_its_size(name: str) -> None:
    html, told = BOMBS[name]
    text, reason = texts(html)
    if told is None and name not in ODD:
        assert text is None
        assert reason in (NO_TEXT, TOO_DEEP)
    elif told is not None:
        assert told in (text or "")


def test_of_too_many_attributes_the_first_are_read_and_a_long_one_stays_whole() -> None:
    many = "".join(f' a{n}="{n} > <b"' for n in range(20_000))
    kept = page_tree.parse(body(f"<p id='x'{many.replace('>', '')}>Words</p>")).find(".//p")
    assert (len(kept.attrib), kept.get("id"), kept.get("a9998"), kept.text) == (10_000, "x", "9998  <b", "Words")
    long = "word " * 20_000
    kept = page_tree.parse(body(f'<p data-x="{long}" id=x>Words</p>')).find(".//p")
    assert dict(kept.attrib) == {"data-x": long, "id": "x"}


def test_attributes_are_counted_as_parsers_count_them() -> None:
    tags = ("<p {}>", "<p/{}/>", "</p {}>", "<!-- <p a='--><p {}>")
    for attribute in ("a", "a=1", "a = '>'", 'a="<b c=d>"', "a=b=c", "a='>'b=\"'>\"", '"'):
        for tag in tags:
            for spaces in (" ", "\n\t"):
                few, many = (tag.format(spaces.join([attribute] * number)) for number in (2, 40))
                assert (has_too_many(few.encode(), 10), has_too_many(many.encode(), 10)) == (False, True), many
    for text in ("a < b > c " * 50, "<p a='" + "b " * 50 + "'>", "<p>" + "a=1 " * 50, "<1 " + "a " * 50):
        assert not has_too_many(text.encode(), 10), text


def test_a_page_of_too_many_lines_is_refused() -> None:
    assert texts(body("a line of words<br>" * 50_001)) == (
        None, "the page has 50,001 lines, and no article has 50,000; look at it"
    )  # fmt: skip


def test_no_extractor_is_asked_about_a_page_that_it_would_hang_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("trafilatura.bare_extraction", asked)
    for inner in ("<p>a b c</p>" * 12_001, f"<p>{'<span>a</span> ' * 12_001}</p>"):
        assert extract(pages(body(inner)), JUDGES.pages).quarantine.num_rows == 0
        assert extract(pages(body(inner))).quarantine.num_rows == 0
    monkeypatch.setattr("resiliparse.extract.html2text.extract_plain_text", asked)
    for judges in (JUDGES.pages, None):
        made = extract(pages(body(f"<p {' '.join(f'a{n}=1' for n in range(2_001))}>Words</p>")), judges)
        assert made.extracts["text"].to_pylist() == ["Words"]
        made = extract(pages(body("<div>" * 12_001 + PROSE)), judges)
        assert made.quarantine["reason"].to_pylist() == [TOO_DEEP]


REACHING = {
    "an external entity": LEDGER.replace("<!doctype html>", '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "an external subset": LEDGER.replace("<!doctype html>", '<!DOCTYPE html SYSTEM "http://a.example/x.dtd">'),
    "entities of entities": LEDGER.replace(
        "<!doctype html>",
        '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">' + "".join(
            f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
        ) + "]>",
    ),
    "XInclude": LEDGER.replace("<h1", '<xi:include href="file:///etc/passwd" parse="text"/><h1'),
    "a base": LEDGER.replace("<title>", '<base href="http://a.example/"><title>'),
    "a refresh": LEDGER.replace("<title>", '<meta http-equiv="refresh" content="0;url=http://a.example/"><title>'),
    "data: and other addresses": LEDGER.replace(
        "<h1", '<a href="data:text/html,<script>alert(1)</script>"><img src="file:///etc/passwd"></a>'
        '<iframe src="http://a.example/"></iframe><object data="file:///etc/passwd"></object><h1'
    ),
    "a style sheet": LEDGER.replace("<title>", '<?xml-stylesheet href="http://a.example/x.xsl"?><title>'),
}  # fmt: skip


@pytest.fixture
def sealed() -> Iterator[list[tuple[str, Any]]]:
    """Give what is opened, asked for or started while the test runs; modules may be loaded."""
    opened: list[tuple[str, Any]] = []
    is_on = True
    suffixes = (".py", ".pyc", ".nbi", ".nbc", ".so")

    def watch(event: str, given: tuple[Any, ...]) -> None:
        is_reach = event.startswith(("socket.", "subprocess.", "os.system", "urllib."))
        if is_on and (is_reach or (event == "open" and not str(given[0]).endswith(suffixes))):
            opened.append((event, given[0]))

    sys.addaudithook(watch)
    yield opened
    is_on = False


@pytest.mark.parametrize("name", sorted(REACHING))
def test_nothing_is_opened_for_a_page(name: str, sealed: list[tuple[str, Any]]) -> None:
    text, reason = texts(REACHING[name].replace("nobody was hurt", "nobody was hurt &x; &i;"))
    assert sealed == []
    assert reason is None
    assert text is not None
    assert "root:" not in text
    assert "aaaa" not in text
    hurt = next(line for line in text.split("\n") if "nobody was hurt" in line)
    assert len(hurt) < len(STORY[3]) + 10
    assert [line for line in text.split("\n") if line in STORY] == [line for line in STORY if line != STORY[3]]


def test_scripts_written_as_text_are_text_and_no_elements() -> None:
    attack = (
        "The page said &lt;script&gt;alert(3)&lt;/script&gt; and the harbour office did not know what it meant."
    )
    text, _ = texts(
        LEDGER.replace(f"<p>{STORY[1]}</p>", f"<p>{attack}</p><script>alert(4)</script><p onclick='x()'>.</p>")
    )
    assert text is not None
    assert "<script>alert(3)</script>" in text  # as shown: what makes HTML of it, escapes it
    assert "alert(4)" not in text
    assert "x()" not in text


def test_an_article_in_scripts_is_read_once_and_to_its_end() -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in STORY)
    string = paragraphs.replace('"', '\\"').replace("/", "\\/")
    html = f'<script>var page = "{string}";</script><script>x = "'
    assert embedded.article(html) == "\n".join(STORY)
    assert embedded.article(html.replace("</script>", "")) is None
    assert embedded.article(f'<SCRIPT type=\'a/b\'>x("\\\\", {string!r}, "{string}")</SCRIPT >') == "\n".join(STORY)
    assert embedded.article(f'<script>x("{string}') is None
