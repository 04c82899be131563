"""Each check passes on editions that are right and finds the rows planted for it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

import pytest

from copydesk import models, queries
from copydesk.models import Failure
from tests.tiny_edition import MONDAY, TUESDAY, Row, alias, right
from transforms.dates import DAYS_AHEAD, FIRST_DAY, believable

BAD_ID = "0" * 64
MODELS = queries.load("models")
INSTANT = dt.timedelta(microseconds=1)
TOO_EARLY = dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC) - INSTANT
TOO_LATE = dt.datetime.combine(MONDAY + dt.timedelta(days=DAYS_AHEAD + 1), dt.time(), dt.UTC)
# so many articles of one night end in a line that a rule cut from two others of it
ENDINGS = """
    insert into articles
    select articles.* replace (articles.article_id || range as article_id, e'The vote.\nShare this' as body)
    from articles, range({})
    where articles.article_id = 'c';
"""


# so many articles of one night have a line that a person approved to be cut
STANDING = """
    insert into articles
    select articles.* replace (articles.article_id || range as article_id, e'The vote.\nTide times' as body)
    from articles, range({})
    where articles.article_id = 'c';
"""
# a line of a was cut, and memory has a word about it
REMEMBERED = """
    update cuts set text = 'TIDE times', rule_id = '{}' where article_id = '{}';
