"""Lines of a page that belong to another text than its story, as the markup says: a next story, a box of facts.

Both read like the story, so the classifier keeps them, and both are too rare for it to learn their signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from transforms.page_table import PageTable

# What the class, id or role of a box of facts says, in one word or two. On dev the gold text of all four pages that
# have one leaves it out; what is called infobox is part of the story as often as not.
BOXES = (("factbox",), ("fact", "box"), ("faktaboks",), ("faktabox",), ("faktaruta",), ("faktakasten",))

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """What must be there for a text to be beside the story."""

    own_words: int = 100  # that are kept of the story itself


LIMITS = Limits()


def beside(table: PageTable, kept: Flags) -> Flags:
    """Tell of each line whether it stands beside the story; `kept` are the lines that read like a story's."""
    spoken = np.where(kept, np.diff(table.lines.token_ends)[table.lines.lines], 0)
    boxed = _boxed(table)
    if spoken[~boxed].sum() < LIMITS.own_words:
        boxed[:] = False
    return np.asarray(_next_stories(table, spoken) | boxed)


def _next_stories(table: PageTable, spoken: npt.NDArray[np.int64]) -> Flags:
    """Tell which lines are of another `article` element with a first-level heading than that of the title.

    Sites load the next story below the first. HTML standard, 4.3.2: an article element is a composition of its own.
    """
    from transforms.kernels.page_places import AT

    article, same, headed = (table.own[:, AT[name]] for name in ("article", "same_article", "headed_article"))
    first = int(np.argmax(same == 1 if (same == 1).any() else headed == 1))
    is_own = article == article[first]
    is_whole = headed[first] == 1 and spoken[is_own].sum() >= LIMITS.own_words
    return np.asarray(~is_own & (headed == 1) & is_whole)


def _boxed(table: PageTable) -> Flags:
    """Tell which lines stand in an element that is named a box of facts."""
    outline = table.outline
    boxed = np.zeros(outline.ends.size, np.bool_)
    for first, *more in _box_tokens():
        for at in np.flatnonzero(outline.names == first).tolist():
            if outline.names[at + 1 : at + 1 + len(more)].tolist() == more:
                node = int(np.searchsorted(outline.name_ends, at, "right")) - 1
                boxed[outline.firsts[node] : outline.lasts[node]] = True
    return np.asarray(boxed[table.lines.lines])


@cache
def _box_tokens() -> tuple[tuple[int, ...], ...]:
    from transforms.kernels.page_lines import name_token

    return tuple(tuple(map(name_token, words)) for words in BOXES)
