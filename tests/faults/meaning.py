"""Faults of content: ids, fields, dates, SQL, rules, floods of copies (C1 to C3, C6 to C9, C11, C12)."""

from __future__ import annotations

import ast
import csv
import io
import json
import random
import re
import time
from pathlib import Path

from tests.faults.inject import ROOT
from tests.faults.invariants import assert_conserved, assert_told
from tests.faults.registry import fault
from tests.faults.world import World, ask, record, story, written
from tests.gathered import gather

SEED = 20_260_304
GREEDY = "the ferry left the harbour of lunow.*|its engine failed off.*|nobody was hurt, the harbour.*"
FLOOD, CHAIN = 20_000, 26
FLOOD_TIMES = 8.0  # for four times as many
WORDS = re.findall(
    "[a-z]+",
    "ferry harbour council lamp orchard tunnel bridge museum winter letter river engine school garden market tower "
    "window copper signal meadow granite voyage ladder barrel candle pepper saddle thunder velvet whistle anchor "
    "basket carpet dragon fabric gallon hammer island jacket kettle lantern mirror needle oyster pocket ribbon",
)
QUOTES = ("x'; drop table articles;--", 'a"b', "'); attach '/tmp/x';--", "{x}", "%s", "a\\'b")


@fault(
    "C1",
    "one id for two different texts",
    "both are kept: ids are hashes of site, address and text; under one address they are versions",
)
def one_id_twice(world: World) -> str:
    lines = [
        json.dumps({"id": 7, "url": "https://a.example/1", "text": story(town, 80)})
        for town in ("Lunow", "Malchin")
    ]
    data, done = world.run(written(world.folder() / "a.jsonl", *lines))
    assert_told(done.code, done.err, expected=[0])
    assert ask(data, "select count(distinct article_id), count(distinct body) from articles") == [(2, 2)]
    return "2 articles with an id each"


@fault(
    "C2",
    "fields that changed their type, their name or their shape",
    "known names are understood; else quarantined with the field and its type",
    is_quick=True,
)
def changed_fields(world: World) -> str:
    text = story("Lunow", 80)
    known = [
        {"maintext": text},
        {"articleBody": text},
        {"Full-Text": text},
        {"content": text, "brand_new": {"a": [1]}},
    ]
    drifted = [
        {"text": 7},
        {"text": {"de": text}},
        {"text": text, "title": {"a": 1}},
        {"words": text},
        [text],
        {"text": None},
    ]
    file = written(world.folder() / "a.jsonl", *map(json.dumps, [*known, *drifted]))
    got = gather(file)
    reasons = [row["reason"] for row in got.bad]
    assert len(reasons) == len(drifted), reasons
    assert all(reason.startswith(("contract: ", "empty: ")) for reason in reasons), reasons
    assert got.repeated + len(got.pages) == len(known)
    assert any("title is object" in reason for reason in reasons), reasons
    return f"{len(known)} known shapes read; {len(drifted)} refused, such as {reasons[2]!r}"


DATES = (
    "0001-01-01", "9999-12-31", "-5000-01-01", "2022-02-30", "2031-01-01", "1970-01-01", "0", "1646179200000",
    "99999999999999999999", "infinity", "-infinity", "NaN", "2022-13-01", "2022-00-10", "32.01.2022", "00/00/0000",
    "2022-01-01T25:00:00Z", "2022-01-01T10:00:61Z", "2022-01-01T10:00:00+99:00", "yesterday", "today", "now",
    "1 Jan 1", "0000-00-00", "2022-W60", "2022-366", "１２/１２/２０２２", "2022\x0001-01", "1e9",
    "'2022-01-01'; drop",
    "1646179200.5", "0x5f", "2022-1-1-1", "12:00", "Feb 30, 2022", "31 April 2022", "2/29/2023", "29.02.2023",
    "+012022-01-01", "2022-01-01T00:00:00[Europe/Nowhere]",
)  # fmt: skip


@fault(
    "C3",
    "poisoned dates",
    "null with the reason and the raw value, or a day that can be; never beyond 1990 to the night",
)
def poisoned_dates(world: World) -> str:
    lines = [record("harbor", f"Town{number}", number, published=date) for number, date in enumerate(DATES)]
    data, done = world.run(written(world.folder() / "a.jsonl", *lines))
    assert_told(done.code, done.err, expected=[0])
    assert_conserved(data)
    found = ask(data, "select published_raw, published_at, published_at_flag from articles")
    assert len(found) == len(DATES)
    lost = ask(
        data,
        "select published_raw from articles where published_at is null and published_at_flag is "
        "null and published_raw is not null",
    )
    assert lost == [], lost
    mad = ask(
        data, "select published_raw from articles where published_at not between '1990-01-01' and '2026-03-04'"
    )
    assert mad == [], mad
    believed = ask(data, "select published_raw from articles where published_at is not null order by 1")
    assert len({row[0] for row in ask(data, "select edition from articles")}) == 1
    return (
        f"{len(DATES)} strings: {len(DATES) - len(believed)} null with a flag, {len(believed)} "
        f"believed: {[row[0] for row in believed]}"
    )


