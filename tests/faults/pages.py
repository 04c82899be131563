"""Faults inside pages: hostile HTML, bytes of any character set, marks nobody sees, no text (B6 to B10, C4, C5)."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path

from copydesk.report import Report
from copydesk.text import escape
from tests.faults.inject import strace
from tests.faults.invariants import Broken, assert_conserved, assert_told
from tests.faults.registry import fault
from tests.faults.world import FIRST, World, ask, record, story, written
from tests.gathered import gather
from tests.test_charset_cases import CASES

PAGE_SECONDS = 12
SEED = 20_260_303
PROSE = "".join(f"<p>{line}</p>" for line in story("Lunow", 80).split("\n\n"))
ENTITIES = "".join(f'<!ENTITY {a} "{f"&{b};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
NUMBERED = " ".join(f"a{number}='{number} > <b'" for number in range(400_000))
HOSTILE = {
    "400,000 spans": f"<p>{'<span>a</span> ' * 400_000}</p>",
    "64,000 attributes": f"<p {' '.join(f'a{number}=1' for number in range(64_000))}>{PROSE}",
    "400,000 attributes": f"<p {' '.join(f'a{number}=1' for number in range(400_000))}>{PROSE}",
    "400,000 attributes with signs in quotes": f"<p {NUMBERED}>{PROSE}",
    "400,000 attributes of an end": f"{PROSE}</p {NUMBERED}>",
    "a paragraph of 20 MB": f"<p>{story('Lunow', 80) * 50_000}</p>",
    "10,000 nested divs": "<div>" * 10_000 + PROSE,
    "1,000,000 nested divs": "<div>" * 1_000_000 + PROSE,
    "entities of entities": f"<!DOCTYPE html [{ENTITIES}]><p>&a;</p>{PROSE}",
    "huge spans of cells": f"<table>{f'<tr><td colspan=99999999 rowspan=99999999>{PROSE}' * 400}</table>",
}
RANDOM_FILES = 200
DARK: dict[str, Callable[[str], str]] = {
    "zero width": lambda line: "\u200b".join(line.split(" ")).replace("\u200b", "\u200b "),
    "soft hyphens": lambda line: re.sub("([a-z]{3})([a-z]{3})", "\\1\u00ad\\2", line),
    "right to left": lambda line: f"\u202d{line}\u202c",
    "a mark inside": lambda line: line.replace(" ", " \ufeff", 1),
}
PERSIAN = (
    "شهردار گفت که مردم می‌توانند از راه دیگری بروند و پل تا پاییز بسته می‌ماند.\n\n"
    "او افزود که کارگران می‌خواهند کار را زودتر آغاز کنند، اما باران نمی‌گذارد.\n"
)


@fault(
    "B6",
    "pages made to hang: spans, attributes, nesting, 20 MB in a paragraph",
    "each ends within 12 s, as an article or in quarantine with its text; the page beside it is made",
)
def hanging_pages(world: World) -> str:
    seconds = {}
    for name, html in HOSTILE.items():
        folder = world.folder() / "in"
        written(folder / "bad.html", f"<!doctype html><html><body>{html}</body></html>")
        written(folder / "good.html", f"<!doctype html><html><body><h1>Ferry</h1>{PROSE}</body></html>")
        start = time.monotonic()
        data, done = world.run(folder, has_workers=True)
        seconds[name] = time.monotonic() - start
        assert_told(done.code, done.err, expected=[0])
        assert_conserved(data)
        ((articles, records),) = ask(
            data,
            "select count(*) filter (where source like '%good%'), (select records from editions) from articles",
        )
        assert (articles, records) == (1, 2), (name, articles, records)
        for reason, text in ask(data, "select reason, text from quarantine"):
            assert reason, name
            if text is None and "elements" not in str(reason):
                raise Broken(f"{name}: quarantined without its text: {reason}")
    slow = {name: round(taken, 1) for name, taken in seconds.items() if taken > PAGE_SECONDS}
    assert not slow, f"over {PAGE_SECONDS} s: {slow}"
    return "seconds with the start of the worker: " + ", ".join(
        f"{name} {taken:.1f}" for name, taken in seconds.items()
    )


@fault(
    "B7",
    "bytes of any character set, named wrongly or not at all",
    "decoded, with method and confidence in columns; the hopeless are quarantined as undecodable",
    is_quick=True,
)
def character_sets(world: World) -> str:
    folder = world.folder()
    tried = {name: case for name, case in CASES.items() if case.header is None}
    wrong = []
    for number, (name, case) in enumerate(sorted(tried.items())):
        html = case.text.lstrip().startswith("<")
        got = gather(_bytes(folder / f"{number}.{'html' if html else 'txt'}", case.data))
        if [page["body"].rstrip("\n") for page in got.pages] != [case.text.rstrip("\n")]:
            wrong.append(name)
        assert all(page["charset_method"] and page["charset_confidence"] for page in got.pages), name
    assert not wrong, f"read wrongly: {wrong}"
    chance = random.Random(SEED)  # noqa: S311
    hopeless = gather(_bytes(folder / "hopeless.txt", bytes(chance.randrange(256) for _ in range(4_000))))
    assert (len(hopeless.pages), len(hopeless.bad)) == (0, 1)
    return (
        f"{len(tried)} ways to write a page read right, each with its method; random bytes: "
        f"{hopeless.reasons()[0][2]!r}"
    )


def _bytes(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


@fault(
    "B8",
    "NUL, control characters, half surrogates, random bytes",
    "removed or replaced; no crash; good neighbours unchanged",
    is_quick=True,
)
def control_characters(world: World) -> str:
    chance = random.Random(SEED)  # noqa: S311
    folder = world.folder()
    good = record("harbor", "Lunow").encode()
    for number in range(RANDOM_FILES):
        noise = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 300))).replace(b"\n", b" ")
        got = gather(
            _bytes(folder / "a.jsonl", good + b"\n" + noise + b"\n" + good.replace(b"Lunow", b"Malchin") + b"\n")
        )
        bodies = [page["body"].rstrip("\n") for page in got.pages]
        assert story("Lunow", 80).rstrip("\n") in bodies, number
        assert story("Malchin", 80).rstrip("\n") in bodies, number
    text = (
        story("Lunow", 80)
        .replace("harbour", "har\x00bo\x07ur \ud800 \x1b[31m\ufffd")
        .encode("utf-8", "surrogatepass")
    )
    odd = json.loads(record("harbor", "Lunow"))["text"].replace("harbour", "har\x00bo\x07ur \ud800")
    file = written(
        folder / "b.jsonl", json.dumps({"url": "https://a.example/1", "text": odd}), record("harbor", "Malchin")
    )
    (folder / "c.txt").write_bytes(text)
    data, done = world.run(file, folder / "c.txt")
    assert_told(done.code, done.err, expected=[0])
    left = ask(data, "select count(*) from articles where regexp_matches(body, '[\\x00-\\x08\\x0b-\\x1f\\x7f]')")
    assert left == [(0,)], "control characters in a body"
    return f"{RANDOM_FILES} random lines between two good ones: both always whole; no control character in a body"


@fault(
    "B9",
    "zero-width marks, soft hyphens, direction marks, a byte order mark inside",
    "texts that differ only so are one story; Persian keeps its zero-width non-joiners",
)
def dark_marks(world: World) -> str:
    for name, change in DARK.items():
        plain, marked = (
            story("Lunow", 80),
            "\n".join(change(line) if line else line for line in story("Lunow", 80).split("\n")),
        )
        assert plain != marked, name
        file = written(
            world.folder() / "in.jsonl",
            json.dumps({"url": "https://a.example/1", "text": plain}),
            json.dumps({"url": "https://b.example/1", "text": marked}),
        )
        data, done = world.run(file)
        assert_told(done.code, done.err, expected=[0])
        assert ask(data, "select count(*), count(distinct story_id) from articles") == [(2, 1)], name
        assert ask(data, "select relation from pairs") == [("copy",)], name
    data, done = world.run(
        written(
            world.folder() / "p.jsonl", json.dumps({"url": "https://p.example/1", "text": f"تیتر\n\n{PERSIAN * 2}"})
        )
    )
    assert_told(done.code, done.err, expected=[0])
    ((body,),) = ask(data, "select body from articles")
    assert str(body).count("\u200c") == (PERSIAN * 2).count("\u200c"), body
    return f"{', '.join(DARK)}: copies of one story; Persian: all {str(body).count(chr(0x200C))} joiners kept"


@fault(
    "B10",
    "an empty file, only spaces, only leftovers, a story of one word",
    "quarantined as empty or marked as a stub; never taken for copies of each other",
    is_quick=True,
)
def no_text(world: World) -> str:
    folder = world.folder() / "in"
    folder.mkdir()
    for number in range(2):
        for name, text in (
            ("empty", ""),
            ("blank", " \n\t\n"),
            ("rest", "Leave a Reply\n\nShare\n"),
            ("word", "Ferry\n"),
        ):
            (folder / f"{name}{number}.txt").write_text(
                text + ("" if name != "word" else f"x{number}"), encoding="utf-8"
            )
    data, done = world.run(folder)
    assert_told(done.code, done.err, expected=[0])
    assert_conserved(data)
    assert ask(data, "select count(*) from pairs") == [(0,)]
    articles = ask(data, "select is_stub, count(*) from articles group by all")
    assert articles == [(True, 2)], articles
    return f"2 stubs, {ask(data, 'select count(*) from quarantine')[0][0]} quarantined, no pair"


REACHING = (
    '<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><p>&x;</p>',
    '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><xi:include href="file://{secret}" parse="text"/>',
    '<base href="http://127.0.0.1:9/"><meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/">',
    '<iframe src="http://127.0.0.1:9/"></iframe><object data="file://{secret}"></object><img src="file://{secret}">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/a.css"><script src="http://127.0.0.1:9/a.js">alert(1)</script>',
)


@fault(
    "C4",
    "pages that reach out: entities, includes, base, refresh, frames, scripts",
    "no connection, no file beyond our own is opened, none of it in a text",
)
def reaching_pages(world: World) -> str:
    folder = world.folder()
    secret = written(folder / "secret", "the-secret-itself")
    for number, html in enumerate(REACHING):
        page = f"{html.replace('{secret}', str(secret))}<html><body><h1>Ferry {number}</h1>{PROSE}</body></html>"
        written(folder / "in" / f"{number}.html", page)
    log, data = folder / "log", folder / "data"
    arguments = ("run", folder / "in", "--edition", FIRST, "--data", data, "--workers", 1)
    under = strace("?open,openat,openat2,connect", log=log)
    done = world.nursery.once(*arguments, under=under, has_workers=True, environment={"COPYDESK_CLASSIFIER": "1"})
    assert_told(done.code, done.err, expected=[0])
    traced = log.read_text(encoding="utf-8", errors="replace")
    assert str(secret) not in traced, "a page had a file opened"
    connected = [line for line in traced.splitlines() if "connect(" in line and "AF_INET" in line]
    assert not connected, connected[:3]
    bodies = " ".join(str(row[0]) for row in ask(data, "select body from articles"))
    assert "the-secret-itself" not in bodies
    assert "alert(1)" not in bodies
    assert ask(data, "select count(*) from articles") == [(len(REACHING),)]
    return f"{len(REACHING)} pages, {traced.count('open')} files opened, none of theirs; no connection"


@fault(
    "C5", "markup, links and escape codes in titles and names", "shown escaped in reports, on the terminal as \\x.."
)
def injected_titles(world: World) -> str:
    title = "\x1b]0;owned\x07<script>alert(1)</script> [x](javascript:alert(2)) | a"
    folder = world.folder() / "in"
    folder.mkdir()
    text = story("Lunow", 80)
    written(
        folder / "a.jsonl",
        *(json.dumps({"url": f"https://{site}.example/1", "title": title, "text": text}) for site in "ab"),
    )
    (folder / "\x1b]0;owned\x07.jsonl").write_text('{"te\n', encoding="utf-8")
    data, done = world.run(folder)
    assert_told(done.code, done.err, expected=[0])
    ((article,),) = ask(data, "select article_id from articles limit 1")
    asked = (
        ("editions",),
        ("sql", "select title, url from articles"),
        ("sql", "from quarantine"),
        ("quarantine", "list"),
        ("explain", article),
    )
    shown = [done, *(world.nursery.copydesk(*arguments, "--data", data) for arguments in asked)]
    for each in shown:
        assert each.code == 0, each
        assert "\x1b" not in each.out + each.err, each
        assert "\x07" not in each.out + each.err, each
    kept = json.loads(next((data / "runs").glob("*.json")).read_text(encoding="utf-8"))
    told = {name: value for name, value in kept.items() if name in Report.__dataclass_fields__ and name != "gate"}
    markdown = Report(**told).to_markdown()
    assert "<script" not in markdown
    assert "](javascript" not in markdown
    assert escape("<script>") in markdown
    return f"{len(shown)} commands without an escape code; the report in Markdown without a tag or a link"
