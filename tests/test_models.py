from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import models, queries
from tests.tiny_edition import (
    MONDAY,
    TUESDAY,
    Row,
    alias,
    article,
    at,
    counts,
    cut,
    member,
    pair,
    quarantined,
    right,
    stage,
)
from transforms import schemas
from transforms.errors import StoreError


def rows(folder: Path, table: str, **staged: list[Row]) -> list[Row]:
    """Give the rows of a published table made from these staged ones."""
    with models.build(stage(folder, **staged), temp=folder) as built:
        return published(built, table)


def published(built: models.Built, table: str) -> list[Row]:
    found: list[Row] = built.connection.table(table).to_arrow_table().to_pylist()
    return found


def test_an_article_carries_its_story(tmp_path: Path) -> None:
    lead, copy = article("a", title="Flood", site="alpha.example"), article("b", agency="AFP")
    assert rows(tmp_path, "articles", articles=[copy, lead], members=[member("a"), member("b", "a")]) == [
        {**lead, **member("a")},
        {**copy, **member("b", "a")},
    ]


def test_a_page_of_two_nights_stays_with_the_earlier_one(tmp_path: Path) -> None:
    first, again = cut("a", 3, "Share this"), cut("a", 3, "Share it", edition=TUESDAY)
    staged = {
        "articles": [article("a", [again], edition=TUESDAY), article("a", [first])],
        "cuts": [again, first],
        "members": [member("a")],
        "edition_counts": [counts(TUESDAY, 1), counts(MONDAY, 1)],
    }
    with models.build(stage(tmp_path, **staged)) as built:
        assert published(built, "articles") == [{**article("a", [first]), **member("a")}]
        assert published(built, "cuts") == [first]
        assert [(row["articles"], row["repeated_pages"]) for row in published(built, "editions")] == [
            (1, 0),
            (0, 1),
        ]


def test_articles_are_ordered_by_edition_site_and_time(tmp_path: Path) -> None:
    articles = [
        article("a", edition=TUESDAY, site="alpha.example"),
        article("b"),
        article("c", site="beta.example"),
        article("d", site="beta.example", published_at=at(5)),
        article("e", site="beta.example", published_at=at(4)),
        article("h", site="alpha.example"),
        article("g", site="alpha.example"),
        article("f", site="alpha.example"),
    ]
    assert [row["article_id"] for row in rows(tmp_path, "articles", articles=articles)] == list("fghedcba")


def test_stories_are_ordered_by_edition_and_id(tmp_path: Path) -> None:
    articles = [
        article("a", edition=TUESDAY),
        article("b", site="beta.example"),
        article("c", site="alpha.example"),
    ]
    members = [member("a"), member("b"), member("c")]
    found = rows(tmp_path, "stories", articles=articles, members=members)
    assert [row["story_id"] for row in found] == ["b", "c", "a"]


def test_rows_that_no_model_changes_come_out_as_they_were(tmp_path: Path) -> None:
    staged = {
        "cuts": [cut("b", 1, "x"), cut("a", 2, "y"), cut("a", 1, "z")],
        "articles": [article("a"), article("b")],
        "pairs": [
            pair("b", "c", relation="version"),
            pair("a", "c", headline=None),
            pair("a", "b", headline="new"),
        ],
        "members": [member("b", "a"), member("c"), member("a")],
        "quarantine": [quarantined("q2", source="b"), quarantined("q1", source="b"), quarantined("q3", source="a")],
    }
    with models.build(stage(tmp_path, **staged)) as built:
        assert published(built, "cuts") == [staged["cuts"][at] for at in (2, 1, 0)]
        assert published(built, "pairs") == [staged["pairs"][at] for at in (2, 1, 0)]
        assert published(built, "members") == [staged["members"][at] for at in (2, 0, 1)]
        kept = {"is_dropped": False, "dropped_because": None}
        assert published(built, "quarantine") == [staged["quarantine"][at] | kept for at in (2, 1, 0)]


