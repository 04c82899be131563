"""Our fold in the shape that the evaluation scripts call."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.fingerprint import fingerprint
from transforms.fold import fold
from transforms.lines import count_words
from transforms.strip import STUB_WORDS

EDITION = dt.date(2024, 1, 1)
BATCH = 2_000  # articles, as the sources make shards
SURELY_WORDS = 200  # characters; a longer body is no stub, and need not be counted


def story_ids(table: pa.Table) -> tuple[list[str], list[str]]:
    """Give the doc_ids and the story of each, for a table with doc_id, site, title and text."""
    starts = range(0, table.num_rows, BATCH)
    members = fold(pa.concat_tables([_fingerprints(table.slice(first, BATCH)) for first in starts])).members
    return members["article_id"].to_pylist(), members["story_id"].to_pylist()


def _fingerprints(table: pa.Table) -> pa.Table:
    body, count = table["text"].cast(pa.large_string()), table.num_rows
    columns = {
        "article_id": table["doc_id"].cast(pa.string()),
        "edition": pa.array([EDITION] * count, pa.date32()),
        "site": table["site"].cast(pa.string()),
        "canonical_url": pa.nulls(count, pa.string()),
        "title": table["title"].cast(pa.string()),
        "body": body,
        "is_stub": _are_stubs(body),
        "is_overcut": pa.array([False] * count, pa.bool_()),
    }
    return fingerprint(pa.table(columns))


def _are_stubs(bodies: pa.ChunkedArray) -> pa.Array:
    """Say what strip says of bodies."""
    are_stubs = pc.less(pc.utf8_length(bodies), SURELY_WORDS).to_numpy().astype(np.bool_)
    short = bodies.filter(pa.array(are_stubs)).to_pylist()
    are_stubs[are_stubs] = [count_words(body) < STUB_WORDS for body in short]
    return pa.array(are_stubs)
