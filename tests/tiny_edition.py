"""Rows of staged tables with everything said that a test does not care about, and two editions that are right."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from copydesk.models import STAGED
from transforms import schemas
from transforms.site_memory import SiteMemory, line_key

Row = dict[str, Any]

MONDAY = dt.date(2026, 1, 5)
TUESDAY = dt.date(2026, 1, 6)


def at(day: int, hour: int = 0) -> dt.datetime:
    """Give an instant in January 2026."""
    return dt.datetime(2026, 1, day, hour, tzinfo=dt.UTC)


def article(article_id: str, cuts: list[Row] | None = None, **changes: object) -> Row:
    """Give a staged article whose counts agree with its body and these cuts."""
    body = str(changes.get("body", f"The story of {article_id}.\nIt ends here."))
    gone = [cut for cut in cuts or [] if cut["action"] in ("cut", "move")]
    counted = [cut for cut in gone if cut["kind"] != "blank"]
    return {
        **dict.fromkeys(schemas.ARTICLES.names),
        "article_id": article_id,
        "edition": MONDAY,
        "source": "inbox/monday.jsonl",
        "charset": "cp1252",
        "charset_method": "declared",
        "body": body,
        "is_updated": False,
        "is_stub": False,
        "is_overcut": False,
        "text_lines": len(body.split("\n")) + len(gone),
        "body_words": len(body.split()),
        "cut_lines": len(counted),
        "cut_chars": sum(len(cut["text"]) for cut in counted),
        **changes,
    }


def cut(article_id: str, line_no: int, text: str, **changes: object) -> Row:
    """Give a line that a rule cut."""
    row = {
        "edition": MONDAY,
        "kind": "share",
        "action": "cut",
        "field": None,
        "value": None,
        "rule_id": "share.words",
        "score": None,
    }
    return {**row, "article_id": article_id, "line_no": line_no, "text": text, **changes}


def member(article_id: str, story_id: str | None = None, **changes: object) -> Row:
    """Give the lead of its own story, or a copy in another article's story."""
    if story_id is None:
        row = {"story_id": article_id, "is_lead": True, "relation": "lead", "similarity": 1.0}
    else:
        row = {"story_id": story_id, "is_lead": False, "relation": "copy", "similarity": 0.5}
    return {"article_id": article_id, **row, **changes}


def pair(left_id: str, right_id: str, **changes: object) -> Row:
    """Give two articles with the same text."""
    row = {
        "edition": MONDAY,
        "relation": "copy",
        "left_share": 1.0,
        "right_share": 0.5,
        "left_from": 0.0,
        "left_to": 1.0,
        "right_from": 0.25,
        "right_to": 0.75,
        "headline": "same",
    }
    return {"left_id": left_id, "right_id": right_id, **row, **changes}


def alias(alias_id: str, story_id: str | None, reason: str = "joined") -> Row:
    """Give an id that names no story, or not any more, with the story it is in."""
    return {"alias_id": alias_id, "story_id": story_id, "reason": reason}


def former(members: list[Row], aliases: list[Row]) -> dict[str, list[Row]]:
    """Give what the version before had published, as the next one reads it."""
    known = [{"article_id": row["article_id"], "story_id": row["story_id"]} for row in members]
    return {"former_members": known, "former_aliases": aliases}


def quarantined(quarantine_id: str, record: bytes = b"\xff\xfe", **changes: object) -> Row:
    """Give a record that the sources could not read."""
    return {
        "quarantine_id": quarantine_id,
        "edition": MONDAY,
        "source": "inbox/monday.jsonl",
        "source_offset": 0,
        "size_bytes": len(record),
        "sha256": hashlib.sha256(record).hexdigest(),
        "step": "sources",
        "reason": "undecodable: save it as UTF-8",
        "page_id": None,
        "bytes": record,
        "is_truncated": False,
        "records": 1,
        "text": None,
        **changes,
    }


def counts(edition: dt.date = MONDAY, pages: int = 0, **changes: object) -> Row:
    """Give what the sources counted: so many pages and nothing else."""
    row = {
        "records": pages,
        "repeated_records": 0,
        "unlisted_records": 0,
        "forgotten_records": 0,
        "rules_digest": "r1",
        "code_digest": "c1",
        "memory_digest": "",
        "classifier_digest": "",
    }
    return {"edition": edition, "pages": pages, **row, **changes}


def decision(site: str, line: str, state: str) -> Row:
    """Give what a person decided about a line of a site."""
    return {"site": site, "line_key": line_key(line), "line": line, "state": state}


def stage(folder: Path, **tables: list[Row]) -> Mapping[str, list[Path]]:
    """Write each table to a file of its own and give the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, rows in tables.items():
        file = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, STAGED[name]), file)
        files[name] = [file]
    return files


def right(folder: Path) -> Mapping[str, list[Path]]:
    """Stage two editions in which every check passes.

    Monday brings a and c (alpha.example), b (beta.example, a copy of a) and two bad records; Tuesday brings
    a again, d (gamma.example, an excerpt of a) and e (no site). Persons decided about a line that no page has.
    The version before also had g, a copy of a, and h; of x it knew that it is in no story any more.
    """
    share = [cut(page, 3, "Share this") for page in ("a", "b")]
    again = cut("a", 3, "Share this", edition=TUESDAY)
    moved = cut("c", 1, "By Ann Lee", kind="credit", action="move", field="author", rule_id="credit.by", score=0.9)
    alpha = {"site": "alpha.example", "language": "en"}
    articles = [
        article("a", share[:1], **alpha, title="Flood", published_at=at(4, 9), published_at_source="record"),
        article("b", share[1:], site="beta.example", language="en", title="Flood", published_at=at(4, 15)),
        article("c", [moved], **alpha, title="Vote", fetched_at=at(5, 2)),
        article("a", [again], edition=TUESDAY, site="elsewhere.example"),
        article("d", edition=TUESDAY, site="gamma.example", language="de", fetched_at=at(6, 9)),
        article("e", edition=TUESDAY, is_stub=True),
    ]
    decisions = [
        decision("alpha.example", "Tide times", "approved"),
        decision("beta.example", "Tide times", "vetoed"),
    ]
    memory = SiteMemory({**row, "decided_by": "person"} for row in decisions).digest
    return stage(
        folder,
        articles=articles,
        cuts=[*share, moved, again],
        quarantine=[quarantined("q1"), quarantined("q2", step="extract", page_id="f")],
        edition_counts=[
            counts(MONDAY, 4, records=9, repeated_records=1, unlisted_records=3, memory_digest=memory),
            counts(TUESDAY, 3, memory_digest=memory),
        ],
        pairs=[pair("a", "b"), pair("a", "d", edition=TUESDAY, relation="excerpt", headline=None)],
        members=[member("a"), member("b", "a"), member("c"), member("d", "a", relation="excerpt"), member("e")],
        decisions=decisions,
        **former(
            [member("a"), member("b", "a"), member("c"), member("g", "a"), member("h")],
            [alias("b", "a"), alias("g", "a"), alias("x", None, "withdrawn")],
        ),
    )
