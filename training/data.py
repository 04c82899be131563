"""Labelled scrapes, and what the rules say of their lines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.classifier import Opinion
from transforms.judge import Judgement, judge_looks
from transforms.line_table import LineTable, line_table
from transforms.lines import count_words
from transforms.looks import Look, look_at
from transforms.rules import Rules

FOLDS = 5
_FUNCTION_WORDS = Path(__file__).with_name("function_words.txt")
_NEEDED = ("site", "doc_id", "source", "scrape", "title", "text", "labels")
CONTENT, BOILERPLATE, OTHER = 0, 1, 2


def function_words() -> list[str]:
    """Give the function words of the languages that the classifier is trained in."""
    return _FUNCTION_WORDS.read_text(encoding="utf-8").split()


@dataclass(frozen=True)
class Scrapes:
    """Labelled texts, and one value per line, blank ones counted.

    `label` is CONTENT, BOILERPLATE or OTHER (title, caption, not judged: neither trained on nor scored); `text`
    is the index of the line's text; `is_cut` and `is_safe` tell what the rules alone do: cut it, or keep it
    whatever it looks like; `fold` is the part of the cross-validation that its site belongs to.
    """

    digest: str
    rows: list[dict[str, Any]]
    texts: pa.ChunkedArray
    titles: pa.ChunkedArray
    kinds: list[str | None]
    label: npt.NDArray[np.int8]
    text: npt.NDArray[np.int64]
    words: npt.NDArray[np.float64]
    is_cut: npt.NDArray[np.bool_]
    is_safe: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int8]
    looks: list[list[Look]]
    rules: Rules

    def doubted(self, ends: npt.NDArray[np.int64], scores: npt.NDArray[np.float32]) -> Scrapes:
        """Give the scrapes with what rules cut where the scores of all lines tell which paragraphs to doubt.

        `ends` (texts + 1) bounds the lines of each text.
        """
        nothing = np.zeros(scores.size, np.bool_)
        opinions = [Opinion(scores[a:b], nothing[a:b]) for a, b in pairwise(ends)]
        return replace(self, is_cut=_cut(self.rows, self.looks, self.rules, opinions))

    def table(self, kind_names: list[str], flags: npt.NDArray[np.uint8]) -> LineTable:
        """Give the lines as the classifier reads them."""
        codes = {None: 0} | {name: code for code, name in enumerate(kind_names, 1)}
        return line_table(
            self.texts, self.titles, np.array([codes[kind] for kind in self.kinds], np.int16), kind_names, flags
        )


def read(file: Path, rules: Rules) -> Scrapes:
    """Give the labelled scrapes of a Parquet file, one row per scrape, with one label per line of `text`.

    A missing column is named in a KeyError.
    """
    table = pq.read_table(file)
    rows = table.select(list(_NEEDED)).to_pylist()
    looks = [look_at(row["text"].split("\n"), rules) for row in rows]
    kinds: list[str | None] = []
    label, text, words, is_safe = [], [], [], []
    known = {"content": CONTENT, "boilerplate": BOILERPLATE}
    for number, row in enumerate(rows):
        verdicts = _judged(row, looks[number], rules, None).verdicts
        for verdict, seen, said in zip(verdicts, looks[number], row["labels"], strict=True):
            kinds.append(seen.kind)
            label.append(known.get(said, OTHER))
            text.append(number)
            words.append(count_words(verdict.text))
            is_safe.append(verdict.kind == "title" or any(rule.action == "keep" for rule in seen.rules))
    folds = _folds([row["site"] or row["doc_id"] for row in rows])
    return Scrapes(
        digest=hashlib.sha256(file.read_bytes()).hexdigest(),
        rows=rows,
        texts=table["text"],
        titles=pc.if_else(pc.equal(table["title"], ""), None, table["title"]),
        kinds=kinds,
        label=np.array(label, np.int8),
        text=np.array(text, np.int64),
        words=np.array(words, np.float64),
        is_cut=_cut(rows, looks, rules, [None] * len(rows)),
        looks=looks,
        rules=rules,
        is_safe=np.array(is_safe),
        fold=np.array([folds[rows[number]["site"] or rows[number]["doc_id"]] for number in text], np.int8),
    )


def _cut(
    rows: list[dict[str, Any]], looks: list[list[Look]], rules: Rules, opinions: Sequence[Opinion | None]
) -> npt.NDArray[np.bool_]:
    """Tell of every line whether title, rules or layout cut it."""
    judged = (_judged(*each) for each in zip(rows, looks, repeat(rules), opinions, strict=False))
    verdicts = (verdict for one in judged for verdict in one.verdicts)
    return np.array([verdict.action in ("cut", "move") and verdict.kind != "title" for verdict in verdicts])


def _judged(row: dict[str, Any], looks: list[Look], rules: Rules, opinion: Opinion | None) -> Judgement:
    return judge_looks(looks, row["title"] or None, rules, site=row["site"] or None, opinion=opinion)


def _folds(sites: list[str]) -> dict[str, int]:
    """Give each site its part: sites in the order of a hash of their names, dealt out in turn."""
    ordered = sorted(set(sites), key=lambda site: hashlib.sha256(site.encode()).digest())
    return {site: place % FOLDS for place, site in enumerate(ordered)}