def test_a_story_tells_its_lead_and_its_size(tmp_path: Path) -> None:
    articles = [
        article("a", site="alpha.example", published_at=at(4, 9)),
        article(
            "b",
            edition=TUESDAY,
            site="beta.example",
            title="Flood",
            url="https://beta.example/flood",
            language="en",
            author="Ann Lee",
            agency="AFP",
            published_at=at(6),
            body="Three words long.\nTwo more.",
        ),
        article("c"),
        article("d"),
        article("e", site="alpha.example"),
        article("f", site="beta.example"),
        article("g", site="beta.example"),
    ]
    members = [
        member("a", "a"),
        member("b", "a", is_lead=True, relation="lead", similarity=1.0),
        member("c", "a", relation="excerpt"),
        member("d", "a", relation="update"),
        member("e", "a", relation="linked"),
        member("f", "a", relation="version"),
        member("g", "a", relation="version"),
    ]
    assert rows(tmp_path, "stories", articles=articles, members=members) == [
        {
            "story_id": "a",
            "lead_id": "b",
            "title": "Flood",
            "site": "beta.example",
            "language": "en",
            "url": "https://beta.example/flood",
            "author": "Ann Lee",
            "agency": "AFP",
            "first_published_at": at(4, 9),
            "last_published_at": at(6),
            "first_edition": MONDAY,
            "last_edition": TUESDAY,
            "articles": 7,
            "outlets": 3,
            "versions": 2,
            "copies": 1,
            "excerpts": 1,
            "updates": 1,
            "linked": 1,
            "body_words": 5,
        }
    ]


def test_leftovers_count_cut_and_trimmed_lines_by_rule_and_outlet(tmp_path: Path) -> None:
    cuts = [
        cut("a", 1, "Share"),
        cut("a", 2, "Share this"),
        cut("b", 1, "Share"),
        cut("c", 1, "Share"),
        cut("c", 2, "Story – The Site", kind="title", action="trim", rule_id="title.suffix"),
        cut("c", 3, "By Ann Lee", kind="credit", action="move"),
        cut("c", 4, "", kind="blank"),
        cut("c", 5, "a\u200bb", kind="repair", action="repair"),
    ]
    articles = [article("a", site="alpha.example"), article("b", site="alpha.example"), article("c")]

    def leftover(site: str, lines: int, chars: int, articles: int, **changes: object) -> Row:
        row = {"edition": MONDAY, "site": site, "kind": "share", "rule_id": "share.words", "action": "cut"}
        return {**row, "lines": lines, "chars": chars, "articles": articles, **changes}

    assert rows(tmp_path, "leftovers", articles=articles, cuts=cuts) == [
        leftover("(unknown)", 1, 5, 1),
        leftover("(unknown)", 1, 16, 1, kind="title", rule_id="title.suffix", action="trim"),
        leftover("alpha.example", 3, 20, 2),
    ]


def test_an_outlet_tells_what_it_copied_and_what_scraping_left(tmp_path: Path) -> None:
    alpha: dict[str, Any] = {"site": "alpha.example", "body": "Ten chars."}
    articles = [
        article("a", **alpha, language="en"),
        article("b", **alpha, language="de", edition=TUESDAY),
        article("c", **alpha),
        article("d", site="beta.example", body="Ten chars.", language="nl"),
        article("e", body="Ten chars."),
        article("f", site="beta.example", body="Ten chars.", language="nl"),
        article("g", site="beta.example", body="Ten chars.", language="en"),
    ]
    members = [
        *(member("a"), member("b", "a"), member("c", "d"), member("d"), member("e", "d")),
        *(member("f", "d"), member("g", "d")),
    ]
    cuts = [
        cut("a", 2, "x" * 15),
        cut("c", 2, "x" * 15),
        cut("c", 3, "moved", action="move"),
        cut("c", 4, "trimmed", action="trim"),
    ]
    assert rows(tmp_path, "outlets", articles=articles, members=members, cuts=cuts) == [
        outlet("(unknown)", copied_articles=1, copied_share=1.0),
        outlet(
            "alpha.example",
            last_edition=TUESDAY,
            articles=3,
            languages=2,
            main_language="de",
            body_words=6,
            stories=2,
            led_stories=1,
            copied_articles=1,
            copied_share=1 / 3,
            leftover_chars=30,
            leftover_share=0.5,
        ),
        outlet("beta.example", articles=3, languages=2, main_language="nl", body_words=6, led_stories=1),
    ]


def outlet(site: str, **changes: object) -> Row:
    return {
        "site": site,
        "first_edition": MONDAY,
        "last_edition": MONDAY,
        "articles": 1,
        "languages": 0,
        "main_language": None,
        "body_words": 2,
        "stories": 1,
        "led_stories": 0,
        "copied_articles": 0,
        "copied_share": 0.0,
        "leftover_chars": 0,
        "leftover_share": 0.0,
        **changes,
    }


