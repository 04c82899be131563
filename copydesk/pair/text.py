"""A pair of texts as lines for a terminal: who they are, the verdict, and both side by side."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from copydesk.pair.pieces import FACT, MORE, ONLY, SHARED, WORD, Piece
from copydesk.pair.reasons import measures, placed, verdict
from copydesk.pair.rows import Part
from copydesk.pair.view import Article, PairView
from copydesk.text import printable

LEFT, RIGHT = 0, 1
STYLES = {SHARED: "", FACT: "bold red", WORD: "yellow", ONLY: "bright_blue", MORE: ""}
# Without colours, in the manner of wdiff; the arrows are those of diff --side-by-side.
SIGNS = {
    FACT: (("[!", "!]"), ("{!", "!}")),
    WORD: (("[-", "-]"), ("{+", "+}")),
    ONLY: (("[<", "<]"), ("{>", ">}")),
}
LEGEND = {SHARED: "shared", FACT: "changed fact", WORD: "changed word", ONLY: "only here"}
QUIET = "dim"
ID_CHARS = 12  # of an article on the way: enough to ask for it
MOST_ROWS = 400  # of a page; a text of 50,000 words has about 1,000 paragraphs
COLUMNS_BOX = box.Box("  │ \n" * 8)
_TURNS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
# What no line break parts: spaces, a wide character with the closing marks behind it, or a word.
_WIDE = "\u2e80-\u2fff\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_ATOMS = re.compile(f"\\s+|[{_WIDE}][、。，．！？：；」』）】》〉”’…]*|[^\\s{_WIDE}]+")
_GLUE = "\ue000"  # stands for a space where no line may break, till the lines are made
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"  # keeps right-to-left text inside its column


@dataclass(frozen=True)
class _Page:
    width: int
    is_coloured: bool


def to_text(view: PairView, *, width: int, is_coloured: bool, most_rows: int | None = MOST_ROWS) -> str:
    """Give the whole explanation; what came from pages cannot steer the terminal.

    Without colours every mark is written out. No more than `most_rows` rows of paragraphs are shown.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=is_coloured,
        color_system="standard" if is_coloured else None,
        no_color=not is_coloured,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    page = _Page(width, is_coloured)
    with console.capture() as shown:
        for part in _parts(view, page, most_rows):
            console.print(part)
    return "\n".join(line.rstrip() for line in shown.get().replace(_GLUE, " ").split("\n")).rstrip("\n")


def _parts(view: PairView, page: _Page, most_rows: int | None) -> Iterator[Text | Table]:
    words = (view.counts.left_words, view.counts.right_words)
    names = [_article(*each) for each in zip(("left", "right"), (view.left, view.right), words, strict=True)]
    yield _beside(page, [(names[LEFT], names[RIGHT])])
    yield Text("─" * page.width, QUIET)
    said = _sentence(verdict(view))
    lead = said.split(":", maxsplit=1)[0]
    yield Text.assemble((lead, "bold green" if view.is_together else "bold magenta"), said[len(lead) :])
    yield _listed(view, page)
    yield Text("─" * page.width, QUIET)
    rows = view.rows[:most_rows]
    yield _beside(page, ((_part(row.left, LEFT, page), _part(row.right, RIGHT, page)) for row in rows))
    if len(rows) < len(view.rows):
        yield Text(f"… {len(view.rows) - len(rows):,} more rows; --full shows them …", QUIET)


def _article(side: str, article: Article, words: int) -> Text:
    known = [side, f"{words:,} words", article.edition and f"edition {article.edition}", article.site]
    lines = [
        Text(_shown(" · ".join(str(one) for one in known if one)), QUIET),
        Text(_shown(article.title or "(no title)"), "bold"),
        *(Text(_shown(one), QUIET) for one in (article.url, article.name) if one),
    ]
    return Text("\n").join(lines)


def _listed(view: PairView, page: _Page) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style=QUIET, no_wrap=True)
    table.add_column(overflow="fold")
    for name, sentence in measures(view):
        table.add_row(f"  {name}", Text(_sentence(sentence)))
    if view.published:
        table.add_row("  stories", Text(_sentence(placed(view.published, view))))
        if len(view.published.chain) > 1:
            table.add_row("  by way of", _chain(view))
    table.add_row("  marks", _legend(page))
    return table