"""
# every edition was judged before the last decision
UNTAUGHT = "create or replace view stage.taught_editions as select edition from stage.edition_counts where false"


PLACES = {"left_from": 0.0, "left_to": 1.0, "right_from": 0.25, "right_to": 0.75}
# a pair of a and an article that is not there, or in the wrong order
PAIR = "insert into pairs values ('{}', '{}', '2026-01-05', 'copy', 1, 1, 0, 1, 0, 1, 'same')"


# check, what goes wrong, rows that the check finds, the first of them
PLANTED: list[tuple[str, str, int, Row]] = [
    *[
        ("alias_against_member", damage, 1, {**alias("b", "a"), "story_of_member": "a", **example})
        for damage, example in (
            ("update story_aliases set reason = 'withdrawn' where alias_id = 'b'", {"reason": "withdrawn"}),
            ("update story_aliases set story_id = 'c' where alias_id = 'b'", {"story_id": "c"}),
            ("delete from members where article_id = 'b'", {"story_of_member": None}),
        )
    ],
    (
        "alias_of_story",
        "insert into story_aliases values ('c', 'a', 'joined')",
        1,
        alias("c", "a"),
    ),
    (
        "alias_without_story",
        "update story_aliases set story_id = 'lost' where alias_id in ('b', 'g')",
        2,
        alias("b", "lost"),
    ),
    (
        "alias_without_story",
        "update story_aliases set story_id = null where alias_id = 'b'",
        1,
        alias("b", None),
    ),
    (
        "approved_line_standing",
        STANDING.format(5),
        5,
        {"article_id": "c0", "edition": MONDAY, "line": "Tide times"},
    ),
    (
        "article_without_story",
        "update articles set story_id = null where article_id = 'c'",
        1,
        {"article_id": "c", "edition": MONDAY, "source": "inbox/monday.jsonl"},
    ),
    (
        "cut_without_decision",
        REMEMBERED.format("memory.approved", "b"),
        1,
        {"article_id": "b", "edition": MONDAY, "line_no": 3, "rule_id": "memory.approved"},
    ),
    (
        "cut_without_decision",
        REMEMBERED.format("memory.approved", "a")
        + "update site_lines set decided_by = 'support' where site = 'alpha.example'",
        1,
        {"article_id": "a", "edition": MONDAY, "line_no": 3, "rule_id": "memory.approved"},
    ),
    (
        "cut_without_decision",
        "update cuts set text = 'The tide was high.', rule_id = 'memory.support' where article_id = 'a'",
        1,
        {"article_id": "a", "edition": MONDAY, "line_no": 3, "rule_id": "memory.support"},
    ),
    (
        "cut_without_article",
        "update cuts set article_id = 'lost' where article_id = 'a'",
        1,
        {"article_id": "lost", "edition": MONDAY, "line_no": 3},
    ),
    (
        "cut_without_article",
        f"update cuts set edition = '{TUESDAY}' where article_id = 'a'",
        1,
        {"article_id": "a", "edition": TUESDAY, "line_no": 3},
    ),
    (
        "duplicate_key",
        "insert into pairs select * from pairs",
        2,
        {"table_name": "pairs", "key": "a and b", "rows": 2},
    ),
    (
        "edition_without_counts",
        f"delete from editions where edition = '{TUESDAY}'",
        1,
        {"edition": TUESDAY},
    ),
    (
        "empty_body",
        r"update articles set body = e' \n\t' where article_id = 'c'",
        1,
        {"article_id": "c", "edition": MONDAY, "source": "inbox/monday.jsonl"},
    ),
    (
        "impossible_date",
        f"update articles set published_at = '{TOO_EARLY}' where article_id = 'a'",
        1,
        {"article_id": "a", "edition": MONDAY, "published_at": TOO_EARLY, "published_at_source": "record"},
    ),
    (
        "impossible_date",
        f"update articles set published_at = '{TOO_LATE}' where article_id = 'a'",
        1,
        {"article_id": "a", "edition": MONDAY, "published_at": TOO_LATE, "published_at_source": "record"},
    ),
    (
        "leftover_at_the_end",
        ENDINGS.format(5),
        5,
        {"article_id": "c0", "edition": MONDAY, "text": "Share this"},
    ),
    (
        "leftover_at_the_end",
        ENDINGS.format(5) + "update editions set articles = 499",
        5,
        {"article_id": "c0", "edition": MONDAY, "text": "Share this"},
    ),
    (
        "line_outside_text",
        "update cuts set line_no = 0 where article_id = 'a'",
        1,
        {"article_id": "a", "line_no": 0, "text_lines": 3},
    ),
    (
        "line_outside_text",
        "update cuts set line_no = 4 where article_id = 'a'",
        1,
        {"article_id": "a", "line_no": 4, "text_lines": 3},
    ),
    *[
        ("lost_story_id", f"delete from story_aliases where alias_id = '{lost}'", 1, {"story_id": lost})
        for lost in ("b", "g", "h", "x")
    ],
    (
        "lost_story_id",
        "delete from stories where story_id = 'c'",
        1,
        {"story_id": "c"},
    ),
    (
        "member_without_alias",
        "delete from story_aliases where alias_id = 'd'",
        1,
        {"article_id": "d", "story_id": "a"},
    ),
    (
        "member_without_article",
        "insert into members values ('lost', 'lost', true, 'lead', 1)",
        1,
        {"article_id": "lost", "story_id": "lost"},
    ),
    (
        "member_without_article",
        "update members set story_id = 'c' where article_id = 'b'",
        1,
        {"article_id": "b", "story_id": "c"},
    ),
    (
        "metadata_without_cut",
        "update articles set agency = 'AP', is_updated = true where article_id = 'c'",
        2,
        {"article_id": "c", "edition": MONDAY, "field": "agency", "value": "AP"},
    ),
    (
        "page_unaccounted",
        f"update editions set pages = 5 where edition = '{MONDAY}'",
        1,
        {"edition": MONDAY, "pages": 5, "articles": 3, "repeated_pages": 0, "quarantined_after_sources": 1},
    ),
    (
        "pair_of_unknown_article",
        PAIR.format("a", "lost"),
        1,
        {"left_id": "a", "right_id": "lost"},
    ),
    (
        "pair_of_unknown_article",
        PAIR.format("Lost", "a"),
        1,
        {"left_id": "Lost", "right_id": "a"},
    ),
    (
        "pair_out_of_order",
        PAIR.format("b", "a") + ";" + PAIR.format("c", "c"),
        2,
        {"left_id": "b", "right_id": "a"},
    ),
    *[
        (
            "place_backwards",
            f"update pairs set {side}_to = {side}_from - 0.125, {side}_from = 0.5 where right_id = 'b'",
            1,
            {"left_id": "a", "right_id": "b", **PLACES, f"{side}_from": 0.5, f"{side}_to": to},
        )
        for side, to in (("left", -0.125), ("right", 0.125))
    ],
    *[
        (
            "dropped_without_reason",
            f"update quarantine set is_dropped = true, {damage} where quarantine_id = 'q1'",
            1,
            {"edition": MONDAY, "quarantine_id": "q1", "source": "inbox/monday.jsonl"},
        )
        for damage in (
            "bytes = ''::blob, dropped_because = ' '",
            "dropped_because = 'nothing in it'",
            "bytes = ''::blob, text = 'The story', dropped_because = 'nothing in it'",
        )
    ],
    (
        "quarantine_without_reason",
        "update quarantine set reason = ' ' where quarantine_id = 'q1'",
        1,
        {"edition": MONDAY, "quarantine_id": "q1", "source": "inbox/monday.jsonl"},
    ),
    (
        "record_unaccounted",
        f"update editions set records = 10 where edition = '{MONDAY}'",
        1,
        {
            "edition": MONDAY,
            "records": 10,
            "pages": 4,
            "repeated_records": 1,
            "unlisted_records": 3,
            "forgotten_records": 0,
            "quarantined_at_sources": 1,
        },
    ),
    (
        "share_out_of_range",
        """
        update members set similarity = 1.5 where article_id = 'b';
        update pairs set left_share = -0.5, right_share = 'nan' where right_id = 'b';
        update pairs set left_from = -1, left_to = 2, right_from = 'nan', right_to = 2 where right_id = 'd';
        update cuts set score = 2 where score is not null;
        update outlets set copied_share = 3, leftover_share = -3 where site = 'beta.example';
        update site_lines set share = 3, edge_share = -3 where site = 'beta.example'
        """,
        12,
        {"table_name": "cuts", "key": "c line 1", "share": 2.0},
    ),
    (
        "story_without_one_lead",
        "update members set is_lead = false where article_id = 'c'",
        1,
        {"story_id": "c", "leads": 0, "members": 1},
    ),
    (
        "story_without_one_lead",
        "update members set is_lead = true where article_id = 'b'",
        1,
        {"story_id": "a", "leads": 2, "members": 3},
    ),
    *[
        (
            "surplus_blank_line",
            f"update articles set body = e'{body}' where article_id = 'c'",
            1,
            {"article_id": "c", "edition": MONDAY, "source": "inbox/monday.jsonl"},
        )
        for body in (r"\nOne", r"One\n", r"One\n\n\nTwo")
    ],
    (
        "text_not_rebuilt",
        "delete from cuts where article_id = 'b'",
        1,
        {"article_id": "b", "text_lines": 3, "body_lines": 2, "taken_lines": 0},
    ),
    (
        "unknown_word",
        """
        update cuts set action = 'drop';
        update members set relation = 'twin' where article_id = 'b';
        update pairs set relation = 'linked', headline = 'none' where right_id = 'b';
        update story_aliases set reason = 'moved' where alias_id = 'g';
        update quarantine set step = 'fold' where quarantine_id = 'q2';
        update articles set published_at_source = 'guess' where article_id = 'a';
        update site_lines set state = 'cut', decided_by = 'nobody', position = 'edge' where site = 'beta.example'
        """,
        10,
        {"column_name": "articles.published_at_source", "word": "guess", "rows": 1},
    ),
    (
        "vetoed_line_cut",
        REMEMBERED.format("share.words", "b"),
        1,
        {"article_id": "b", "edition": MONDAY, "line_no": 3, "line_key": "tide times"},
    ),
    (
        "value_without_column",
        "update cuts set value = 'Ann Lee' where field = 'author'",
        1,
        {"article_id": "c", "line_no": 1, "field": "author", "value": "Ann Lee"},
    ),
    (
        "wrong_cut_counts",
        "update articles set cut_lines = 2 where article_id = 'a'",
        1,
        {"article_id": "a", "cut_lines": 2, "lines_of_cuts": 1, "cut_chars": 10, "chars_of_cuts": 10},
    ),
    (
        "wrong_cut_counts",
        "update articles set cut_chars = 9 where article_id = 'a'",
        1,
        {"article_id": "a", "cut_lines": 1, "lines_of_cuts": 1, "cut_chars": 9, "chars_of_cuts": 10},
    ),
    (
        "wrong_lead",
        "update members set relation = 'copy' where article_id = 'c'",
        1,
        {"article_id": "c", "story_id": "c", "is_lead": True, "relation": "copy", "similarity": 1.0},
    ),
    (
        "wrong_lead",
        "update members set similarity = 0.5 where article_id = 'c'",
        1,
        {"article_id": "c", "story_id": "c", "is_lead": True, "relation": "lead", "similarity": 0.5},
    ),
    *[
        (
            "wrong_record_digest",
            f"update quarantine set {change} where quarantine_id = 'q1'",
            1,
            {"edition": MONDAY, "quarantine_id": "q1", "source": "inbox/monday.jsonl", "sha256": digest},
        )
        for change, digest in (
            ("sha256 = 'none', is_truncated = true", "none"),
            (f"sha256 = '{BAD_ID}'", BAD_ID),
            ("size_bytes = 3", hashlib.sha256(b"\xff\xfe").hexdigest()),
        )
    ],
    (
        "wrong_story_id",
        "update articles set story_id = 'b' where story_id = 'a'",
        1,
        {"story_id": "b", "first_id": "a"},
    ),
    (
        "wrong_story_id",
        f"update articles set edition = '{TUESDAY}' where article_id = 'a'",
        1,
        {"story_id": "a", "first_id": "b"},
    ),
]

# what may look wrong and is not
SPARED = [
    ("approved_line_standing", STANDING.format(4)),
    ("approved_line_standing", STANDING.format(5) + "update articles set is_overcut = true"),
    ("approved_line_standing", STANDING.format(5) + "update articles set site = 'beta.example'"),
    ("approved_line_standing", STANDING.format(5) + UNTAUGHT),
    ("cut_without_decision", REMEMBERED.format("memory.approved", "b") + UNTAUGHT),
    ("vetoed_line_cut", REMEMBERED.format("share.words", "b") + UNTAUGHT),
    ("cut_without_decision", REMEMBERED.format("memory.approved", "a")),
    ("cut_without_decision", REMEMBERED.format("memory.support", "a")),
    ("vetoed_line_cut", REMEMBERED.format("share.words", "a")),
    ("vetoed_line_cut", REMEMBERED.format("title.repeat", "b")),
    (
        "duplicate_key",
        """
        insert into copy_flow select * replace ('x to y' as from_site, 'z' as to_site) from copy_flow limit 1;
        insert into copy_flow select * replace ('x' as from_site, 'y to z' as to_site) from copy_flow limit 1
        """,
    ),
    *[
        ("impossible_date", f"update articles set published_at = '{moment}' where article_id = 'a'")
        for moment in (TOO_EARLY + INSTANT, TOO_LATE - INSTANT)
    ],
    ("leftover_at_the_end", ENDINGS.format(4)),
    ("leftover_at_the_end", ENDINGS.format(5) + "update editions set articles = 500"),
    ("leftover_at_the_end", ENDINGS.format(5) + "update articles set is_overcut = true"),
    ("leftover_at_the_end", ENDINGS.format(5) + "update articles set body = 'By Ann Lee'"),
    ("leftover_at_the_end", ENDINGS.format(5) + f"update articles set edition = '{TUESDAY}'"),
    *[
        ("leftover_at_the_end", ENDINGS.format(5) + f"update cuts set {change}")
        for change in (
            "rule_id = 'layout.before-title'",
            "rule_id = 'title.repeat'",
            "rule_id = 'comments.form/rest'",
            "kind = 'blank'",
            "score = 1",
            "action = 'move'",
        )
    ],
    ("place_backwards", "update pairs set left_from = left_to, right_to = right_from"),
    (
        "unknown_word",
        """
        update members set relation = 'version' where article_id = 'b';
        update pairs set relation = 'version', headline = 'edited' where right_id = 'b';
        update pairs set headline = 'new' where right_id = 'd'
        """,
    ),
    (
        "wrong_record_digest",
        "update quarantine set bytes = 'cut off'::blob, is_truncated = true where quarantine_id = 'q1'",
    ),
]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Iterator[models.Built]:
    with models.build(right(tmp_path_factory.mktemp("stage"))) as tables:
        yield tables


@pytest.fixture
def built(version: models.Built) -> Iterator[models.Built]:
    """Give the right editions; what a test does to them is undone."""
    version.connection.execute("begin")
    yield version
    version.connection.execute("rollback")


def found(built: models.Built, check: str) -> list[Failure]:
    return [failure for failure in built.check() if failure.check == check]


def test_editions_that_are_right_pass(built: models.Built) -> None:
    assert built.check() == []


@pytest.mark.parametrize(("check", "damage", "rows", "example"), PLANTED)
def test_a_planted_row_is_found(built: models.Built, check: str, damage: str, rows: int, example: Row) -> None:
    built.connection.execute(damage)
    assert found(built, check) == [Failure(check, rows, example)]


@pytest.mark.parametrize(("check", "change"), SPARED)
def test_a_row_that_is_odd_but_right_is_spared(built: models.Built, check: str, change: str) -> None:
    built.connection.execute(change)
    assert found(built, check) == []


@pytest.mark.parametrize("moment", [TOO_EARLY, TOO_EARLY + INSTANT, TOO_LATE - INSTANT, TOO_LATE])
def test_the_check_of_dates_agrees_with_the_step_that_reads_them(built: models.Built, moment: dt.datetime) -> None:
    built.connection.execute("update articles set published_at = ? where article_id = 'a'", [moment])
    assert (found(built, "impossible_date") == []) == (believable(moment, MONDAY) is not None)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_repeated_row_is_found_in_every_table(built: models.Built, model: queries.Query) -> None:
    built.connection.execute(f"insert into {model.name} select * from {model.name} limit 1")
    [failure] = found(built, "duplicate_key")
    assert (failure.rows, failure.example["table_name"], failure.example["rows"]) == (1, model.name, 2)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_key_of_a_table_is_what_its_rows_differ_in(built: models.Built, model: queries.Query) -> None:
    keys = ", ".join(model.key)
    rows = built.connection.execute(f"select count(*), count(distinct ({keys})) from {model.name}").fetchall()
    assert rows[0][0] == rows[0][1] > 0


def test_every_check_has_a_planted_row() -> None:
    assert sorted({check for check, *_ in PLANTED}) == [query.name for query in queries.load("checks")]