def test_another_state_of_the_leads_page_is_no_copy_whatever_its_site_is_called(tmp_path: Path) -> None:
    articles = [article("a", site="alpha.example"), article("b", site="Alpha"), article("c", site="beta.example")]
    members = [member("a"), member("b", "a", relation="version"), member("c", "a")]
    assert rows(tmp_path, "outlets", articles=articles, members=members) == [
        outlet("Alpha", body_words=7),
        outlet("alpha.example", body_words=7, led_stories=1),
        outlet("beta.example", body_words=7, copied_articles=1, copied_share=1.0),
    ]


def test_text_flows_from_the_earliest_outlet_to_the_others(tmp_path: Path) -> None:
    articles = [
        article("a", site="alpha.example", published_at=at(5, 8)),
        article("b", site="beta.example", published_at=at(5, 6)),
        article("c", site="alpha.example", fetched_at=at(5, 9), published_at=None),
        article("d", site="beta.example", published_at=at(5, 20)),
        article("e"),
        article("f", site="alpha.example", published_at=at(5, 19)),
    ]
    members = [member("a"), *(member(copy, "a") for copy in "bcdef")]
    assert rows(tmp_path, "copy_flow", articles=articles, members=members) == [
        flow("beta.example", "(unknown)", articles=1, timed_articles=0, median_hours_after=None),
        flow("beta.example", "alpha.example", articles=3, timed_articles=3, median_hours_after=3.0),
    ]


def test_the_lead_is_the_origin_where_no_time_is_known(tmp_path: Path) -> None:
    articles = [article("a", site="alpha.example"), article("b", site="beta.example")]
    members = [member("a", "a"), member("b", "a", is_lead=True, relation="lead")]
    assert rows(tmp_path, "copy_flow", articles=articles, members=members) == [
        flow("beta.example", "alpha.example", articles=1, timed_articles=0, median_hours_after=None)
    ]


def test_a_page_in_several_states_ran_a_text_once_and_did_not_copy_itself(tmp_path: Path) -> None:
    page = "https://beta.example/flood"
    articles = [
        article("a", site="alpha.example", published_at=at(5, 8)),
        article("b", site="Alpha", published_at=at(5, 6)),
        article("c", site="beta.example", published_at=at(5, 20), url=page, canonical_url=page),
        article("d", site="beta.example", published_at=at(5, 10), url=page + "?amp=1", canonical_url=page),
        article("e", site="beta.example", published_at=at(5, 16), url=page + "-in-short"),
    ]
    members = [
        *(member("a"), member("b", "a", relation="version"), member("c", "a")),
        *(member("d", "a", relation="update"), member("e", "a", relation="excerpt")),
    ]
    assert rows(tmp_path, "copy_flow", articles=articles, members=members) == [
        flow("Alpha", "beta.example", articles=2, timed_articles=2, median_hours_after=7.0)
    ]


def test_flows_of_several_stories_add_up(tmp_path: Path) -> None:
    articles = [
        article("a", site="alpha.example", published_at=at(5, 1)),
        article("b", site="beta.example", published_at=at(5, 2)),
        article("c", site="alpha.example", published_at=at(5, 1)),
        article("d", site="beta.example", published_at=at(5, 6)),
    ]
    members = [member("a"), member("b", "a"), member("c"), member("d", "c")]
    assert rows(tmp_path, "copy_flow", articles=articles, members=members) == [
        flow("alpha.example", "beta.example", articles=2, stories=2, timed_articles=2, median_hours_after=3.0)
    ]


def flow(from_site: str, to_site: str, **changes: object) -> Row:
    return {"from_site": from_site, "to_site": to_site, "stories": 1, **changes}


def test_daily_volume_counts_by_edition_outlet_and_language(tmp_path: Path) -> None:
    articles = [
        article("a", site="alpha.example", language="en"),
        article("b", site="alpha.example", language="en", is_stub=True),
        article("c", site="alpha.example", edition=TUESDAY),
        article("d", language="en"),
    ]
    members = [member("a"), member("b", "a"), member("c"), member("d")]

    def volume(site: str, language: str, **changes: object) -> Row:
        row = {"edition": MONDAY, "articles": 1, "led_stories": 1, "stub_articles": 0, "body_words": 7}
        return {**row, "site": site, "language": language, **changes}

    assert rows(tmp_path, "daily_volume", articles=articles, members=members) == [
        volume("(unknown)", "en"),
        volume("alpha.example", "en", articles=2, stub_articles=1, body_words=14),
        volume("alpha.example", "(unknown)", edition=TUESDAY),
    ]