def _chain(view: PairView) -> Text:
    assert view.published is not None
    *between, last = view.published.chain
    steps = [f"{step.relation} → {step.article_id[:ID_CHARS]} ({step.site or 'no site'})" for step in between]
    return Text(_shown(" — ".join(["left", *steps, f"{last.relation} → right"])))


def _legend(page: _Page) -> Text:
    """Give how each mark looks."""
    items = [Text(f"plain{_GLUE}shared") if not page.is_coloured else Text(LEGEND[SHARED])]
    for mark in (FACT, WORD, ONLY):
        meaning = LEGEND[mark].replace(" ", _GLUE)
        if page.is_coloured:
            items.append(Text(meaning, STYLES[mark]))
            continue
        signs = [
            f"{before}{side}{after}" for side, (before, after) in zip(("left", "right"), SIGNS[mark], strict=True)
        ]
        items.append(Text(_GLUE.join([*signs, meaning])))
    return Text(" · ").join([*items, Text(f"¶{_GLUE}paragraph")])


def _part(part: Part | None, side: int, page: _Page) -> Text:
    if part is None:
        return Text()
    last = f"-{part.last_paragraph}" if part.last_paragraph > part.paragraph else ""
    text = Text().append(f"¶{part.paragraph}{last} ", QUIET)
    if part.is_continued:
        text.append("… ", QUIET)
    if part.moved_to is not None:
        text.append(f"(moved: {('right', 'left')[side]} ¶{part.moved_to}) ", "magenta")
    for piece in part.pieces:
        text.append_text(_marked(piece, side, page))
    return text


def _marked(piece: Piece, side: int, page: _Page) -> Text:
    if piece.is_left_out:
        told = "more words" if piece.mark == MORE else f"words {LEGEND[piece.mark]}"
        return Text(f" … {piece.words:,} {told} … ", f"italic {STYLES[piece.mark]}")
    text = _shown(re.sub(r"\s*\n\s*", " ¶ ", piece.text))
    if page.is_coloured or piece.mark == SHARED:
        return Text(text, STYLES[piece.mark])
    before, after = SIGNS[piece.mark][side]
    return Text(before + text + after)


def _beside(page: _Page, rows: Iterable[tuple[Text, Text]]) -> Table:
    """Give two columns with a line between them, wrapped to the width."""
    widths = ((page.width - 3) // 2, (page.width - 2) // 2)
    table = Table(box=COLUMNS_BOX, show_header=False, show_edge=False, padding=(0, 1), pad_edge=False)
    for width in widths:
        table.add_column(no_wrap=True, width=width)
    for number, cells in enumerate(rows):
        if number:
            table.add_row(Text(), Text())
        table.add_row(*(_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)))
    return table


def _wrapped(text: Text, width: int) -> Text:
    """Give the text in lines of a width; those that run from right to left do not reach into the other column."""
    lines = text.divide(_breaks(text.plain, width))
    for line in lines:
        line.rstrip()
    return Text("\n").join(
        Text.assemble(_ISOLATE, line, _END_ISOLATE) if _TURNS.search(line.plain) else line for line in lines
    )


def _breaks(text: str, width: int) -> list[int]:
    """Give where to break lines: before a word or a wide character; inside what is wider than a line."""
    breaks: list[int] = []
    used = 0
    for atom in _ATOMS.finditer(text):
        if "\n" in atom[0]:
            used = cell_len(atom[0].rpartition("\n")[2])
            continue
        size = cell_len(atom[0])
        if used + size > width and used and not atom[0].isspace():
            breaks.append(atom.start())
            used = 0
        if size <= width:
            used += size
            continue
        for at, char in enumerate(atom[0], start=atom.start()):
            if used + (size := cell_len(char)) > width and not char.isspace():
                breaks.append(at)
                used = 0
            used += size
    return breaks


def _shown(text: str) -> str:
    """Give text on one line that cannot steer the terminal."""
    return printable(re.sub(r"[\t\n\r]", " ", text))


def _sentence(text: str) -> str:
    """Give a sentence whose percentages are not broken."""
    return _shown(text).replace(" %", f"{_GLUE}%")
