"""Text that came from pages, made safe for where it is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {char: f"&#{ord(char)};" for char in "\\|[]*_`#!"}
STEERING = ((0x00, 0x1F), (0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069))  # controls; marks that reorder text


def printable(text: str) -> str:
    r"""Give text that cannot steer a terminal: control characters are shown as \x..

    >>> printable("a\x1b]0;b")
    'a\\x1b]0;b'
    """
    return "".join(f"\\x{ord(char):02x}" if _steers(char) else char for char in text)


def escape(text: object) -> str:
    """Give text that Markdown and HTML show as it is: no tag, no link, no table cell, no line break.

    >>> escape("a|b <script> [x](javascript:1)")
    'a&#124;b &lt;script&gt; &#91;x&#93;(javascript:1)'
    """
    plain = printable("" if text is None else str(text)).replace("\n", " ")
    return "".join(ENTITIES.get(char, char) for char in plain)


def markdown_table(rows: Sequence[Mapping[str, object]]) -> str:
    """Give rows as a Markdown table, or an empty string where there are none."""
    if not rows:
        return ""
    names = list(rows[0])
    lines = [" | ".join(map(escape, names)), " | ".join("---" for _ in names)]
    lines += [" | ".join(escape(row[name]) for name in names) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


CSV_END = "\r\n"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a cell begins that a spreadsheet runs (OWASP, "CSV injection")


def csv_line(cells: Iterable[object], *, is_excel_safe: bool = False) -> str:
    r"""Give one line of CSV (RFC 4180) without its end; null is an empty cell, bytes are hexadecimal.

    With `is_excel_safe` a text that a spreadsheet would run as a formula has an apostrophe before it.

    >>> csv_line(["=1+1", -2, None, "a, b"], is_excel_safe=True)
    '\'=1+1,-2,,"a, b"'
    >>> csv_line(["two\nlines"])
    '"two\nlines"'
    """
    line = io.StringIO()
    writer = csv.writer(line, lineterminator=CSV_END)  # what the end may be is quoted inside a cell
    writer.writerow(_cell(value, is_excel_safe=is_excel_safe) for value in cells)
    return line.getvalue().removesuffix(CSV_END)


def _cell(value: object, *, is_excel_safe: bool) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if is_excel_safe and isinstance(value, str) and value.startswith(FORMULA) else value


def _steers(char: str) -> bool:
    return char not in "\n\t" and any(first <= ord(char) <= last for first, last in STEERING)