def aliases(folder: Path, *versions: Mapping[str, str]) -> list[list[Row]]:
    """Give the aliases of each version, each made on top of the one before: article to story."""
    found, before = [], dict[str, list[Path]]()
    for number, stories in enumerate(versions):
        made = folder / str(number)
        articles = [article(page, edition=nights(page)) for page in stories]
        members = [member(page, None if page == story else story) for page, story in stories.items()]
        staged = stage(made, articles=articles, members=members)
        with models.build({**staged, **before}, only=frozenset({"articles", "members", "story_aliases"})) as built:
            found.append(published(built, "story_aliases"))
            files = {table.name: [table.file] for table in built.write(made)}
        before = {"former_members": files["members"], "former_aliases": files["story_aliases"]}
    return found


def nights(page: str) -> dt.date:
    """Give the edition of a page: one with a capital came on Tuesday, though it sorts before those of Monday."""
    return TUESDAY if page.isupper() else MONDAY


def test_an_article_that_does_not_name_its_story_is_an_alias_of_it(tmp_path: Path) -> None:
    assert aliases(tmp_path, {"c": "c", "b": "a", "a": "a"}) == [[alias("b", "a")]]


def test_when_stories_merge_the_older_name_resolves_the_other(tmp_path: Path) -> None:
    apart = {"a": "a", "b": "b", "c": "b"}
    merged = {"a": "a", "b": "a", "c": "a", "d": "a"}
    assert aliases(tmp_path, apart, merged, apart) == [
        [alias("c", "b")],
        [alias("b", "a"), alias("c", "a"), alias("d", "a")],
        [alias("c", "b"), alias("d", "a", "withdrawn")],
    ]


def test_a_story_that_a_late_edition_gives_an_older_name_keeps_its_own_as_an_alias(tmp_path: Path) -> None:
    late = {"X": "b", "Y": "b", "b": "b"}
    later = {**dict.fromkeys(late, "a"), "a": "a"}
    assert aliases(tmp_path, {"X": "X", "Y": "X"}, late, later) == [
        [alias("Y", "X")],
        [alias("X", "b"), alias("Y", "b")],
        [alias("X", "a"), alias("Y", "a"), alias("b", "a")],
    ]


def test_an_id_whose_article_is_gone_follows_its_story_from_version_to_version(tmp_path: Path) -> None:
    """The article b is gone, then what is left of its story is joined to an older one, then all of that is gone."""
    assert aliases(
        tmp_path, {"b": "b", "c": "b"}, {"c": "c"}, {"a": "a", "c": "a"}, {"d": "d"}, {"b": "b", "c": "b"}
    ) == [
        [alias("c", "b")],
        [alias("b", "c", "withdrawn")],
        [alias("b", "a", "withdrawn"), alias("c", "a")],
        [alias(gone, None, "withdrawn") for gone in "abc"],
        [alias("a", None, "withdrawn"), alias("c", "b"), alias("d", None, "withdrawn")],
    ]


def test_an_id_of_a_story_that_fell_apart_follows_the_earliest_article_that_is_left(tmp_path: Path) -> None:
    whole = dict.fromkeys(("a", "X", "c", "d"), "a")
    assert aliases(tmp_path, whole, {"X": "X", "c": "c", "d": "d"}) == [
        [alias("X", "a"), alias("c", "a"), alias("d", "a")],
        [alias("a", "c", "withdrawn")],
    ]


def test_the_same_articles_again_give_the_same_aliases(tmp_path: Path) -> None:
    left = {"b": "b", "c": "b"}
    once, twice = aliases(tmp_path, {"a": "a", **dict.fromkeys(left, "a")}, left, left)[1:]
    assert once == twice == [alias("a", "b", "withdrawn"), alias("c", "b")]


PARTITIONS = st.dictionaries(st.sampled_from("abcXYZ"), st.integers(0, 2), max_size=6)