@fault(
    "C6",
    "SQL in the names of sites, files and titles",
    "taken as text; no statement of ours is made from data",
    is_quick=True,
)
def injected_sql(world: World) -> str:
    folder = world.folder() / "in'; drop table articles;--"
    lines = [
        json.dumps({"url": "", "site": name, "title": name, "text": story(f"Town{number}", 80)})
        for number, name in enumerate(QUOTES)
    ]
    data, done = world.run(written(folder / "a';--.jsonl", *lines), data=world.folder() / "da'ta [x]")
    assert_told(done.code, done.err, expected=[0])
    assert {row[0] for row in ask(data, "select title from articles")} >= {"x'; drop table articles;--", 'a"b'}
    for verb in (
        ("editions",),
        ("explain", "x'; drop table articles;--"),
        ("learn", "approve", "a';--", "--site", QUOTES[0]),
    ):
        done = world.nursery.copydesk(*verb, "--data", data)
        assert done.code in (0, 64), done
    assert len(ask(data, "from articles")) == len(QUOTES)
    made = [place for file in _modules() for place in _formatted_sql(file)]
    unknown = [place for place in made if not re.search(r"noqa: S608|\{query\.", place)]
    assert not unknown, unknown
    return (
        f"{len(QUOTES)} names kept as text; {len(made)} formatted statements in the code, each "
        f"with quoted names only"
    )


def _modules() -> list[Path]:
    return sorted(file for folder in ("copydesk", "flows", "transforms") for file in (ROOT / folder).rglob("*.py"))


