"""One HTML page as a table of its visible lines: the numbers that the page classifier reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.kernels.page_lines import Outline
from transforms.line_table import Floats, LineTable, Numbers, Tokens, line_table, words

NAME_SLOTS = 1 << 14  # hashed words of classes, ids and roles
_NAMES_NEAR = 3  # elements, from the inside, whose names are told from those further out
_MOST_NAMES = 160  # of one line; templates nest twenty elements with a few words each
AWAY = (-2, -1, 1, 2)
SPANS = (5, 15)  # lines on each side over which is averaged
_NEAR = ("linked", "tag_p", "heading", "in_top", "like_prose", "like_prose_share")


__all__ = ["Outline", "PageTable", "columns", "page_table", "regions", "rows"]


@dataclass(frozen=True)
class PageTable:
    """The lines of one page, blank ones left out of all but `text`.

    `text` has the visible lines, separated by line feeds. `lines` is their line_table, without rules. `own` has a
    row of page_places.OWN per line, `members` (lines x answers) the share of each line that an extractor's answer
    has. The names around line i are the slots name_slots[name_ends[i]:name_ends[i + 1]].
    """

    text: str
    outline: Outline
    lines: LineTable
    own: Floats
    members: Floats
    name_slots: Tokens
    name_ends: Numbers


def page_table(found: Outline, title: str, answers: Sequence[str], stops: npt.NDArray[np.uint8]) -> PageTable:
    """Give the table of a page: of its outline, what its metadata say the title is, and what extractors gave.

    `stops` flags the function words, as line_marks.mark reads them.
    """
    from transforms.kernels import page_places
    from transforms.kernels.line_places import TITLE_WORDS

    text = found.text.tobytes().decode()
    column = pa.chunked_array([pa.array([text], pa.large_string())])
    count = max(1, found.ends.size)  # a page without words has one empty line
    table = line_table(column, pa.chunked_array([[title]], pa.string()), np.zeros(count, np.int16), (), stops)
    shown = table.lines
    nodes, ends = found.nodes, found.ends
    held = np.zeros((ends.size, 1 + page_places.LEVELS), np.int32)
    page_places.containers(nodes, found.parents, found.firsts, found.lasts, held)
    own = np.empty((ends.size, len(page_places.OWN)), np.float32)
    is_paragraph, titled = np.zeros(ends.size, np.uint8), np.zeros(ends.size, np.float32)
    is_paragraph[shown], titled[shown] = table.is_paragraph, table.places[:, TITLE_WORDS]
    page_places.describe(
        ends, nodes, found.linked, found.bold, found.links, found.broken, found.parents, found.tags, found.flags,
        found.firsts, found.lasts, found.depths, found.name_ends, found.names, found.groups, table.marks,
        is_paragraph, titled, held, own,
    )  # fmt: skip
    slots, slot_ends = np.empty(_MOST_NAMES * shown.size, np.uint32), np.empty(shown.size + 1, np.int64)
    used = page_places.name_slots(
        nodes[shown], found.parents, found.tags, found.name_ends, found.names, NAME_SLOTS, _NAMES_NEAR, _MOST_NAMES,
        slots, slot_ends,
    )  # fmt: skip
    return PageTable(text, found, table, own[shown], _members(table, answers), slots[:used].copy(), slot_ends)


def _members(table: LineTable, answers: Sequence[str]) -> Floats:
    """Give, per line and answer, the share of the line that the answer has."""
    from transforms.kernels.page_places import shared

    result = np.empty((table.lines.size, len(answers)), np.float32)
    for column, answer in enumerate(answers):
        told = np.empty(table.token_ends.size - 1, np.float32)
        shared(table.tokens, table.token_ends, *words(pa.chunked_array([answer.split("\n")], pa.string())), told)
        result[:, column] = told[table.lines]
    return result


def columns(answers: Sequence[str]) -> tuple[str, ...]:
    """Give the names of the numbers of a row, where the extractors of these names are asked."""
    from transforms.kernels.line_scores import columns as line_columns
    from transforms.kernels.page_places import OWN

    near = (*_NEAR, "naming", *answers)
    spanned = ("naming", "linked", *answers)
    return (
        *line_columns(()), *OWN, "naming", *answers, *(f"{name}[{away:+d}]" for away in AWAY for name in near),
        *(f"{name}[{span}]" for name in spanned for span in SPANS),
    )  # fmt: skip


def rows(table: PageTable, wording: Floats, naming: Floats) -> Floats:
    """Give the numbers of every line, as columns() names them.

    `wording` and `naming` are what the words of a line and the names of its elements weigh.
    """
    from transforms.kernels.line_scores import columns as line_columns
    from transforms.kernels.line_scores import rows as line_rows
    from transforms.kernels.page_places import AT

    lines = table.lines
    base = np.empty((lines.lines.size, len(line_columns(()))), np.float32)
    line_rows(
        lines.marks, lines.places, lines.lines, lines.text_ends, lines.is_paragraph, lines.kinds,
        np.full(1, -1, np.int16), 0, wording, base,
    )  # fmt: skip
    named = naming[:, None]
    near = np.hstack([table.own[:, [AT[name] for name in _NEAR]], named, table.members])
    spanned = np.hstack([named, table.own[:, [AT["linked"]]], table.members])
    means = [_means(spanned[:, [column]], span) for column in range(spanned.shape[1]) for span in SPANS]
    return np.hstack([base, table.own, named, table.members, *(_shifted(near, away) for away in AWAY), *means])


def _shifted(values: Floats, away: int) -> Floats:
    """Give the rows that stand so many lines away, zeros beyond the ends."""
    result = np.zeros_like(values)
    if len(values) > abs(away):
        result[max(-away, 0) : len(values) - max(away, 0)] = values[max(away, 0) : len(values) + min(away, 0)]
    return result


def _means(values: Floats, span: int) -> Floats:
    """Give the mean of a column over the lines up to `span` away."""
    count = len(values)
    sums = np.concatenate([np.zeros((1, 1)), np.cumsum(values, axis=0, dtype=np.float64)])
    low = np.maximum(np.arange(count) - span, 0)
    high = np.minimum(np.arange(count) + span + 1, count)
    return np.asarray((sums[high] - sums[low]) / (high - low)[:, None], np.float32)


def regions(table: PageTable) -> list[str | None]:
    """Give, per line, the kind of furniture that the elements around it name, or None."""
    from transforms.kernels.page_places import AT

    result: list[str | None] = [None] * len(table.own)
    for column, kind in reversed(_REGIONS):
        for n in np.flatnonzero(table.own[:, AT[column]]).tolist():
            result[n] = kind
    return result


# The kinds of rules, by the column that tells of them; the first that holds names the line.
_REGIONS = (
    ("any_consent", "cookie"),
    ("any_comments", "comment_form"),
    ("any_related", "related"),
    ("any_advert", "ad"),
    ("near_share", "share"),
    ("any_signup", "newsletter"),
    ("in_nav", "nav"),
    ("any_nav", "nav"),
    ("in_footer", "legal"),
    ("any_footer", "legal"),
    ("near_tags", "tags"),
    ("in_figcaption", "caption"),
    ("near_byline", "byline"),
    ("near_teasers", "related"),
    ("in_aside", "related"),
    ("any_side", "related"),
    ("in_header", "nav"),
    ("any_header", "nav"),
    ("in_form", "newsletter"),
)