@given(parted=st.lists(PARTITIONS, min_size=2, max_size=4))
@settings(max_examples=12, deadline=None)
def test_every_id_there_ever_was_is_a_story_or_an_alias_of_one(parted: list[dict[str, int]]) -> None:
    versions = [named(parts) for parts in parted]
    ever: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for stories, found in zip(versions, aliases(Path(folder), *versions), strict=True):
            ever |= stories.keys()
            told = {row["alias_id"]: row["story_id"] for row in found}
            assert told.keys() == ever - set(stories.values())
            assert set(told.values()) <= {*stories.values(), None}
            assert {page: told.get(page, page) for page in stories} == stories
            assert {row["alias_id"] for row in found if row["reason"] == "joined"} == stories.keys() & told.keys()


def named(parts: Mapping[str, int]) -> dict[str, str]:
    """Give article to story: the smallest (edition, article_id) of those with the same number."""
    first = {parts[page]: page for page in sorted(parts, key=lambda page: (nights(page), page), reverse=True)}
    return {page: first[number] for page, number in parts.items()}


def test_an_edition_counts_what_became_of_its_records(tmp_path: Path) -> None:
    with models.build(right(tmp_path)) as built:
        memory = "afcbe38541d1ed8e"
        assert published(built, "editions") == [
            {
                "edition": MONDAY,
                "records": 9,
                "pages": 4,
                "repeated_records": 1,
                "unlisted_records": 3,
                "forgotten_records": 0,
                "repeated_pages": 0,
                "articles": 3,
                "quarantined": 2,
                "cut_lines": 3,
                "cut_chars": 30,
                "rules_digest": "r1",
                "code_digest": "c1",
                "memory_digest": memory,
                "classifier_digest": "",
            },
            {
                "edition": TUESDAY,
                "records": 3,
                "pages": 3,
                "repeated_records": 0,
                "unlisted_records": 0,
                "forgotten_records": 0,
                "repeated_pages": 1,
                "articles": 2,
                "quarantined": 0,
                "cut_lines": 0,
                "cut_chars": 0,
                "rules_digest": "r1",
                "code_digest": "c1",
                "memory_digest": memory,
                "classifier_digest": "",
            },
        ]


def test_without_files_the_tables_are_empty_and_have_the_same_columns(tmp_path: Path) -> None:
    with models.build({}) as empty, models.build(right(tmp_path)) as full:
        assert [(table, published(empty, table)) for table in empty.tables] == [
            (table, []) for table in full.tables
        ]
        assert [empty.schema(table) for table in empty.tables] == [full.schema(table) for table in full.tables]


def test_files_are_found_whatever_their_names(tmp_path: Path) -> None:
    """A name is never part of the SQL, nor a pattern that matches its neighbour."""
    wanted = tmp_path / "it's [x]; drop table a" / "*.parquet"
    neighbour = tmp_path / "it's x; drop table a" / "b.parquet"
    for file, article_id in ((wanted, "a"), (neighbour, "b")):
        file.parent.mkdir()
        pq.write_table(pa.Table.from_pylist([article(article_id)], schemas.ARTICLES), file)
    pq.write_table(pa.Table.from_pylist([article("c")], schemas.ARTICLES), wanted.parent / "c.parquet")
    with models.build({"articles": [wanted]}) as built:
        assert [row["article_id"] for row in published(built, "articles")] == ["a"]


def test_a_folder_that_looks_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    staged = stage(tmp_path / "site=elsewhere.example", articles=[article("a", site="alpha.example")])
    with models.build(staged) as built:
        assert [row["site"] for row in published(built, "articles")] == ["alpha.example"]


def test_blocks_do_not_show_how_batches_were_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BLOCK_ROWS", 10)
    monkeypatch.setattr(models, "ROW_GROUP_ROWS", 20)
    table = pa.table({"n": range(45)})
    for batch_rows in (3, 45):
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(batch_rows))
        groups = list(models._row_groups(reader))
        assert [[len(chunk) for chunk in group["n"].chunks] for group in groups] == [[10, 10], [10, 10], [5]]
        assert pa.concat_tables(groups).equals(table)


def test_shards_in_any_order_and_any_threads_give_the_same_bytes(tmp_path: Path) -> None:
    articles = [article(f"{n:05}", site=f"{n % 7}.example", published_at=at(1 + n % 5)) for n in range(6_000)]
    members = [member(f"{n:05}", None if n % 3 == 0 else f"{n - n % 3:05}") for n in range(6_000)]
    halves = [articles[::2], articles[1::2]]
    files = [stage(tmp_path / str(n), articles=half)["articles"][0] for n, half in enumerate(halves)]
    tied = stage(tmp_path, members=members)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with models.build({**tied, "articles": files}) as built:
        one = built.write(tmp_path / "one")
    with models.build({**tied, "articles": files[::-1]}) as built:
        built.connection.execute("set threads = 1")
        two = built.write(tmp_path / "two")
    assert [(table.name, table.rows, table.sha256) for table in one] == [
        (table.name, table.rows, table.sha256) for table in two
    ]


