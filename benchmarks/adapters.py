"""Our transforms in the shape that the evaluation scripts call."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa

from benchmarks.stories import story_ids
from transforms.classifier import Classifier
from transforms.dates import local_day
from transforms.errors import UsageError
from transforms.extract import extract as extract_pages
from transforms.model_file import PACKAGED, classifiers, load_pages
from transforms.model_file import load as load_classifier
from transforms.page_classifier import PageJudges
from transforms.rule_files import load
from transforms.schemas import ARTICLES, EXTRACTS, PAGES
from transforms.strip import strip

Doc = dict[str, str]
__all__ = ["extract", "extract_fast", "kept_lines", "kept_lines_of_unseen_sites", "story_ids", "trafilatura"]
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
    file_of = {site: FOLDS / f"{fold}.npz" for site, fold in _fold_of("sites.json").items()}
    files = [file_of.get(doc["site"] or doc["doc_id"], PACKAGED) for doc in docs]
    kept: list[list[int]] = [[] for _ in docs]
    for file in sorted(set(files)):
        mine = [n for n, one in enumerate(files) if one == file]
        for n, lines in zip(mine, _kept([docs[n] for n in mine], load_classifier(file)), strict=True):
            kept[n] = lines
    return kept


@cache
def _fold_of(name: str) -> dict[str, int]:
    """Give the fold that each site or host of the training data belongs to; UsageError where there are none yet."""
    file = FOLDS / name
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
    """Give text, title, date and authors of one HTML page, as an article has them at the setting `best`."""
    return _article(html, url, classifiers("best").pages)


def extract_fast(html: str, url: str | None = None) -> dict[str, object]:
    """Give the same at the setting `fast`."""
    return _article(html, url, classifiers("fast").pages)


def extract_unseen(html: str, url: str | None = None) -> dict[str, object]:
    """Give the same at `best`, judged by a classifier that was not taught with any page of the host."""
    return _article(html, url, _strangers("best", url))


def extract_fast_unseen(html: str, url: str | None = None) -> dict[str, object]:
    """Give the same at `fast`, judged by a classifier that was not taught with any page of the host."""
    return _article(html, url, _strangers("fast", url))


def _strangers(setting: str, url: str | None) -> PageJudges:
    fold = _fold_of("hosts.json").get((urlsplit(url or "").hostname or "").removeprefix("www."), 0)
    asked, bounded = (load_pages(FOLDS / f"pages_{name}_{fold}.npz") for name in (setting, "fast"))
    return PageJudges(asked, bounded)


def _article(html: str, url: str | None, judges: PageJudges) -> dict[str, object]:
    """Give what the scorer reads of the article that one page becomes; nothing where it goes to quarantine."""
    page = dict.fromkeys(PAGES.names) | {"page_id": "", "edition": dt.date.max, "source": "", "source_offset": 0}
    pages = pa.Table.from_pylist([page | {"url": url, "media_type": "text/html", "body": html}], PAGES)
    stripped = strip(extract_pages(pages, judges).extracts, _rules(), classifier=load_classifier())
    (found,) = stripped.articles.to_pylist() or [dict.fromkeys(ARTICLES.names)]
    return {
        "text": found["body"],
        "title": found["title"],
        "date": local_day(found["published_raw"], found["published_at"]),
        "author": (found["author"] or found["byline"] or "").split("; "),  # gold names outlets and desks, too
    }


def trafilatura(html: str, url: str | None = None) -> str | None:
    """Give what trafilatura alone gives: the text without comments."""
    from trafilatura import extract as alone

    text: str | None = alone(html, url=url, include_comments=False)
    return text


def trafilatura_default(html: str, url: str | None = None) -> dict[str, object]:
    """Give what trafilatura gives by default, with metadata: what our CPU time is set beside."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, url=url, with_metadata=True)
    return {"text": found.text, "title": found.title, "date": found.date, "author": found.author} if found else {}


# Loading numba and its kernels is start-up, which benchmarks.strip tells apart: no method pays for it per document.
_kept([{"doc_id": "", "site": "", "title": "", "text": "One line.\nAnother line."}], load_classifier())
