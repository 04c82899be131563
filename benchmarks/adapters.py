"""Our transforms in the shape that the evaluation scripts call."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path

import pyarrow as pa

from benchmarks.stories import story_ids
from transforms.classifier import Classifier
from transforms.errors import UsageError
from transforms.extract import extract as extract_pages
from transforms.model_file import PACKAGED
from transforms.model_file import load as load_classifier
from transforms.rule_files import load
from transforms.schemas import EXTRACTS, PAGES
from transforms.strip import strip

Doc = dict[str, str]
__all__ = ["extract", "kept_lines", "kept_lines_of_unseen_sites", "story_ids", "trafilatura"]
FOLDS = Path(__file__).parent / "folds"


_rules = cache(load)  # a nightly run loads its rules once


def kept_lines(docs: list[Doc]) -> list[list[int]]:
    """Give, for each document with doc_id, site, title and text, the indices of the lines that stay.

    The line that moves to the title column stays: the scorer must not count it as lost.
    """
    return _kept(docs, load_classifier())


def kept_lines_by_rules(docs: list[Doc]) -> list[list[int]]:
    """Give the lines that stay where the line classifier has no say."""
    return _kept(docs, None)


def kept_lines_of_unseen_sites(docs: list[Doc]) -> list[list[int]]:
    """Give the lines that stay where each site is judged by a classifier that was not taught with it.

    `make train` leaves these classifiers in benchmarks/folds. A site that taught none is judged by the shipped one.
    """
    file_of = {site: FOLDS / f"{fold}.npz" for site, fold in _fold_of().items()}
    files = [file_of.get(doc["site"] or doc["doc_id"], PACKAGED) for doc in docs]
    kept: list[list[int]] = [[] for _ in docs]
    for file in sorted(set(files)):
        mine = [n for n, one in enumerate(files) if one == file]
        for n, lines in zip(mine, _kept([docs[n] for n in mine], load_classifier(file)), strict=True):
            kept[n] = lines
    return kept


@cache
def _fold_of() -> dict[str, int]:
    """Give the fold that each site of the training data belongs to; UsageError where there are none yet."""
    file = FOLDS / "sites.json"
    if not file.exists():
        raise UsageError(f"{file} is not there; run `make train` first")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _kept(docs: list[Doc], classifier: Classifier | None) -> list[list[int]]:
    blank = {name: [None] * len(docs) for name in EXTRACTS.names}
    columns = {
        "page_id": [str(n) for n in range(len(docs))],
        "edition": [dt.date(2024, 1, 1)] * len(docs),
        "source": [""] * len(docs),
        "site": [doc["site"] or None for doc in docs],
        "title": [doc["title"] or None for doc in docs],
        "text": [doc["text"] for doc in docs],
    }
    stripped = strip(pa.table(blank | columns, EXTRACTS), _rules(), classifier=classifier)
    gone: dict[str, set[int]] = {page: set() for page in stripped.articles["article_id"].to_pylist()}
    told = (stripped.cuts[name].to_pylist() for name in ("article_id", "line_no", "action", "kind"))
    for page, line_no, action, kind in zip(*told, strict=True):
        if action in ("cut", "move") and kind != "title":
            gone[page].add(line_no - 1)
    lengths = [doc["text"].count("\n") + 1 for doc in docs]
    return [
        [n for n in range(length) if n not in gone[str(doc)]] if str(doc) in gone else []
        for doc, length in enumerate(lengths)
    ]


def extract(html: str, url: str | None = None) -> dict[str, object]:
    """Give text, title, date and authors of one HTML page, as the step extract has them."""
    page = dict.fromkeys(PAGES.names) | {"page_id": "", "edition": dt.date.max, "source": "", "source_offset": 0}
    pages = pa.Table.from_pylist([page | {"url": url, "media_type": "text/html", "body": html}], PAGES)
    (found,) = extract_pages(pages).extracts.to_pylist() or [dict.fromkeys(EXTRACTS.names)]
    published = found["published_at"] and found["published_at"].date().isoformat()
    return {
        "text": found["text"],
        "title": found["title"],
        "date": published
        and (found["published_raw"][:10] if found["published_raw"][:4] == published[:4] else published),
        "author": found["author"] and found["author"].split("; "),
    }


def trafilatura(html: str, url: str | None = None) -> str | None:
    """Give what trafilatura alone gives: the text without comments."""
    from trafilatura import extract as alone

    text: str | None = alone(html, url=url, include_comments=False)
    return text


# Loading numba and its kernels is start-up, which benchmarks.strip tells apart: no method pays for it per document.
_kept([{"doc_id": "", "site": "", "title": "", "text": "One line.\nAnother line."}], load_classifier())