def test_a_written_table_reads_back_with_its_meanings(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with models.build(right(tmp_path)) as built:
        files = built.write(out)
        tables = {name: built.connection.table(name).to_arrow_table() for name in built.tables}
    assert {file.name: pq.read_table(file.file).to_pylist() for file in files} == {
        name: table.to_pylist() for name, table in tables.items()
    }
    assert [pq.read_schema(file.file).equals(file.schema, check_metadata=True) for file in files] == [True] * len(
        files
    )
    assert [file.bytes for file in files] == [file.file.stat().st_size for file in files]
    body = pq.read_schema(out / "articles.parquet").field("body")
    assert body.metadata[b"meaning"] == b"the article's own lines, normalised"
    assert not body.nullable


def test_row_groups_end_at_rows_or_at_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BLOCK_ROWS", 10)
    monkeypatch.setattr(models, "ROW_GROUP_ROWS", 30)
    monkeypatch.setattr(models, "ROW_GROUP_BYTES", 100_000)
    bodies = ["short"] * 40 + ["long" * 3_000] * 30
    articles = [article(f"{n:03}", body=body) for n, body in enumerate(bodies)]
    members = [member(f"{n:03}") for n in range(len(bodies))]
    with models.build(stage(tmp_path, articles=articles, members=members)) as built:
        built.write(tmp_path)
    written = pq.ParquetFile(tmp_path / "articles.parquet").metadata
    assert [written.row_group(at).num_rows for at in range(written.num_row_groups)] == [30, 20, 10, 10]


def test_a_damaged_shard_is_named_and_nothing_stays_behind(tmp_path: Path) -> None:
    torn, temp = tmp_path / "torn.parquet", tmp_path / "temp"
    torn.write_bytes(b"PAR1 and then nothing")
    temp.mkdir()
    with pytest.raises(StoreError) as caught:
        models.build({"articles": [torn]}, temp=temp)
    assert list(temp.iterdir()) == []
    assert re.search(r"torn\.parquet(.|\n)*delete the folder that holds it and run again", str(caught.value))


def test_a_built_version_cleans_up_and_depends_on_no_machine(tmp_path: Path) -> None:
    """UTC, because dates are compared; large buffers, because 2,000 long texts pass the 2 GiB of small ones."""
    names = ("TimeZone", "arrow_large_buffer_size")
    with models.build({}, temp=tmp_path) as built:
        settings = [built.connection.execute("select current_setting(?)", [name]).fetchall() for name in names]
        assert settings == [[("UTC",)], [(True,)]]
        assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == []


def test_models_are_run_after_what_they_read() -> None:
    texts = {
        "first": "-- one row\nselect second.x from second join stage.third using (x)",
        "second": "-- one row\nwith nearer as (select third.x from third) select nearer.x from nearer",
        "third": "-- one row\nselect 1 as x",
    }
    ordered = queries.in_order([queries.parse(name, text) for name, text in texts.items()], "main")
    assert [query.name for query in ordered] == ["third", "second", "first"]


def test_what_the_page_classifier_cuts_on_every_page_asks_for_no_person(tmp_path: Path) -> None:
    articles, cuts = [], []
    for number in range(20):
        name, day = f"a{number:02}", MONDAY if number % 2 else TUESDAY
        own = [
            cut(name, 2, "About the paper", rule_id="model.page", kind="legal", score=0.99, edition=day),
            cut(name, 3, "Our gardening club", rule_id="model.lines", kind="other", score=0.9, edition=day),
            cut(name, 4, "Our sailing club", rule_id="memory.support", kind="site_line", edition=day),
            cut(name, 5, "Share this", edition=day),
        ]
        body = f"The story of number {number} is told here, at some length, and it ends."
        articles.append(article(name, own, body=body, edition=day, site="alpha.example"))
        cuts += own
    members = [member(row["article_id"]) for row in articles]
    found = rows(tmp_path, "site_lines", articles=articles, cuts=cuts, members=members)
    assert [(row["line"], row["stories"]) for row in found] == [
        ("Our gardening club", 20),
        ("Our sailing club", 20),
    ]
