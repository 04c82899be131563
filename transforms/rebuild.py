"""Puts a text together again from its body and its cuts: nothing was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def rebuild(body: str, cuts: Iterable[Mapping[str, Any]]) -> str:
    r"""Give the extracted text from the article's body and its rows of `cuts`, in any order.

    Rows of action `read` only tell values; line 0 is the title of the record, no line of the text.

    >>> rebuild("One.", [{"line_no": 2, "text": "Share", "action": "cut"}])
    'One.\nShare'
    """
    rows = sorted(cuts, key=lambda row: row["line_no"])
    gone = {row["line_no"]: row["text"] for row in rows if row["action"] in ("cut", "move")}
    changed = {row["line_no"]: row["text"] for row in rows if row["action"] in ("trim", "repair")}
    # A body of no lines and a body of one empty line are both ""; nothing of the second kind is ever stored.
    kept = body.split("\n") if body else []
    text: list[str] = []
    rest = iter(kept)
    for line_no in range(1, len(kept) + len(gone) + 1):
        line = gone[line_no] if line_no in gone else next(rest)
        text.append(changed.get(line_no, line))
    return "\n".join(text)