def _formatted_sql(file: Path) -> list[str]:
    """Give the lines with a formatted string that is a statement."""
    text = file.read_text(encoding="utf-8")
    lines, found = text.splitlines(), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            words = "".join(
                part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if (
                re.match(r"(select|insert|create|drop|delete|update|copy|attach) ", words.lstrip())
                and " {" not in words
            ):
                around = " ".join(lines[node.lineno - 1 : (node.end_lineno or node.lineno) + 1])
                found.append(f"{file.name}:{node.lineno} {around}")
    return [place for place in found if re.search(r" (from|into|table|view|macro) ", place)]


@fault(
    "C7",
    "cells that a spreadsheet runs",
    "`--excel-safe` puts an apostrophe before each; plain CSV and Parquet keep the text",
    is_quick=True,
)
def formulas(world: World) -> str:
    starts = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\tx", "\rx")
    values = ", ".join(f"('{cell}')" for cell in starts)
    query = f"select * from (values {values}) as t(cell)"
    data = world.first
    safe = world.nursery.copydesk("sql", query, "--data", data, "--csv", "--excel-safe")
    assert safe.code == 0, safe
    cells = [row[0] for row in csv.reader(io.StringIO(safe.out.replace("\r", "\\r"), newline=""))][1:]
    assert cells == ["'" + cell.replace("\r", "\\r") for cell in starts], cells
    return f"all {len(starts)} begin with an apostrophe"


@fault(
    "C8",
    "a pattern that never ends, a reference back, a look around",
    "refused when it is loaded, or run in linear time",
)
def endless_patterns(world: World) -> str:
    refused, linear = [], []
    for pattern in ("(a+)+$", "(.*)*x", "(x+x+)+y", r"(a)\1", "(?<=a)b", "((a{0,100}){0,100}){0,100}"):
        folder = world.folder()
        (folder / "rules").mkdir()
        (folder / "rules" / "own.toml").write_text(
            f"[[rule]]\nid = 'own.one'\nkind = 'share'\nlang = 'en'\nwhere = 'anywhere'\naction = "
            f"'cut'\nmatch = '''{pattern}'''\n"
            "catches = ['aaaa']\nspares = ['The ferry ran.']\n"
        )
        file = written(folder / "a.txt", "Ferry", "", "a" * 30_000 + "!", "", story("Lunow", 80))
        start = time.monotonic()
        _, done = world.run(file, environment={"COPYDESK_RULES": str(folder / "rules")})
        assert time.monotonic() - start < 20, pattern
        if done.code == 65:
            assert_told(done.code, done.err, "own.toml", "own.one", expected=[65])
            refused.append(pattern)
        else:
            assert_told(done.code, done.err, expected=[0])
            linear.append(pattern)
    assert {r"(a)\1", "(?<=a)b"} <= set(refused)
    return f"refused with file and rule: {refused}; in linear time: {linear}"


@fault(
    "C9",
    "a rule that takes too much",
    "refused when loaded or told by `rule test`; an article that lost over 60 % is marked, what "
    "is left of none is quarantined whole",
)
def greedy_rules(world: World) -> str:
    refused = []
    for pattern in (".*", ".+", "", GREEDY):
        folder = world.folder()
        (folder / "rules").mkdir()
        (folder / "rules" / "own.toml").write_text(
            f"[[rule]]\nid = 'own.one'\nkind = 'share'\nlang = 'en'\nwhere = 'anywhere'\naction = "
            f"'cut'\nmatch = '''{pattern}'''\n"
            "catches = ['Its engine failed off the pier.']\nspares = ['A ferry ran.']\n"
        )
        data, done = world.run(
            written(folder / "a.jsonl", record("harbor", "Lunow")),
            environment={"COPYDESK_RULES": str(folder / "rules")},
        )
        if done.code == 65:
            refused.append(pattern)
            continue
        assert_told(done.code, done.err, expected=[0])
        assert_conserved(data)
        overcut = ask(data, "select is_overcut from articles")
        kept = ask(data, "select reason, contains(bytes::varchar, 'engine') from quarantine")
        assert overcut == [(True,)] or (kept and kept[0][1]), (pattern, overcut, kept)
    assert refused == [".*", ".+", ""], refused
    return f"{refused} refused when loaded; the greedy one: marked or kept whole: {overcut or kept[0][0]}"


@fault(
    "C11",
    "a flood of identical stories; a chain A~B~C...~Z",
    "time near linear; the chain is not one giant story of strangers",
)
def flood(world: World) -> str:
    seconds = []
    for count in (FLOOD // 4, FLOOD):
        text = story("Lunow", 80)
        copies = [json.dumps({"url": f"https://s{number}.example/1", "text": text}) for number in range(count)]
        start = time.monotonic()
        data, done = world.run(written(world.folder() / "a.jsonl", *copies))
        seconds.append(time.monotonic() - start)
        assert_told(done.code, done.err, expected=[0])
        assert ask(data, "select articles from stories") == [(count,)]
    assert seconds[1] < FLOOD_TIMES * seconds[0], seconds
    chance = random.Random(SEED)  # noqa: S311
    sentences = [f"The {' '.join(chance.sample(WORDS, 14))}." for _ in range(2 * CHAIN + 12)]
    lines = [
        json.dumps(
            {"url": f"https://c{number}.example/1", "text": "\n\n".join(sentences[2 * number : 2 * number + 12])}
        )
        for number in range(CHAIN)
    ]
    data, done = world.run(written(world.folder() / "a.jsonl", *lines))
    assert_told(done.code, done.err, expected=[0])
    ((largest,),) = ask(data, "select max(articles) from stories")
    assert largest < CHAIN, f"all {CHAIN} links of the chain are one story"
    return (
        f"{FLOOD // 4:,} and {FLOOD:,} copies: {seconds[1] / seconds[0]:.1f} times the time; "
        f"of {CHAIN} links at most {largest} in a story"
    )


@fault(
    "C12",
    "near-copies made to deceive: filler, other order, other case",
    "found or not, as docs/fold.md says; never joined with strangers",
)
def deceiving_copies(world: World) -> str:
    chance = random.Random(SEED)  # noqa: S311
    sentences = [f"The {' '.join(chance.sample(WORDS, 14))}." for _ in range(12)]
    filler = [f"A {' '.join(chance.sample(WORDS, 10))}." for _ in range(3)]
    texts = {
        "original": sentences,
        "case": [line.upper() for line in sentences],
        "filler": [*sentences[:6], *filler, *sentences[6:]],
        "stranger": [f"The {' '.join(chance.sample(WORDS, 14))}." for _ in range(12)],
    }
    lines = [
        json.dumps({"url": f"https://{name}.example/1", "text": "\n\n".join(text)}) for name, text in texts.items()
    ]
    data, done = world.run(written(world.folder() / "a.jsonl", *lines))
    assert_told(done.code, done.err, expected=[0])
    stories = ask(
        data,
        "select string_agg(split_part(site, '.', 1), ' ' order by site) from articles group by story_id order by 1",
    )
    assert stories == [("case filler original",), ("stranger",)], stories
    return "filler and case are found, a stranger of the same words is not"
